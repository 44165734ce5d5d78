/* verify.c - see sluice/certificate.h: what a certificate is worth.
 *
 *     path (verify_path.c) --> names (verify_names.c) --> taken back? (verify_revoked.c) --> verdict
 *
 * A verdict follows from what was shown, from the trust and from what the trust has learned, so the same
 * question is answered from memory until the answer has to be another one. */
#include "pki/verify.h"

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/crypto.h"

enum {
    ROUNDS = 4,           /* issuers in a row that the origin did not send */
    VERDICT_S = 3600,     /* a good verdict is looked at again then */
    FAULTY_S = 60,        /* a bad one sooner: it may have been mended */
    ISSUER_S = 24 * 3600, /* a fetched issuer is kept */
    UNKNOWN_S = 300,      /* and one for which nobody could say whether it was taken back */
    FAILED_S = 60,        /* what could not be had is not asked for again so soon */
    FETCHED_MOST = 8,     /* certificates in one answer */
    ISSUER_BYTES = 65536,
    OCSP_BYTES = 65536,
    CRL_BYTES = 2 << 20
};

/* One judgement on its way. */
struct trial {
    struct trust *trust;
    struct judged *judged;
    int64_t now_s;
    bool last;
    STACK_OF(X509) * shown;      /* borrowed: the host's own first */
    STACK_OF(X509) * candidates; /* references */
    struct path path;
    struct certificate_member *members;
    struct certificate_want wants[CERTIFICATE_WANTS_MAX];
    int64_t until_s; /* what the verdict rests on ends then */
};

/* ---- a certificate's life ---- */

static struct judged *judged_of(const struct certificate *c)
{
    return (struct judged *)(uintptr_t)c;
}

const struct certificate *certificate_ref(const struct certificate *c)
{
    atomic_fetch_add_explicit(&judged_of(c)->refs, 1, memory_order_relaxed);
    return c;
}

void certificate_unref(const struct certificate **cp)
{
    struct judged *j = judged_of(*cp);
    *cp = NULL;
    if (!j || atomic_fetch_sub_explicit(&j->refs, 1, memory_order_acq_rel) > 1)
        return;
    sl_arena_fini(&j->arena);
    free(j);
}

/* ---- what is wanted ---- */

static void key_of(const char *what, const char *a, const char *b, char out[CERTIFICATE_FINGERPRINT])
{
    SL_CLEANUP(sl_freep) char *text = sl_asprintf("%s %s %s", what, a, b);
    facts_fingerprint(sl_cstr(text), out);
}

static void issuer_key(const char *url, char out[CERTIFICATE_FINGERPRINT])
{
    key_of("issuer", url, "", out);
}

static void ocsp_key(const struct certificate_member *of, char out[CERTIFICATE_FINGERPRINT])
{
    key_of("ocsp", of[0].fingerprint, of[1].fingerprint, out);
}

/* Some lists are of CAs only, some of others only. */
static void crl_key(const char *url, X509 *cert, const struct certificate_member *of,
                    char out[CERTIFICATE_FINGERPRINT])
{
    bool is_ca = X509_get_extension_flags(cert) & EXFLAG_CA;
    key_of(is_ca ? "crl of CAs" : "crl", url, of[1].fingerprint, out);
}

static void want(struct trial *t, struct certificate_want w)
{
    struct certificate *c = &t->judged->facts;
    if (!t->last && c->want_count < CERTIFICATE_WANTS_MAX)
        t->wants[c->want_count++] = w;
}

/* ---- the path ---- */

static X509 *last_member(const struct path *p)
{
    return sk_X509_value(p->members, path_length(p) - 1);
}

/* The issuers that the end of the path points to join the candidates. */
static bool recall_issuers(struct trial *t)
{
    const char *urls[PLACES_MOST];
    int before = sk_X509_num(t->candidates);
    size_t n = places_of(last_member(&t->path), WANT_ISSUER, &t->judged->arena, urls);
    for (size_t i = 0; i < n; i++) {
        struct certificate_want w = {.what = WANT_ISSUER, .url = urls[i], .most = ISSUER_BYTES};
        w.member = (unsigned)path_length(&t->path) - 1;
        issuer_key(urls[i], w.key);
        enum recall r = memory_issuers(t->trust->memory, w.key, t->now_s, t->candidates);
        if (r == RECALL_NOTHING)
            want(t, w);
        if (r != RECALL_FAILED)
            break;
    }
    return sk_X509_num(t->candidates) > before;
}

