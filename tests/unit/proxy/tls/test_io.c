/* test_io.c - unit tests of proxy/tls: both sides through real sockets. */
#include "proxy/tls/io.h"

#include <openssl/ssl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"
#include "tests/unit/proxy/tls/ends.h"

static struct made_cert cert;
static struct tls_server *server;
static struct tls_client *client;

static struct tls_peer localhost(void)
{
    return (struct tls_peer){.name = SL_STR("localhost"), .port = 443};
}

static void begin(struct ends *e, struct tls_client *with, struct tls_peer peer)
{
    ends_open(e);
    tls_accept(&e->server.sock, server, sl_str(NULL, 0));
    tls_connect(&e->client.sock, with, &peer);
    ends_handshake(e);
}

static void begin_established(struct ends *e)
{
    begin(e, client, localhost());
    assert_true(tls_established(&e->client.sock) && tls_established(&e->server.sock));
}

static char *noise(size_t n)
{
    char *p = sl_malloc(n);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)(i * 2654435761u >> 13);
    return p;
}

TEST(tls__moves_bytes_both_ways)
{
    struct ends e;
    SL_CLEANUP(sl_freep) char *long_text = noise(300000);
    begin_established(&e);
    assert_string_equal(tls_version(&e.client.sock), "TLSv1.3");
    assert_true(sl_str_eq(tls_alpn(&e.server.sock), SL_STR("http/1.1")));
    assert_false(tls_resumed(&e.server.sock));
    ends_say(&e, &e.client, &e.server, SL_STR("GET"));
    ends_say(&e, &e.server, &e.client, sl_str(long_text, 300000));
    ends_say(&e, &e.client, &e.server, sl_str(long_text, 300000));
    ends_close(&e);
}

TEST(sock_send__gathers_pieces_of_any_size)
{
    struct ends e;
    static const size_t sizes[] = {1, 5, 16383, 2, 16384, 40000, 3};
    struct iovec pieces[SL_COUNT(sizes)];
    size_t total = 0, have = 0, n;
    for (size_t i = 0; i < SL_COUNT(sizes); i++)
        total += sizes[i];
    SL_CLEANUP(sl_freep) char *text = noise(total);
    SL_CLEANUP(sl_freep) char *got = sl_malloc(total);
    for (size_t i = 0, at = 0; i < SL_COUNT(sizes); at += sizes[i++])
        pieces[i] = (struct iovec){text + at, sizes[i]};
    begin_established(&e);
    assert_int_equal(sock_send(&e.client.sock, pieces, SL_COUNT(sizes), &n), IO_DATA);
    assert_int_equal(n, total);
    while (have < total && ends_read(&e, &e.server, got + have, total - have, &n) == IO_DATA)
        have += n;
    assert_int_equal(have, total);
    assert_memory_equal(got, text, total);
    ends_close(&e);
}

/* Until the kernel takes no more. Returns how much was taken. */
static size_t stuff(struct end *from, const char *text, size_t n)
{
    size_t sent = 0, some;
    for (;;) {
        struct iovec piece = {(void *)(text + sent), n - sent};
        enum io_result r = sock_send(&from->sock, &piece, 1, &some);
        sent += some;
        if (r == IO_WAIT)
            return sent;
        assert_int_equal(r, IO_DATA);
    }
}

TEST(sock_send__goes_on_where_a_slow_peer_stopped_it)
{
    struct ends e;
    enum { LENGTH = 16 << 20, PIECE = 70001 };
    SL_CLEANUP(sl_freep) char *text = noise(LENGTH);
    SL_CLEANUP(sl_freep) char *got = sl_malloc(LENGTH);
    size_t have = 0, n;
    begin_established(&e);
    size_t sent = stuff(&e.client, text, LENGTH);
    while (have < LENGTH) {
        assert_int_equal(ends_read(&e, &e.server, got + have, SL_MIN(LENGTH - have, (size_t)50021), &n),
                         IO_DATA);
        have += n;
        ends_turn(&e);
        size_t offered = SL_MIN(LENGTH - sent, (size_t)PIECE);
        char *moved = sl_malloc(offered + 1); /* the same bytes, elsewhere */
        memcpy(moved, text + sent, offered);
        assert_int_not_equal(sock_send(&e.client.sock, &(struct iovec){moved, offered}, 1, &n), IO_LOST);
        sent += n;
        free(moved);
    }
    assert_memory_equal(got, text, LENGTH);
    ends_close(&e);
}

