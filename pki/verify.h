/* verify.h - what the sources that judge certificates share. Not for others: certificate.h is the door. */
#ifndef PKI_VERIFY_H
#define PKI_VERIFY_H

#include <openssl/x509.h>
#include <pthread.h>
#include <stdatomic.h>

#include "sluice/arena.h"
#include "sluice/certificate.h"

enum {
    PATH_MOST = 16,     /* more than any path can have */
    SHOWN_MOST = 16,    /* certificates of the origin that are looked at */
    MEMBER_MOST = 65536 /* bytes of one */
};

/* ---- verify_path.c: from the host's certificate to somebody we trust ---- */

struct path {
    STACK_OF(X509) * members;     /* as far as it goes; own references */
    int anchor;                   /* from this member on they are trusted by themselves */
    tls_faults faults[PATH_MOST]; /* of each member */
    bool unfinished;              /* the issuer of the last one is missing */
};
/* Builds the best path over candidates that nobody vouches for. */
void path_build(X509_STORE *store, X509 *leaf, STACK_OF(X509) * candidates, int64_t now_s, struct path *out);
void path_fini(struct path *p);
static inline int path_length(const struct path *p)
{
    return sk_X509_num(p->members);
}

/* ---- verify_own.c: what OpenSSL does not look at, or takes lightly ---- */

tls_faults own_check(X509 *cert, bool is_leaf);

/* ---- verify_names.c: RFC 9525 ---- */

struct asked {
    struct sl_str host; /* empty: by address */
    struct sl_addr addr;
};
bool names_match(X509 *leaf, const struct asked *asked);
/* Whether a CA's name constraints let it vouch for what was asked for, whatever the certificate says. */
bool names_permitted(X509 *ca, const struct asked *asked);
/* The DNS names and addresses of a certificate as texts. */
size_t names_list(X509 *leaf, struct sl_arena *arena, const struct sl_str **out);

/* ---- verify_facts.c: a certificate in words ---- */

void facts_fill(X509 *cert, struct sl_arena *arena, struct certificate_member *out);
bool facts_time(const ASN1_TIME *time, int64_t *out_s);
void facts_fingerprint(struct sl_str bytes, char out[CERTIFICATE_FINGERPRINT]);

/* ---- verify_revoked.c: OCSP and CRLs, whatever they came by ---- */

enum proof { PROOF_NONE, PROOF_GOOD, PROOF_REVOKED, PROOF_UNKNOWN };
/* What an OCSP answer says of cert; PROOF_NONE: nothing that could be relied on. out_until_s: its end. */
enum proof revoked_by_ocsp(struct sl_str der, X509 *cert, X509 *issuer, int64_t now_s, int64_t *out_until_s);
/* What a CRL takes back: a list of serial numbers, a fraction of the size that OpenSSL needs. */
struct crl;
/* NULL: it can't be relied on. */
struct crl *crl_read(struct sl_str der, const char *url, X509 *cert, X509 *issuer, int64_t now_s,
                     int64_t *out_until_s);
struct crl *crl_ref(struct crl *c);
void crl_unref(struct crl **c);
size_t crl_bytes(const struct crl *c);
enum proof revoked_by_crl(const struct crl *crl, X509 *cert);
/* The body of a question for the status of cert; on the arena. */
struct sl_str revoked_ask(X509 *cert, X509 *issuer, struct sl_arena *arena);
bool revoked_must_staple(X509 *cert);
/* Nobody has to ask: it lives so shortly, or its CA says so. */
bool revoked_needs_no_proof(X509 *cert);

/* ---- verify_places.c: where a certificate says that more can be had, http:// only ---- */

enum { PLACES_MOST = 2 };
/* How many; the texts are on the arena. */
size_t places_of(X509 *cert, int what, struct sl_arena *arena, const char *out[PLACES_MOST]);

/* ---- verify_memory.c: what was fed and judged, bounded ---- */

struct memory;
struct memory *memory_new(void);
void memory_free(struct memory **m);

enum recall { RECALL_NOTHING, RECALL_FAILED, RECALL_FOUND };
/* NULL, PROOF_NONE: it could not be had, and need not be asked for again until then. */
void memory_keep_issuers(struct memory *m, const char *key, STACK_OF(X509) * take, int64_t until_s);
enum recall memory_issuers(struct memory *m, const char *key, int64_t now_s, STACK_OF(X509) * add_to);
void memory_keep_proof(struct memory *m, const char *key, enum proof proof, int64_t until_s);
enum recall memory_proof(struct memory *m, const char *key, int64_t now_s, enum proof *out,
                         int64_t *out_until_s);
void memory_keep_crl(struct memory *m, const char *key, struct crl *take, int64_t until_s);
/* *out is a reference. */
enum recall memory_crl(struct memory *m, const char *key, int64_t now_s, struct crl **out,
                       int64_t *out_until_s);
void memory_keep_verdict(struct memory *m, const char *key, const struct certificate *c);
const struct certificate *memory_verdict(struct memory *m, const char *key, int64_t now_s); /* a reference */

struct trust {
    atomic_uint refs;
    X509_STORE *store;
    enum revocation revocation;
    bool fetch;
    struct memory *memory;
};

/* ---- verify.c ---- */

/* The certificate with what only this library knows of it. */
struct judged {
    struct certificate facts; /* first */
    atomic_uint refs;
    struct sl_arena arena; /* all that it points to */
    struct asked asked;
    struct sl_str shown[SHOWN_MOST], staple;
    size_t shown_count;
};

#endif
