/* test_lean.c - unit tests of proxy/tls/lean.c and takeover.c: we go on without OpenSSL's object, and OpenSSL
 * at the other end does not notice. */
#include "proxy/tls/lean.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/tls/inside.h"
#include "proxy/tls/io.h"
#include "proxy/tls/lean_inside.h"
#include "tests/support/cmocka_all.h"
#include "tests/unit/proxy/tls/ends.h"

enum { TURNS = 10000 };

static struct made_cert cert;
static struct tls_server *server;
static struct tls_client *client;
static SSL_CTX *contexts[2]; /* of the other end: a client's, a server's */

static int setup(void **state)
{
    made_cert(&cert, "localhost", NULL, 0);
    server = server_of(&cert);
    client = client_that_trusts(&cert);
    contexts[0] = SSL_CTX_new(TLS_client_method());
    contexts[1] = SSL_CTX_new(TLS_server_method());
    BIO *pem = BIO_new_mem_buf(cert.certificate, -1), *key_pem = BIO_new_mem_buf(cert.key, -1);
    X509 *x = PEM_read_bio_X509(pem, NULL, NULL, NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_pem, NULL, NULL, NULL);
    assert_true(SSL_CTX_use_certificate(contexts[1], x) == 1 &&
                SSL_CTX_use_PrivateKey(contexts[1], key) == 1);
    X509_free(x);
    EVP_PKEY_free(key);
    BIO_free(pem);
    BIO_free(key_pem);
    return 0;
}

static int teardown(void **state)
{
    SSL_CTX_free(contexts[0]);
    SSL_CTX_free(contexts[1]);
    tls_server_unref(&server);
    tls_client_unref(&client);
    made_cert_fini(&cert);
    return 0;
}

/* ---- one of ours, and OpenSSL ---- */

struct pair {
    struct sock ours;
    SSL *theirs;
    int fd; /* of theirs */
};

static void wake(struct pair *p)
{
    sock_note(&p->ours, EPOLLIN | EPOLLOUT);
}

static void open_pair(struct pair *p, bool we_serve, const char *suite)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    *p = (struct pair){.ours = {.fd = fds[0]}, .fd = fds[1], .theirs = SSL_new(contexts[!we_serve])};
    SSL_set_fd(p->theirs, fds[1]);
    SSL_set_mode(p->theirs, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    assert_int_equal(SSL_set_ciphersuites(p->theirs, suite), 1);
    if (we_serve) {
        SSL_set_connect_state(p->theirs);
        tls_accept(&p->ours, server, sl_str(NULL, 0));
    } else {
        SSL_set_accept_state(p->theirs);
        tls_connect(&p->ours, client, &(struct tls_peer){.name = SL_STR("localhost"), .port = 443});
    }
    for (int i = 0; i < 10 && !(tls_established(&p->ours) && SSL_is_init_finished(p->theirs)); i++) {
        wake(p);
        if (!tls_established(&p->ours))
            assert_int_not_equal(tls_handshake(&p->ours), IO_LOST);
        SSL_do_handshake(p->theirs);
    }
    assert_true(tls_established(&p->ours));
}

static void close_pair(struct pair *p)
{
    p->ours.tls->calls->close(&p->ours, true);
    close(p->ours.fd);
    SSL_free(p->theirs);
    close(p->fd);
}

static enum io_result hear(struct pair *p, char *out, size_t room, size_t *out_n)
{
    wake(p);
    return sock_recv(&p->ours, &(struct buf){.p = out, .cap = (uint32_t)room}, out_n);
}

static void expect_from_them(struct pair *p, const char *text)
{
    char got[64];
    size_t n;
    assert_int_equal(hear(p, got, sizeof got, &n), IO_DATA);
    assert_int_equal(n, strlen(text));
    assert_memory_equal(got, text, n);
}

static void they_say(struct pair *p, const char *text)
{
    assert_int_equal(SSL_write(p->theirs, text, (int)strlen(text)), strlen(text));
}

