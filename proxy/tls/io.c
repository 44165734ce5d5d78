/* io.c - see io.h.
 * A record is what OpenSSL seals and sends at once, so each SSL_write is given one record's worth at most.
 * When the kernel does not take all of it, the bytes count as not taken, and the next call offers the same
 * again, which OpenSSL answers by sending what it has sealed. */
#include "proxy/tls/io.h"

#include <openssl/err.h>
#include <stdlib.h>

#include "proxy/tls/inside.h"

static struct tls *tls_of(const struct sock *s)
{
    return (struct tls *)s->tls;
}

/* Begins a call of OpenSSL, whose errors are of the thread. */
static struct tls *enter(struct sock *s)
{
    struct tls *t = tls_of(s);
    t->sock = s;
    ERR_clear_error();
    return t;
}

static enum io_result give_up(struct tls *t)
{
    if (t->fault == TLS_FAULT_NONE)
        t->fault = tls_fault_now(t);
    ERR_clear_error();
    return IO_LOST;
}

/* ---- our end ---- */

/* close_notify, then FIN. While a record is on its way neither can go. */
static void finish_shutdown(struct tls *t)
{
    struct sock *s = t->sock;
    if (t->sealed > 0 || (SSL_shutdown(t->ssl) < 0 && !s->writable))
        return;
    t->closing = false;
    shutdown(s->fd, SHUT_WR);
}

static void tls_shutdown(struct sock *s)
{
    struct tls *t = enter(s);
    t->closing = t->established && t->fault == TLS_FAULT_NONE;
    if (t->closing)
        finish_shutdown(t);
    else
        shutdown(s->fd, SHUT_WR);
}

/* A session outlives connections that end without a word: OpenSSL would forget it. */
static void tls_close(struct sock *s, bool orderly)
{
    struct tls *t = enter(s);
    bool silent = !orderly || !t->established || t->sealed > 0 || t->fault != TLS_FAULT_NONE;
    if (silent || SSL_shutdown(t->ssl) < 0)
        SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN);
    tls_client_leave(t);
    SSL_free(t->ssl);
    free(t->ahead_copy);
    sl_freep(&s->tls);
    ERR_clear_error();
}

/* ---- reading ---- */

/* What a failed read means. */
static enum io_result read_nothing(struct tls *t, int r)
{
    struct sock *s = t->sock;
    switch (SSL_get_error(t->ssl, r)) {
    case SSL_ERROR_WANT_READ:
        s->readable = false;
        return IO_WAIT;
    case SSL_ERROR_WANT_WRITE: /* it has to say something first; being writable is an event */
        return IO_WAIT;
    case SSL_ERROR_ZERO_RETURN:
        s->readable = false;
        s->ended = s->hangup = true;
        return IO_END;
    default:
        return give_up(t);
    }
}

/* As many records as fit. What ends it behind them is told by the next call. */
static enum io_result tls_recv(struct sock *s, char *p, size_t room, size_t *out_n)
{
    struct tls *t = enter(s);
    size_t n;
    int r = 1;
    if (t->closing)
        finish_shutdown(t);
    while (t->fault == TLS_FAULT_NONE && *out_n < room &&
           (r = SSL_read_ex(t->ssl, p + *out_n, room - *out_n, &n)) == 1) {
        *out_n += n;
        t->barren = 0;
    }
    enum io_result end = t->fault != TLS_FAULT_NONE ? IO_LOST : r == 1 ? IO_DATA : read_nothing(t, r);
    if (*out_n > 0)
        return IO_DATA;
    s->readable &= end != IO_LOST;
    return end;
}

/* SSL_peek takes what is not for us (tickets, a change of keys) out of the way. */
static bool tls_silent(struct sock *s)
{
    struct tls *t = enter(s);
    char byte;
    size_t n;
    int r = SSL_peek_ex(t->ssl, &byte, 1, &n);
    return r != 1 && SSL_get_error(t->ssl, r) == SSL_ERROR_WANT_READ;
}

/* The kernel counts records, which are a little longer than what is in them. */
static size_t tls_waiting(struct sock *s)
{
    const struct tls *t = tls_of(s);
    struct sock below = {.fd = s->fd};
    return (size_t)SSL_pending(t->ssl) + t->ahead.n + sock_waiting(&below);
}

/* ---- writing ---- */

