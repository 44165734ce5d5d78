/* test_rude.c - peers that say anything, cut up anyhow, and leave when they like: nothing breaks, nothing is
 * left over, every request has one record. Random, but the seed is printed and can be given as SLUICE_SEED.
 */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/proxy/conn/rig.h"

enum { CLIENTS = 6, ROUNDS = 120, MESSAGE_MAX = 20000 };

/* One message a line. */
/* clang-format off */
static const char *const requests[] = {
    "GET http://127.0.0.1:@/a HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET http://127.0.0.1:@/b HTTP/1.0\r\n\r\n",
    "HEAD http://127.0.0.1:@/c HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST http://127.0.0.1:@/d HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world",
    ("POST http://127.0.0.1:@/e HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
     "5\r\nhello\r\n0\r\nX: y\r\n\r\n"),
    "PUT http://127.0.0.1:@/f HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    "CONNECT 127.0.0.1:@ HTTP/1.1\r\nHost: x\r\n\r\nGET /g HTTP/1.1\r\n\r\n",
    "GET http://127.0.0.1:@/h HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nframes",
    "GET http://sluice.internal/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET http://127.0.0.1:@/bad HTTP/1.1\r\nHost: x\r\n\r\n",
    "OPTIONS http://127.0.0.1:@/ HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\n\r\n",
    "\r\n\r\nGET http://127.0.0.1:@/i HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
};

static const char *const answers[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.0 200 OK\r\n\r\nuntil the end",
    "HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nframes",
    "HTTP/1.1 413 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 12000\r\n\r\nshort",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more than was announced",
};
/* clang-format on */

static const char policy[] =
    "{\"schema\":1,\"default\":{\"then\":\"allow\"},\"rules\":[{\"id\":\"bad\",\"if\":{\"url\":["
    "\"127.0.0.1/bad\"]},\"then\":\"block\"}],\"quotas\":[{\"id\":\"q\",\"if\":{},\"per\":\"client\","
    "\"window\":\"day\",\"bytes\":\"1GiB\",\"then\":\"block\"}]}";

static unsigned seed_of_run;

/* A message with the port in it, now and then damaged. */
static size_t make(unsigned *seed, const char *text, char *out)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '@' ? (size_t)snprintf(out + n, 8, "%u", origin_port(rig_origin))
                          : (size_t)(out[n] = *text, 1);
    for (int damage = rand_r(seed) % 6 == 0 ? 1 + rand_r(seed) % 3 : 0; damage > 0 && n > 0; damage--) {
        size_t at = (size_t)rand_r(seed) % n;
        switch (rand_r(seed) % 4) {
        case 0:
            out[at] = (char)rand_r(seed);
            break;
        case 1:
            memmove(out + at, out + at + 1, n - at - 1);
            n--;
            break;
        case 2:
            n = at;
            break;
        default: {
            size_t fill = (size_t)rand_r(seed) % 9000;
            memmove(out + at + fill, out + at, n - at);
            memset(out + at, "a\r: 9"[rand_r(seed) % 5], fill);
            n += fill;
        }
        }
    }
    return n;
}

/* Sends in pieces of random sizes, sometimes pausing. */
static bool spell(unsigned *seed, int fd, const char *p, size_t n)
{
    while (n > 0) {
        size_t piece = rand_r(seed) % 3 ? n : 1 + (size_t)rand_r(seed) % n;
        ssize_t done = send(fd, p, piece, MSG_NOSIGNAL);
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
        if (rand_r(seed) % 8 == 0)
            usleep((useconds_t)rand_r(seed) % 3000);
    }
    return true;
}

static bool rude_origin(struct origin_request *r)
{
    unsigned seed = seed_of_run ^ (r->connection * 7919 + r->number * 104729);
    char *message = sl_malloc(4 * MESSAGE_MAX), drop[4096];
    struct pollfd poll_fd = {.fd = r->fd, .events = POLLIN};
    size_t n = make(&seed, answers[(size_t)rand_r(&seed) % SL_COUNT(answers)], message);
    if (rand_r(&seed) % 4 == 0)
        usleep((useconds_t)rand_r(&seed) % 5000);
    bool keep = spell(&seed, r->fd, message, n) && rand_r(&seed) % 4 != 0;
    free(message);
    r->early_n = 0;
    while (keep && poll(&poll_fd, 1, (int)(rand_r(&seed) % 3)) > 0) /* bodies are of no interest */
        keep = recv(r->fd, drop, sizeof drop, MSG_DONTWAIT) > 0 && rand_r(&seed) % 2;
    if (!keep && rand_r(&seed) % 2) {
        struct linger now = {.l_onoff = 1};
        setsockopt(r->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    return keep;
}

static void *rude_client(void *arg)
{
    unsigned seed = seed_of_run + (unsigned)(uintptr_t)arg * 15485863;
    char *message = sl_malloc(4 * MESSAGE_MAX), drop[65536];
    for (int round = 0; round < ROUNDS; round++) {
        struct client c;
        rig_open(&c);
        bool open = true;
        for (int i = rand_r(&seed) % 5; open && i >= 0; i--) {
            size_t n = make(&seed, requests[(size_t)rand_r(&seed) % SL_COUNT(requests)], message);
            open = spell(&seed, c.fd, message, n);
            struct pollfd poll_fd = {.fd = c.fd, .events = POLLIN};
            while (open && rand_r(&seed) % 3 && poll(&poll_fd, 1, (int)(rand_r(&seed) % 20)) > 0)
                open = recv(c.fd, drop, sizeof drop, MSG_DONTWAIT) > 0;
        }
        if (rand_r(&seed) % 3 == 0)
            shutdown(c.fd, SHUT_WR);
        if (rand_r(&seed) % 2)
            client_abort(&c);
        else
            client_close(&c);
    }
    free(message);
    return NULL;
}

TEST(rude__peers_break_nothing_and_leave_nothing)
{
    pthread_t threads[CLIENTS];
    rig_begin(rude_origin, policy,
              "[proxy]\nworkers = 2\ntimeout_head = 200ms\ntimeout_idle = 300ms\ntimeout_response = 200ms\n"
              "timeout_body = 200ms\ntimeout_tunnel_idle = 1s\nmax_head = 8KiB\n");
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_create(&threads[i], NULL, rude_client, (void *)(uintptr_t)(i + 1));
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    rig_wait_metric("sluice_client_connections", 0);
    rig_wait_metric("sluice_tunnels", 0);
    rig_wait_metric("sluice_buffer_bytes_in_use", 0);
    assert_int_equal(gateway_metric(rig_gateway, "sluice_client_connections_idle"), 0);
    assert_int_equal(gateway_metric(rig_gateway, "sluice_upstream_connections"),
                     gateway_metric(rig_gateway, "sluice_upstream_connections_idle"));
    assert_int_equal(gateway_metric(rig_gateway, "sluice_audit_lost_total"), 0);
    rig_end();
}

int main(void)
{
    const char *given = getenv("SLUICE_SEED");
    seed_of_run = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    printf("SLUICE_SEED=%u\n", seed_of_run);
    const struct CMUnitTest tests[] = {cmocka_unit_test(rude__peers_break_nothing_and_leave_nothing)};
    return cmocka_run_group_tests_name("proxy/conn/rude", tests, NULL, NULL);
}
