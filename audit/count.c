/* count.c - see audit/count.h. */
#include "audit/count.h"

#include <stdio.h>
#include <stdlib.h>

#include "sluice/clock.h"

#include "audit/days.h"
#include "audit/pack.h"
#include "audit/pick.h"

/* Of some rows: so many slices of a step, of each of which a part is looked at; and that many steps at least.
 */
enum { SLICES = 8, STEPS_LEAST = 64, PICKED_AT_ONCE = 65536 };
static const int64_t MINUTE_US = 60 * 1000000, ASK_US = 100000;

/* The rows of one kind that the filter lets through; of a file, by their ids. */
struct members {
    bool all;
    uint8_t *bits;
    uint64_t most;
};

static bool has_member(const struct members *m, uint64_t thing)
{
    return m->all || (thing < m->most && m->bits[thing / 8] >> thing % 8 & 1);
}

static bool in_time(const struct count *c, struct sl_err *err)
{
    struct patience *p = c->patience;
    if (!p || (p->deadline_us == 0 && !p->gone))
        return true;
    int64_t now_us = sl_monotonic_us();
    if (p->deadline_us && now_us >= p->deadline_us)
        return sl_fail(err, SL_LIMIT, "counting took too long; ask for less time or with fewer filters");
    if (!p->gone || now_us < p->ask_us)
        return true;
    p->ask_us = now_us + ASK_US;
    return !p->gone(p->arg) || sl_fail(err, SL_LIMIT, "nobody waits for these figures any more");
}

/* A set of a table's rows is a set of things. */
static const enum rollup_kind kinds[FILTER_TABLES] = {[FILTER_WHO] = ROLLUP_WHO,
                                                      [FILTER_TARGET] = ROLLUP_TARGET,
                                                      [FILTER_OUTCOME] = ROLLUP_OUTCOME,
                                                      [FILTER_TLS] = ROLLUP_TLS};

bool count_kind(const struct filter_sql *filter, enum rollup_kind *inout_kind)
{
    if (filter->where.n == 0)
        return true;
    /* A text is looked for in several tables, and its sets are not required ones. */
    if (filter->set_count != 1 || !filter->sets[0].required || filter->sets[0].with_none ||
        filter->values.count)
        return false;
    *inout_kind = kinds[filter->sets[0].table];
    return true;
}

/* The numbers that the filter's only set has in this file. */
static bool load_members(struct db *db, struct members *m, struct sl_err *err)
{
    enum db_step step;
    struct db_stmt *s = db_prepare(db, "SELECT max(id) FROM temp.set0");
    step = db_step(s, err);
    if (step == DB_ROW)
        m->most = (uint64_t)db_column_int(s, 0) + 1;
    db_reset(s);
    if (step != DB_ROW)
        return false;
    m->bits = sl_calloc(m->most / 8 + 1, 1);
    s = db_prepare(db, "SELECT id FROM temp.set0");
    while ((step = db_step(s, err)) == DB_ROW) {
        uint64_t id = (uint64_t)db_column_int(s, 0);
        m->bits[id / 8] |= (uint8_t)(1 << id % 8);
    }
    db_reset(s);
    return step == DB_DONE;
}

static size_t step_of(const struct figures_span *span, int64_t minute)
{
    int64_t first = span->from_min - span->from_min % span->step_min;
    return (size_t)((minute - first) / span->step_min);
}

/* ---- rollups ---- */

static bool add_run(struct db *db, const struct count *c, const struct members *m, struct sl_str run,
                    int64_t start_min, struct sl_err *err)
{
    uint64_t thing = 0;
    struct figures f;
    size_t step = step_of(&c->span, start_min);
    while (run_next(&run, start_min, &thing, &f))
        if (has_member(m, thing) && !c->each(c->arg, step, thing, &f, err))
            return false;
    return (run.n == 0 || rollup_damaged(db, err)) && in_time(c, err);
}

