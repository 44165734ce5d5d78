/* stream.h - the records of one journal on their way from the thread that appends to the thread that stores.
 *
 *            spares: ring of ready segments            list: all segments of the stream, in order
 *   worker  <───────────────────────────────  writer  ─────────────────────────────────────────────
 *      └──── frames, published one by one in the segments it took ────>  reads behind it
 *
 * The writer makes segments, numbers them and unlinks them; the worker takes one after the other and never
 * waits for it. What both touch is atomic: the ring's ends, `wanted`, `appended`, `closed`, and the length
 * words of frames. A stream of an earlier life has no worker: its segments are files that are loaded one at a
 * time. One of another process, the gateway before this one that still drains, is read behind it: its
 * segments are mapped as they come, and its files stay until it is gone. */
#ifndef AUDIT_STREAM_H
#define AUDIT_STREAM_H

#include "audit/segment.h"

enum { SPARES_MOST = 64 }; /* a gigabyte for each worker with the default size */

struct position {
    size_t segment; /* index in the list */
    size_t at;      /* offset in it */
    uint64_t seq;   /* of the last record before it */
};

struct stream {
    uint64_t id;
    bool old;     /* of an earlier life */
    bool foreign; /* of a process that still appends: old, and not closed */

    /* Shared between the worker and the writer. */
    struct segment *spares[SPARES_MOST];
    size_t made, taken; /* ever put into the ring, ever taken out; atomic */
    size_t wanted;      /* spares that should lie ready; atomic */
    uint64_t appended;  /* records; atomic */
    uint64_t committed; /* of these, in day files; atomic, the writer's */
    size_t files;       /* segments on the disk; atomic, the writer's */
    bool closed;        /* the worker is gone; atomic, its last store */

    /* The writer's own. */
    struct segment **segments;
    size_t count, cap, dropped; /* `dropped` counts those that stood before segments[0] and are gone */
    uint64_t next_number;
    struct position read, stored; /* how far batches have come: tried, and committed for good */
    uint64_t passed;              /* bytes that had been read when stream_move_pages was last called */
    uint64_t damaged;             /* places where bytes had to be skipped */
};

struct stream *stream_new(uint64_t id, bool old);
void stream_free(struct stream *s); /* the files stay */
/* Writer: makes the next segment and puts it into the ring, which must have room. */
bool stream_make_spare(struct stream *s, const char *folder, size_t bytes, struct sl_err *err);
size_t stream_spares(const struct stream *s); /* ready in the ring now; either thread */
/* Worker: the next segment, or NULL when none lies ready. */
struct segment *stream_take(struct stream *s);
/* Adds a file of an earlier life; in the order of numbers. */
void stream_add_old(struct stream *s, struct segment *segment);
/* Takes it if it is the next one of a foreign stream, and clears *segment then. */
void stream_add_next(struct stream *s, struct segment **segment);
/* The other process is gone: what lies in its files is all. */
void stream_abandoned(struct stream *s);

/* Writer, once a round: makes ready the pages that the worker will write next, as many as its pace asks for,
 * and lets go of those that have been read. All of a segment would be memory that an idle gateway holds for
 * nothing. */
void stream_move_pages(struct stream *s);

enum stream_state { STREAM_RECORD, STREAM_WAIT, STREAM_END };
/* Writer: the next record behind s->read, which moves on. STREAM_WAIT: all read so far; STREAM_END: all read,
 * and no more will come. A file that can't be read is set aside under another name and logged: it never stops
 * the rest. */
enum stream_state stream_next(struct stream *s, struct frame *out);
/* Writer: unlinks the segments that lie wholly before s->stored. */
void stream_drop_stored(struct stream *s);
/* The same with all of them, at the end of the stream. */
void stream_drop_all(struct stream *s);

#endif
