/* origin.c - the web server behind the proxies: fixed bodies by path, and names for it. One thread, epoll.
 *
 *   origin [--port P] [--tls-port P] [--addresses N] [--names-port P] [--authority FILE]
 *
 * Listens on 127.0.0.1 to 127.0.0.N (1), all on one port and with TLS on another, and answers names on UDP
 * 127.0.0.1. Ports may be 0: "ready PORT NAMES-PORT TLS-PORT" on standard output tells them. FILE gets
 * the certificate of who signs those of its hosts.
 *
 *   GET /b/LENGTH   that many bytes
 *   GET /c/LENGTH   the same in chunks of a thousand
 *   PUT anything    its body (Content-Length) is thrown away
 *
 * Everything else is 404. An absolute URL is taken too, so that the load generator can speak to the origin as
 * if it were the proxy. Kept alive; pipelining is understood. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bench/names.h"
#include "bench/net.h"
#include "bench/tls.h"
#include "sluice/base.h"

enum {
    REQUEST_MAX = 8192,
    HEAD_MAX = 256,
    EVENTS = 256,
    ADDRESSES_MAX = 250,
    CHUNK = 1000,
    CHUNK_EXTRA = 16, /* what stands around one, at most */
    CHUNKED_MAX = 1 << 20,
    TLS_PIECE = 16384
};

enum kind { KIND_LISTENER, KIND_TLS_LISTENER, KIND_NAMES, KIND_CONN };

/* What epoll tells; a connection begins with it. */
struct source {
    enum kind kind;
    int fd;
};

struct conn {
    struct source source;
    bool closes, writing; /* writing: epoll waits until more can be sent */
    struct tls *tls;      /* NULL: none */
    size_t in_n, head_n, head_sent;
    uint64_t length, sent; /* of the body */
    uint64_t discard;      /* of the request's body, still to come */
    const char *body;      /* what repeats in it */
    char head[HEAD_MAX], in[REQUEST_MAX];
};

static int epoll;
static unsigned addresses = 1;

static void watch(struct source *s, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = s};
    if (epoll_ctl(epoll, operation, s->fd, &event) < 0)
        die("epoll_ctl");
}

static void conn_free(struct conn *c)
{
    tls_free(&c->tls);
    close(c->source.fd);
    free(c);
}

/* A body in chunks, as it is on the wire. All of one run are of one length. */
static const char *chunked(uint64_t length, uint64_t *out_n)
{
    static char *wire;
    static uint64_t made_for, wire_n;
    if (wire && made_for != length)
        die("chunked bodies of one length only");
    if (!wire) {
        wire = sl_malloc(length + (length / CHUNK + 2) * CHUNK_EXTRA);
        for (uint64_t at = 0; at < length; at += CHUNK) {
            uint64_t n = SL_MIN((uint64_t)CHUNK, length - at);
            wire_n += (uint64_t)snprintf(wire + wire_n, CHUNK_EXTRA, "%llx\r\n", (unsigned long long)n);
            memcpy(wire + wire_n, body_bytes() + at % BODY_PERIOD, n);
            memcpy(wire + wire_n + n, "\r\n", 2);
            wire_n += n + 2;
        }
        memcpy(wire + wire_n, "0\r\n\r\n", 5);
        wire_n += 5;
        made_for = length;
    }
    *out_n = wire_n;
    return wire;
}

static ssize_t send_parts(struct conn *c, const struct iovec parts[2])
{
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = 2};
    char together[TLS_PIECE];
    if (!c->tls)
        return sendmsg(c->source.fd, &message, MSG_NOSIGNAL);
    size_t more = SL_MIN(parts[1].iov_len, sizeof together - parts[0].iov_len);
    memcpy(together, parts[0].iov_base, parts[0].iov_len);
    memcpy(together + parts[0].iov_len, parts[1].iov_base, more);
    return tls_send(c->tls, together, parts[0].iov_len + more);
}

/* Sends what is left of the answer. False when the connection is lost; an answer may be left over. */
static bool conn_write(struct conn *c)
{
    while (c->head_sent < c->head_n || c->sent < c->length) {
        struct iovec parts[2] = {
            {c->head + c->head_sent, c->head_n - c->head_sent},
            {(char *)c->body + (c->body == body_bytes() ? c->sent % BODY_PERIOD : c->sent),
             SL_MIN((size_t)BODY_PIECE, c->length - c->sent)}};
        ssize_t n = send_parts(c, parts);
        if (n < 0)
            return errno == EAGAIN;
        size_t of_head = SL_MIN((size_t)n, parts[0].iov_len);
        c->head_sent += of_head;
        c->sent += (size_t)n - of_head;
    }
    c->head_n = c->head_sent = 0;
    c->length = c->sent = 0;
    return true;
}

