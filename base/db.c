/* db.c - see base/db.h.
 *
 * Statements are cached by the address of their SQL text: callers write the text where they use it, and a
 * small open hash table finds the prepared form again. A read that fails while preparing (a broken disk, a
 * locked file) is no bug of ours; the statement then carries that failure to its first step. */
#include "base/db.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BUSY_MS = 5000, BUSY_PAUSE_MS = 10, PROGRESS_STEPS = 1000, FIRST_SLOTS = 32 };

struct db_stmt {
    struct db *db;
    const char *sql; /* key in the cache; NULL for a dynamic statement */
    sqlite3_stmt *handle;
    struct sl_err fault; /* why there is no handle */
};

struct db {
    sqlite3 *handle;
    char *path;
    struct db_stmt **slots; /* open addressing, size a power of two, at most half full */
    size_t slot_count, used;
    bool (*keep_going)(void *arg);
    void *keep_going_arg;
    bool stopped; /* by keep_going */
};

/* What an extended result code of SQLite means to our callers. */
static enum sl_code code_of(const struct db *db, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_CONSTRAINT:
        return rc == SQLITE_CONSTRAINT_CHECK || rc == SQLITE_CONSTRAINT_NOTNULL ||
                       rc == SQLITE_CONSTRAINT_DATATYPE
                   ? SL_BAD_INPUT
                   : SL_CONFLICT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return SL_BUSY;
    case SQLITE_INTERRUPT:
        return db->stopped ? SL_LIMIT : SL_BUSY;
    case SQLITE_TOOBIG:
        return SL_LIMIT;
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return SL_IO;
    default:
        return SL_INTERNAL;
    }
}

static bool fail(const struct db *db, struct sl_err *err)
{
    int rc = sqlite3_extended_errcode(db->handle);
    sl_assert((rc & 0xff) != SQLITE_NOMEM);
    return sl_fail(err, code_of(db, rc), "%s: %s", db->path, sqlite3_errmsg(db->handle));
}

static int on_progress(void *arg)
{
    struct db *db = arg;
    if (db->keep_going && !db->keep_going(db->keep_going_arg))
        db->stopped = true;
    return db->stopped;
}

void db_set_progress(struct db *db, bool (*keep_going)(void *arg), void *arg)
{
    db->keep_going = keep_going;
    db->keep_going_arg = arg;
    db->stopped = false;
    sqlite3_progress_handler(db->handle, keep_going ? PROGRESS_STEPS : 0, keep_going ? on_progress : NULL,
                             db);
}

bool db_exec(struct db *db, const char *sql, struct sl_err *err)
{
    db->stopped = false;
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK || fail(db, err);
}

/* One number from one row, such as a pragma's value. */
static bool query_int(struct db *db, const char *sql, int64_t *out, struct sl_err *err)
{
    sqlite3_stmt *s = NULL;
    bool ok = sqlite3_prepare_v2(db->handle, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW;
    if (ok)
        *out = sqlite3_column_int64(s, 0);
    else
        fail(db, err);
    sqlite3_finalize(s);
    return ok;
}

/* Switching to WAL does not wait for other connections as everything else does, so we do. */
static bool enter_wal(struct db *db, struct sl_err *err)
{
    for (int waited_ms = 0;; waited_ms += BUSY_PAUSE_MS) {
        if (db_exec(db, "PRAGMA journal_mode = WAL", err))
            return true;
        if (sqlite3_errcode(db->handle) != SQLITE_BUSY || waited_ms >= BUSY_MS)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = BUSY_PAUSE_MS * 1000000}, NULL);
    }
}

/* Is this file ours, and of a schema that we know? *out_version is its user_version. */
static bool check_identity(struct db *db, const struct db_schema *schema, int64_t *out_version,
                           struct sl_err *err)
{
    int64_t id, tables;
    if (!query_int(db, "PRAGMA application_id", &id, err) ||
        !query_int(db, "PRAGMA user_version", out_version, err) ||
        !query_int(db, "SELECT count(*) FROM sqlite_schema", &tables, err))
        return false;
    bool fresh = id == 0 && *out_version == 0 && tables == 0;
    if (!fresh && (uint32_t)id != schema->application_id)
        return sl_fail(err, SL_BAD_INPUT, "%s is a database of something else (application_id %lld)",
                       db->path, (long long)id);
    if (*out_version < 0 || *out_version > (int64_t)schema->count)
        return sl_fail(err, SL_BAD_INPUT,
                       "%s has schema %lld, newer than this version's %u; use a newer sluice", db->path,
                       (long long)*out_version, schema->count);
    return true;
}

