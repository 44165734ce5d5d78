/* verify_path.c - a path from a host's certificate to somebody we trust (RFC 5280, section 6).
 *
 * OpenSSL builds it and looks at each member; its complaints are noted, all of them, and it goes on. Where
 * one that nobody vouches for stands in the way with a fault of its own, it is left out and another way is
 * looked for: servers send what has expired beside what has not. The work is bounded: so many candidates, so
 * many members, so many tries. */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "pki/verify.h"

/* Depth as OpenSSL counts it: CAs between the host's certificate and the trusted one. */
enum { DEPTH = CERTIFICATE_CHAIN_MAX - 2, TRIES = 8, SECURITY_LEVEL = 2 };

/* What a complaint of OpenSSL means to us, and whether it counts against one that is trusted by itself: how
 * that one is written is no matter of ours (RFC 5280, section 6.1). */
enum weight { FOR_ALL, NOT_FOR_ANCHORS };
static const struct {
    int code;
    enum tls_fault fault;
    enum weight weight;
} complaints[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, TLS_FAULT_EXPIRED, FOR_ALL},
    {X509_V_ERR_CERT_NOT_YET_VALID, TLS_FAULT_NOT_YET_VALID, FOR_ALL},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, TLS_FAULT_SELF_SIGNED, FOR_ALL},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, TLS_FAULT_UNKNOWN_ISSUER, FOR_ALL},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, TLS_FAULT_UNKNOWN_ISSUER, FOR_ALL},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, TLS_FAULT_UNKNOWN_ISSUER, FOR_ALL},
    /* told once more of a path that ends nowhere */
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, TLS_FAULT_NONE, FOR_ALL},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, TLS_FAULT_LONG_CHAIN, FOR_ALL},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, TLS_FAULT_BAD_SIGNATURE, FOR_ALL},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, TLS_FAULT_BAD_SIGNATURE, FOR_ALL},
    {X509_V_ERR_INVALID_CA, TLS_FAULT_NOT_A_CA, FOR_ALL},
    {X509_V_ERR_INVALID_NON_CA, TLS_FAULT_NOT_A_CA, FOR_ALL},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, TLS_FAULT_KEY_USAGE, FOR_ALL},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, TLS_FAULT_PATH_LENGTH, FOR_ALL},
    {X509_V_ERR_INVALID_PURPOSE, TLS_FAULT_NONE, FOR_ALL}, /* own_check says it better */
    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, TLS_FAULT_CRITICAL_EXTENSION, FOR_ALL},
    {X509_V_ERR_NO_EXPLICIT_POLICY, TLS_FAULT_POLICY, FOR_ALL},
    {X509_V_ERR_PERMITTED_VIOLATION, TLS_FAULT_NAME_CONSTRAINTS, FOR_ALL},
    {X509_V_ERR_EXCLUDED_VIOLATION, TLS_FAULT_NAME_CONSTRAINTS, FOR_ALL},
    {X509_V_ERR_SUBTREE_MINMAX, TLS_FAULT_NAME_CONSTRAINTS, FOR_ALL},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, TLS_FAULT_NAME_CONSTRAINTS, FOR_ALL},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, TLS_FAULT_NAME_CONSTRAINTS, FOR_ALL},
    {X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, TLS_FAULT_NAME_CONSTRAINTS, FOR_ALL},
    {X509_V_ERR_EE_KEY_TOO_SMALL, TLS_FAULT_WEAK_KEY, FOR_ALL},
    {X509_V_ERR_CA_KEY_TOO_SMALL, TLS_FAULT_WEAK_KEY, FOR_ALL},
    {X509_V_ERR_EC_KEY_EXPLICIT_PARAMS, TLS_FAULT_WEAK_KEY, FOR_ALL},
    {X509_V_ERR_CA_MD_TOO_WEAK, TLS_FAULT_WEAK_SIGNATURE, NOT_FOR_ANCHORS},
    /* How a certificate has to be written. */
    {X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, TLS_FAULT_MALFORMED, FOR_ALL},
    {X509_V_ERR_NO_ISSUER_PUBLIC_KEY, TLS_FAULT_MALFORMED, FOR_ALL},
    {X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, TLS_FAULT_MALFORMED, FOR_ALL},
    {X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, TLS_FAULT_MALFORMED, FOR_ALL},
    {X509_V_ERR_INVALID_EXTENSION, TLS_FAULT_MALFORMED, FOR_ALL},
    {X509_V_ERR_INVALID_POLICY_EXTENSION, TLS_FAULT_MALFORMED, FOR_ALL},
    {X509_V_ERR_PATH_LOOP, TLS_FAULT_MALFORMED, FOR_ALL},
    {X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH, TLS_FAULT_MALFORMED, FOR_ALL},
    {X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY, TLS_FAULT_MALFORMED, FOR_ALL},
    {X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM, TLS_FAULT_WEAK_SIGNATURE, NOT_FOR_ANCHORS},
    {X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA, TLS_FAULT_MALFORMED, NOT_FOR_ANCHORS},
    {X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN, TLS_FAULT_MALFORMED, NOT_FOR_ANCHORS},
    {X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA, TLS_FAULT_MALFORMED, NOT_FOR_ANCHORS},
    {X509_V_ERR_ISSUER_NAME_EMPTY, TLS_FAULT_MALFORMED, NOT_FOR_ANCHORS},
    {X509_V_ERR_SUBJECT_NAME_EMPTY, TLS_FAULT_MALFORMED, NOT_FOR_ANCHORS},
    {X509_V_ERR_EMPTY_SUBJECT_ALT_NAME, TLS_FAULT_MALFORMED, NOT_FOR_ANCHORS},
    {X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL, TLS_FAULT_MALFORMED, NOT_FOR_ANCHORS},
    {X509_V_ERR_CA_BCONS_NOT_CRITICAL, TLS_FAULT_MALFORMED, NOT_FOR_ANCHORS},
    {X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL, TLS_FAULT_MALFORMED, NOT_FOR_ANCHORS},
    {X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL, TLS_FAULT_MALFORMED, NOT_FOR_ANCHORS},
    {X509_V_ERR_CA_CERT_MISSING_KEY_USAGE, TLS_FAULT_MALFORMED, NOT_FOR_ANCHORS},
    {X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3, TLS_FAULT_MALFORMED, NOT_FOR_ANCHORS},
    /* Key identifiers help to find a way; who has none is only harder to find. */
    {X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER, TLS_FAULT_NONE, FOR_ALL},
    {X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER, TLS_FAULT_NONE, FOR_ALL},
};

