/* test_govern.c - what becomes of open tunnels and transfers when they would no longer be let in, through a
 * real data plane. Nothing wakes the gateway but its own clock: clients and origins are silent. */
#include "tests/unit/proxy/conn/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "sluice/clock.h"

static const char open_door[] = "{\"schema\":1,\"default\":{\"then\":\"allow\"}}";
static const char closed_door[] =
    "{\"schema\":1,\"rules\":[{\"id\":\"closed\",\"if\":{\"host\":[\"127.0.0.1\"]},\"then\":\"block\"}]}";

/* Reads what comes until the end. */
static bool silent(struct origin_request *r)
{
    char piece[4096];
    while (recv(r->fd, piece, sizeof piece, 0) > 0)
        ;
    return false;
}

/* CONNECT: the first empty line is the request. /half: a part of an answer. PUT: takes a little and stops.
 * Upgrade: switches. Then silence. */
static bool serve(struct origin_request *r)
{
    char piece[1000];
    if (strstr(r->head, "Upgrade: websocket"))
        origin_send(r,
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    else if (strstr(r->path, "half"))
        origin_send(r, "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 1000000\r\n\r\nfirst");
    else if (strncmp(r->head, "PUT", 3) != 0)
        return silent(r);
    for (int i = 0; i < 10000 && origin_read(r, piece, sizeof piece); i++)
        rig_nap_ms(5);
    return false;
}

static void expect_head(struct client *c, const char *status)
{
    char last[5] = "", byte;
    char line[64] = "";
    assert_true(client_read_bytes(c, line, strlen(status)));
    assert_string_equal(line, status);
    while (memcmp(last, "\r\n\r\n", 4) != 0) {
        assert_true(client_read_bytes(c, &byte, 1));
        memmove(last, last + 1, 3);
        last[3] = byte;
    }
}

static void open_tunnel(struct client *c, const char *credentials)
{
    rig_open(c);
    client_sendf(c, "CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: x\r\n%s%s%s\r\n", origin_port(rig_origin),
                 *credentials ? "Proxy-Authorization: Basic " : "", credentials, *credentials ? "\r\n" : "");
    expect_head(c, "HTTP/1.1 200");
}

static void open_upgrade(struct client *c)
{
    rig_open(c);
    client_sendf(c,
                 "GET http://127.0.0.1:%u/chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: "
                 "Upgrade\r\n\r\n",
                 origin_port(rig_origin));
    expect_head(c, "HTTP/1.1 101");
}

static void open_download(struct client *c)
{
    char first[6] = "";
    rig_open(c);
    rig_get(c, "/half");
    expect_head(c, "HTTP/1.1 200");
    assert_true(client_read_bytes(c, first, 5));
    assert_string_equal(first, "first");
}

static const json_t *member(const json_t *records, size_t i, const char *key)
{
    return json_object_get(json_array_get(records, i), key);
}

/* Still open: what is sent is taken, and nothing comes. */
static void expect_open(struct client *c)
{
    char byte;
    client_send(c, "x");
    assert_true(recv(c->fd, &byte, 1, MSG_DONTWAIT) < 0);
}

TEST(commit__closes_tunnels_and_transfers_that_are_silent)
{
    struct client c[3], put;
    static char body[20000];
    rig_begin(serve, open_door, "[proxy]\nworkers = 2");
    open_tunnel(&c[0], "");
    open_upgrade(&c[1]);
    open_download(&c[2]);
    rig_open(&put);
    client_sendf(&put, "PUT http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\nContent-Length: 99000000\r\n\r\n",
                 origin_port(rig_origin));
    client_send_bytes(&put, body, sizeof body);
    gateway_apply(rig_gateway, closed_door);
    for (size_t i = 0; i < SL_COUNT(c); i++) {
        assert_true(client_closed(&c[i]));
        client_close(&c[i]);
    }
    rig_expect(&put, 403, NULL); /* of its answer nothing had come: there is room for a page */
    client_close(&put);
    json_t *records = gateway_records(rig_gateway, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(json_string_value(member(records, i, "action")), "block");
        assert_string_equal(json_string_value(member(records, i, "rule")), "closed");
        assert_string_equal(json_string_value(member(records, i, "reason")), "governed");
        assert_int_equal(json_integer_value(member(records, i, "policy_version")), 2);
    }
    json_decref(records);
    rig_end();
}

TEST(commit__judges_by_what_the_answer_has_told)
{
    struct client c, other;
    rig_begin(serve, open_door, NULL);
    open_download(&c);
    open_tunnel(&other, "");
    gateway_apply(rig_gateway,
                  "{\"schema\":1,\"rules\":[{\"id\":\"no-films\",\"if\":{\"content_type\":[\"video/"
                  "*\"],\"address\":[\"127.0.0.0/8\"]},\"then\":\"block\"}]}");
    assert_true(client_closed(&c));
    client_close(&c);
    assert_string_equal(rig_recorded(1, "rule"), "no-films");
    expect_open(&other);
    client_close(&other);
    rig_end();
}

TEST(sweep__reaches_every_tunnel_and_leaves_the_rest)
{
    enum { MANY = 120 };
    static struct client c[MANY], idle;
    rig_begin(serve, open_door, NULL);
    rig_open(&idle);
    for (size_t i = 0; i < MANY; i++)
        open_tunnel(&c[i], "");
    for (int i = 0; i < 5; i++) /* sweeps that begin anew in the middle of others */
        gateway_apply(rig_gateway, open_door);
    assert_int_equal(gateway_metric(rig_gateway, "sluice_tunnels"), MANY);
    gateway_apply(rig_gateway, closed_door);
    for (size_t i = 0; i < MANY; i++) {
        assert_true(client_closed(&c[i]));
        client_close(&c[i]);
    }
    rig_get(&idle, "/");
    rig_expect(&idle, 403, NULL);
    client_close(&idle);
    rig_end();
}

TEST(end_of_a_rule__closes_what_it_let_in)
{
    struct client c;
    char policy[512], until[SL_RFC3339_TEXT];
    rig_begin(serve, open_door, NULL);
    snprintf(policy, sizeof policy,
             "{\"schema\":1,\"default\":{\"then\":\"block\"},\"rules\":[{\"id\":\"brief\",\"if\":{},\"then\":"
             "\"allow\",\"until\":\"%s\"}]}",
             sl_rfc3339((sl_wall_us() / 1000000 + 2) * 1000000, until));
    gateway_apply(rig_gateway, policy);
    open_tunnel(&c, "");
    assert_true(client_closed(&c));
    client_close(&c);
    assert_string_equal(rig_recorded(1, "action"), "block");
    assert_string_equal(rig_recorded(1, "reason"), "governed");
    assert_string_equal(rig_recorded(1, "rule"), ""); /* the default */
    rig_end();
}

/* ---- users ---- */

static const struct actor by = {{"test", 4}, {"local", 5}};

static void set_password(const char *name, const char *password)
{
    struct sl_err err = {0};
    if (!store_user_put(rig_gateway->store, sl_cstr(name), sl_cstr(password), false, &by, &err))
        fail_msg("%s", err.msg);
}

TEST(user__who_is_removed_or_gets_another_password_loses_what_is_open)
{
    struct client ann, bob, eve;
    struct sl_err err = {0};
    rig_begin(serve, open_door, "[auth]\nmethods = basic");
    set_password("ann", "a");
    set_password("bob", "b");
    set_password("eve", "e");
    open_tunnel(&ann, "YW5uOmE=");
    open_tunnel(&bob, "Ym9iOmI=");
    open_tunnel(&eve, "ZXZlOmU=");
    assert_true(store_user_remove(rig_gateway->store, SL_STR("ann"), &by, &err));
    assert_true(client_closed(&ann));
    client_close(&ann);
    set_password("bob", "c");
    assert_true(client_closed(&bob));
    client_close(&bob);
    expect_open(&eve);
    json_t *records = gateway_records(rig_gateway, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(json_string_value(member(records, i, "action")), "block");
        assert_string_equal(json_string_value(member(records, i, "reason")), "user-changed");
        assert_string_equal(json_string_value(member(records, i, "user")), i ? "ann" : "bob");
    }
    json_decref(records);
    client_close(&eve);
    rig_end();
}

/* ---- warnings ---- */

TEST(warning__that_was_accepted_leaves_a_tunnel_open)
{
    struct client accepted, other;
    rig_begin(serve, open_door, NULL);
    open_tunnel(&accepted, "");
    open_download(&other);
    consents_accept(store_consents(rig_gateway->store), SL_STR("127.0.0.1"), SL_STR("127.0.0.1"),
                    SL_STR("think"), sl_wall_us() / 1000000 + 600);
    gateway_apply(rig_gateway, "{\"schema\":1,\"rules\":[{\"id\":\"think\",\"if\":{\"method\":[\"CONNECT\"]},"
                               "\"then\":\"warn\"},{\"id\":\"ask\",\"if\":{},\"then\":\"warn\"}]}");
    assert_true(client_closed(&other));
    client_close(&other);
    assert_string_equal(rig_recorded(1, "action"), "warn");
    assert_string_equal(rig_recorded(1, "rule"), "ask");
    assert_string_equal(rig_recorded(1, "reason"), "governed");
    expect_open(&accepted);
    client_close(&accepted);
    rig_end();
}

/* ---- quotas ---- */

TEST(quota__that_others_use_up_closes_a_silent_tunnel)
{
    struct client idle, busy;
    static char body[100000];
    rig_begin(serve,
              "{\"schema\":1,\"quotas\":[{\"id\":\"day\",\"if\":{},\"per\":\"all\",\"window\":\"day\","
              "\"bytes\":\"64KiB\",\"then\":\"block\"}]}",
              NULL);
    open_tunnel(&idle, "");
    open_tunnel(&busy, "");
    client_send_bytes(&busy, body, sizeof body);
    assert_true(client_closed(&busy));
    client_close(&busy);
    assert_true(client_closed(&idle));
    client_close(&idle);
    json_t *records = gateway_records(rig_gateway, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(json_string_value(member(records, i, "action")), "quota");
        assert_string_equal(json_string_value(member(records, i, "reason")), "quota");
        assert_string_equal(json_string_value(member(records, i, "quota")), "day");
    }
    json_decref(records);
    rig_end();
}

#define ONE_TUNNEL                                                                                         \
    "\"quotas\":[{\"id\":\"one\",\"if\":{\"method\":[\"CONNECT\"]},\"per\":\"client\",\"window\":\"day\"," \
    "\"requests\":1}]"

TEST(quota__of_requests_leaves_the_last_one_open)
{
    struct client tunnel, other, late;
    rig_begin(serve, "{\"schema\":1," ONE_TUNNEL "}", NULL);
    open_tunnel(&tunnel, "");
    open_download(&other);
    gateway_apply(rig_gateway,
                  "{\"schema\":1," ONE_TUNNEL
                  ",\"rules\":[{\"id\":\"no\",\"if\":{\"method\":[\"GET\"]},\"then\":\"block\"}]}");
    assert_true(client_closed(&other)); /* all have been judged */
    client_close(&other);
    expect_open(&tunnel);
    client_close(&tunnel);
    rig_open(&late);
    client_sendf(&late, "CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: x\r\n\r\n", origin_port(rig_origin));
    rig_expect(&late, 403, NULL);
    client_close(&late);
    rig_end();
}

/* ---- throttles ---- */

#define SLOW(rate)                                                                                          \
    "{\"schema\":1,\"rules\":[{\"id\":\"slow\",\"if\":{},\"then\":\"allow\",\"throttle\":{\"rate\":\"" rate \
    "\",\"burst\":\"4KiB\"}}]}"

static bool pours(struct origin_request *r)
{
    static char block[65536];
    origin_send(r, "HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n");
    for (int i = 0; i < 900000000 / 65536; i++)
        origin_send_bytes(r, block, sizeof block);
    return false;
}

TEST(throttle__follows_the_policy_while_a_transfer_runs)
{
    enum { SOME = 1 << 20 };
    struct client c;
    char *body = sl_malloc(SOME);
    rig_begin(pours, SLOW("1kB/s"), NULL);
    rig_open(&c);
    rig_get(&c, "/");
    assert_true(client_read_bytes(&c, body, 100));
    gateway_apply(rig_gateway, SLOW("200kB/s")); /* at the old rate the next would take half a minute */
    int64_t start_us = sl_monotonic_us();
    assert_true(client_read_bytes(&c, body, 30000));
    assert_true(sl_monotonic_us() - start_us >= (30000 - 2 * 4096 - 2048) * INT64_C(1000000) / 200000);
    gateway_apply(rig_gateway, open_door); /* at the old rate five seconds */
    assert_true(client_read_bytes(&c, body, SOME));
    rig_wait_metric("sluice_throttled", 0);
    gateway_apply(rig_gateway, SLOW("1kB/s"));
    rig_wait_metric("sluice_throttled", 1);
    client_close(&c);
    rig_wait_metric("sluice_throttled", 0);
    free(body);
    rig_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commit__closes_tunnels_and_transfers_that_are_silent),
        cmocka_unit_test(commit__judges_by_what_the_answer_has_told),
        cmocka_unit_test(sweep__reaches_every_tunnel_and_leaves_the_rest),
        cmocka_unit_test(end_of_a_rule__closes_what_it_let_in),
        cmocka_unit_test(user__who_is_removed_or_gets_another_password_loses_what_is_open),
        cmocka_unit_test(warning__that_was_accepted_leaves_a_tunnel_open),
        cmocka_unit_test(quota__that_others_use_up_closes_a_silent_tunnel),
        cmocka_unit_test(quota__of_requests_leaves_the_last_one_open),
        cmocka_unit_test(throttle__follows_the_policy_while_a_transfer_runs),
    };
    return cmocka_run_group_tests_name("proxy/conn/govern", tests, NULL, NULL);
}
