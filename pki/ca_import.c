/* ca_import.c - an authority that somebody else made: which of the certificates is it, what stands above it,
 * and is it good? */
#include "base/crypto.h"
#include "pki/ca_inside.h"
#include "pki/ca_material.h"
#include "pki/describe.h"

enum { SHOWN = 80 };

/* Takes the certificate that the key belongs to out of the list; NULL when there is none. */
static X509 *take_own(STACK_OF(X509) * certs, EVP_PKEY *key)
{
    for (int i = 0; i < sk_X509_num(certs); i++)
        if (X509_check_private_key(sk_X509_value(certs, i), key) == 1)
            return sk_X509_delete(certs, i);
    ERR_clear_error();
    return NULL;
}

static X509 *take_issuer(STACK_OF(X509) * certs, X509 *of)
{
    for (int i = 0; i < sk_X509_num(certs); i++) {
        X509 *cert = sk_X509_value(certs, i);
        if (X509_check_issued(cert, of) == X509_V_OK && X509_verify(of, X509_get0_pubkey(cert)) == 1)
            return sk_X509_delete(certs, i);
    }
    ERR_clear_error();
    return NULL;
}

/* Puts what stands above cert into order, the next one first; err names what does not belong there. */
static bool take_above(STACK_OF(X509) * certs, X509 *cert, STACK_OF(X509) * above, struct sl_err *err)
{
    X509 *next = cert;
    while (!ca_is_root(next) && (next = take_issuer(certs, next)))
        sl_assert(sk_X509_push(above, next) > 0);
    if (sk_X509_num(certs) == 0)
        return true;
    SL_CLEANUP(sl_freep) char *name = describe_name(X509_get_subject_name(sk_X509_value(certs, 0)));
    return sl_fail(err, SL_BAD_INPUT, "%.*s does not stand above the authority; leave it out", SHOWN, name);
}

static bool open_key(const struct ca_given *given, struct ca_material *m, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *uri = sl_str_dup(given->key_uri);
    EVP_PKEY *key = NULL;
    if (given->key_uri.n > 0 ? !ca_key_open(uri, &key, err)
                             : !ca_material_key(given->key, given->password, &key, err))
        return false;
    if (key) {
        EVP_PKEY_free(m->key);
        m->key = key;
    }
    return m->key ||
           sl_fail(err, SL_BAD_INPUT, "there is no private key in it; give the key's file or its URI");
}

static bool assemble(struct ca_material *m, struct sl_str key_uri, const struct ca **out, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *uri = sl_str_dup(key_uri);
    SL_CLEANUP(x509_freep) X509 *cert = take_own(m->certs, m->key);
    SL_CLEANUP(x509s_freep) STACK_OF(X509) *above = sk_X509_new_null();
    sl_assert(above != NULL);
    if (cert == NULL && sk_X509_num(m->certs) == 0)
        return sl_fail(err, SL_BAD_INPUT, "there is no certificate in it");
    if (cert == NULL)
        return sl_fail(err, SL_BAD_INPUT, "the private key belongs to none of the certificates");
    if (!take_above(m->certs, cert, above, err))
        return false;
    *out = ca_new(cert, m->key, above, uri, "");
    cert = NULL;
    above = NULL;
    m->key = NULL;
    return true;
}

bool ca_import(const struct ca_given *given, int64_t now_s, const struct ca **out, struct sl_err *err)
{
    struct ca_material m;
    const struct ca *ca = NULL;
    if (!ca_material_read(given->data, given->password, &m, err))
        return false;
    bool ok = open_key(given, &m, err) && assemble(&m, given->key_uri, &ca, err) && ca_check(ca, now_s, err);
    ca_material_fini(&m);
    if (!ok)
        ca_unref(&ca);
    *out = ca;
    return ok;
}
