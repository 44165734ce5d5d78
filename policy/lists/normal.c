/* normal.c - see normal.h. */
#include "policy/lists/normal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/crypto.h"

enum { WRITE_BUFFER = 64 * 1024, READ_BUFFER = 256 * 1024 };
static const char first_line[] = "sluice-list 2\n";
static const char first_line_before[] = "sluice-list 1"; /* without marks and exceptions */

struct normal_writer {
    int fd;
    char *path;
    struct crypto_digest *digest;
    struct normal_counts counts;
    char *file;          /* of the records that follow; NULL: the only one */
    uint64_t line, told; /* of the next record; what a reader would think it is */
    struct sl_err err;   /* the first that happened */
    size_t n;
    char buffer[WRITE_BUFFER];
};

/* ---- writing ---- */

static void flush(struct normal_writer *w)
{
    crypto_digest_add(w->digest, w->buffer, w->n);
    for (size_t done = 0; done < w->n && w->err.code == SL_OK;) {
        ssize_t wrote = write(w->fd, w->buffer + done, w->n - done);
        if (wrote >= 0)
            done += (size_t)wrote;
        else if (errno != EINTR)
            sl_fail_errno(&w->err, SL_IO, errno, "cannot write '%s'", w->path);
    }
    w->n = 0;
}

static void put(struct normal_writer *w, struct sl_str text)
{
    if (text.n == 0)
        return;
    if (w->n + text.n > sizeof w->buffer)
        flush(w);
    memcpy(w->buffer + w->n, text.p, text.n);
    w->n += text.n;
}

bool normal_create(const char *path, struct normal_writer **out, struct sl_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot create '%s'", path);
    struct normal_writer *w = sl_malloc(sizeof *w);
    w->fd = fd;
    w->path = sl_strdup(path);
    w->digest = crypto_digest_new();
    w->counts = (struct normal_counts){0};
    w->file = NULL;
    w->line = 0;
    w->told = 1;
    w->err = (struct sl_err){0};
    w->n = 0;
    put(w, sl_str(first_line, sizeof first_line - 1));
    *out = w;
    return true;
}

static uint64_t *count_of(struct normal_counts *counts, enum record kind)
{
    if (record_excepts(kind) && kind != record_exception(RECORD_REGEX) &&
        count_of(counts, record_of(kind)) != NULL)
        return &counts->exceptions;
    switch (kind) {
    case RECORD_BELOW:
    case RECORD_EXACT:
    case RECORD_TWIN:
    case RECORD_UNDER:
        return &counts->hosts;
    case RECORD_URL:
        return &counts->urls;
    case RECORD_REGEX:
        return &counts->expressions;
    case RECORD_NETWORK:
        return &counts->networks;
    case RECORD_EXCEPT:
        break;
    }
    return NULL;
}

/* "l 17\n" or "f name\n". */
static void put_mark(struct normal_writer *w, char kind, struct sl_str text)
{
    char head[2] = {kind, ' '};
    put(w, sl_str(head, 2));
    put(w, text);
    put(w, SL_STR("\n"));
}

void normal_at(struct normal_writer *w, struct normal_place place)
{
    if (w->file == NULL ? *place.file != '\0' : strcmp(w->file, place.file) != 0) {
        free(w->file);
        w->file = sl_strdup(place.file);
        put_mark(w, 'f', sl_cstr(w->file));
        w->told = 1;
    }
    w->line = place.line;
}

static void put_line(struct normal_writer *w)
{
    char text[24];
    if (w->line == w->told)
        return;
    int n = snprintf(text, sizeof text, "%" PRIu64, w->line);
    put_mark(w, 'l', sl_str(text, (size_t)n));
}

void normal_add(struct normal_writer *w, enum record kind, struct sl_str a, struct sl_str b)
{
    sl_assert(a.n + b.n > 0 && a.n <= NORMAL_MAX_TEXT && b.n <= NORMAL_MAX_TEXT - a.n);
    ++*count_of(&w->counts, kind);
    put_line(w);
    w->told = w->line > 0 ? ++w->line : 0;
    char head[2] = {(char)kind, ' '};
    put(w, sl_str(head, 2));
    put(w, a);
    put(w, b);
    put(w, SL_STR("\n"));
}

