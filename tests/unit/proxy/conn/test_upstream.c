/* test_upstream.c - the way to origins through a real data plane: from which address, by which connection. */
#include <arpa/inet.h>
#include <sys/socket.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/tmpdir.h"
#include "tests/unit/proxy/conn/rig.h"

/* ---- source ---- */

/* Says who asks. */
static bool tell_peer(struct origin_request *r)
{
    struct sockaddr_in sa;
    socklen_t n = sizeof sa;
    char text[INET_ADDRSTRLEN];
    if (getpeername(r->fd, (struct sockaddr *)&sa, &n) < 0)
        return false;
    return origin_answer(r, inet_ntop(AF_INET, &sa.sin_addr, text, sizeof text));
}

#define FROM(path, source)                                         \
    "{\"id\":\"from-" path "\",\"if\":{\"url\":[\"127.0.0.1/" path \
    "\"]},\"then\":\"allow\",\"source\":\"" source "\"}"
static const char sources[] =
    "{\"schema\":1,\"rules\":[" FROM("b", "127.0.0.66") "," FROM("c", "::1") "," FROM(
        "d", "192.0.2.1") ","
                          "{\"id\":\"by-address\",\"if\":{\"url\":[\"localhost/e\"],\"address\":[\"127.0.0.0/"
                          "8\"]},\"then\":\"allow\",\"source\":"
                          "\"127.0.0.77\"}]}";

TEST(source__is_the_address_that_origins_see)
{
    struct client c;
    rig_begin(tell_peer, sources, NULL);
    rig_open(&c);
    for (int i = 0; i < 2; i++) { /* a connection is shared by those of the same source only */
        rig_get(&c, "/a");
        rig_expect(&c, 200, "127.0.0.1");
        rig_get(&c, "/b");
        rig_expect(&c, 200, "127.0.0.66");
    }
    assert_int_equal(origin_connections(rig_origin), 2);
    client_close(&c);
    rig_end();
}

TEST(source__of_a_rule_that_asks_for_the_address)
{
    struct client c;
    rig_begin(tell_peer, sources, NULL);
    rig_open(&c);
    for (int i = 0; i < 2; i++) {
        client_sendf(&c, "GET http://localhost:%u/e HTTP/1.1\r\nHost: localhost\r\n\r\n",
                     origin_port(rig_origin));
        rig_expect(&c, 200, "127.0.0.77");
        client_sendf(&c, "GET http://localhost:%u/f HTTP/1.1\r\nHost: localhost\r\n\r\n",
                     origin_port(rig_origin));
        rig_expect(&c, 200, "127.0.0.1");
    }
    client_close(&c);
    rig_end();
}

TEST(source__that_leads_nowhere_is_an_error_not_another_source)
{
    static const char *const paths[] = {"/c", "/d"}; /* of the other family; of no interface */
    struct client c;
    rig_begin(tell_peer, sources, NULL);
    for (size_t i = 0; i < SL_COUNT(paths); i++) {
        rig_open(&c);
        rig_get(&c, paths[i]);
        rig_expect(&c, 502, NULL);
        client_close(&c);
        assert_string_equal(rig_recorded(i + 1, "error"), "gateway-no-source");
    }
    assert_int_equal(origin_connections(rig_origin), 0);
    rig_end();
}

/* ---- addresses ---- */

/* The gateway with a hosts file of its own. */
static void begin_with_hosts(origin_handler *handler, const char *policy, const char *hosts)
{
    char ini[200];
    char *directory = tmpdir_new(), *path = tmpdir_write(directory, "hosts", hosts);
    snprintf(ini, sizeof ini, "[dns]\nhosts = %s\n", path);
    rig_begin(handler, policy, ini);
    free(path);
    tmpdir_free(&directory);
}

TEST(address__each_is_judged_before_it_is_dialled)
{
    struct client c;
    /* the first refuses, and the other one is blocked: it is not tried though the first was allowed */
    begin_with_hosts(rig_hello,
                     "{\"schema\":1,\"rules\":[{\"id\":\"a\",\"if\":{\"address\":[\"127.0.0.1/"
                     "32\"]},\"then\":\"block\"}]}",
                     "127.0.0.9 two.test\n127.0.0.1 two.test\n127.0.0.1 one.test\n");
    for (int i = 0; i < 2; i++) {
        rig_open(&c);
        client_sendf(&c, "GET http://two.test:%u/ HTTP/1.1\r\nHost: x\r\n\r\n", origin_port(rig_origin));
        rig_expect(&c, 502, NULL);
        client_sendf(&c, "GET http://one.test:%u/ HTTP/1.1\r\nHost: x\r\n\r\n", origin_port(rig_origin));
        rig_expect(&c, 403, NULL);
        client_close(&c);
    }
    assert_int_equal(origin_connections(rig_origin), 0);
    rig_end();
}

