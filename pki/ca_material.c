/* ca_material.c - see ca_material.h.
 *
 * A file may ask for any number of rounds to derive its key from the password; how many is looked up before
 * OpenSSL begins to compute. */
#include "pki/ca_material.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "base/crypto.h"
#include "pki/rounds.h"

/* ---- PEM ---- */

static int give_password(char *out, int size, int writing, void *arg)
{
    const struct sl_str *password = arg;
    if (password->p == NULL || password->n > (size_t)size)
        return -1;
    memcpy(out, password->p, password->n);
    return (int)password->n;
}

static bool add_certificate(const char *name, const unsigned char *der, long n, STACK_OF(X509) * certs,
                            struct sl_err *err)
{
    const unsigned char *at = der;
    if (sk_X509_num(certs) >= CA_CERTIFICATES_MOST)
        return sl_fail(err, SL_LIMIT, "more than %d certificates; give the authority and those above it only",
                       CA_CERTIFICATES_MOST);
    X509 *cert =
        strcmp(name, PEM_STRING_X509_TRUSTED) == 0 ? d2i_X509_AUX(NULL, &at, n) : d2i_X509(NULL, &at, n);
    if (cert == NULL)
        return sl_fail(err, SL_BAD_INPUT, "certificate %d cannot be read: %s", sk_X509_num(certs) + 1,
                       openssl_why());
    sl_assert(sk_X509_push(certs, cert) > 0);
    return true;
}

static bool is_certificate(const char *name)
{
    return strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0 ||
           strcmp(name, PEM_STRING_X509_TRUSTED) == 0;
}

static bool check_block(const char *name, const unsigned char *data, long n, STACK_OF(X509) * certs,
                        struct sl_err *err)
{
    if (is_certificate(name))
        return add_certificate(name, data, n, certs, err);
    return strcmp(name, PEM_STRING_PKCS8) != 0 || rounds_of_key(data, n, err);
}

/* Every block: certificates are collected, locked keys are looked at. */
static bool read_blocks(struct sl_str pem, STACK_OF(X509) * certs, struct sl_err *err)
{
    SL_CLEANUP(bio_freep) BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    char *name, *header;
    unsigned char *data;
    long n;
    bool ok = true;
    sl_assert(bio != NULL);
    while (ok && PEM_read_bio(bio, &name, &header, &data, &n)) {
        ok = check_block(name, data, n, certs, err);
        OPENSSL_clear_free(data, (size_t)n); /* it may be a key */
        OPENSSL_free(header);
        OPENSSL_free(name);
    }
    int reason = ERR_GET_REASON(ERR_peek_last_error());
    if (ok && reason != PEM_R_NO_START_LINE)
        ok = sl_fail(err, SL_BAD_INPUT, "the PEM text is damaged: %s", openssl_why());
    ERR_clear_error();
    return ok;
}

static bool has_key(struct sl_str pem)
{
    return pem.n && memmem(pem.p, pem.n, "PRIVATE KEY-----", strlen("PRIVATE KEY-----"));
}

bool ca_material_key(struct sl_str pem, struct sl_str password, EVP_PKEY **out, struct sl_err *err)
{
    SL_CLEANUP(x509s_freep) STACK_OF(X509) *ignored = sk_X509_new_null();
    *out = NULL;
    if (!has_key(pem))
        return true;
    if (pem.n > CA_MATERIAL_MOST)
        return sl_fail(err, SL_LIMIT, "the key has more than %d bytes", CA_MATERIAL_MOST);
    if (!read_blocks(pem, ignored, err))
        return false;
    SL_CLEANUP(bio_freep) BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    sl_assert(bio != NULL);
    *out = PEM_read_bio_PrivateKey(bio, NULL, give_password, &password);
    if (*out)
        return true;
    const char *why = openssl_why();
    if (memmem(pem.p, pem.n, "ENCRYPTED", strlen("ENCRYPTED")))
        return sl_fail(err, SL_BAD_INPUT,
                       password.p ? "the password does not open the private key"
                                  : "the private key is locked; give its password");
    return sl_fail(err, SL_BAD_INPUT, "the private key cannot be read: %s", why);
}

static bool read_pem(struct sl_str data, struct sl_str password, struct ca_material *out, struct sl_err *err)
{
    out->certs = sk_X509_new_null();
    sl_assert(out->certs != NULL);
    return read_blocks(data, out->certs, err) && ca_material_key(data, password, &out->key, err);
}

/* ---- PKCS#12 ---- */

static bool open_pkcs12(PKCS12 *p12, struct sl_str password, struct ca_material *out, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *text = password.p ? sl_str_dup(password) : NULL;
    X509 *cert = NULL;
    bool ok = PKCS12_parse(p12, text, &out->key, &cert, &out->certs) == 1;
    if (text)
        crypto_wipe(text, password.n);
    if (!ok && ERR_GET_REASON(ERR_peek_last_error()) == PKCS12_R_MAC_VERIFY_FAILURE) {
        ERR_clear_error();
        return sl_fail(err, SL_BAD_INPUT,
                       password.p ? "the password does not open the PKCS#12 file"
                                  : "the PKCS#12 file is locked; give its password");
    }
    if (!ok)
        return sl_fail(
            err, SL_BAD_INPUT,
            "the PKCS#12 file cannot be opened (%s); if it is an old one, write it anew: openssl pkcs12 "
            "-legacy -in OLD -nodes -out NEW.pem",
            openssl_why());
    if (!out->certs)
        out->certs = sk_X509_new_null();
    sl_assert(out->certs && (!cert || sk_X509_unshift(out->certs, cert) > 0));
    if (sk_X509_num(out->certs) > CA_CERTIFICATES_MOST)
        return sl_fail(err, SL_LIMIT, "more than %d certificates in the PKCS#12 file", CA_CERTIFICATES_MOST);
    ERR_clear_error();
    return true;
}

static bool read_pkcs12(struct sl_str data, struct sl_str password, struct ca_material *out,
                        struct sl_err *err)
{
    const unsigned char *at = (const unsigned char *)data.p;
    PKCS12 *p12 = d2i_PKCS12(NULL, &at, (long)data.n);
    if (p12 == NULL) {
        ERR_clear_error();
        return sl_fail(err, SL_BAD_INPUT, "this is neither PEM nor PKCS#12");
    }
    bool ok = rounds_of_pkcs12(p12, password, err) && open_pkcs12(p12, password, out, err);
    PKCS12_free(p12);
    return ok;
}

bool ca_material_read(struct sl_str data, struct sl_str password, struct ca_material *out, struct sl_err *err)
{
    *out = (struct ca_material){0};
    if (data.n > CA_MATERIAL_MOST)
        return sl_fail(err, SL_LIMIT, "the certificates have more than %d bytes", CA_MATERIAL_MOST);
    ERR_clear_error();
    bool pem = data.n && memmem(data.p, data.n, "-----BEGIN ", strlen("-----BEGIN "));
    bool ok = pem ? read_pem(data, password, out, err) : read_pkcs12(data, password, out, err);
    if (!ok)
        ca_material_fini(out);
    return ok;
}

void ca_material_fini(struct ca_material *m)
{
    x509s_freep(&m->certs);
    EVP_PKEY_free(m->key);
    *m = (struct ca_material){0};
}
