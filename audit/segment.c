/* segment.c - see audit/segment.h. */
#include "audit/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/fs.h"

enum { VERSION = 1, PAGE = 4096 };
static const char MAGIC[8] = {'S', 'L', 'J', 'O', 'U', 'R', 'N', 'L'};

struct head {
    char magic[8];
    uint32_t version, crc; /* crc of what follows */
    uint64_t stream, number, first_seq;
    uint8_t reserved[24];
};
_Static_assert(sizeof(struct head) == SEGMENT_HEAD, "the header has a fixed place");

static uint32_t head_crc(const struct head *h)
{
    return crypto_crc32c(0, &h->stream, sizeof *h - offsetof(struct head, stream));
}

/* Seeded with the stream: a frame that strays into another journal is none there. */
static uint32_t frame_crc(uint64_t stream, const void *seq_and_payload, size_t n)
{
    return crypto_crc32c((uint32_t)(stream ^ stream >> 32), seq_and_payload, n);
}

/* Allocates and maps the open file. Returns 0 or an errno. */
static int map_file(struct segment *s, int fd)
{
    int error = posix_fallocate(fd, 0, (off_t)s->bytes);
    if (error)
        return error;
    void *data = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED)
        return errno;
    s->data = data;
    return 0;
}

bool segment_create(const char *folder, uint64_t stream, uint64_t number, size_t bytes, struct segment **out,
                    struct sl_err *err)
{
    sl_assert(bytes >= SEGMENT_LEAST && bytes <= SEGMENT_MOST && bytes % 8 == 0);
    struct segment *s = sl_calloc(1, sizeof *s);
    *s = (struct segment){.bytes = bytes, .stream = stream, .number = number, .mapped = true};
    s->path = sl_asprintf("%s/%016" PRIx64 "-%08" PRIx64 ".jnl", folder, stream, number);
    SL_CLEANUP(sl_closep) int fd = open(s->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    int error = fd < 0 ? errno : map_file(s, fd);
    if (error) {
        sl_fail_errno(err, SL_IO, error, "cannot make journal segment %s", s->path);
        if (fd >= 0)
            unlink(s->path);
        segment_free(&s);
        return false;
    }
    *out = s;
    return true;
}

static bool take_hex(const char **p, int digits, uint64_t *out)
{
    uint64_t value = 0;
    for (int i = 0; i < digits; i++, (*p)++) {
        char c = **p;
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        value = value << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    *out = value;
    return true;
}

bool segment_find(const char *folder, const char *name, struct segment **out, struct sl_err *err)
{
    uint64_t stream, number;
    const char *p = name;
    if (!take_hex(&p, 16, &stream) || *p++ != '-' || !take_hex(&p, 8, &number) || strcmp(p, ".jnl") != 0)
        return sl_fail(err, SL_BAD_INPUT, "%s is no journal segment", name);
    struct segment *s = sl_calloc(1, sizeof *s);
    *s = (struct segment){.stream = stream, .number = number, .path = sl_asprintf("%s/%s", folder, name)};
    *out = s;
    return true;
}

void segment_touch(struct segment *s, size_t to)
{
    size_t from = s->touched;
    to = SL_MIN((to + PAGE - 1) & ~(size_t)(PAGE - 1), s->bytes);
    if (!s->mapped || to <= from)
        return;
    s->touched = to;
#ifdef MADV_POPULATE_WRITE
    /* A kernel older than this says no, and the worker has the faults. */
    madvise(s->data + from, to - from, MADV_POPULATE_WRITE);
#endif
}

void segment_leave(struct segment *s, size_t to)
{
    size_t from = s->left;
    to = SL_MIN(to, s->bytes) & ~(size_t)(PAGE - 1);
    if (!s->mapped || !s->data || to <= from)
        return;
    s->left = to;
    madvise(s->data + from, to - from, MADV_DONTNEED); /* of a shared file: a later look maps it again */
}

bool segment_check(struct segment *s, struct sl_err *err)
{
    struct head h;
    if (segment_blank(s, 0))
        return sl_fail(err, SL_NOT_FOUND, "%s was never used", s->path);
    if (s->bytes < SEGMENT_HEAD)
        return sl_fail(err, SL_BAD_INPUT, "%s is shorter than its header", s->path);
    memcpy(&h, s->data, sizeof h);
    if (memcmp(h.magic, MAGIC, sizeof MAGIC) != 0 || h.crc != head_crc(&h))
        return sl_fail(err, SL_BAD_INPUT, "%s: the header is damaged", s->path);
    if (h.version != VERSION)
        return sl_fail(err, SL_BAD_INPUT, "%s has version %u, this program reads %d", s->path, h.version,
                       VERSION);
    if (h.stream != s->stream || h.number != s->number)
        return sl_fail(err, SL_BAD_INPUT, "%s holds another segment than its name says", s->path);
    s->first_seq = h.first_seq;
    return true;
}

bool segment_load(struct segment *s, struct sl_err *err)
{
    char *data;
    sl_assert(!s->data && !s->mapped);
    if (!fs_read(s->path, SEGMENT_MOST, &data, &s->bytes, err))
        return false;
    s->data = (uint8_t *)data;
    if (!segment_check(s, err)) {
        segment_unload(s);
        return false;
    }
    s->bytes &= ~(size_t)7;
    return true;
}

static bool map_to_read(struct segment *s)
{
    struct stat st;
    SL_CLEANUP(sl_closep) int fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < SEGMENT_HEAD)
        return false;
    void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED)
        return false;
    s->data = data;
    s->bytes = (size_t)st.st_size;
    s->mapped = true;
    return true;
}

