/* test_limits.c - what one client may take, and who makes room when there is none, through a real data plane.
 */
#include "tests/unit/proxy/conn/rig.h"

/* ---- requests a second ---- */

static int ask(struct client *c)
{
    rig_get(c, "/");
    struct answer *a = client_read(c, false);
    int status = a->status;
    assert_true(a->whole);
    if (status == 429)
        assert_string_equal(answer_field(a, "Retry-After"), "1");
    answer_free(&a);
    return status;
}

TEST(limits__answer_429_to_a_client_that_asks_too_often)
{
    enum { BURST = 10, COUNT = 30 };
    struct client c[2];
    int served = 0;
    rig_begin(rig_hello, NULL, "[proxy]\nmax_client_requests = 1\n");
    rig_open(&c[0]);
    rig_open(&c[1]);
    for (int i = 0; i < COUNT; i++)
        served += ask(&c[i % 2]) == 200; /* the address counts, not the connection, which is kept */
    assert_in_range(served, BURST, COUNT - 1);
    assert_int_equal(gateway_metric(rig_gateway, "sluice_limit_hits_total{limit=\"client-requests\"}"),
                     (uint64_t)(COUNT - served));
    assert_string_equal(rig_recorded(COUNT, "error"), "client-limit-requests");
    assert_string_equal(rig_recorded(COUNT, "reason"), "limit");
    client_close(&c[0]);
    client_close(&c[1]);
    rig_end();
}

TEST(limits__do_not_hold_for_exempt_networks)
{
    struct client c[4];
    rig_begin(rig_hello, NULL,
              "[proxy]\nmax_client_requests = 1\nmax_client_tunnels = 1\nmax_client_connections = 1\n"
              "limits_exempt = 127.0.0.0/8\n");
    for (int i = 0; i < 4; i++)
        rig_open(&c[i]);
    for (int i = 0; i < 40; i++)
        assert_int_equal(ask(&c[i % 4]), 200);
    for (int i = 0; i < 4; i++)
        client_close(&c[i]);
    rig_end();
}

/* ---- tunnels ---- */

static void connect_to_origin(struct client *c, const char *fields)
{
    client_sendf(c, "CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: x\r\n%s\r\n", origin_port(rig_origin), fields);
}

static void expect_head(struct client *c, int status)
{
    struct answer *a = client_read(c, status == 200);
    assert_int_equal(a->status, status);
    answer_free(&a);
}

TEST(limits__answer_429_to_a_tunnel_too_many)
{
    struct client c[3];
    rig_begin(rig_hello, NULL, "[proxy]\nmax_client_tunnels = 2\n");
    for (int i = 0; i < 3; i++) {
        rig_open(&c[i]);
        connect_to_origin(&c[i], "");
        expect_head(&c[i], i < 2 ? 200 : 429);
    }
    assert_string_equal(rig_recorded(1, "error"), "client-limit-tunnels");
    client_close(&c[0]);
    rig_wait_metric("sluice_tunnels", 1);
    connect_to_origin(&c[2], ""); /* the connection was kept, and there is room now */
    expect_head(&c[2], 200);
    client_close(&c[1]);
    client_close(&c[2]);
    rig_end();
}

static void add_user(const char *name)
{
    struct sl_err err = {0};
    struct actor by = {SL_STR("test"), SL_STR("local")};
    assert_true(store_user_put(rig_gateway->store, sl_cstr(name), SL_STR("secret"), false, &by, &err));
}

