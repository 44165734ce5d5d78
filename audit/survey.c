/* survey.c - see audit/survey.h. */
#include "audit/survey.h"

#include <stdlib.h>

#include "sluice/clock.h"

#include "audit/days.h"
#include "audit/schema.h"
#include "audit/values.h"
#include "base/fs.h"

enum { ROWS_MOST = 1000000, SETTLED_S = 3600 };
static const int64_t MINUTE_US = 60 * 1000000;

struct figures_span survey_one_step(const struct figures_span *span)
{
    struct figures_span s = *span;
    s.step_min = ((int64_t)UINT32_MAX / 1440 + 1) * 1440; /* so long that all of it lies in one */
    s.count = 1;
    return s;
}

bool survey_begin(struct survey *s, const struct figures_query *q, enum rollup_kind kind, bool any_kind,
                  struct sl_err *err)
{
    *s = (struct survey){.directory = q->directory, .numbers = SURVEY_NOT_KEPT};
    s->count = (struct count){.kind = kind, .span = q->span, .one_in = 1, .patience = &s->patience};
    s->patience = (struct patience){.gone = q->gone, .arg = q->gone_arg};
    s->patience.deadline_us = q->deadline_ms > 0 ? sl_monotonic_us() + q->deadline_ms * 1000 : 0;
    s->rows_most = q->rows_most ? q->rows_most : ROWS_MOST;
    s->kept = q->cache ? values_kept(q->cache) : NULL;
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
    if (s->filter.where.n)
        s->kept = NULL;
    return true;
}

void survey_end(struct survey *s)
{
    filter_fini(&s->filter);
}

/* ---- one file ---- */

enum place { OUTSIDE, PARTLY, WHOLE };

/* How do the rows of a file lie to the time that is asked for? */
static enum place place_of(const struct figures_span *span, int64_t day, int64_t skew_us)
{
    /* A day either side, so that nothing can overflow however wrong a clock was. */
    int64_t skew_min = skew_us / MINUTE_US + 1, first = day * 1440, last = first + 1439;
    if (first - skew_min >= span->to_min || last + skew_min < span->from_min)
        return OUTSIDE;
    if (skew_us == 0)
        skew_min = 0;
    return first - skew_min >= span->from_min && last + skew_min < span->to_min ? WHOLE : PARTLY;
}

/* An id never lies far behind the time of its request, though it may be ahead of it when a clock was set
 * back.
 */
static bool too_early(const struct survey *s, int64_t day)
{
    return day + 1 < s->count.span.from_min / 1440;
}