static bool pending(const struct conn *c)
{
    return c->head_n > 0 && c->discard == 0;
}

enum asked { ASKED_BODY, ASKED_CHUNKS, ASKED_PUT, ASKED_NOTHING };

/* What the request line wants, and how much of it. head ends in NUL. */
static enum asked asked(const char *head, uint64_t *out)
{
    const char *path = strchr(head, ' '), *length;
    char *end;
    *out = 0;
    if (!path)
        return ASKED_NOTHING;
    path++;
    if (strncmp(path, "http://", 7) == 0)
        path += 7 + strcspn(path + 7, "/ \r");
    if (strncmp(head, "PUT ", 4) == 0 && (length = strcasestr(head, "\r\nContent-Length: "))) {
        *out = strtoull(length + 18, NULL, 10);
        return ASKED_PUT;
    }
    if (strncmp(head, "GET ", 4) != 0 || (strncmp(path, "/b/", 3) != 0 && strncmp(path, "/c/", 3) != 0))
        return ASKED_NOTHING;
    *out = strtoull(path + 3, &end, 10);
    bool chunks = path[1] == 'c';
    if (end == path + 3 || (chunks && *out > CHUNKED_MAX))
        return ASKED_NOTHING;
    return chunks ? ASKED_CHUNKS : ASKED_BODY;
}

static void answer(struct conn *c, const char *head)
{
    uint64_t n;
    enum asked what = asked(head, &n);
    char framing[64];
    c->closes = strstr(head, " HTTP/1.0\r") != NULL || strcasestr(head, "\r\nConnection: close") != NULL;
    c->body = body_bytes();
    c->length = what == ASKED_BODY ? n : 0;
    if (what == ASKED_CHUNKS)
        c->body = chunked(n, &c->length);
    c->discard = what == ASKED_PUT ? n : 0;
    snprintf(framing, sizeof framing,
             what == ASKED_CHUNKS ? "Transfer-Encoding: chunked" : "Content-Length: %llu",
             (unsigned long long)c->length);
    c->head_n = (size_t)snprintf(c->head, sizeof c->head,
                                 "HTTP/1.1 %s\r\nDate: Mon, 23 Nov 2026 10:00:00 GMT\r\nServer: origin\r\n"
                                 "Content-Type: text/plain\r\nCache-Control: no-store\r\n%s\r\n%s\r\n",
                                 what == ASKED_NOTHING ? "404 Not Found" : "200 OK", framing,
                                 c->closes ? "Connection: close\r\n" : "");
}

static void consume(struct conn *c, size_t n)
{
    c->in_n -= n;
    memmove(c->in, c->in + n, c->in_n);
}

/* Of an upload: what came with its head. */
static void discard_some(struct conn *c)
{
    size_t n = (size_t)SL_MIN(c->discard, (uint64_t)c->in_n);
    c->discard -= n;
    consume(c, n);
}

/* Answers the requests that are whole, one at a time. False when the connection is to end. */
static bool conn_answer(struct conn *c)
{
    while (!pending(c) && c->in_n > 0) {
        char *end = memmem(c->in, c->in_n, "\r\n\r\n", 4);
        if (!end)
            return c->in_n < sizeof c->in;
        size_t used = (size_t)(end - c->in) + 4;
        *end = '\0';
        answer(c, c->in);
        consume(c, used);
        discard_some(c);
        if (c->discard > 0)
            return true;
        if (!conn_write(c))
            return false;
        if (c->closes && !pending(c))
            return false;
    }
    return true;
}

static ssize_t conn_recv(struct conn *c, void *p, size_t n)
{
    return c->tls ? tls_recv(c->tls, p, n) : recv(c->source.fd, p, n, 0);
}

/* False when the connection is lost. */
static bool conn_read(struct conn *c)
{
    static char sink[BODY_PIECE];
    bool upload = c->discard > 0;
    ssize_t n = upload ? conn_recv(c, sink, (size_t)SL_MIN(c->discard, (uint64_t)sizeof sink))
                       : conn_recv(c, c->in + c->in_n, sizeof c->in - c->in_n);
    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    if (!upload) {
        c->in_n += (size_t)n;
        return true;
    }
    c->discard -= (uint64_t)n;
    return c->discard > 0 || conn_write(c);
}

