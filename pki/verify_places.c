/* verify_places.c - where a certificate says that its issuer, its status or a CRL can be had. These are the
 * words of a stranger, so they are short, plain, of http, and few; who fetches there judges the destination.
 */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "pki/verify.h"

enum { URL_MOST = 1024, LOOKED_AT_MOST = 16 };

struct places {
    struct sl_arena *arena;
    const char **out;
    size_t n;
};

static bool is_plain_http(struct sl_str url)
{
    if (!sl_str_istarts(url, SL_STR("http://")) || url.n > URL_MOST)
        return false;
    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] <= 0x20 || url.p[i] >= 0x7f)
            return false;
    return true;
}

static void take(struct places *to, const GENERAL_NAME *name)
{
    if (to->n == PLACES_MOST || name->type != GEN_URI)
        return;
    const ASN1_STRING *s = name->d.uniformResourceIdentifier;
    struct sl_str url = sl_str((const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
    if (is_plain_http(url))
        to->out[to->n++] = sl_arena_str(to->arena, url).p;
}

static void take_access(X509 *cert, int method, struct places *to)
{
    AUTHORITY_INFO_ACCESS *list = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);
    for (int i = 0; i < SL_MIN(sk_ACCESS_DESCRIPTION_num(list), LOOKED_AT_MOST); i++) {
        const ACCESS_DESCRIPTION *a = sk_ACCESS_DESCRIPTION_value(list, i);
        if (OBJ_obj2nid(a->method) == method)
            take(to, a->location);
    }
    AUTHORITY_INFO_ACCESS_free(list);
}

/* A point for some reasons only, or of another CA's list, would say too little. */
static void take_crl_points(X509 *cert, struct places *to)
{
    CRL_DIST_POINTS *list = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
    for (int i = 0; i < SL_MIN(sk_DIST_POINT_num(list), LOOKED_AT_MOST); i++) {
        const DIST_POINT *point = sk_DIST_POINT_value(list, i);
        if (!point->distpoint || point->distpoint->type != 0 || point->reasons || point->CRLissuer)
            continue;
        const GENERAL_NAMES *names = point->distpoint->name.fullname;
        for (int k = 0; k < SL_MIN(sk_GENERAL_NAME_num(names), LOOKED_AT_MOST); k++)
            take(to, sk_GENERAL_NAME_value(names, k));
    }
    CRL_DIST_POINTS_free(list);
}

size_t places_of(X509 *cert, int what, struct sl_arena *arena, const char *out[PLACES_MOST])
{
    struct places to = {.arena = arena, .out = out};
    if (what == WANT_CRL)
        take_crl_points(cert, &to);
    else
        take_access(cert, what == WANT_OCSP ? NID_ad_OCSP : NID_ad_ca_issuers, &to);
    ERR_clear_error();
    return to.n;
}
