/* context.c - what clients and servers have in common: TLS 1.2 at least, no renegotiation, no compression,
 * and no memory for records while none is on its way. */
#include "proxy/tls/inside.h"

/* Not OpenSSL's order: SHA-384 has no instructions of its own, and a handshake hashes much. */
static const char suites[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

SSL_CTX *tls_context_new(const SSL_METHOD *method)
{
    SSL_CTX *ctx = SSL_CTX_new(method);
    if (!ctx || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(ctx, suites) != 1) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(ctx, 1); /* a record and its header by one system call */
    return ctx;
}

/* HTTP/2 first where both have it. Who offers nothing speaks HTTP/1.1. */
static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_n,
                       const unsigned char *offered, unsigned n, void *arg)
{
    static const unsigned char names[] = "\x02h2\x08http/1.1";
    enum { H2 = 3, ALL = sizeof names - 1 };
    const struct tls *t = SSL_get_app_data(ssl);
    const unsigned char *ours = t->alpn & TLS_ALPN_H2 ? names : names + H2;
    unsigned end = t->alpn & TLS_ALPN_HTTP1 ? ALL : H2;
    unsigned char *chosen;
    if (SSL_select_next_proto(&chosen, out_n, ours, (unsigned)(names + end - ours), offered, n) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

SSL_CTX *tls_server_context_new(void)
{
    SSL_CTX *ctx = tls_context_new(TLS_server_method());
    if (!ctx)
        return NULL;
    SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, NULL);
    /* Browsers go without close_notify; what they say has its own end. */
    SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                 SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(ctx, TLS_SESSION_S);
    if (SSL_CTX_set_num_tickets(ctx, 1) == 1 &&
        SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1)
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}
