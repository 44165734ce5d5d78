/* day.h - one day's file as the writer fills it: rows, the parts that rows share, and how far each journal
 * has come.
 *
 * Between day_begin and day_commit nothing is final; after day_rollback the file and what is remembered of it
 * are as before. One thread at a time. */
#ifndef AUDIT_DAY_H
#define AUDIT_DAY_H

#include "base/db.h"

#include "audit/record.h"

struct day;

bool day_open(const char *directory, int64_t number, struct day **out, struct sl_err *err);
void day_close(struct day **d);
int64_t day_number(const struct day *d);

bool day_begin(struct day *d, struct sl_err *err); /* again within a transaction: nothing */
bool day_in_transaction(const struct day *d);
bool day_commit(struct day *d, struct sl_err *err);
void day_rollback(struct day *d);
/* Brings what was committed to the disk itself, so that its journal may go. */
bool day_sync(struct day *d, struct sl_err *err);

enum day_result {
    DAY_STORED,
    DAY_KNOWN,   /* stored before: its journal's cursor is past it */
    DAY_REFUSED, /* no file would ever take this record; err says why */
    DAY_FAILED   /* the file can't be written now */
};
/* Stores record number seq of the journal `stream`; to be called with rising seq. *out_id is the id it got:
 * the next free one if another request has its own. */
enum day_result day_store(struct day *d, uint64_t stream, uint64_t seq, const struct record *r,
                          const struct sl_str parts[PART_COUNT], uint64_t *out_id, struct sl_err *err);
/* Forgets the cursors of journals for which keep() is false; for journals whose files are gone. */
bool day_forget_streams(struct day *d, bool (*keep)(void *arg, uint64_t stream), void *arg,
                        struct sl_err *err);

#endif