static bool add_delta(struct db *db, const struct count *c, const struct members *m, struct sl_str delta,
                      struct sl_err *err)
{
    enum rollup_kind kind;
    int64_t minute;
    struct sl_str run;
    while (rollup_next_part(&delta, &kind, &minute, &run))
        if (kind == c->kind && minute >= c->span.from_min && minute < c->span.to_min &&
            !add_run(db, c, m, run, minute, err))
            return false;
    return delta.n == 0 || rollup_damaged(db, err);
}

static bool add_deltas(struct db *db, const struct count *c, const struct members *m, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(db, "SELECT data FROM rollup_deltas");
    enum db_step step = DB_DONE;
    bool ok = true;
    while (ok && (step = db_step(s, err)) == DB_ROW)
        ok = add_delta(db, c, m, db_column_blob(s, 0), err);
    db_reset(s);
    return ok && step == DB_DONE;
}

/* Runs of spans that begin in [from, to). */
static bool add_runs(struct db *db, const struct count *c, const struct members *m, unsigned level,
                     int64_t from_min, int64_t to_min, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(db, "SELECT id, data FROM rollups WHERE id >= ? AND id < ? ORDER BY id");
    enum db_step step = DB_DONE;
    bool ok = true;
    db_bind_int(s, 1, rollup_key(c->kind, level, from_min, 0));
    db_bind_int(s, 2, rollup_key(c->kind, level, to_min, 0));
    while (ok && (step = db_step(s, err)) == DB_ROW)
        ok = add_run(db, c, m, db_column_blob(s, 1), rollup_key_start(db_column_int(s, 0)), err);
    db_reset(s);
    return ok && step == DB_DONE;
}

/* The longest spans that begin at `at` and end by `to`, where steps allow them: how long, and until when? */
static unsigned longest_spans(const struct figures_span *span, int64_t at, int64_t *out_end)
{
    unsigned level = 0;
    int64_t up = span->to_min;
    for (unsigned i = 1; i < ROLLUP_LEVELS && span->step_min % rollup_span_min[i] == 0; i++) {
        if (at % rollup_span_min[i] || at + rollup_span_min[i] > span->to_min) {
            /* As far as where a longer one begins. */
            int64_t next = at + rollup_span_min[i] - at % rollup_span_min[i];
            if (next + rollup_span_min[i] <= span->to_min && next > at)
                up = SL_MIN(up, next);
            break;
        }
        level = i;
    }
    int64_t length = rollup_span_min[level];
    *out_end = at + (up - at) / length * length;
    return level;
}

/* Does any run lie behind the time? */
static bool any_after(struct db *db, const struct count *c, bool *out, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(db, "SELECT 1 FROM rollups WHERE id >= ? AND id < ? LIMIT 1");
    db_bind_int(s, 1, rollup_key(c->kind, 0, SL_MIN(c->span.to_min, (int64_t)UINT32_MAX), 0));
    db_bind_int(s, 2, rollup_key(c->kind, 1, 0, 0));
    enum db_step step = db_step(s, err);
    *out = step == DB_ROW;
    db_reset(s);
    return step != DB_FAILED;
}

static bool by_rollups(struct db *db, const struct count *c, const struct members *m, struct sl_err *err)
{
    struct figures_span span = c->span;
    int64_t end;
    bool after;
    if (!any_after(db, c, &after, err))
        return false;
    /* Up to now: then today's longest spans may be taken too, although they aren't over. */
    if (!after)
        span.to_min = (span.to_min + 1439) / 1440 * 1440;
    for (int64_t at = span.from_min; at < span.to_min; at = end) {
        unsigned level = longest_spans(&span, at, &end);
        if (!add_runs(db, c, m, level, at, end, err))
            return false;
    }
    return add_deltas(db, c, m, err);
}

/* ---- rows ---- */

enum column { TIME, TIMING, WHO, TARGET, OUTCOME, TLS, ACTION, BYTES_IN, BYTES_OUT };

static uint64_t thing_of(struct db_stmt *s, enum rollup_kind kind)
{
    struct record_timing timing;
    if (kind == ROLLUP_TLS)
        return (uint64_t)db_column_int(s, TLS);
    if (kind != ROLLUP_OWN_TIME)
        return (uint64_t)db_column_int(s, WHO + (int)kind);
    timing_unpack(db_column_blob(s, TIMING), &timing);
    return own_time_class((uint64_t)timing.identify_us + timing.decide_us);
}

