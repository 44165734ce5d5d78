/* load.c - how many requests does a proxy answer, and how fast? One thread, epoll.
 *
 *   load --proxy ADDR:PORT [--connections N] [--seconds S] [--warm-up S] [--urls FILE] [URL...] [--rate R]
 *        [--new] [--tunnel] [--tls] [--upload BYTES] [--login USER:PASSWORD] [--hold] [--verify] [--sources
 * N]
 *
 *   --rate     an open loop: requests come at random, R a second, whatever is still under way; their time
 *              counts from when they were due, so waiting for a free connection is part of it. Without it
 *              each connection sends its next request when the last one is answered.
 *   --new      a connection for each request
 *   --tunnel   CONNECT first, the request inside; with --new a tunnel for each request
 *   --tls      the same, and TLS in the tunnel
 *   --upload   PUT with a body of so many bytes
 *   --hold     one request on each connection, then keep all open and idle until standard input ends
 *   --verify   compare every byte of the bodies with the origin's
 *   --sources  client addresses 127.0.1.1 to 127.0.1.N in turn (default: the kernel chooses)
 *
 * Every answer's status and length are checked. One JSON object on standard output; the first fault on
 * standard error. Status 1 when there was any fault. "Proxy" may be the origin itself: it takes absolute
 * URLs, so the limit of the tools is measured by the same code. */
#include <errno.h>
#include <math.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/answer.h"
#include "bench/latency.h"
#include "bench/load_options.h"
#include "bench/net.h"
#include "bench/tls.h"
#include "sluice/base.h"

enum { EVENTS = 256, STATUSES = 600, MAX_FAULTS = 10000, OPENING = 64 };

enum fault { FAULT_CONNECT, FAULT_LOST, FAULT_STATUS, FAULT_LENGTH, FAULT_FRAMING, FAULT_BYTES, FAULT_COUNT };
static const char *const fault_names[] = {"connect", "lost", "status", "length", "framing", "bytes"};

enum state { CONN_CLOSED, CONN_CONNECTING, CONN_TUNNEL, CONN_ANSWER, CONN_FREE, CONN_HELD };

struct conn {
    int fd;
    enum state state;
    bool answered; /* a request on this connection was answered, so the proxy may close it */
    const struct target *target;
    struct tls *tls;
    bool unsent;     /* the request waits for the handshake */
    uint64_t upload; /* bytes of the body still to be sent */
    uint64_t since;
    struct answer answer;
};

static struct load_options options;
static struct targets targets;
static struct conn *conns;
static int epoll;
static uint64_t begin, end; /* of the measured time */
static double due;          /* when the next request of an open loop comes */
static struct conn **free_conns;
static size_t free_count;

static struct {
    uint64_t total, measured, bytes_total, connects, again, held;
    uint64_t faults[FAULT_COUNT], statuses[STATUSES];
    struct latency latency;
} count;

static void conn_open(struct conn *c);

static void conn_close(struct conn *c)
{
    tls_free(&c->tls);
    if (c->state != CONN_CLOSED)
        close(c->fd);
    c->state = CONN_CLOSED;
    for (size_t i = 0; i < free_count; i++)
        if (free_conns[i] == c)
            free_conns[i] = free_conns[--free_count];
}

static void note_fault(struct conn *c, enum fault fault)
{
    static uint64_t all;
    count.faults[fault]++;
    if (all++ == 0)
        fprintf(stderr, "load: first fault: %s: %s (status %d, %llu of %llu bytes)\n", c->target->url,
                fault_names[fault], c->answer.status, (unsigned long long)c->answer.got,
                (unsigned long long)c->answer.length);
    if (all > MAX_FAULTS) {
        errno = 0;
        die("more than %d faults, giving up", MAX_FAULTS);
    }
}

static void next_target(struct conn *c)
{
    static size_t next;
    c->target = &targets.items[next++ % targets.count];
    c->since = now_ns();
}

