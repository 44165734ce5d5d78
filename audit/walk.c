/* walk.c - see audit/walk.h. */
#include "audit/walk.h"

#include <stdlib.h>

#include "sluice/clock.h"

#include "audit/days.h"
#include "audit/pick.h"
#include "audit/schema.h"
#include "base/fs.h"

enum { WINDOW_FIRST = 2048, WINDOW_MOST = 131072, ROWS_AT_ONCE = 4096, PICK_LEAST = 64 };
enum step { GO_ON, ENOUGH, FAILED };
static const int64_t ASK_US = 20000; /* how often whoever waits is asked whether they still do */

/* Does whoever waits still do, and is there time? */
static bool in_time_at_last(void *arg)
{
    struct walk *w = arg;
    if (w->deadline_us == 0 && !w->gone)
        return true;
    int64_t now_us = sl_monotonic_us();
    if (w->deadline_us && now_us >= w->deadline_us)
        return false;
    if (!w->gone || now_us < w->ask_us)
        return true;
    w->ask_us = now_us + ASK_US;
    return !w->gone(w->gone_arg);
}

/* The same, once the walk has got somewhere. */
static bool in_time(void *arg)
{
    const struct walk *w = arg;
    return !w->moved || in_time_at_last(arg);
}

bool walk_init(struct walk *w, const char *directory, const char *columns, const struct audit_filter *f,
               bool up, struct sl_err *err)
{
    const char *order = up ? "ASC" : "DESC";
    *w = (struct walk){
        .directory = directory, .filter = f, .up = up, .window = WINDOW_FIRST, .limit = UINT64_MAX};
    if (!filter_compile(f, &w->sql, err))
        return false;
    w->select = sl_asprintf("%s WHERE r.id BETWEEN ? AND ?%s ORDER BY r.id %s LIMIT ?", columns,
                            w->sql.where.p ? w->sql.where.p : "", order);
    w->edge = sl_asprintf("SELECT id FROM requests WHERE id BETWEEN ? AND ? ORDER BY id %s LIMIT 1 OFFSET ?",
                          order);
    return true;
}

void walk_fini(struct walk *w)
{
    filter_fini(&w->sql);
    free(w->select);
    free(w->edge);
}

/* One number, or `otherwise` when there is no row. */
static bool query_number(struct db_stmt *s, uint64_t otherwise, uint64_t *out, struct sl_err *err)
{
    enum db_step step = db_step(s, err);
    *out = step == DB_ROW ? (uint64_t)db_column_int(s, 0) : otherwise;
    db_reset(s);
    return step != DB_FAILED;
}

/* The ids of this day that can match: by the cursor, and by time as far as starts lie from the times of their
 * ids. */
static bool id_bounds(const struct walk *w, struct db *db, int64_t day, uint64_t *lo, uint64_t *hi,
                      struct sl_err *err)
{
    const struct audit_filter *f = w->filter;
    uint64_t skew;
    if (!query_number(db_prepare(db, "SELECT value FROM meta WHERE key = 'skew_us'"), 0, &skew, err))
        return false;
    day_ids(day, f->from_us, f->to_us, (int64_t)skew, lo, hi);
    if (f->before_id && w->up)
        *lo = SL_MAX(*lo, f->before_id + 1);
    if (f->before_id && !w->up)
        *hi = SL_MIN(*hi, f->before_id - 1);
    return true;
}

/* The part of lo..hi to look at next. */
static bool next_window(struct walk *w, struct db *db, uint64_t lo, uint64_t hi, uint64_t *out_lo,
                        uint64_t *out_hi, struct sl_err *err)
{
    uint64_t edge;
    struct db_stmt *s = db_prepare(db, w->edge);
    db_bind_int(s, 1, (int64_t)lo);
    db_bind_int(s, 2, (int64_t)hi);
    db_bind_int(s, 3, (int64_t)w->window - 1);
    if (!query_number(s, w->up ? hi : lo, &edge, err))
        return false;
    *out_lo = w->up ? lo : edge;
    *out_hi = w->up ? edge : hi;
    w->window = SL_MIN(w->window * 2, (uint64_t)WINDOW_MOST);
    return true;
}

/* Where the next page goes on when nothing beyond `id` was looked at. */
static enum step pause_at(struct walk *w, uint64_t id)
{
    bool full = w->found == w->limit;
    w->next_id = full ? w->last_id : id;
    w->partial = !full;
    return ENOUGH;
}

/* Passes on the rows that s finds, in order. *out_count is how many; *seen is the last. */
static enum step pass_on(struct walk *w, struct db_stmt *s, uint64_t *out_count, uint64_t *seen,
                         struct sl_err *err)
{
    enum db_step step;
    struct sl_err why = {0};
    for (*out_count = 0; (step = db_step(s, &why)) == DB_ROW; ++*out_count) {
        if (w->found == w->limit)
            return pause_at(w, w->last_id);
        *seen = w->last_id = (uint64_t)db_column_int(s, 0);
        w->found++;
        if (!w->each(w->arg, s))
            return ENOUGH;
    }
    if (step == DB_DONE)
        return GO_ON;
    if (why.code == SL_LIMIT)
        return pause_at(w, *seen);
    if (err)
        *err = why;
    return FAILED;
}

/* All matches of one window, some thousand at a time: who takes them may be slow. One more than the limit is
 * asked for: only then is there a next page. */
