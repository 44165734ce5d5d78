/* leaf_key.h - the one key pair that all leaves share. A client that trusts our CA trusts the process that
 * holds both keys, so a pair for each leaf would protect nobody and cost each first visit. Immutable. */
#ifndef PKI_LEAF_KEY_H
#define PKI_LEAF_KEY_H

#include <openssl/x509.h>

#include "sluice/str.h"

struct leaf_key {
    EVP_PKEY *pair;      /* P-256 */
    X509_EXTENSION *ski; /* its subject key identifier */
};

void leaf_key_make(struct leaf_key *out); /* a new one */
/* What leaf_key_write gave. False: this is no P-256 key pair. */
bool leaf_key_read(struct leaf_key *out, struct sl_str der);
/* For a file that only we can read. Wipe and free with leaf_key_wipe. */
struct sl_str leaf_key_write(const struct leaf_key *k);
void leaf_key_wipe(struct sl_str *der);
void leaf_key_fini(struct leaf_key *k);

#endif
