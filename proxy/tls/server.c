/* server.c - see server.h. Sessions are resumed by tickets, so nothing is kept for them; the keys of tickets
 * are as old as the context. */
#include "proxy/tls/server.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "pki/store_pem.h"
#include "proxy/tls/inside.h"
#include "proxy/tls/io.h"

enum { CHAIN_MAX = 10, CLIENT_CHAIN_BYTES = 32 * 1024 };

struct tls_server {
    SSL_CTX *ctx;
    atomic_uint refs;
};

static void bio_freep(BIO **b)
{
    BIO_free(*b);
}

static BIO *text_bio(struct sl_str pem)
{
    return BIO_new_mem_buf(pem.p, (int)SL_MIN(pem.n, (size_t)1 << 20));
}

static bool use_certificate(SSL_CTX *ctx, struct sl_str pem, struct sl_err *err)
{
    SL_CLEANUP(bio_freep) BIO *bio = text_bio(pem);
    X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    bool ok = cert && SSL_CTX_use_certificate(ctx, cert) == 1;
    X509_free(cert);
    for (int i = 0; ok && i < CHAIN_MAX && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL; i++)
        ok = SSL_CTX_add0_chain_cert(ctx, cert) == 1;
    return ok || sl_fail(err, SL_BAD_INPUT, "the certificate is none in PEM, or too weak");
}

static bool use_key(SSL_CTX *ctx, struct sl_str pem, struct sl_err *err)
{
    SL_CLEANUP(bio_freep) BIO *bio = text_bio(pem);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"") : NULL;
    bool ok = key && SSL_CTX_use_PrivateKey(ctx, key) == 1 && SSL_CTX_check_private_key(ctx) == 1;
    EVP_PKEY_free(key);
    return ok || sl_fail(err, SL_BAD_INPUT,
                         "the key is none in PEM without a password, or not that of the certificate");
}

/* Names of the CAs are told to clients, so that they offer a fitting certificate. */
static bool tell_names(SSL_CTX *ctx, struct sl_str pem)
{
    SL_CLEANUP(bio_freep) BIO *bio = text_bio(pem);
    X509 *cert;
    bool ok = true;
    while (ok && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        ok = SSL_CTX_add_client_CA(ctx, cert) == 1;
        X509_free(cert);
    }
    return ok;
}

static bool ask_clients(SSL_CTX *ctx, const struct tls_server_config *cfg, struct sl_err *err)
{
    int mode = SSL_VERIFY_PEER | (cfg->clients == TLS_CLIENT_REQUIRED ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
    if (cfg->clients == TLS_CLIENT_OFF)
        return true;
    if (store_add_pem(SSL_CTX_get_cert_store(ctx), cfg->client_ca) < 1 || !tell_names(ctx, cfg->client_ca))
        return sl_fail(err, SL_BAD_INPUT, "the CA of clients is no certificate in PEM");
    SSL_CTX_set_verify(ctx, mode, NULL);
    SSL_CTX_set_verify_depth(ctx, CHAIN_MAX);
    SSL_CTX_set_max_cert_list(ctx, CLIENT_CHAIN_BYTES);
    return true;
}

static bool fill(SSL_CTX *ctx, const struct tls_server_config *cfg, struct sl_err *err)
{
    static const unsigned char context[] = "sluice";
    if (SSL_CTX_set_session_id_context(ctx, context, sizeof context - 1) != 1)
        return sl_fail(err, SL_INTERNAL, "TLS could not be set up");
    return use_certificate(ctx, cfg->certificate, err) && use_key(ctx, cfg->key, err) &&
           ask_clients(ctx, cfg, err);
}

bool tls_server_new(const struct tls_server_config *cfg, struct tls_server **out, struct sl_err *err)
{
    SSL_CTX *ctx = tls_server_context_new();
    bool ok = ctx ? fill(ctx, cfg, err) : sl_fail(err, SL_INTERNAL, "TLS could not be set up");
    ERR_clear_error();
    if (!ok) {
        SSL_CTX_free(ctx);
        return false;
    }
    *out = sl_calloc(1, sizeof **out);
    (*out)->ctx = ctx;
    atomic_init(&(*out)->refs, 1);
    return true;
}

struct tls_server *tls_server_ref(struct tls_server *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

void tls_server_unref(struct tls_server **sp)
{
    struct tls_server *s = *sp;
    *sp = NULL;
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) > 1)
        return;
    SSL_CTX_free(s->ctx);
    free(s);
}

void tls_accept(struct sock *s, struct tls_server *server, struct sl_str ahead)
{
    struct tls *t = tls_new(s, server->ctx, ahead);
    t->alpn = TLS_ALPN_HTTP1;
    SSL_set_accept_state(t->ssl);
}