static enum step look(struct walk *w, struct db *db, uint64_t lo, uint64_t hi, struct sl_err *err)
{
    uint64_t most, count, seen = w->up ? lo - 1 : hi + 1;
    enum step step;
    do {
        struct db_stmt *s = db_prepare(db, w->select);
        most = SL_MIN(w->limit - w->found, (uint64_t)ROWS_AT_ONCE - 1) + 1;
        db_bind_int(s, 1, (int64_t)(w->up ? seen + 1 : lo));
        db_bind_int(s, 2, (int64_t)(w->up ? hi : seen - 1));
        filter_bind(&w->sql, s, 3);
        db_bind_int(s, 3 + (int)w->sql.values.count, (int64_t)most);
        step = pass_on(w, s, &count, &seen, err);
        db_reset(s);
    } while (step == GO_ON && count == most);
    return step;
}

/* By windows of ids: every row is looked at. */
static enum step look_at_all(struct walk *w, struct db *db, uint64_t lo, uint64_t hi, struct sl_err *err)
{
    uint64_t from, to;
    while (lo <= hi) {
        if (!next_window(w, db, lo, hi, &from, &to, err))
            return FAILED;
        db_set_progress(db, in_time, w);
        enum step step = look(w, db, from, to, err);
        db_set_progress(db, NULL, NULL);
        if (step != GO_ON)
            return step;
        w->moved = true;
        if (w->up)
            lo = to + 1;
        else
            hi = from - 1;
        if (lo <= hi && !in_time(w))
            return pause_at(w, w->up ? to : from);
    }
    return GO_ON;
}

/* Only at rows that can match by their columns. What columns can't tell, such as a text in the path, may
 * leave few of them: more at a time, then. */
static enum step look_at_picked(struct walk *w, struct db *db, struct pick *pick, uint64_t lo, uint64_t hi,
                                struct sl_err *err)
{
    size_t most = SL_MAX(SL_MIN(w->limit - w->found + 1, (uint64_t)ROWS_AT_ONCE), (uint64_t)PICK_LEAST),
           count;
    const uint64_t *ids;
    uint64_t known;
    while (lo <= hi) {
        if (!pick_ids(pick, lo, hi, most, in_time_at_last, w, &ids, &count, &known, err))
            return FAILED;
        for (size_t i = 0; i < count; i++) {
            db_set_progress(db, in_time, w);
            enum step step = look(w, db, ids[i], ids[i], err);
            db_set_progress(db, NULL, NULL);
            if (step != GO_ON)
                return step;
            w->moved = true;
        }
        w->moved = true;
        if (w->up)
            lo = known + 1;
        else
            hi = known - 1;
        if (lo <= hi && !in_time(w))
            return pause_at(w, known);
        most = SL_MIN(most * 4, (size_t)ROWS_AT_ONCE);
    }
    return GO_ON;
}

static enum step look_through(struct walk *w, struct db *db, int64_t day, struct sl_err *err)
{
    uint64_t lo, hi;
    bool none;
    struct pick *pick = NULL;
    if (!id_bounds(w, db, day, &lo, &hi, err))
        return FAILED;
    if (lo > hi)
        return GO_ON;
    if (!filter_prepare(&w->sql, db, &none, err))
        return FAILED;
    if (none) {
        w->moved = true;
        return GO_ON;
    }
    /* Who wants everything is served better by going through everything, and may take hours: not in one
     * transaction, which would keep the writer's WAL from being emptied. A page has one, since locking and
     * unlocking the file for each column takes longer than reading it. */
    if (w->limit == UINT64_MAX)
        return look_at_all(w, db, lo, hi, err);
    if (!db_exec(db, "BEGIN", err) || !pick_open(db, &w->sql, w->up, &pick, err))
        return FAILED;
    enum step step = pick ? look_at_picked(w, db, pick, lo, hi, err) : look_at_all(w, db, lo, hi, err);
    pick_free(&pick);
    w->moved = true;
    return step == FAILED || db_exec(db, "COMMIT", err) ? step : FAILED;
}

static enum step walk_day(struct walk *w, int64_t day, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *path = day_path(w->directory, day);
    struct db *db;
    struct sl_err why = {0};
    if (!audit_day_read(path, &db, &why)) {
        /* Retention took it meanwhile, or the writer is just making it. */
        if (!fs_exists(path) || why.code == SL_UNAVAILABLE)
            return GO_ON;
        if (err)
            *err = why;
        return FAILED;
    }
    if (w->day)
        w->day(w->arg, db);
    /* Rows that match lie anywhere in the file: room for all of its tree but the leaves. */
    enum step step = db_exec(db, "PRAGMA cache_size = -16384", err) ? look_through(w, db, day, err) : FAILED;
    db_close(&db);
    return step;
}

/* Could this day hold matches? Ids are never far behind the clock, but may be ahead of it when it was set
 * back. */
static bool day_matters(const struct walk *w, int64_t day)
{
    const struct audit_filter *f = w->filter;
    if (f->from_us && day + 1 < day_of_time(f->from_us))
        return false;
    if (!f->before_id)
        return true;
    return w->up ? day >= day_of_id(f->before_id) : day <= day_of_id(f->before_id);
}

bool walk_days(struct walk *w, struct sl_err *err)
{
    struct days days;
    enum step step = GO_ON;
    if (!days_list(w->directory, &days, err))
        return false;
    for (size_t i = 0; i < days.count && step == GO_ON; i++) {
        int64_t day = days.items[w->up ? i : days.count - 1 - i];
        if (!day_matters(w, day))
            continue;
        if (w->moved && !in_time(w))
            step = pause_at(w, w->up ? day_first_id(day) - 1 : day_first_id(day + 1));
        else
            step = walk_day(w, day, err);
    }
    days_fini(&days);
    return step != FAILED;
}