/* One step up, in a transaction; another process may have made it while we waited for the lock. */
static bool migrate_one(struct db *db, const struct db_schema *schema, int64_t *version, struct sl_err *err)
{
    if (!db_begin(db, err))
        return false;
    bool ok = check_identity(db, schema, version, err);
    if (ok && *version < (int64_t)schema->count) {
        char pragmas[96];
        snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %lld;",
                 (int)schema->application_id, (long long)*version + 1);
        ok = db_exec(db, schema->migrations[*version], err) && db_exec(db, pragmas, err);
        *version += ok;
        if (!ok)
            sl_fail_in(err, "migration %lld: ", (long long)*version + 1);
    }
    if (ok && db_commit(db, err))
        return true;
    db_rollback(db);
    return false;
}

static bool bring_up_to_date(struct db *db, enum db_mode mode, const struct db_schema *schema,
                             struct sl_err *err)
{
    int64_t version;
    /* One snapshot: another process may be making the file between two reads. */
    if (!db_exec(db, "BEGIN", err))
        return false;
    bool known = check_identity(db, schema, &version, err);
    db_rollback(db);
    if (!known)
        return false;
    unsigned oldest = schema->oldest_read ? schema->oldest_read : schema->count;
    if (mode == DB_READ_ONLY && version < (int64_t)oldest)
        return sl_fail(err, SL_UNAVAILABLE,
                       "%s has the older schema %lld; start the gateway once to bring it to %u", db->path,
                       (long long)version, schema->count);
    while (mode == DB_READ_WRITE && version < (int64_t)schema->count)
        if (!migrate_one(db, schema, &version, err))
            return false;
    return true;
}

static void harden(struct db *db)
{
    static const struct {
        int option, value;
    } options[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 1}, {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    };
    for (size_t i = 0; i < SL_COUNT(options); i++)
        sqlite3_db_config(db->handle, options[i].option, options[i].value, NULL);
}

static bool configure(struct db *db, enum db_mode mode, const struct db_schema *schema, struct sl_err *err)
{
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    harden(db);
    if (!db_exec(db, "PRAGMA cell_size_check = ON", err))
        return false;
    if (mode == DB_READ_WRITE &&
        (!enter_wal(db, err) || !db_exec(db, "PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY", err)))
        return false;
    if (schema && !bring_up_to_date(db, mode, schema, err))
        return false;
    /* Last: a migration may have to rebuild a table that others refer to. */
    return db_exec(db, "PRAGMA foreign_keys = ON", err);
}

