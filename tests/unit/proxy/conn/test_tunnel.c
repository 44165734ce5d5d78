/* test_tunnel.c - CONNECT and Upgrade through a real data plane. */
#include "tests/unit/proxy/conn/rig.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

/* For CONNECT the "request" is whatever the client sends first and ends with an empty line. */
static bool echo_all(struct origin_request *r)
{
    char piece[65536];
    ssize_t n;
    origin_send(r, r->head);
    origin_send_bytes(r, r->early, r->early_n);
    while ((n = recv(r->fd, piece, sizeof piece, 0)) > 0)
        origin_send_bytes(r, piece, (size_t)n);
    return false;
}

static void connect_to(struct client *c, const char *early)
{
    client_sendf(c, "CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: x\r\n\r\n%s", origin_port(rig_origin), early);
}

static void expect_bytes(struct client *c, const char *text)
{
    char got[256] = "";
    assert_true(client_read_bytes(c, got, strlen(text)));
    assert_string_equal(got, text);
}

/* Reads the head of the 200 alone: what follows is the tunnel's. */
static void established(struct client *c)
{
    char byte, last[5] = "";
    sl_assert(client_read_bytes(c, last, 4));
    assert_memory_equal(last, "HTTP", 4);
    while (memcmp(last, "\r\n\r\n", 4) != 0) {
        assert_true(client_read_bytes(c, &byte, 1));
        memmove(last, last + 1, 3);
        last[3] = byte;
    }
}

TEST(tunnel__passes_each_half_close_on)
{
    struct client c;
    char piece[16];
    rig_begin(echo_all, NULL, NULL);
    rig_open(&c);
    connect_to(&c, "early\r\n\r\n");
    established(&c);
    expect_bytes(&c, "early\r\n\r\n");
    client_send(&c, "more");
    expect_bytes(&c, "more");
    assert_int_equal(gateway_metric(rig_gateway, "sluice_tunnels"), 1);
    client_send(&c, "last");
    shutdown(c.fd, SHUT_WR);
    expect_bytes(&c, "last"); /* the origin still answers */
    assert_false(client_read_bytes(&c, piece, 1));
    assert_true(client_closed(&c));
    client_close(&c);
    rig_wait_metric("sluice_tunnels", 0);
    json_t *records = gateway_records(rig_gateway, 1), *r = json_array_get(records, 0);
    assert_string_equal(json_string_value(json_object_get(r, "method")), "CONNECT");
    assert_int_equal(json_integer_value(json_object_get(r, "status")), 200);
    assert_true(json_is_null(json_object_get(r, "error")));
    assert_true(json_integer_value(json_object_get(r, "bytes_in")) > 9 + 4 + 4);
    json_decref(records);
    rig_end();
}

TEST(tunnel__carries_megabytes_both_ways)
{
    enum { SIZE = 8 << 20, PIECE = 64 << 10 };
    struct client c;
    char *data = sl_malloc(PIECE), *back = sl_malloc(PIECE);
    rig_begin(echo_all, NULL, NULL);
    rig_open(&c);
    connect_to(&c, "\r\n\r\n");
    established(&c);
    expect_bytes(&c, "\r\n\r\n");
    for (size_t i = 0; i < SIZE / PIECE; i++) {
        memset(data, (int)('a' + i % 26), PIECE);
        client_send_bytes(&c, data, PIECE);
        assert_true(client_read_bytes(&c, back, PIECE));
        assert_memory_equal(data, back, PIECE);
    }
    client_close(&c);
    free(data);
    free(back);
    rig_end();
}

static void *send_much(void *arg)
{
    enum { SIZE = 16 << 20, PIECE = 1 << 20 };
    struct client *c = arg;
    char *data = sl_malloc(PIECE);
    for (size_t at = 0; at < SIZE; at += PIECE) {
        for (size_t i = 0; i < PIECE; i++)
            data[i] = (char)((at + i) * 31 >> 7);
        client_send_bytes(c, data, PIECE);
    }
    shutdown(c->fd, SHUT_WR);
    free(data);
    return NULL;
}

TEST(tunnel__lets_the_kernel_move_a_stream_and_loses_no_byte)
{
    struct client c;
    pthread_t sender;
    char piece[65536];
    size_t at = 0, n = 1;
    rig_begin(echo_all, NULL, NULL);
    rig_open(&c);
    connect_to(&c, "\r\n\r\n");
    established(&c);
    expect_bytes(&c, "\r\n\r\n");
    assert_int_equal(pthread_create(&sender, NULL, send_much, &c), 0);
    for (; n > 0; at += n) {
        ssize_t got = recv(c.fd, piece, sizeof piece, 0);
        n = got > 0 ? (size_t)got : 0;
        for (size_t i = 0; i < n; i++)
            if (piece[i] != (char)((at + i) * 31 >> 7))
                fail_msg("byte %zu is wrong", at + i);
    }
    pthread_join(sender, NULL);
    assert_int_equal(at, 16 << 20);
    client_close(&c);
    rig_wait_metric("sluice_tunnels", 0);
    assert_true(gateway_metric(rig_gateway, "sluice_spliced_bytes_total") > 0);
    json_t *records = gateway_records(rig_gateway, 1), *r = json_array_get(records, 0);
    assert_true(json_integer_value(json_object_get(r, "bytes_in")) > 16 << 20);
    assert_true(json_integer_value(json_object_get(r, "bytes_out")) > 16 << 20);
    assert_true(json_is_null(json_object_get(r, "error")));
    json_decref(records);
    rig_end();
}

