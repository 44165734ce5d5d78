/* client.c - see client.h. Sessions stand in a table of fixed size, a new one in the place of whatever was
 * there: a session that was lost costs a full handshake, nothing else. One of TLS 1.3 is taken out when it is
 * used, for a ticket that is shown twice lets others tell that both connections are ours; its server sends
 * another. One of TLS 1.2 stays: there a resumed session brings no other ticket. */
#include "proxy/tls/client.h"

#include <openssl/err.h>
#include <stdlib.h>

#include "proxy/net/keyhash.h"
#include "proxy/tls/inside.h"
#include "proxy/tls/io.h"
#include "sluice/clock.h"

enum { SESSIONS = 1024, CHAIN_BYTES = 64 * 1024 };

struct session {
    char *key;
    SSL_SESSION *session;
    const struct certificate *certificate; /* what was found of it when it was new */
};

struct tls_client {
    SSL_CTX *ctx;
    struct trust *trust;
    enum tls_verdicts verdicts;
    size_t refs;
    struct keyhash hash;
    struct session sessions[SESSIONS];
};

/* ---- sessions ---- */

static int64_t now_s(void)
{
    return sl_wall_us() / 1000000;
}

static struct session *place_of(struct tls_client *c, const char *key)
{
    return &c->sessions[keyhash(&c->hash, key, strlen(key)) % SESSIONS];
}

static void forget(struct session *s)
{
    SSL_SESSION_free(s->session);
    certificate_unref(&s->certificate);
    free(s->key);
    *s = (struct session){0};
}

/* The session that came last waits until the certificate has been judged: it is kept with that. */
static void keep_session(struct tls *t)
{
    struct session *s = place_of(t->client, t->session_key);
    if (!t->session || !t->certificate)
        return;
    forget(s);
    *s = (struct session){.key = sl_strdup(t->session_key),
                          .session = t->session,
                          .certificate = certificate_ref(t->certificate)};
    t->session = NULL;
}

/* OpenSSL has a session that can be resumed; 1 takes its reference. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
    struct tls *t = SSL_get_app_data(ssl);
    if (!SSL_SESSION_is_resumable(session))
        return 0;
    SSL_SESSION_free(t->session);
    t->session = session;
    keep_session(t);
    return 1;
}

/* A session is good for as long as what was found of its certificate is. */
static void resume(struct tls *t)
{
    struct session *s = place_of(t->client, t->session_key);
    if (!s->key || strcmp(s->key, t->session_key) != 0)
        return;
    if (now_s() >= s->certificate->until_s) {
        forget(s);
        return;
    }
    SSL_set_session(t->ssl, s->session); /* one that has grown old is not used */
    t->certificate = certificate_ref(s->certificate);
    if (SSL_SESSION_get_protocol_version(s->session) >= TLS1_3_VERSION)
        forget(s);
}

/* ---- a client ---- */

/* The handshake goes on whatever is shown; it is judged when the handshake is over. */
static int take_any(X509_STORE_CTX *ctx, void *arg)
{
    return 1;
}

/* Nothing to show: whoever insists ends the handshake, and we know why. */
static int on_asked(SSL *ssl, X509 **out_cert, EVP_PKEY **out_key)
{
    struct tls *t = SSL_get_app_data(ssl);
    t->asked = true;
    return 0;
}

/* Forward secrecy and AEAD only. DHE comes last: some have nothing better, and with a group of 2,048 bits it
 * is sound; a smaller one OpenSSL refuses at this level. */
static const char ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!PSK:@SECLEVEL=2";

static bool fill(SSL_CTX *ctx)
{
    static const unsigned char alpn[] = "\x08http/1.1";
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, take_any, NULL);
    SSL_CTX_set_client_cert_cb(ctx, on_asked);
    SSL_CTX_set_max_cert_list(ctx, CHAIN_BYTES);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, on_session);
    return SSL_CTX_set_cipher_list(ctx, ciphers) == 1 &&
           SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp) == 1 &&
           SSL_CTX_set_alpn_protos(ctx, alpn, sizeof alpn - 1) ==
               0; /* of all calls, this one has 0 for success */
}

