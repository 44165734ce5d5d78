/* db.h - the one door to SQLite: open, migrate, statements. A connection belongs to one thread at a time.
 * Every failure is an sl_err that names the file; a failing prepare of our own SQL aborts (it is our bug). */
#ifndef BASE_DB_H
#define BASE_DB_H

#include "sluice/err.h"
#include "sluice/str.h"

struct db;
struct db_stmt;

enum db_mode { DB_READ_ONLY, DB_READ_WRITE };

/* A numbered migration: migrations[i] takes the file from user_version i to i + 1. */
struct db_schema {
    uint32_t application_id;
    const char *const *migrations;
    unsigned count;
    unsigned oldest_read; /* read-only opens take files from this version on; 0: only the newest */
};

/* Opens (and for DB_READ_WRITE creates, mode 0600, and migrates in a transaction) path: WAL,
 * synchronous=NORMAL, foreign keys, busy timeout 5 s. A file of a newer schema is refused. schema may be NULL
 * for a read-only open. */
bool db_open(const char *path, enum db_mode mode, const struct db_schema *schema, struct db **out,
             struct sl_err *err);
void db_close(struct db **db); /* also finalizes cached statements */
const char *db_path(const struct db *db);
/* Runs SQL without results, also several statements. */
bool db_exec(struct db *db, const char *sql, struct sl_err *err);
/* Transactions: begin immediate. db_rollback never fails. */
bool db_begin(struct db *db, struct sl_err *err);
bool db_commit(struct db *db, struct sl_err *err);
void db_rollback(struct db *db);
int64_t db_last_rowid(const struct db *db);
int64_t db_changes(const struct db *db);
/* Makes running statements of this connection end with SL_BUSY: called from another thread to cancel. */
void db_interrupt(struct db *db);
/* Calls keep_going(arg) every ~1,000 VM steps; false ends the statement with SL_LIMIT. NULL removes it. */
void db_set_progress(struct db *db, bool (*keep_going)(void *arg), void *arg);
/* Writes a consistent copy of the database to path. */
bool db_backup(struct db *db, const char *path, struct sl_err *err);

/* A prepared statement, cached in db by the address of sql (use string literals or texts that outlive db).
 * Bound values are cleared; end with db_reset (db_done does both). A statement is in use by one caller at a
 * time. */
struct db_stmt *db_prepare(struct db *db, const char *sql);
/* The same for SQL made at run time: not cached, freed by db_done. NULL and err on a bad statement. */
struct db_stmt *db_prepare_dynamic(struct db *db, const char *sql, struct sl_err *err);
void db_bind_int(struct db_stmt *s, int index, int64_t value); /* index from 1 */
void db_bind_double(struct db_stmt *s, int index, double value);
void db_bind_text(struct db_stmt *s, int index,
                  struct sl_str text); /* not copied: must live until db_reset; p NULL binds NULL */
void db_bind_blob(struct db_stmt *s, int index, const void *data, size_t n);
void db_bind_null(struct db_stmt *s, int index);

enum db_step { DB_ROW, DB_DONE, DB_FAILED };
enum db_step db_step(struct db_stmt *s,
                     struct sl_err *err); /* a violated UNIQUE or FOREIGN KEY is SL_CONFLICT */
/* For statements without rows: step to the end and reset. */
bool db_run(struct db_stmt *s, struct sl_err *err);
int64_t db_column_int(struct db_stmt *s, int column); /* column from 0 */
double db_column_double(struct db_stmt *s, int column);
struct sl_str db_column_text(struct db_stmt *s,
                             int column); /* view until the next step; NULL column: p is NULL */
struct sl_str db_column_blob(struct db_stmt *s, int column);
bool db_column_is_null(struct db_stmt *s, int column);
void db_reset(struct db_stmt *s);
void db_done(struct db_stmt **
                 s); /* reset; frees a dynamic one; clears the pointer; NULL is fine; works with SL_CLEANUP */

/* Tells states of a database file apart, without opening it: while the stamp is the same, byte for byte, a
 * reader sees the same. Take it before reading. False when there is no file, or when it changed just now:
 * then nothing can be told. Holds within the process whose writer calls db_mark behind each commit. */
struct db_stamp {
    struct db_stamp_file {
        uint64_t device, inode;
        int64_t size, changed_ns;
        int64_t written_s; /* last, by the wall clock */
    } file, wal;
};
bool db_stamp(const char *path, struct db_stamp *out);
void db_mark(const struct db *db);

#endif
