/* openssl.h - OpenSSL's objects under SL_CLEANUP, and the last of its errors as an answer of ours. Private to
 * pki. */
#ifndef PKI_OPENSSL_H
#define PKI_OPENSSL_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static inline void bio_freep(BIO **b)
{
    BIO_free(*b);
}
static inline void x509_freep(X509 **x)
{
    X509_free(*x);
}
static inline void x509s_freep(STACK_OF(X509) * *list)
{
    sk_X509_pop_free(*list, X509_free);
}
static inline void pkey_freep(EVP_PKEY **k)
{
    EVP_PKEY_free(*k);
}

/* Why the last call failed, in OpenSSL's words, and none of them are left behind for the next. */
static inline const char *openssl_why(void)
{
    const char *why = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return why ? why : "unknown reason";
}

#endif
