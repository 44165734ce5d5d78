/* journal.c - how does a worker keep a record without waiting for anything?
 *
 * It writes the record into memory that is a file (segment.h). Room is a promise made beforehand: with k
 * spare segments behind the one in use, R bytes may be set aside as long as
 *
 *     R <= left + k * (segment - largest frame)         left: free bytes of the segment in use; the last tail
 * of a segment is wasted
 *
 * which every step keeps: a frame that fits takes as much from both sides, and one that does not fit wastes
 * less than the largest frame. So an append with a reservation always finds its place. One thread; stream.h
 * tells how the writer reads behind it. */
#include "audit/journal.h"

#include <stdlib.h>

#include "audit/record.h"

struct journal {
    struct stream *stream;
    struct segment *segment; /* in use */
    size_t at;               /* where the next frame goes */
    size_t usable;           /* bytes of a fresh segment */
    uint64_t next_seq;
    size_t reserved, spares; /* spares: as last seen; there may be more by now */
    size_t asked;            /* spares that the writer was last told to keep ready */
    bool waiting;            /* it was woken for them */
    void (*wake)(void *arg);
    void *wake_arg;
};

static void begin_segment(struct journal *j, struct segment *segment)
{
    sl_assert(segment);
    segment_start(segment, j->next_seq);
    j->segment = segment;
    j->at = SEGMENT_HEAD;
    j->spares = stream_spares(j->stream);
}

struct journal *journal_new(struct stream *s, size_t segment_bytes, void (*wake)(void *arg), void *arg)
{
    struct journal *j = sl_calloc(1, sizeof *j);
    *j = (struct journal){.stream = s, .next_seq = 1, .wake = wake, .wake_arg = arg};
    j->usable = segment_bytes - SEGMENT_HEAD;
    begin_segment(j, stream_take(s));
    return j;
}

void journal_close(struct journal **j)
{
    if (!*j)
        return;
    segment_end((*j)->segment, (*j)->at);
    __atomic_store_n(&(*j)->stream->closed, true, __ATOMIC_RELEASE);
    (*j)->wake((*j)->wake_arg);
    free(*j);
    *j = NULL;
}

static size_t left(const struct journal *j)
{
    return j->segment->bytes - j->at;
}

/* What may be promised in all; see the top of the file. */
static size_t capacity(const struct journal *j)
{
    return left(j) + j->spares * (j->usable - FRAME_MOST);
}

/* Bytes that are promised to nobody. */
static size_t room(const struct journal *j)
{
    return capacity(j) - j->reserved;
}

/* What a reservation of `bytes` really takes. */
static size_t granted(size_t bytes)
{
    size_t least = record_bound(0);
    return SL_MIN(SL_MAX((bytes + 7) & ~(size_t)7, least), (size_t)FRAME_MOST);
}

bool journal_reserve(struct journal *j, size_t bytes)
{
    size_t wanted = granted(bytes);
    if (wanted > room(j)) {
        j->spares = stream_spares(j->stream);
        if (wanted > room(j))
            return false;
    }
    j->reserved += wanted;
    return true;
}

void journal_release(struct journal *j, size_t bytes)
{
    sl_assert(granted(bytes) <= j->reserved);
    j->reserved -= granted(bytes);
}

/* How large may the frame be that wants `wanted` bytes? 0: there is no room. */
static size_t claim(struct journal *j, size_t wanted, size_t reserved)
{
    if (reserved)
        journal_release(j, reserved);
    if (wanted > room(j))
        j->spares = stream_spares(j->stream);
    if (wanted <= room(j))
        return wanted;
    return reserved ? SL_MIN(wanted, granted(reserved)) : 0;
}

bool journal_append(struct journal *j, const struct record *r, size_t reserved)
{
    sl_assert(r->id != 0 && r->id <= INT64_MAX);
    size_t frame = claim(j, frame_size(record_size(r)), reserved);
    if (frame == 0)
        return false;
    if (frame > left(j)) {
        segment_end(j->segment, j->at);
        begin_segment(j, stream_take(j->stream));
    }
    size_t cap = SL_MAX(frame - FRAME_HEAD, record_least());
    size_t payload =
        record_encode(r, frame_payload(j->segment, j->at), SL_MIN(cap, (size_t)RECORD_MAX_BYTES));
    j->at = frame_publish(j->segment, j->at, j->next_seq, payload);
    __atomic_store_n(&j->stream->appended, j->next_seq++, __ATOMIC_RELAXED);
    return true;
}

void journal_tend(struct journal *j)
{
    /* Half a segment of room beyond what is promised, so that a burst does not have to wait for the writer.
     */
    size_t each = j->usable - FRAME_MOST, promised = j->reserved + each / 2;
    size_t wanted = promised > left(j) ? (promised - left(j) + each - 1) / each : 1;
    wanted = SL_MIN(wanted, (size_t)SPARES_MOST);
    j->spares = stream_spares(j->stream);
    if (wanted != j->asked) {
        __atomic_store_n(&j->stream->wanted, wanted, __ATOMIC_RELEASE);
        j->waiting = j->waiting && wanted < j->asked;
        j->asked = wanted;
    }
    if (j->spares >= wanted) {
        j->waiting = false;
    } else if (!j->waiting) {
        j->waiting = true;
        j->wake(j->wake_arg);
    }
}