/* An issuer that could be had and was not is another fault than one that nobody knows. */
static void name_the_gap(struct trial *t)
{
    const char *urls[PLACES_MOST];
    int end = SL_MIN(path_length(&t->path), PATH_MOST) - 1;
    if (!t->path.unfinished || places_of(last_member(&t->path), WANT_ISSUER, &t->judged->arena, urls) == 0)
        return;
    t->path.faults[end] &= ~tls_fault_bit(TLS_FAULT_UNKNOWN_ISSUER);
    t->path.faults[end] |= tls_fault_bit(TLS_FAULT_INCOMPLETE_CHAIN);
}

static void find_path(struct trial *t)
{
    X509 *leaf = sk_X509_value(t->shown, 0);
    path_build(t->trust->store, leaf, t->candidates, t->now_s, &t->path);
    for (int i = 0; i < ROUNDS && t->path.unfinished && t->trust->fetch && recall_issuers(t); i++) {
        int length = path_length(&t->path);
        path_fini(&t->path);
        path_build(t->trust->store, leaf, t->candidates, t->now_s, &t->path);
        if (path_length(&t->path) <= length)
            break;
    }
    name_the_gap(t);
}

static bool ends_at_anchor(const struct path *p)
{
    return path_length(p) > p->anchor;
}

/* ---- in words ---- */

static bool was_shown(const struct trial *t, X509 *cert)
{
    for (int i = 0; i < SL_MIN(sk_X509_num(t->shown), SHOWN_MOST); i++)
        if (X509_cmp(sk_X509_value(t->shown, i), cert) == 0)
            return true;
    return false;
}

static void describe(struct trial *t)
{
    struct certificate *c = &t->judged->facts;
    c->member_count = (size_t)SL_MIN(path_length(&t->path), PATH_MOST);
    t->members = sl_arena_zalloc(&t->judged->arena, c->member_count * sizeof *t->members);
    c->members = t->members;
    for (int i = 0; i < (int)c->member_count; i++) {
        X509 *cert = sk_X509_value(t->path.members, i);
        facts_fill(cert, &t->judged->arena, &t->members[i]);
        t->members[i].anchor = i >= t->path.anchor;
        t->members[i].fetched = !t->members[i].anchor && !was_shown(t, cert);
        t->members[i].faults = t->path.faults[i];
    }
    c->name_count = names_list(sk_X509_value(t->shown, 0), &t->judged->arena, &c->names);
}

static void accuse(struct trial *t, size_t member, enum tls_fault f)
{
    t->members[member].faults |= tls_fault_bit(f);
}

/* ---- the name ---- */

static void check_names(struct trial *t)
{
    if (!names_match(sk_X509_value(t->shown, 0), &t->judged->asked))
        accuse(t, 0, TLS_FAULT_WRONG_NAME);
    for (size_t i = 1; i < t->judged->facts.member_count; i++)
        if (!names_permitted(sk_X509_value(t->path.members, (int)i), &t->judged->asked))
            accuse(t, 0, TLS_FAULT_NAME_CONSTRAINTS);
}

/* ---- taken back? ---- */

/* PROOF_NONE: no CRL has a word on it, or it has to be fetched (*out_open). */
static enum proof recall_crl(struct trial *t, int i, bool *out_open, int64_t *out_until_s)
{
    const char *urls[PLACES_MOST];
    X509 *cert = sk_X509_value(t->path.members, i);
    size_t n = places_of(cert, WANT_CRL, &t->judged->arena, urls);
    for (size_t k = 0; k < n; k++) {
        struct certificate_want w = {
            .what = WANT_CRL, .member = (unsigned)i, .url = urls[k], .most = CRL_BYTES};
        struct crl *crl;
        crl_key(urls[k], cert, &t->members[i], w.key);
        enum recall r = memory_crl(t->trust->memory, w.key, t->now_s, &crl, out_until_s);
        if (r == RECALL_FOUND) {
            enum proof proof = revoked_by_crl(crl, cert);
            crl_unref(&crl);
            return proof;
        }
        if (r == RECALL_NOTHING) {
            want(t, w);
            *out_open = !t->last;
            return PROOF_NONE;
        }
    }
    return PROOF_NONE;
}