static void times(struct figures *f, uint64_t n)
{
    f->requests *= n;
    f->block *= n;
    f->quota *= n;
    f->warn *= n;
    f->error *= n;
    if (__builtin_mul_overflow(f->bytes, n, &f->bytes))
        f->bytes = UINT64_MAX;
}

static bool add_row(const struct count *c, struct db_stmt *s, struct sl_err *err)
{
    int64_t action = db_column_int(s, ACTION);
    struct rollup_row row = {.time_us = db_column_int(s, TIME),
                             .action = action >= ACTION_ALLOW && action <= ACTION_ERROR ? (enum action)action
                                                                                        : ACTION_ERROR,
                             .bytes_in = (uint64_t)db_column_int(s, BYTES_IN),
                             .bytes_out = (uint64_t)db_column_int(s, BYTES_OUT)};
    struct figures f = rollup_figures(&row);
    uint64_t thing = thing_of(s, c->kind);
    if (c->kind == ROLLUP_TLS && thing == 0)
        return true;
    times(&f, c->one_in);
    return c->each(c->arg, step_of(&c->span, f.last_min), thing, &f, err);
}

static char *select_rows(const struct count *c)
{
    return sl_asprintf(
        "SELECT r.time, r.timing, r.who, r.target, r.outcome, r.tls, o.action, r.bytes_in, r.bytes_out"
        " FROM requests r LEFT JOIN outcomes o ON o.id = r.outcome"
        " WHERE r.id BETWEEN ? AND ? AND r.time >= ? AND r.time < ?%s",
        c->filter && c->filter->where.p ? c->filter->where.p : "");
}

/* Rows whose ids are of [from, to), and whose times lie in the span. */
static bool add_rows(struct db_stmt *s, const struct count *c, uint64_t lo, uint64_t hi, struct sl_err *err)
{
    enum db_step step = DB_DONE;
    bool ok = true;
    db_reset(s);
    db_bind_int(s, 1, (int64_t)lo);
    db_bind_int(s, 2, (int64_t)hi);
    /* Minutes are not negative; what began before 1970 counts in the first. */
    db_bind_int(s, 3, c->span.from_min ? c->span.from_min * MINUTE_US : INT64_MIN);
    db_bind_int(s, 4, c->span.to_min * MINUTE_US);
    if (c->filter)
        filter_bind(c->filter, s, 5);
    while (ok && (step = db_step(s, err)) == DB_ROW)
        ok = add_row(c, s, err);
    db_reset(s);
    return ok && step == DB_DONE;
}

/* The ids of a day whose times can lie in the span; none: lo is above hi. */
static bool id_bounds(struct db *db, const struct count *c, int64_t day, uint64_t *lo, uint64_t *hi,
                      struct sl_err *err)
{
    int64_t skew_us;
    if (!count_skew(db, &skew_us, err))
        return false;
    day_ids(day, c->span.from_min * MINUTE_US, c->span.to_min * MINUTE_US, skew_us, lo, hi);
    return true;
}

static bool all_rows(struct db *db, struct db_stmt *s, const struct count *c, int64_t day, struct sl_err *err)
{
    uint64_t lo, hi;
    return id_bounds(db, c, day, &lo, &hi, err) && (lo > hi || add_rows(s, c, lo, hi, err));
}

static bool progress(void *arg)
{
    return in_time(arg, NULL);
}

/* The next ids from *lo on that can match; *lo moves behind them. */
static bool next_picked(struct pick *pick, const struct count *c, uint64_t *lo, uint64_t hi,
                        const uint64_t **ids, size_t *count, struct sl_err *err)
{
    uint64_t known;
    if (!in_time(c, err) ||
        !pick_ids(pick, *lo, hi, PICKED_AT_ONCE, progress, (void *)c, ids, count, &known, err))
        return false;
    *lo = known + 1;
    return true;
}

