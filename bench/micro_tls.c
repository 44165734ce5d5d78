/* micro_tls - what do leaves and the TLS of both sides cost, alone?
 *
 *   micro_tls [CONNECTIONS]     1000; each is made, and stays open while its memory is looked at
 *
 * Prints the CPU time of a leaf (minted, and at hand) and of a handshake of either side in proxy/tls, whole
 * and resumed, the bytes of the heap that an established idle connection holds, and the CPU time of a
 * kept-alive exchange (300 bytes there, 1000 back). The other end is a process of its own with plain OpenSSL,
 * over loopback; CPU time is that of our process, system calls included. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <malloc.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "proxy/tls/intercept.h"
#include "proxy/tls/io.h"
#include "sluice/ca.h"
#include "sluice/clock.h"

enum { CONNECTIONS = 1000, MOST = 20000, SAID = 300, ANSWERED = 1000, EXCHANGES = 20 };

static struct leaves *leaves;
static struct tls_interceptor *interceptor;
static struct tls_client *client;

/* ---- measuring ---- */

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double heap(void)
{
    struct mallinfo2 m = mallinfo2();
    return (double)m.uordblks + (double)m.hblkhd;
}

static void need(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "micro_tls: %s\n", what);
        exit(1);
    }
}

static const struct leaf *leaf_for(const char *host)
{
    struct sl_err err = {0};
    const struct leaf *leaf = leaves_get(leaves, &(struct leaf_want){.host = sl_cstr(host)}, &err);
    need(leaf != NULL, err.msg);
    return leaf;
}

/* ---- a world ---- */

static void make_world(char *directory)
{
    struct sl_err err = {0};
    struct ca_live *cas = NULL;
    const struct ca *ca = NULL;
    struct sl_text pem = {0};
    struct trust *trust = NULL;
    int64_t now_s = sl_wall_us() / 1000000;
    need(mkdtemp(directory) && ca_live_open(directory, &cas, &err) &&
             ca_create(&(struct ca_wish){0}, now_s, &ca, &err) && ca_live_add(cas, ca, now_s, &err),
         err.msg);
    leaves = leaves_open(NULL, cas, &(struct leaves_config){.capacity = MOST, .days = LEAF_DAYS});
    interceptor = tls_interceptor_new();
    ca_pem(ca, &pem);
    need(trust_new(&(struct trust_config){.extra = sl_text_str(&pem)}, &trust, &err) &&
             tls_client_new(trust, TLS_VERDICTS_BIND, &client, &err),
         err.msg);
    need(fs_remove_all(directory, &err), err.msg);
}

static int listen_on(struct sockaddr_in *sa)
{
    socklen_t n = sizeof *sa;
    *sa = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(bind(fd, (struct sockaddr *)sa, n) == 0 && listen(fd, 64) == 0 &&
             getsockname(fd, (struct sockaddr *)sa, &n) == 0,
         "listen");
    return fd;
}

/* ---- the other end ---- */

static void answer(SSL *ssl, size_t asked, size_t answered)
{
    char buffer[4096];
    size_t n, have;
    memset(buffer, 'x', sizeof buffer);
    for (int i = 0; i < EXCHANGES; i++) {
        if (asked)
            SSL_write(ssl, buffer, (int)asked);
        for (have = 0; have < answered; have += n)
            if (SSL_read_ex(ssl, buffer, sizeof buffer, &n) != 1)
                return;
        if (!asked)
            SSL_write(ssl, buffer, ANSWERED);
    }
}

static SSL_SESSION *kept;

static int on_session(SSL *ssl, SSL_SESSION *session)
{
    SSL_SESSION_free(kept);
    kept = session;
    return 1;
}

/* Connects again and again, asks, and holds everything open. */
static void be_clients(const struct sockaddr_in *to, int n, bool resume)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(ctx, on_session);
    for (int i = 0; i < n; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        SSL *ssl = SSL_new(ctx);
        need(connect(fd, (const struct sockaddr *)to, sizeof *to) == 0, "connect");
        SSL_set_fd(ssl, fd);
        if (resume && kept)
            SSL_set_session(ssl, kept);
        need(SSL_connect(ssl) == 1, "SSL_connect");
        answer(ssl, SAID, ANSWERED);
    }
    pause();
}

static void be_servers(int listener, int n)
{
    const struct leaf *leaf = leaf_for("origin.example");
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(ctx, leaf_certificate(leaf));
    SSL_CTX_use_PrivateKey(ctx, leaf_private_key(leaf));
    for (int i = 0; i < n; i++) {
        SSL *ssl = SSL_new(ctx);
        SSL_set_fd(ssl, accept(listener, NULL, NULL));
        need(SSL_accept(ssl) == 1, "SSL_accept");
        answer(ssl, 0, SAID);
    }
    pause();
}

/* ---- ours ---- */