struct normal_counts normal_counts(const struct normal_writer *w)
{
    return w->counts;
}

static void writer_free(struct normal_writer **w, bool remove_file)
{
    struct normal_writer *dead = *w;
    *w = NULL;
    if (dead->digest != NULL) {
        uint8_t unused[32];
        crypto_digest_end(&dead->digest, unused);
    }
    if (dead->fd >= 0)
        close(dead->fd);
    if (remove_file)
        unlink(dead->path);
    free(dead->path);
    free(dead->file);
    free(dead);
}

static int end_text(const struct normal_counts *c, char out[128])
{
    return snprintf(out, 128, "end %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, c->hosts,
                    c->urls, c->expressions, c->networks, c->exceptions);
}

bool normal_finish(struct normal_writer **writer, uint8_t sha256[32], struct sl_err *err)
{
    struct normal_writer *w = *writer;
    char end[128];
    int n = end_text(&w->counts, end);
    put(w, sl_str(end, (size_t)n));
    put(w, SL_STR("\n"));
    flush(w);
    crypto_digest_end(&w->digest, sha256);
    if (w->err.code == SL_OK && fdatasync(w->fd) != 0)
        sl_fail_errno(&w->err, SL_IO, errno, "cannot sync '%s'", w->path);
    int fd = w->fd;
    w->fd = -1;
    if (close(fd) != 0 && w->err.code == SL_OK)
        sl_fail_errno(&w->err, SL_IO, errno, "cannot close '%s'", w->path);
    bool ok = w->err.code == SL_OK;
    if (!ok && err != NULL)
        *err = w->err;
    writer_free(writer, !ok);
    return ok;
}

void normal_abandon(struct normal_writer **w)
{
    if (*w != NULL)
        writer_free(w, true);
}

/* ---- reading ---- */

struct normal_reader {
    int fd;
    char *path;
    struct crypto_digest *digest;
    struct normal_counts counts;
    uint64_t line, bytes;
    uint64_t at_line, next_line; /* of the source: of the last record, of the next; 0: not known */
    char *file;                  /* of the source; NULL: the only one */
    bool before, file_ended;
    size_t at, end; /* unread part of buffer */
    char buffer[READ_BUFFER];
};

/* Moves what is unread to the front and reads more behind it. */
static bool refill(struct normal_reader *r, struct sl_err *err)
{
    memmove(r->buffer, r->buffer + r->at, r->end - r->at);
    r->end -= r->at;
    r->at = 0;
    ssize_t n;
    do
        n = read(r->fd, r->buffer + r->end, sizeof r->buffer - r->end);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot read '%s'", r->path);
    r->file_ended = n == 0;
    crypto_digest_add(r->digest, r->buffer + r->end, (size_t)n);
    r->end += (size_t)n;
    r->bytes += (uint64_t)n;
    return true;
}

static bool next_line(struct normal_reader *r, struct sl_str *out, struct sl_err *err)
{
    for (;;) {
        const char *start = r->buffer + r->at;
        const char *stop = memchr(start, '\n', r->end - r->at);
        if (stop != NULL) {
            *out = sl_str(start, (size_t)(stop - start));
            r->at += out->n + 1;
            r->line++;
            return true;
        }
        if (r->file_ended || r->end - r->at > NORMAL_MAX_TEXT + 16)
            return sl_fail(err, SL_BAD_INPUT, "list file '%s' breaks off or is damaged after line %" PRIu64,
                           r->path, r->line);
        if (!refill(r, err))
            return false;
    }
}

