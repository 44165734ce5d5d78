/* figures.c - what does the request log add up to? See sluice/figures.h.
 *
 * A walk over the day files in which the time may lie; each is counted by its rollups (count.c), and what its
 * things stand for is looked up in its small tables (values.c). Only a filter that rollups can't answer, or a
 * file that has none yet, has its rows looked at; when they would be too many, only some, spread over each
 * step. */
#include "sluice/figures.h"

#include <stdlib.h>

#include "sluice/clock.h"

#include "audit/count.h"
#include "audit/days.h"
#include "audit/schema.h"
#include "audit/values.h"
#include "base/fs.h"

enum { ROWS_MOST = 1000000 };
static const int64_t MINUTE_US = 60 * 1000000;

uint64_t figures_of_action(const struct figures *f, enum action action)
{
    switch (action) {
    case ACTION_BLOCK:
        return f->block;
    case ACTION_QUOTA:
        return f->quota;
    case ACTION_WARN:
        return f->warn;
    case ACTION_ERROR:
        return f->error;
    default:
        return f->requests - f->block - f->quota - f->warn - f->error;
    }
}

uint64_t figures_metric(const struct figures *f, enum figures_metric metric)
{
    switch (metric) {
    case FIGURES_BLOCKED:
        return f->block + f->quota;
    case FIGURES_WARNED:
        return f->warn;
    case FIGURES_ERRORS:
        return f->error;
    case FIGURES_BYTES:
        return f->bytes;
    default:
        return f->requests;
    }
}

/* ---- spans ---- */

static size_t steps_in(int64_t from_min, int64_t to_min, int64_t step_min)
{
    return (size_t)((to_min + step_min - 1) / step_min - from_min / step_min);
}

static int64_t choose_step(int64_t from_min, int64_t to_min, size_t points)
{
    static const int64_t choices[] = {1,   2,   5,    10,   15,    30,    60,     120,   180,
                                      360, 720, 1440, 2880, 10080, 43200, 129600, 525600};
    size_t i = 0;
    while (i + 1 < SL_COUNT(choices) && steps_in(from_min, to_min, choices[i]) > points)
        i++;
    return choices[i];
}

bool figures_span(int64_t from_us, int64_t to_us, int64_t step_s, size_t points, struct figures_span *out,
                  struct sl_err *err)
{
    int64_t most_us = (int64_t)253402214400 * 1000000; /* 9999-12-31: what RFC 3339 can say */
    if (from_us < 0 || from_us >= to_us || to_us > most_us)
        return sl_fail(err, SL_BAD_INPUT, "from has to lie before to, and both after 1970");
    if (step_s < 0 || step_s % 60 || step_s / 60 > UINT32_MAX)
        return sl_fail(err, SL_BAD_INPUT, "step has to be whole minutes, such as 5m, 1h or 1d");
    struct figures_span s = {.from_min = from_us / MINUTE_US, .to_min = (to_us + MINUTE_US - 1) / MINUTE_US};
    s.step_min = step_s ? step_s / 60 : choose_step(s.from_min, s.to_min, points);
    s.count = steps_in(s.from_min, s.to_min, s.step_min);
    if (s.count > FIGURES_STEPS_MOST)
        return sl_fail(err, SL_BAD_INPUT,
                       "this time has %zu such steps; at most %d can be told, use a longer step", s.count,
                       FIGURES_STEPS_MOST);
    *out = s;
    return true;
}

int64_t figures_step_start_s(const struct figures_span *span, size_t step)
{
    return (span->from_min / span->step_min + (int64_t)step) * span->step_min * 60;
}

struct figures_span figures_span_before(const struct figures_span *span)
{
    struct figures_span s = {.to_min = span->from_min, .step_min = span->step_min};
    s.from_min = SL_MAX(s.to_min - (span->to_min - span->from_min), 0);
    s.count = steps_in(s.from_min, s.to_min, s.step_min);
    return s;
}

