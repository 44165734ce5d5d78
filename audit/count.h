/* count.h - counts the requests of one day file: by its rollups where they can tell, else by its rows. */
#ifndef AUDIT_COUNT_H
#define AUDIT_COUNT_H

#include "audit/filter.h"
#include "audit/rollup.h"

/* How long somebody waits for it. */
struct patience {
    int64_t deadline_us;     /* monotonic; 0: none */
    bool (*gone)(void *arg); /* nobody waits any more; may be NULL */
    void *arg;
    int64_t ask_us; /* when to ask that again */
};
struct count {
    enum rollup_kind kind; /* what the things are that are counted */
    struct figures_span span;
    const struct filter_sql *filter; /* without times; NULL: all */
    bool by_rows;                    /* the filter asks for what rollups of this kind can't tell */
    bool by_columns;                 /* rows, but only those that can match by columns (pick.h), one by one */
    unsigned one_in;           /* of the rows only about one in so many is looked at, for all of these */
    struct patience *patience; /* NULL: for ever */
    /* False ends it, with err. */
    bool (*each)(void *arg, size_t step, uint64_t thing, const struct figures *f, struct sl_err *err);
    void *arg;
};
/* In a read transaction of db. SL_LIMIT when nobody waits any longer. */
bool count_file(struct db *db, int64_t day, const struct count *c, struct sl_err *err);
/* Adds how many rows can match by columns; UINT64_MAX when columns can't tell. In a read transaction, too. */
bool count_candidates(struct db *db, int64_t day, const struct count *c, uint64_t *inout, struct sl_err *err);
/* Can rollups tell all that this filter asks, and of which kind? Any kind does when there is nothing to ask.
 */
bool count_kind(const struct filter_sql *filter, enum rollup_kind *inout_kind);

/* How far the file's ids lie from the times of its requests. */
bool count_skew(struct db *db, int64_t *out_us, struct sl_err *err);

#endif
