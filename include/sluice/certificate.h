/* certificate.h - what the certificate that an origin shows is worth: RFC 5280 for the path to somebody we
 * trust, RFC 9525 for the name, RFC 6960 and CRLs for what was taken back. Front door of pki/verify*.c.
 *
 *     chain shown, host, staple --> trust_judge --> a certificate with its faults
 *                                       |  ^
 *                           wants, while it is open: an issuer, an OCSP answer, a CRL
 *                                       v  |
 *                            the caller fetches; trust_feed
 *
 * Nothing in here waits or speaks to anybody. What was fed and what was judged is remembered within bounds,
 * in the trust: whoever makes another trust (other settings, other CAs) begins anew. Any thread. */
#ifndef SLUICE_CERTIFICATE_H
#define SLUICE_CERTIFICATE_H

#include "sluice/addr.h"
#include "sluice/err.h"
#include "sluice/str.h"
#include "sluice/tls_fault.h"

struct stack_st_X509;

/* ---- whom we trust ---- */

enum revocation { REVOCATION_OFF, REVOCATION_SOFT, REVOCATION_HARD };

struct trust_config {
    bool system;         /* the CAs of the operating system */
    struct sl_str extra; /* PEM: further ones, roots or not; may be empty */
    enum revocation revocation;
    bool fetch; /* missing issuers may be fetched */
};
struct trust;
bool trust_new(const struct trust_config *cfg, struct trust **out, struct sl_err *err);
struct trust *trust_ref(struct trust *t);
void trust_unref(struct trust **t); /* NULL is fine */

/* ---- what is known of a certificate ---- */

enum { CERTIFICATE_CHAIN_MAX = 10, CERTIFICATE_FINGERPRINT = 65, CERTIFICATE_WANTS_MAX = 8 };

/* One of the chain. Texts are UTF-8 without control bytes. */
struct certificate_member {
    const char *subject, *issuer;              /* "CN = example.com, O = Example" */
    const char *serial;                        /* hex */
    const char *key;                           /* "P-256", "RSA 2048" */
    const char *signature;                     /* "ecdsa-with-SHA256" */
    char fingerprint[CERTIFICATE_FINGERPRINT]; /* SHA-256 in hex */
    int64_t from_s, until_s;
    tls_faults faults; /* its own */
    bool anchor;       /* trusted by itself */
    bool fetched;      /* the origin did not send it */
    struct sl_str der;
};

/* Where an answer could be had that the verdict waits for. */
struct certificate_want {
    enum { WANT_ISSUER, WANT_OCSP, WANT_CRL } what;
    unsigned member;                   /* whose */
    const char *url;                   /* http:// */
    struct sl_str body;                /* of a POST; n 0: a GET */
    const char *type;                  /* of the body */
    size_t most;                       /* bytes that the answer may have */
    char key[CERTIFICATE_FINGERPRINT]; /* equal wants have equal keys */
};

/* Immutable, counted. */
struct certificate {
    enum tls_fault fault; /* the one to tell; TLS_FAULT_NONE: it may be trusted */
    tls_faults faults;    /* all */
    unsigned at;          /* which member has that fault */
    bool must_staple;
    bool staple_used; /* the origin's own stapled answer proved that it is not revoked */
    enum { STANDING_NOT_ASKED, STANDING_GOOD, STANDING_REVOKED, STANDING_UNKNOWN } standing;
    int64_t until_s;            /* the verdict is good until then; afterwards it has to be judged again */
    const struct sl_str *names; /* whom it is for: DNS names ("*.example.com") and addresses */
    size_t name_count;
    const struct certificate_member *members; /* the host's own first, as far as the path goes */
    size_t member_count;
    const struct certificate_want *wants; /* none: the verdict stands */
    size_t want_count;
};
const struct certificate *certificate_ref(const struct certificate *c);
void certificate_unref(const struct certificate **c); /* NULL is fine; clears *c */
/* A member in PEM, appended. */
void certificate_pem(const struct certificate *c, size_t member, struct sl_text *out);

/* ---- judging ---- */

struct trust_question {
    struct stack_st_X509 *shown; /* the host's own first */
    struct sl_str host;          /* canonical; empty: by address */
    struct sl_addr addr;
    struct sl_str staple; /* the OCSP answer that came along, in DER; empty: none */
    int64_t now_s;
};
/* Never NULL. */
const struct certificate *trust_judge(struct trust *t, const struct trust_question *q);
/* Judges again one whose wants have been answered, or whose time is over. last: it shall be open no more,
 * what is not known by now counts as unknown. */
const struct certificate *trust_judge_again(struct trust *t, const struct certificate *c, bool last,
                                            int64_t now_s);
/* What came for a want of c; n 0: nothing could be had. Looked at with all suspicion. True: it was of use. */
bool trust_feed(struct trust *t, const struct certificate *c, size_t want, struct sl_str answer,
                int64_t now_s);

#endif