/* SQLite would create the file with the umask's mode; its WAL takes over the mode of the file. */
static bool create_private(const char *path, struct sl_err *err)
{
    SL_CLEANUP(sl_closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return fd >= 0 || sl_fail_errno(err, SL_IO, errno, "cannot open %s", path);
}

bool db_open(const char *path, enum db_mode mode, const struct db_schema *schema, struct db **out,
             struct sl_err *err)
{
    bool in_memory = strcmp(path, ":memory:") == 0;
    int flags = mode == DB_READ_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    if (mode == DB_READ_WRITE && !in_memory && !create_private(path, err))
        return false;
    struct db *db = sl_calloc(1, sizeof *db);
    db->path = sl_strdup(path);
    int rc = sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    sl_assert(db->handle);
    if (rc != SQLITE_OK ? !fail(db, err) : !configure(db, mode, schema, err)) {
        db_close(&db);
        return false;
    }
    *out = db;
    return true;
}

void db_close(struct db **db)
{
    struct db *d = *db;
    if (!d)
        return;
    for (size_t i = 0; i < d->slot_count; i++)
        if (d->slots[i]) {
            sqlite3_finalize(d->slots[i]->handle);
            free(d->slots[i]);
        }
    /* Busy means that a dynamic statement was not given back with db_done. */
    sl_assert(sqlite3_close(d->handle) == SQLITE_OK);
    free(d->slots);
    free(d->path);
    free(d);
    *db = NULL;
}

const char *db_path(const struct db *db)
{
    return db->path;
}

bool db_begin(struct db *db, struct sl_err *err)
{
    return db_run(db_prepare(db, "BEGIN IMMEDIATE"), err);
}

bool db_commit(struct db *db, struct sl_err *err)
{
    return db_run(db_prepare(db, "COMMIT"), err);
}

void db_rollback(struct db *db)
{
    /* SQLite rolls back by itself after some failures (a full disk); then there is nothing left to do. */
    if (!sqlite3_get_autocommit(db->handle))
        db_exec(db, "ROLLBACK", NULL);
}

int64_t db_last_rowid(const struct db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

int64_t db_changes(const struct db *db)
{
    return sqlite3_changes64(db->handle);
}

void db_interrupt(struct db *db)
{
    sqlite3_interrupt(db->handle);
}

static bool copy_pages(struct db *db, const char *path, struct sl_err *err)
{
    struct db target = {.path = (char *)path};
    bool ok =
        sqlite3_open_v2(path, &target.handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK;
    sqlite3_backup *backup = ok ? sqlite3_backup_init(target.handle, "main", db->handle, "main") : NULL;
    if (backup) {
        ok = sqlite3_backup_step(backup, -1) == SQLITE_DONE;
        ok = sqlite3_backup_finish(backup) == SQLITE_OK && ok;
    }
    ok = (ok && backup) || fail(&target, err);
    sqlite3_close(target.handle);
    return ok;
}

bool db_backup(struct db *db, const char *path, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *temporary = sl_asprintf("%s.XXXXXX", path);
    SL_CLEANUP(sl_closep) int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot write %s", path);
    bool ok = copy_pages(db, temporary, err);
    if (ok && (fsync(fd) != 0 || rename(temporary, path) != 0))
        ok = sl_fail_errno(err, SL_IO, errno, "cannot write %s", path);
    if (!ok)
        unlink(temporary);
    return ok;
}

static struct db_stmt **slot_of(struct db_stmt **slots, size_t count, const char *sql)
{
    size_t i = (size_t)(((uint64_t)(uintptr_t)sql * 0x9e3779b97f4a7c15u) >> 32) & (count - 1);
    while (slots[i] && slots[i]->sql != sql)
        i = (i + 1) & (count - 1);
    return &slots[i];
}

static void grow_slots(struct db *db)
{
    size_t count = db->slot_count ? db->slot_count * 2 : FIRST_SLOTS;
    struct db_stmt **slots = sl_calloc(count, sizeof *slots);
    for (size_t i = 0; i < db->slot_count; i++)
        if (db->slots[i])
            *slot_of(slots, count, db->slots[i]->sql) = db->slots[i];
    free(db->slots);
    db->slots = slots;
    db->slot_count = count;
}

static void compile(struct db_stmt *s, const char *sql, unsigned flags)
{
    s->fault.code = SL_OK;
    int rc = sqlite3_prepare_v3(s->db->handle, sql, -1, flags, &s->handle, NULL);
    if (rc == SQLITE_OK)
        sl_assert(s->handle); /* an empty text is no statement */
    else
        fail(s->db, &s->fault);
}

struct db_stmt *db_prepare(struct db *db, const char *sql)
{
    if (db->used * 2 >= db->slot_count)
        grow_slots(db);
    struct db_stmt **slot = slot_of(db->slots, db->slot_count, sql);
    if (!*slot) {
        *slot = sl_calloc(1, sizeof **slot);
        **slot = (struct db_stmt){.db = db, .sql = sql};
        db->used++;
    }
    struct db_stmt *s = *slot;
    if (!s->handle)
        compile(s, sql, SQLITE_PREPARE_PERSISTENT);
    if (!s->handle && s->fault.code == SL_INTERNAL) {
        fprintf(stderr, "sluice: our own SQL does not compile: %s: %s\n", s->fault.msg, sql);
        abort();
    }
    sl_assert(!s->handle || !sqlite3_stmt_busy(s->handle));
    db_reset(s);
    return s;
}

struct db_stmt *db_prepare_dynamic(struct db *db, const char *sql, struct sl_err *err)
{
    struct db_stmt *s = sl_calloc(1, sizeof *s);
    s->db = db;
    compile(s, sql, 0);
    if (s->handle)
        return s;
    if (err)
        *err = s->fault;
    if (err && err->code == SL_INTERNAL)
        err->code = SL_BAD_INPUT;
    free(s);
    return NULL;
}

/* A value that SQLite cannot take is over its length limit; the step would run without it, so it must not
 * run. */
static void check_bind(struct db_stmt *s, int rc)
{
    if (rc == SQLITE_TOOBIG)
        fail(s->db, &s->fault);
    else
        sl_assert(rc == SQLITE_OK);
}

void db_bind_int(struct db_stmt *s, int index, int64_t value)
{
    if (s->handle)
        check_bind(s, sqlite3_bind_int64(s->handle, index, value));
}

void db_bind_double(struct db_stmt *s, int index, double value)
{
    if (s->handle)
        check_bind(s, sqlite3_bind_double(s->handle, index, value));
}

void db_bind_text(struct db_stmt *s, int index, struct sl_str text)
{
    if (s->handle)
        check_bind(s, sqlite3_bind_text64(s->handle, index, text.p, text.n, SQLITE_STATIC, SQLITE_UTF8));
}

void db_bind_blob(struct db_stmt *s, int index, const void *data, size_t n)
{
    if (s->handle)
        check_bind(s, sqlite3_bind_blob64(s->handle, index, data, n, SQLITE_STATIC));
}

void db_bind_null(struct db_stmt *s, int index)
{
    if (s->handle)
        check_bind(s, sqlite3_bind_null(s->handle, index));
}

enum db_step db_step(struct db_stmt *s, struct sl_err *err)
{
    if (s->fault.code != SL_OK) {
        if (err)
            *err = s->fault;
        return DB_FAILED;
    }
    s->db->stopped = false;
    int rc = sqlite3_step(s->handle);
    if (rc == SQLITE_ROW)
        return DB_ROW;
    if (rc != SQLITE_DONE)
        fail(s->db, err);
    sqlite3_reset(s->handle); /* lets go of locks now, whatever the caller forgets */
    return rc == SQLITE_DONE ? DB_DONE : DB_FAILED;
}

bool db_run(struct db_stmt *s, struct sl_err *err)
{
    enum db_step step;
    do
        step = db_step(s, err);
    while (step == DB_ROW);
    db_reset(s);
    return step == DB_DONE;
}

int64_t db_column_int(struct db_stmt *s, int column)
{
    return sqlite3_column_int64(s->handle, column);
}

double db_column_double(struct db_stmt *s, int column)
{
    return sqlite3_column_double(s->handle, column);
}

struct sl_str db_column_text(struct db_stmt *s, int column)
{
    const char *p = (const char *)sqlite3_column_text(s->handle, column);
    return sl_str(p, p ? (size_t)sqlite3_column_bytes(s->handle, column) : 0);
}

struct sl_str db_column_blob(struct db_stmt *s, int column)
{
    const char *p = sqlite3_column_blob(s->handle, column);
    if (!p && !db_column_is_null(s, column))
        p = ""; /* SQLite gives NULL for an empty blob too */
    return sl_str(p, p ? (size_t)sqlite3_column_bytes(s->handle, column) : 0);
}

bool db_column_is_null(struct db_stmt *s, int column)
{
    return sqlite3_column_type(s->handle, column) == SQLITE_NULL;
}

void db_reset(struct db_stmt *s)
{
    if (!s->handle)
        return;
    sqlite3_reset(s->handle);
    sqlite3_clear_bindings(s->handle);
    s->fault.code = SL_OK;
}

void db_done(struct db_stmt **s)
{
    if (!*s)
        return;
    db_reset(*s);
    if (!(*s)->sql) {
        sqlite3_finalize((*s)->handle);
        free(*s);
    }
    *s = NULL;
}
