/* test_bounds.c - where the data plane does not go, how much it takes on, and how it ends, through a real
 * one. */
#include "tests/unit/proxy/conn/rig.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "sluice/clock.h"
#include "tests/support/tmpdir.h"

/* ---- destinations ---- */

static const struct {
    const char *request;
    int status;
    const char *reason;
} forbidden[] = {
    {"GET http://10.1.2.3/ HTTP/1.1\r\nHost: x\r\n\r\n", 403, "private-address"},
    {"GET http://169.254.169.254/latest/meta-data HTTP/1.1\r\nHost: x\r\n\r\n", 403, "private-address"},
    {"GET http://[::1]/ HTTP/1.1\r\nHost: x\r\n\r\n", 403, "private-address"},
    {"GET http://[::ffff:192.168.1.1]/ HTTP/1.1\r\nHost: x\r\n\r\n", 403, "private-address"},
    {"GET http://[64:ff9b::a00:1]/ HTTP/1.1\r\nHost: x\r\n\r\n", 403, "private-address"},
    {"GET http://0x0a000001/ HTTP/1.1\r\nHost: x\r\n\r\n", 403, "private-address"},
    {"GET http://0/ HTTP/1.1\r\nHost: x\r\n\r\n", 403, "private-address"},
    {"GET http://rebound.test/ HTTP/1.1\r\nHost: x\r\n\r\n", 403, "private-address"},
    {"CONNECT rebound.test:443 HTTP/1.1\r\nHost: x\r\n\r\n", 403, "private-address"},
};

TEST(destinations__that_are_private_are_refused_however_they_are_spelled)
{
    char *dir = tmpdir_new(), *hosts = tmpdir_write(dir, "hosts", "192.168.7.7 rebound.test\n");
    char *ini = sl_asprintf("[proxy]\nvia = on\n[dns]\nhosts = %s\n", hosts);
    struct client c;
    rig_begin(rig_hello, NULL, ini);
    rig_open(&c);
    for (size_t i = 0; i < SL_COUNT(forbidden); i++) {
        client_send(&c, forbidden[i].request);
        rig_expect(&c, forbidden[i].status, NULL);
        assert_string_equal(rig_recorded(i + 1, "reason"), forbidden[i].reason);
        assert_string_equal(rig_recorded(i + 1, "action"), "block");
    }
    client_close(&c);
    rig_end();
    free(ini);
    free(hosts);
    tmpdir_free(&dir);
}

TEST(destinations__that_are_the_gateway_itself_are_refused)
{
    struct client c;
    char head[4096], *via;
    rig_begin(rig_hello, NULL, NULL);
    rig_open(&c);
    client_sendf(&c, "GET http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\n\r\n", rig_gateway->endpoint.port);
    rig_expect(&c, 403, NULL);
    client_sendf(&c, "CONNECT localhost:%u HTTP/1.1\r\nHost: x\r\n\r\n", rig_gateway->endpoint.port);
    rig_expect(&c, 403, NULL);
    assert_string_equal(rig_recorded(2, "reason"), "own-listener");
    rig_get(&c, "/");
    rig_expect(&c, 200, "hello");
    origin_last_head(rig_origin, head, sizeof head);
    assert_non_null(via = strstr(head, "Via: "));
    client_sendf(&c, "GET http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\n%.*s\r\n\r\n", origin_port(rig_origin),
                 (int)strcspn(via, "\r"), via);
    rig_expect(&c, 508, NULL);
    assert_string_equal(rig_recorded(4, "reason"), "loop");
    client_close(&c);
    rig_end();
}