static bool add_thing(void *arg, size_t step, uint64_t thing, const struct figures *f, struct sl_err *err)
{
    struct survey *s = arg;
    uint32_t itself = (uint32_t)SL_MIN(thing, (uint64_t)UINT32_MAX);
    const uint32_t *numbers = &itself;
    size_t count = 1;
    if (s->find && !s->find(s->arg, thing, &numbers, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        s->add(s->arg, step, numbers[i], f);
    return true;
}

static bool count_open_file(struct survey *s, struct db *db, int64_t day, struct sl_err *err)
{
    int64_t skew_us;
    /* One snapshot, or what is folded meanwhile would count twice or not at all. */
    if (!db_exec(db, "BEGIN", err) || !count_skew(db, &skew_us, err))
        return false;
    if (place_of(&s->count.span, day, skew_us) == OUTSIDE)
        return true;
    if (s->candidates)
        return count_candidates(db, day, &s->count, s->candidates, err);
    bool ok = (!s->begin || s->begin(s->arg, db, err)) && count_file(db, day, &s->count, err);
    if (s->end)
        s->end(s->arg);
    return ok;
}

/* *out_db NULL: retention took the file meanwhile, or the writer is just making it. */
static bool open_day(const char *path, struct db **out, struct sl_err *err)
{
    struct sl_err why = {0};
    *out = NULL;
    if (audit_day_read(path, out, &why) || !fs_exists(path) || why.code == SL_UNAVAILABLE)
        return true;
    if (err)
        *err = why;
    return false;
}

static bool count_day(struct survey *s, int64_t day, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *path = day_path(s->directory, day);
    struct db *db;
    struct sl_err why = {0};
    if (!open_day(path, &db, err))
        return false;
    if (!db)
        return true;
    bool ok = count_open_file(s, db, day, &why);
    db_close(&db);
    if (!ok && err)
        *err = why;
    return ok;
}

/* ---- parts that are kept ---- */

/* Sums by step and number while they are counted; with one step, an array of numbers: with tens of thousands
 * of hosts a table takes twice the time. */
struct collector {
    struct survey *survey;
    int64_t first_step;
    bool plain;
    struct figures *totals;
    size_t total_count;
    struct sums sums;
};

static void collect(void *arg, size_t step, uint32_t number, const struct figures *f)
{
    struct collector *c = arg;
    if (!c->plain) {
        figures_add(sums_at(&c->sums, (uint64_t)(c->first_step + (int64_t)step), number), f);
        return;
    }
    if (number >= c->total_count) {
        size_t more = SL_MAX(c->total_count * 2, (size_t)number + 256);
        c->totals = sl_reallocarray(c->totals, more, sizeof *c->totals);
        memset(c->totals + c->total_count, 0, (more - c->total_count) * sizeof *c->totals);
        c->total_count = more;
    }
    figures_add(&c->totals[number], f);
}

static struct kept_part *part_of(const struct collector *c, struct kept_key key)
{
    size_t count = c->sums.count, n = 0;
    for (size_t i = 0; i < c->total_count; i++)
        count += c->totals[i].requests > 0;
    struct kept_part *part = kept_part_new(key, count);
    for (size_t i = 0; i < c->total_count; i++)
        if (c->totals[i].requests)
            part->items[n++] = (struct kept_sum){(uint32_t)i, (uint32_t)c->first_step, c->totals[i]};
    for (size_t i = 0; i < c->sums.count; i++) {
        const struct sum *sum = &c->sums.items[i];
        part->items[n++] = (struct kept_sum){(uint32_t)sum->thing, (uint32_t)sum->group, sum->f};
    }
    return part;
}

/* The caller's begin, end and find stand behind another argument now. */
static bool collect_begin(void *arg, struct db *db, struct sl_err *err)
{
    struct survey *s = ((struct collector *)arg)->survey;
    return !s->begin || s->begin(s->arg, db, err);
}

static void collect_end(void *arg)
{
    struct survey *s = ((struct collector *)arg)->survey;
    if (s->end)
        s->end(s->arg);
}

static bool collect_find(void *arg, uint64_t thing, const uint32_t **out, size_t *out_count,
                         struct sl_err *err)
{
    struct survey *s = ((struct collector *)arg)->survey;
    return s->find(s->arg, thing, out, out_count, err);
}

static struct kept_part *count_part(struct survey *s, struct kept_key key, const int64_t *days, size_t count,
                                    struct sl_err *err)
{
    struct collector c = {.survey = s,
                          .first_step = s->count.span.from_min / s->count.span.step_min,
                          .plain = s->count.span.count == 1};
    struct survey mine = *s;
    struct kept_part *part = NULL;
    bool ok = true;
    mine.begin = collect_begin;
    mine.end = collect_end;
    mine.find = s->find ? collect_find : NULL;
    mine.add = collect;
    mine.arg = &c;
    mine.count.arg = &mine;
    for (size_t i = 0; i < count && ok; i++)
        ok = count_day(&mine, days[i], err);
    if (ok) {
        part = part_of(&c, key);
        kept_add(s->kept, part);
    }
    sums_fini(&c.sums);
    free(c.totals);
    return part;
}

/* Files that are told by `key`, whose text says which states of which files, and of what time. */
static bool add_part(struct survey *s, const struct sl_text *text, const int64_t *days, size_t count,
                     struct sl_err *err)
{
    struct kept_key key = kept_key(s->kept, text->p, text->n);
    struct kept_part *part = kept_find(s->kept, key);
    int64_t first_step = s->count.span.from_min / s->count.span.step_min;
    if (!part && !(part = count_part(s, key, days, count, err)))
        return false;
    for (size_t i = 0; i < part->count; i++)
        s->add(s->arg, (size_t)(part->items[i].step - first_step), part->items[i].number, &part->items[i].f);
    kept_release(s->kept, &part);
    return true;
}

static void key_begin(const struct survey *s, const struct figures_span *span, struct sl_text *out)
{
    int64_t words[] = {s->numbers, s->count.span.step_min, span ? span->from_min : -1,
                       span ? span->to_min : -1};
    sl_text_clear(out);
    sl_text_add(out, sl_str((const char *)words, sizeof words));
}

static void key_add(struct sl_text *out, int64_t day, const struct db_stamp *stamp)
{
    sl_text_add(out, sl_str((const char *)&day, sizeof day));
    sl_text_add(out, sl_str((const char *)stamp, sizeof *stamp));
}

/* ---- all files ---- */

struct state {
    const char *path;
    struct db_stamp stamp;
    bool known; /* the stamp tells it from others */
    int64_t skew_us;
    enum place place;
};

/* What is told of the file's place may be wrong only towards PARTLY. */
static bool place_file(struct survey *s, int64_t day, struct state *f, struct sl_err *err)
{
    SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
    struct db *db;
    int64_t skew_us = 0;
    f->place = PARTLY;
    if (!(f->known = db_stamp(f->path, &f->stamp)))
        return true;
    key_add(&text, day, &f->stamp);
    struct kept_key key = kept_key(s->kept, text.p, text.n);
    if (!kept_find_skew(s->kept, key, &skew_us)) {
        if (!open_day(f->path, &db, err))
            return false;
        bool ok = db && count_skew(db, &skew_us, err);
        if (db && ok)
            kept_add_skew(s->kept, key, skew_us);
        f->known = ok;
        bool failed = db && !ok;
        db_close(&db);
        if (!f->known)
            return !failed;
    }
    f->skew_us = skew_us;
    f->place = place_of(&s->count.span, day, skew_us);
    return true;
}

static bool is_settled(const struct state *f, int64_t now_s)
{
    return SL_MAX(f->stamp.file.written_s, f->stamp.wal.written_s) < now_s - SETTLED_S;
}

static bool add_file(struct survey *s, int64_t day, const struct state *f, struct sl_err *err)
{
    SL_CLEANUP(sl_text_fini) struct sl_text key = {0};
    if (place_of(&s->count.span, day, f->skew_us) == OUTSIDE)
        return true;
    key_begin(s, f->place == WHOLE ? NULL : &s->count.span, &key);
    key_add(&key, day, &f->stamp);
    return add_part(s, &key, &day, 1, err);
}

/* A file that the time cuts: its whole hours, which are the same when somebody asks again a few minutes
 * later; and the minutes before and behind them. */
static bool add_cut_file(struct survey *s, int64_t day, const struct state *f, struct sl_err *err)
{
    const struct figures_span *all = &s->count.span;
    int64_t first = (all->from_min + 59) / 60 * 60, last = all->to_min / 60 * 60;
    int64_t edges[] = {all->from_min, first, last, all->to_min};
    if (all->count > 1 || first >= last)
        return add_file(s, day, f, err);
    for (size_t i = 0; i + 1 < SL_COUNT(edges); i++) {
        struct survey part = *s;
        part.count.span.from_min = edges[i];
        part.count.span.to_min = edges[i + 1];
        part.count.arg = &part;
        if (edges[i] < edges[i + 1] && !add_file(&part, day, f, err))
            return false;
    }
    return true;
}

static bool run_kept(struct survey *s, const struct days *days, struct sl_err *err)
{
    SL_CLEANUP(sl_text_fini) struct sl_text settled = {0};
    SL_CLEANUP(sl_freep) int64_t *whole = sl_calloc(days->count + 1, sizeof *whole);
    int64_t now_s = sl_wall_us() / 1000000;
    size_t count = 0;
    bool ok = true;
    key_begin(s, NULL, &settled);
    for (size_t i = 0; i < days->count && ok; i++) {
        SL_CLEANUP(sl_freep) char *path = day_path(s->directory, days->items[i]);
        struct state f = {.path = path};
        if (too_early(s, days->items[i]))
            continue;
        if (!place_file(s, days->items[i], &f, err))
            return false;
        if (!f.known) {
            ok = count_day(s, days->items[i], err);
        } else if (f.place == WHOLE && is_settled(&f, now_s)) {
            whole[count++] = days->items[i];
            key_add(&settled, days->items[i], &f.stamp);
        } else if (f.place == WHOLE) {
            ok = add_file(s, days->items[i], &f, err);
        } else if (f.place == PARTLY) {
            ok = add_cut_file(s, days->items[i], &f, err);
        }
    }
    return ok && (count == 0 || add_part(s, &settled, whole, count, err));
}

static bool run_days(struct survey *s, struct sl_err *err)
{
    struct days days;
    bool ok = days_list(s->directory, &days, err);
    if (!ok)
        return false;
    s->count.filter = s->filter.where.n ? &s->filter : NULL;
    s->count.each = add_thing;
    s->count.arg = s;
    if (s->kept && s->numbers != SURVEY_NOT_KEPT)
        ok = run_kept(s, &days, err);
    else
        for (size_t i = 0; ok && i < days.count; i++)
            ok = too_early(s, days.items[i]) || count_day(s, days.items[i], err);
    days_fini(&days);
    return ok;
}

static void add_requests(void *arg, size_t step, uint32_t number, const struct figures *f)
{
    uint64_t *sum = arg;
    *sum += f->requests;
}

/* How many rows are there, and how many of them can match by columns? */
static bool measure(struct survey *s, uint64_t *rows, uint64_t *candidates, struct sl_err *err)
{
    struct survey all = {.directory = s->directory, .count = s->count, .numbers = SURVEY_NOT_KEPT};
    all.count.kind = ROLLUP_OUTCOME;
    all.count.by_rows = false;
    all.count.span = survey_one_step(&s->count.span);
    all.add = add_requests;
    all.arg = rows;
    struct survey columns = *s;
    columns.kept = NULL;
    columns.candidates = candidates;
    return run_days(&all, err) && (s->filter.where.n == 0 || run_days(&columns, err));
}

bool survey_run(struct survey *s, bool *approx, struct sl_err *err)
{
    uint64_t rows = 0, candidates = 0;
    if (s->count.by_rows) {
        if (!measure(s, &rows, &candidates, err))
            return false;
        /* One by one they cost four times as much as one after the other. */
        s->count.by_columns = s->filter.where.n && candidates <= SL_MIN(rows, s->rows_most) / 4;
        s->count.one_in = s->count.by_columns ? 1 : (unsigned)(rows / s->rows_most + 1);
    }
    *approx = s->count.one_in > 1;
    return run_days(s, err);
}