bool normal_open(const char *path, struct normal_reader **out, struct sl_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return sl_fail_errno(err, errno == ENOENT ? SL_NOT_FOUND : SL_IO, errno, "cannot open list file '%s'",
                             path);
    struct normal_reader *r = sl_malloc(sizeof *r);
    r->fd = fd;
    r->path = sl_strdup(path);
    r->digest = crypto_digest_new();
    r->counts = (struct normal_counts){0};
    r->line = r->bytes = r->at_line = r->next_line = 0;
    r->file = NULL;
    r->file_ended = false;
    r->at = r->end = 0;
    struct sl_str line;
    bool ok = next_line(r, &line, err);
    r->before = ok && sl_str_eq(line, sl_cstr(first_line_before));
    r->next_line = !r->before;
    if (ok && !r->before && !sl_str_eq(line, sl_str(first_line, sizeof first_line - 2)))
        ok = sl_fail(err, SL_BAD_INPUT, "'%s' is not a normalised list file: import the list first", path);
    if (!ok)
        normal_close(&r);
    *out = r;
    return ok;
}

/* The last line has to agree with what was read, and nothing may follow it. */
static enum normal_step at_end(struct normal_reader *r, struct sl_str line, struct sl_err *err)
{
    char want[128];
    int n = end_text(&r->counts, want);
    if (r->before) /* no count of exceptions */
        n = (int)((const char *)memrchr(want, ' ', (size_t)n) - want);
    if (!sl_str_eq(line, sl_str(want, (size_t)n))) {
        sl_fail(err, SL_BAD_INPUT, "list file '%s': counts in the last line do not agree: import it again",
                r->path);
        return NORMAL_FAILED;
    }
    while (r->at == r->end && !r->file_ended)
        if (!refill(r, err))
            return NORMAL_FAILED;
    if (r->at < r->end) {
        sl_fail(err, SL_BAD_INPUT, "list file '%s': text behind its end: import it again", r->path);
        return NORMAL_FAILED;
    }
    return NORMAL_END;
}

/* True when the line was a mark. */
static bool take_mark(struct normal_reader *r, struct sl_str line)
{
    if (sl_str_starts(line, SL_STR("l ")) &&
        sl_str_u64(sl_str_sub(line, 2, line.n), UINT64_MAX - 1, &r->next_line))
        return true;
    if (!sl_str_starts(line, SL_STR("f ")))
        return false;
    free(r->file);
    r->file = sl_str_dup(sl_str_sub(line, 2, line.n));
    r->next_line = 1;
    return true;
}

enum normal_step normal_next(struct normal_reader *r, enum record *out_kind, struct sl_str *out_text,
                             struct sl_err *err)
{
    struct sl_str line;
    do
        if (!next_line(r, &line, err))
            return NORMAL_FAILED;
    while (take_mark(r, line));
    if (sl_str_starts(line, SL_STR("end ")))
        return at_end(r, line, err);
    enum record kind = line.n > 2 && line.p[1] == ' ' ? (enum record)line.p[0] : (enum record)0;
    uint64_t *count = count_of(&r->counts, kind);
    if (count == NULL) {
        sl_fail(err, SL_BAD_INPUT, "list file '%s' line %" PRIu64 ": not a record", r->path, r->line);
        return NORMAL_FAILED;
    }
    ++*count;
    r->at_line = r->next_line;
    r->next_line += r->next_line > 0;
    *out_kind = kind;
    *out_text = sl_str(line.p + 2, line.n - 2);
    return NORMAL_RECORD;
}

struct normal_place normal_place(const struct normal_reader *r)
{
    return (struct normal_place){r->file != NULL ? r->file : "", r->at_line};
}

uint64_t normal_bytes_read(const struct normal_reader *r)
{
    return r->bytes;
}

void normal_sha256(struct normal_reader *r, uint8_t out[32])
{
    sl_assert(r->digest != NULL);
    crypto_digest_end(&r->digest, out);
}

void normal_close(struct normal_reader **r)
{
    if (*r == NULL)
        return;
    if ((*r)->digest != NULL) {
        uint8_t unused[32];
        crypto_digest_end(&(*r)->digest, unused);
    }
    close((*r)->fd);
    free((*r)->file);
    free((*r)->path);
    free(*r);
    *r = NULL;
}
