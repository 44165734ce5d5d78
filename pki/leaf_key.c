/* leaf_key.c - see leaf_key.h.
 * The pair is an EC_KEY within an EVP_PKEY, as before OpenSSL 3. X509_set_pubkey takes 180 us for a key of a
 * provider, which it encodes through text-book machinery each time, and 4 us for one of these; minting is 30
 * us besides. These calls are deprecated, not gone, and this is the only source that makes them. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "pki/leaf_key.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/crypto.h"

enum { POINT = 65, SKI = 20 }; /* bytes of an uncompressed point; of an identifier */

/* The begin of the SHA-256 of the public key (RFC 7093, method 1): an identifier without SHA-1. */
static X509_EXTENSION *identify(const EC_KEY *ec)
{
    uint8_t point[POINT], hash[32], der[2 + SKI] = {V_ASN1_OCTET_STRING, SKI};
    size_t n = EC_POINT_point2oct(EC_KEY_get0_group(ec), EC_KEY_get0_public_key(ec),
                                  POINT_CONVERSION_UNCOMPRESSED, point, sizeof point, NULL);
    sl_assert(n == sizeof point);
    crypto_sha256(sl_str((const char *)point, n), hash);
    memcpy(der + 2, hash, SKI);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    sl_assert(value && ASN1_OCTET_STRING_set(value, der, sizeof der) == 1);
    X509_EXTENSION *e = X509_EXTENSION_create_by_NID(NULL, NID_subject_key_identifier, 0, value);
    sl_assert(e);
    ASN1_OCTET_STRING_free(value);
    return e;
}

static void take(struct leaf_key *out, EC_KEY *ec)
{
    out->pair = EVP_PKEY_new();
    out->ski = identify(ec);
    sl_assert(out->pair && EVP_PKEY_assign_EC_KEY(out->pair, ec) == 1);
}

void leaf_key_make(struct leaf_key *out)
{
    EC_KEY *ec = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
    sl_assert(ec && EC_KEY_generate_key(ec) == 1); /* fails for want of memory or of random bytes */
    take(out, ec);
}

bool leaf_key_read(struct leaf_key *out, struct sl_str der)
{
    const unsigned char *p = (const unsigned char *)der.p;
    EC_KEY *ec = d2i_ECPrivateKey(NULL, &p, (long)der.n);
    bool ok = ec && EC_GROUP_get_curve_name(EC_KEY_get0_group(ec)) == NID_X9_62_prime256v1 &&
              EC_KEY_check_key(ec) == 1;
    ERR_clear_error();
    if (ok)
        take(out, ec);
    else
        EC_KEY_free(ec);
    return ok;
}

struct sl_str leaf_key_write(const struct leaf_key *k)
{
    unsigned char *der = NULL;
    int n = i2d_ECPrivateKey(EVP_PKEY_get0_EC_KEY(k->pair), &der);
    sl_assert(n > 0);
    return sl_str((const char *)der, (size_t)n);
}

void leaf_key_wipe(struct sl_str *der)
{
    OPENSSL_clear_free((void *)der->p, der->n);
    *der = sl_str(NULL, 0);
}

void leaf_key_fini(struct leaf_key *k)
{
    EVP_PKEY_free(k->pair);
    X509_EXTENSION_free(k->ski);
    *k = (struct leaf_key){0};
}