static enum proof recall_ocsp(struct trial *t, int i, bool *out_open, int64_t *out_until_s)
{
    const char *urls[PLACES_MOST];
    X509 *cert = sk_X509_value(t->path.members, i), *issuer = sk_X509_value(t->path.members, i + 1);
    struct certificate_want w = {.what = WANT_OCSP, .member = (unsigned)i, .most = OCSP_BYTES};
    enum proof proof;
    if (places_of(cert, WANT_OCSP, &t->judged->arena, urls) == 0)
        return PROOF_NONE;
    ocsp_key(&t->members[i], w.key);
    if (memory_proof(t->trust->memory, w.key, t->now_s, &proof, out_until_s) == RECALL_NOTHING && !t->last) {
        w.url = urls[0];
        w.body = revoked_ask(cert, issuer, &t->judged->arena);
        w.type = "application/ocsp-request";
        want(t, w);
        *out_open = true;
    }
    return proof;
}

static enum proof prove(struct trial *t, int i, bool *out_open, int64_t *out_until_s)
{
    X509 *cert = sk_X509_value(t->path.members, i), *issuer = sk_X509_value(t->path.members, i + 1);
    enum proof proof = PROOF_NONE;
    if (i == 0 && t->judged->staple.n > 0) {
        proof = revoked_by_ocsp(t->judged->staple, cert, issuer, t->now_s, out_until_s);
        t->judged->facts.staple_used = proof != PROOF_NONE;
    }
    if (t->trust->revocation == REVOCATION_OFF || revoked_needs_no_proof(cert))
        return proof;
    if (proof == PROOF_NONE)
        proof = recall_ocsp(t, i, out_open, out_until_s);
    if ((proof == PROOF_NONE || proof == PROOF_UNKNOWN) && !*out_open)
        proof = recall_crl(t, i, out_open, out_until_s);
    return proof;
}

static void check_member_standing(struct trial *t, int i)
{
    bool open = false, hard = t->trust->revocation == REVOCATION_HARD;
    int64_t until_s = INT64_MAX;
    enum proof proof = prove(t, i, &open, &until_s);
    struct certificate *c = &t->judged->facts;
    if (proof == PROOF_REVOKED)
        accuse(t, (size_t)i, TLS_FAULT_REVOKED);
    else if (proof != PROOF_GOOD && hard && !open &&
             !revoked_needs_no_proof(sk_X509_value(t->path.members, i)))
        accuse(t, (size_t)i, TLS_FAULT_REVOCATION_UNKNOWN);
    if (proof != PROOF_NONE)
        t->until_s = SL_MIN(t->until_s, until_s);
    else if (t->trust->revocation != REVOCATION_OFF)
        t->until_s = SL_MIN(t->until_s, t->now_s + UNKNOWN_S);
    if (i == 0 && (proof != PROOF_NONE || t->trust->revocation != REVOCATION_OFF))
        c->standing = proof == PROOF_GOOD      ? STANDING_GOOD
                      : proof == PROOF_REVOKED ? STANDING_REVOKED
                                               : STANDING_UNKNOWN;
}

/* Only those below somebody we trust: nobody else's word on it counts, and we go nowhere for a stranger. */
static void check_standing(struct trial *t)
{
    struct certificate *c = &t->judged->facts;
    int end = SL_MIN(t->path.anchor, (int)c->member_count - 1);
    for (int i = 0; ends_at_anchor(&t->path) && i < end; i++)
        check_member_standing(t, i);
    c->must_staple = revoked_must_staple(sk_X509_value(t->shown, 0));
    if (c->must_staple && !c->staple_used)
        accuse(t, 0, TLS_FAULT_STAPLE_MISSING);
}

/* ---- the verdict ---- */

static void conclude(struct trial *t)
{
    struct certificate *c = &t->judged->facts;
    int64_t until_s = SL_MIN(t->until_s, t->now_s + VERDICT_S);
    for (size_t i = 0; i < c->member_count; i++) {
        const struct certificate_member *m = &c->members[i];
        c->faults |= m->faults;
        if (m->until_s >= t->now_s)
            until_s = SL_MIN(until_s, m->until_s + 1);
    }
    c->fault = tls_faults_first(c->faults);
    for (c->at = 0; c->fault && !(c->members[c->at].faults & tls_fault_bit(c->fault));)
        c->at++;
    c->until_s = c->fault ? SL_MIN(until_s, t->now_s + FAULTY_S) : until_s;
    if (c->want_count > 0) {
        struct certificate_want *kept = sl_arena_alloc(&t->judged->arena, c->want_count * sizeof *kept);
        memcpy(kept, t->wants, c->want_count * sizeof *kept);
        c->wants = kept;
    }
}

