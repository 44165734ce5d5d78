/* batch.c - how do records get from journals into day files, each exactly once?
 *
 *   read records ──> rows, in one transaction for each day they belong to ──> cursor of each journal ──>
 * commit, day by day
 *
 * A day file holds for each journal the number of the last record it took; a record is stored iff its number
 * is higher. So after a crash or a failure, at whatever point, it is right to read the journals again from
 * where all days had committed. Journal segments are removed only when everything in them is committed and
 * synced; cursors only when their journal has no file left. */
#include <sched.h>
#include <stdlib.h>

#include "sluice/clock.h"
#include "sluice/log.h"

#include "audit/days.h"
#include "audit/writer.h"

enum { BATCH_ROWS = 4096, STREAM_ROWS_LEAST = 64, DAYS_IN_BATCH = 16, DAYS_KEPT = 3 };
/* Where the writer shares a core with a worker it must not keep it for a whole time slice: requests would
 * wait for milliseconds. */
enum { YIELD_EVERY = 32 };
static const int64_t SYNC_US = 1000000, IDLE_US = 60 * 1000000;

struct batch {
    struct writer *w;
    struct stream **streams; /* those that were there when it began */
    size_t stream_count;
    size_t rows;
    int64_t began_us;
    bool full;
};

static bool is_live_stream(void *arg, uint64_t id)
{
    const struct writer *w = arg;
    for (size_t i = 0; i < w->stream_count; i++)
        if (w->streams[i]->id == id)
            return true;
    return false;
}

/* The list may grow meanwhile, but only the writer shortens it. */
static bool forget_streams(struct writer *w, struct day *day, struct sl_err *err)
{
    pthread_mutex_lock(&w->streams_lock);
    bool ok = day_forget_streams(day, is_live_stream, w, err);
    pthread_mutex_unlock(&w->streams_lock);
    return ok;
}

static bool open_day(struct writer *w, int64_t number, struct sl_err *err)
{
    struct day *day;
    if (!day_open(w->directory, number, &day, err))
        return false;
    if (!forget_streams(w, day, err)) {
        day_close(&day);
        return false;
    }
    if (w->day_count == w->day_cap) {
        w->day_cap += 8;
        w->days = sl_reallocarray(w->days, w->day_cap, sizeof *w->days);
        w->day_used_us = sl_reallocarray(w->day_used_us, w->day_cap, sizeof *w->day_used_us);
        w->day_unsynced = sl_reallocarray(w->day_unsynced, w->day_cap, sizeof *w->day_unsynced);
    }
    w->days[w->day_count] = day;
    w->day_unsynced[w->day_count++] = false;
    return true;
}

static void close_day(struct writer *w, size_t i)
{
    day_close(&w->days[i]);
    w->day_count--;
    w->days[i] = w->days[w->day_count];
    w->day_used_us[i] = w->day_used_us[w->day_count];
    w->day_unsynced[i] = w->day_unsynced[w->day_count];
}

void batch_close_day(struct writer *w, int64_t number)
{
    for (size_t i = 0; i < w->day_count; i++)
        if (day_number(w->days[i]) == number) {
            close_day(w, i);
            return;
        }
}

/* Remembers whose file it was that failed. */
static void suspect(struct writer *w, int64_t day)
{
    w->suspect_count = w->suspect_day == day ? w->suspect_count + 1 : 1;
    w->suspect_day = day;
}

/* The file of that day, in a transaction. NULL with err; or NULL without when the batch has days enough. */
static struct day *day_for(struct batch *b, int64_t number, struct sl_err *err)
{
    struct writer *w = b->w;
    size_t i = 0;
    while (i < w->day_count && day_number(w->days[i]) != number)
        i++;
    if (i == w->day_count) {
        b->full = w->day_count >= DAYS_IN_BATCH;
        if (b->full)
            return NULL;
    }
    if ((i < w->day_count || open_day(w, number, err)) && day_begin(w->days[i], err)) {
        w->day_used_us[i] = b->began_us;
        return w->days[i];
    }
    suspect(w, number);
    return NULL;
}

static bool show(struct writer *w, struct day *day, const struct record *r, uint64_t id, struct sl_err *err)
{
    for (size_t i = 0; i < w->observer_count; i++)
        if (!w->observers[i].row(w->observers[i].arg, day, r, id, err))
            return false;
    return true;
}

