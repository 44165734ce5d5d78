/* bio.c - OpenSSL's way to the socket. Ours instead of OpenSSL's own, for three reasons: no SIGPIPE, no read
 * that is known to find nothing, and bytes that were looked at before TLS began (a ClientHello) are read
 * first. */
#include <errno.h>
#include <openssl/bio.h>
#include <pthread.h>
#include <sys/socket.h>

#include "proxy/tls/inside.h"

static BIO_METHOD *method;

static int read_ahead(struct tls *t, char *out, int room)
{
    size_t n = SL_MIN(t->ahead.n, (size_t)room);
    memcpy(out, t->ahead.p, n);
    t->ahead = sl_str_sub(t->ahead, n, SIZE_MAX);
    if (t->ahead.n == 0)
        sl_freep(&t->ahead_copy);
    return (int)n;
}

static int later(BIO *b, bool reading)
{
    if (reading)
        BIO_set_retry_read(b);
    else
        BIO_set_retry_write(b);
    return -1;
}

/* A short read has drained the socket, unless its end is there too. */
static int bio_read(BIO *b, char *out, int room)
{
    struct tls *t = BIO_get_data(b);
    struct sock *s = t->sock;
    ssize_t n;
    BIO_clear_retry_flags(b);
    if (t->ahead.n > 0)
        return read_ahead(t, out, room);
    if (t->barren > TLS_BARREN_MAX)
        return -1;
    if (s->drained)
        return later(b, true);
    do
        n = recv(s->fd, out, (size_t)room, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        s->drained = n < room && !s->hangup;
        t->barren += (uint32_t)n;
        return (int)n;
    }
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        s->drained = true;
        return later(b, true);
    }
    t->eof = n == 0;
    t->lost = n < 0;
    return n < 0 ? -1 : 0;
}

static int bio_write(BIO *b, const char *data, int n)
{
    struct tls *t = BIO_get_data(b);
    struct sock *s = t->sock;
    ssize_t sent;
    BIO_clear_retry_flags(b);
    if (!s->writable)
        return later(b, false);
    do
        sent = send(s->fd, data, (size_t)n, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return (int)sent;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        s->writable = false;
        return later(b, false);
    }
    t->lost = true;
    return -1;
}

static long bio_ctrl(BIO *b, int command, long number, void *p)
{
    const struct tls *t = BIO_get_data(b);
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_EOF:
        return t->eof;
    default:
        return 0;
    }
}

static void make_method(void)
{
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sock");
    sl_assert(method && BIO_meth_set_read(method, bio_read) && BIO_meth_set_write(method, bio_write) &&
              BIO_meth_set_ctrl(method, bio_ctrl));
}

BIO *tls_bio_new(struct tls *t)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_method);
    BIO *b = BIO_new(method);
    sl_assert(b);
    BIO_set_data(b, t);
    BIO_set_init(b, 1);
    return b;
}