TEST(sock_send__loses_the_connection_rather_than_the_order)
{
    struct ends e;
    enum { LENGTH = 16 << 20 };
    SL_CLEANUP(sl_freep) char *text = noise(LENGTH);
    size_t n;
    begin_established(&e);
    stuff(&e.client, text, LENGTH);
    e.client.sock.writable = true;
    assert_int_equal(sock_send(&e.client.sock, &(struct iovec){text, 1}, 1, &n), IO_LOST);
    ends_close(&e);
}

TEST(sock_recv__takes_no_more_than_asked_for_and_tells_that_there_is_more)
{
    struct ends e;
    char got[64];
    size_t n;
    begin_established(&e);
    assert_int_equal(sock_send(&e.client.sock, &(struct iovec){(void *)"0123456789", 10}, 1, &n), IO_DATA);
    assert_int_equal(ends_read(&e, &e.server, got, 4, &n), IO_DATA);
    assert_int_equal(n, 4);
    assert_true(e.server.sock.readable);
    assert_int_equal(sock_waiting(&e.server.sock), 6);
    assert_false(sock_silent(&e.server.sock));
    assert_int_equal(ends_read(&e, &e.server, got + 4, 60, &n), IO_DATA);
    assert_memory_equal(got, "0123456789", 10);
    assert_false(e.server.sock.readable);
    assert_true(sock_silent(&e.server.sock));
    ends_close(&e);
}

TEST(sock_silent__takes_a_ticket_for_silence)
{
    struct ends e;
    begin_established(&e); /* the server's ticket came with its last message, and nobody has read it */
    for (int i = 0; i < 5; i++)
        ends_turn(&e);
    assert_true(e.client.sock.readable);
    assert_true(sock_silent(&e.client.sock));
    ends_say(&e, &e.server, &e.client, SL_STR("still there"));
    ends_close(&e);
}

TEST(sock_shutdown__leaves_the_other_way_open)
{
    struct ends e;
    char got[8];
    size_t n;
    begin_established(&e);
    sock_shutdown(&e.client.sock);
    assert_int_equal(ends_read(&e, &e.server, got, sizeof got, &n), IO_END);
    assert_true(e.server.sock.ended);
    ends_say(&e, &e.server, &e.client, SL_STR("the answer"));
    sock_shutdown(&e.server.sock);
    assert_int_equal(ends_read(&e, &e.client, got, sizeof got, &n), IO_END);
    ends_close(&e);
}

/* FIN without close_notify: anyone on the way could have sent it. */
TEST(sock_recv__tells_a_cut_from_an_end)
{
    struct ends e;
    char got[8];
    size_t n;
    begin_established(&e);
    assert_int_equal(sock_send(&e.server.sock, &(struct iovec){(void *)"half", 4}, 1, &n), IO_DATA);
    assert_int_equal(shutdown(e.server.sock.fd, SHUT_WR), 0);
    ends_turn(&e);
    assert_int_equal(ends_read(&e, &e.client, got, sizeof got, &n), IO_DATA);
    assert_true(n == 4 && e.client.sock.readable);
    assert_int_equal(ends_read(&e, &e.client, got, sizeof got, &n), IO_LOST);
    assert_string_equal(tls_fault_word(tls_fault(&e.client.sock)), "closed");
    assert_false(e.client.sock.readable);
    ends_close(&e);
    begin_established(&e); /* browsers do that all the time */
    assert_int_equal(shutdown(e.client.sock.fd, SHUT_WR), 0);
    assert_int_equal(ends_read(&e, &e.server, got, sizeof got, &n), IO_END);
    ends_close(&e);
}

TEST(sock_abort__resets)
{
    struct ends e;
    char got[8];
    size_t n;
    begin_established(&e);
    sock_abort(&e.client.sock, e.loop);
    assert_int_equal(ends_read(&e, &e.server, got, sizeof got, &n), IO_LOST);
    assert_string_equal(tls_fault_word(tls_fault(&e.server.sock)), "reset");
    ends_close(&e);
}