static void raise_last_id(struct writer *w, uint64_t id)
{
    if (id > __atomic_load_n(&w->last_id, __ATOMIC_RELAXED))
        __atomic_store_n(&w->last_id, id, __ATOMIC_RELAXED);
}

/* A record that no file takes is dropped, or it would hold up all that follow; that is worth a line each
 * time. */
static void refuse(struct writer *w, const struct stream *s, const struct frame *f, const char *why)
{
    sl_log_error("audit", "record %llu of journal %016llx can't be kept: %s", (unsigned long long)f->seq,
                 (unsigned long long)s->id, why);
    __atomic_fetch_add(&w->refused, 1, __ATOMIC_RELAXED);
}

static bool store(struct batch *b, const struct stream *s, const struct frame *f, struct sl_err *err)
{
    struct record r;
    struct sl_str parts[PART_COUNT];
    struct sl_err why = {0};
    uint64_t id;
    if (!record_decode(f->payload, &r, parts)) {
        refuse(b->w, s, f, "it is no record of this version");
        return true;
    }
    struct day *day = day_for(b, day_of_id(r.id), err);
    if (!day)
        return b->full;
    switch (day_store(day, s->id, f->seq, &r, parts, &id, &why)) {
    case DAY_STORED:
        if (++b->rows % YIELD_EVERY == 0)
            sched_yield();
        raise_last_id(b->w, id);
        return show(b->w, day, &r, id, err);
    case DAY_KNOWN:
        raise_last_id(b->w, r.id);
        return true;
    case DAY_REFUSED:
        refuse(b->w, s, f, why.msg);
        return true;
    case DAY_FAILED:
        suspect(b->w, day_number(day));
        break;
    }
    *err = why;
    return false;
}

/* Takes at most `most` records from one journal. */
static bool take(struct batch *b, struct stream *s, size_t most, bool *out_more, struct sl_err *err)
{
    struct frame f;
    while (most--) {
        struct position before = s->read;
        if (stream_next(s, &f) != STREAM_RECORD)
            return true;
        if (!store(b, s, &f, err))
            return false;
        if (b->full) {
            s->read = before;
            break;
        }
    }
    *out_more = true;
    return true;
}

static bool commit_day(struct writer *w, struct day *day, struct sl_err *err)
{
    if (!day_in_transaction(day))
        return true;
    bool ok = true;
    for (size_t i = 0; i < w->observer_count && ok; i++)
        ok = !w->observers[i].before_commit || w->observers[i].before_commit(w->observers[i].arg, day, err);
    if (!ok || !day_commit(day, err))
        return false;
    for (size_t i = 0; i < w->observer_count; i++)
        w->observers[i].committed(w->observers[i].arg, day_number(day));
    return true;
}

static bool commit(struct writer *w, struct sl_err *err)
{
    for (size_t i = 0; i < w->day_count; i++) {
        w->day_unsynced[i] |= day_in_transaction(w->days[i]);
        if (!commit_day(w, w->days[i], err)) {
            suspect(w, day_number(w->days[i]));
            return false;
        }
    }
    return true;
}

/* Back to where all days had committed. Days that did commit know it by their cursors. */
static void roll_back(struct batch *b)
{
    struct writer *w = b->w;
    for (size_t i = 0; i < w->day_count; i++) {
        day_rollback(w->days[i]);
        for (size_t k = 0; k < w->observer_count; k++)
            w->observers[k].rolled_back(w->observers[k].arg, day_number(w->days[i]));
    }
    for (size_t i = 0; i < b->stream_count; i++)
        b->streams[i]->read = b->streams[i]->stored;
}

static void advance(struct batch *b)
{
    for (size_t i = 0; i < b->stream_count; i++) {
        struct stream *s = b->streams[i];
        s->stored = s->read;
        __atomic_store_n(&s->committed, s->stored.seq, __ATOMIC_RELAXED);
        stream_move_pages(s);
    }
    __atomic_fetch_add(&b->w->stored, b->rows, __ATOMIC_RELAXED);
    b->w->suspect_count = 0;
}

static struct batch begin(struct writer *w)
{
    struct batch b = {.w = w, .began_us = sl_monotonic_us()};
    pthread_mutex_lock(&w->streams_lock);
    b.stream_count = w->stream_count;
    b.streams = sl_reallocarray(NULL, b.stream_count, sizeof *b.streams);
    if (b.stream_count)
        memcpy(b.streams, w->streams, b.stream_count * sizeof *b.streams);
    pthread_mutex_unlock(&w->streams_lock);
    return b;
}

