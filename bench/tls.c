/* tls.c - see tls.h. */
#include "bench/tls.h"

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "bench/net.h"
#include "sluice/base.h"

enum { DAY_S = 86400, SLOTS = 1 << 16, NAMES_MOST = SLOTS / 2, CA_DAYS = 30 };

/* Who signs, the key of all certificates, and those that were asked for. */
static struct {
    EVP_PKEY *ca_key, *key;
    X509 *ca;
    struct made {
        char *name;
        X509 *certificate;
    } slots[SLOTS];
    size_t count;
    long serial;
} authority;

static void must(bool ok)
{
    errno = 0;
    if (!ok)
        die("OpenSSL does not do its part");
}

/* ---- certificates ---- */

static void extend(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, authority.ca, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    must(extension && X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
}

static X509 *begin(const char *name, EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    must(certificate != NULL);
    must(X509_set_version(certificate, X509_VERSION_3) &&
         ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++authority.serial) &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_S) &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), CA_DAYS * DAY_S) &&
         X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                    (const unsigned char *)name, -1, -1, 0) &&
         X509_set_pubkey(certificate, key));
    return certificate;
}

static void make_authority(void)
{
    if (authority.ca)
        return;
    authority.ca_key = EVP_EC_gen("P-256");
    authority.key = EVP_EC_gen("P-256");
    must(authority.ca_key && authority.key);
    authority.ca = begin("bench origin CA", authority.ca_key);
    must(X509_set_issuer_name(authority.ca, X509_get_subject_name(authority.ca)));
    extend(authority.ca, NID_basic_constraints, "critical,CA:TRUE");
    extend(authority.ca, NID_key_usage, "critical,keyCertSign");
    extend(authority.ca, NID_subject_key_identifier, "hash");
    must(X509_sign(authority.ca, authority.ca_key, EVP_sha256()));
}

void tls_write_authority(const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        die("%s", path);
    make_authority();
    must(PEM_write_X509(file, authority.ca) && fclose(file) == 0);
}

static X509 *certificate_for(const char *name)
{
    char names[300];
    X509 *certificate = begin("bench", authority.key);
    snprintf(names, sizeof names, "DNS:%s", name);
    must(X509_set_issuer_name(certificate, X509_get_subject_name(authority.ca)));
    extend(certificate, NID_basic_constraints, "critical,CA:FALSE");
    extend(certificate, NID_ext_key_usage, "serverAuth");
    extend(certificate, NID_authority_key_identifier, "keyid");
    extend(certificate, NID_subject_alt_name, names);
    must(X509_sign(certificate, authority.ca_key, EVP_sha256()));
    return certificate;
}

/* The one of this name, made when it is asked for first. Beyond NAMES_MOST they are made each time, and lost.
 */
static X509 *find(const char *name)
{
    uint32_t hash = 2166136261u;
    for (const char *p = name; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    struct made *m = &authority.slots[hash % SLOTS];
    while (m->name && strcmp(m->name, name) != 0)
        m = m == &authority.slots[SLOTS - 1] ? authority.slots : m + 1;
    if (m->name)
        return m->certificate;
    X509 *certificate = certificate_for(name);
    if (authority.count < NAMES_MOST) {
        *m = (struct made){sl_strdup(name), certificate};
        authority.count++;
    }
    return certificate;
}

static int on_name(SSL *ssl, int *alert, void *arg)
{
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name && (!SSL_use_certificate(ssl, find(name)) || !SSL_use_PrivateKey(ssl, authority.key)))
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    return SSL_TLSEXT_ERR_OK;
}

static void use_certificates(SSL_CTX *context)
{
    make_authority();
    must(SSL_CTX_use_certificate(context, find("origin.test")) &&
         SSL_CTX_use_PrivateKey(context, authority.key) &&
         SSL_CTX_set_tlsext_servername_callback(context, on_name));
}

/* ---- connections ---- */

static SSL_CTX *context_of(bool server)
{
    static SSL_CTX *contexts[2];
    if (contexts[server])
        return contexts[server];
    SSL_CTX *context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    must(context != NULL);
    SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (server)
        use_certificates(context);
    return contexts[server] = context;
}

struct tls *tls_new(int fd, bool server, const char *name)
{
    SSL *ssl = SSL_new(context_of(server));
    must(ssl && SSL_set_fd(ssl, fd));
    if (server)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    must(!name || SSL_set_tlsext_host_name(ssl, name));
    return (struct tls *)ssl;
}

void tls_free(struct tls **t)
{
    SSL_free((SSL *)*t);
    *t = NULL;
}

static ssize_t result(struct tls *t, int n)
{
    if (n > 0)
        return n;
    int error = SSL_get_error((SSL *)t, n);
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
    return error == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

ssize_t tls_recv(struct tls *t, void *p, size_t n)
{
    return result(t, SSL_read((SSL *)t, p, (int)SL_MIN(n, (size_t)INT32_MAX)));
}

ssize_t tls_send(struct tls *t, const void *p, size_t n)
{
    return result(t, SSL_write((SSL *)t, p, (int)SL_MIN(n, (size_t)INT32_MAX)));
}