static void conn_event(struct conn *c)
{
    bool alive = pending(c) ? conn_write(c) && (pending(c) || !c->closes) : conn_read(c);
    if (!alive || !conn_answer(c)) {
        conn_free(c);
        return;
    }
    if (pending(c) != c->writing) {
        c->writing = pending(c);
        watch(&c->source, EPOLL_CTL_MOD, c->writing ? EPOLLOUT : EPOLLIN);
    }
}

static void accept_all(int listener, bool tls)
{
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        struct conn *c = sl_malloc(sizeof *c);
        memset(c, 0, offsetof(struct conn, head));
        c->source = (struct source){KIND_CONN, fd};
        c->tls = tls ? tls_new(fd, true, NULL) : NULL;
        watch(&c->source, EPOLL_CTL_ADD, EPOLLIN);
    }
}

static void serve(void)
{
    struct epoll_event events[EVENTS];
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            struct source *s = events[i].data.ptr;
            if (s->kind == KIND_LISTENER || s->kind == KIND_TLS_LISTENER)
                accept_all(s->fd, s->kind == KIND_TLS_LISTENER);
            else if (s->kind == KIND_NAMES)
                names_answer(s->fd, addresses);
            else
                conn_event(SL_CONTAINER(s, struct conn, source));
        }
    }
}

/* All addresses on one port; when the port was free to choose and another address has it in use, tries
 * another. */
static bool listen_all(enum kind kind, struct source *sources, uint16_t *port)
{
    bool choose = *port == 0;
    for (unsigned i = 0; i < addresses; i++) {
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(*port)};
        a.sin_addr.s_addr = htonl(0x7f000001 + i);
        sources[i] = (struct source){kind, listen_on(&a, SOCK_STREAM)};
        if (sources[i].fd < 0) {
            while (i-- > 0)
                close(sources[i].fd);
            *port = choose ? 0 : *port;
            return false;
        }
        *port = ntohs(a.sin_port);
    }
    return true;
}

static uint16_t read_number(const char *text, unsigned long most)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    errno = 0;
    if (end == text || *end != '\0' || value > most)
        die("not a number up to %lu: %s", most, text);
    return (uint16_t)value;
}

/* Tries again where the port was ours to choose. */
static void listen_surely(enum kind kind, uint16_t *port)
{
    static struct source sources[2][ADDRESSES_MAX];
    struct source *own = sources[kind == KIND_TLS_LISTENER];
    bool listening = false;
    for (int tries = 0; tries < 20 && !listening; tries++)
        listening = listen_all(kind, own, port);
    if (!listening)
        die("listen on 127.0.0.1-%u port %u", addresses, *port);
    for (unsigned i = 0; i < addresses; i++)
        watch(&own[i], EPOLL_CTL_ADD, EPOLLIN);
}

static uint16_t serve_names(uint16_t port)
{
    static struct source names;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    names = (struct source){KIND_NAMES, listen_on(&address, SOCK_DGRAM)};
    if (names.fd < 0)
        die("name server on port %u", port);
    watch(&names, EPOLL_CTL_ADD, EPOLLIN);
    return ntohs(address.sin_port);
}

int main(int argc, char **argv)
{
    static const struct option known[] = {{"port", 1, 0, 'p'},      {"tls-port", 1, 0, 't'},
                                          {"addresses", 1, 0, 'a'}, {"names-port", 1, 0, 'n'},
                                          {"authority", 1, 0, 'c'}, {0, 0, 0, 0}};
    uint16_t port = 0, tls_port = 0, names_port = 0;
    struct rlimit files;
    end_with_parent();
    for (int o; (o = getopt_long(argc, argv, "", known, NULL)) != -1;)
        switch (o) {
        case 'p':
            port = read_number(optarg, 65535);
            break;
        case 't':
            tls_port = read_number(optarg, 65535);
            break;
        case 'a':
            addresses = SL_MAX(1, read_number(optarg, ADDRESSES_MAX));
            break;
        case 'c':
            tls_write_authority(optarg);
            break;
        case 'n':
            names_port = read_number(optarg, 65535);
            break;
        default:
            return 2;
        }
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        die("epoll_create1");
    listen_surely(KIND_LISTENER, &port);
    listen_surely(KIND_TLS_LISTENER, &tls_port);
    names_port = serve_names(names_port);
    printf("ready %u %u %u\n", port, names_port, tls_port);
    fflush(stdout);
    serve();
}
