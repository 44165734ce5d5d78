/* leaf_inside.h - a leaf as the sources of this folder see it. */
#ifndef PKI_LEAF_INSIDE_H
#define PKI_LEAF_INSIDE_H

#include <openssl/x509.h>
#include <stdatomic.h>

#include "sluice/ca.h"
#include "sluice/leaf.h"

struct leaf {
    atomic_uint refs;
    X509 *cert;
    EVP_PKEY *pair;
    const struct ca *ca;
    int64_t renew_s; /* from here on another one is minted */
};
struct leaf *leaf_new(X509 *take_cert, EVP_PKEY *pair, const struct ca *ca, int64_t renew_s);

#endif
