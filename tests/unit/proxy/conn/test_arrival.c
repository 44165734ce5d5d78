/* test_arrival.c - unit tests of proxy/conn/arrival.c: what comes before the first request of a connection.
 */
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/tmpdir.h"
#include "tests/unit/proxy/conn/rig.h"
#include "tests/unit/proxy/conn/secure.h"

static char *folder, *tls_ini;

/* listen: the whole setting; more: further lines. */
static void begin(const char *listen, const char *policy, const char *more)
{
    SL_CLEANUP(sl_freep) char *ini = sl_asprintf("listen = %s\n%s%s", listen, tls_ini, more);
    rig_begin(rig_hello, policy, ini);
}

static char *get_text(const char *more)
{
    return sl_asprintf("GET http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\n%s\r\n", origin_port(rig_origin),
                       more);
}

static void expect_secure(struct secure *s, const char *more, const char *status)
{
    SL_CLEANUP(sl_freep) char *request = get_text(more);
    const char *answer = secure_ask(s, request, status[9] == '2' ? "hello" : "</html>");
    if (strncmp(answer, status, strlen(status)) != 0)
        fail_msg("not %s: %s", status, answer);
}

/* ---- PROXY protocol ---- */

static const char trusting[] = "trusted_proxies = 127.0.0.0/8\n";
static const char no_documentation[] =
    "{\"schema\":1,\"networks\":{\"doc\":[\"192.0.2.0/24\"]},\"default\":{\"then\":\"allow\"},"
    "\"rules\":[{\"id\":\"net\",\"if\":{\"network\":[\"doc\"]},\"then\":\"block\"}]}";

TEST(proxy_header__names_the_client_in_policy_and_record)
{
    struct client c;
    begin("127.0.0.1:0 proxy-protocol", no_documentation, trusting);
    rig_open(&c);
    client_send(&c, "PROXY TCP4 198.51.100.7 127.0.0.1 40001 3128\r\n");
    rig_get(&c, "/");
    rig_expect(&c, 200, "hello");
    assert_string_equal(rig_recorded(1, "client"), "198.51.100.7");
    client_close(&c);
    rig_open(&c);
    client_send(&c, "PROXY TCP4 192.0.2.7 127.0.0.1 40001 3128\r\n");
    rig_get(&c, "/");
    rig_expect(&c, 403, NULL);
    assert_string_equal(rig_recorded(2, "client"), "192.0.2.7");
    client_close(&c);
    rig_end();
}

TEST(proxy_header__may_come_in_pieces_of_a_byte)
{
    struct client c;
    static const char header[] =
        "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc6\x33\x64\x07\x7f\0\0\x01\x9c\x41\x0c\x38";
    begin("127.0.0.1:0 proxy-protocol", NULL, trusting);
    rig_open(&c);
    for (size_t i = 0; i < sizeof header - 1; i++) {
        client_send_bytes(&c, header + i, 1);
        if (i % 5 == 0)
            rig_nap_ms(1);
    }
    rig_get(&c, "/");
    rig_expect(&c, 200, "hello");
    rig_get(&c, "/again");
    rig_expect(&c, 200, "hello");
    assert_string_equal(rig_recorded(2, "client"), "198.51.100.7");
    client_close(&c);
    rig_end();
}

TEST(proxy_header__is_required_and_must_be_one)
{
    struct client c;
    begin("127.0.0.1:0 proxy-protocol", NULL, trusting);
    rig_open(&c);
    rig_get(&c, "/");
    assert_true(client_closed(&c));
    client_close(&c);
    rig_wait_metric("sluice_proxy_headers_total{result=\"malformed\"}", 1);
    rig_open(&c); /* a look whether we are alive */
    client_close(&c);
    rig_open(&c);
    client_send(&c, "PROXY UNKNOWN\r\n");
    rig_get(&c, "/");
    rig_expect(&c, 200, "hello");
    assert_string_equal(rig_recorded(1, "client"), "127.0.0.1");
    client_close(&c);
    rig_wait_metric("sluice_proxy_headers_total{result=\"malformed\"}", 1);
    rig_end();
}

TEST(proxy_header__is_believed_of_trusted_proxies_only)
{
    struct client c;
    begin("127.0.0.1:0 proxy-protocol", NULL, "trusted_proxies = 192.0.2.0/24\n");
    rig_open(&c);
    assert_true(client_closed(&c));
    client_close(&c);
    rig_wait_metric("sluice_proxy_headers_total{result=\"untrusted\"}", 1);
    rig_end();
}

TEST(proxy_header__must_come_in_time)
{
    struct client c;
    begin("127.0.0.1:0 proxy-protocol", NULL, "trusted_proxies = 127.0.0.0/8\ntimeout_handshake = 100ms\n");
    rig_open(&c);
    client_send(&c, "PROXY TCP4 ");
    assert_true(client_closed(&c));
    client_close(&c);
    rig_wait_metric("sluice_client_connections", 0);
    rig_end();
}

