/* crypto_cert.c - see crypto_cert.h. OpenSSL fails here only for want of memory or by a bug of ours, so most
 * steps share one answer. */
#include "base/crypto_cert.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

enum { HOUR_S = 3600, DAY_S = 86400, SERIAL_BITS = 127 };

static void bio_freep(BIO **b)
{
    BIO_free(*b);
}
static void x509_freep(X509 **x)
{
    X509_free(*x);
}
static void key_freep(EVP_PKEY **k)
{
    EVP_PKEY_free(*k);
}

/* The names go into a text of OpenSSL's own small language, so only plain ones may. */
static bool is_plain(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
    return n > 0 && n <= 253 && name[n] == '\0';
}

static bool add_extension(X509 *cert, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
    bool ok = e && X509_add_ext(cert, e, -1) == 1;
    X509_EXTENSION_free(e);
    return ok;
}

static bool add_names(X509 *cert, const struct cert_names *names)
{
    struct sl_text list = {0};
    char text[SL_ADDR_TEXT];
    for (size_t i = 0; i < names->name_count; i++)
        if (is_plain(names->names[i]))
            sl_text_addf(&list, "%sDNS:%s", list.n ? "," : "", names->names[i]);
    for (size_t i = 0; i < names->addr_count; i++)
        sl_text_addf(&list, "%sIP:%s", list.n ? "," : "", sl_addr_text(names->addrs[i], text));
    bool ok = list.n == 0 || add_extension(cert, NID_subject_alt_name, list.p);
    sl_text_fini(&list);
    return ok;
}

static bool add_serial(X509 *cert)
{
    BIGNUM *random = BN_new();
    bool ok = random && BN_rand(random, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_to_ASN1_INTEGER(random, X509_get_serialNumber(cert)) != NULL;
    BN_free(random);
    return ok;
}

static bool add_subject(X509 *cert, const struct cert_names *names)
{
    const char *common = names->name_count > 0 && is_plain(names->names[0]) ? names->names[0] : "sluice";
    X509_NAME *name = X509_get_subject_name(cert);
    char cut[65]; /* the longest common name */
    snprintf(cut, sizeof cut, "%s", common);
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cut, -1, -1, 0) ==
               1 &&
           X509_set_issuer_name(cert, name) == 1;
}

static bool fill(X509 *cert, EVP_PKEY *key, const struct cert_names *names, int64_t now_s, unsigned days)
{
    return X509_set_version(cert, X509_VERSION_3) == 1 && add_serial(cert) &&
           ASN1_TIME_set(X509_getm_notBefore(cert), now_s - HOUR_S) &&
           ASN1_TIME_set(X509_getm_notAfter(cert), now_s + (int64_t)days * DAY_S) &&
           add_subject(cert, names) && X509_set_pubkey(cert, key) == 1 &&
           add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(cert, NID_key_usage, "critical,digitalSignature") &&
           add_extension(cert, NID_ext_key_usage, "serverAuth") &&
           add_extension(cert, NID_subject_key_identifier, "hash") && add_names(cert, names) &&
           X509_sign(cert, key, EVP_sha256()) > 0;
}

static char *text_of(BIO *bio)
{
    char *data;
    long n = BIO_get_mem_data(bio, &data);
    return sl_strndup(data, (size_t)n);
}

bool cert_make(const struct cert_names *names, int64_t now_s, unsigned days, char **out_cert, char **out_key,
               struct sl_err *err)
{
    SL_CLEANUP(key_freep) EVP_PKEY *key = EVP_EC_gen("P-256");
    SL_CLEANUP(x509_freep) X509 *cert = X509_new();
    SL_CLEANUP(bio_freep) BIO *cert_pem = BIO_new(BIO_s_mem());
    SL_CLEANUP(bio_freep) BIO *key_pem = BIO_new(BIO_s_secmem());
    if (!key || !cert || !cert_pem || !key_pem || !fill(cert, key, names, now_s, days) ||
        PEM_write_bio_X509(cert_pem, cert) != 1 ||
        PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL) != 1)
        return sl_fail(err, SL_INTERNAL, "a certificate could not be made");
    *out_cert = text_of(cert_pem);
    *out_key = text_of(key_pem);
    return true;
}

static bool covers(X509 *cert, const struct cert_names *names)
{
    char text[SL_ADDR_TEXT];
    bool all = true;
    for (size_t i = 0; all && i < names->name_count; i++)
        all = !is_plain(names->names[i]) || X509_check_host(cert, names->names[i], 0, 0, NULL) == 1;
    for (size_t i = 0; all && i < names->addr_count; i++)
        all = X509_check_ip_asc(cert, sl_addr_text(names->addrs[i], text), 0) == 1;
    return all;
}

static int64_t seconds_of(const ASN1_TIME *time)
{
    int days = 0, seconds = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    bool ok = epoch && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;
    ASN1_TIME_free(epoch);
    return ok ? (int64_t)days * DAY_S + seconds : 0;
}

static void fingerprint(X509 *cert, char out[CERT_FINGERPRINT])
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    sl_assert(X509_digest(cert, EVP_sha256(), hash, &n) == 1 && n == 32);
    for (unsigned i = 0; i < n; i++)
        snprintf(out + 3 * i, 4, "%02X%s", hash[i], i + 1 < n ? ":" : "");
}

bool cert_read(struct sl_str pem, const struct cert_names *names, struct cert_info *out, struct sl_err *err)
{
    SL_CLEANUP(bio_freep) BIO *bio = BIO_new_mem_buf(pem.p, (int)SL_MIN(pem.n, (size_t)1 << 20));
    SL_CLEANUP(x509_freep) X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    if (cert == NULL)
        return sl_fail(err, SL_BAD_INPUT, "this is no certificate in PEM");
    out->not_before_s = seconds_of(X509_get0_notBefore(cert));
    out->not_after_s = seconds_of(X509_get0_notAfter(cert));
    out->covers = names == NULL || covers(cert, names);
    fingerprint(cert, out->fingerprint);
    return true;
}