TEST(names__come_from_the_hosts_file_and_follow_its_changes)
{
    char *dir = tmpdir_new(), *hosts = tmpdir_write(dir, "hosts", "127.0.0.1 here.test\n");
    char *ini =
        sl_asprintf("[proxy]\nvia = on\n[dns]\nservers = 127.0.0.1:1\ntimeout = 300ms\nhosts = %s\n", hosts);
    struct client c;
    rig_begin(rig_hello, NULL, ini);
    rig_open(&c);
    client_sendf(&c, "GET http://HERE.test.:%u/ HTTP/1.1\r\nHost: x\r\n\r\n", origin_port(rig_origin));
    rig_expect(&c, 200, "hello");
    client_sendf(&c, "GET http://there.test:%u/ HTTP/1.1\r\nHost: x\r\n\r\n", origin_port(rig_origin));
    struct answer *a = client_read(&c, false);
    assert_true(a->status == 502 || a->status == 504); /* nobody listens there */
    answer_free(&a);
    free(tmpdir_write(dir, "hosts", "127.0.0.1 there.test\n"));
    proxy_reload_names(rig_gateway->proxy);
    client_sendf(&c, "GET http://there.test:%u/ HTTP/1.1\r\nHost: x\r\n\r\n", origin_port(rig_origin));
    rig_expect(&c, 200, "hello");
    client_close(&c);
    rig_end();
    free(ini);
    free(hosts);
    tmpdir_free(&dir);
}

/* ---- the page host ---- */

static const struct {
    const char *request;
    int status;
    const char *part; /* of the body */
} pages[] = {
    {"GET http://sluice.internal/ HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n", 200, "<html"},
    {"GET / HTTP/1.1\r\nHost: sluice.internal\r\nAccept: text/html\r\n\r\n", 200, "<html"},
    {"GET / HTTP/1.1\r\nHost: 127.0.0.1:3128\r\n\r\n", 200, ""},
    {"GET /proxy.pac HTTP/1.1\r\nHost: 127.0.0.1:3128\r\n\r\n", 200, "\"PROXY 127.0.0.1:"},
    {"GET /wpad.dat HTTP/1.1\r\nHost: wpad.corp.test\r\n\r\n", 200, "\"PROXY 127.0.0.1:"},
    {"GET /wpad.dat HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, "\"PROXY 127.0.0.1:"},
    {"GET http://sluice.internal/proxy.pac HTTP/1.1\r\nHost: x\r\n\r\n", 200, "FindProxyForURL"},
    {"GET http://sluice.internal/quota HTTP/1.1\r\nHost: x\r\n\r\n", 200, ""},
    {"GET http://sluice.internal/ca HTTP/1.1\r\nHost: x\r\n\r\n", 200, "certificate"},
    {"GET http://sluice.internal/continue?x=y HTTP/1.1\r\nHost: x\r\n\r\n", 403, ""},
    {"DELETE http://sluice.internal/ HTTP/1.1\r\nHost: x\r\n\r\n", 405, ""},
    {"GET /other.dat HTTP/1.1\r\nHost: wpad.corp.test\r\n\r\n", 400, ""}, /* closes: the last */
};

TEST(pages__are_answered_by_ourselves)
{
    struct client c;
    rig_begin(rig_hello, NULL, NULL);
    for (size_t i = 0; i < SL_COUNT(pages); i++) {
        rig_open(&c);
        client_send(&c, pages[i].request);
        struct answer *a = client_read(&c, false);
        if (a->status != pages[i].status || !a->whole || !strstr(a->body, pages[i].part))
            fail_msg("%s: %d\n%s", pages[i].request, a->status, a->body);
        answer_free(&a);
        client_close(&c);
    }
    rig_end();
}

/* ---- how much ---- */

TEST(limits__turn_away_what_is_too_many)
{
    struct client c[4];
    rig_begin(rig_hello, NULL, "[proxy]\nmax_client_connections = 3\n");
    for (int i = 0; i < 4; i++)
        rig_open(&c[i]);
    struct answer *a = client_read(&c[3], false);
    assert_int_equal(a->status, 503);
    assert_string_not_equal(answer_field(a, "Retry-After"), "");
    answer_free(&a);
    client_close(&c[3]);
    client_close(&c[0]);
    rig_wait_metric("sluice_client_connections", 2);
    rig_open(&c[0]);
    for (int i = 0; i < 3; i++) {
        rig_get(&c[i], "/");
        rig_expect(&c[i], 200, "hello");
        client_close(&c[i]);
    }
    rig_end();
}