TEST(proxy_header__gives_each_client_its_own_limit)
{
    struct client c[3];
    begin("127.0.0.1:0 proxy-protocol", NULL, "trusted_proxies = 127.0.0.0/8\nmax_client_connections = 1\n");
    for (int i = 0; i < 3; i++) {
        rig_open(&c[i]);
        client_sendf(&c[i], "PROXY TCP4 198.51.100.%d 127.0.0.1 40001 3128\r\n", SL_MIN(i, 1));
        rig_get(&c[i], "/");
        rig_expect(&c[i], i < 2 ? 200 : 503, NULL);
    }
    rig_wait_metric("sluice_client_connections", 2);
    for (int i = 0; i < 3; i++)
        client_close(&c[i]);
    rig_wait_metric("sluice_client_connections", 0);
    rig_end();
}

/* ---- TLS ---- */

TEST(tls__carries_requests_and_tunnels)
{
    begin("127.0.0.1:0 tls", NULL, "");
    struct secure *s = secure_open(rig_gateway->endpoint, "", NULL, NULL);
    assert_non_null(s);
    expect_secure(s, "", "HTTP/1.1 200");
    expect_secure(s, "", "HTTP/1.1 200");
    SL_CLEANUP(sl_freep)
    char *connect = sl_asprintf("CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: "
                                "x\r\nConnection: close\r\n\r\n",
                                origin_port(rig_origin));
    assert_non_null(strstr(secure_ask(s, connect, "hello"), "200 Connection established"));
    secure_close(&s);
    rig_wait_metric("sluice_client_tls_handshakes_total{result=\"full\"}", 1);
    rig_wait_metric("sluice_client_connections", 0);
    rig_end();
}

TEST(tls__comes_behind_a_proxy_header)
{
    begin("127.0.0.1:0 proxy-protocol tls", NULL, trusting);
    struct secure *s =
        secure_open(rig_gateway->endpoint, "PROXY TCP4 198.51.100.7 127.0.0.1 1 2\r\n", NULL, NULL);
    assert_non_null(s);
    expect_secure(s, "", "HTTP/1.1 200");
    assert_string_equal(rig_recorded(1, "client"), "198.51.100.7");
    secure_close(&s);
    rig_end();
}

TEST(tls__must_be_spoken_and_in_time)
{
    struct client c;
    begin("127.0.0.1:0 tls", NULL, "timeout_handshake = 200ms\n");
    rig_open(&c);
    rig_get(&c, "/");
    struct answer *alert = client_read(&c, false); /* not in HTTP */
    assert_int_equal(alert->status, 0);
    answer_free(&alert);
    client_close(&c);
    rig_wait_metric("sluice_client_tls_handshakes_total{result=\"failed\"}", 1);
    rig_open(&c);
    client_send(&c, "\x16\x03\x01");
    assert_true(client_closed(&c));
    client_close(&c);
    rig_wait_metric("sluice_client_tls_handshakes_total{result=\"failed\"}", 2);
    rig_wait_metric("sluice_client_connections", 0);
    rig_end();
}

TEST(tls__bounds_handshakes_at_once)
{
    struct client slow, c;
    begin("127.0.0.1:0 tls", NULL, "max_handshakes = 1\n");
    rig_open(&slow);
    client_send(&slow, "\x16\x03\x01");
    rig_nap_ms(50);
    rig_open(&c);
    client_send(&c, "\x16\x03\x01");
    assert_true(client_closed(&c));
    assert_int_equal(gateway_metric(rig_gateway, "sluice_limit_hits_total{limit=\"handshakes\"}"), 1);
    client_close(&c);
    client_close(&slow);
    rig_wait_metric("sluice_client_connections", 0);
    struct secure *s = secure_open(rig_gateway->endpoint, "", NULL, NULL);
    assert_non_null(s);
    secure_close(&s);
    rig_end();
}

/* ---- certificates of clients ---- */

static const char ann_only[] = "{\"schema\":1,\"default\":{\"then\":\"block\"},\"rules\":[{\"id\":\"ann\","
                               "\"if\":{\"user\":[\"ann@example.com\"]},"
                               "\"then\":\"allow\"}]}";

struct person {
    const char *common_name, *san, *user;
};

TEST(client_certificate__names_the_user)
{
    static const struct person people[] = {
        {"Ann", "email:ann@example.com", "ann@example.com"},
        {"Bob", "otherName:msUPN;UTF8:ann@example.com,email:bob@example.com", "ann@example.com"},
        {"ann@example.com", "DNS:desk.example.com", "ann@example.com"},
        {"carl", NULL, "carl"},
        {"dora\n", NULL, ""},
    };
    struct sl_text all = {0};
    char *certificates[SL_COUNT(people)], *keys[SL_COUNT(people)];
    for (size_t i = 0; i < SL_COUNT(people); i++) {
        person_make(people[i].common_name, people[i].san, &certificates[i], &keys[i]);
        sl_text_add(&all, sl_cstr(certificates[i]));
    }
    SL_CLEANUP(sl_freep) char *ca = tmpdir_write(folder, "people.pem", all.p);
    SL_CLEANUP(sl_freep)
    char *more =
        sl_asprintf("tls_client_certificates = required\ntls_client_ca = %s\n[auth]\nmethods = basic\n", ca);
    begin("127.0.0.1:0 tls", ann_only, more);
    assert_true(secure_refused(rig_gateway->endpoint, NULL, NULL));
    for (size_t i = 0; i < SL_COUNT(people); i++) {
        struct secure *s = secure_open(rig_gateway->endpoint, "", certificates[i], keys[i]);
        assert_non_null(s);
        bool ann = strcmp(people[i].user, "ann@example.com") == 0;
        expect_secure(s, "", ann ? "HTTP/1.1 200" : *people[i].user ? "HTTP/1.1 403" : "HTTP/1.1 407");
        assert_string_equal(rig_recorded(i + 1, "user"), people[i].user);
        secure_close(&s);
    }
    rig_end();
    for (size_t i = 0; i < SL_COUNT(people); i++) {
        free(certificates[i]);
        free(keys[i]);
    }
    sl_text_fini(&all);
}

