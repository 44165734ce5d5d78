/* proxy_tls.c - see proxy_tls.h. */
#include "proxy/proxy_tls.h"

#include <stdlib.h>

#include "base/crypto.h"
#include "base/fs.h"

enum { PEM_MAX = 256 * 1024 };

_Static_assert((int)TLS_CLIENT_OFF == CLIENT_CERTIFICATES_OFF &&
                   (int)TLS_CLIENT_OPTIONAL == CLIENT_CERTIFICATES_OPTIONAL &&
                   (int)TLS_CLIENT_REQUIRED == CLIENT_CERTIFICATES_REQUIRED,
               "the setting is the configuration");

struct pems {
    char *certificate, *key, *client_ca;
};

static void pems_fini(struct pems *p)
{
    if (p->key)
        crypto_wipe(p->key, strlen(p->key));
    free(p->certificate);
    free(p->key);
    free(p->client_ca);
}

static bool read_pem(const char *setting, const char *path, char **out, struct sl_err *err)
{
    size_t n;
    return !*path || fs_read(path, PEM_MAX, out, &n, err) || sl_fail_in(err, "%s: ", setting);
}

bool proxy_tls_open(const struct settings *s, struct tls_server **out, struct sl_err *err)
{
    SL_CLEANUP(pems_fini) struct pems pems = {0};
    *out = NULL;
    if (!*s->proxy.tls_certificate)
        return true;
    if (!read_pem("proxy.tls_certificate", s->proxy.tls_certificate, &pems.certificate, err) ||
        !read_pem("proxy.tls_key", s->proxy.tls_key, &pems.key, err) ||
        !read_pem("proxy.tls_client_ca", s->proxy.tls_client_ca, &pems.client_ca, err))
        return false;
    struct tls_server_config cfg = {.certificate = sl_cstr(pems.certificate),
                                    .key = sl_cstr(pems.key),
                                    .clients = (enum tls_client_certificates)s->proxy.tls_client_certificates,
                                    .client_ca = sl_cstr(pems.client_ca)};
    return tls_server_new(&cfg, out, err) || sl_fail_in(err, "listeners with tls: ");
}