static void we_say(struct pair *p, const char *text)
{
    char got[64];
    size_t n;
    wake(p);
    assert_int_equal(sock_send(&p->ours, &(struct iovec){(void *)text, strlen(text)}, 1, &n), IO_DATA);
    assert_int_equal(SSL_read(p->theirs, got, sizeof got), strlen(text));
    assert_memory_equal(got, text, strlen(text));
}

static bool is_lean(const struct pair *p)
{
    return ((const struct tls *)p->ours.tls)->lean != NULL;
}

static void open_lean(struct pair *p, bool we_serve)
{
    open_pair(p, we_serve, "TLS_AES_128_GCM_SHA256");
    they_say(p, "hello");
    expect_from_them(p, "hello");
    assert_true(is_lean(p));
}

TEST(lean__goes_on_as_server_and_client_with_each_suite)
{
    static const char *const suites[] = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                         "TLS_CHACHA20_POLY1305_SHA256"};
    for (size_t i = 0; i < 2 * SL_COUNT(suites); i++) {
        struct pair p;
        open_pair(&p, i % 2, suites[i / 2]);
        for (int k = 0; k < 3; k++) {
            they_say(&p, "some text of theirs");
            expect_from_them(&p, "some text of theirs");
            assert_true(is_lean(&p));
            we_say(&p, "and of ours");
        }
        assert_string_equal(tls_cipher(&p.ours), suites[i / 2]);
        assert_string_equal(tls_version(&p.ours), "TLSv1.3");
        close_pair(&p);
    }
}

TEST(lean__leaves_tls_1_2_to_openssl)
{
    struct pair p;
    SSL_CTX_set_max_proto_version(contexts[0], TLS1_2_VERSION);
    open_pair(&p, true, "TLS_AES_128_GCM_SHA256");
    they_say(&p, "hello");
    expect_from_them(&p, "hello");
    assert_false(is_lean(&p));
    we_say(&p, "hello");
    close_pair(&p);
}

TEST(lean__waits_until_nothing_is_half_read)
{
    struct pair p;
    char wire[512], got[64];
    size_t n;
    open_pair(&p, true, "TLS_AES_128_GCM_SHA256");
    /* Two records in pieces: the first one whole with a part of the second. */
    BIO *memory = BIO_new(BIO_s_mem());
    SSL_set0_wbio(p.theirs, memory);
    they_say(&p, "first");
    they_say(&p, "second");
    int length = BIO_read(memory, wire, sizeof wire);
    for (int i = 0; i < length; i++) {
        bool whole = i + 1 == length / 2 || i + 1 == length;
        assert_int_equal(write(p.fd, wire + i, 1), 1);
        enum io_result r = hear(&p, got, sizeof got, &n);
        assert_true(r == IO_WAIT || (r == IO_DATA && (n == 5 || n == 6)));
        assert_true(whole || !is_lean(&p) || i >= length / 2 - 1);
    }
    assert_true(is_lean(&p));
    close_pair(&p);
}

static char *noise(size_t n)
{
    char *p = sl_malloc(n);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)(i * 2654435761u >> 13);
    return p;
}

/* Rooms that fit no record, in both directions, with a peer that stops often. */
TEST(lean__moves_much_in_odd_pieces)
{
    enum { LENGTH = 3 << 20 };
    static const size_t rooms[] = {1, 7, 4096, 16384, 16385, 70000, 300000};
    static char got[300000];
    struct pair p;
    SL_CLEANUP(sl_freep) char *text = noise(LENGTH);
    size_t said = 0, heard = 0, n;
    open_lean(&p, true);
    SSL_set_max_send_fragment(p.theirs, 9000);
    for (int i = 0; heard < LENGTH && i < TURNS; i++) {
        int wrote = said < LENGTH ? SSL_write(p.theirs, text + said, (int)SL_MIN(LENGTH - said, 100000u)) : 0;
        said += wrote > 0 ? (size_t)wrote : 0;
        for (int k = 0; k < 50 && hear(&p, got, rooms[(i + k) % 7], &n) == IO_DATA; k++) {
            assert_memory_equal(got, text + heard, n);
            heard += n;
        }
    }
    assert_int_equal(heard, LENGTH);
    said = heard = 0;
    for (int i = 0; heard < LENGTH && i < TURNS; i++) {
        wake(&p);
        size_t most = SL_MIN(LENGTH - said, 20000u + 1000u * (size_t)(i % 90));
        if (most > 0)
            assert_int_not_equal(sock_send(&p.ours, &(struct iovec){text + said, LENGTH - said}, 1, &n),
                                 IO_LOST);
        said += most > 0 ? n : 0;
        while (SSL_read_ex(p.theirs, got, rooms[i % 7], &n) == 1) {
            assert_memory_equal(got, text + heard, n);
            heard += n;
        }
    }
    assert_int_equal(heard, LENGTH);
    close_pair(&p);
}