TEST(client_certificate__may_be_missing_where_it_is_optional_but_not_be_wrong)
{
    SL_CLEANUP(sl_freep) char *mine = NULL, *key = NULL, *others = NULL, *other_key = NULL;
    person_make("ann@example.com", NULL, &mine, &key);
    person_make("ann@example.com", NULL, &others, &other_key);
    SL_CLEANUP(sl_freep) char *ca = tmpdir_write(folder, "people.pem", mine);
    SL_CLEANUP(sl_freep)
    char *more = sl_asprintf("tls_client_certificates = optional\ntls_client_ca = %s\n", ca);
    begin("127.0.0.1:0 tls", NULL, more);
    struct secure *s = secure_open(rig_gateway->endpoint, "", NULL, NULL);
    assert_non_null(s);
    expect_secure(s, "", "HTTP/1.1 200");
    secure_close(&s);
    assert_true(secure_refused(rig_gateway->endpoint, others, other_key));
    rig_end();
}

/* ---- certificates of ours ---- */

/* As SIGHUP does. */
static bool take_settings_again(void)
{
    struct proxy_change *change = NULL;
    struct sl_err err = {0};
    if (!proxy_prepare(rig_gateway->proxy, &rig_gateway->settings, &change, &err))
        return false;
    proxy_commit(rig_gateway->proxy, &change, NULL, 0);
    return true;
}

TEST(proxy_prepare__takes_a_new_certificate_or_refuses_what_is_none)
{
    begin("127.0.0.1:0 tls", NULL, "");
    free(tmpdir_write(folder, "proxy.pem", "no certificate"));
    struct secure *before = secure_open(rig_gateway->endpoint, "", NULL, NULL), *s;
    assert_false(take_settings_again());
    assert_non_null(s = secure_open(rig_gateway->endpoint, "", NULL, NULL));
    secure_close(&s);
    free(secure_ini(folder));
    assert_true(take_settings_again());
    assert_non_null(s = secure_open(rig_gateway->endpoint, "", NULL, NULL));
    expect_secure(s, "", "HTTP/1.1 200");
    expect_secure(before, "", "HTTP/1.1 200"); /* what is open goes on */
    secure_close(&s);
    secure_close(&before);
    rig_end();
}

TEST(proxy_prepare__changes_in_what_way_clients_come)
{
    struct client c;
    begin("127.0.0.1:0", NULL, trusting);
    free(rig_gateway->settings.proxy.listen.items[0]);
    rig_gateway->settings.proxy.listen.items[0] = sl_strdup("127.0.0.1:0 proxy-protocol");
    assert_true(take_settings_again());
    rig_open(&c); /* the same port */
    client_send(&c, "PROXY TCP4 198.51.100.7 127.0.0.1 40001 3128\r\n");
    rig_get(&c, "/");
    rig_expect(&c, 200, "hello");
    client_close(&c);
    rig_end();
}

static int setup(void **state)
{
    folder = tmpdir_new();
    tls_ini = secure_ini(folder);
    return 0;
}

static int teardown(void **state)
{
    free(tls_ini);
    tmpdir_free(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proxy_header__names_the_client_in_policy_and_record),
        cmocka_unit_test(proxy_header__may_come_in_pieces_of_a_byte),
        cmocka_unit_test(proxy_header__is_required_and_must_be_one),
        cmocka_unit_test(proxy_header__is_believed_of_trusted_proxies_only),
        cmocka_unit_test(proxy_header__must_come_in_time),
        cmocka_unit_test(proxy_header__gives_each_client_its_own_limit),
        cmocka_unit_test(tls__carries_requests_and_tunnels),
        cmocka_unit_test(tls__comes_behind_a_proxy_header),
        cmocka_unit_test(tls__must_be_spoken_and_in_time),
        cmocka_unit_test(tls__bounds_handshakes_at_once),
        cmocka_unit_test(client_certificate__names_the_user),
        cmocka_unit_test(client_certificate__may_be_missing_where_it_is_optional_but_not_be_wrong),
        cmocka_unit_test(proxy_prepare__takes_a_new_certificate_or_refuses_what_is_none),
        cmocka_unit_test(proxy_prepare__changes_in_what_way_clients_come),
    };
    return cmocka_run_group_tests_name("proxy/conn/arrival", tests, setup, teardown);
}
