/* mint.c - see mint.h. */
#include "tests/unit/pki/mint.h"

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "tests/support/cmocka_all.h"

enum { DAY = 86400, EXTENSIONS_MAX = 24 };

static EVP_PKEY *make_key(const char *kind)
{
    static EVP_PKEY *slow; /* a DSA key takes long, and one does */
    struct sl_str what = sl_cstr(kind ? kind : "EC:P-256");
    uint64_t bits;
    if (sl_str_starts(what, SL_STR("RSA:")) && sl_str_u64(sl_str_sub(what, 4, SIZE_MAX), 8192, &bits))
        return EVP_RSA_gen((unsigned)bits);
    if (sl_str_starts(what, SL_STR("EC:")))
        return EVP_EC_gen(what.p + 3);
    if (sl_str_eq(what, SL_STR("DSA")) && !slow) {
        EVP_PKEY *params = NULL;
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
        assert_true(EVP_PKEY_paramgen_init(ctx) == 1 && EVP_PKEY_CTX_set_dsa_paramgen_bits(ctx, 1024) == 1 &&
                    EVP_PKEY_generate(ctx, &params) == 1);
        EVP_PKEY_CTX_free(ctx);
        ctx = EVP_PKEY_CTX_new(params, NULL);
        assert_true(EVP_PKEY_keygen_init(ctx) == 1 && EVP_PKEY_generate(ctx, &slow) == 1);
        EVP_PKEY_CTX_free(ctx);
        EVP_PKEY_free(params);
    }
    if (sl_str_eq(what, SL_STR("DSA"))) {
        EVP_PKEY *key = slow;
        slow = NULL;
        return key;
    }
    return EVP_PKEY_Q_keygen(NULL, NULL, what.p);
}

/* ---- extensions ---- */

struct extension {
    struct sl_str name, value;
};

static const char usual_ca[] = "basicConstraints=critical,CA:TRUE|keyUsage=critical,keyCertSign,cRLSign|"
                               "subjectKeyIdentifier=hash|authorityKeyIdentifier=keyid";
static const char usual_leaf[] =
    "basicConstraints=critical,CA:FALSE|keyUsage=critical,digitalSignature|extendedKeyUsage=serverAuth|"
    "subjectKeyIdentifier=hash|authorityKeyIdentifier=keyid|subjectAltName=DNS:www.example.com";

static void set_extension(struct extension *list, size_t *n, struct sl_str line)
{
    size_t equals = sl_str_find(line, '='), i = 0;
    struct extension e = {sl_str_sub(line, 0, equals), sl_str_sub(line, equals + 1, SIZE_MAX)};
    while (i < *n && !sl_str_eq(list[i].name, e.name))
        i++;
    assert_true(i < EXTENSIONS_MAX);
    list[i] = e;
    *n += i == *n;
}

static void add_extension(X509 *cert, X509V3_CTX *ctx, const struct extension *e, int times)
{
    SL_CLEANUP(sl_freep) char *name = sl_str_dup(e->name);
    SL_CLEANUP(sl_freep) char *value = sl_str_dup(e->value);
    X509_EXTENSION *ext = X509V3_EXT_conf(NULL, ctx, name, value);
    if (!ext)
        fail_msg("no extension %s=%s", name, value);
    while (times-- > 0)
        assert_int_equal(X509_add_ext(cert, ext, -1), 1);
    X509_EXTENSION_free(ext);
}

static void extend(X509 *cert, X509 *issuer, const struct mint_spec *spec)
{
    struct extension list[EXTENSIONS_MAX];
    struct sl_str line, usual = sl_cstr(spec->is_ca ? usual_ca : usual_leaf), with = sl_cstr(spec->with);
    X509V3_CTX ctx;
    size_t n = 0;
    while (sl_str_split(&usual, '|', &line))
        set_extension(list, &n, line);
    while (spec->with && sl_str_split(&with, '|', &line))
        set_extension(list, &n, line);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    for (size_t i = 0; i < n; i++)
        if (list[i].value.n > 0)
            add_extension(cert, &ctx, &list[i], i + 1 == n && (spec->quirks & MINT_TWICE) ? 2 : 1);
}

/* ---- a certificate ---- */

static void set_name(X509_NAME *name, const char *common)
{
    if (*common)
        assert_int_equal(
            X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common, -1, -1, 0),
            1);
}

static void sign(X509 *cert, const struct mint_spec *spec, EVP_PKEY *with)
{
    EVP_PKEY *foreign = spec->quirks & MINT_FOREIGN ? make_key(NULL) : NULL;
    EVP_PKEY *key = foreign ? foreign : with;
    bool own_digest = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
    const EVP_MD *md = own_digest ? NULL : EVP_get_digestbyname(spec->digest ? spec->digest : "SHA256");
    assert_true(X509_sign(cert, key, md) > 0);
    EVP_PKEY_free(foreign);
    const ASN1_BIT_STRING *bits;
    const X509_ALGOR *algorithm;
    X509_get0_signature(&bits, &algorithm, cert);
    if (spec->quirks & MINT_BROKEN)
        bits->data[bits->length - 1] ^= 1;
    if (spec->quirks & MINT_TWO_ALGORITHMS)
        X509_ALGOR_set0((X509_ALGOR *)(uintptr_t)algorithm, OBJ_nid2obj(NID_ecdsa_with_SHA384), V_ASN1_UNDEF,
                        NULL);
}

