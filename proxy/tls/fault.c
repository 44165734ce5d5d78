/* fault.c - how OpenSSL's errors become faults of ours. */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "proxy/tls/inside.h"

static enum tls_fault of_certificate(long result)
{
    switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return TLS_FAULT_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return TLS_FAULT_NOT_YET_VALID;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return TLS_FAULT_SELF_SIGNED;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
        return TLS_FAULT_UNKNOWN_ISSUER;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return TLS_FAULT_WRONG_NAME;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
        return TLS_FAULT_WEAK_KEY;
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return TLS_FAULT_WEAK_SIGNATURE;
    case X509_V_ERR_CERT_REVOKED:
        return TLS_FAULT_REVOKED;
    default:
        return TLS_FAULT_UNTRUSTED;
    }
}

static enum tls_fault of_reason(int reason)
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
    default: /* OpenSSL numbers what an alert says from here on */
        return reason >= SSL_AD_REASON_OFFSET ? TLS_FAULT_ALERT : TLS_FAULT_PROTOCOL;
    }
}

enum tls_fault tls_fault_now(const struct tls *t)
{
    unsigned long error = ERR_peek_error();
    long verified = SSL_get_verify_result(t->ssl);
    if (error && ERR_GET_LIB(error) == ERR_LIB_SSL) {
        int reason = ERR_GET_REASON(error);
        return reason == SSL_R_CERTIFICATE_VERIFY_FAILED && verified != X509_V_OK ? of_certificate(verified)
                                                                                  : of_reason(reason);
    }
    if (error || t->barren > TLS_BARREN_MAX)
        return TLS_FAULT_PROTOCOL;
    return t->lost ? TLS_FAULT_RESET : TLS_FAULT_CLOSED;
}
