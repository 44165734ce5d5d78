/* context.c - what clients and servers have in common: TLS 1.2 at least, no renegotiation, no compression,
 * and no memory for records while none is on its way. */
#include <openssl/err.h>
#include <openssl/pem.h>

#include "proxy/tls/inside.h"

SSL_CTX *tls_context_new(const SSL_METHOD *method)
{
    SSL_CTX *ctx = SSL_CTX_new(method);
    if (!ctx || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(ctx, 1); /* a record and its header by one system call */
    return ctx;
}

int tls_store_add(X509_STORE *store, struct sl_str pem)
{
    BIO *bio = BIO_new_mem_buf(pem.p, (int)SL_MIN(pem.n, (size_t)16 << 20));
    X509 *cert;
    int count = 0;
    bool ok = bio != NULL;
    while (ok && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        ok = X509_STORE_add_cert(store, cert) == 1;
        count += ok;
        X509_free(cert);
    }
    if (ok && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        ok = false; /* it did not end for want of another one */
    BIO_free(bio);
    ERR_clear_error();
    return ok ? count : -1;
}