/* Read anew: nothing that was remembered while it was made. */
static X509 *reread(X509 *take)
{
    unsigned char *der = NULL;
    int n = i2d_X509(take, &der);
    const unsigned char *p = der;
    X509 *cert = d2i_X509(NULL, &p, n);
    assert_non_null(cert);
    OPENSSL_free(der);
    X509_free(take);
    return cert;
}

static X509 *make(const struct mint_spec *spec, EVP_PKEY *key, const struct minted *issuer)
{
    static int serial = 1000;
    X509 *cert = X509_new();
    bool usual = spec->from_day == 0 && spec->until_day == 0;
    ASN1_TIME_set(X509_getm_notBefore(cert),
                  (time_t)(MINT_NOW + (usual ? -30 : spec->from_day) * (int64_t)DAY));
    ASN1_TIME_set(X509_getm_notAfter(cert),
                  (time_t)(MINT_NOW + (usual ? 60 : spec->until_day) * (int64_t)DAY));
    ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial);
    set_name(X509_get_subject_name(cert), spec->name);
    X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer->cert : cert));
    assert_int_equal(X509_set_pubkey(cert, key), 1);
    X509_set_version(cert, spec->quirks & (MINT_V1 | MINT_V1_EXTENDED) ? X509_VERSION_1 : X509_VERSION_3);
    if (!(spec->quirks & MINT_V1))
        extend(cert, issuer ? issuer->cert : cert, spec);
    sign(cert, spec, issuer ? issuer->key : key);
    return reread(cert);
}

struct minted mint(const struct mint_spec *spec, const struct minted *issuer)
{
    EVP_PKEY *key = make_key(spec->key);
    assert_non_null(key);
    return (struct minted){make(spec, key, issuer), key};
}

struct minted mint_again(const struct minted *of, const struct mint_spec *spec, const struct minted *issuer)
{
    EVP_PKEY_up_ref(of->key);
    return (struct minted){make(spec, of->key, issuer), of->key};
}

void mint_free(struct minted *m)
{
    X509_free(m->cert);
    EVP_PKEY_free(m->key);
    *m = (struct minted){0};
}

char *mint_pem(const struct minted *m)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *p;
    assert_int_equal(PEM_write_bio_X509(bio, m->cert), 1);
    long n = BIO_get_mem_data(bio, &p);
    char *text = sl_strndup(p, (size_t)n);
    BIO_free(bio);
    return text;
}

/* ---- taken back ---- */

static struct sl_str keep(unsigned char *der, int n)
{
    assert_true(n > 0);
    char *copy = sl_malloc((size_t)n);
    memcpy(copy, der, (size_t)n);
    OPENSSL_free(der);
    return sl_str(copy, (size_t)n);
}

struct sl_str mint_ocsp(const struct minted *cert, const struct minted *issuer, const struct minted *signer,
                        int status, int until_day)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), cert->cert, issuer->cert);
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(MINT_NOW - DAY));
    ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)(MINT_NOW + (int64_t)until_day * DAY));
    ASN1_TIME *revoked = status == V_OCSP_CERTSTATUS_REVOKED ? from : NULL;
    const struct minted *by = signer ? signer : issuer;
    unsigned char *der = NULL;
    assert_non_null(OCSP_basic_add1_status(basic, id, status, 0, revoked, from, until));
    assert_int_equal(OCSP_basic_sign(basic, by->cert, by->key, EVP_sha256(), NULL, 0), 1);
    OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    int n = i2d_OCSP_RESPONSE(response, &der);
    struct sl_str out = keep(der, n);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    return out;
}

struct sl_str mint_crl(const struct minted *issuer, const struct minted *revoked, int until_day,
                       const char *idp)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(MINT_NOW - DAY));
    ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)(MINT_NOW + (int64_t)until_day * DAY));
    X509V3_CTX ctx;
    unsigned char *der = NULL;
    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->cert));
    X509_CRL_set1_lastUpdate(crl, from);
    X509_CRL_set1_nextUpdate(crl, until);
    if (revoked) {
        X509_REVOKED *entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->cert));
        X509_REVOKED_set_revocationDate(entry, from);
        X509_CRL_add0_revoked(crl, entry);
    }
    X509V3_set_ctx(&ctx, issuer->cert, NULL, NULL, crl, 0);
    X509_EXTENSION *ext =
        idp ? X509V3_EXT_conf(NULL, &ctx, "issuingDistributionPoint", (char *)(uintptr_t)idp) : NULL;
    assert_true(!idp || ext);
    if (ext)
        X509_CRL_add_ext(crl, ext, -1);
    X509_EXTENSION_free(ext);
    assert_true(X509_CRL_sign(crl, issuer->key, EVP_sha256()) > 0);
    int n = i2d_X509_CRL(crl, &der);
    struct sl_str out = keep(der, n);
    X509_CRL_free(crl);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    return out;
}
