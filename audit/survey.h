/* survey.h - a walk over the day files in which a time may lie: each is counted by its rollups, else by its
 * rows (count.h), and what its things stand for becomes numbers that are the same in all files.
 *
 *   files ── whole in the time, unchanged for an hour ──> one part of all of them ──┐
 *         ── others that are not just being written ────> a part each ──────────────┼──> add(step, number)
 *         ── the rest, and all when there is a filter ──> counted ──────────────────┘
 *
 * Parts are kept (kept.h) for the next query; so a month costs what changed in it. */
#ifndef AUDIT_SURVEY_H
#define AUDIT_SURVEY_H

#include "audit/count.h"
#include "audit/kept.h"

/* What numbers are, besides `enum figures_by`: all one, classes of times; or nothing that can be kept. */
enum { SURVEY_ALL = 64, SURVEY_OWN_TIME, SURVEY_NOT_KEPT };

struct survey {
    struct filter_sql filter;
    struct count count;
    struct patience patience;
    uint64_t rows_most;   /* to look at; of more only some are */
    uint64_t *candidates; /* not NULL: only counts those (count.h), here */
    const char *directory;
    struct kept *kept; /* NULL: nothing is */

    /* For the caller to set. The first three may be NULL: then a thing's number is itself. */
    bool (*begin)(void *arg, struct db *db, struct sl_err *err); /* of a file */
    void (*end)(void *arg);
    bool (*find)(void *arg, uint64_t thing, const uint32_t **out, size_t *out_count, struct sl_err *err);
    void (*add)(void *arg, size_t step, uint32_t number, const struct figures *f);
    void *arg;
    int numbers; /* what they are */
};

/* any_kind: things don't matter, so that rollups of any kind do. */
bool survey_begin(struct survey *s, const struct figures_query *q, enum rollup_kind kind, bool any_kind,
                  struct sl_err *err);
/* *approx: too many rows had to be looked at, so only some were. */
bool survey_run(struct survey *s, bool *approx, struct sl_err *err);
void survey_end(struct survey *s);

/* The same time in one step. */
struct figures_span survey_one_step(const struct figures_span *span);

#endif
