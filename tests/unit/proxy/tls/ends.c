/* ends.c - see ends.h. */
#include "tests/unit/proxy/tls/ends.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/crypto_cert.h"
#include "sluice/clock.h"
#include "tests/support/cmocka_all.h"

enum { TURNS = 200, QUIET_TURNS = 5 };

void made_cert(struct made_cert *out, const char *name, const char *addr, int64_t shift_s)
{
    struct cert_names names = {.names = {name}, .name_count = name != NULL, .addr_count = addr != NULL};
    struct sl_err err = {0};
    if (addr)
        assert_true(sl_addr_parse(sl_cstr(addr), &names.addrs[0]));
    if (!cert_make(&names, sl_wall_us() / 1000000 + shift_s, 30, &out->certificate, &out->key, &err))
        fail_msg("%s", err.msg);
}

void made_cert_fini(struct made_cert *c)
{
    free(c->certificate);
    free(c->key);
}

static void on_event(void *owner, uint32_t events)
{
    sock_note(&((struct end *)owner)->sock, events);
}

void ends_open(struct ends *e)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof sa;
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *e = (struct ends){0};
    buf_pool_init(&e->bufs, 1 << 20);
    assert_true(loop_new(NULL, &e->loop, NULL));
    assert_true(bind(listener, (struct sockaddr *)&sa, n) == 0 && listen(listener, 1) == 0 &&
                getsockname(listener, (struct sockaddr *)&sa, &n) == 0);
    assert_int_equal(connect(client, (struct sockaddr *)&sa, n), 0);
    int server = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    close(listener);
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    assert_int_equal(ioctl(client, FIONBIO, &one), 0);
    assert_true(sock_open(&e->client.sock, e->loop, client, on_event, &e->client));
    assert_true(sock_open(&e->server.sock, e->loop, server, on_event, &e->server));
    ends_turn(e);
}

void ends_close(struct ends *e)
{
    sock_close(&e->client.sock, e->loop);
    sock_close(&e->server.sock, e->loop);
    assert_int_equal(loop_count(e->loop), 0);
    loop_free(&e->loop);
    buf_pool_fini(&e->bufs);
}

void ends_turn(struct ends *e)
{
    loop_turn(e->loop, 1);
}

static bool goes_on(struct end *end)
{
    if (end->sock.tls && !tls_established(&end->sock) && tls_fault(&end->sock) == TLS_FAULT_NONE)
        end->result = tls_handshake(&end->sock);
    return end->sock.tls && end->result == IO_WAIT;
}

void ends_handshake(struct ends *e)
{
    bool go = true;
    for (int i = 0; go && i < TURNS; i++) {
        go = goes_on(&e->client);
        go |= goes_on(&e->server);
        ends_turn(e);
    }
}

enum io_result ends_read(struct ends *e, struct end *at, char *out, size_t room, size_t *out_n)
{
    struct buf b = {.p = out, .cap = (uint32_t)room};
    enum io_result r = IO_WAIT;
    for (int i = 0; r == IO_WAIT && i < TURNS; i++) {
        r = sock_recv(&at->sock, &b, out_n);
        if (r == IO_WAIT)
            ends_turn(e);
    }
    return r;
}

void ends_say(struct ends *e, struct end *from, struct end *to, struct sl_str text)
{
    SL_CLEANUP(sl_freep) char *got = sl_malloc(text.n + 1);
    size_t sent = 0, have = 0, n;
    for (int i = 0; have < text.n && i < 100000; i++) {
        struct iovec piece = {(void *)(text.p + sent), text.n - sent};
        assert_int_not_equal(sock_send(&from->sock, &piece, 1, &n), IO_LOST);
        sent += n;
        struct buf b = {.p = got + have, .cap = (uint32_t)(text.n + 1 - have)};
        assert_true(sock_recv(&to->sock, &b, &n) <= IO_WAIT);
        have += n;
        ends_turn(e);
    }
    assert_int_equal(have, text.n);
    assert_memory_equal(got, text.p, text.n);
}

struct tls_server *server_of(const struct made_cert *c)
{
    struct tls_server_config cfg = {.certificate = sl_cstr(c->certificate), .key = sl_cstr(c->key)};
    struct tls_server *server = NULL;
    struct sl_err err = {0};
    if (!tls_server_new(&cfg, &server, &err))
        fail_msg("%s", err.msg);
    return server;
}

struct tls_client *client_that_trusts(const struct made_cert *c)
{
    struct trust_config cfg = {.extra = sl_cstr(c ? c->certificate : NULL)};
    struct trust *trust = NULL;
    struct tls_client *client = NULL;
    struct sl_err err = {0};
    if (!trust_new(&cfg, &trust, &err) || !tls_client_new(trust, TLS_VERDICTS_BIND, &client, &err))
        fail_msg("%s", err.msg);
    trust_unref(&trust);
    return client;
}
