/* figures.c - what does the request log add up to? See sluice/figures.h.
 *
 * A walk over the day files in which the time may lie (survey.c); each is counted by its rollups (count.c),
 * and what its things stand for is looked up in its small tables (values.c). Only a filter that rollups can't
 * answer, or a file that has none yet, has its rows looked at; when they would be too many, only some, spread
 * over each step. */
#include "sluice/figures.h"

#include <stdlib.h>

#include "audit/survey.h"
#include "audit/values.h"

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

/* ---- over time ---- */

static void add_step(void *arg, size_t step, uint32_t number, const struct figures *f)
{
    struct figures *out = arg;
    figures_add(&out[step], f);
}

static bool to_none(void *arg, uint64_t thing, const uint32_t **out, size_t *out_count, struct sl_err *err)
{
    static const uint32_t none = 0;
    *out = &none;
    *out_count = 1;
    return true;
}

bool figures_over_time(const struct figures_query *q, struct figures *out, bool *approx, struct sl_err *err)
{
    struct survey s;
    memset(out, 0, q->span.count * sizeof *out);
    if (!survey_begin(&s, q, ROLLUP_OUTCOME, true, err))
        return false;
    s.find = to_none;
    s.add = add_step;
    s.arg = out;
    s.numbers = SURVEY_ALL;
    bool ok = survey_run(&s, approx, err);
    survey_end(&s);
    return ok;
}

struct own_time {
    const struct figures_span *span;
    uint64_t (*counts)[OWN_TIME_CLASSES]; /* of each step, and of all */
};

static void add_own_time(void *arg, size_t step, uint32_t number, const struct figures *f)
{
    struct own_time *t = arg;
    size_t class = SL_MIN(number, OWN_TIME_CLASSES - 1u);
    t->counts[step][class] += f->requests;
    t->counts[t->span->count][class] += f->requests;
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
                      bool *approx, struct sl_err *err)
{
    struct survey s;
    if (!survey_begin(&s, q, ROLLUP_OWN_TIME, false, err))
        return false;
    struct own_time t = {.span = &q->span, .counts = sl_calloc(q->span.count + 1, sizeof *t.counts)};
    s.add = add_own_time;
    s.arg = &t;
    s.numbers = SURVEY_OWN_TIME;
    bool ok = survey_run(&s, approx, err);
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
    void (*add)(void *v, size_t step, uint32_t number, const struct figures *f);
    struct figures
        *totals; /* by value: with tens of thousands of hosts a table of sums takes twice the time */
    size_t total_count;
    struct sums sums;    /* by value and step, of `only` */
    const uint8_t *only; /* of the values below only_count, those that are set */
    size_t only_count;
    uint64_t *seen;     /* users: a bit for each step of each value */
    size_t seen_values; /* for which there is room */
    size_t seen_words;  /* for each */
};

