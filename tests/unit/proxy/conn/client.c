/* client.c - see client.h. */
#include "tests/unit/proxy/conn/client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

void client_open(struct client *c, struct sl_endpoint to)
{
    struct sockaddr_storage sa;
    struct timeval limit = {.tv_sec = 10};
    socklen_t n = sl_endpoint_to_sockaddr(to, &sa);
    *c = (struct client){.fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sl_assert(connect(c->fd, (struct sockaddr *)&sa, n) == 0);
    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

void client_close(struct client *c)
{
    close(c->fd);
    free(c->in);
    *c = (struct client){.fd = -1};
}

void client_abort(struct client *c)
{
    struct linger now = {.l_onoff = 1};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    client_close(c);
}

void client_send_bytes(struct client *c, const void *data, size_t n)
{
    const char *p = data;
    while (n > 0) {
        ssize_t done = send(c->fd, p, n, MSG_NOSIGNAL);
        if (done <= 0)
            return;
        p += done;
        n -= (size_t)done;
    }
}

void client_send(struct client *c, const char *text)
{
    client_send_bytes(c, text, strlen(text));
}

void client_sendf(struct client *c, const char *fmt, ...)
{
    char text[16384];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    client_send_bytes(c, text, (size_t)n);
}

/* Reads more; false at the end. */
static bool more(struct client *c)
{
    if (c->cap - c->n < 65536) {
        c->cap = c->cap * 2 + 65536;
        c->in = sl_realloc(c->in, c->cap);
    }
    ssize_t n = recv(c->fd, c->in + c->n, c->cap - c->n - 1, 0);
    if (n <= 0)
        return false;
    c->n += (size_t)n;
    c->in[c->n] = '\0';
    return true;
}

static void take(struct client *c, size_t n)
{
    memmove(c->in, c->in + n, c->n - n + 1);
    c->n -= n;
}

bool client_read_bytes(struct client *c, void *out, size_t n)
{
    while (c->n < n)
        if (!more(c))
            return false;
    memcpy(out, c->in, n);
    take(c, n);
    return true;
}

static void append(struct answer *a, const char *p, size_t n)
{
    a->body = sl_realloc(a->body, a->body_n + n + 1);
    memcpy(a->body + a->body_n, p, n);
    a->body_n += n;
    a->body[a->body_n] = '\0';
}

static bool read_length(struct client *c, struct answer *a, size_t n)
{
    while (n > 0) {
        if (c->n == 0 && !more(c))
            return false;
        size_t piece = SL_MIN(n, c->n);
        append(a, c->in, piece);
        take(c, piece);
        n -= piece;
    }
    return true;
}

static bool read_line(struct client *c, char *out, size_t cap)
{
    char *end;
    while (c->n == 0 || !(end = strstr(c->in, "\r\n")))
        if (!more(c))
            return false;
    snprintf(out, cap, "%.*s", (int)(end - c->in), c->in);
    take(c, (size_t)(end + 2 - c->in));
    return true;
}

/* Trailer lines are added to the head, for tests to look at. */
static bool read_chunks(struct client *c, struct answer *a)
{
    char line[1024];
    while (read_line(c, line, sizeof line)) {
        size_t n = strtoul(line, NULL, 16);
        if (n > 0) {
            if (!read_length(c, a, n) || !read_line(c, line, sizeof line) || *line)
                return false;
            continue;
        }
        while (read_line(c, line, sizeof line)) {
            if (!*line)
                return true;
            size_t at = strlen(a->head);
            snprintf(a->head + at, sizeof a->head - at, "trailer-%s\r\n", line);
        }
        return false;
    }
    return false;
}

static bool read_to_end(struct client *c, struct answer *a)
{
    errno = 0;
    do {
        if (c->n > 0) {
            append(a, c->in, c->n);
            take(c, c->n);
        }
    } while (more(c));
    return errno == 0;
}

struct answer *client_read(struct client *c, bool no_body)
{
    struct answer *a = sl_calloc(1, sizeof *a);
    char *end;
    append(a, "", 0);
    while (c->n == 0 || !(end = strstr(c->in, "\r\n\r\n")))
        if (!more(c))
            return a;
    size_t head_n = (size_t)(end + 4 - c->in);
    snprintf(a->head, sizeof a->head, "%.*s", (int)head_n, c->in);
    take(c, head_n);
    sscanf(a->head, "HTTP/%*d.%*d %d", &a->status);
    if (no_body || a->status < 200 || a->status == 204 || a->status == 304)
        a->whole = true;
    else if (*answer_field(a, "Transfer-Encoding"))
        a->whole = read_chunks(c, a);
    else if (*answer_field(a, "Content-Length"))
        a->whole = read_length(c, a, strtoul(answer_field(a, "Content-Length"), NULL, 10));
    else
        a->whole = read_to_end(c, a);
    return a;
}

bool client_closed(struct client *c)
{
    char byte;
    ssize_t n = c->n > 0 ? 1 : recv(c->fd, &byte, 1, 0);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

void answer_free(struct answer **a)
{
    free((*a)->body);
    sl_freep(a);
}

const char *answer_field(const struct answer *a, const char *name)
{
    static _Thread_local char value[4096];
    size_t n = strlen(name);
    for (const char *line = strstr(a->head, "\r\n"); line && line[2]; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, n) != 0 || line[2 + n] != ':')
            continue;
        const char *from = line + 3 + n;
        while (*from == ' ')
            from++;
        snprintf(value, sizeof value, "%.*s", (int)(strstr(from, "\r\n") - from), from);
        return value;
    }
    return "";
}