static struct figures_span one_step(const struct figures_span *span)
{
    struct figures_span s = *span;
    s.step_min = ((int64_t)UINT32_MAX / 1440 + 1) * 1440; /* so long that all of it lies in one */
    s.count = 1;
    return s;
}

/* ---- the walk ---- */

struct survey {
    const char *directory;
    struct filter_sql filter;
    struct count count;
    bool (*begin)(void *arg, struct db *db, struct sl_err *err); /* of a file; may be NULL */
    void (*end)(void *arg);
    void *arg;
};

static bool survey_begin(struct survey *s, const struct figures_query *q, enum rollup_kind kind,
                         bool any_kind, struct sl_err *err)
{
    *s = (struct survey){.directory = q->directory};
    s->count = (struct count){.kind = kind, .span = q->span, .one_in = 1};
    s->count.deadline_us = q->deadline_ms > 0 ? sl_monotonic_us() + q->deadline_ms * 1000 : 0;
    if (!q->filter)
        return true;
    struct audit_filter timeless = *q->filter;
    timeless.from_us = timeless.to_us = 0;
    if (!filter_compile(&timeless, &s->filter, err))
        return false;
    enum rollup_kind filtered = kind;
    s->count.by_rows = !count_kind(&s->filter, &filtered) || (filtered != kind && !any_kind);
    if (!s->count.by_rows)
        s->count.kind = filtered;
    return true;
}

static void survey_end(struct survey *s)
{
    filter_fini(&s->filter);
}

static int64_t file_skew_days(struct db *db, struct sl_err *err)
{
    int64_t skew_us;
    return count_skew(db, &skew_us, err) ? skew_us / DAY_US + 1 : -1;
}

static bool count_open_file(struct survey *s, struct db *db, int64_t day, struct sl_err *err)
{
    int64_t skew, first = s->count.span.from_min / 1440, last = (s->count.span.to_min - 1) / 1440;
    /* One snapshot, or what is folded meanwhile would count twice or not at all. */
    if (!db_exec(db, "BEGIN", err) || (skew = file_skew_days(db, err)) < 0)
        return false;
    if (day > last && day - last > skew)
        return true;
    if (day < first && first - day > skew)
        return true;
    bool ok = (!s->begin || s->begin(s->arg, db, err)) && count_file(db, day, &s->count, err);
    if (s->end)
        s->end(s->arg);
    return ok;
}

static bool count_day(struct survey *s, int64_t day, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *path = day_path(s->directory, day);
    struct db *db;
    struct sl_err why = {0};
    if (!db_open(path, DB_READ_ONLY, &audit_day_schema, &db, &why)) {
        /* Retention took it meanwhile, or the writer is just making it. */
        if (!fs_exists(path) || why.code == SL_UNAVAILABLE)
            return true;
        if (err)
            *err = why;
        return false;
    }
    bool ok = count_open_file(s, db, day, &why);
    db_close(&db);
    if (!ok && why.code == SL_LIMIT)
        return sl_fail(err, SL_LIMIT, "counting took too long; ask for less time or with fewer filters");
    if (!ok && err)
        *err = why;
    return ok;
}

static bool survey_days(struct survey *s, struct sl_err *err)
{
    struct days days;
    bool ok = days_list(s->directory, &days, err);
    if (s->filter.where.n)
        s->count.filter = &s->filter;
    bool listed = ok;
    for (size_t i = 0; ok && i < days.count; i++)
        /* An id never lies far behind the time of its request, but may be ahead of it when a clock was set
         * back. */
        if (days.items[i] + 1 >= s->count.span.from_min / 1440)
            ok = count_day(s, days.items[i], err);
    if (listed)
        days_fini(&days);
    return ok;
}

static bool add_requests(void *arg, size_t step, uint64_t thing, const struct figures *f, struct sl_err *err)
{
    uint64_t *sum = arg;
    *sum += f->requests;
    return true;
}