/* Its header is written by another process meanwhile: whole or not yet there. */
static bool has_head(const struct segment *s)
{
    struct head h;
    memcpy(&h, s->data, sizeof h);
    return memcmp(h.magic, MAGIC, sizeof MAGIC) == 0 && h.crc == head_crc(&h) && h.version == VERSION &&
           h.stream == s->stream && h.number == s->number;
}

bool segment_follow(struct segment *s)
{
    struct head h;
    if (!s->data && !map_to_read(s))
        return false;
    if (!has_head(s)) {
        segment_unload(s);
        return false;
    }
    memcpy(&h, s->data, sizeof h);
    s->first_seq = h.first_seq;
    return true;
}

bool segment_begun(struct segment *s)
{
    bool loaded = s->data != NULL, begun = segment_follow(s);
    if (begun && !loaded)
        segment_unload(s);
    return begun;
}

void segment_unload(struct segment *s)
{
    if (s->data && s->mapped)
        munmap(s->data, s->bytes);
    else
        free(s->data);
    s->data = NULL;
    s->mapped = false;
}

void segment_free(struct segment **s)
{
    if (!*s)
        return;
    segment_unload(*s);
    free((*s)->path);
    free(*s);
    *s = NULL;
}

void segment_start(struct segment *s, uint64_t first_seq)
{
    struct head h = {.version = VERSION, .stream = s->stream, .number = s->number, .first_seq = first_seq};
    memcpy(h.magic, MAGIC, sizeof MAGIC);
    h.crc = head_crc(&h);
    memcpy(s->data, &h, sizeof h);
}

static uint32_t *length_at(const struct segment *s, size_t at)
{
    return (uint32_t *)(void *)(s->data + at);
}

size_t frame_publish(struct segment *s, size_t at, uint64_t seq, size_t payload)
{
    uint8_t *frame = s->data + at;
    memcpy(frame + 8, &seq, sizeof seq);
    uint32_t crc = frame_crc(s->stream, frame + 8, 8 + payload);
    memcpy(frame + 4, &crc, sizeof crc);
    __atomic_store_n(length_at(s, at), (uint32_t)payload, __ATOMIC_RELEASE);
    return at + frame_size(payload);
}

void segment_end(struct segment *s, size_t at)
{
    if (at < s->bytes)
        __atomic_store_n(length_at(s, at), FRAME_LAST, __ATOMIC_RELEASE);
}

enum frame_state segment_frame(const struct segment *s, size_t at, uint64_t after_seq, struct frame *out)
{
    uint32_t crc;
    if (at >= s->bytes)
        return FRAME_END;
    uint32_t length = __atomic_load_n(length_at(s, at), __ATOMIC_ACQUIRE);
    if (length == 0 || length == FRAME_LAST)
        return length ? FRAME_END : FRAME_NONE;
    if (length > RECORD_MAX_BYTES || frame_size(length) > s->bytes - at)
        return FRAME_BAD;
    const uint8_t *frame = s->data + at;
    memcpy(&crc, frame + 4, sizeof crc);
    memcpy(&out->seq, frame + 8, sizeof out->seq);
    if (out->seq <= after_seq || out->seq > INT64_MAX || crc != frame_crc(s->stream, frame + 8, 8 + length))
        return FRAME_BAD;
    out->payload = sl_str((const char *)frame + FRAME_HEAD, length);
    out->next = at + frame_size(length);
    return FRAME_WHOLE;
}

bool segment_salvage(const struct segment *s, size_t at, uint64_t after_seq, size_t *out_at)
{
    /* Bounded for hostile bytes too: a checksum is computed only where the sequence number is one that could
     * follow here, and over no more bytes in all than twice the file. */
    const uint64_t most_seq = after_seq + s->bytes / FRAME_HEAD;
    size_t budget = s->bytes * 2;
    for (at += 8; at + FRAME_HEAD <= s->bytes; at += 8) {
        struct frame f;
        uint64_t seq;
        memcpy(&seq, s->data + at + 8, sizeof seq);
        uint32_t length = __atomic_load_n(length_at(s, at), __ATOMIC_RELAXED);
        if (seq <= after_seq || seq > most_seq || length == 0 || length > budget)
            continue;
        if (segment_frame(s, at, after_seq, &f) == FRAME_WHOLE) {
            *out_at = at;
            return true;
        }
        budget -= length;
    }
    return false;
}

bool segment_blank(const struct segment *s, size_t at)
{
    static const uint8_t zeros[4096];
    while (at < s->bytes) {
        size_t n = SL_MIN(sizeof zeros, s->bytes - at);
        if (memcmp(s->data + at, zeros, n) != 0)
            return false;
        at += n;
    }
    return true;
}
