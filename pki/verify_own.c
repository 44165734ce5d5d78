/* verify_own.c - what OpenSSL does not look at, or takes lightly, in one certificate of a path: kinds of keys
 * that nobody should have, extensions that stand there twice, usages that it waves through. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "pki/verify.h"

enum { EXTENSIONS_MOST = 64, RSA_BITS_LEAST = 2048 };

/* Curves that browsers have, too. */
static bool is_known_curve(EVP_PKEY *key)
{
    static const char *const curves[] = {SN_X9_62_prime256v1, SN_secp384r1, SN_secp521r1};
    char name[64];
    size_t n;
    if (EVP_PKEY_get_group_name(key, name, sizeof name, &n) != 1)
        return false;
    for (size_t i = 0; i < SL_COUNT(curves); i++)
        if (strcmp(name, curves[i]) == 0)
            return true;
    return false;
}

/* An even exponent, or 1, makes signatures that anybody can make. */
static bool is_sound_rsa(EVP_PKEY *key)
{
    BIGNUM *e = NULL;
    bool ok = EVP_PKEY_get_bits(key) >= RSA_BITS_LEAST &&
              EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && BN_is_odd(e) && !BN_is_one(e);
    BN_free(e);
    return ok;
}

static bool is_sound_key(X509 *cert)
{
    EVP_PKEY *key = X509_get0_pubkey(cert);
    switch (key ? EVP_PKEY_get_base_id(key) : NID_undef) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        return is_sound_rsa(key);
    case EVP_PKEY_EC:
        return is_known_curve(key);
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
        return true;
    default: /* DSA and what else there was */
        return false;
    }
}

/* Of two extensions of a kind one program reads the first, another one the last. */
static bool has_each_once(X509 *cert)
{
    int n = X509_get_ext_count(cert);
    if (n > EXTENSIONS_MOST)
        return false;
    for (int i = 1; i < n; i++)
        for (int k = 0; k < i; k++)
            if (OBJ_cmp(X509_EXTENSION_get_object(X509_get_ext(cert, i)),
                        X509_EXTENSION_get_object(X509_get_ext(cert, k))) == 0)
                return false;
    return true;
}

/* OpenSSL takes "server gated crypto" of the nineties for it. A CA that may vouch for anything may for
 * servers; a server has to be one by name. */
static bool is_for_servers(X509 *cert, bool is_leaf)
{
    uint32_t enough = XKU_SSL_SERVER | (is_leaf ? 0 : XKU_ANYEKU);
    return !(X509_get_extension_flags(cert) & EXFLAG_XKUSAGE) || (X509_get_extended_key_usage(cert) & enough);
}

/* Every handshake that we agree to has the key sign (RFC 8446, section 4.4.2.2). */
static bool may_sign(X509 *leaf)
{
    return !(X509_get_extension_flags(leaf) & EXFLAG_KUSAGE) ||
           (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE);
}

tls_faults own_check(X509 *cert, bool is_leaf)
{
    tls_faults f = 0;
    if (!is_sound_key(cert))
        f |= tls_fault_bit(TLS_FAULT_WEAK_KEY);
    if (!has_each_once(cert) || (X509_get_extension_flags(cert) & EXFLAG_INVALID))
        f |= tls_fault_bit(TLS_FAULT_MALFORMED);
    if (!is_for_servers(cert, is_leaf))
        f |= tls_fault_bit(TLS_FAULT_WRONG_USAGE);
    if (is_leaf && !may_sign(cert))
        f |= tls_fault_bit(TLS_FAULT_KEY_USAGE);
    ERR_clear_error();
    return f;
}
