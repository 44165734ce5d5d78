/* fault.c - how OpenSSL's errors become faults of ours. */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "proxy/tls/inside.h"

/* What a server's refusal says. One that wanted a certificate of ours and got none has no other reason. */
static enum tls_fault of_alert(const struct tls *t, int alert)
{
    if (t->asked || alert == SSL_AD_CERTIFICATE_REQUIRED)
        return TLS_FAULT_CLIENT_CERTIFICATE;
    switch (alert) {
    case SSL_AD_HANDSHAKE_FAILURE: /* it has none of our ciphers */
    case SSL_AD_INSUFFICIENT_SECURITY:
        return TLS_FAULT_CIPHER;
    case SSL_AD_NO_APPLICATION_PROTOCOL:
        return TLS_FAULT_ALPN;
    default:
        return TLS_FAULT_ALERT;
    }
}

/* What a client's says of the certificate that it was shown. */
static enum tls_fault of_client_alert(int alert)
{
    switch (alert) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
        return TLS_FAULT_CERTIFICATE_REFUSED;
    default:
        return TLS_FAULT_ALERT;
    }
}

static enum tls_fault of_reason(const struct tls *t, int reason)
{
    switch (reason) {
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
        return TLS_FAULT_CLOSED;
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
        return TLS_FAULT_NOT_TLS;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        return TLS_FAULT_VERSION;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
        return TLS_FAULT_CIPHER;
    case SSL_R_NO_APPLICATION_PROTOCOL:
        return TLS_FAULT_ALPN;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return TLS_FAULT_NO_CERTIFICATE;
    case SSL_R_DH_KEY_TOO_SMALL:
        return TLS_FAULT_WEAK_DH;
    default: /* OpenSSL numbers what an alert says from here on */
        if (reason < SSL_AD_REASON_OFFSET)
            return TLS_FAULT_PROTOCOL;
        reason -= SSL_AD_REASON_OFFSET;
        return t->client ? of_alert(t, reason) : of_client_alert(reason);
    }
}

enum tls_fault tls_fault_now(const struct tls *t)
{
    unsigned long error = ERR_peek_error();
    if (error && ERR_GET_LIB(error) == ERR_LIB_SSL)
        return of_reason(t, ERR_GET_REASON(error));
    if (error || t->barren > TLS_BARREN_MAX)
        return TLS_FAULT_PROTOCOL;
    return t->lost ? TLS_FAULT_RESET : TLS_FAULT_CLOSED;
}
