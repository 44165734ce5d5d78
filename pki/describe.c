/* describe.c - see describe.h. */
#include "pki/describe.h"

#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <stdio.h>

#include "pki/openssl.h"

enum { NAME_MOST = 1024, DAY_S = 86400 };

char *describe_name(const X509_NAME *name)
{
    static const unsigned long how = (ASN1_STRFLGS_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) | XN_FLAG_SEP_CPLUS_SPC |
                                     XN_FLAG_DN_REV | XN_FLAG_FN_SN;
    SL_CLEANUP(bio_freep) BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    sl_assert(bio != NULL);
    if (X509_NAME_print_ex(bio, name, 0, how) < 0) {
        ERR_clear_error();
        return sl_strdup("(unreadable name)");
    }
    long n = SL_MIN(BIO_get_mem_data(bio, &text), (long)NAME_MOST);
    while (n == NAME_MOST && n > 0 &&
           ((unsigned char)text[n - 1] & 0xc0) == 0x80) /* no half of a character */
        n--;
    if (n > 0 && (unsigned char)text[n - 1] >= 0xc0)
        n--;
    return sl_strndup(text, (size_t)n);
}

char *describe_part(const X509_NAME *name, int nid)
{
    int at = X509_NAME_get_index_by_NID((X509_NAME *)(uintptr_t)name, nid, -1);
    unsigned char *utf8 = NULL;
    int n = at < 0 ? -1 : ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    char *text = n < 0 ? sl_strdup("") : sl_strndup((const char *)utf8, (size_t)n);
    OPENSSL_free(utf8);
    ERR_clear_error();
    return text;
}

char *describe_serial(const X509 *cert)
{
    BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
    char *hex = n ? BN_bn2hex(n) : NULL;
    char *text = sl_strdup(hex ? hex : "");
    OPENSSL_free(hex);
    BN_free(n);
    return text;
}

/* The curve as people call it: "P-256" rather than "prime256v1". */
static char *describe_curve(const EVP_PKEY *key)
{
    char group[64] = "";
    size_t n;
    EVP_PKEY_get_group_name(key, group, sizeof group, &n);
    const char *nist = EC_curve_nid2nist(OBJ_sn2nid(group));
    return sl_asprintf("EC %s", nist ? nist : *group ? group : "of its own curve");
}

char *describe_key(const EVP_PKEY *key)
{
    if (key == NULL)
        return sl_strdup("unknown key");
    if (EVP_PKEY_is_a(key, "EC"))
        return describe_curve(key);
    const char *type = EVP_PKEY_get0_type_name(key);
    if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS") || EVP_PKEY_is_a(key, "DSA"))
        return sl_asprintf("%s %d", type, EVP_PKEY_get_bits(key));
    return sl_strdup(type ? type : "unknown key");
}

char *describe_signature(const X509 *cert)
{
    int nid = X509_get_signature_nid(cert);
    return sl_strdup(nid == NID_undef ? "unknown algorithm" : OBJ_nid2ln(nid));
}

void describe_fingerprint(const X509 *cert, const EVP_MD *digest, char *out)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    sl_assert(X509_digest(cert, digest, hash, &n) == 1);
    for (unsigned i = 0; i < n; i++)
        snprintf(out + 3 * i, 4, "%02X%s", hash[i], i + 1 < n ? ":" : "");
}

char *describe_ascii(const ASN1_STRING *text)
{
    char *copy = sl_strndup((const char *)ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
    for (char *c = copy; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    return copy;
}

int64_t describe_seconds(const ASN1_TIME *time)
{
    int days = 0, seconds = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    bool ok = epoch && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;
    ASN1_TIME_free(epoch);
    return ok ? (int64_t)days * DAY_S + seconds : 0;
}