enum batch_result batch_run(struct writer *w, struct sl_err *err)
{
    bool more = false, ok = true;
    pthread_mutex_lock(&w->days_lock);
    if (w->handed_over) {
        pthread_mutex_unlock(&w->days_lock);
        return BATCH_ALL;
    }
    writer_find_new(w);
    struct batch b = begin(w);
    size_t most = SL_MAX(BATCH_ROWS / SL_MAX(b.stream_count, (size_t)1), (size_t)STREAM_ROWS_LEAST);
    for (size_t i = 0; i < b.stream_count && ok && !b.full; i++)
        ok = take(&b, b.streams[i], most, &more, err);
    ok = ok && commit(w, err);
    if (ok)
        advance(&b);
    else
        roll_back(&b);
    free(b.streams);
    pthread_mutex_unlock(&w->days_lock);
    if (!ok) {
        __atomic_fetch_add(&w->failed, 1, __ATOMIC_RELAXED);
        return BATCH_FAILED;
    }
    if (!more)
        __atomic_store_n(&w->drained_us, b.began_us, __ATOMIC_RELAXED);
    return more ? BATCH_MORE : BATCH_ALL;
}

static bool sync_days(struct writer *w, struct sl_err *err)
{
    for (size_t i = 0; i < w->day_count; i++)
        if (w->day_unsynced[i]) {
            if (!day_sync(w->days[i], err))
                return false;
            w->day_unsynced[i] = false;
        }
    w->synced_us = sl_monotonic_us();
    return true;
}

/* Everything of this stream is stored, and nothing more will come. */
static bool has_ended(struct stream *s)
{
    struct frame f;
    if (!__atomic_load_n(&s->closed, __ATOMIC_ACQUIRE))
        return false;
    bool ended = stream_next(s, &f) == STREAM_END;
    if (ended)
        s->stored = s->read;
    else
        s->read = s->stored;
    return ended;
}

static void remove_stream(struct writer *w, struct stream *s)
{
    stream_drop_all(s);
    pthread_mutex_lock(&w->streams_lock);
    for (size_t i = 0; i < w->stream_count; i++)
        if (w->streams[i] == s)
            w->streams[i] = w->streams[--w->stream_count];
    __atomic_fetch_add(&w->appended_gone, __atomic_load_n(&s->appended, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
    pthread_mutex_unlock(&w->streams_lock);
    stream_free(s);
}

/* Removes segments and whole streams that are stored and synced. */
static bool drop_stored(struct writer *w, struct sl_err *err)
{
    bool any = false;
    struct batch b = begin(w);
    for (size_t i = 0; i < b.stream_count; i++) {
        struct stream *s = b.streams[i];
        if (s->foreign)
            continue;
        stream_drop_stored(s);
        if (has_ended(s)) {
            remove_stream(w, s);
            any = true;
        }
    }
    free(b.streams);
    bool ok = true;
    for (size_t i = 0; i < w->day_count && any && ok; i++)
        ok = forget_streams(w, w->days[i], err);
    return ok;
}

static bool anything_to_drop(struct writer *w)
{
    bool any = false;
    struct batch b = begin(w);
    for (size_t i = 0; i < b.stream_count && !any; i++)
        any = !b.streams[i]->foreign && (b.streams[i]->stored.segment > 0 || has_ended(b.streams[i]));
    free(b.streams);
    return any;
}

static void close_idle(struct writer *w)
{
    int64_t now_us = sl_monotonic_us();
    for (size_t i = w->day_count; i-- > 0;)
        if (!w->day_unsynced[i] && (w->day_count > DAYS_KEPT || now_us - w->day_used_us[i] > IDLE_US))
            close_day(w, i);
}

bool batch_tidy(struct writer *w, bool now, struct sl_err *err)
{
    bool ok = true;
    pthread_mutex_lock(&w->days_lock);
    bool drop = !w->handed_over && anything_to_drop(w);
    if (now || drop || w->day_count > DAYS_KEPT || sl_monotonic_us() - w->synced_us > SYNC_US)
        ok = sync_days(w, err);
    if (ok && drop)
        ok = drop_stored(w, err);
    if (ok)
        close_idle(w);
    pthread_mutex_unlock(&w->days_lock);
    return ok;
}
