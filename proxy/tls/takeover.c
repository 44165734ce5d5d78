/* takeover.c - from OpenSSL's object to lean.c: what has to be noted of a handshake, and when it may go.
 *
 * OpenSSL tells the secrets of a direction at the moment that its records begin to be sealed by them, and
 * each record afterwards: that gives secret and number. It reads ahead, so what it has taken from the socket
 * is followed as well: it may go when that ends with a record, and it has nothing left. A key that it changed
 * itself is not told, and then it stays. */
#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include "base/crypto.h"
#include "proxy/tls/inside.h"
#include "proxy/tls/lean_inside.h"

enum { KEY_UPDATE = 24 };

struct lean_notes {
    struct noted {
        uint8_t secret[RECORD_SECRET_MAX];
        size_t n;        /* bytes of it; 0: not told yet */
        uint64_t number; /* of the next record */
    } reads, writes;
    bool lost_track;
    /* Of what was read: how far into a record it goes. */
    uint8_t head[RECORD_HEAD];
    size_t head_n, body_left;
};

struct lean_notes *lean_notes_new(void)
{
    return sl_calloc(1, sizeof(struct lean_notes));
}

void lean_notes_free(struct lean_notes **n)
{
    if (*n)
        crypto_wipe(*n, sizeof **n);
    sl_freep(n);
}

void lean_note_read(struct lean_notes *n, const char *p, size_t bytes)
{
    while (bytes > 0) {
        bool in_body = n->body_left > 0;
        size_t take = SL_MIN(bytes, in_body ? n->body_left : RECORD_HEAD - n->head_n);
        if (in_body)
            n->body_left -= take;
        else
            memcpy(n->head + n->head_n, p, take);
        n->head_n += in_body ? 0 : take;
        p += take;
        bytes -= take;
        if (n->head_n == RECORD_HEAD) {
            n->body_left = (size_t)n->head[3] << 8 | n->head[4];
            n->head_n = 0;
        }
    }
}

static struct lean_notes *notes_of(const SSL *ssl)
{
    struct tls *t = SSL_get_app_data(ssl);
    return t ? t->notes : NULL;
}

/* "LABEL RANDOM SECRET", the last two in hex, as key log files have it. */
static void on_secret(const SSL *ssl, const char *line)
{
    struct lean_notes *n = notes_of(ssl);
    bool by_client = strncmp(line, "CLIENT_TRAFFIC_SECRET_0 ", 24) == 0;
    const char *hex = strrchr(line, ' ');
    if (!n || !hex || (!by_client && strncmp(line, "SERVER_TRAFFIC_SECRET_0 ", 24) != 0))
        return;
    struct noted *to = by_client == (SSL_is_server(ssl) == 1) ? &n->reads : &n->writes;
    n->lost_track |= OPENSSL_hexstr2buf_ex(to->secret, sizeof to->secret, &to->n, hex + 1, '\0') != 1;
    to->number = 0;
}

static void on_message(int write, int version, int type, const void *p, size_t bytes, SSL *ssl, void *arg)
{
    struct lean_notes *n = notes_of(ssl);
    if (!n)
        return;
    if (type == SSL3_RT_HEADER)
        (write ? &n->writes : &n->reads)->number++;
    else if (type == SSL3_RT_HANDSHAKE && bytes > 0 && *(const uint8_t *)p == KEY_UPDATE)
        n->lost_track = true;
}

void lean_prepare(SSL_CTX *ctx)
{
    SSL_CTX_set_keylog_callback(ctx, on_secret);
    SSL_CTX_set_msg_callback(ctx, on_message);
}

static bool is_between_records(const struct tls *t)
{
    const struct lean_notes *n = t->notes;
    return n->head_n == 0 && n->body_left == 0 && t->ahead.n == 0 && t->sealed == 0 &&
           !SSL_has_pending(t->ssl);
}

/* Sends and receives nothing but data, as far as anybody knows. */
static bool is_settled(const struct tls *t)
{
    return t->established && !t->closing && !t->eof && !t->lost && t->fault == TLS_FAULT_NONE &&
           SSL_get_shutdown(t->ssl) == 0 && SSL_is_init_finished(t->ssl) &&
           SSL_get_key_update_type(t->ssl) == SSL_KEY_UPDATE_NONE;
}

void lean_take_over(struct tls *t)
{
    const struct lean_notes *n = t->notes;
    if (!n || n->lost_track || SSL_version(t->ssl) != TLS1_3_VERSION || !is_settled(t) ||
        !is_between_records(t))
        return;
    const struct record_suite *suite =
        record_suite(SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(t->ssl)));
    if (!suite || n->reads.n != record_secret_n(suite) || n->writes.n != record_secret_n(suite))
        return;
    struct record_keys reads, writes;
    record_keys_init(&reads, suite, n->reads.secret, n->reads.number);
    record_keys_init(&writes, suite, n->writes.secret, n->writes.number);
    t->lean = lean_new(&reads, &writes);
    t->net.calls = &lean_transport;
    record_keys_wipe(&reads);
    record_keys_wipe(&writes);
    tls_drop_ssl(t);
}