/* ---- limits ---- */

static atomic_bool held;

/* "/hold" is answered when the test says so. */
static bool hold(struct origin_request *r)
{
    while (strcmp(r->path, "/hold") == 0 && held)
        rig_nap_ms(1);
    return origin_answer(r, r->path);
}

TEST(limit__makes_requests_wait_for_a_connection_in_turn)
{
    struct client c[3];
    held = true;
    rig_begin(hold, NULL, "origin_connections = 1\n");
    for (int i = 0; i < 3; i++) {
        rig_open(&c[i]);
        rig_get(&c[i], i ? "/next" : "/hold");
        rig_wait_metric("sluice_upstream_waiting", (uint64_t)i);
    }
    held = false;
    for (int i = 0; i < 3; i++)
        rig_expect(&c[i], 200, i ? "/next" : "/hold");
    assert_int_equal(origin_connections(rig_origin), 1);
    assert_int_equal(gateway_metric(rig_gateway, "sluice_limit_hits_total{limit=\"origin-connections\"}"), 2);
    for (int i = 0; i < 3; i++)
        client_close(&c[i]);
    rig_end();
}

TEST(limit__refuses_who_has_waited_in_vain_and_who_finds_the_line_full)
{
    static const char *const lines[] = {"timeout_queue = 30ms\n", "upstream_queue = 0\n"};
    for (size_t i = 0; i < SL_COUNT(lines); i++) {
        struct client c, other;
        char ini[100];
        held = true;
        snprintf(ini, sizeof ini, "upstream_connections = 1\n%s", lines[i]);
        rig_begin(hold, NULL, ini);
        rig_open(&c);
        rig_get(&c, "/hold");
        rig_wait_metric("sluice_upstream_connections", 1);
        rig_open(&other);
        client_sendf(&other, "CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: x\r\n\r\n", origin_port(rig_origin));
        rig_expect(&other, 503, NULL);
        assert_string_equal(rig_recorded(1, "error"), "gateway-upstream-limit");
        assert_int_equal(gateway_metric(rig_gateway, "sluice_limit_hits_total{limit=\"upstream-queue\"}"), 1);
        held = false;
        rig_expect(&c, 200, "/hold");
        client_sendf(&other, "CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: x\r\n\r\n", origin_port(rig_origin));
        struct answer *a = client_read(&other, true);
        assert_int_equal(a->status, 200); /* the idle one gave way */
        answer_free(&a);
        client_close(&c);
        client_close(&other);
        rig_end();
    }
}

TEST(limit__is_kept_by_who_leaves_the_line)
{
    struct client c, gone, other;
    held = true;
    rig_begin(hold, NULL, "origin_connections = 1\n");
    rig_open(&c);
    rig_get(&c, "/hold");
    rig_wait_metric("sluice_upstream_connections", 1);
    rig_open(&gone);
    rig_get(&gone, "/gone");
    rig_wait_metric("sluice_upstream_waiting", 1);
    client_abort(&gone);
    rig_wait_metric("sluice_upstream_waiting", 0);
    rig_open(&other);
    rig_get(&other, "/next");
    rig_wait_metric("sluice_upstream_waiting", 1);
    held = false;
    rig_expect(&other, 200, "/next");
    client_close(&c);
    client_close(&other);
    rig_end();
}

/* ---- how a kept connection dies ---- */

