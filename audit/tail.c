/* tail.c - what has just been stored? See audit_tail in sluice/audit.h.
 *
 * The writer notes the ids of each committed batch in a ring; a position is a count of ids ever noted. It
 * starts from the clock, so that one of an earlier life lies before all of this one's and is seen to be old.
 * Readers wait on a condition and fetch rows from the day files. */
#include "audit/tail.h"

#include <stdio.h>
#include <stdlib.h>

#include "sluice/clock.h"

#include "audit/audit.h"
#include "audit/days.h"
#include "audit/filter.h"
#include "audit/row.h"
#include "audit/schema.h"
#include "base/fs.h"

enum { RING = 65536, LOOK_MOST = 1000, POSITIONS_PER_US_SHIFT = 2 };
/* How soon one who has gone is noticed, and how long a call looks for a match while more and more comes. */
static const int64_t GONE_US = 250000, WORK_US = 250000;

struct tail {
    pthread_mutex_t lock;
    pthread_cond_t news;
    uint64_t ids[RING];
    uint64_t born;        /* the first position of this life */
    uint64_t first, next; /* positions: the oldest that is in the ring, and behind the newest */
    uint64_t *pending;    /* of the batch that is under way; the writer's thread only */
    size_t pending_count, pending_cap;
};

struct tail *tail_new(void)
{
    struct tail *t = sl_calloc(1, sizeof *t);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&t->news, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&t->lock, NULL);
    t->born = t->first = t->next = (uint64_t)sl_wall_us() << POSITIONS_PER_US_SHIFT;
    return t;
}

void tail_free(struct tail **t)
{
    if (!*t)
        return;
    pthread_cond_destroy(&(*t)->news);
    pthread_mutex_destroy(&(*t)->lock);
    free((*t)->pending);
    sl_freep(t);
}

static bool row(void *arg, struct day *day, const struct record *r, uint64_t id, struct sl_err *err)
{
    struct tail *t = arg;
    SL_GROW(t->pending, t->pending_count, &t->pending_cap);
    t->pending[t->pending_count++] = id;
    return true;
}

/* Takes the ids of that day out of `pending`. */
static void settle(struct tail *t, int64_t day, bool note)
{
    size_t kept = 0;
    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < t->pending_count; i++) {
        if (day_of_id(t->pending[i]) != day)
            t->pending[kept++] = t->pending[i];
        else if (note)
            t->ids[t->next++ % RING] = t->pending[i];
    }
    t->pending_count = kept;
    t->first = SL_MAX(t->first, t->next - SL_MIN(t->next, (uint64_t)RING));
    if (note)
        pthread_cond_broadcast(&t->news);
    pthread_mutex_unlock(&t->lock);
}

static void committed(void *arg, int64_t day)
{
    settle(arg, day, true);
}

static void rolled_back(void *arg, int64_t day)
{
    settle(arg, day, false);
}

struct batch_observer tail_observer(struct tail *t)
{
    return (struct batch_observer){.arg = t, .row = row, .committed = committed, .rolled_back = rolled_back};
}

uint64_t audit_tail_position(struct audit *a)
{
    pthread_mutex_lock(&a->tail->lock);
    uint64_t position = a->tail->next;
    pthread_mutex_unlock(&a->tail->lock);
    return position;
}

/* What a reader asks of take, and what it missed. */
struct reading {
    uint64_t *position;
    int64_t deadline_us;
    const struct audit_bounds *bounds;
    bool missed;
    uint64_t skipped;
};

/* Moves the position to the oldest record that is remembered. */
static void catch_up(struct tail *t, struct reading *g)
{
    if (*g->position >= t->first && *g->position <= t->next)
        return;
    if (*g->position >= t->born && *g->position < t->first)
        g->skipped += t->first - *g->position;
    g->missed = true;
    *g->position = t->first;
}

/* Waits for news, not longer than GONE_US, so that one who has gone is noticed. False: do not wait again. */
static bool wait_for_news(struct tail *t, const struct reading *g)
{
    int64_t now_us = sl_monotonic_us(), until_us = SL_MIN(g->deadline_us, now_us + GONE_US);
    struct timespec until = {until_us / 1000000, until_us % 1000000 * 1000};
    if (now_us >= g->deadline_us)
        return false;
    pthread_cond_timedwait(&t->news, &t->lock, &until);
    return !g->bounds->gone || !g->bounds->gone(g->bounds->arg);
}

