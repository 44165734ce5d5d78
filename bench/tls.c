/* tls.c - see tls.h. */
#include "bench/tls.h"

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "bench/net.h"
#include "sluice/base.h"

enum { DAY_S = 86400 };

static void must(bool ok)
{
    errno = 0;
    if (!ok)
        die("OpenSSL does not do its part");
}

static void use_fresh_certificate(SSL_CTX *context)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    must(key && certificate);
    X509_NAME *name = X509_get_subject_name(certificate);
    must(X509_set_version(certificate, 2) && ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_S) &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), DAY_S) &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"origin.test", -1, -1,
                                    0) &&
         X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key) &&
         X509_sign(certificate, key, EVP_sha256()) && SSL_CTX_use_certificate(context, certificate) &&
         SSL_CTX_use_PrivateKey(context, key));
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static SSL_CTX *context_of(bool server)
{
    static SSL_CTX *contexts[2];
    if (contexts[server])
        return contexts[server];
    SSL_CTX *context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    must(context != NULL);
    SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (server)
        use_fresh_certificate(context);
    return contexts[server] = context;
}

struct tls *tls_new(int fd, bool server)
{
    SSL *ssl = SSL_new(context_of(server));
    must(ssl && SSL_set_fd(ssl, fd));
    if (server)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    return (struct tls *)ssl;
}

void tls_free(struct tls **t)
{
    SSL_free((SSL *)*t);
    *t = NULL;
}

static ssize_t result(struct tls *t, int n)
{
    if (n > 0)
        return n;
    int error = SSL_get_error((SSL *)t, n);
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
    return error == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

ssize_t tls_recv(struct tls *t, void *p, size_t n)
{
    return result(t, SSL_read((SSL *)t, p, (int)SL_MIN(n, (size_t)INT32_MAX)));
}

ssize_t tls_send(struct tls *t, const void *p, size_t n)
{
    return result(t, SSL_write((SSL *)t, p, (int)SL_MIN(n, (size_t)INT32_MAX)));
}
