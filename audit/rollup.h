/* rollup.h - figures of a day file, kept by whoever adds rows, in the transaction that adds them.
 *
 * What is counted is a row's parts: who, target, outcome and TLS are few beside the rows and say everything
 * that figures are asked by, so nothing needs a number that it has not got already. The gateway's own time is
 * counted in classes (own_time_class). Each is kept by minute, hour and day:
 *
 *   rows of a batch ── one row of rollup_deltas ──┐  when there are enough of them, or a minute later:
 *                                                 └─ folded ──> rollups: runs by kind, span, start
 *
 * A run is merged with the one before it when that is not much longer, so each span has few runs and each
 * figure is written again only a few times. Readers add up runs and deltas, in one read transaction. */
#ifndef AUDIT_ROLLUP_H
#define AUDIT_ROLLUP_H

#include "base/db.h"

#include "audit/run.h"

/* The last came later. Only requests with TLS are counted by it, so that a file from before is complete too.
 */
enum rollup_kind { ROLLUP_WHO, ROLLUP_TARGET, ROLLUP_OUTCOME, ROLLUP_OWN_TIME, ROLLUP_TLS, ROLLUP_KINDS };
enum { ROLLUP_LEVELS = 3, ROLLUP_FORMAT = 1 };
extern const int64_t rollup_span_min[ROLLUP_LEVELS]; /* a minute, an hour, a day */

/* What a row adds. */
struct rollup_row {
    int64_t time_us;
    uint64_t things[ROLLUP_KINDS];
    enum action action;
    uint64_t bytes_in, bytes_out;
};
struct figures rollup_figures(const struct rollup_row *row);

/* Classes of microseconds: exact below 8, then eight to an octave. */
enum { OWN_TIME_CLASSES = 256 };
unsigned own_time_class(uint64_t us);
uint64_t own_time_most(unsigned class); /* the longest time in it */

struct rollup;
/* Of a file whose rows from before rollups, if any, are counted now. Not within a transaction. */
bool rollup_open(struct db *db, struct rollup **out, struct sl_err *err);
/* Folds what is left, so that readers of a day that is over have less to do. */
void rollup_close(struct rollup **r);
void rollup_add(struct rollup *r, const struct rollup_row *row);
bool rollup_write(struct rollup *r, struct sl_err *err); /* last in the transaction of the rows */
void rollup_settle(struct rollup *r, bool committed);    /* behind it */
/* Are this file's figures complete? For readers: a file of an earlier version has none. */
bool rollup_complete(struct db *db, bool *out, struct sl_err *err);

/* What stands in the tables, for readers. */
int64_t rollup_key(enum rollup_kind kind, unsigned level, int64_t start_min, unsigned seq);
int64_t rollup_key_start(int64_t key);
/* One part of a delta: a run of one kind and minute. False at the end (rest->n is 0) or damage. */
bool rollup_next_part(struct sl_str *rest, enum rollup_kind *kind, int64_t *minute, struct sl_str *run);
bool rollup_damaged(const struct db *db, struct sl_err *err); /* false: SL_IO, which names the file */

#endif
