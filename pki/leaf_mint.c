/* leaf_mint.c - see leaf_mint.h. OpenSSL's steps fail only for want of memory, but for the signature: the key
 * may be a token's. */
#include "pki/leaf_mint.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/crypto.h"

enum { SERIAL = 16, COMMON_NAME = 64 };

/* ---- the issuer ---- */

/* The CA's own subject key identifier, or what stands for one where it has none. */
static ASN1_OCTET_STRING *key_id(X509 *ca)
{
    const ASN1_OCTET_STRING *own = X509_get0_subject_key_id(ca);
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    ASN1_OCTET_STRING *id = own ? ASN1_OCTET_STRING_dup(own) : ASN1_OCTET_STRING_new();
    if (!own && id &&
        (X509_pubkey_digest(ca, EVP_sha256(), hash, &n) != 1 || ASN1_OCTET_STRING_set(id, hash, 20) != 1)) {
        ASN1_OCTET_STRING_free(id);
        return NULL;
    }
    return id;
}

static X509_EXTENSION *point_to(X509 *ca)
{
    AUTHORITY_KEYID *aki = AUTHORITY_KEYID_new();
    X509_EXTENSION *e = NULL;
    if (aki && (aki->keyid = key_id(ca)) != NULL)
        e = X509V3_EXT_i2d(NID_authority_key_identifier, 0, aki);
    AUTHORITY_KEYID_free(aki);
    return e;
}

bool issuer_make(const struct ca *ca, struct issuer *out, struct sl_err *err)
{
    X509 *cert = ca_certificate(ca);
    X509_EXTENSION *aki = point_to(cert);
    ERR_clear_error();
    if (!aki)
        return sl_fail(err, SL_INTERNAL, "the certificate of the CA could not be taken apart");
    *out = (struct issuer){.ca = ca_ref(ca),
                           .aki = aki,
                           .bare_subject = X509_get_ext_by_NID(cert, NID_name_constraints, -1) >= 0};
    return true;
}

void issuer_fini(struct issuer *i)
{
    X509_EXTENSION_free(i->aki);
    ca_unref(&i->ca);
}

/* ---- a leaf ---- */

/* 126 random bits, positive, of full length. */
static bool set_serial(X509 *cert)
{
    unsigned char serial[SERIAL];
    crypto_random(serial, sizeof serial);
    serial[0] = (unsigned char)((serial[0] & 0x3f) | 0x40);
    return ASN1_STRING_set(X509_get_serialNumber(cert), serial, sizeof serial) == 1;
}

static bool set_subject(X509 *cert, const struct issuer *issuer, const struct leaf_name *first)
{
    if (issuer->bare_subject || first->text.n == 0 || first->text.n > COMMON_NAME)
        return true;
    return X509_NAME_add_entry_by_NID(X509_get_subject_name(cert), NID_commonName, V_ASN1_UTF8STRING,
                                      (const unsigned char *)first->text.p, (int)first->text.n, -1, 0) == 1;
}

static bool add_name(GENERAL_NAMES *all, const struct leaf_name *name)
{
    const unsigned char *bytes = name->addr.b + (sl_addr_is_v4(name->addr) ? 12 : 0);
    bool is_address = name->text.n == 0;
    GENERAL_NAME *g = GENERAL_NAME_new();
    ASN1_STRING *value = is_address ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
    bool ok = g && value &&
              (is_address ? ASN1_STRING_set(value, bytes, (int)(name->addr.b + sizeof name->addr.b - bytes))
                          : ASN1_STRING_set(value, name->text.p, (int)name->text.n)) == 1 &&
              sk_GENERAL_NAME_push(all, g) > 0;
    if (!ok) {
        GENERAL_NAME_free(g);
        ASN1_STRING_free(value);
        return false;
    }
    GENERAL_NAME_set0_value(g, is_address ? GEN_IPADD : GEN_DNS, value);
    return true;
}

/* Without a subject the names are all there is, and must be understood (RFC 5280, 4.2.1.6). */
static bool add_names(X509 *cert, const struct leaf_names *names)
{
    GENERAL_NAMES *all = GENERAL_NAMES_new();
    int critical = X509_NAME_entry_count(X509_get_subject_name(cert)) == 0;
    bool ok = all != NULL;
    for (size_t i = 0; ok && i < names->count; i++)
        ok = add_name(all, &names->items[i]);
    ok = ok && X509_add1_ext_i2d(cert, NID_subject_alt_name, all, critical, X509V3_ADD_APPEND) == 1;
    GENERAL_NAMES_free(all);
    return ok;
}

static bool add_encoded(X509 *cert, int nid, int critical, const char *der, int n)
{
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *e = NULL;
    bool ok = value && ASN1_OCTET_STRING_set(value, (const unsigned char *)der, n) == 1 &&
              (e = X509_EXTENSION_create_by_NID(NULL, nid, critical, value)) != NULL &&
              X509_add_ext(cert, e, -1) == 1;
    X509_EXTENSION_free(e);
    ASN1_OCTET_STRING_free(value);
    return ok;
}

static bool add_uses(X509 *cert)
{
    static const char no_ca[] = "\x30\x00"; /* an empty sequence: cA is false */
    static const char digital_signature[] = "\x03\x02\x07\x80";
    static const char server_auth[] = "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01";
    return add_encoded(cert, NID_basic_constraints, 1, no_ca, sizeof no_ca - 1) &&
           add_encoded(cert, NID_key_usage, 1, digital_signature, sizeof digital_signature - 1) &&
           add_encoded(cert, NID_ext_key_usage, 0, server_auth, sizeof server_auth - 1);
}

/* SHA-256 for most kinds of keys; none for those that hash by themselves (Ed25519). */
static const EVP_MD *digest_for(EVP_PKEY *key)
{
    int nid = NID_undef;
    return EVP_PKEY_get_default_digest_nid(key, &nid) > 0 && nid != NID_undef ? EVP_get_digestbynid(nid)
                                                                              : NULL;
}

static bool fill(X509 *cert, const struct issuer *issuer, const struct leaf_key *key,
                 const struct leaf_order *order)
{
    return X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert) &&
           X509_set_issuer_name(cert, X509_get_subject_name(ca_certificate(issuer->ca))) == 1 &&
           ASN1_TIME_set(X509_getm_notBefore(cert), order->not_before_s) &&
           ASN1_TIME_set(X509_getm_notAfter(cert), order->not_after_s) &&
           set_subject(cert, issuer, &order->names->items[0]) && X509_set_pubkey(cert, key->pair) == 1 &&
           add_uses(cert) && X509_add_ext(cert, key->ski, -1) == 1 &&
           X509_add_ext(cert, issuer->aki, -1) == 1 && add_names(cert, order->names);
}

X509 *leaf_mint(const struct issuer *issuer, const struct leaf_key *key, const struct leaf_order *order,
                struct sl_err *err)
{
    EVP_PKEY *ca = ca_key(issuer->ca);
    X509 *cert = X509_new();
    sl_assert(cert && order->names->count > 0);
    if (fill(cert, issuer, key, order) && X509_sign(cert, ca, digest_for(ca)) > 0)
        return cert;
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    sl_fail(err, SL_UNAVAILABLE, "the key of the CA did not sign: %s", reason ? reason : "no reason given");
    ERR_clear_error();
    X509_free(cert);
    return NULL;
}