/* ---- noting ---- */

/* OpenSSL says of a CA that may not sign certificates that it is none. */
static bool is_ca_by_name(X509 *cert)
{
    return cert && (X509_get_extension_flags(cert) & EXFLAG_CA) &&
           !(X509_get_key_usage(cert) & KU_KEY_CERT_SIGN);
}

static enum tls_fault translate(int code, X509 *cert, bool is_anchor)
{
    if (code == X509_V_ERR_INVALID_CA && is_ca_by_name(cert))
        return TLS_FAULT_KEY_USAGE;
    for (size_t i = 0; i < SL_COUNT(complaints); i++)
        if (complaints[i].code == code)
            return is_anchor && complaints[i].weight == NOT_FOR_ANCHORS ? TLS_FAULT_NONE
                                                                        : complaints[i].fault;
    return TLS_FAULT_UNTRUSTED;
}

static bool ends_nowhere(int code)
{
    return code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
}

/* OpenSSL tells of each member, and complains; it may always go on. */
static int on_member(int ok, X509_STORE_CTX *ctx)
{
    struct path *p = X509_STORE_CTX_get_app_data(ctx);
    if (ok)
        return 1;
    int code = X509_STORE_CTX_get_error(ctx);
    int depth = SL_MAX(SL_MIN(X509_STORE_CTX_get_error_depth(ctx), PATH_MOST - 1), 0);
    /* Until the path is built all of it counts as untrusted. */
    bool is_anchor = depth >= X509_STORE_CTX_get_num_untrusted(ctx) && !ends_nowhere(code);
    enum tls_fault f = translate(code, X509_STORE_CTX_get_current_cert(ctx), is_anchor);
    p->faults[depth] |= tls_fault_bit(f);
    p->unfinished |= ends_nowhere(code);
    return 1;
}

/* ---- one try ---- */

static void set_up(X509_STORE_CTX *ctx, struct path *out, int64_t now_s)
{
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_STORE_CTX_set_app_data(ctx, out);
    X509_STORE_CTX_set_verify_cb(ctx, on_member);
    X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN |
                                           X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_POLICY_CHECK);
    X509_VERIFY_PARAM_set_depth(param, DEPTH);
    X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_time(param, (time_t)now_s);
}

