/* subject.c - whom a certificate names, for tls_peer_user of io.h. */
#include <openssl/x509v3.h>

#include "proxy/tls/inside.h"
#include "proxy/tls/io.h"

/* UTF-8 without control bytes, as user names are everywhere. */
static bool is_plain(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        unsigned char c = p[i];
        size_t more = c < 0x80 ? 0 : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        if (c < 0x20 || c == 0x7f || (c >= 0x80 && (c < 0xc2 || c > 0xf4)) || n - i <= more)
            return false;
        for (size_t k = 1; k <= more; k++)
            if ((p[i + k] & 0xc0) != 0x80)
                return false;
        i += more + 1;
    }
    return true;
}

static bool take(const ASN1_STRING *text, char *out, size_t room)
{
    unsigned char *utf8 = NULL;
    int n = text ? ASN1_STRING_to_UTF8(&utf8, text) : -1;
    bool ok = n > 0 && (size_t)n < room && is_plain(utf8, (size_t)n);
    if (ok) {
        memcpy(out, utf8, (size_t)n);
        out[n] = '\0';
    }
    OPENSSL_free(utf8);
    return ok;
}

static const ASN1_STRING *principal_name(const GENERAL_NAME *name)
{
    const OTHERNAME *other = name->type == GEN_OTHERNAME ? name->d.otherName : NULL;
    bool is_upn =
        other && OBJ_obj2nid(other->type_id) == NID_ms_upn && other->value->type == V_ASN1_UTF8STRING;
    return is_upn ? other->value->value.utf8string : NULL;
}

static const ASN1_STRING *email(const GENERAL_NAME *name)
{
    return name->type == GEN_EMAIL ? name->d.rfc822Name : NULL;
}

static bool take_alternative(X509 *cert, const ASN1_STRING *(*of)(const GENERAL_NAME *name), char *out,
                             size_t room)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    bool found = false;
    for (int i = 0; !found && i < sk_GENERAL_NAME_num(names); i++)
        found = take(of(sk_GENERAL_NAME_value(names, i)), out, room);
    GENERAL_NAMES_free(names);
    return found;
}

static bool take_common_name(X509 *cert, char *out, size_t room)
{
    X509_NAME *subject = X509_get_subject_name(cert);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    return at >= 0 && take(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)), out, room);
}

bool tls_peer_user(const struct sock *s, char *out, size_t room)
{
    SSL *ssl = ((const struct tls *)s->tls)->ssl;
    X509 *cert = SSL_get0_peer_certificate(ssl);
    return cert && SSL_get_verify_result(ssl) == X509_V_OK &&
           (take_alternative(cert, principal_name, out, room) || take_alternative(cert, email, out, room) ||
            take_common_name(cert, out, room));
}
