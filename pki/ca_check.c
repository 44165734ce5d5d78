/* ca_check.c - whether an authority that somebody else made can sign for us, so that its leaves are accepted.
 *
 * What can be said in plain words is looked at first; then a leaf is signed and verified as a client would,
 * which proves the key, and finds whatever the words did not name. */
#include <openssl/rand.h>
#include <stdlib.h>
#include <time.h>

#include "pki/ca_inside.h"
#include "pki/describe.h"

enum { RSA_LEAST = 2048, RSA_MOST = 16384, HOUR_S = 3600 };

static bool is_curve_of_the_web(EVP_PKEY *key)
{
    char group[64] = "";
    size_t n;
    EVP_PKEY_get_group_name(key, group, sizeof group, &n);
    int nid = OBJ_sn2nid(group);
    return nid == NID_X9_62_prime256v1 || nid == NID_secp384r1 || nid == NID_secp521r1;
}

static bool check_strength(X509 *cert, const char *subject, struct sl_err *err)
{
    EVP_PKEY *key = X509_get0_pubkey(cert);
    SL_CLEANUP(sl_freep) char *kind = describe_key(key);
    int bits = key ? EVP_PKEY_get_bits(key) : 0;
    bool rsa = key && EVP_PKEY_is_a(key, "RSA") && bits >= RSA_LEAST && bits <= RSA_MOST;
    bool ec = key && EVP_PKEY_is_a(key, "EC") && is_curve_of_the_web(key);
    return rsa || ec ||
           sl_fail(err, SL_BAD_INPUT,
                   "%s has the key %s, which browsers refuse; it needs EC P-256, P-384 or P-521, or "
                   "RSA of %d bits or more",
                   subject, kind, RSA_LEAST);
}

/* How a root signed itself proves nothing to anybody, so that does not matter. */
static bool check_signature(X509 *cert, const char *subject, struct sl_err *err)
{
    int digest = NID_undef;
    X509_get_signature_info(cert, &digest, NULL, NULL, NULL);
    if (ca_is_root(cert) || (digest != NID_sha1 && digest != NID_md5))
        return true;
    return sl_fail(err, SL_BAD_INPUT,
                   "%s is signed with %s, which clients refuse; have it signed again with SHA-256", subject,
                   OBJ_nid2sn(digest));
}

static bool check_dates(X509 *cert, const char *subject, int64_t now_s, struct sl_err *err)
{
    char date[11] = "?";
    int64_t from_s = describe_seconds(X509_get0_notBefore(cert)),
            to_s = describe_seconds(X509_get0_notAfter(cert));
    time_t told = (time_t)(to_s <= now_s ? to_s : from_s);
    struct tm tm;
    if (gmtime_r(&told, &tm))
        strftime(date, sizeof date, "%Y-%m-%d", &tm);
    if (to_s <= now_s)
        return sl_fail(err, SL_BAD_INPUT, "%s ended on %s; give one that is valid", subject, date);
    return from_s <= now_s ||
           sl_fail(err, SL_BAD_INPUT, "%s is valid from %s on only; give one that is valid now", subject,
                   date);
}

/* Who may sign certificates, and for TLS servers. */
static bool check_use(X509 *cert, const char *subject, struct sl_err *err)
{
    uint32_t flags = X509_get_extension_flags(cert);
    if (flags & EXFLAG_INVALID)
        return sl_fail(err, SL_BAD_INPUT, "%s has an extension that cannot be read; clients refuse it",
                       subject);
    if (!(flags & EXFLAG_CA))
        return sl_fail(err, SL_BAD_INPUT,
                       "%s is no authority (basic constraints: CA); a server's certificate signs "
                       "nothing",
                       subject);
    if (!(X509_get_key_usage(cert) & KU_KEY_CERT_SIGN))
        return sl_fail(err, SL_BAD_INPUT, "%s may not sign certificates (key usage: keyCertSign)", subject);
    if (!(X509_get_extended_key_usage(cert) & (XKU_SSL_SERVER | XKU_ANYEKU)))
        return sl_fail(err, SL_BAD_INPUT, "%s may not sign for TLS servers (extended key usage: serverAuth)",
                       subject);
    return true;
}

