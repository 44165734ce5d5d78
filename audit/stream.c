/* stream.c - see audit/stream.h. */
#include "audit/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sluice/log.h"

enum { TOUCH_LEAST = 256 * 1024, ROUNDS_AHEAD = 4 };

struct stream *stream_new(uint64_t id, bool old)
{
    struct stream *s = sl_calloc(1, sizeof *s);
    *s = (struct stream){.id = id, .old = old, .wanted = 1, .closed = old, .next_number = 1};
    s->read.at = s->stored.at = SEGMENT_HEAD;
    return s;
}

void stream_free(struct stream *s)
{
    for (size_t i = 0; i < s->count; i++)
        segment_free(&s->segments[i]);
    free(s->segments);
    free(s);
}

static void add(struct stream *s, struct segment *segment)
{
    SL_GROW(s->segments, s->count, &s->cap);
    s->segments[s->count++] = segment;
    __atomic_store_n(&s->files, s->count, __ATOMIC_RELAXED);
}

void stream_add_old(struct stream *s, struct segment *segment)
{
    add(s, segment);
    s->next_number = segment->number + 1;
}

void stream_add_next(struct stream *s, struct segment **segment)
{
    if ((*segment)->number != s->next_number)
        return;
    stream_add_old(s, *segment);
    *segment = NULL;
}

void stream_abandoned(struct stream *s)
{
    s->foreign = false;
    s->read = s->stored;
    for (size_t i = 0; i < s->count; i++)
        segment_unload(s->segments[i]);
    __atomic_store_n(&s->closed, true, __ATOMIC_RELEASE);
}

size_t stream_spares(const struct stream *s)
{
    return __atomic_load_n(&s->made, __ATOMIC_ACQUIRE) - __atomic_load_n(&s->taken, __ATOMIC_ACQUIRE);
}

bool stream_make_spare(struct stream *s, const char *folder, size_t bytes, struct sl_err *err)
{
    struct segment *segment;
    sl_assert(stream_spares(s) < SPARES_MOST);
    if (!segment_create(folder, s->id, s->next_number, bytes, &segment, err))
        return false;
    s->next_number++;
    add(s, segment);
    s->spares[s->made % SPARES_MOST] = segment;
    __atomic_store_n(&s->made, s->made + 1, __ATOMIC_RELEASE);
    return true;
}

void stream_move_pages(struct stream *s)
{
    if (s->old || s->count == 0)
        return;
    size_t i = s->read.segment, bytes = s->segments[0]->bytes;
    uint64_t passed = (uint64_t)(s->dropped + i) * bytes + s->read.at;
    uint64_t ahead = SL_MAX((passed - s->passed) * ROUNDS_AHEAD, (uint64_t)TOUCH_LEAST);
    s->passed = passed;
    for (size_t k = 0; k <= i && k < s->count; k++)
        segment_leave(s->segments[k], k < i ? bytes : s->read.at);
    for (size_t at = s->read.at; i < s->count && ahead; i++, at = 0) {
        size_t here = SL_MIN(ahead, (uint64_t)(bytes - at));
        segment_touch(s->segments[i], at + here);
        ahead -= here;
    }
}

struct segment *stream_take(struct stream *s)
{
    if (stream_spares(s) == 0)
        return NULL;
    struct segment *segment = s->spares[s->taken % SPARES_MOST];
    __atomic_store_n(&s->taken, s->taken + 1, __ATOMIC_RELEASE);
    return segment;
}

/* Nobody appends to this segment any more: there is a later one in use, or the worker is gone. */
static bool is_left(const struct stream *s, size_t segment)
{
    if (s->foreign)
        return segment + 1 < s->count && segment_begun(s->segments[segment + 1]);
    return __atomic_load_n(&s->closed, __ATOMIC_ACQUIRE) ||
           s->dropped + segment + 1 < __atomic_load_n(&s->taken, __ATOMIC_ACQUIRE);
}

/* Puts a file that we can't make sense of out of the way, for a person to look at. */
static void set_aside(const struct segment *segment, const struct sl_err *why)
{
    SL_CLEANUP(sl_freep) char *aside = sl_asprintf("%s.damaged", segment->path);
    if (rename(segment->path, aside) == 0)
        sl_log_error("audit", "%s; set aside as %s", why->msg, aside);
    else
        sl_log_error("audit", "%s; and can't be renamed: %s", why->msg, strerror(errno));
}