TEST(limits__an_idle_connection_holds_next_to_nothing)
{
    enum { COUNT = 50 };
    struct client c[COUNT];
    rig_begin(rig_hello, NULL, NULL);
    for (int i = 0; i < COUNT; i++) {
        rig_open(&c[i]);
        rig_get(&c[i], "/");
        rig_expect(&c[i], 200, "hello");
    }
    rig_wait_metric("sluice_client_connections_idle", COUNT);
    rig_wait_metric("sluice_buffer_bytes_in_use", 0);
    for (int i = 0; i < COUNT; i++)
        client_close(&c[i]);
    rig_end();
}

/* ---- the audit trail is full ---- */

/* Journals get no new segments any more. */
static char *break_journal(void)
{
    char *from = tmpdir_path(rig_gateway->directory, "journal"),
         *to = tmpdir_path(rig_gateway->directory, "away");
    sl_assert(rename(from, to) == 0);
    free(from);
    return to;
}

static void mend_journal(char *away)
{
    char *to = tmpdir_path(rig_gateway->directory, "journal");
    rmdir(to);
    sl_assert(rename(away, to) == 0);
    free(to);
    free(away);
}

/* Asks until the gateway's answer is another, or does not come. */
static int ask_until_full(struct client *c)
{
    char filler[2000];
    struct timeval brief = {.tv_usec = 300000};
    memset(filler, 'r', sizeof filler);
    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &brief, sizeof brief);
    for (int i = 0; i < 5000; i++) {
        client_sendf(c, "GET http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\nReferer: %.*s\r\n\r\n",
                     origin_port(rig_origin), (int)sizeof filler, filler);
        struct answer *a = client_read(c, false);
        int status = a->status;
        answer_free(&a);
        if (status != 200)
            return status;
    }
    return 200;
}

TEST(audit__that_is_full_refuses_where_it_is_told_to)
{
    struct client c;
    rig_begin(rig_hello, NULL, "[audit]\nsegment = 64KiB\non_failure = refuse\n");
    char *away = break_journal();
    rig_open(&c);
    assert_int_equal(ask_until_full(&c), 503);
    assert_true(gateway_metric(rig_gateway, "sluice_audit_refused_total") > 0);
    client_close(&c);
    mend_journal(away);
    rig_end();
}

TEST(audit__that_is_full_stalls_until_there_is_room)
{
    struct client c;
    struct timeval patient = {.tv_sec = 10};
    rig_begin(rig_hello, NULL, "[audit]\nsegment = 64KiB\n");
    char *away = break_journal();
    rig_open(&c);
    assert_int_equal(ask_until_full(&c), 0); /* no answer within its patience */
    assert_int_equal(gateway_metric(rig_gateway, "sluice_audit_stalled_total"), 1);
    mend_journal(away);
    setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &patient, sizeof patient);
    rig_expect(&c, 200, "hello");
    client_close(&c);
    assert_int_equal(gateway_metric(rig_gateway, "sluice_audit_lost_total"), 0);
    rig_end();
}

/* ---- the end ---- */

