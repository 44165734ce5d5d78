/* ca_file.c - one authority in one file, so that certificate and key are always each other's:
 *
 *     Key-URI: pkcs11:token=gw;object=ca       when the key lives elsewhere
 *     -----BEGIN CERTIFICATE-----              its own, then those above it
 *     -----BEGIN PRIVATE KEY-----              when it lives here
 */
#include <openssl/pem.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/crypto.h"
#include "base/fs.h"
#include "pki/ca_inside.h"
#include "pki/ca_material.h"

static const char key_uri_field[] = "Key-URI: ";

static bool add_all(BIO *bio, const struct ca *ca)
{
    STACK_OF(X509) *above = ca_above(ca);
    const char *uri = ca_facts(ca)->key_uri;
    bool ok = *uri == '\0' || BIO_printf(bio, "%s%s\n", key_uri_field, uri) > 0;
    ok = ok && PEM_write_bio_X509(bio, ca_certificate(ca)) == 1;
    for (int i = 0; ok && i < sk_X509_num(above); i++)
        ok = PEM_write_bio_X509(bio, sk_X509_value(above, i)) == 1;
    return ok && (*uri || PEM_write_bio_PrivateKey(bio, ca_key(ca), NULL, NULL, 0, NULL, NULL) == 1);
}

bool ca_file_write(const char *path, const struct ca *ca, struct sl_err *err)
{
    SL_CLEANUP(bio_freep) BIO *bio = BIO_new(BIO_s_secmem()); /* wiped when it is freed */
    char *data;
    sl_assert(bio != NULL);
    if (!add_all(bio, ca))
        return sl_fail(err, SL_INTERNAL, "the authority cannot be written: %s", openssl_why());
    long n = BIO_get_mem_data(bio, &data);
    return fs_write_atomic(path, data, (size_t)n, 0600, err);
}

static bool is_ours_alone(const char *path, struct sl_err *err)
{
    struct stat st;
    if (stat(path, &st) == 0 && (st.st_mode & 077))
        return sl_fail(err, SL_DENIED,
                       "%s holds a private key and others may read it (mode %03o); chmod 600 it", path,
                       (unsigned)(st.st_mode & 0777));
    return true;
}

/* The URI of the first line, on the heap; "" when there is none. */
static char *find_uri(struct sl_str data)
{
    struct sl_str field = sl_cstr(key_uri_field);
    if (!sl_str_starts(data, field))
        return sl_strdup("");
    return sl_str_dup(sl_str_trim(sl_str_sub(data, field.n, sl_str_find(data, '\n') - field.n)));
}

/* A key that is away for now is told, and no reason to forget the authority. */
static bool make(struct ca_material *m, const char *uri, const struct ca **out, struct sl_err *err)
{
    struct sl_err why = {0};
    if (*uri && !ca_key_open(uri, &m->key, &why))
        m->key = NULL;
    X509 *cert = sk_X509_shift(m->certs);
    if (cert && !m->key && *uri == '\0')
        sl_fail(&why, SL_BAD_INPUT, "there is none in the file");
    else if (cert && m->key && X509_check_private_key(cert, m->key) != 1) {
        ERR_clear_error();
        sl_fail(&why, SL_BAD_INPUT, "it belongs to another certificate");
        EVP_PKEY_free(m->key);
        m->key = NULL;
    }
    if (!cert)
        return sl_fail(err, SL_BAD_INPUT, "there is no certificate in it");
    *out = ca_new(cert, m->key, m->certs, uri, why.msg);
    *m = (struct ca_material){0};
    return true;
}

bool ca_file_read(const char *path, const struct ca **out, struct sl_err *err)
{
    struct ca_material m = {0};
    SL_CLEANUP(sl_freep) char *uri = NULL;
    char *data;
    size_t n;
    if (!is_ours_alone(path, err) || !fs_read(path, CA_MATERIAL_MOST, &data, &n, err))
        return false;
    uri = find_uri(sl_str(data, n));
    bool ok = ca_material_read(sl_str(data, n), sl_str(NULL, 0), &m, err) && make(&m, uri, out, err);
    crypto_wipe(data, n);
    free(data);
    ca_material_fini(&m);
    return ok || sl_fail_in(err, "%s: ", path);
}
