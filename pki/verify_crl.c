/* verify_crl.c - certificate revocation lists (RFC 5280, section 5): read once, kept as serial numbers. A
 * list that is of another CA, of other certificates, a difference to another list, or has a critical
 * extension that is not known says nothing. */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "pki/verify.h"

enum { SERIAL_MOST = 20, SKEW_S = 300, CRL_S = 12 * 3600 };

struct crl {
    atomic_uint refs;
    size_t count;
    uint8_t (*serials)[SERIAL_MOST]; /* sorted, zeros in front */
};

struct crl *crl_ref(struct crl *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void crl_unref(struct crl **cp)
{
    struct crl *c = *cp;
    *cp = NULL;
    if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) > 1)
        return;
    free(c->serials);
    free(c);
}

size_t crl_bytes(const struct crl *c)
{
    return sizeof *c + c->count * SERIAL_MOST;
}

/* False: longer than a serial number may be. */
static bool serial_of(const ASN1_INTEGER *serial, uint8_t out[SERIAL_MOST])
{
    size_t n = (size_t)ASN1_STRING_length(serial);
    if (n > SERIAL_MOST)
        return false;
    memset(out, 0, SERIAL_MOST);
    memcpy(out + SERIAL_MOST - n, ASN1_STRING_get0_data(serial), n);
    return true;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, SERIAL_MOST);
}

static struct crl *condense(X509_CRL *list)
{
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(list);
    int n = SL_MAX(sk_X509_REVOKED_num(entries), 0);
    struct crl *c = sl_calloc(1, sizeof *c);
    atomic_init(&c->refs, 1);
    c->serials = sl_calloc(SL_MAX((size_t)n, 1), sizeof *c->serials);
    for (int i = 0; i < n; i++)
        c->count += serial_of(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(entries, i)),
                              c->serials[c->count]);
    qsort(c->serials, c->count, sizeof *c->serials, compare);
    return c;
}

enum proof revoked_by_crl(const struct crl *c, X509 *cert)
{
    uint8_t serial[SERIAL_MOST];
    if (!serial_of(X509_get0_serialNumber(cert), serial))
        return PROOF_UNKNOWN;
    return bsearch(serial, c->serials, c->count, SERIAL_MOST, compare) ? PROOF_REVOKED : PROOF_GOOD;
}

/* ---- is it ours? ---- */

/* A list for a part of what a CA issued names the places where that part points to. */
static bool names_place(const ISSUING_DIST_POINT *idp, const char *url)
{
    if (!idp->distpoint)
        return true;
    if (idp->distpoint->type != 0)
        return false;
    GENERAL_NAMES *names = idp->distpoint->name.fullname;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_URI)
            continue;
        struct sl_str uri = sl_str((const char *)ASN1_STRING_get0_data(name->d.uniformResourceIdentifier),
                                   (size_t)ASN1_STRING_length(name->d.uniformResourceIdentifier));
        if (sl_str_eq(uri, sl_cstr(url)))
            return true;
    }
    return false;
}

static bool is_for(const ISSUING_DIST_POINT *idp, const char *url, X509 *cert)
{
    bool is_ca = X509_get_extension_flags(cert) & EXFLAG_CA;
    return idp->indirectCRL <= 0 && idp->onlyattr <= 0 && !idp->onlysomereasons &&
           !(idp->onlyuser > 0 && is_ca) && !(idp->onlyCA > 0 && !is_ca) && names_place(idp, url);
}

static bool covers(X509_CRL *list, const char *url, X509 *cert)
{
    ISSUING_DIST_POINT *idp = X509_CRL_get_ext_d2i(list, NID_issuing_distribution_point, NULL, NULL);
    bool has = X509_CRL_get_ext_by_NID(list, NID_issuing_distribution_point, -1) >= 0;
    bool ok = has ? idp && is_for(idp, url, cert) : true;
    ISSUING_DIST_POINT_free(idp);
    return ok;
}

/* Of its critical extensions the place of distribution is the one that is understood. */
static bool is_understood(const X509_CRL *list)
{
    for (int i = 0; i < X509_CRL_get_ext_count(list); i++) {
        X509_EXTENSION *e = X509_CRL_get_ext(list, i);
        if (X509_EXTENSION_get_critical(e) &&
            OBJ_obj2nid(X509_EXTENSION_get_object(e)) != NID_issuing_distribution_point)
            return false;
    }
    return X509_CRL_get_ext_by_NID(list, NID_delta_crl, -1) < 0;
}

static bool is_by(X509_CRL *list, X509 *issuer)
{
    int digest = NID_undef;
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    bool sound = OBJ_find_sigid_algs(X509_CRL_get_signature_nid(list), &digest, NULL) && digest != NID_md5 &&
                 digest != NID_sha1;
    bool may =
        !(X509_get_extension_flags(issuer) & EXFLAG_KUSAGE) || (X509_get_key_usage(issuer) & KU_CRL_SIGN);
    return sound && may && key &&
           X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(issuer)) == 0 &&
           X509_CRL_verify(list, key) == 1;
}

static bool is_current(const X509_CRL *list, int64_t now_s, int64_t *out_until_s)
{
    int64_t from_s, until_s;
    if (!facts_time(X509_CRL_get0_lastUpdate(list), &from_s) || from_s > now_s + SKEW_S ||
        !facts_time(X509_CRL_get0_nextUpdate(list), &until_s) || until_s < now_s - SKEW_S)
        return false;
    *out_until_s = SL_MAX(SL_MIN(until_s, now_s + CRL_S), now_s + 60);
    return true;
}

struct crl *crl_read(struct sl_str der, const char *url, X509 *cert, X509 *issuer, int64_t now_s,
                     int64_t *out_until_s)
{
    const unsigned char *p = (const unsigned char *)der.p;
    X509_CRL *list = der.n ? d2i_X509_CRL(NULL, &p, (long)der.n) : NULL;
    bool ok = list && p == (const unsigned char *)der.p + der.n && is_understood(list) &&
              is_current(list, now_s, out_until_s) && covers(list, url, cert) && is_by(list, issuer);
    struct crl *c = ok ? condense(list) : NULL;
    X509_CRL_free(list);
    ERR_clear_error();
    return c;
}