/* Copies at most `most` ids from the position on, waiting for the first of them until the deadline. */
static size_t take(struct tail *t, struct reading *g, uint64_t *out, size_t most)
{
    size_t n = 0;
    pthread_mutex_lock(&t->lock);
    catch_up(t, g);
    while (*g->position == t->next && wait_for_news(t, g))
        continue;
    catch_up(t, g); /* while we waited, more may have come than the ring holds */
    for (; n < most && *g->position < t->next; n++)
        out[n] = t->ids[(*g->position)++ % RING];
    pthread_mutex_unlock(&t->lock);
    return n;
}

/* "[1,2,3]" of the ids that lie in that day. */
static void ids_of_day(struct sl_text *out, const uint64_t *ids, size_t count, int64_t day)
{
    sl_text_clear(out);
    for (size_t i = 0; i < count; i++)
        if (day_of_id(ids[i]) == day)
            sl_text_addf(out, "%c%llu", out->n ? ',' : '[', (unsigned long long)ids[i]);
    sl_text_addc(out, ']');
}

/* Fills items[i] with the record ids[i] where it lies in that day and matches. */
static bool fetch_day(const char *directory, const struct filter_sql *sql, int64_t day, const uint64_t *ids,
                      size_t count, json_t **items, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *path = day_path(directory, day);
    SL_CLEANUP(sl_freep)
    char *select = sl_asprintf("%s WHERE r.id IN (SELECT value FROM json_each(?))%s", row_select,
                               sql->where.p ? sql->where.p : "");
    SL_CLEANUP(sl_text_fini) struct sl_text wanted = {0};
    struct db *db;
    enum db_step step = DB_DONE;
    bool none;
    if (!audit_day_read(path, &db, err))
        return !fs_exists(path); /* retention took it */
    if (!filter_prepare(sql, db, &none, err) || none) {
        db_close(&db);
        return none;
    }
    ids_of_day(&wanted, ids, count, day);
    struct db_stmt *s = db_prepare(db, select);
    db_bind_text(s, 1, sl_text_str(&wanted));
    filter_bind(sql, s, 2);
    while ((step = db_step(s, err)) == DB_ROW)
        for (size_t i = 0; i < count; i++)
            if (ids[i] == (uint64_t)db_column_int(s, 0)) {
                items[i] = row_to_json(s);
                break;
            }
    db_reset(s);
    db_close(&db);
    return step == DB_DONE;
}

/* Appends those that match, in their order. */
static bool fetch(const char *directory, const struct filter_sql *sql, const uint64_t *ids, size_t count,
                  json_t *out, struct sl_err *err)
{
    json_t **items = sl_calloc(count, sizeof *items);
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++) {
        bool first = true;
        for (size_t k = 0; k < i && first; k++)
            first = day_of_id(ids[k]) != day_of_id(ids[i]);
        ok = !first || fetch_day(directory, sql, day_of_id(ids[i]), ids, count, items, err);
    }
    for (size_t i = 0; i < count; i++)
        if (items[i])
            json_array_append_new(out, items[i]);
    free(items);
    return ok;
}

bool audit_tail(struct audit *a, const struct audit_filter *f, uint64_t *position, int64_t wait_ms,
                const struct audit_bounds *bounds, struct audit_page *out, struct sl_err *err)
{
    struct filter_sql sql;
    size_t most = SL_MIN(SL_MAX(f->limit, 1u), (unsigned)LOOK_MOST), count;
    int64_t began_us = sl_monotonic_us();
    struct reading reading = {
        .position = position, .deadline_us = began_us + SL_MAX(wait_ms, 0) * 1000, .bounds = bounds};
    int64_t most_us = SL_MAX(reading.deadline_us, began_us + WORK_US);
    bool ok = true;
    if (!filter_compile(f, &sql, err))
        return false;
    uint64_t *ids = sl_reallocarray(NULL, most, sizeof *ids);
    json_t *items = json_array();
    do {
        count = take(a->tail, &reading, ids, most);
        ok = count == 0 || fetch(a->writer.directory, &sql, ids, count, items, err);
    } while (ok && count && json_array_size(items) == 0 && sl_monotonic_us() < most_us);
    free(ids);
    filter_fini(&sql);
    if (ok)
        *out = (struct audit_page){
            .items = json_incref(items), .partial = reading.missed, .skipped = reading.skipped};
    json_decref(items);
    return ok;
}