static void by_value_init(struct by_value *v, const struct figures_query *q, enum figures_by by)
{
    *v = (struct by_value){.by = by, .cache = q->cache, .own_cache = !q->cache};
    if (v->own_cache)
        v->cache = figures_cache_new(0);
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

static bool find_value(void *arg, uint64_t thing, const uint32_t **out, size_t *out_count, struct sl_err *err)
{
    struct by_value *v = arg;
    return value_map_find(&v->map, thing, out, out_count, err);
}

static bool survey_values(const struct figures_query *q, struct by_value *v, bool *approx, struct sl_err *err)
{
    struct survey s;
    if (!survey_begin(&s, q, values_kind(v->by), false, err))
        return false;
    s.begin = begin_file;
    s.end = end_file;
    s.find = find_value;
    s.add = v->add;
    s.arg = v;
    /* Steps of all hosts would be more than there is room for. */
    bool many = v->by == FIGURES_BY_HOST || v->by == FIGURES_BY_CLIENT;
    s.numbers = many && q->span.count > 1 ? SURVEY_NOT_KEPT : (int)v->by;
    bool ok = survey_run(&s, approx, err);
    *approx = *approx || values_full(v->cache);
    survey_end(&s);
    return ok;
}

static void add_total(void *arg, size_t step, uint32_t number, const struct figures *f)
{
    struct by_value *v = arg;
    if (number >= v->total_count) {
        size_t more = SL_MAX(v->total_count * 2, (size_t)number + 256);
        v->totals = sl_reallocarray(v->totals, more, sizeof *v->totals);
        memset(v->totals + v->total_count, 0, (more - v->total_count) * sizeof *v->totals);
        v->total_count = more;
    }
    figures_add(&v->totals[number], f);
}

static void add_sum(void *arg, size_t step, uint32_t number, const struct figures *f)
{
    struct by_value *v = arg;
    if (number < v->only_count && v->only[number])
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

/* Into the best ones, of which there are at most `most`, the first of them first. What falls out, or never
 * got in, is returned: its number, or NUMBER_OTHER. */
static uint32_t rank(struct ranked *best, size_t *count, size_t most, struct ranked r)
{
    uint32_t out = NUMBER_OTHER;
    if (*count == most) {
        if (most == 0 || compare_ranked(&best[most - 1], &r) < 0)
            return r.number;
        out = best[--*count].number;
    }
    size_t lo = 0, hi = *count;
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        if (compare_ranked(&best[middle], &r) < 0)
            lo = middle + 1;
        else
            hi = middle;
    }
    memmove(best + lo + 1, best + lo, (*count - lo) * sizeof *best);
    best[lo] = r;
    ++*count;
    return out;
}

/* The first values in order; all others, and those without any or not wanted, go to *others. */
static struct ranked *rank_all(const struct by_value *v, const struct figures_order *order, size_t *count,
                               struct figures *others)
{
    struct ranked *best = sl_calloc((size_t)order->limit + 1, sizeof *best);
    *count = 0;
    for (size_t i = 0; i < v->total_count; i++) {
        const struct figures *f = &v->totals[i];
        struct ranked r = {(uint32_t)i, figures_metric(f, order->metric), f->requests};
        uint32_t out = r.number;
        if (i != NUMBER_OTHER && r.value && values_hold(v->cache, r.number, order->part))
            out = rank(best, count, order->limit, r);
        if (i == NUMBER_OTHER || out != NUMBER_OTHER)
            figures_add(others, &v->totals[out]);
    }
    return best;
}

static bool find_top(const struct figures_query *q, const struct figures_order *order, struct by_value *v,
                     struct figures_table *out, uint32_t **numbers, struct sl_err *err)
{
    struct figures_query whole = *q;
    whole.span = survey_one_step(&q->span);
    if (!survey_values(&whole, v, &out->approx, err))
        return false;
    SL_CLEANUP(sl_freep) struct ranked *best = rank_all(v, order, &out->count, &out->others);
    out->items = sl_calloc(out->count + 1, sizeof *out->items);
    *numbers = sl_calloc(out->count + 1, sizeof **numbers);
    for (size_t i = 0; i < out->count; i++) {
        (*numbers)[i] = best[i].number;
        out->items[i].name = values_text(v->cache, best[i].number);
        out->items[i].total = v->totals[best[i].number];
    }
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

static void add_seen(void *arg, size_t step, uint32_t number, const struct figures *f)
{
    struct by_value *v = arg;
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

static bool count_users(const struct figures_query *q, uint64_t *out_steps, uint64_t *out_all, bool *approx,
                        struct sl_err *err)
{
    struct by_value v;
    by_value_init(&v, q, FIGURES_BY_USER);
    v.add = add_seen;
    v.seen_words = q->span.count / 64 + 1;
    bool ok = survey_values(q, &v, approx, err);
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

bool figures_users(const struct figures_query *q, uint64_t *out_steps, uint64_t *out_all, bool *approx,
                   struct sl_err *err)
{
    bool full = q->cache && values_full(q->cache);
    if (!full && !count_users(q, out_steps, out_all, approx, err))
        return false;
    if (!full && (!*approx || !q->cache || !values_full(q->cache)))
        return true;
    /* The cache is full, most of it with hosts. Users alone find room in one of their own. */
    struct figures_query alone = *q;
    alone.cache = NULL;
    return count_users(&alone, out_steps, out_all, approx, err);
}