TEST(limits__count_users_apart_from_addresses)
{
    static const char ann[] = "Proxy-Authorization: Basic YW5uOnNlY3JldA==\r\n",
                      bob[] = "Proxy-Authorization: Basic Ym9iOnNlY3JldA==\r\n";
    struct client c[3];
    rig_begin(rig_hello, NULL,
              "[proxy]\nmax_user_tunnels = 1\nmax_user_requests = 1\n[auth]\nmethods = basic\n");
    add_user("ann");
    add_user("bob");
    for (int i = 0; i < 3; i++) {
        rig_open(&c[i]);
        connect_to_origin(&c[i], i < 2 ? ann : bob);
        expect_head(&c[i], i == 1 ? 429 : 200);
    }
    int refused = 0;
    for (int i = 0; i < 30; i++) {
        client_sendf(&c[1], "GET http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\n%s\r\n", origin_port(rig_origin),
                     ann);
        struct answer *a = client_read(&c[1], false);
        refused += a->status == 429;
        answer_free(&a);
    }
    assert_true(refused > 0);
    assert_string_equal(rig_recorded(31, "error"), "client-limit-user-requests");
    for (int i = 0; i < 3; i++)
        client_close(&c[i]);
    rig_end();
}

/* ---- making room ---- */

TEST(room__is_made_by_the_connection_that_has_been_idle_longest)
{
    enum { MOST = 4 };
    struct client c[MOST + 1];
    rig_begin(rig_hello, NULL, "[proxy]\nmax_connections = 4\n");
    for (int i = 0; i < MOST; i++) {
        rig_open(&c[i]);
        rig_nap_ms(2);
    }
    for (int i = 0; i < MOST; i++) { /* the second is the first to be idle from here on */
        assert_int_equal(ask(&c[(i + 1) % MOST]), 200);
        rig_nap_ms(2);
    }
    rig_open(&c[MOST]);
    assert_int_equal(ask(&c[MOST]), 200);
    assert_true(client_closed(&c[1]));
    assert_int_equal(gateway_metric(rig_gateway, "sluice_limit_hits_total{limit=\"idle\"}"), 1);
    assert_int_equal(gateway_metric(rig_gateway, "sluice_limit_hits_total{limit=\"connections\"}"), 0);
    assert_int_equal(ask(&c[0]), 200);
    for (int i = 0; i <= MOST; i++)
        client_close(&c[i]);
    rig_end();
}

TEST(room__is_made_by_the_slowest_head_where_none_is_idle)
{
    enum { MOST = 4 };
    struct client c[MOST + 1];
    rig_begin(rig_hello, NULL, "[proxy]\nmax_connections = 4\n");
    for (int i = 0; i < MOST; i++) {
        rig_open(&c[i]);
        client_send(&c[i], "GET http://slow.test/ HTTP/1.1\r\n");
        rig_nap_ms(2);
    }
    rig_wait_metric("sluice_client_connections_idle", 0);
    rig_open(&c[MOST]);
    assert_int_equal(ask(&c[MOST]), 200);
    assert_true(client_closed(&c[0]));
    rig_end();
    for (int i = 0; i <= MOST; i++)
        client_close(&c[i]);
}

TEST(room__is_not_made_by_who_is_busy)
{
    enum { MOST = 4 };
    struct client c[MOST + 1];
    rig_begin(rig_hello, NULL, "[proxy]\nmax_connections = 4\n");
    for (int i = 0; i < MOST; i++) {
        rig_open(&c[i]);
        connect_to_origin(&c[i], "");
        expect_head(&c[i], 200);
    }
    rig_open(&c[MOST]);
    struct answer *a = client_read(&c[MOST], false);
    assert_int_equal(a->status, 503);
    assert_string_not_equal(answer_field(a, "Retry-After"), "");
    answer_free(&a);
    assert_int_equal(gateway_metric(rig_gateway, "sluice_limit_hits_total{limit=\"connections\"}"), 1);
    for (int i = 0; i <= MOST; i++)
        client_close(&c[i]);
    rig_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits__answer_429_to_a_client_that_asks_too_often),
        cmocka_unit_test(limits__do_not_hold_for_exempt_networks),
        cmocka_unit_test(limits__answer_429_to_a_tunnel_too_many),
        cmocka_unit_test(limits__count_users_apart_from_addresses),
        cmocka_unit_test(room__is_made_by_the_connection_that_has_been_idle_longest),
        cmocka_unit_test(room__is_made_by_the_slowest_head_where_none_is_idle),
        cmocka_unit_test(room__is_not_made_by_who_is_busy),
    };
    return cmocka_run_group_tests_name("proxy/conn/limits", tests, NULL, NULL);
}