static void wait_for(struct sock *s)
{
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    poll(&p, 1, 1000);
    sock_note(s, EPOLLIN | EPOLLOUT);
}

static void handshake(struct sock *s)
{
    enum io_result r;
    while ((r = tls_handshake(s)) == IO_WAIT)
        wait_for(s);
    need(r == IO_DATA, tls_fault_text(tls_fault(s)));
}

static void get(struct sock *s, size_t n)
{
    char room[4096];
    size_t have = 0, some;
    while (have < n) {
        enum io_result r = sock_recv(s, &(struct buf){.p = room, .cap = sizeof room}, &some);
        need(r == IO_DATA || r == IO_WAIT, "read");
        have += some;
        if (r == IO_WAIT)
            wait_for(s);
    }
}

static void put(struct sock *s, size_t n)
{
    static char text[4096];
    need(sock_send(s, &(struct iovec){text, n}, 1, &n) == IO_DATA, "write");
}

struct cost {
    double handshake_us, exchange_us, bytes;
    int resumed;
};

static void serve(struct sock *s, int listener)
{
    static const char host[] = "www.example.com";
    const struct leaf *leaf = leaf_for(host);
    *s =
        (struct sock){.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), .readable = true, .writable = true};
    tls_intercept(s, interceptor,
                  &(struct tls_intercept){leaf, sl_cstr(host), TLS_ALPN_HTTP1, sl_str(NULL, 0)});
    leaf_unref(&leaf);
}

static void ask(struct sock *s, const struct sockaddr_in *to, uint16_t port)
{
    *s = (struct sock){.fd = socket(AF_INET, SOCK_STREAM, 0), .writable = true};
    need(connect(s->fd, (const struct sockaddr *)to, sizeof *to) == 0, "connect");
    need(fcntl(s->fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
    tls_connect(s, client, &(struct tls_peer){.name = SL_STR("origin.example"), .port = port});
}

static void exchange(struct sock *s, bool served)
{
    for (int i = 0; i < EXCHANGES; i++) {
        if (!served)
            put(s, SAID);
        get(s, served ? SAID : ANSWERED);
        if (served)
            put(s, ANSWERED);
    }
}

static void run(const char *what, int n, bool served, bool resume)
{
    struct sockaddr_in sa;
    struct cost cost = {0};
    struct sock *all = sl_calloc((size_t)n, sizeof *all);
    int listener = listen_on(&sa);
    pid_t other = fork();
    if (other == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (served)
            be_clients(&sa, n, resume);
        else
            be_servers(listener, n);
    }
    double before = heap();
    for (int i = 0; i < n; i++) {
        double t = cpu_us();
        if (served)
            serve(&all[i], listener);
        else
            ask(&all[i], &sa, (uint16_t)(resume ? 443 : 1000 + i));
        handshake(&all[i]);
        double done = cpu_us();
        cost.handshake_us += done - t;
        exchange(&all[i], served);
        cost.exchange_us += cpu_us() - done;
        cost.resumed += tls_resumed(&all[i]);
    }
    cost.bytes = heap() - before;
    printf("| %s | %.0f | %.1f | %.2f | %.0f %% |\n", what, cost.handshake_us / n,
           cost.exchange_us / n / EXCHANGES, cost.bytes / n / 1000, 100.0 * cost.resumed / n);
    for (int i = 0; i < n; i++) {
        all[i].tls->calls->close(&all[i], true);
        close(all[i].fd);
    }
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
    close(listener);
    free(all);
}

static void mint(int n)
{
    char host[32];
    double before = heap(), t = cpu_us();
    for (int i = 0; i < n; i++) {
        snprintf(host, sizeof host, "h%d.example", i);
        const struct leaf *leaf = leaf_for(host);
        leaf_unref(&leaf);
    }
    printf("leaf: minted %.1f us, %.2f kB", (cpu_us() - t) / n, (heap() - before) / n / 1000);
    t = cpu_us();
    for (int i = 0; i < n; i++) {
        const struct leaf *leaf = leaf_for(host);
        leaf_unref(&leaf);
    }
    printf(", at hand %.2f us\n\n", (cpu_us() - t) / n);
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? (int)strtol(argv[1], NULL, 10) : CONNECTIONS;
    char directory[] = "/tmp/micro_tls.XXXXXX";
    need(n > 0 && n <= MOST, "1 to 20000 connections");
    setvbuf(stdout, NULL, _IOLBF, 0);
    make_world(directory);
    mint(n);
    printf("| side | handshake, us | exchange, us | idle, kB | resumed |\n|---|---:|---:|---:|---:|\n");
    run("towards clients, whole", n, true, false);
    run("towards clients, resumed", n, true, true);
    run("towards origins, whole", n, false, false);
    run("towards origins, resumed", n, false, true);
    return 0;
}
