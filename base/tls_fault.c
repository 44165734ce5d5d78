/* tls_fault.c - see sluice/tls_fault.h. */
#include "sluice/tls_fault.h"

#include "sluice/base.h"

_Static_assert(TLS_FAULT_COUNT <= 64, "a set of faults is one number");

static const struct {
    const char *word, *text;
} rows[TLS_FAULT_COUNT] = {
    [TLS_FAULT_NONE] = {"", ""},
    [TLS_FAULT_CLOSED] = {"closed", "the connection was closed in the middle of it"},
    [TLS_FAULT_RESET] = {"reset", "the connection was reset"},
    [TLS_FAULT_NOT_TLS] = {"not-tls", "what came is no TLS"},
    [TLS_FAULT_VERSION] = {"version", "the other side has no TLS 1.2 or later"},
    [TLS_FAULT_CIPHER] = {"cipher", "there is no cipher in common"},
    [TLS_FAULT_WEAK_DH] = {"weak-dh", "the other side agrees on keys in a way that is too weak"},
    [TLS_FAULT_ALPN] = {"alpn", "there is no application protocol in common"},
    [TLS_FAULT_CLIENT_CERTIFICATE] = {"client-certificate", "the other side insists on a client certificate"},
    [TLS_FAULT_CERTIFICATE_REFUSED] = {"certificate-refused",
                                       "the other side does not accept the certificate that it was shown"},
    [TLS_FAULT_ALERT] = {"refused", "the other side refused"},
    [TLS_FAULT_NO_CERTIFICATE] = {"no-certificate", "no certificate was shown"},
    [TLS_FAULT_PROTOCOL] = {"protocol", "the other side broke the rules of TLS"},
    [TLS_FAULT_MALFORMED] = {"malformed", "the certificate breaks the rules of certificates"},
    [TLS_FAULT_REVOKED] = {"revoked", "the certificate has been revoked"},
    [TLS_FAULT_UNTRUSTED] = {"untrusted", "the certificate is not valid"},
    [TLS_FAULT_BAD_SIGNATURE] = {"bad-signature", "the signature of the certificate is wrong"},
    [TLS_FAULT_NOT_A_CA] = {"not-a-ca", "the certificate was issued by one that may not issue any"},
    [TLS_FAULT_PATH_LENGTH] = {"path-length", "more CAs stand below one than it allows"},
    [TLS_FAULT_NAME_CONSTRAINTS] = {"name-constraints", "the CA may not issue certificates for this name"},
    [TLS_FAULT_POLICY] = {"certificate-policy", "the certificate lacks a policy that its CA requires"},
    [TLS_FAULT_CRITICAL_EXTENSION] = {"critical-extension",
                                      "the certificate asks for something that is not known here"},
    [TLS_FAULT_LONG_CHAIN] = {"long-chain", "there are too many certificates above that of the host"},
    [TLS_FAULT_SELF_SIGNED] = {"self-signed", "the certificate is signed by itself"},
    [TLS_FAULT_UNKNOWN_ISSUER] = {"unknown-issuer", "the issuer of the certificate is not trusted"},
    [TLS_FAULT_INCOMPLETE_CHAIN] = {"incomplete-chain",
                                    "the certificate of an issuer was not sent and could not be fetched"},
    [TLS_FAULT_WRONG_NAME] = {"wrong-name", "the certificate is for another host"},
    [TLS_FAULT_WRONG_USAGE] = {"wrong-usage", "the certificate is not meant for servers"},
    [TLS_FAULT_KEY_USAGE] = {"key-usage", "the key of the certificate may not be used for this"},
    [TLS_FAULT_WEAK_SIGNATURE] = {"weak-signature", "the certificate is signed with a hash that is broken"},
    [TLS_FAULT_WEAK_KEY] = {"weak-key", "the certificate has a key that is too weak"},
    [TLS_FAULT_EXPIRED] = {"expired", "the certificate has expired"},
    [TLS_FAULT_NOT_YET_VALID] = {"not-yet-valid", "the certificate is not valid yet"},
    [TLS_FAULT_STAPLE_MISSING] =
        {"staple-missing", "the certificate promises proof that it is not revoked, and none was shown"},
    [TLS_FAULT_REVOCATION_UNKNOWN] = {"revocation-unknown",
                                      "it could not be found out whether the certificate is revoked"},
};

const char *tls_fault_word(enum tls_fault f)
{
    return rows[f].word;
}

const char *tls_fault_text(enum tls_fault f)
{
    return rows[f].text;
}

enum tls_fault tls_fault_of_word(struct sl_str word)
{
    for (int f = TLS_FAULT_NONE + 1; f < TLS_FAULT_COUNT; f++)
        if (sl_str_eq(word, sl_cstr(rows[f].word)))
            return (enum tls_fault)f;
    return TLS_FAULT_NONE;
}

enum tls_fault tls_faults_first(tls_faults set)
{
    return set ? (enum tls_fault)__builtin_ctzll(set) : TLS_FAULT_NONE;
}