static void reset(const struct origin_request *r)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(r->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/* After an answer, or at the second request of a connection, by its path. */
static bool dies(struct origin_request *r)
{
    char byte;
    if (strstr(r->head, "Content-Length: 1\r\n") && !origin_read(r, &byte, 1))
        return false;
    if (strncmp(r->path, "/idle-", 6) == 0) {
        origin_answer(r, "first");
        if (strcmp(r->path, "/idle-408") == 0)
            origin_send(r, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
        if (strcmp(r->path, "/idle-reset") == 0)
            reset(r);
        return strcmp(r->path, "/idle-talks") == 0 && (origin_send(r, "x"), true);
    }
    if (r->number == 1)
        return origin_answer(r, "first");
    if (strcmp(r->path, "/reset") == 0)
        reset(r);
    else if (strcmp(r->path, "/408") == 0)
        origin_send(r, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    else if (strcmp(r->path, "/408-stays") == 0)
        origin_send(r, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
    else if (strcmp(r->path, "/half-head") == 0)
        origin_send(r, "HTTP/1.1 200 OK\r\nContent-");
    else if (strcmp(r->path, "/half-body") == 0)
        origin_send(r, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    return false;
}

static const struct death {
    const char *method, *path, *body;
    int status; /* of the second answer; 0: cut */
    unsigned retries;
} deaths[] = {
    /* while it waits: found out before anything is sent */
    {"GET", "/idle-close", "", 200, 0},
    {"GET", "/idle-reset", "", 200, 0},
    {"GET", "/idle-talks", "", 200, 0},
    {"GET", "/idle-408", "", 200, 0},
    {"POST", "/idle-close", "x", 200, 0},
    /* under a request that may be sent again */
    {"GET", "/close", "", 200, 1},
    {"GET", "/reset", "", 200, 1},
    {"GET", "/408", "", 200, 1},
    {"DELETE", "/close", "", 200, 1},
    /* not again: not idempotent, with a body, or an answer has begun */
    {"POST", "/close", "", 502, 0},
    {"PATCH", "/reset", "x", 502, 0},
    {"PUT", "/close", "x", 502, 0},
    {"POST", "/408", "x", 408, 0},
    {"GET", "/408-stays", "", 408, 0},
    {"GET", "/half-head", "", 502, 0},
    {"GET", "/half-body", "", 0, 0},
};

static void ask_again(struct client *c, const struct death *d)
{
    client_sendf(c, "%s http://127.0.0.1:%u%s HTTP/1.1\r\nHost: x\r\n%s\r\n%s", d->method,
                 origin_port(rig_origin), d->path, *d->body ? "Content-Length: 1\r\n" : "", d->body);
    struct answer *a = client_read(c, false);
    if (d->status ? a->status != d->status || !a->whole : a->whole)
        fail_msg("%s %s: %d, whole: %d", d->method, d->path, a->status, a->whole);
    answer_free(&a);
}

TEST(fast_open__loses_nothing)
{
    struct client c;
    rig_begin(dies, NULL, "tcp_fast_open = on\npool_idle = 0s\n");
    rig_open(&c);
    for (int i = 0; i < 5; i++) {
        rig_get(&c, "/first");
        rig_expect(&c, 200, "first");
    }
    client_sendf(&c, "GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect(&c, 502, NULL);
    client_close(&c);
    rig_end();
}

TEST(pool__survives_every_death_of_a_connection)
{
    for (size_t i = 0; i < SL_COUNT(deaths); i++) {
        struct client c;
        bool idle = strncmp(deaths[i].path, "/idle-", 6) == 0;
        rig_begin(dies, NULL, NULL);
        rig_open(&c);
        rig_get(&c, idle ? deaths[i].path : "/first");
        rig_expect(&c, 200, "first");
        if (idle)
            rig_wait_metric("sluice_upstream_connections", 0);
        ask_again(&c, &deaths[i]);
        assert_int_equal(gateway_metric(rig_gateway, "sluice_upstream_retries_total"), deaths[i].retries);
        client_close(&c);
        rig_end();
    }
}

/* ---- probes ---- */

/* Keepalive of the sockets of this process whose peer is at this port: the gateway's end. */
static unsigned probed(uint16_t port)
{
    unsigned count = 0;
    for (int fd = 3; fd < 200; fd++) {
        struct sockaddr_storage sa;
        socklen_t n = sizeof sa, size = sizeof(int);
        int on = 0, protocol = 0;
        if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == IPPROTO_TCP &&
            getpeername(fd, (struct sockaddr *)&sa, &n) == 0 &&
            sl_endpoint_from_sockaddr((struct sockaddr *)&sa).port == port &&
            getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &size) == 0)
            count += on == 1;
    }
    return count;
}

TEST(tunnel__has_its_ends_probed_once_it_lasts)
{
    struct client c;
    rig_begin(rig_hello, NULL, "tcp_keepalive = 40ms\n");
    rig_open(&c);
    client_sendf(&c, "CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: x\r\n\r\n", origin_port(rig_origin));
    struct answer *a = client_read(&c, true);
    assert_int_equal(a->status, 200);
    answer_free(&a);
    for (int i = 0; i < 5000 && probed(origin_port(rig_origin)) == 0; i++)
        rig_nap_ms(1);
    assert_int_equal(probed(origin_port(rig_origin)), 1);
    client_close(&c);
    rig_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(source__is_the_address_that_origins_see),
        cmocka_unit_test(source__of_a_rule_that_asks_for_the_address),
        cmocka_unit_test(source__that_leads_nowhere_is_an_error_not_another_source),
        cmocka_unit_test(address__each_is_judged_before_it_is_dialled),
        cmocka_unit_test(tunnel__has_its_ends_probed_once_it_lasts),
        cmocka_unit_test(fast_open__loses_nothing),
        cmocka_unit_test(pool__survives_every_death_of_a_connection),
        cmocka_unit_test(limit__makes_requests_wait_for_a_connection_in_turn),
        cmocka_unit_test(limit__refuses_who_has_waited_in_vain_and_who_finds_the_line_full),
        cmocka_unit_test(limit__is_kept_by_who_leaves_the_line),
    };
    return cmocka_run_group_tests_name("proxy/conn/upstream", tests, NULL, NULL);
}