TEST(tunnel__a_silent_one_is_ended)
{
    struct client c;
    rig_begin(echo_all, NULL, "[proxy]\ntimeout_tunnel_idle = 1s");
    rig_open(&c);
    connect_to(&c, "x\r\n\r\n");
    established(&c);
    expect_bytes(&c, "x\r\n\r\n");
    assert_true(client_closed(&c));
    client_close(&c);
    assert_string_equal(rig_recorded(1, "error"), "tunnel-idle");
    rig_end();
}

TEST(tunnel__to_other_ports_or_nowhere_is_refused)
{
    struct client c;
    rig_begin(echo_all, NULL, "[proxy]\nconnect_ports = 443, 1-10");
    rig_open(&c);
    connect_to(&c, "");
    rig_expect(&c, 403, NULL);
    assert_string_equal(rig_recorded(1, "reason"), "port");
    client_send(&c, "CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect(&c, 502, NULL);
    assert_string_equal(rig_recorded(2, "error"), "origin-connect-refused");
    client_close(&c);
    rig_end();
}

static bool switches(struct origin_request *r)
{
    if (!strstr(r->head, "\r\nUpgrade: websocket\r\n") || !strstr(r->head, "\r\nConnection: Upgrade\r\n"))
        return rig_hello(r);
    origin_send(r, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-X: "
                   "y\r\n\r\nfirst");
    char piece[1024];
    ssize_t n;
    while ((n = recv(r->fd, piece, sizeof piece, 0)) > 0)
        origin_send_bytes(r, piece, (size_t)n);
    return false;
}

TEST(upgrade__becomes_a_tunnel)
{
    struct client c;
    rig_begin(switches, NULL, NULL);
    rig_open(&c);
    client_sendf(&c,
                 "GET http://127.0.0.1:%u/chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: "
                 "Upgrade\r\n\r\n",
                 origin_port(rig_origin));
    rig_expect(&c, 101, NULL);
    expect_bytes(&c, "first");
    client_send(&c, "frame");
    expect_bytes(&c, "frame");
    client_close(&c);
    assert_string_equal(rig_recorded(1, "method"), "GET");
    rig_open(&c);
    client_sendf(
        &c, "GET http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        origin_port(rig_origin));
    rig_expect(&c, 200, "hello"); /* others are not offered to the origin */
    client_close(&c);
    rig_end();
}

/* A CONNECT is a CONNECT, whatever it says of an upgrade: there is no head of an answer to pass on. */
TEST(tunnel__of_a_connect_that_asks_for_an_upgrade_is_one)
{
    struct client c;
    rig_begin(echo_all, NULL, NULL);
    rig_open(&c);
    client_sendf(&c,
                 "CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: "
                 "Upgrade\r\n\r\nearly\r\n\r\n",
                 origin_port(rig_origin));
    established(&c);
    expect_bytes(&c, "early\r\n\r\n");
    client_close(&c);
    rig_end();
}

/* Sends and gets back until the quota of 1 MiB cuts it; how much went out. */
static uint64_t echo_until_cut(struct client *c)
{
    char piece[4096];
    uint64_t moved = 0;
    memset(piece, 'x', sizeof piece);
    for (; moved < 16 << 20; moved += sizeof piece) {
        client_send_bytes(c, piece, sizeof piece);
        if (!client_read_bytes(c, piece, sizeof piece))
            break;
    }
    assert_true(moved > 400 << 10 && moved < 800 << 10); /* both directions count */
    client_close(c);
    return moved;
}

static const char cut_policy[] = "{\"schema\":1,\"default\":{\"then\":\"allow\"},\"quotas\":[{\"id\":\"day\","
                                 "\"if\":{},\"per\":\"client\",\"window\":\"day\","
                                 "\"bytes\":\"1MiB\",\"then\":\"block\"}]}";

TEST(tunnel__a_quota_cuts_it_in_the_middle)
{
    struct client c;
    rig_begin(echo_all, cut_policy, NULL);
    rig_open(&c);
    connect_to(&c, "\r\n\r\n");
    established(&c);
    expect_bytes(&c, "\r\n\r\n");
    echo_until_cut(&c);
    assert_string_equal(rig_recorded(1, "action"), "quota");
    assert_string_equal(rig_recorded(1, "quota"), "day");
    rig_open(&c);
    connect_to(&c, "");
    rig_expect(&c, 403, NULL);
    client_close(&c);
    rig_end();
}

static const char chat_policy[] =
    "{\"schema\":1,\"default\":{\"then\":\"allow\"},\"rules\":[{\"id\":\"no-chat\",\"if\":{\"url\":"
    "[\"127.0.0.1/chat/private\"]},\"then\":\"block\"}],\"quotas\":[{\"id\":\"day\",\"if\":{},\"per\":"
    "\"client\",\"window\":\"day\",\"bytes\":\"1MiB\",\"then\":\"block\"}]}";

static void upgrade(struct client *c, const char *path)
{
    client_sendf(
        c,
        "GET http://127.0.0.1:%u%s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        origin_port(rig_origin), path);
}

/* What goes through a WebSocket is judged by its URL, counted and cut like any request's. */
TEST(upgrade__is_judged_counted_and_cut)
{
    struct client c;
    rig_begin(switches, chat_policy, NULL);
    rig_open(&c);
    upgrade(&c, "/chat/private");
    rig_expect(&c, 403, NULL);
    upgrade(&c, "/chat");
    rig_expect(&c, 101, NULL);
    expect_bytes(&c, "first");
    uint64_t moved = echo_until_cut(&c);
    json_t *records = gateway_records(rig_gateway, 2), *r = json_array_get(records, 0);
    assert_string_equal(json_string_value(json_object_get(r, "action")), "quota");
    assert_int_equal(json_integer_value(json_object_get(r, "status")), 101);
    assert_true(json_integer_value(json_object_get(r, "bytes_in")) >= (json_int_t)moved);
    assert_true(json_integer_value(json_object_get(r, "bytes_out")) >= (json_int_t)moved);
    json_decref(records);
    rig_end();
}

TEST(tunnel__a_new_policy_ends_what_it_would_not_let_in)
{
    struct client c;
    rig_begin(echo_all, NULL, NULL);
    rig_open(&c);
    connect_to(&c, "\r\n\r\n");
    established(&c);
    expect_bytes(&c, "\r\n\r\n");
    gateway_apply(rig_gateway, "{\"schema\":1,\"default\":{\"then\":\"allow\"},\"rules\":["
                               "{\"id\":\"closed\",\"if\":{\"host\":[\"127.0.0.1\"]},\"then\":\"block\"}]}");
    client_send(&c, "x"); /* wakes the worker; it looks once a turn */
    assert_true(client_closed(&c) || client_closed(&c));
    client_close(&c);
    assert_string_equal(rig_recorded(1, "rule"), "closed");
    assert_string_equal(rig_recorded(1, "action"), "block");
    rig_end();
}

TEST(tunnels__are_listed_and_can_be_closed)
{
    struct client c;
    uint64_t id;
    rig_begin(echo_all, NULL, NULL);
    rig_open(&c);
    connect_to(&c, "\r\n\r\n");
    established(&c);
    expect_bytes(&c, "\r\n\r\n");
    const struct tunnel_query any = {.kind = -1, .limit = 10};
    json_t *answer = proxy_tunnels(rig_gateway->proxy, &any), *list = json_object_get(answer, "items");
    const json_t *t = json_array_get(list, 0);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(json_string_value(json_object_get(t, "host")), "127.0.0.1");
    assert_int_equal(json_integer_value(json_object_get(t, "port")), origin_port(rig_origin));
    assert_true(request_id_parse(sl_cstr(json_string_value(json_object_get(t, "id"))), &id));
    assert_false(proxy_tunnel_close(rig_gateway->proxy, id + 1));
    assert_true(proxy_tunnel_close(rig_gateway->proxy, id));
    assert_true(client_closed(&c));
    client_close(&c);
    json_decref(answer);
    assert_string_equal(rig_recorded(1, "error"), "gateway-closed-by-administrator");
    rig_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tunnel__passes_each_half_close_on),
        cmocka_unit_test(tunnel__carries_megabytes_both_ways),
        cmocka_unit_test(tunnel__lets_the_kernel_move_a_stream_and_loses_no_byte),
        cmocka_unit_test(tunnel__a_silent_one_is_ended),
        cmocka_unit_test(tunnel__to_other_ports_or_nowhere_is_refused),
        cmocka_unit_test(tunnel__of_a_connect_that_asks_for_an_upgrade_is_one),
        cmocka_unit_test(upgrade__becomes_a_tunnel),
        cmocka_unit_test(upgrade__is_judged_counted_and_cut),
        cmocka_unit_test(tunnel__a_quota_cuts_it_in_the_middle),
        cmocka_unit_test(tunnels__are_listed_and_can_be_closed),
        cmocka_unit_test(tunnel__a_new_policy_ends_what_it_would_not_let_in),
    };
    return cmocka_run_group_tests_name("proxy/conn/tunnel", tests, NULL, NULL);
}
