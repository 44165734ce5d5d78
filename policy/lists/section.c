/* section.c - see section.h. */
#include "policy/lists/section.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

enum { BUFFER = 256 * 1024 };
struct section_writer {
    int fd;
    const char *path;
    XXH64_state_t *hash;
    uint64_t start, at; /* of the section, of the next byte */
    struct sl_err err;
    size_t n;
    char buffer[BUFFER];
};

static void write_at(struct section_writer *w, const void *data, size_t n, uint64_t offset)
{
    for (size_t done = 0; done < n && w->err.code == SL_OK;) {
        ssize_t wrote = pwrite(w->fd, (const char *)data + done, n - done, (off_t)(offset + done));
        if (wrote >= 0)
            done += (size_t)wrote;
        else if (errno != EINTR)
            sl_fail_errno(&w->err, SL_IO, errno, "cannot write '%s'", w->path);
    }
}

static void flush(struct section_writer *w)
{
    write_at(w, w->buffer, w->n, w->at - w->n);
    w->n = 0;
}

static uint64_t aligned(uint64_t offset)
{
    return (offset + LAYOUT_ALIGN - 1) / LAYOUT_ALIGN * LAYOUT_ALIGN;
}

static void put(struct section_writer *w, const void *data, size_t n)
{
    const char *p = data;
    while (n > 0) {
        size_t part = SL_MIN(n, sizeof w->buffer - w->n);
        memcpy(w->buffer + w->n, p, part);
        w->n += part;
        w->at += part;
        p += part;
        n -= part;
        if (w->n == sizeof w->buffer)
            flush(w);
    }
}

struct section_writer *section_writer_new(int fd, const char *path)
{
    struct section_writer *w = sl_malloc(sizeof *w);
    w->fd = fd;
    w->path = path;
    w->hash = XXH64_createState();
    sl_assert(w->hash != NULL);
    XXH64_reset(w->hash, 0);
    w->start = w->at = aligned(sizeof(struct layout_header));
    w->err = (struct sl_err){0};
    w->n = 0;
    return w;
}

void section_add(struct section_writer *w, const void *data, size_t n)
{
    if (n == 0)
        return;
    XXH64_update(w->hash, data, n);
    put(w, data, n);
}

void section_end(struct section_writer *w, struct layout_header *header, enum section which)
{
    static const char zeros[LAYOUT_ALIGN];
    header->section[which] = (struct layout_section){w->start, w->at - w->start, XXH64_digest(w->hash)};
    put(w, zeros, aligned(w->at) - w->at);
    w->start = w->at;
    XXH64_reset(w->hash, 0);
}

bool section_finish(struct section_writer *w, struct layout_header *header, struct sl_err *err)
{
    flush(w);
    header->hash = XXH64(header, offsetof(struct layout_header, hash), 0);
    write_at(w, header, sizeof *header, 0);
    if (w->err.code != SL_OK && err != NULL)
        *err = w->err;
    return w->err.code == SL_OK;
}

void section_writer_free(struct section_writer **w)
{
    if (*w == NULL)
        return;
    XXH64_freeState((*w)->hash);
    free(*w);
    *w = NULL;
}
