/* store_pem.c - see store_pem.h. */
#include "pki/store_pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

enum { PEM_MOST = 16 << 20 };

int store_add_pem(X509_STORE *store, struct sl_str pem)
{
    BIO *bio = BIO_new_mem_buf(pem.p, (int)SL_MIN(pem.n, (size_t)PEM_MOST));
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
