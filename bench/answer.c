/* answer.c - see answer.h. */
#include "bench/answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bench/net.h"
#include "sluice/base.h"

void answer_begin(struct answer *a, bool no_body)
{
    *a = (struct answer){.no_body = no_body, .head = a->head};
}

void answer_fini(struct answer *a)
{
    free(a->head);
    a->head = NULL;
}

/* The value of a line when it has that name, NULL otherwise. */
static const char *value_of(const char *line, size_t n, const char *name, size_t name_n)
{
    if (n <= name_n || line[name_n] != ':' || strncasecmp(line, name, name_n) != 0)
        return NULL;
    line += name_n + 1;
    while (*line == ' ')
        line++;
    return line;
}

static bool read_length(const char *digits, uint64_t *out)
{
    *out = 0;
    const char *p = digits;
    for (; *p >= '0' && *p <= '9' && p - digits < 18; p++)
        *out = *out * 10 + (uint64_t)(*p - '0');
    return p > digits && *p == '\r';
}

/* head: whole, with its last empty line. */
static bool read_head(struct answer *a, const char *head, size_t n)
{
    const char *end = head + n, *line = memchr(head, '\n', n), *value;
    bool length = false;
    if (n < 16 || memcmp(head, "HTTP/1.", 7) != 0)
        return false;
    a->status = (head[9] - '0') * 100 + (head[10] - '0') * 10 + head[11] - '0';
    a->closes = head[7] == '0';
    for (line++; line < end;) {
        const char *next = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1;
        size_t line_n = (size_t)(next - line);
        if ((value = value_of(line, line_n, "content-length", 14))) {
            if (length || !read_length(value, &a->length))
                return false;
            length = true;
        } else if (value_of(line, line_n, "transfer-encoding", 17)) {
            if (length)
                return false;
            a->chunked = length = true;
        } else if ((value = value_of(line, line_n, "connection", 10))) {
            a->closes = strncasecmp(value, "close", 5) == 0;
        }
        line = next;
    }
    if (a->no_body && a->status == 200)
        a->length = 0;
    return length || a->no_body || a->status == 204 || a->status == 304;
}

/* Takes the head, out of what was kept and what came; *used says how much of p it was. */
static enum answer_state feed_head(struct answer *a, const char *p, size_t n, size_t *used)
{
    const char *end = a->head_n ? NULL : memmem(p, n, "\r\n\r\n", 4);
    if (end) { /* the usual case: in one piece */
        *used = (size_t)(end - p) + 4;
        return read_head(a, p, *used) ? ANSWER_DONE : ANSWER_BAD;
    }
    if (!a->head)
        a->head = sl_malloc(ANSWER_HEAD_MAX);
    size_t before = a->head_n, more = SL_MIN(n, ANSWER_HEAD_MAX - before);
    memcpy(a->head + before, p, more);
    a->head_n += more;
    end = memmem(a->head, a->head_n, "\r\n\r\n", 4);
    if (!end) {
        *used = more;
        return a->head_n == ANSWER_HEAD_MAX ? ANSWER_BAD : ANSWER_MORE;
    }
    size_t head_n = (size_t)(end - a->head) + 4;
    *used = head_n - before;
    return read_head(a, a->head, head_n) ? ANSWER_DONE : ANSWER_BAD;
}

static void compare(struct answer *a, const char *p, size_t n)
{
    uint64_t at = a->got;
    while (n > 0 && !a->wrong_bytes) {
        size_t piece = SL_MIN(n, (size_t)BODY_PIECE);
        a->wrong_bytes = memcmp(p, body_bytes() + at % BODY_PERIOD, piece) != 0;
        p += piece;
        n -= piece;
        at += piece;
    }
}

/* Takes a byte of a chunk's line; at its end *out_size says how long the chunk is. */
static enum answer_state chunk_line(struct answer *a, char byte, uint64_t *out_size)
{
    char *end;
    if (a->line_n == sizeof a->line - 1)
        return ANSWER_BAD;
    a->line[a->line_n++] = byte;
    if (byte != '\n')
        return ANSWER_MORE;
    a->line[a->line_n] = '\0';
    a->line_n = 0;
    *out_size = strtoull(a->line, &end, 16);
    return end > a->line && *end == '\r' ? ANSWER_DONE : ANSWER_BAD;
}

/* Payload of chunks; the last one has the empty line of no trailers behind it. */
static enum answer_state feed_chunks(struct answer *a, const char *p, size_t n, bool verify, size_t *used)
{
    for (size_t at = *used; at < n;) {
        uint64_t size;
        if (a->chunk > 0) {
            size_t take = (size_t)SL_MIN(a->chunk, (uint64_t)(n - at));
            size_t payload = a->chunk > 2 ? (size_t)SL_MIN((uint64_t)take, a->chunk - 2) : 0;
            if (verify)
                compare(a, p + at, payload);
            a->got += payload;
            a->chunk -= take;
            *used = at += take;
            if (a->chunk == 0 && a->ending) {
                a->length = a->got;
                return ANSWER_DONE;
            }
            continue;
        }
        enum answer_state state = chunk_line(a, p[at], &size);
        *used = ++at;
        if (state == ANSWER_BAD)
            return state;
        if (state == ANSWER_DONE) {
            a->ending = size == 0;
            a->chunk = size + 2;
        }
    }
    return ANSWER_MORE;
}

enum answer_state answer_feed(struct answer *a, const char *p, size_t n, bool verify, size_t *out_used)
{
    size_t used = 0;
    *out_used = 0;
    if (!a->in_body) {
        enum answer_state state = feed_head(a, p, n, &used);
        *out_used = used;
        if (state != ANSWER_DONE)
            return state;
        a->in_body = true;
    }
    if (a->chunked)
        return feed_chunks(a, p, n, verify, out_used);
    size_t body = (size_t)SL_MIN((uint64_t)(n - used), a->length - a->got);
    if (verify && a->status == 200)
        compare(a, p + used, body);
    a->got += body;
    *out_used = used + body;
    return a->got == a->length ? ANSWER_DONE : ANSWER_MORE;
}
