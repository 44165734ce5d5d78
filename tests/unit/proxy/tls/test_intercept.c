/* test_intercept.c - unit tests of proxy/tls/intercept.c: our side towards clients that are inspected. */
#include "proxy/tls/intercept.h"

#include <openssl/ssl.h>
#include <stdlib.h>

#include "sluice/ca.h"
#include "sluice/clock.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/tmpdir.h"
#include "tests/unit/proxy/tls/ends.h"

enum { CROWD = 100, CROWD_LONG = 2000 };

static char *directory;
static struct ca_live *cas;
static struct leaves *leaves;
static struct tls_interceptor *interceptor;
static struct tls_client *client;

static int setup(void **state)
{
    struct sl_err err = {0};
    struct sl_text pem = {0};
    const struct ca *ca = NULL;
    int64_t now_s = sl_wall_us() / 1000000;
    directory = tmpdir_new();
    if (!ca_live_open(directory, &cas, &err) || !ca_create(&(struct ca_wish){0}, now_s, &ca, &err) ||
        !ca_live_add(cas, ca, now_s, &err))
        fail_msg("%s", err.msg);
    leaves = leaves_open(NULL, cas, &(struct leaves_config){.capacity = 10, .days = LEAF_DAYS});
    interceptor = tls_interceptor_new();
    ca_pem(ca, &pem);
    client = client_that_trusts(&(struct made_cert){.certificate = pem.p});
    sl_text_fini(&pem);
    ca_unref(&ca);
    return 0;
}

static int teardown(void **state)
{
    tls_client_unref(&client);
    tls_interceptor_free(&interceptor);
    leaves_close(&leaves);
    ca_live_close(&cas);
    tmpdir_free(&directory);
    return 0;
}

/* ---- both sides ---- */

static const struct leaf *leaf_for(const char *host)
{
    struct sl_err err = {0};
    const struct leaf *leaf = leaves_get(leaves, &(struct leaf_want){.host = sl_cstr(host)}, &err);
    if (!leaf)
        fail_msg("%s", err.msg);
    return leaf;
}

/* the test alone looks behind the door: the SSL is what follows the table */
static SSL *ssl_of(struct end *end)
{
    return *(SSL **)(end->sock.tls + 1);
}

static void open_both(struct ends *e, struct tls_interceptor *with, const char *host, unsigned alpn)
{
    struct tls_peer peer = {.name = sl_cstr(host), .port = 443};
    const struct leaf *leaf = leaf_for(host);
    ends_open(e);
    tls_intercept(&e->server.sock, with, &(struct tls_intercept){leaf, sl_cstr(host), alpn, sl_str(NULL, 0)});
    leaf_unref(&leaf);
    tls_connect(&e->client.sock, client, &peer);
}

static void finish(struct ends *e)
{
    ends_handshake(e);
    assert_true(tls_established(&e->client.sock) && tls_established(&e->server.sock));
}

TEST(tls_intercept__speaks_in_the_place_of_the_host)
{
    struct ends e;
    open_both(&e, interceptor, "www.example.com", TLS_ALPN_HTTP1 | TLS_ALPN_H2);
    finish(&e); /* the client has verified chain and name */
    assert_string_equal(tls_version(&e.server.sock), "TLSv1.3");
    assert_true(sl_str_eq(tls_alpn(&e.server.sock), SL_STR("http/1.1")));
    ends_say(&e, &e.client, &e.server, SL_STR("GET"));
    ends_say(&e, &e.server, &e.client, SL_STR("200"));
    ends_close(&e);
}

TEST(tls_intercept__chooses_http2_where_both_have_it)
{
    static const struct {
        unsigned ours;
        const char *theirs, *chosen;
    } cases[] = {
        {TLS_ALPN_H2 | TLS_ALPN_HTTP1, "\x08http/1.1\x02h2", "h2"},
        {TLS_ALPN_HTTP1, "\x02h2\x08http/1.1", "http/1.1"},
        {TLS_ALPN_H2 | TLS_ALPN_HTTP1, "\x03spx\x08http/1.1", "http/1.1"},
        {TLS_ALPN_H2, "\x02h2", "h2"},
        {TLS_ALPN_HTTP1, "\x02h2", NULL},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct ends e;
        open_both(&e, interceptor, "a.example", cases[i].ours);
        SSL_set_alpn_protos(ssl_of(&e.client), (const unsigned char *)cases[i].theirs,
                            (unsigned)strlen(cases[i].theirs));
        ends_handshake(&e);
        if (cases[i].chosen)
            assert_true(sl_str_eq(tls_alpn(&e.server.sock), sl_cstr(cases[i].chosen)));
        else
            assert_int_equal(tls_fault(&e.server.sock), TLS_FAULT_ALPN);
        ends_close(&e);
    }
}

static const char *cipher_with(const char *tls12_ciphers, const char *tls13_suites, const char *groups)
{
    struct ends e;
    open_both(&e, interceptor, "a.example", TLS_ALPN_HTTP1);
    SSL *ssl = ssl_of(&e.client);
    SSL_set_session(ssl, NULL);
    assert_true(!groups || SSL_set1_groups_list(ssl, groups) == 1);
    if (tls12_ciphers) {
        SSL_set_cipher_list(ssl, tls12_ciphers);
        SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
    } else {
        SSL_set_ciphersuites(ssl, tls13_suites);
    }
    ends_handshake(&e);
    const char *cipher = tls_established(&e.server.sock) ? tls_cipher(&e.server.sock) : "none";
    ends_close(&e);
    return cipher;
}

