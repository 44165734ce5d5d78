/* segment.h - one file of a journal: a header, then frames, each on an 8-byte boundary.
 *
 *   header 64 bytes: magic, version, stream, number, first sequence number, crc
 *   frame: u32 length of the payload | u32 crc32c of what follows | u64 sequence number | payload | zeros to
 * 8
 *
 * A frame exists from the moment its length is not 0, and the length is stored last (release); whoever sees
 * it (acquire) sees the whole frame, so one thread reads the file while another appends, and after kill -9
 * the page cache holds whole frames only. After a power cut it may hold anything: then the checksum, seeded
 * with the stream, and the rising sequence number decide. */
#ifndef AUDIT_SEGMENT_H
#define AUDIT_SEGMENT_H

#include "sluice/err.h"
#include "sluice/record.h"

enum { SEGMENT_HEAD = 64, FRAME_HEAD = 16, SEGMENT_LEAST = 128 * 1024, SEGMENT_MOST = 1024 * 1024 * 1024 };
#define FRAME_LAST UINT32_MAX /* as a length: no frame follows in this segment */

static inline size_t frame_size(size_t payload)
{
    return (FRAME_HEAD + payload + 7) & ~(size_t)7;
}
enum { FRAME_MOST = FRAME_HEAD + RECORD_MAX_BYTES };

struct segment {
    uint8_t *data; /* NULL: not loaded */
    size_t bytes;  /* of the file */
    uint64_t stream, number, first_seq;
    bool mapped;      /* live: shared with the thread that appends; else read from the file into the heap */
    size_t touched;   /* pages before this were made ready for writing */
    size_t left;      /* pages before this were let go of */
    bool useless;     /* was loaded, and is empty or damaged */
    unsigned damaged; /* places where bytes had to be skipped */
    char *path;
};

/* Makes the file with its whole size allocated, so that writing into the mapping can't fail. Its header stays
 * empty until segment_start: a segment that nobody used is told from one that was by that. */
bool segment_create(const char *folder, uint64_t stream, uint64_t number, size_t bytes, struct segment **out,
                    struct sl_err *err);
/* Takes the page faults of everything before offset `to`, so that the thread that appends does not have them.
 */
void segment_touch(struct segment *s, size_t to);
/* What lies before offset `to` has been read: the file keeps it, this process's memory need not. */
void segment_leave(struct segment *s, size_t to);
/* Names a file of an earlier life; SL_BAD_INPUT when the name is none of ours. Nothing is read yet. */
bool segment_find(const char *folder, const char *name, struct segment **out, struct sl_err *err);
/* Reads the file and checks the header. SL_NOT_FOUND: it was never used and holds nothing; SL_BAD_INPUT: it
 * is damaged. */
bool segment_load(struct segment *s, struct sl_err *err);
/* Maps the file of a process that still appends to it, to be read behind it. False: it has not begun yet, or
 * can't be read. */
bool segment_follow(struct segment *s);
/* Whether it has begun, now. */
bool segment_begun(struct segment *s);
/* The same check of a header that lies in memory already. */
bool segment_check(struct segment *s, struct sl_err *err);
void segment_unload(struct segment *s);
void segment_free(struct segment **s);

/* For the one thread that appends. */
void segment_start(struct segment *s, uint64_t first_seq);
static inline uint8_t *frame_payload(struct segment *s, size_t at)
{
    return s->data + at + FRAME_HEAD;
}
/* The payload has been written; makes it a frame. Returns where the next one goes. */
size_t frame_publish(struct segment *s, size_t at, uint64_t seq, size_t payload);
void segment_end(struct segment *s, size_t at); /* no more frames */

enum frame_state {
    FRAME_WHOLE,
    FRAME_NONE, /* nothing here yet */
    FRAME_END,  /* nothing will ever be here */
    FRAME_BAD
};
struct frame {
    struct sl_str payload;
    uint64_t seq;
    size_t next; /* where the next frame begins */
};
/* Looks at the frame at offset `at`, which must have a sequence number above after_seq. */
enum frame_state segment_frame(const struct segment *s, size_t at, uint64_t after_seq, struct frame *out);
/* Looks for the next whole frame behind `at`, skipping what is damaged. False: there is none. */
bool segment_salvage(const struct segment *s, size_t at, uint64_t after_seq, size_t *out_at);
/* Is there anything but zeros from `at` on? */
bool segment_blank(const struct segment *s, size_t at);

#endif