/* One that goes on beyond what is looked at ends nowhere, for OpenSSL. */
static void note_length(struct path *p)
{
    int end = path_length(p) - 1;
    if (!p->unfinished || end < CERTIFICATE_CHAIN_MAX - 1 || end >= PATH_MOST)
        return;
    p->unfinished = false;
    p->faults[end] &= ~tls_fault_bit(TLS_FAULT_UNKNOWN_ISSUER);
    p->faults[end] |= tls_fault_bit(TLS_FAULT_LONG_CHAIN);
}

static void try_once(X509_STORE *store, X509 *leaf, STACK_OF(X509) * candidates, int64_t now_s,
                     struct path *out)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    *out = (struct path){0};
    sl_assert(ctx && X509_STORE_CTX_init(ctx, store, leaf, candidates) == 1);
    set_up(ctx, out, now_s);
    /* It says no only where it can't go on at all, having complained or not. */
    if (X509_verify_cert(ctx) != 1 && !out->faults[0])
        out->faults[0] |= tls_fault_bit(TLS_FAULT_UNTRUSTED);
    out->members = X509_STORE_CTX_get1_chain(ctx);
    out->anchor = X509_STORE_CTX_get_num_untrusted(ctx);
    X509_STORE_CTX_free(ctx);
    ERR_clear_error();
    if (!out->members) { /* it never began */
        out->members = sk_X509_new_null();
        sl_assert(out->members && X509_up_ref(leaf) && sk_X509_push(out->members, leaf) > 0);
        out->anchor = 1;
    }
    note_length(out);
    for (int i = 0; i < SL_MIN(path_length(out), PATH_MOST); i++)
        if (i < out->anchor)
            out->faults[i] |= own_check(sk_X509_value(out->members, i), i == 0);
}

void path_fini(struct path *p)
{
    sk_X509_pop_free(p->members, X509_free);
    p->members = NULL;
}

/* ---- the best of some ---- */

static tls_faults faults_of(const struct path *p)
{
    tls_faults all = 0;
    for (int i = 0; i < PATH_MOST; i++)
        all |= p->faults[i];
    return all;
}

static bool ends_at_anchor(const struct path *p)
{
    return path_length(p) > p->anchor;
}

/* The candidate to leave out: the first that has a fault of its own, else one that leads nowhere. NULL: no
 * other way is left. */
static X509 *in_the_way(const struct path *p)
{
    tls_faults of_the_end = tls_fault_bit(TLS_FAULT_UNKNOWN_ISSUER) | tls_fault_bit(TLS_FAULT_LONG_CHAIN);
    int end = SL_MIN(SL_MIN(path_length(p), p->anchor), PATH_MOST);
    for (int i = 1; i < end; i++)
        if (p->faults[i] & ~of_the_end)
            return sk_X509_value(p->members, i);
    return end > 1 && !ends_at_anchor(p) ? sk_X509_value(p->members, end - 1) : NULL;
}

static bool leave_out(STACK_OF(X509) * candidates, X509 *cert)
{
    bool found = false;
    for (int i = sk_X509_num(candidates) - 1; i >= 0; i--)
        if (X509_cmp(sk_X509_value(candidates, i), cert) == 0) {
            sk_X509_delete(candidates, i);
            found = true;
        }
    return found;
}

/* A way that ends at somebody we trust is worth more than one that ends nowhere, however clean. */
static bool is_better(const struct path *a, const struct path *b)
{
    bool a_ends = path_length(a) > a->anchor, b_ends = path_length(b) > b->anchor;
    return a_ends != b_ends ? a_ends
                            : __builtin_popcountll(faults_of(a)) < __builtin_popcountll(faults_of(b));
}

void path_build(X509_STORE *store, X509 *leaf, STACK_OF(X509) * candidates, int64_t now_s, struct path *out)
{
    STACK_OF(X509) *left = candidates ? sk_X509_dup(candidates) : sk_X509_new_null();
    sl_assert(left);
    try_once(store, leaf, left, now_s, out);
    struct path last = *out;
    X509 *bad;
    bool last_is_out = true;
    for (int i = 1; i < TRIES && (bad = in_the_way(&last)) != NULL && leave_out(left, bad); i++) {
        struct path next;
        try_once(store, leaf, left, now_s, &next);
        if (!last_is_out)
            path_fini(&last);
        last = next;
        last_is_out = is_better(&next, out);
        if (last_is_out) {
            path_fini(out);
            *out = next;
        }
    }
    if (!last_is_out)
        path_fini(&last);
    sk_X509_free(left);
}
