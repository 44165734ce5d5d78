/* load.c - how many requests does a proxy answer, and how fast? One thread, epoll, a closed loop: each
 * connection sends its next request when the last one is answered.
 *
 *   load --proxy ADDR:PORT [--connections N] [--seconds S] [--warm-up S] [--urls FILE] [URL...]
 *        [--new] [--tunnel] [--hold] [--verify] [--sources N]
 *
 *   --new      a connection for each request
 *   --tunnel   CONNECT first, the request inside; with --new a tunnel for each request
 *   --hold     one request on each connection, then keep all open and idle until standard input ends
 *   --verify   compare every byte of the bodies with the origin's
 *   --sources  client addresses 127.0.1.1 to 127.0.1.N in turn (default: the kernel chooses)
 *
 * Every answer's status and length are checked. One JSON object on standard output; the first fault on
 * standard error. Status 1 when there was any fault. "Proxy" may be the origin itself: it takes absolute
 * URLs, so the limit of the tools is measured by the same code. */
#include <errno.h>
#include <getopt.h>
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
#include "bench/net.h"
#include "bench/target.h"
#include "sluice/base.h"

enum { EVENTS = 256, STATUSES = 600, MAX_FAULTS = 10000, OPENING = 64 };

enum fault { FAULT_CONNECT, FAULT_LOST, FAULT_STATUS, FAULT_LENGTH, FAULT_FRAMING, FAULT_BYTES, FAULT_COUNT };
static const char *const fault_names[] = {"connect", "lost", "status", "length", "framing", "bytes"};

enum state { CONN_CLOSED, CONN_CONNECTING, CONN_TUNNEL, CONN_ANSWER, CONN_HELD };

struct conn {
    int fd;
    enum state state;
    bool answered; /* a request on this connection was answered, so the proxy may close it */
    const struct target *target;
    uint64_t since;
    struct answer answer;
};

static struct {
    struct sockaddr_in proxy;
    size_t connections;
    double seconds, warm_up;
    unsigned sources;
    bool fresh, tunnel, hold, verify;
} options = {.connections = 64, .seconds = 5, .warm_up = 0.5};

static struct targets targets;
static struct conn *conns;
static int epoll;
static uint64_t begin, end; /* of the measured time */

static struct {
    uint64_t total, measured, bytes_total, connects, again, held;
    uint64_t faults[FAULT_COUNT], statuses[STATUSES];
    struct latency latency;
} count;

static void conn_open(struct conn *c);

static void conn_close(struct conn *c)
{
    if (c->state != CONN_CLOSED)
        close(c->fd);
    c->state = CONN_CLOSED;
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

/* A request is small and the socket empty, so it goes in one piece or the connection is lost. */
static bool conn_send(struct conn *c, const char *p, size_t n)
{
    return send(c->fd, p, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static bool conn_request(struct conn *c, bool through_tunnel)
{
    const struct target *t = c->target;
    bool connect = through_tunnel && c->state == CONN_CONNECTING;
    c->state = connect ? CONN_TUNNEL : CONN_ANSWER;
    answer_begin(&c->answer, connect);
    return connect ? conn_send(c, t->connect, t->connect_n) : conn_send(c, t->request, t->request_n);
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

static void conn_connected(struct conn *c)
{
    int error = 0;
    socklen_t n = sizeof error;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n);
    if (error != 0) {
        answer_begin(&c->answer, false);
        conn_fail(c, FAULT_CONNECT);
        return;
    }
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
    if (!conn_request(c, options.tunnel))
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
    next_target(c);
    if (options.fresh || closes) {
        conn_close(c);
        conn_open(c);
    } else if (!conn_request(c, options.tunnel)) {
        conn_lost(c);
    }
}

static void conn_tunnelled(struct conn *c)
{
    if (c->answer.status != 200)
        conn_fail(c, FAULT_STATUS);
    else if (!conn_request(c, options.tunnel))
        conn_fail(c, FAULT_LOST);
}

static void conn_read(struct conn *c)
{
    static char buffer[BODY_PIECE];
    size_t used;
    ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 || c->state == CONN_HELD) {
        count.held -= c->state == CONN_HELD;
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

static void turn(int wait_ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(epoll, events, EVENTS, wait_ms);
    for (int i = 0; i < n; i++) {
        struct conn *c = events[i].data.ptr;
        if (c->state == CONN_CONNECTING)
            conn_connected(c);
        else if (c->state != CONN_CLOSED)
            conn_read(c);
    }
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
    while (now_ns() < end && !(options.hold && count.held == options.connections))
        turn(100);
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

static double number(const char *text)
{
    char *rest;
    double value = strtod(text, &rest);
    errno = 0;
    if (rest == text || *rest != '\0' || value < 0 || value > 1e6)
        die("not a number: %s", text);
    return value;
}

static void read_options(int argc, char **argv)
{
    static const struct option known[] = {{"proxy", 1, 0, 'p'},
                                          {"connections", 1, 0, 'c'},
                                          {"seconds", 1, 0, 's'},
                                          {"warm-up", 1, 0, 'w'},
                                          {"urls", 1, 0, 'u'},
                                          {"new", 0, 0, 'n'},
                                          {"tunnel", 0, 0, 't'},
                                          {"hold", 0, 0, 'h'},
                                          {"sources", 1, 0, 'a'},
                                          {"verify", 0, 0, 'v'},
                                          {0, 0, 0, 0}};
    const char *urls = NULL;
    bool proxy = false, all = true;
    for (int o; (o = getopt_long(argc, argv, "", known, NULL)) != -1;)
        switch (o) {
        case 'p':
            proxy = read_address(optarg, &options.proxy);
            break;
        case 'c':
            options.connections = (size_t)number(optarg);
            break;
        case 's':
            options.seconds = number(optarg);
            break;
        case 'w':
            options.warm_up = number(optarg);
            break;
        case 'a':
            options.sources = (unsigned)number(optarg);
            break;
        case 'u':
            urls = optarg;
            break;
        case 'n':
            options.fresh = true;
            break;
        case 't':
            options.tunnel = true;
            break;
        case 'h':
            options.hold = true;
            break;
        case 'v':
            options.verify = true;
            break;
        default:
            all = false;
        }
    if (urls)
        targets_read(&targets, urls, options.tunnel);
    for (; optind < argc; optind++)
        all &= targets_add(&targets, argv[optind], options.tunnel);
    errno = 0;
    if (!all || !proxy || targets.count == 0 || options.connections == 0)
        die("usage: load --proxy ADDR:PORT [options] URL...; the head of load.c tells which");
}

int main(int argc, char **argv)
{
    end_with_parent();
    read_options(argc, argv);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    conns = sl_calloc(options.connections, sizeof *conns);
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
    targets_fini(&targets);
    return faults || count.total == 0;
}