bool tls_client_new(struct trust *trust, enum tls_verdicts verdicts, struct tls_client **out,
                    struct sl_err *err)
{
    SSL_CTX *ctx = tls_context_new(TLS_client_method());
    if (!ctx || !fill(ctx)) {
        SSL_CTX_free(ctx);
        ERR_clear_error();
        return sl_fail(err, SL_INTERNAL, "TLS could not be set up");
    }
    struct tls_client *c = sl_calloc(1, sizeof *c);
    c->ctx = ctx;
    c->refs = 1;
    c->trust = trust_ref(trust);
    c->verdicts = verdicts;
    keyhash_init(&c->hash);
    *out = c;
    return true;
}

struct tls_client *tls_client_ref(struct tls_client *c)
{
    c->refs++;
    return c;
}

void tls_client_unref(struct tls_client **cp)
{
    struct tls_client *c = *cp;
    *cp = NULL;
    if (!c || --c->refs > 0)
        return;
    for (size_t i = 0; i < SESSIONS; i++)
        forget(&c->sessions[i]);
    SSL_CTX_free(c->ctx);
    trust_unref(&c->trust);
    free(c);
}

void tls_client_leave(struct tls *t)
{
    sl_freep(&t->session_key);
    sl_freep(&t->name);
    SSL_SESSION_free(t->session);
    certificate_unref(&t->certificate);
    tls_client_unref(&t->client);
}

/* ---- a connection ---- */

/* A name goes to the peer too; an address must not. */
static bool tell_name(struct tls *t)
{
    return !*t->name || SSL_set_tlsext_host_name(t->ssl, t->name) == 1;
}

void tls_connect(struct sock *s, struct tls_client *client, const struct tls_peer *peer)
{
    struct tls *t = tls_new(s, client->ctx, sl_str(NULL, 0));
    char addr[SL_ADDR_TEXT];
    sl_addr_text(peer->addr, addr);
    client->refs++;
    t->client = client;
    t->name = sl_str_dup(peer->name);
    t->addr = peer->addr;
    t->session_key = sl_asprintf("%s|%u", *t->name ? t->name : addr, peer->port);
    SSL_set_connect_state(t->ssl);
    if (!tell_name(t))
        t->fault = TLS_FAULT_WRONG_NAME; /* no name that a certificate could have */
    resume(t);
}

static const struct certificate *judge(const struct tls *t)
{
    unsigned char *staple = NULL;
    long n = SSL_get_tlsext_status_ocsp_resp(t->ssl, &staple);
    return trust_judge(t->client->trust, &(struct trust_question){
                                             .shown = SSL_get_peer_cert_chain(t->ssl),
                                             .host = sl_cstr(t->name),
                                             .addr = t->addr,
                                             .staple = sl_str((const char *)staple, n > 0 ? (size_t)n : 0),
                                             .now_s = now_s(),
                                         });
}

bool tls_client_verify(struct tls *t)
{
    if (!SSL_session_reused(t->ssl)) {
        certificate_unref(&t->certificate);
        t->certificate = judge(t);
    }
    keep_session(t);
    if (t->client->verdicts == TLS_VERDICTS_BIND)
        t->fault = t->certificate->fault;
    return t->fault == TLS_FAULT_NONE;
}

const struct certificate *tls_peer_certificate(const struct sock *s)
{
    return ((const struct tls *)s->tls)->certificate;
}

void tls_set_peer_certificate(struct sock *s, const struct certificate *certificate)
{
    struct tls *t = (struct tls *)s->tls;
    struct session *place = place_of(t->client, t->session_key);
    const struct certificate *before = t->certificate;
    t->certificate = certificate_ref(certificate);
    if (place->key && place->certificate == before) {
        certificate_unref(&place->certificate);
        place->certificate = certificate_ref(certificate);
    }
    certificate_unref(&before);
}

struct trust *tls_trust(const struct sock *s)
{
    return ((const struct tls *)s->tls)->client->trust;
}