static void run(struct trial *t)
{
    t->candidates = sk_X509_new_null();
    sl_assert(t->candidates);
    for (int i = 1; i < SL_MIN(sk_X509_num(t->shown), SHOWN_MOST); i++) {
        X509 *cert = sk_X509_value(t->shown, i);
        sl_assert(X509_up_ref(cert) && sk_X509_push(t->candidates, cert) > 0);
    }
    find_path(t);
    describe(t);
    check_names(t);
    check_standing(t);
    conclude(t);
    path_fini(&t->path);
    sk_X509_pop_free(t->candidates, X509_free);
    ERR_clear_error();
}

static void run_without(struct trial *t)
{
    struct certificate *c = &t->judged->facts;
    c->fault = TLS_FAULT_NO_CERTIFICATE;
    c->faults = tls_fault_bit(c->fault);
    c->until_s = t->now_s;
}

/* ---- asking ---- */

static struct sl_str encode(X509 *cert, struct sl_arena *arena)
{
    int n = i2d_X509(cert, NULL);
    char *p = sl_arena_bytes(arena, (size_t)SL_MAX(n, 1));
    unsigned char *at = (unsigned char *)p;
    return sl_str(p, n > 0 ? (size_t)i2d_X509(cert, &at) : 0);
}

/* The question, as it is kept with its answer. */
static struct judged *keep(const struct trust_question *q)
{
    struct judged *j = sl_calloc(1, sizeof *j);
    atomic_init(&j->refs, 1);
    sl_arena_init(&j->arena, 0);
    j->asked = (struct asked){.host = sl_arena_str(&j->arena, q->host), .addr = q->addr};
    j->staple = sl_arena_str(&j->arena, sl_str_sub(q->staple, 0, OCSP_BYTES));
    j->shown_count = (size_t)SL_MAX(SL_MIN(sk_X509_num(q->shown), SHOWN_MOST), 0);
    for (size_t i = 0; i < j->shown_count; i++)
        j->shown[i] = encode(sk_X509_value(q->shown, (int)i), &j->arena);
    return j;
}

static void digest_add(struct crypto_digest *d, struct sl_str s)
{
    uint64_t n = s.n;
    crypto_digest_add(d, &n, sizeof n);
    crypto_digest_add(d, s.p, s.n);
}

static void verdict_key(const struct judged *j, char out[CERTIFICATE_FINGERPRINT])
{
    uint8_t digest[32];
    struct crypto_digest *d = crypto_digest_new();
    digest_add(d, j->asked.host);
    digest_add(d, sl_str((const char *)j->asked.addr.b, sizeof j->asked.addr.b));
    digest_add(d, j->staple);
    for (size_t i = 0; i < j->shown_count; i++)
        digest_add(d, j->shown[i]);
    crypto_digest_end(&d, digest);
    crypto_hex(digest, sizeof digest, out);
}

static const struct certificate *judge(struct trust *trust, struct judged *take, STACK_OF(X509) * shown,
                                       bool last, int64_t now_s)
{
    struct trial t = {
        .trust = trust, .judged = take, .now_s = now_s, .last = last, .shown = shown, .until_s = INT64_MAX};
    char key[CERTIFICATE_FINGERPRINT];
    if (sk_X509_num(shown) > 0)
        run(&t);
    else
        run_without(&t);
    if (take->facts.want_count == 0) {
        verdict_key(take, key);
        memory_keep_verdict(trust->memory, key, &take->facts);
    }
    return &take->facts;
}

const struct certificate *trust_judge(struct trust *t, const struct trust_question *q)
{
    struct judged *j = keep(q);
    char key[CERTIFICATE_FINGERPRINT];
    verdict_key(j, key);
    const struct certificate *known = memory_verdict(t->memory, key, q->now_s);
    if (!known)
        return judge(t, j, q->shown, false, q->now_s);
    const struct certificate *spare = &j->facts;
    certificate_unref(&spare);
    return known;
}