static void conn_fail(struct conn *c, enum fault fault)
{
    note_fault(c, fault);
    conn_close(c);
    if (options.hold)
        return;
    next_target(c);
    conn_open(c);
}

static void watch(struct conn *c, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

/* A request is small and the socket empty, so it goes in one piece or the connection is lost; with TLS it may
 * have to wait for the handshake. */
static bool conn_send(struct conn *c, const char *p, size_t n)
{
    if (!c->tls)
        return send(c->fd, p, n, MSG_NOSIGNAL) == (ssize_t)n;
    ssize_t sent = tls_send(c->tls, p, n);
    c->unsent = sent < 0 && errno == EAGAIN;
    return c->unsent || sent == (ssize_t)n;
}

/* Sends what the socket takes of the body. */
static bool conn_upload(struct conn *c)
{
    while (c->upload > 0) {
        uint64_t at = c->target->upload - c->upload;
        ssize_t n = send(c->fd, body_bytes() + at % BODY_PERIOD,
                         (size_t)SL_MIN(c->upload, (uint64_t)BODY_PIECE), MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN)
            return false;
        if (n < 0)
            return true;
        c->upload -= (uint64_t)n;
        count.bytes_total += (uint64_t)n;
    }
    watch(c, EPOLLIN);
    return true;
}

static bool conn_request(struct conn *c, bool through_tunnel)
{
    const struct target *t = c->target;
    bool connect = through_tunnel && c->state == CONN_CONNECTING;
    c->state = connect ? CONN_TUNNEL : CONN_ANSWER;
    answer_begin(&c->answer, connect);
    if (connect)
        return conn_send(c, t->connect, t->connect_n);
    if (options.tls && !c->tls)
        c->tls = tls_new(c->fd, false, t->name);
    if (!conn_send(c, t->request, t->request_n))
        return false;
    c->upload = t->upload;
    if (c->upload > 0)
        watch(c, EPOLLIN | EPOLLOUT);
    return c->upload == 0 || conn_upload(c);
}

static void bind_source(int fd)
{
    static unsigned turn;
    int on = 1;
    struct sockaddr_in source = {.sin_family = AF_INET};
    if (options.sources == 0)
        return;
    source.sin_addr.s_addr = htonl(0x7f000101 + turn++ % options.sources);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&source, sizeof source) < 0)
        die("bind");
}

static void conn_open(struct conn *c)
{
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        die("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    bind_source(c->fd);
    c->state = CONN_CONNECTING;
    c->answered = false;
    count.connects++;
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = c};
    if ((connect(c->fd, (struct sockaddr *)&options.proxy, sizeof options.proxy) < 0 &&
         errno != EINPROGRESS) ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) < 0)
        die("connect");
}

/* ---- the open loop ---- */

static double random_share(void)
{
    static uint64_t x = 88172645463325252;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return (double)(x >> 11) * 0x1p-53;
}

/* Free connections take the requests that are due, also those that have been for a while. */
static void send_due(void)
{
    double now = (double)now_ns();
    while (free_count > 0 && due <= now) {
        struct conn *c = free_conns[--free_count];
        next_target(c);
        c->since = (uint64_t)due;
        due += -log(1 - random_share()) * 1e9 / options.rate;
        if (!conn_request(c, options.form.tunnel))
            conn_fail(c, FAULT_LOST);
    }
}

static void conn_free(struct conn *c)
{
    c->state = CONN_FREE;
    free_conns[free_count++] = c;
}

static void conn_connected(struct conn *c)
{
    int error = 0;
    socklen_t n = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n);
    if (error != 0) {
        answer_begin(&c->answer, false);
        conn_fail(c, FAULT_CONNECT);
        return;
    }
    watch(c, EPOLLIN);
    if (options.rate > 0)
        conn_free(c);
    else if (!conn_request(c, options.form.tunnel))
        conn_fail(c, FAULT_LOST);
}

