/* trust.c - whom we trust: the CAs of the operating system and those of the settings, read once. OpenSSL
 * would look into the system's folder at each certificate that it does not know, and a worker must not wait
 * for a disk. */
#include <dirent.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "pki/store_pem.h"
#include "pki/verify.h"

/* ---- of the system ---- */

static bool load_file(X509_STORE *store, const char *path)
{
    bool ok = path && X509_STORE_load_file(store, path) == 1;
    ERR_clear_error();
    return ok;
}

/* Where no single file has them all. */
static bool load_folder(X509_STORE *store, const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    bool any = false;
    while (folder && (entry = readdir(folder)) != NULL) {
        SL_CLEANUP(sl_freep) char *file = sl_asprintf("%s/%s", path, entry->d_name);
        any |= *entry->d_name != '.' && load_file(store, file);
    }
    if (folder)
        closedir(folder);
    return any;
}

static bool load_system(X509_STORE *store)
{
    const char *file = getenv(X509_get_default_cert_file_env());
    const char *folder = getenv(X509_get_default_cert_dir_env());
    if (!file && !folder && load_file(store, X509_get_default_cert_file()))
        return true;
    if (!folder)
        folder = X509_get_default_cert_dir();
    SL_CLEANUP(sl_freep) char *bundle = sl_asprintf("%s/ca-certificates.crt", folder);
    return load_file(store, file) || load_file(store, bundle) || load_folder(store, folder);
}

/* ---- the trust ---- */

static X509_STORE *store_of(const struct trust_config *cfg, struct sl_err *err)
{
    X509_STORE *store = X509_STORE_new();
    sl_assert(store);
    if (cfg->system && !load_system(store))
        sl_fail(err, SL_INTERNAL, "the certificates of the operating system could not be read");
    else if (cfg->extra.n > 0 && store_add_pem(store, cfg->extra) < 1)
        sl_fail(err, SL_BAD_INPUT, "there is no certificate in PEM, or a broken one");
    else
        return store;
    X509_STORE_free(store);
    return NULL;
}

bool trust_new(const struct trust_config *cfg, struct trust **out, struct sl_err *err)
{
    X509_STORE *store = store_of(cfg, err);
    if (!store)
        return false;
    struct trust *t = sl_calloc(1, sizeof *t);
    atomic_init(&t->refs, 1);
    t->store = store;
    t->revocation = cfg->revocation;
    t->fetch = cfg->fetch;
    t->memory = memory_new();
    *out = t;
    return true;
}

struct trust *trust_ref(struct trust *t)
{
    atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    return t;
}

void trust_unref(struct trust **tp)
{
    struct trust *t = *tp;
    *tp = NULL;
    if (!t || atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) > 1)
        return;
    X509_STORE_free(t->store);
    memory_free(&t->memory);
    free(t);
}