TEST(lean__changes_keys_when_asked)
{
    static const int kinds[] = {SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED};
    for (int we_serve = 0; we_serve < 2; we_serve++) {
        struct pair p;
        open_lean(&p, we_serve);
        for (int i = 0; i < 6; i++) {
            assert_int_equal(SSL_key_update(p.theirs, kinds[i % 2]), 1);
            they_say(&p, "under other keys");
            expect_from_them(&p, "under other keys");
            we_say(&p, "ours as well");
        }
        struct record_keys *ours = (struct record_keys *)((struct tls *)p.ours.tls)->lean + 1;
        assert_true(ours->number < 20); /* begun anew: the struct begins with the keys of both directions */
        close_pair(&p);
    }
}

/* One without a handshake before it. */
static void begin_lean(struct sock *s, int fd, const struct record_keys *reads,
                       const struct record_keys *writes)
{
    struct tls *t = sl_calloc(1, sizeof *t);
    *s = (struct sock){.fd = fd, .readable = true, .writable = true, .tls = &t->net};
    t->net.calls = &lean_transport;
    t->lean = lean_new(reads, writes);
    t->established = true;
}

TEST(lean__changes_keys_before_they_have_sealed_too_much)
{
    static const uint8_t secret[RECORD_SECRET_MAX];
    enum { LAST = (1 << 24) - 1 };
    struct record_keys keys;
    struct sock ends[2];
    char got[8];
    size_t n;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    record_keys_init(&keys, record_suite(0x1301), secret, LAST - 1);
    begin_lean(&ends[0], fds[0], &keys, &keys);
    begin_lean(&ends[1], fds[1], &keys, &keys);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(sock_send(&ends[0], &(struct iovec){(void *)"text", 4}, 1, &n), IO_DATA);
        sock_note(&ends[1], EPOLLIN);
        assert_int_equal(sock_recv(&ends[1], &(struct buf){.p = got, .cap = sizeof got}, &n), IO_DATA);
        assert_int_equal(n, 4);
    }
    const struct record_keys *both = (const struct record_keys *)((struct tls *)ends[0].tls)->lean;
    assert_int_equal(both[1].number, 3); /* two, the change, and three */
    assert_int_equal(both[0].number, LAST - 1);
    for (int i = 0; i < 2; i++) {
        ends[i].tls->calls->close(&ends[i], false);
        close(fds[i]);
    }
}

TEST(lean__skips_padding_and_tickets)
{
    struct pair p;
    open_lean(&p, false);
    SSL_set_block_padding(p.theirs, 512);
    assert_true(SSL_new_session_ticket(p.theirs) == 1 && SSL_do_handshake(p.theirs) == 1);
    they_say(&p, "padded");
    expect_from_them(&p, "padded");
    assert_true(SSL_new_session_ticket(p.theirs) == 1 && SSL_do_handshake(p.theirs) == 1);
    wake(&p);
    assert_true(sock_silent(&p.ours));
    they_say(&p, "x");
    assert_false(sock_silent(&p.ours));
    assert_int_equal(sock_waiting(&p.ours), 1);
    expect_from_them(&p, "x");
    close_pair(&p);
}