/* The proxy closed. That is its right on a kept connection between two requests: the request is sent again.
 */
static void conn_lost(struct conn *c)
{
    if (c->state == CONN_ANSWER && c->answered && c->answer.head_n == 0 && !c->answer.in_body) {
        count.again++;
        conn_close(c);
        conn_open(c);
        return;
    }
    conn_fail(c, FAULT_LOST);
}

/* Returns FAULT_COUNT when the answer is right. */
static enum fault check(const struct conn *c)
{
    const struct answer *a = &c->answer;
    if (a->status != c->target->status)
        return FAULT_STATUS;
    if (a->wrong_bytes)
        return FAULT_BYTES;
    bool any = a->status != 200 || c->target->length == UINT64_MAX;
    return any || a->length == c->target->length ? FAULT_COUNT : FAULT_LENGTH;
}

static void count_answer(const struct conn *c)
{
    uint64_t now = now_ns();
    count.total++;
    count.bytes_total += c->answer.got;
    if (c->answer.status >= 0 && c->answer.status < STATUSES)
        count.statuses[c->answer.status]++;
    if (now < begin || now >= end)
        return;
    count.measured++;
    latency_add(&count.latency, now - c->since);
}

static void hold(struct conn *c)
{
    static size_t opened = OPENING;
    c->state = CONN_HELD;
    count.held++;
    if (opened < options.connections) { /* the next one, so that few are opened at a time */
        next_target(&conns[opened]);
        conn_open(&conns[opened++]);
    }
}

static void conn_answered(struct conn *c)
{
    bool closes = c->answer.closes;
    enum fault fault = check(c);
    count_answer(c);
    if (fault != FAULT_COUNT) {
        conn_fail(c, fault);
        return;
    }
    if (options.hold && !closes) {
        hold(c);
        return;
    }
    c->answered = true;
    if (!options.form.tunnel || options.fresh || closes)
        next_target(c);
    else /* a kept tunnel leads to one host */
        c->since = now_ns();
    if (options.fresh || closes) {
        conn_close(c);
        conn_open(c);
    } else if (options.rate > 0) {
        conn_free(c);
    } else if (!conn_request(c, options.form.tunnel)) {
        conn_lost(c);
    }
}

static void conn_tunnelled(struct conn *c)
{
    if (c->answer.status != 200)
        conn_fail(c, FAULT_STATUS);
    else if (!conn_request(c, options.form.tunnel))
        conn_fail(c, FAULT_LOST);
}

static void conn_read(struct conn *c)
{
    static char buffer[BODY_PIECE];
    size_t used;
    ssize_t n = c->tls ? tls_recv(c->tls, buffer, sizeof buffer) : recv(c->fd, buffer, sizeof buffer, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        if (c->unsent && !conn_send(c, c->target->request, c->target->request_n))
            conn_fail(c, FAULT_LOST);
        return;
    }
    if (n <= 0 || c->state == CONN_HELD || c->state == CONN_FREE) {
        count.held -= c->state == CONN_HELD;
        if (c->state == CONN_FREE) { /* its right: nothing was asked */
            conn_close(c);
            conn_open(c);
            return;
        }
        conn_lost(c);
        return;
    }
    enum answer_state state = answer_feed(&c->answer, buffer, (size_t)n, options.verify, &used);
    /* Nothing may follow an answer: no second request was sent. */
    if (state == ANSWER_BAD || (state == ANSWER_DONE && used < (size_t)n))
        conn_fail(c, FAULT_FRAMING);
    else if (state == ANSWER_DONE && c->state == CONN_TUNNEL)
        conn_tunnelled(c);
    else if (state == ANSWER_DONE)
        conn_answered(c);
}