static bool picked_rows(struct db *db, struct db_stmt *s, const struct count *c, int64_t day,
                        struct sl_err *err)
{
    SL_CLEANUP(pick_free) struct pick *pick = NULL;
    uint64_t lo, hi;
    const uint64_t *ids;
    size_t count;
    if (!pick_open(db, c->filter, true, &pick, err))
        return false;
    if (!pick)
        return all_rows(db, s, c, day, err);
    if (!id_bounds(db, c, day, &lo, &hi, err))
        return false;
    while (lo <= hi) {
        if (!next_picked(pick, c, &lo, hi, &ids, &count, err))
            return false;
        for (size_t i = 0; i < count; i++)
            if (!add_rows(s, c, ids[i], ids[i], err))
                return false;
    }
    return true;
}

bool count_candidates(struct db *db, int64_t day, const struct count *c, uint64_t *inout, struct sl_err *err)
{
    SL_CLEANUP(pick_free) struct pick *pick = NULL;
    uint64_t lo, hi;
    const uint64_t *ids;
    size_t count;
    bool none;
    if (!filter_prepare(c->filter, db, &none, err))
        return false;
    if (none)
        return true;
    if (!pick_open(db, c->filter, true, &pick, err) || !id_bounds(db, c, day, &lo, &hi, err))
        return false;
    if (!pick)
        *inout = UINT64_MAX;
    while (pick && lo <= hi) {
        if (!next_picked(pick, c, &lo, hi, &ids, &count, err))
            return false;
        *inout += SL_MIN((uint64_t)count, UINT64_MAX - *inout);
    }
    return true;
}

/* The first part of each slice of each step. */
static bool some_rows(struct db_stmt *s, const struct count *c, int64_t day, struct sl_err *err)
{
    int64_t length = SL_MIN(c->span.step_min, (c->span.to_min - c->span.from_min) / STEPS_LEAST + 1);
    int64_t slice = length * MINUTE_US / SLICES, end = (day + 1) * DAY_US;
    int64_t at = SL_MAX(c->span.from_min * MINUTE_US, day * DAY_US);
    end = SL_MIN(end, c->span.to_min * MINUTE_US);
    for (; at < end; at += slice) {
        int64_t to = SL_MIN(at + SL_MAX(slice / c->one_in, 1000), end);
        if (!add_rows(s, c, request_id_floor(at), request_id_floor(to) - 1, err))
            return false;
    }
    return true;
}

bool count_skew(struct db *db, int64_t *out, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(db, "SELECT value FROM meta WHERE key = 'skew_us'");
    enum db_step step = db_step(s, err);
    *out = step == DB_ROW ? db_column_int(s, 0) : 0;
    db_reset(s);
    return step != DB_FAILED;
}

static bool by_rows(struct db *db, int64_t day, const struct count *c, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *select = select_rows(c);
    struct db_stmt *s = db_prepare_dynamic(db, select, err);
    if (!s)
        return false;
    bool ok = c->one_in > 1                ? some_rows(s, c, day, err)
              : c->by_columns && c->filter ? picked_rows(db, s, c, day, err)
                                           : all_rows(db, s, c, day, err);
    db_done(&s);
    return ok;
}

bool count_file(struct db *db, int64_t day, const struct count *c, struct sl_err *err)
{
    struct members members = {.all = true};
    bool none = false, complete, ok = rollup_complete(db, &complete, err);
    if (ok && c->filter)
        ok = filter_prepare(c->filter, db, &none, err);
    if (!ok || none)
        return ok;
    struct count mine = *c;
    mine.one_in = c->by_rows ? SL_MAX(c->one_in, 1u) : 1;
    if (complete && !c->by_rows && c->filter && c->filter->set_count) {
        members.all = false;
        ok = load_members(db, &members, err);
    }
    db_set_progress(db, progress, &mine);
    if (ok)
        ok = complete && !c->by_rows ? by_rollups(db, &mine, &members, err) : by_rows(db, day, &mine, err);
    db_set_progress(db, NULL, NULL);
    free(members.bits);
    return ok;
}
