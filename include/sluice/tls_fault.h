/* tls_fault.h - what is wrong with a TLS connection or with the certificate shown on it: a word for records,
 * policies and figures, a sentence for people. A word never changes its meaning.
 * A certificate can have several faults at once. They stand in the order in which they are told: an earlier
 * one is graver, or explains the later ones. */
#ifndef SLUICE_TLS_FAULT_H
#define SLUICE_TLS_FAULT_H

#include <stdint.h>

#include "sluice/str.h"

enum tls_fault {
    TLS_FAULT_NONE,
    /* Of the connection: there is nothing that could go on. */
    TLS_FAULT_CLOSED,              /* the peer went away in the middle */
    TLS_FAULT_RESET,               /* with a reset */
    TLS_FAULT_NOT_TLS,             /* what came is no TLS */
    TLS_FAULT_VERSION,             /* older than TLS 1.2 */
    TLS_FAULT_CIPHER,              /* nothing in common, or only what is weak */
    TLS_FAULT_WEAK_DH,             /* keys are to be agreed on in a group that is too small */
    TLS_FAULT_ALPN,                /* no application protocol in common */
    TLS_FAULT_CLIENT_CERTIFICATE,  /* the peer insists on a certificate of ours */
    TLS_FAULT_CERTIFICATE_REFUSED, /* the peer does not accept the certificate that it was shown */
    TLS_FAULT_ALERT,               /* the peer said no, for another reason */
    TLS_FAULT_NO_CERTIFICATE,      /* none was shown where one is required */
    TLS_FAULT_PROTOCOL,            /* another violation */
    /* Of the certificate. */
    TLS_FAULT_MALFORMED, /* breaks the rules of certificates, or contradicts itself */
    TLS_FAULT_REVOKED,
    TLS_FAULT_UNTRUSTED,          /* another fault, or expressly distrusted */
    TLS_FAULT_BAD_SIGNATURE,      /* does not fit the issuer's key */
    TLS_FAULT_NOT_A_CA,           /* an issuer that may not issue */
    TLS_FAULT_PATH_LENGTH,        /* more CAs below one than it allows */
    TLS_FAULT_NAME_CONSTRAINTS,   /* a CA that may not issue for this name */
    TLS_FAULT_POLICY,             /* certificate policies that a CA requires are missing */
    TLS_FAULT_CRITICAL_EXTENSION, /* one that must be understood and is not */
    TLS_FAULT_LONG_CHAIN,         /* more members than are looked at */
    TLS_FAULT_SELF_SIGNED,
    TLS_FAULT_UNKNOWN_ISSUER,   /* nobody we trust vouches for it */
    TLS_FAULT_INCOMPLETE_CHAIN, /* an issuer in the middle was not sent, and could not be fetched */
    TLS_FAULT_WRONG_NAME,       /* valid, but for another host */
    TLS_FAULT_WRONG_USAGE,      /* extended key usage: not for servers */
    TLS_FAULT_KEY_USAGE,        /* its key may not sign what it had to */
    TLS_FAULT_WEAK_SIGNATURE,   /* MD5, SHA-1 */
    TLS_FAULT_WEAK_KEY,         /* RSA below 2048 bits, a curve nobody else uses */
    TLS_FAULT_EXPIRED,
    TLS_FAULT_NOT_YET_VALID,
    TLS_FAULT_STAPLE_MISSING,     /* it promises a stapled answer of its CA, and there is none */
    TLS_FAULT_REVOCATION_UNKNOWN, /* its CA could not be asked, and the settings insist */
    TLS_FAULT_COUNT
};

/* A set of them. */
typedef uint64_t tls_faults;
static inline tls_faults tls_fault_bit(enum tls_fault f)
{
    return f == TLS_FAULT_NONE ? 0 : (tls_faults)1 << f;
}
enum tls_fault tls_faults_first(tls_faults set); /* the one to tell; TLS_FAULT_NONE of none */

static inline bool tls_fault_is_of_certificate(enum tls_fault f)
{
    return f >= TLS_FAULT_MALFORMED && f < TLS_FAULT_COUNT;
}

const char *tls_fault_word(enum tls_fault f);         /* "expired" */
const char *tls_fault_text(enum tls_fault f);         /* "the certificate has expired" */
enum tls_fault tls_fault_of_word(struct sl_str word); /* TLS_FAULT_NONE: no such word */

#endif
