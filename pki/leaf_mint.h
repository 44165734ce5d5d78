/* leaf_mint.h - one certificate: names and dates in, a signature of the CA under it. */
#ifndef PKI_LEAF_MINT_H
#define PKI_LEAF_MINT_H

#include <openssl/x509.h>

#include "pki/leaf_key.h"
#include "pki/leaf_names.h"
#include "sluice/ca.h"

/* What a CA needs to sign, prepared once. Immutable. */
struct issuer {
    const struct ca *ca; /* our reference */
    X509_EXTENSION *aki; /* points to it */
    bool bare_subject; /* its constraints speak of names, so leaves have no other than the alternative ones */
};
bool issuer_make(const struct ca *ca, struct issuer *out, struct sl_err *err);
void issuer_fini(struct issuer *i);

struct leaf_order {
    const struct leaf_names *names; /* at least one; all of them within the CA's constraints */
    int64_t not_before_s, not_after_s;
};
/* A certificate for TLS servers, nothing else: no revocation points, no policies, no stapling demanded.
 * NULL: the key of the CA did not sign. */
X509 *leaf_mint(const struct issuer *issuer, const struct leaf_key *key, const struct leaf_order *order,
                struct sl_err *err);

#endif