TEST(lean__tells_ends_from_cuts)
{
    struct pair p;
    char got[8];
    size_t n;
    for (int we_serve = 0; we_serve < 2; we_serve++) {
        open_lean(&p, we_serve);
        SSL_shutdown(p.theirs);
        assert_int_equal(hear(&p, got, sizeof got, &n), IO_END);
        assert_true(p.ours.ended);
        we_say(&p, "the answer"); /* one way is open still */
        sock_shutdown(&p.ours);
        assert_int_equal(SSL_read(p.theirs, got, sizeof got), 0);
        assert_int_equal(SSL_get_shutdown(p.theirs), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        close_pair(&p);

        open_lean(&p, we_serve);
        they_say(&p, "half");
        shutdown(p.fd, SHUT_WR);
        expect_from_them(&p, "half");
        assert_int_equal(hear(&p, got, sizeof got, &n), we_serve ? IO_END : IO_LOST);
        assert_int_equal(tls_fault(&p.ours), we_serve ? TLS_FAULT_NONE : TLS_FAULT_CLOSED);
        close_pair(&p);
    }
}

TEST(lean__refuses_what_nobody_sealed)
{
    static const struct {
        const char *bytes;
        size_t n;
    } cases[] = {
        {"\x17\x03\x03\x00\x16"
         "a record that is none.",
         27},
        {"GET / HTTP/1.1\r\n\r\n", 18},
        {"\x15\x03\x03\x00\x02\x01\x00", 7},
        {"\x17\x03\x03\xff\xff", 5},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct pair p;
        char got[8];
        size_t n;
        open_lean(&p, true);
        assert_int_equal(write(p.fd, cases[i].bytes, cases[i].n), cases[i].n);
        assert_int_equal(hear(&p, got, sizeof got, &n), IO_LOST);
        assert_int_equal(tls_fault(&p.ours), TLS_FAULT_PROTOCOL);
        wake(&p);
        assert_int_equal(sock_send(&p.ours, &(struct iovec){got, 1}, 1, &n), IO_LOST);
        close_pair(&p);
    }
}

TEST(lean__ends_who_never_stops_talking_of_keys)
{
    struct pair p;
    char got[8];
    size_t n;
    enum io_result r = IO_WAIT;
    open_lean(&p, true);
    for (int i = 0; r == IO_WAIT && i < TURNS; i++) {
        for (int k = 0; k < 50 && SSL_key_update(p.theirs, SSL_KEY_UPDATE_NOT_REQUESTED) == 1; k++)
            if (SSL_do_handshake(p.theirs) != 1)
                break;
        r = hear(&p, got, sizeof got, &n);
    }
    assert_int_equal(r, IO_LOST);
    assert_int_equal(tls_fault(&p.ours), TLS_FAULT_PROTOCOL);
    close_pair(&p);
}

TEST(lean__hears_alerts)
{
    struct pair p;
    char got[8];
    size_t n;
    open_lean(&p, true);
    assert_int_equal(write(p.ours.fd,
                           "\x17\x03\x03\x00\x16"
                           "a record that is none.",
                           27),
                     27);
    assert_int_equal(SSL_read(p.theirs, got, sizeof got), -1); /* they say bad_record_mac */
    assert_int_equal(hear(&p, got, sizeof got, &n), IO_LOST);
    assert_int_equal(tls_fault(&p.ours), TLS_FAULT_ALERT);
    close_pair(&p);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(lean__goes_on_as_server_and_client_with_each_suite),
        CASE(lean__leaves_tls_1_2_to_openssl),
        CASE(lean__waits_until_nothing_is_half_read),
        CASE(lean__moves_much_in_odd_pieces),
        CASE(lean__changes_keys_when_asked),
        CASE(lean__changes_keys_before_they_have_sealed_too_much),
        CASE(lean__skips_padding_and_tickets),
        CASE(lean__tells_ends_from_cuts),
        CASE(lean__refuses_what_nobody_sealed),
        CASE(lean__ends_who_never_stops_talking_of_keys),
        CASE(lean__hears_alerts),
    };
    return cmocka_run_group_tests_name("proxy/tls/lean", tests, NULL, NULL);
}