static void begin_version(struct ends *e, int version)
{
    ends_open(e);
    tls_accept(&e->server.sock, server, sl_str(NULL, 0));
    struct tls_peer peer = localhost();
    tls_connect(&e->client.sock, client, &peer);
    /* the test alone looks behind the door: the SSL is what follows the table */
    SSL *ssl = *(SSL **)(e->client.sock.tls + 1);
    SSL_set_max_proto_version(ssl, version);
    SSL_set_min_proto_version(ssl, version == TLS1_2_VERSION ? version : 0);
    if (version < TLS1_2_VERSION)
        assert_int_equal(SSL_set_cipher_list(ssl, "ALL:@SECLEVEL=0"), 1);
    ends_handshake(e);
}

TEST(tls__resumes_sessions)
{
    struct ends e;
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < SL_COUNT(versions); i++) {
        begin_version(&e, versions[i]);
        assert_false(tls_resumed(&e.client.sock) && i == 0);
        ends_say(&e, &e.server, &e.client, SL_STR("with this the ticket is read"));
        ends_close(&e);
        begin_version(&e, versions[i]);
        assert_true(tls_resumed(&e.client.sock) && tls_resumed(&e.server.sock));
        ends_say(&e, &e.server, &e.client, SL_STR("and another"));
        ends_close(&e);
    }
    begin(&e, client, (struct tls_peer){.name = SL_STR("localhost"), .port = 444});
    assert_false(tls_resumed(&e.client.sock)); /* another port, another server */
    ends_close(&e);
}

TEST(tls__keeps_a_session_of_a_connection_that_was_reset)
{
    struct ends e;
    begin_established(&e);
    ends_say(&e, &e.server, &e.client, SL_STR("a ticket"));
    sock_abort(&e.client.sock, e.loop);
    ends_close(&e);
    begin_established(&e);
    assert_true(tls_resumed(&e.client.sock));
    ends_close(&e);
}

