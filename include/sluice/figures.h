/* figures.h - what the request log adds up to, told from rollups: how much in which step of time, of whom,
 * and the most of it. Any thread; connections of their own; bounded in time. */
#ifndef SLUICE_FIGURES_H
#define SLUICE_FIGURES_H

#include "sluice/audit.h"

/* What can be counted of a set of requests. */
struct figures {
    uint64_t requests, block, quota, warn, error; /* the rest of the requests was allowed */
    uint64_t bytes;                               /* from and to clients */
    int64_t last_min;                             /* minute since 1970 in which the last one began; 0: none */
};
void figures_add(struct figures *sum, const struct figures *f);
enum figures_metric { FIGURES_REQUESTS, FIGURES_BLOCKED, FIGURES_WARNED, FIGURES_ERRORS, FIGURES_BYTES };
uint64_t figures_metric(const struct figures *f, enum figures_metric metric); /* blocked: by rule or quota */
uint64_t figures_of_action(const struct figures *f, enum action action);      /* requests */

/* A time that is cut into steps. All of it is whole minutes since 1970, UTC, so no clock change bends a step;
 * steps lie on multiples of their length, so the first and the last may be cut short by from and to. */
struct figures_span {
    int64_t from_min, to_min; /* `to` excluded */
    int64_t step_min;
    size_t count; /* of steps */
};
enum { FIGURES_STEPS_MOST = 500 };
/* Rounds outwards to minutes. step_s 0: chosen so that there are at most `points` steps. SL_BAD_INPUT when
 * the time is empty, backwards or too long, or has more than FIGURES_STEPS_MOST steps. */
bool figures_span(int64_t from_us, int64_t to_us, int64_t step_s, size_t points, struct figures_span *out,
                  struct sl_err *err);
int64_t figures_step_start_s(const struct figures_span *span, size_t step); /* seconds since 1970 */
/* The same length of time just before. */
struct figures_span figures_span_before(const struct figures_span *span);

enum figures_by {
    FIGURES_BY_ACTION,
    FIGURES_BY_CATEGORY, /* a request counts in each of its categories */
    FIGURES_BY_RULE,
    FIGURES_BY_USER,
    FIGURES_BY_HOST,
    FIGURES_BY_CLIENT,
    /* These count only requests with TLS. */
    FIGURES_BY_INSPECTED, /* the words inspected and tunnelled */
    FIGURES_BY_TLS_FAULT,
    FIGURES_BY_TLS_VERSION, /* with the client */
    FIGURES_BY_TLS_CIPHER,
    FIGURES_BY_TLS_ISSUER,
    FIGURES_BY_TLS_ORIGIN_VERSION, /* with the origin */
    FIGURES_BY_TLS_ORIGIN_CIPHER
};

/* Remembers from query to query names, and what days came to that nobody has written to since; any thread.
 * Some twenty MiB for a month of a thousand people, 200 at the very most. Figures are the same with and
 * without. */
struct figures_cache *figures_cache_new(size_t texts_most); /* names; 0: a million */
void figures_cache_free(struct figures_cache **c);

/* filter: NULL for all; its times, limit and order don't count. What only rows can tell (a filter over more
 * than one of who, where, and what came of it, or a text in a path) is counted by looking at them; *approx is
 * set when not at each one: then figures are estimates. So it is when there are more names than can be told
 * apart. */
struct figures_query {
    const char *directory;       /* the state directory */
    struct figures_cache *cache; /* NULL: nothing is known from before */
    const struct audit_filter *filter;
    struct figures_span span;
    int64_t deadline_ms; /* 0: none; SL_LIMIT when it passes */
    bool (*gone)(
        void *arg); /* the same when nobody waits any more, asked a few times a second; may be NULL */
    void *gone_arg;
    uint64_t rows_most; /* to look at where rollups can't tell; 0: a million */
};

/* All requests in each step: out has span.count items. */
bool figures_over_time(const struct figures_query *q, struct figures *out, bool *approx, struct sl_err *err);

/* Values and their figures. Those beyond the limit, or not wanted, are one: others. */
struct figures_value {
    char *name; /* as the log shows it; NULL: no user, no rule (the default) */
    struct figures total;
    struct figures *steps; /* span.count of them, or NULL */
};
struct figures_table {
    struct figures_value *items; /* most first */
    size_t count;
    struct figures others;
    bool approx;
};
struct figures_order {
    enum figures_by by;
    enum figures_metric metric;
    struct sl_str part; /* only values that hold this text, in either case; "" all */
    unsigned limit;
    bool steps;
};
bool figures_top(const struct figures_query *q, const struct figures_order *order, struct figures_table *out,
                 struct sl_err *err);
void figures_table_fini(struct figures_table *t);

/* Different users in each step, and in all. */
bool figures_users(const struct figures_query *q, uint64_t *out_steps, uint64_t *out_all, bool *approx,
                   struct sl_err *err);
/* The gateway's own time (identify and decide) that `percent` of requests did not exceed, in microseconds, to
 * an eighth; 0 where there was none. */
bool figures_own_time(const struct figures_query *q, unsigned percent, uint64_t *out_steps, uint64_t *out_all,
                      bool *approx, struct sl_err *err);

#endif