/* The part of some pieces that begins at byte `from`, at most n bytes and RECORD_MAX: in place where one
 * piece has all of it, else copied together. */
enum { RECORD_MAX = SSL3_RT_MAX_PLAIN_LENGTH };

static struct sl_str gather(const struct iovec *pieces, size_t from, size_t n, char together[RECORD_MAX])
{
    size_t have = 0;
    for (; from >= pieces->iov_len; pieces++)
        from -= pieces->iov_len;
    if (pieces->iov_len - from >= n)
        return sl_str((const char *)pieces->iov_base + from, n);
    for (; have < n; pieces++, from = 0) {
        size_t take = SL_MIN(pieces->iov_len - from, n - have);
        memcpy(together + have, (const char *)pieces->iov_base + from, take);
        have += take;
    }
    return sl_str(together, n);
}

static enum io_result tls_send(struct sock *s, const struct iovec *pieces, int count, size_t wanted,
                               size_t *out_n)
{
    struct tls *t = enter(s);
    char together[RECORD_MAX];
    if (t->fault != TLS_FAULT_NONE || wanted < t->sealed)
        return give_up(t); /* offered less than before: what is sealed can't be taken back */
    while (*out_n < wanted) {
        size_t taken, n = t->sealed ? t->sealed : SL_MIN(wanted - *out_n, (size_t)RECORD_MAX);
        struct sl_str record = gather(pieces, *out_n, n, together);
        int r = SSL_write_ex(t->ssl, record.p, record.n, &taken);
        if (r != 1 && SSL_get_error(t->ssl, r) != SSL_ERROR_WANT_WRITE)
            return give_up(t);
        t->sealed = r == 1 ? 0 : (uint32_t)n;
        if (r != 1)
            return IO_WAIT;
        *out_n += taken;
    }
    return IO_DATA;
}

static const struct sock_transport transport = {
    .recv = tls_recv,
    .send = tls_send,
    .shutdown = tls_shutdown,
    .silent = tls_silent,
    .waiting = tls_waiting,
    .close = tls_close,
};

/* ---- the begin ---- */

struct tls *tls_new(struct sock *s, SSL_CTX *ctx, struct sl_str ahead)
{
    struct tls *t = sl_calloc(1, sizeof *t);
    t->net.calls = &transport;
    t->ssl = SSL_new(ctx);
    sl_assert(t->ssl); /* out of heap */
    BIO *bio = tls_bio_new(t);
    SSL_set_bio(t->ssl, bio, bio);
    SSL_set_app_data(t->ssl, t);
    if (ahead.n > 0) {
        t->ahead_copy = sl_malloc(ahead.n);
        memcpy(t->ahead_copy, ahead.p, ahead.n);
        t->ahead = sl_str(t->ahead_copy, ahead.n);
    }
    s->tls = &t->net;
    return t;
}

enum io_result tls_handshake(struct sock *s)
{
    struct tls *t = enter(s);
    if (t->fault != TLS_FAULT_NONE)
        return IO_LOST;
    int r = SSL_do_handshake(t->ssl);
    if (r == 1 && t->client && !tls_client_verify(t))
        return IO_LOST;
    if (r == 1) {
        t->established = true;
        t->barren = 0;
        s->readable = true; /* more may have come with the last message */
        return IO_DATA;
    }
    int error = SSL_get_error(t->ssl, r);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? IO_WAIT : give_up(t);
}

/* ---- what it is ---- */

enum tls_fault tls_fault(const struct sock *s)
{
    return tls_of(s)->fault;
}

bool tls_established(const struct sock *s)
{
    return s->tls && tls_of(s)->established;
}

const char *tls_version(const struct sock *s)
{
    return SSL_get_version(tls_of(s)->ssl);
}

const char *tls_cipher(const struct sock *s)
{
    return SSL_get_cipher_name(tls_of(s)->ssl);
}

struct sl_str tls_alpn(const struct sock *s)
{
    const unsigned char *name;
    unsigned n;
    SSL_get0_alpn_selected(tls_of(s)->ssl, &name, &n);
    return sl_str((const char *)name, n);
}

bool tls_resumed(const struct sock *s)
{
    return SSL_session_reused(tls_of(s)->ssl) == 1;
}

bool tls_asked(const struct sock *s)
{
    return tls_of(s)->asked;
}