TEST(tls_connect__verifies_the_peer)
{
    struct made_cert expired, future;
    struct ends e;
    made_cert(&expired, "localhost", NULL, -40 * 86400);
    made_cert(&future, "localhost", NULL, 86400);
    const struct {
        const struct made_cert *shown, *trusted;
        struct tls_peer peer;
        const char *word;
    } cases[] = {
        {&cert, &cert, {.name = SL_STR("LOCALHOST"), .port = 443}, ""},
        {&cert, &cert, {.name = SL_STR("example.com"), .port = 443}, "wrong-name"},
        {&cert, &cert, {.name = SL_STR(""), .addr = {{[10] = 255, 255, 127, 0, 0, 1}}, .port = 443}, ""},
        {&cert,
         &cert,
         {.name = SL_STR(""), .addr = {{[10] = 255, 255, 127, 0, 0, 2}}, .port = 443},
         "wrong-name"},
        {&cert, NULL, {.name = SL_STR("localhost"), .port = 443}, "self-signed"},
        {&expired, &expired, {.name = SL_STR("localhost"), .port = 443}, "expired"},
        {&future, &future, {.name = SL_STR("localhost"), .port = 443}, "not-yet-valid"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct tls_server *shown = server_of(cases[i].shown);
        struct tls_client *trusting = client_that_trusts(cases[i].trusted);
        ends_open(&e);
        tls_accept(&e.server.sock, shown, sl_str(NULL, 0));
        tls_connect(&e.client.sock, trusting, &cases[i].peer);
        ends_handshake(&e);
        assert_string_equal(tls_fault_word(tls_fault(&e.client.sock)), cases[i].word);
        assert_int_equal(tls_established(&e.client.sock), *cases[i].word == '\0');
        tls_server_unref(&shown);
        tls_client_unref(&trusting);
        ends_close(&e);
    }
    made_cert_fini(&expired);
    made_cert_fini(&future);
}

TEST(tls_peer_certificate__tells_what_is_wrong_and_goes_on)
{
    struct ends e;
    struct trust *trust = NULL;
    struct tls_client *judging = NULL;
    struct sl_err err = {0};
    assert_true(trust_new(&(struct trust_config){0}, &trust, &err) &&
                tls_client_new(trust, TLS_VERDICTS_TELL, &judging, &err));
    for (int i = 0; i < 2; i++) {
        begin(&e, judging, (struct tls_peer){.name = SL_STR("example.com"), .port = 443});
        ends_say(&e, &e.server, &e.client, SL_STR("with this the ticket is read"));
        const struct certificate *c = tls_peer_certificate(&e.client.sock);
        assert_int_equal(tls_resumed(&e.client.sock), i == 1);
        assert_int_equal(c->fault, TLS_FAULT_SELF_SIGNED);
        assert_int_equal(c->faults,
                         tls_fault_bit(TLS_FAULT_SELF_SIGNED) | tls_fault_bit(TLS_FAULT_WRONG_NAME));
        assert_int_equal(c->member_count, 1);
        assert_string_equal(c->members[0].key, "P-256");
        ends_close(&e);
    }
    tls_client_unref(&judging);
    trust_unref(&trust);
}

static void say_plain(struct end *from, const char *text)
{
    size_t n;
    assert_int_equal(sock_send(&from->sock, &(struct iovec){(void *)text, strlen(text)}, 1, &n), IO_DATA);
}

TEST(tls_handshake__tells_why_it_failed)
{
    struct ends e;
    ends_open(&e);
    tls_accept(&e.server.sock, server, sl_str(NULL, 0));
    say_plain(&e.client, "GET http://example.com/ HTTP/1.1\r\n\r\n");
    ends_handshake(&e);
    assert_string_equal(tls_fault_word(tls_fault(&e.server.sock)), "not-tls");
    assert_int_equal(tls_handshake(&e.server.sock), IO_LOST);
    ends_close(&e);

    ends_open(&e);
    tls_accept(&e.server.sock, server, sl_str(NULL, 0));
    say_plain(&e.client, "\x16\x03\x01");
    ends_turn(&e);
    sock_close(&e.client.sock, e.loop);
    ends_handshake(&e);
    assert_string_equal(tls_fault_word(tls_fault(&e.server.sock)), "closed");
    ends_close(&e);

    begin_version(&e, TLS1_1_VERSION);
    assert_string_equal(tls_fault_word(tls_fault(&e.server.sock)), "version");
    ends_close(&e);
}

TEST(tls_handshake__waits_for_one_byte_after_the_other)
{
    struct ends e, wire; /* client - wire.client | by hand | wire.server - server */
    char bytes[4096];
    size_t n;
    ends_open(&e);
    ends_open(&wire);
    struct tls_peer peer = localhost();
    tls_connect(&e.client.sock, client, &peer);
    tls_accept(&wire.server.sock, server, sl_str(NULL, 0));
    for (int i = 0; i < 100 && !tls_established(&wire.server.sock); i++) {
        tls_handshake(&e.client.sock);
        ends_turn(&e);
        struct buf b = {.p = bytes, .cap = sizeof bytes};
        if (sock_recv(&e.server.sock, &b, &n) == IO_DATA)
            for (size_t k = 0; k < n; k++) {
                say_plain(&wire.client, (char[]){bytes[k], 0});
                if (bytes[k] == 0) { /* no text */
                    size_t one;
                    sock_send(&wire.client.sock, &(struct iovec){&bytes[k], 1}, 1, &one);
                }
                ends_turn(&wire);
                assert_int_not_equal(tls_handshake(&wire.server.sock), IO_LOST);
            }
        struct buf back = {.p = bytes, .cap = sizeof bytes};
        ends_turn(&wire);
        if (sock_recv(&wire.client.sock, &back, &n) == IO_DATA)
            sock_send(&e.server.sock, &(struct iovec){bytes, n}, 1, &n);
        ends_turn(&e);
    }
    assert_true(tls_established(&wire.server.sock));
    ends_close(&e);
    ends_close(&wire);
}

TEST(tls_accept__takes_what_was_read_before)
{
    struct ends e;
    char hello[4096];
    size_t n;
    ends_open(&e);
    struct tls_peer peer = localhost();
    tls_connect(&e.client.sock, client, &peer);
    assert_int_equal(tls_handshake(&e.client.sock), IO_WAIT);
    assert_int_equal(ends_read(&e, &e.server, hello, sizeof hello, &n), IO_DATA);
    tls_accept(&e.server.sock, server, sl_str(hello, n));
    memset(hello, 0, n);
    ends_handshake(&e);
    assert_true(tls_established(&e.server.sock) && tls_established(&e.client.sock));
    ends_say(&e, &e.client, &e.server, SL_STR("GET"));
    ends_close(&e);
}

TEST(sock_recv__ends_who_never_stops_talking_of_keys)
{
    struct ends e;
    char got[8];
    size_t n;
    enum io_result r = IO_WAIT;
    begin_version(&e, TLS1_3_VERSION);
    SSL *ssl = *(SSL **)(e.client.sock.tls + 1);
    for (int i = 0; r == IO_WAIT && i < 1000; i++) {
        for (int k = 0; k < 100 && SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1; k++)
            if (SSL_do_handshake(ssl) != 1)
                break;
        e.client.sock.writable = true;
        loop_turn(e.loop, 0);
        struct buf b = {.p = got, .cap = sizeof got};
        r = sock_recv(&e.server.sock, &b, &n);
    }
    assert_int_equal(r, IO_LOST);
    assert_string_equal(tls_fault_word(tls_fault(&e.server.sock)), "protocol");
    ends_close(&e);
}

static void on_moved(void *owner, uint32_t events)
{
    sock_note(owner, events);
}

TEST(sock_move__takes_tls_along)
{
    struct ends e;
    struct sock elsewhere;
    size_t n;
    char got[8];
    begin_established(&e);
    sock_move(&e.client.sock, &elsewhere, e.loop, on_moved, &elsewhere);
    assert_int_equal(sock_send(&elsewhere, &(struct iovec){(void *)"moved", 5}, 1, &n), IO_DATA);
    assert_int_equal(ends_read(&e, &e.server, got, sizeof got, &n), IO_DATA);
    assert_memory_equal(got, "moved", 5);
    sock_close(&elsewhere, e.loop);
    ends_close(&e);
}

TEST(tls_server_new__says_what_is_wrong)
{
    struct made_cert other;
    made_cert(&other, "localhost", NULL, 0);
    const struct {
        struct tls_server_config cfg;
        const char *complaint;
    } cases[] = {
        {{.certificate = SL_STR("x"), .key = sl_cstr(cert.key)},
         "the certificate is none in PEM, or too weak"},
        {{.certificate = sl_cstr(cert.certificate), .key = sl_cstr(other.key)},
         "the key is none in PEM without a password, or not that of the certificate"},
        {{.certificate = sl_cstr(cert.certificate), .key = sl_cstr(cert.key), .clients = TLS_CLIENT_REQUIRED},
         "the CA of clients is no certificate in PEM"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct tls_server *s = NULL;
        struct sl_err err = {0};
        assert_false(tls_server_new(&cases[i].cfg, &s, &err));
        assert_string_equal(err.msg, cases[i].complaint);
    }
    made_cert_fini(&other);
}

static int setup(void **state)
{
    made_cert(&cert, "localhost", "127.0.0.1", 0);
    server = server_of(&cert);
    client = client_that_trusts(&cert);
    return 0;
}

static int teardown(void **state)
{
    tls_client_unref(&client);
    tls_server_unref(&server);
    made_cert_fini(&cert);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tls__moves_bytes_both_ways),
        cmocka_unit_test(sock_send__gathers_pieces_of_any_size),
        cmocka_unit_test(sock_send__goes_on_where_a_slow_peer_stopped_it),
        cmocka_unit_test(sock_send__loses_the_connection_rather_than_the_order),
        cmocka_unit_test(sock_recv__takes_no_more_than_asked_for_and_tells_that_there_is_more),
        cmocka_unit_test(sock_silent__takes_a_ticket_for_silence),
        cmocka_unit_test(sock_shutdown__leaves_the_other_way_open),
        cmocka_unit_test(sock_recv__tells_a_cut_from_an_end),
        cmocka_unit_test(sock_abort__resets),
        cmocka_unit_test(tls__resumes_sessions),
        cmocka_unit_test(tls__keeps_a_session_of_a_connection_that_was_reset),
        cmocka_unit_test(tls_connect__verifies_the_peer),
        cmocka_unit_test(tls_peer_certificate__tells_what_is_wrong_and_goes_on),
        cmocka_unit_test(tls_handshake__tells_why_it_failed),
        cmocka_unit_test(tls_handshake__waits_for_one_byte_after_the_other),
        cmocka_unit_test(tls_accept__takes_what_was_read_before),
        cmocka_unit_test(sock_recv__ends_who_never_stops_talking_of_keys),
        cmocka_unit_test(sock_move__takes_tls_along),
        cmocka_unit_test(tls_server_new__says_what_is_wrong),
    };
    return cmocka_run_group_tests_name("proxy/tls", tests, setup, teardown);
}
