/* rounds.h - how much a locked file makes us compute before it opens. Private to pki. */
#ifndef PKI_ROUNDS_H
#define PKI_ROUNDS_H

#include <openssl/pkcs12.h>

#include "sluice/err.h"
#include "sluice/str.h"

/* An encrypted private key (PKCS#8, DER). What cannot be read is left to who opens it. */
bool rounds_of_key(const unsigned char *der, long n, struct sl_err *err);
bool rounds_of_pkcs12(PKCS12 *p12, struct sl_str password, struct sl_err *err);

#endif