/* When there are too many rows to look at, only at some of them. */
static bool bound_rows(struct survey *s, struct sl_err *err)
{
    uint64_t rows = 0;
    if (!s->count.by_rows)
        return true;
    struct survey all = {.directory = s->directory, .count = s->count};
    all.count.kind = ROLLUP_OUTCOME;
    all.count.by_rows = false;
    all.count.span = one_step(&s->count.span);
    all.count.each = add_requests;
    all.count.arg = &rows;
    if (!survey_days(&all, err))
        return false;
    s->count.one_in = (unsigned)(rows / ROWS_MOST + 1);
    return true;
}

/* ---- over time ---- */

static bool add_step(void *arg, size_t step, uint64_t thing, const struct figures *f, struct sl_err *err)
{
    struct figures *out = arg;
    figures_add(&out[step], f);
    return true;
}

bool figures_over_time(const struct figures_query *q, struct figures *out, bool *approx, struct sl_err *err)
{
    struct survey s;
    memset(out, 0, q->span.count * sizeof *out);
    if (!survey_begin(&s, q, ROLLUP_OUTCOME, true, err))
        return false;
    s.count.each = add_step;
    s.count.arg = out;
    bool ok = bound_rows(&s, err) && survey_days(&s, err);
    *approx = s.count.one_in > 1;
    survey_end(&s);
    return ok;
}

struct own_time {
    const struct figures_span *span;
    uint64_t (*counts)[OWN_TIME_CLASSES]; /* of each step, and of all */
};

static bool add_own_time(void *arg, size_t step, uint64_t thing, const struct figures *f, struct sl_err *err)
{
    struct own_time *t = arg;
    size_t class = SL_MIN(thing, (uint64_t)OWN_TIME_CLASSES - 1);
    t->counts[step][class] += f->requests;
    t->counts[t->span->count][class] += f->requests;
    return true;
}

static uint64_t percentile(const uint64_t counts[OWN_TIME_CLASSES], unsigned percent)
{
    uint64_t all = 0, seen = 0;
    unsigned class = 0;
    for (unsigned i = 0; i < OWN_TIME_CLASSES; i++)
        all += counts[i];
    if (all == 0)
        return 0;
    /* How many must not exceed it, rounded up without overflow. */
    uint64_t wanted = all / 100 * percent + (all % 100 * percent + 99) / 100;
    while ((seen += counts[class]) < wanted)
        class ++;
    return own_time_most(class);
}

bool figures_own_time(const struct figures_query *q, unsigned percent, uint64_t *out_steps, uint64_t *out_all,
                      struct sl_err *err)
{
    struct survey s;
    if (!survey_begin(&s, q, ROLLUP_OWN_TIME, false, err))
        return false;
    struct own_time t = {.span = &q->span, .counts = sl_calloc(q->span.count + 1, sizeof *t.counts)};
    s.count.each = add_own_time;
    s.count.arg = &t;
    bool ok = bound_rows(&s, err) && survey_days(&s, err);
    for (size_t i = 0; i < q->span.count && ok; i++)
        out_steps[i] = percentile(t.counts[i], percent);
    if (ok)
        *out_all = percentile(t.counts[q->span.count], percent);
    free(t.counts);
    survey_end(&s);
    return ok;
}

/* ---- by value ---- */

struct by_value {
    enum figures_by by;
    struct figures_cache *cache;
    bool own_cache;
    struct value_map map; /* of the file that is being counted */
    void (*add)(struct by_value *v, size_t step, uint32_t number, const struct figures *f);
    struct figures
        *totals; /* by value: with tens of thousands of hosts a table of sums takes twice the time */
    size_t total_count;
    struct sums sums;    /* by value and step */
    const uint8_t *only; /* of the values below only_count, those that are set; NULL: all */
    size_t only_count;
    uint64_t *seen;     /* users: a bit for each step of each value */
    size_t seen_values; /* for which there is room */
    size_t seen_words;  /* for each */
};