const struct certificate *trust_judge_again(struct trust *t, const struct certificate *c, bool last,
                                            int64_t now_s)
{
    const struct judged *before = judged_of(c);
    STACK_OF(X509) *shown = sk_X509_new_null();
    sl_assert(shown);
    for (size_t i = 0; i < before->shown_count; i++) {
        const unsigned char *p = (const unsigned char *)before->shown[i].p;
        X509 *cert = d2i_X509(NULL, &p, (long)before->shown[i].n);
        sl_assert(cert && sk_X509_push(shown, cert) > 0); /* it was one before */
    }
    const struct trust_question q = {
        .shown = shown, .host = before->asked.host, .addr = before->asked.addr, .staple = before->staple};
    const struct certificate *again = judge(t, keep(&q), shown, last, now_s);
    sk_X509_pop_free(shown, X509_free);
    return again;
}

/* ---- what was fetched ---- */

static X509 *parse(struct sl_str der)
{
    const unsigned char *p = (const unsigned char *)der.p;
    X509 *cert = der.n ? d2i_X509(NULL, &p, (long)der.n) : NULL;
    if (cert && p != (const unsigned char *)der.p + der.n) {
        X509_free(cert);
        cert = NULL;
    }
    return cert;
}

/* One certificate, or some in a PKCS#7 (RFC 5280, section 4.2.2.1). NULL: neither. */
static STACK_OF(X509) * parse_issuers(struct sl_str answer)
{
    const unsigned char *p = (const unsigned char *)answer.p;
    STACK_OF(X509) *certs = sk_X509_new_null();
    X509 *one = parse(answer);
    sl_assert(certs);
    PKCS7 *some = !one && answer.n ? d2i_PKCS7(NULL, &p, (long)answer.n) : NULL;
    STACK_OF(X509) *inside = some && PKCS7_type_is_signed(some) && some->d.sign ? some->d.sign->cert : NULL;
    if (one)
        sl_assert(sk_X509_push(certs, one) > 0);
    for (int i = 0; i < SL_MIN(sk_X509_num(inside), FETCHED_MOST); i++) {
        X509 *cert = sk_X509_value(inside, i);
        sl_assert(X509_up_ref(cert) && sk_X509_push(certs, cert) > 0);
    }
    PKCS7_free(some);
    if (sk_X509_num(certs) > 0)
        return certs;
    sk_X509_free(certs);
    return NULL;
}

static bool feed_issuers(struct trust *t, const struct certificate_want *w, struct sl_str answer,
                         int64_t now_s)
{
    STACK_OF(X509) *certs = answer.n <= w->most ? parse_issuers(answer) : NULL;
    memory_keep_issuers(t->memory, w->key, certs, now_s + (certs ? ISSUER_S : FAILED_S));
    return certs != NULL;
}

static bool feed_ocsp(struct trust *t, const struct certificate_want *w, struct sl_str answer, X509 *cert,
                      X509 *issuer, int64_t now_s)
{
    int64_t until_s = now_s + FAILED_S;
    enum proof proof =
        answer.n <= w->most ? revoked_by_ocsp(answer, cert, issuer, now_s, &until_s) : PROOF_NONE;
    memory_keep_proof(t->memory, w->key, proof, proof == PROOF_NONE ? now_s + FAILED_S : until_s);
    return proof != PROOF_NONE;
}

/* Others may have been waiting for the same list, and it is read once. */
static bool feed_crl(struct trust *t, const struct certificate_want *w, struct sl_str answer, X509 *cert,
                     X509 *issuer, int64_t now_s)
{
    int64_t until_s = now_s + FAILED_S;
    struct crl *crl;
    if (memory_crl(t->memory, w->key, now_s, &crl, &until_s) == RECALL_FOUND) {
        crl_unref(&crl);
        return true;
    }
    crl = answer.n <= w->most ? crl_read(answer, w->url, cert, issuer, now_s, &until_s) : NULL;
    bool ok = crl != NULL;
    memory_keep_crl(t->memory, w->key, crl, ok ? until_s : now_s + FAILED_S);
    return ok;
}

bool trust_feed(struct trust *t, const struct certificate *c, size_t want, struct sl_str answer,
                int64_t now_s)
{
    const struct certificate_want *w = &c->wants[want];
    bool ok = false;
    if (w->what == WANT_ISSUER) {
        ok = feed_issuers(t, w, answer, now_s);
    } else {
        X509 *cert = parse(c->members[w->member].der), *issuer = parse(c->members[w->member + 1].der);
        sl_assert(cert && issuer); /* they were in a path */
        ok = w->what == WANT_OCSP ? feed_ocsp(t, w, answer, cert, issuer, now_s)
                                  : feed_crl(t, w, answer, cert, issuer, now_s);
        X509_free(cert);
        X509_free(issuer);
    }
    ERR_clear_error();
    return ok;
}