static void conn_event(struct conn *c, uint32_t events)
{
    if (c->state == CONN_CONNECTING)
        conn_connected(c);
    else if (c->state != CONN_CLOSED && (events & EPOLLOUT) && c->upload > 0 && !conn_upload(c))
        conn_fail(c, FAULT_LOST);
    else if (c->state != CONN_CLOSED && (events & ~(uint32_t)EPOLLOUT))
        conn_read(c);
}

static void turn(int64_t wait_ns)
{
    struct epoll_event events[EVENTS];
    struct timespec wait = {.tv_sec = wait_ns / 1000000000, .tv_nsec = wait_ns % 1000000000};
    int n = epoll_pwait2(epoll, events, EVENTS, &wait, NULL);
    for (int i = 0; i < n; i++)
        conn_event(events[i].data.ptr, events[i].events);
    if (options.rate > 0)
        send_due();
}

static int64_t wait_ns(void)
{
    double left = options.rate > 0 && free_count > 0 ? due - (double)now_ns() : 1e8;
    return (int64_t)SL_MAX(0, SL_MIN(left, 1e8));
}

static void run(void)
{
    size_t first = options.hold ? SL_MIN(options.connections, (size_t)OPENING) : options.connections;
    begin = now_ns() + (uint64_t)(options.warm_up * 1e9);
    end = begin + (uint64_t)(options.seconds * 1e9);
    for (size_t i = 0; i < first; i++) {
        next_target(&conns[i]);
        conn_open(&conns[i]);
    }
    due = (double)now_ns();
    while (now_ns() < end && !(options.hold && count.held == options.connections))
        turn(wait_ns());
}

static void print(void)
{
    static const struct {
        const char *name;
        double share;
    } quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};
    struct rusage usage;
    const char *comma = "";
    getrusage(RUSAGE_SELF, &usage);
    printf(
        "{\"total\": %lu, \"measured\": %lu, \"per_second\": %.0f, \"bytes_total\": %lu, \"connects\": %lu, "
        "\"again\": %lu, \"held\": %lu, \"cpu_s\": %.3f, \"latency_us\": {",
        count.total, count.measured, (double)count.measured / options.seconds, count.bytes_total,
        count.connects, count.again, count.held,
        (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
            (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    for (size_t i = 0; i < SL_COUNT(quantiles); i++)
        printf("\"%s\": %.1f, ", quantiles[i].name,
               (double)latency_quantile(&count.latency, quantiles[i].share) / 1e3);
    printf("\"most\": %.1f}, \"statuses\": {", (double)count.latency.most / 1e3);
    for (int i = 0; i < STATUSES; i++)
        if (count.statuses[i]) {
            printf("%s\"%d\": %lu", comma, i, count.statuses[i]);
            comma = ", ";
        }
    printf("}, \"faults\": {");
    comma = "";
    for (int i = 0; i < FAULT_COUNT; i++)
        if (count.faults[i]) {
            printf("%s\"%s\": %lu", comma, fault_names[i], count.faults[i]);
            comma = ", ";
        }
    printf("}}\n");
    fflush(stdout);
}

/* Keeps the connections until standard input ends; what the proxy closes meanwhile is only read. */
static void keep_holding(void)
{
    char byte;
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    while (poll(&in, 1, 100) == 0 || read(STDIN_FILENO, &byte, 1) > 0)
        turn(0);
}

int main(int argc, char **argv)
{
    end_with_parent();
    load_options_read(argc, argv, &options, &targets);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    conns = sl_calloc(options.connections, sizeof *conns);
    free_conns = sl_calloc(options.connections, sizeof *free_conns);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        die("epoll_create1");
    run();
    print();
    if (options.hold)
        keep_holding();
    bool faults = false;
    for (int i = 0; i < FAULT_COUNT; i++)
        faults |= count.faults[i] > 0;
    for (size_t i = 0; i < options.connections; i++) {
        conn_close(&conns[i]);
        answer_fini(&conns[i].answer);
    }
    free(conns);
    free(free_conns);
    targets_fini(&targets);
    return faults || count.total == 0;
}
