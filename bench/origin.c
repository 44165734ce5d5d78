/* origin.c - the web server behind the proxies: fixed bodies by path, and names for it. One thread, epoll.
 *
 *   origin [--port P] [--addresses N] [--names-port P]
 *
 * Listens on 127.0.0.1 to 127.0.0.N (1), all on one port, and answers names on UDP 127.0.0.1. Ports may be 0:
 * "ready PORT NAMES-PORT" on standard output tells them.
 *
 *   GET /b/LENGTH   that many bytes; everything else is 404. An absolute URL is taken too, so that the load
 * generator can speak to the origin as if it were the proxy. Kept alive; pipelining is understood. */
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
#include "sluice/base.h"

enum { REQUEST_MAX = 8192, HEAD_MAX = 256, EVENTS = 256, ADDRESSES_MAX = 250 };

enum kind { KIND_LISTENER, KIND_NAMES, KIND_CONN };

/* What epoll tells; a connection begins with it. */
struct source {
    enum kind kind;
    int fd;
};

struct conn {
    struct source source;
    bool closes, writing; /* writing: epoll waits until more can be sent */
    size_t in_n, head_n, head_sent;
    uint64_t length, sent; /* of the body */
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
    close(c->source.fd);
    free(c);
}

/* Sends what is left of the answer. False when the connection is lost; an answer may be left over. */
static bool conn_write(struct conn *c)
{
    while (c->head_sent < c->head_n || c->sent < c->length) {
        struct iovec parts[2] = {
            {c->head + c->head_sent, c->head_n - c->head_sent},
            {(char *)body_bytes() + c->sent % BODY_PERIOD, SL_MIN((size_t)BODY_PIECE, c->length - c->sent)}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t n = sendmsg(c->source.fd, &message, MSG_NOSIGNAL);
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
    return c->head_n > 0;
}

/* Length that the request line asks for; false for 404. head ends in NUL. */
static bool asked(const char *head, uint64_t *out)
{
    const char *path = head + 4;
    char *end;
    if (strncmp(head, "GET ", 4) != 0)
        return false;
    if (strncmp(path, "http://", 7) == 0)
        path += 7 + strcspn(path + 7, "/ \r");
    if (strncmp(path, "/b/", 3) != 0)
        return false;
    *out = strtoull(path + 3, &end, 10);
    return end > path + 3;
}

static void answer(struct conn *c, const char *head)
{
    bool found = asked(head, &c->length);
    const char *version = strstr(head, " HTTP/1.0\r");
    c->closes = version != NULL || strcasestr(head, "\r\nConnection: close") != NULL;
    if (!found)
        c->length = 0;
    c->head_n = (size_t)snprintf(
        c->head, sizeof c->head,
        "HTTP/1.1 %s\r\nDate: Mon, 23 Nov 2026 10:00:00 GMT\r\nServer: origin\r\n"
        "Content-Type: text/plain\r\nCache-Control: no-store\r\nContent-Length: %llu\r\n%s\r\n",
        found ? "200 OK" : "404 Not Found", (unsigned long long)c->length,
        c->closes ? "Connection: close\r\n" : "");
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
        c->in_n -= used;
        memmove(c->in, c->in + used, c->in_n);
        if (!conn_write(c))
            return false;
        if (c->closes && !pending(c))
            return false;
    }
    return true;
}

static void conn_event(struct conn *c)
{
    bool alive = true;
    if (pending(c)) {
        alive = conn_write(c) && (pending(c) || !c->closes);
    } else {
        ssize_t n = recv(c->source.fd, c->in + c->in_n, sizeof c->in - c->in_n, 0);
        if (n > 0)
            c->in_n += (size_t)n;
        else
            alive = n < 0 && (errno == EAGAIN || errno == EINTR);
    }
    if (!alive || !conn_answer(c)) {
        conn_free(c);
        return;
    }
    if (pending(c) != c->writing) {
        c->writing = pending(c);
        watch(&c->source, EPOLL_CTL_MOD, c->writing ? EPOLLOUT : EPOLLIN);
    }
}

static void accept_all(int listener)
{
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        struct conn *c = sl_malloc(sizeof *c);
        memset(c, 0, offsetof(struct conn, head));
        c->source = (struct source){KIND_CONN, fd};
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
            if (s->kind == KIND_LISTENER)
                accept_all(s->fd);
            else if (s->kind == KIND_NAMES)
                names_answer(s->fd, addresses);
            else
                conn_event(SL_CONTAINER(s, struct conn, source));
        }
    }
}

/* All addresses on one port; when the port was free to choose and another address has it in use, tries
 * another. */
static bool listen_all(struct source *sources, uint16_t *port)
{
    bool choose = *port == 0;
    for (unsigned i = 0; i < addresses; i++) {
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(*port)};
        a.sin_addr.s_addr = htonl(0x7f000001 + i);
        sources[i] = (struct source){KIND_LISTENER, listen_on(&a, SOCK_STREAM)};
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

int main(int argc, char **argv)
{
    static const struct option known[] = {
        {"port", 1, 0, 'p'}, {"addresses", 1, 0, 'a'}, {"names-port", 1, 0, 'n'}, {0, 0, 0, 0}};
    static struct source sources[ADDRESSES_MAX], names;
    struct sockaddr_in names_address = {.sin_family = AF_INET};
    uint16_t port = 0, names_port = 0;
    end_with_parent();
    for (int o; (o = getopt_long(argc, argv, "", known, NULL)) != -1;)
        switch (o) {
        case 'p':
            port = read_number(optarg, 65535);
            break;
        case 'a':
            addresses = SL_MAX(1, read_number(optarg, ADDRESSES_MAX));
            break;
        case 'n':
            names_port = read_number(optarg, 65535);
            break;
        default:
            return 2;
        }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    bool listening = false;
    for (int tries = 0; tries < 20 && !listening; tries++)
        listening = listen_all(sources, &port);
    if (!listening)
        die("listen on 127.0.0.1-%u port %u", addresses, port);
    names_address.sin_port = htons(names_port);
    names_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    names = (struct source){KIND_NAMES, listen_on(&names_address, SOCK_DGRAM)};
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (names.fd < 0 || epoll < 0)
        die("name server on port %u", names_port);
    watch(&names, EPOLL_CTL_ADD, EPOLLIN);
    for (unsigned i = 0; i < addresses; i++)
        watch(&sources[i], EPOLL_CTL_ADD, EPOLLIN);
    printf("ready %u %u\n", port, ntohs(names_address.sin_port));
    fflush(stdout);
    serve();
}
