/* client.c - see client.h. Sessions stand in a table of fixed size, a new one in the place of whatever was
 * there: a session that was lost costs a full handshake, nothing else. One of TLS 1.3 is taken out when it is
 * used, for a ticket that is shown twice lets others tell that both connections are ours; its server sends
 * another. One of TLS 1.2 stays: there a resumed session brings no other ticket. */
#include "proxy/tls/client.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "proxy/net/keyhash.h"
#include "proxy/tls/inside.h"
#include "proxy/tls/io.h"

enum { SESSIONS = 1024, CHAIN_MAX = 10 };

struct tls_trust {
    X509_STORE *store;
};

struct session {
    char *key;
    SSL_SESSION *session;
};

struct tls_client {
    SSL_CTX *ctx;
    size_t refs;
    struct keyhash hash;
    struct session sessions[SESSIONS];
};

/* ---- trust ---- */

bool tls_trust_new(const struct tls_trust_config *cfg, struct tls_trust **out, struct sl_err *err)
{
    X509_STORE *store = X509_STORE_new();
    bool ok = store && (!cfg->system || X509_STORE_set_default_paths(store) == 1);
    if (!ok)
        sl_fail(err, SL_INTERNAL, "the certificates of the operating system could not be read");
    else if (cfg->extra.n > 0 && tls_store_add(store, cfg->extra) < 1)
        ok = sl_fail(err, SL_BAD_INPUT, "there is no certificate in PEM, or a broken one");
    ERR_clear_error();
    if (!ok) {
        X509_STORE_free(store);
        return false;
    }
    *out = sl_calloc(1, sizeof **out);
    (*out)->store = store;
    return true;
}

void tls_trust_free(struct tls_trust **t)
{
    if (*t)
        X509_STORE_free((*t)->store);
    sl_freep(t);
}

/* ---- sessions ---- */

static struct session *place_of(struct tls_client *c, const char *key)
{
    return &c->sessions[keyhash(&c->hash, key, strlen(key)) % SESSIONS];
}

static void forget(struct session *s)
{
    SSL_SESSION_free(s->session);
    free(s->key);
    *s = (struct session){0};
}

/* OpenSSL has a session that can be resumed; 1 takes its reference. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
    const struct tls *t = SSL_get_app_data(ssl);
    struct session *s = place_of(t->client, t->session_key);
    if (!SSL_SESSION_is_resumable(session))
        return 0;
    forget(s);
    *s = (struct session){.key = sl_strdup(t->session_key), .session = session};
    return 1;
}

static void resume(struct tls *t)
{
    struct session *s = place_of(t->client, t->session_key);
    if (!s->key || strcmp(s->key, t->session_key) != 0)
        return;
    SSL_set_session(t->ssl, s->session); /* one that has grown old is not used */
    if (SSL_SESSION_get_protocol_version(s->session) >= TLS1_3_VERSION)
        forget(s);
}

/* ---- a client ---- */

static bool fill(SSL_CTX *ctx)
{
    static const unsigned char alpn[] = "\x08http/1.1";
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_verify_depth(ctx, CHAIN_MAX);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, on_session);
    return SSL_CTX_set_alpn_protos(ctx, alpn, sizeof alpn - 1) ==
           0; /* of all calls, this one has 0 for success */
}

bool tls_client_new(const struct tls_trust *trust, struct tls_client **out, struct sl_err *err)
{
    SSL_CTX *ctx = tls_context_new(TLS_client_method());
    if (!ctx || !fill(ctx)) {
        SSL_CTX_free(ctx);
        ERR_clear_error();
        return sl_fail(err, SL_INTERNAL, "TLS could not be set up");
    }
    SSL_CTX_set1_cert_store(ctx, trust->store);
    struct tls_client *c = sl_calloc(1, sizeof *c);
    c->ctx = ctx;
    c->refs = 1;
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
    free(c);
}

void tls_client_leave(struct tls *t)
{
    sl_freep(&t->session_key);
    tls_client_unref(&t->client);
}

/* ---- a connection ---- */

/* What the certificate must be for. A name goes to the peer too; an address must not. */
static bool expect(SSL *ssl, const char *name, const char *addr)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return *name
               ? X509_VERIFY_PARAM_set1_host(param, name, 0) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1
               : X509_VERIFY_PARAM_set1_ip_asc(param, addr) == 1;
}

void tls_connect(struct sock *s, struct tls_client *client, const struct tls_peer *peer)
{
    struct tls *t = tls_new(s, client->ctx, sl_str(NULL, 0));
    SL_CLEANUP(sl_freep) char *name = sl_str_dup(peer->name);
    char addr[SL_ADDR_TEXT];
    sl_addr_text(peer->addr, addr);
    client->refs++;
    t->client = client;
    t->session_key = sl_asprintf("%s|%u", *name ? name : addr, peer->port);
    SSL_set_connect_state(t->ssl);
    if (!expect(t->ssl, name, addr))
        t->fault = TLS_FAULT_WRONG_NAME; /* no name that a certificate could have */
    resume(t);
}
