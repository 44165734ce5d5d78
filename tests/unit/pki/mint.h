/* mint.h - certificates for tests, right ones and wrong ones, from a line of text. */
#ifndef TESTS_UNIT_PKI_MINT_H
#define TESTS_UNIT_PKI_MINT_H

#include <openssl/x509.h>

#include "sluice/str.h"

#define MINT_NOW INT64_C(1800000000) /* what time it is in these tests */

enum mint_quirk {
    MINT_V1 = 1 << 0,            /* version 1, without extensions */
    MINT_V1_EXTENDED = 1 << 1,   /* version 1 with extensions */
    MINT_BROKEN = 1 << 2,        /* a bit of the signature is flipped */
    MINT_FOREIGN = 1 << 3,       /* signed with a key that is not the issuer's */
    MINT_TWICE = 1 << 4,         /* the last extension stands there twice */
    MINT_TWO_ALGORITHMS = 1 << 5 /* it names one algorithm inside and another one outside */
};

struct mint_spec {
    const char *name; /* common name; "": an empty subject */
    bool is_ca;
    /* Extensions that are otherwise than usual: "pathlen..." as in openssl's configuration, '|' between them;
     * without a value: left out. Usual are those of a CA, and of a server that is www.example.com. */
    const char *with;
    int from_day, until_day;  /* from MINT_NOW; both 0: usual */
    const char *key, *digest; /* NULL: P-256, SHA-256. "RSA:1024", "EC:secp256k1", "ED25519", "DSA" */
    unsigned quirks;
};

struct minted {
    X509 *cert;
    EVP_PKEY *key;
};
/* issuer NULL: signed by itself. */
struct minted mint(const struct mint_spec *spec, const struct minted *issuer);
/* Another certificate for the same name and key. */
struct minted mint_again(const struct minted *of, const struct mint_spec *spec, const struct minted *issuer);
void mint_free(struct minted *m);
char *mint_pem(const struct minted *m); /* on the heap */

/* An OCSP answer in DER, on the heap. days: until it ends, from MINT_NOW - 1 day. status:
 * V_OCSP_CERTSTATUS_*. signer NULL: the issuer itself. */
struct sl_str mint_ocsp(const struct minted *cert, const struct minted *issuer, const struct minted *signer,
                        int status, int until_day);
/* A CRL in DER, on the heap, that takes `revoked` (may be NULL) back. idp: of its extension, or NULL. */
struct sl_str mint_crl(const struct minted *issuer, const struct minted *revoked, int until_day,
                       const char *idp);

#endif