static bool slow(struct origin_request *r)
{
    origin_send(r, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
    rig_nap_ms(300);
    origin_send(r, "lo");
    return true;
}

static void *drain(void *arg)
{
    static unsigned cut;
    cut = proxy_drain(rig_gateway->proxy, *(int64_t *)arg);
    return &cut;
}

TEST(drain__finishes_what_runs_and_takes_nothing_new)
{
    struct client busy, idle;
    pthread_t thread;
    int64_t wait_ms = 10000;
    unsigned *cut;
    rig_begin(slow, NULL, NULL);
    rig_open(&busy);
    rig_open(&idle);
    rig_get(&idle, "/");
    rig_expect(&idle, 200, "hello");
    rig_get(&busy, "/");
    rig_nap_ms(100);
    pthread_create(&thread, NULL, drain, &wait_ms);
    assert_true(client_closed(&idle));
    rig_expect(&busy, 200, "hello");
    assert_true(client_closed(&busy));
    pthread_join(thread, (void **)&cut);
    assert_int_equal(*cut, 0);
    client_close(&busy);
    client_close(&idle);
    rig_end();
}

TEST(drain__serves_a_connection_that_had_just_come)
{
    struct client c;
    pthread_t thread;
    int64_t wait_ms = 10000;
    unsigned *cut;
    rig_begin(rig_hello, NULL, NULL);
    rig_open(&c); /* the kernel has it; the worker may not yet */
    pthread_create(&thread, NULL, drain, &wait_ms);
    rig_nap_ms(100);
    rig_get(&c, "/");
    rig_expect(&c, 200, "hello");
    assert_true(client_closed(&c));
    pthread_join(thread, (void **)&cut);
    assert_int_equal(*cut, 0);
    client_close(&c);
    rig_end();
}

static bool never(struct origin_request *r)
{
    char byte;
    origin_send(r, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
    return origin_read(r, &byte, 1);
}

TEST(drain__is_bounded)
{
    struct client c;
    pthread_t thread;
    int64_t wait_ms = 50;
    unsigned *cut;
    rig_begin(never, NULL, NULL);
    rig_open(&c);
    rig_get(&c, "/");
    rig_wait_metric("sluice_upstream_connects_total{result=\"ok\"}", 1);
    rig_nap_ms(20);
    pthread_create(&thread, NULL, drain, &wait_ms);
    struct answer *a = client_read(&c, false);
    assert_int_equal(a->status, 200);
    assert_false(a->whole);
    answer_free(&a);
    pthread_join(thread, (void **)&cut);
    assert_int_equal(*cut, 1);
    client_close(&c);
    assert_string_equal(rig_recorded(1, "error"), "gateway-drain");
    rig_end();
}

/* Many clients and workers at once, some of them rude. */
enum { CLIENTS = 8, ROUNDS = 60 };

static void *hammer(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg;
    for (int i = 0; i < ROUNDS; i++) {
        struct client c;
        rig_open(&c);
        for (int k = rand_r(&seed) % 4; k >= 0; k--)
            rig_get(&c, "/");
        switch (rand_r(&seed) % 4) {
        case 0:
            client_abort(&c);
            break;
        case 1:
            client_send(&c, "GET http://");
            client_close(&c);
            break;
        default:
            rig_expect(&c, 200, "hello");
            client_close(&c);
        }
    }
    return NULL;
}

TEST(workers__share_a_crowd)
{
    pthread_t threads[CLIENTS];
    rig_begin(rig_hello, NULL, "[proxy]\nworkers = 3\n");
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_create(&threads[i], NULL, hammer, (void *)(uintptr_t)(i + 1));
    for (int i = 0; i < 20; i++) {
        gateway_apply(rig_gateway, i % 2 ? "{\"schema\":1,\"default\":{\"then\":\"allow\"}}"
                                         : "{\"schema\":1,\"default\":{\"then\":\"allow\"},\"rules\":[]}");
        json_decref(proxy_status(rig_gateway->proxy));
        rig_nap_ms(10);
    }
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    rig_wait_metric("sluice_client_connections", 0);
    rig_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(destinations__that_are_private_are_refused_however_they_are_spelled),
        cmocka_unit_test(destinations__that_are_the_gateway_itself_are_refused),
        cmocka_unit_test(names__come_from_the_hosts_file_and_follow_its_changes),
        cmocka_unit_test(pages__are_answered_by_ourselves),
        cmocka_unit_test(limits__turn_away_what_is_too_many),
        cmocka_unit_test(limits__an_idle_connection_holds_next_to_nothing),
        cmocka_unit_test(audit__that_is_full_refuses_where_it_is_told_to),
        cmocka_unit_test(audit__that_is_full_stalls_until_there_is_room),
        cmocka_unit_test(drain__finishes_what_runs_and_takes_nothing_new),
        cmocka_unit_test(drain__serves_a_connection_that_had_just_come),
        cmocka_unit_test(drain__is_bounded),
        cmocka_unit_test(workers__share_a_crowd),
    };
    return cmocka_run_group_tests_name("proxy/conn/bounds", tests, NULL, NULL);
}
