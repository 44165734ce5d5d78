/* fault.h - why a TLS connection did not come about, or broke: a word for the record, a sentence for people.
 */
#ifndef PROXY_TLS_FAULT_H
#define PROXY_TLS_FAULT_H

enum tls_fault {
    TLS_FAULT_NONE,
    TLS_FAULT_CLOSED,         /* the peer went away in the middle */
    TLS_FAULT_RESET,          /* with a reset */
    TLS_FAULT_NOT_TLS,        /* what came is no TLS */
    TLS_FAULT_VERSION,        /* older than TLS 1.2 */
    TLS_FAULT_CIPHER,         /* nothing in common */
    TLS_FAULT_ALPN,           /* no application protocol in common */
    TLS_FAULT_ALERT,          /* the peer said no */
    TLS_FAULT_NO_CERTIFICATE, /* none was shown where one is required */
    TLS_FAULT_UNKNOWN_ISSUER, /* nobody we trust vouches for it */
    TLS_FAULT_SELF_SIGNED,
    TLS_FAULT_EXPIRED,
    TLS_FAULT_NOT_YET_VALID,
    TLS_FAULT_WRONG_NAME, /* valid, but for another host */
    TLS_FAULT_WEAK,       /* a key or hash that is too short */
    TLS_FAULT_REVOKED,
    TLS_FAULT_UNTRUSTED, /* another fault of the certificate */
    TLS_FAULT_PROTOCOL,  /* another violation */
    TLS_FAULT_COUNT
};

const char *tls_fault_word(enum tls_fault f); /* "expired" */
const char *tls_fault_text(enum tls_fault f); /* "the certificate has expired" */

#endif