/* below: how many authorities stand between it and the leaves. */
static bool check_path(X509 *cert, const char *subject, int below, struct sl_err *err)
{
    long most = X509_get_pathlen(cert);
    return most < 0 || most >= below ||
           sl_fail(err, SL_BAD_INPUT, "%s allows %ld authorities below it (path length), and here are %d",
                   subject, most, below);
}

static bool check_member(X509 *cert, int below, int64_t now_s, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *name = describe_name(X509_get_subject_name(cert));
    if (strlen(name) > 80) /* the rest of the sentence matters more */
        name[80] = '\0';
    return check_use(cert, name, err) && check_path(cert, name, below, err) &&
           check_dates(cert, name, now_s, err) && check_strength(cert, name, err) &&
           check_signature(cert, name, err);
}

/* ---- the proof ---- */

/* A leaf for nobody. */
static X509 *sign_leaf(const struct ca *ca, int64_t now_s)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *leaf = X509_new();
    sl_assert(key && leaf);
    bool ok = X509_set_version(leaf, X509_VERSION_3) == 1 &&
              ASN1_INTEGER_set(X509_get_serialNumber(leaf), 1) == 1 &&
              X509_set_issuer_name(leaf, X509_get_subject_name(ca_certificate(ca))) == 1 &&
              ASN1_TIME_set(X509_getm_notBefore(leaf), now_s - HOUR_S) &&
              ASN1_TIME_set(X509_getm_notAfter(leaf), now_s + HOUR_S) && X509_set_pubkey(leaf, key) == 1 &&
              X509_sign(leaf, ca_key(ca), EVP_sha256()) > 0;
    EVP_PKEY_free(key);
    if (ok)
        return leaf;
    X509_free(leaf);
    return NULL;
}

static bool verify_leaf(const struct ca *ca, X509 *leaf, int64_t now_s, struct sl_err *err)
{
    STACK_OF(X509) *above = ca_above(ca);
    int count = sk_X509_num(above);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    sl_assert(store && ctx && X509_STORE_add_cert(store, ca_certificate(ca)) == 1);
    for (int i = 0; i < count; i++)
        sl_assert(X509_STORE_add_cert(store, sk_X509_value(above, i)) == 1);
    sl_assert(X509_STORE_CTX_init(ctx, store, leaf, NULL) == 1);
    X509_VERIFY_PARAM *how = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(how, (time_t)now_s);
    X509_VERIFY_PARAM_set_purpose(how, X509_PURPOSE_SSL_SERVER);
    if (!ca_is_root(count ? sk_X509_value(above, count - 1)
                          : ca_certificate(ca))) /* it is not there, and clients have it: whoever stands
                                                    highest is believed here */
        X509_VERIFY_PARAM_set_flags(how, X509_V_FLAG_PARTIAL_CHAIN);
    bool ok = X509_verify_cert(ctx) == 1;
    int why = X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    ERR_clear_error();
    return ok || sl_fail(err, SL_BAD_INPUT, "clients would refuse what it signs: %s",
                         X509_verify_cert_error_string(why));
}

bool ca_check(const struct ca *ca, int64_t now_s, struct sl_err *err)
{
    STACK_OF(X509) *above = ca_above(ca);
    if (!check_member(ca_certificate(ca), 0, now_s, err))
        return false;
    for (int i = 0; i < sk_X509_num(above); i++)
        if (!check_member(sk_X509_value(above, i), i + 1, now_s, err))
            return false;
    X509 *leaf = sign_leaf(ca, now_s);
    if (leaf == NULL)
        return sl_fail(err, SL_BAD_INPUT, "the private key does not sign: %s", openssl_why());
    bool ok = verify_leaf(ca, leaf, now_s, err);
    X509_free(leaf);
    return ok;
}
