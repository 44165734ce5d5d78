/* verify_revoked.c - has a certificate been taken back? OCSP answers (RFC 6960) and CRLs (RFC 5280, section
 * 5), wherever they come from: each is signed by the issuer or, OCSP, by one whom the issuer itself certified
 * for it, is of its time, and speaks of this very certificate; else it says nothing. We send no nonce: an
 * answer serves everybody until it ends (RFC 5019, section 4), and most responders sign beforehand. Nonces in
 * answers are passed over. */
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "pki/verify.h"

enum {
    SKEW_S = 300,                  /* clocks that disagree */
    FRESH_S = 3600,                /* an answer without end is looked at again then */
    PROOF_S = 12 * 3600,           /* any other then at the latest */
    SHORT_LIFE_S = 7 * 86400 + 60, /* who lives no longer has no need to be revoked (CA/B Forum) */
    ANSWERS_MOST = 64,
    TLS_FEATURE_STATUS_REQUEST = 5 /* RFC 7633 */
};

/* Whether something of its time; *out_until_s: when to ask again. */
static bool is_current(const ASN1_TIME *from, const ASN1_TIME *until, int64_t now_s, int64_t *out_until_s)
{
    int64_t from_s, until_s = now_s + FRESH_S;
    if (!facts_time(from, &from_s) || from_s > now_s + SKEW_S)
        return false;
    if (until && (!facts_time(until, &until_s) || until_s < now_s - SKEW_S || until_s < from_s))
        return false;
    if (!until && from_s < now_s - 86400)
        return false;
    *out_until_s = SL_MAX(SL_MIN(until_s, now_s + PROOF_S), now_s + 60);
    return true;
}

/* A signature by a hash that is broken proves nothing. */
static bool is_sound_algorithm(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *oid;
    int digest = NID_undef;
    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    if (OBJ_obj2nid(oid) == NID_rsassaPss)
        return true; /* SHA-256 in practice; its parameters are checked when it is verified */
    if (!OBJ_find_sigid_algs(OBJ_obj2nid(oid), &digest, NULL))
        return false;
    return digest == NID_undef || digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512;
}

/* ---- OCSP ---- */

/* Only the issuer may vouch, or one whom it certified itself. */
static bool is_by_issuer(OCSP_BASICRESP *basic, X509 *issuer, int64_t now_s)
{
    X509_STORE *store = X509_STORE_new();
    STACK_OF(X509) *known = sk_X509_new_null();
    sl_assert(store && known && X509_STORE_add_cert(store, issuer) == 1 && sk_X509_push(known, issuer) > 0);
    X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_time(param, (time_t)now_s);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_auth_level(param, 2);
    bool ok = is_sound_algorithm(OCSP_resp_get0_tbs_sigalg(basic)) &&
              OCSP_basic_verify(basic, known, store, OCSP_PARTIAL_CHAIN) == 1;
    sk_X509_free(known);
    X509_STORE_free(store);
    return ok;
}

/* The answer for cert among those of a response, in whatever hash it names the issuer. */
static OCSP_SINGLERESP *answer_for(OCSP_BASICRESP *basic, X509 *cert, X509 *issuer)
{
    for (int i = 0; i < SL_MIN(OCSP_resp_count(basic), ANSWERS_MOST); i++) {
        OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
        ASN1_OBJECT *digest;
        OCSP_CERTID *theirs = (OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(single);
        OCSP_id_get0_info(NULL, &digest, NULL, NULL, theirs);
        const EVP_MD *md = EVP_get_digestbyobj(digest);
        OCSP_CERTID *ours = md ? OCSP_cert_to_id(md, cert, issuer) : NULL;
        bool same = ours && OCSP_id_cmp(ours, theirs) == 0;
        OCSP_CERTID_free(ours);
        if (same)
            return single;
    }
    return NULL;
}

static enum proof read_answer(OCSP_BASICRESP *basic, X509 *cert, X509 *issuer, int64_t now_s,
                              int64_t *out_until_s)
{
    ASN1_GENERALIZEDTIME *from, *until;
    OCSP_SINGLERESP *single = answer_for(basic, cert, issuer);
    int status = single ? OCSP_single_get0_status(single, NULL, NULL, &from, &until) : -1;
    if (status < 0 || !is_current(from, until, now_s, out_until_s) || !is_by_issuer(basic, issuer, now_s))
        return PROOF_NONE;
    return status == V_OCSP_CERTSTATUS_GOOD      ? PROOF_GOOD
           : status == V_OCSP_CERTSTATUS_REVOKED ? PROOF_REVOKED
                                                 : PROOF_UNKNOWN;
}

enum proof revoked_by_ocsp(struct sl_str der, X509 *cert, X509 *issuer, int64_t now_s, int64_t *out_until_s)
{
    const unsigned char *p = (const unsigned char *)der.p;
    OCSP_RESPONSE *response = der.n ? d2i_OCSP_RESPONSE(NULL, &p, (long)SL_MIN(der.n, MEMBER_MOST)) : NULL;
    bool whole = response && p == (const unsigned char *)der.p + der.n &&
                 OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL;
    OCSP_BASICRESP *basic = whole ? OCSP_response_get1_basic(response) : NULL;
    enum proof proof = basic ? read_answer(basic, cert, issuer, now_s, out_until_s) : PROOF_NONE;
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    ERR_clear_error();
    return proof;
}

struct sl_str revoked_ask(X509 *cert, X509 *issuer, struct sl_arena *arena)
{
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), cert, issuer); /* the one hash that all know (RFC 5019) */
    struct sl_str body = {0};
    if (request && id && OCSP_request_add0_id(request, id)) {
        id = NULL;
        int n = i2d_OCSP_REQUEST(request, NULL);
        unsigned char *p = n > 0 ? (unsigned char *)sl_arena_bytes(arena, (size_t)n) : NULL;
        if (p) {
            body = sl_str((char *)p, (size_t)n);
            i2d_OCSP_REQUEST(request, &p);
        }
    }
    OCSP_CERTID_free(id);
    OCSP_REQUEST_free(request);
    ERR_clear_error();
    return body;
}

bool revoked_must_staple(X509 *cert)
{
    TLS_FEATURE *features = X509_get_ext_d2i(cert, NID_tlsfeature, NULL, NULL);
    bool found = false;
    for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++)
        found |= ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == TLS_FEATURE_STATUS_REQUEST;
    TLS_FEATURE_free(features);
    ERR_clear_error();
    return found;
}

bool revoked_needs_no_proof(X509 *cert)
{
    int64_t from_s, until_s;
    return X509_get_ext_by_NID(cert, NID_id_pkix_OCSP_noCheck, -1) >= 0 ||
           (facts_time(X509_get0_notBefore(cert), &from_s) &&
            facts_time(X509_get0_notAfter(cert), &until_s) && until_s - from_s <= SHORT_LIFE_S);
}