TEST(tls_intercept__takes_modern_ciphers_and_groups_only)
{
    static const struct {
        const char *tls12, *tls13, *groups, *chosen;
    } cases[] = {
        {NULL, "TLS_AES_128_GCM_SHA256", "X25519", "TLS_AES_128_GCM_SHA256"},
        {NULL, "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384", "P-256",
         "TLS_CHACHA20_POLY1305_SHA256"},
        {NULL, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256", "P-256", "TLS_AES_256_GCM_SHA384"},
        {NULL, "TLS_AES_128_GCM_SHA256", "P-521", "none"},
        {"ECDHE-ECDSA-AES128-GCM-SHA256", NULL, NULL, "ECDHE-ECDSA-AES128-GCM-SHA256"},
        {"ECDHE-ECDSA-CHACHA20-POLY1305", NULL, NULL, "ECDHE-ECDSA-CHACHA20-POLY1305"},
        {"ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-CCM", NULL, NULL, "none"},
        {"DHE-RSA-AES128-GCM-SHA256:AES128-GCM-SHA256", NULL, NULL, "none"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        assert_string_equal(cipher_with(cases[i].tls12, cases[i].tls13, cases[i].groups), cases[i].chosen);
}

TEST(tls_intercept__refuses_to_renegotiate)
{
    struct ends e;
    char got[8];
    size_t n;
    open_both(&e, interceptor, "a.example", TLS_ALPN_HTTP1);
    SSL *ssl = ssl_of(&e.client);
    SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
    SSL_clear_options(ssl, SSL_OP_NO_RENEGOTIATION);
    finish(&e);
    assert_int_equal(SSL_renegotiate(ssl), 1);
    SSL_do_handshake(ssl); /* its hello is on the way */
    ends_turn(&e);
    assert_int_equal(sock_recv(&e.server.sock, &(struct buf){.p = got, .cap = sizeof got}, &n), IO_WAIT);
    ends_turn(&e);
    assert_int_not_equal(SSL_do_handshake(ssl), 1);
    ends_close(&e);
}

/* ---- sessions ---- */

static bool resumes(struct tls_interceptor *with, const char *host, const char *leaf_host, int version)
{
    struct ends e;
    struct tls_peer peer = {.name = sl_cstr(host), .port = 443};
    const struct leaf *leaf = leaf_for(host);
    ends_open(&e);
    tls_intercept(&e.server.sock, with,
                  &(struct tls_intercept){leaf, sl_cstr(leaf_host), TLS_ALPN_HTTP1, sl_str(NULL, 0)});
    leaf_unref(&leaf);
    tls_connect(&e.client.sock, client, &peer);
    SSL_set_max_proto_version(ssl_of(&e.client), version);
    finish(&e);
    bool resumed = tls_resumed(&e.server.sock);
    assert_int_equal(resumed, tls_resumed(&e.client.sock));
    ends_say(&e, &e.server, &e.client, SL_STR("with this the ticket is read"));
    ends_close(&e);
    return resumed;
}

TEST(tls_intercept__resumes_sessions_of_the_same_host_only)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    struct tls_interceptor *other = tls_interceptor_new();
    for (size_t i = 0; i < SL_COUNT(versions); i++) {
        const char *host = i == 0 ? "a.example" : "b.example";
        assert_false(resumes(interceptor, host, host, versions[i]));
        assert_true(resumes(interceptor, host, host, versions[i]));
        assert_true(resumes(interceptor, host, i == 0 ? "A.example" : "B.EXAMPLE", versions[i]));
        assert_false(resumes(interceptor, host, "c.example", versions[i]));
        assert_false(
            resumes(interceptor, host, host, versions[i]));    /* what the client has now is of c.example */
        assert_false(resumes(other, host, host, versions[i])); /* other keys */
    }
    tls_interceptor_free(&other);
}

/* ---- many at once ---- */

/* One step of each handshake that is not over. */
static void step_all(struct ends *crowd, int n)
{
    for (int i = 0; i < n; i++) {
        if (!tls_established(&crowd[i].client.sock))
            tls_handshake(&crowd[i].client.sock);
        if (!tls_established(&crowd[i].server.sock))
            tls_handshake(&crowd[i].server.sock);
        loop_turn(crowd[i].loop, 0);
    }
}

TEST(tls_intercept__serves_a_crowd_whose_handshakes_overlap)
{
    static struct ends crowd[CROWD_LONG];
    int n = getenv("SLUICE_TEST_LONG") ? CROWD_LONG : CROWD;
    struct leaves_stats stats;
    for (int i = 0; i < n; i++) {
        char host[32];
        snprintf(host, sizeof host, "h%d.example", i % 20);
        open_both(&crowd[i], interceptor, host, TLS_ALPN_HTTP1);
    }
    for (int turn = 0; turn < 4; turn++)
        step_all(crowd, n);
    for (int i = 0; i < n; i++) {
        finish(&crowd[i]);
        ends_close(&crowd[i]);
    }
    leaves_stats(leaves, &stats);
    assert_int_equal(stats.size, 10); /* of 20 hosts: bounded, whoever is in the middle of a handshake */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(tls_intercept__speaks_in_the_place_of_the_host),
        CASE(tls_intercept__chooses_http2_where_both_have_it),
        CASE(tls_intercept__takes_modern_ciphers_and_groups_only),
        CASE(tls_intercept__refuses_to_renegotiate),
        CASE(tls_intercept__resumes_sessions_of_the_same_host_only),
        CASE(tls_intercept__serves_a_crowd_whose_handshakes_overlap),
    };
    return cmocka_run_group_tests_name("proxy/tls/intercept", tests, NULL, NULL);
}
