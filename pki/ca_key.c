/* ca_key.c - a private key that lives elsewhere, named by a URI: OSSL_STORE asks the loaders of OpenSSL's
 * configuration, such as a PKCS#11 provider ("pkcs11:token=gw;object=ca"), or reads a file ("file:/path"). */
#include <openssl/store.h>
#include <openssl/ui.h>

#include "pki/ca_inside.h"

enum { URI_MOST = 1024 };

static bool has_scheme(struct sl_str uri)
{
    size_t n = sl_str_find(uri, ':');
    for (size_t i = 0; i < n; i++) {
        char c = sl_lower(uri.p[i]);
        if (!((c >= 'a' && c <= 'z') ||
              (i > 0 && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'))))
            return false;
    }
    return n >= 2 && n < uri.n;
}

bool ca_key_uri_check(struct sl_str uri, struct sl_err *err)
{
    if (!has_scheme(uri) || uri.n > URI_MOST)
        return sl_fail(
            err, SL_BAD_INPUT,
            "'%.*s' is no URI of a key; write one like pkcs11:token=gw;object=ca or file:/etc/ca.key",
            (int)SL_MIN(uri.n, (size_t)80), uri.p);
    for (size_t i = 0; i < uri.n; i++)
        if (uri.p[i] <= ' ' || uri.p[i] > '~')
            return sl_fail(err, SL_BAD_INPUT,
                           "the URI of a key has printable ASCII only; escape the rest by %%XX");
    if (memmem(uri.p, uri.n, "pin-value", strlen("pin-value")))
        return sl_fail(err, SL_BAD_INPUT,
                       "the URI holds a PIN, which would be shown with it; keep the PIN in a file "
                       "and write pin-source=file:/path");
    if (memmem(uri.p, uri.n, "module-", strlen("module-")))
        return sl_fail(err, SL_BAD_INPUT,
                       "which library opens the key is for OpenSSL's configuration to say, not for its URI");
    return true;
}

/* The first private key behind it. */
static EVP_PKEY *load(OSSL_STORE_CTX *store)
{
    EVP_PKEY *key = NULL;
    while (!key && !OSSL_STORE_eof(store) && !OSSL_STORE_error(store)) {
        OSSL_STORE_INFO *info = OSSL_STORE_load(store);
        if (info && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
            key = OSSL_STORE_INFO_get1_PKEY(info);
        OSSL_STORE_INFO_free(info);
    }
    return key;
}

bool ca_key_open(const char *uri, EVP_PKEY **out, struct sl_err *err)
{
    if (!ca_key_uri_check(sl_cstr(uri), err))
        return false;
    ERR_clear_error();
    OSSL_STORE_CTX *store = OSSL_STORE_open(uri, UI_null(), NULL, NULL, NULL);
    if (store == NULL)
        return sl_fail(err, SL_UNAVAILABLE,
                       "%s cannot be opened: %s; is OpenSSL's provider for it configured?", uri,
                       openssl_why());
    OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY);
    *out = load(store);
    OSSL_STORE_close(store);
    if (*out == NULL)
        return sl_fail(err, SL_NOT_FOUND, "%s has no private key that opens without asking: %s", uri,
                       openssl_why());
    ERR_clear_error();
    return true;
}