static void by_value_init(struct by_value *v, const struct figures_query *q, enum figures_by by)
{
    *v = (struct by_value){.by = by, .cache = q->cache, .own_cache = !q->cache};
    if (v->own_cache)
        v->cache = figures_cache_new();
    values_begin(v->cache);
}

static void by_value_fini(struct by_value *v)
{
    values_end(v->cache);
    if (v->own_cache)
        figures_cache_free(&v->cache);
    sums_fini(&v->sums);
    free(v->totals);
    free(v->seen);
}

static bool begin_file(void *arg, struct db *db, struct sl_err *err)
{
    struct by_value *v = arg;
    return value_map_init(&v->map, db, v->by, v->cache, err);
}

static void end_file(void *arg)
{
    struct by_value *v = arg;
    value_map_fini(&v->map);
}

static bool add_value(void *arg, size_t step, uint64_t thing, const struct figures *f, struct sl_err *err)
{
    struct by_value *v = arg;
    const uint32_t *numbers;
    size_t count;
    if (!value_map_find(&v->map, thing, &numbers, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!v->only || (numbers[i] < v->only_count && v->only[numbers[i]]))
            v->add(v, step, numbers[i], f);
    return true;
}

static bool survey_values(const struct figures_query *q, struct by_value *v, bool *approx, struct sl_err *err)
{
    struct survey s;
    if (!survey_begin(&s, q, values_kind(v->by), false, err))
        return false;
    s.begin = begin_file;
    s.end = end_file;
    s.arg = v;
    s.count.each = add_value;
    s.count.arg = v;
    bool ok = bound_rows(&s, err) && survey_days(&s, err);
    *approx = s.count.one_in > 1 || values_full(v->cache);
    survey_end(&s);
    return ok;
}

static void add_total(struct by_value *v, size_t step, uint32_t number, const struct figures *f)
{
    if (number >= v->total_count) {
        size_t more = SL_MAX(v->total_count * 2, (size_t)number + 256);
        v->totals = sl_reallocarray(v->totals, more, sizeof *v->totals);
        memset(v->totals + v->total_count, 0, (more - v->total_count) * sizeof *v->totals);
        v->total_count = more;
    }
    figures_add(&v->totals[number], f);
}

static void add_sum(struct by_value *v, size_t step, uint32_t number, const struct figures *f)
{
    figures_add(sums_at(&v->sums, number, step), f);
}

struct ranked {
    uint32_t number;
    uint64_t value, requests;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    if (x->requests != y->requests)
        return x->requests > y->requests ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* The values in order; those without any, or not wanted, go to *others. */
static size_t rank(const struct by_value *v, const struct figures_order *order, struct ranked *out,
                   struct figures *others)
{
    size_t n = 0;
    for (size_t i = 0; i < v->total_count; i++) {
        const struct figures *f = &v->totals[i];
        struct ranked r = {(uint32_t)i, figures_metric(f, order->metric), f->requests};
        if (i == NUMBER_OTHER || r.value == 0 || !values_hold(v->cache, r.number, order->part))
            figures_add(others, f);
        else
            out[n++] = r;
    }
    if (n)
        qsort(out, n, sizeof *out, compare_ranked);
    return n;
}

static bool find_top(const struct figures_query *q, const struct figures_order *order, struct by_value *v,
                     struct figures_table *out, uint32_t **numbers, struct sl_err *err)
{
    struct figures_query whole = *q;
    whole.span = one_step(&q->span);
    if (!survey_values(&whole, v, &out->approx, err))
        return false;
    struct ranked *ranked = sl_calloc(v->total_count + 1, sizeof *ranked);
    size_t count = rank(v, order, ranked, &out->others);
    out->count = SL_MIN(count, (size_t)order->limit);
    out->items = sl_calloc(out->count + 1, sizeof *out->items);
    *numbers = sl_calloc(out->count + 1, sizeof **numbers);
    for (size_t i = 0; i < count; i++) {
        const struct figures *f = &v->totals[ranked[i].number];
        if (i >= out->count) {
            figures_add(&out->others, f);
            continue;
        }
        (*numbers)[i] = ranked[i].number;
        out->items[i].name = values_text(v->cache, ranked[i].number);
        out->items[i].total = *f;
    }
    free(ranked);
    return true;
}

/* The same again with steps, for those alone that are in the table. */
static bool find_steps(const struct figures_query *q, struct by_value *v, const uint32_t *numbers,
                       struct figures_table *out, struct sl_err *err)
{
    bool approx;
    for (size_t i = 0; i < out->count; i++)
        v->only_count = SL_MAX(v->only_count, (size_t)numbers[i] + 1);
    SL_CLEANUP(sl_freep) uint8_t *only = sl_calloc(v->only_count + 1, 1);
    for (size_t i = 0; i < out->count; i++)
        only[numbers[i]] = 1;
    v->only = only;
    v->add = add_sum;
    bool ok = survey_values(q, v, &approx, err);
    for (size_t i = 0; i < out->count && ok; i++) {
        out->items[i].steps = sl_calloc(q->span.count, sizeof *out->items[i].steps);
        for (size_t step = 0; step < q->span.count; step++)
            out->items[i].steps[step] = *sums_at(&v->sums, numbers[i], step);
    }
    v->only = NULL;
    return ok;
}

bool figures_top(const struct figures_query *q, const struct figures_order *order, struct figures_table *out,
                 struct sl_err *err)
{
    struct by_value v;
    SL_CLEANUP(sl_freep) uint32_t *numbers = NULL;
    *out = (struct figures_table){0};
    by_value_init(&v, q, order->by);
    v.add = add_total;
    bool ok =
        find_top(q, order, &v, out, &numbers, err) && (!order->steps || find_steps(q, &v, numbers, out, err));
    by_value_fini(&v);
    if (!ok)
        figures_table_fini(out);
    return ok;
}

void figures_table_fini(struct figures_table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->items[i].name);
        free(t->items[i].steps);
    }
    free(t->items);
    *t = (struct figures_table){0};
}