/* Is the data of this segment there? Files of an earlier life are read when their turn comes. */
static bool ready(struct stream *s, struct segment *segment)
{
    struct sl_err why = {0};
    if (segment->useless || (segment->data && !s->foreign))
        return !segment->useless;
    if (!s->foreign && !segment_load(segment, &why)) {
        segment->useless = true;
        if (why.code != SL_NOT_FOUND)
            set_aside(segment, &why);
        return false;
    }
    if (s->read.at > SEGMENT_HEAD)
        return true;
    if (s->read.seq && segment->first_seq > s->read.seq + 1)
        sl_log_error("audit", "%s: %" PRIu64 " records before it are missing", segment->path,
                     segment->first_seq - s->read.seq - 1);
    if (segment->first_seq > s->read.seq)
        s->read.seq = segment->first_seq - 1;
    return true;
}

static void next_segment(struct stream *s)
{
    struct segment *segment = s->segments[s->read.segment];
    if (segment->damaged > 1)
        sl_log_error("audit", "%s: damaged at %u places in all", segment->path, segment->damaged);
    segment->damaged = 0;
    if (s->old)
        segment_unload(segment);
    s->read.segment++;
    s->read.at = SEGMENT_HEAD;
}

/* The frame at s->read.at is no frame. Goes to the next one, or to the end of the segment when nobody writes
 * there any more. */
static bool skip_damage(struct stream *s, struct segment *segment, bool left)
{
    size_t at = s->read.at, found = segment->bytes;
    if (!segment_salvage(segment, at, s->read.seq, &found) && !left)
        return false;
    if (segment->damaged++ == 0)
        sl_log_error("audit", "%s: damaged at byte %zu: %zu bytes skipped", segment->path, at, found - at);
    s->damaged++;
    s->read.at = found;
    return true;
}

enum stream_state stream_next(struct stream *s, struct frame *out)
{
    for (;;) {
        size_t i = s->read.segment;
        bool left = is_left(s, i); /* before looking: what is there then is all there will ever be */
        if (i == s->count || (!s->old && s->dropped + i >= __atomic_load_n(&s->taken, __ATOMIC_ACQUIRE)))
            return left ? STREAM_END : STREAM_WAIT;
        struct segment *segment = s->segments[i];
        if (s->foreign && !segment_follow(segment))
            return STREAM_WAIT;
        if (!ready(s, segment)) {
            next_segment(s);
            continue;
        }
        switch (segment_frame(segment, s->read.at, s->read.seq, out)) {
        case FRAME_WHOLE:
            s->read.at = out->next;
            s->read.seq = out->seq;
            return STREAM_RECORD;
        case FRAME_END:
            /* Only a segment that the worker has let go of may be passed, for what is passed will be freed.
             */
            if (!left)
                return STREAM_WAIT;
            next_segment(s);
            break;
        case FRAME_NONE:
            if (!left)
                return STREAM_WAIT;
            if (segment_blank(segment, s->read.at))
                next_segment(s);
            else
                skip_damage(s, segment, true);
            break;
        case FRAME_BAD:
            if (!skip_damage(s, segment, left))
                return STREAM_WAIT;
            break;
        }
    }
}

static void drop(struct stream *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (unlink(s->segments[i]->path) != 0 && errno != ENOENT)
            sl_log_warning("audit", "cannot remove %s: %s", s->segments[i]->path, strerror(errno));
        segment_free(&s->segments[i]);
    }
    memmove(s->segments, s->segments + n, (s->count - n) * sizeof *s->segments);
    s->count -= n;
    s->dropped += n;
    __atomic_store_n(&s->files, s->count, __ATOMIC_RELAXED);
}

void stream_drop_stored(struct stream *s)
{
    size_t n = s->stored.segment;
    s->read.segment -= n;
    s->stored.segment = 0;
    drop(s, n);
}

void stream_drop_all(struct stream *s)
{
    drop(s, s->count);
}