/* ---- users ---- */

static void add_seen(struct by_value *v, size_t step, uint32_t number, const struct figures *f)
{
    if (number < NUMBERS_FIRST)
        return;
    if (number >= v->seen_values) {
        size_t more = SL_MAX(v->seen_values * 2, (size_t)number + 256);
        v->seen = sl_reallocarray(v->seen, more * v->seen_words, sizeof *v->seen);
        memset(v->seen + v->seen_values * v->seen_words, 0,
               (more - v->seen_values) * v->seen_words * sizeof *v->seen);
        v->seen_values = more;
    }
    v->seen[number * v->seen_words + step / 64] |= (uint64_t)1 << step % 64;
}

bool figures_users(const struct figures_query *q, uint64_t *out_steps, uint64_t *out_all, struct sl_err *err)
{
    struct by_value v;
    bool approx;
    by_value_init(&v, q, FIGURES_BY_USER);
    v.add = add_seen;
    v.seen_words = q->span.count / 64 + 1;
    bool ok = survey_values(q, &v, &approx, err);
    memset(out_steps, 0, q->span.count * sizeof *out_steps);
    *out_all = 0;
    for (size_t i = NUMBERS_FIRST; i < v.seen_values; i++) {
        bool ever = false;
        for (size_t step = 0; step < q->span.count; step++) {
            uint64_t seen = v.seen[i * v.seen_words + step / 64] >> step % 64 & 1;
            out_steps[step] += seen;
            ever |= seen;
        }
        *out_all += ever;
    }
    by_value_fini(&v);
    return ok;
}
