/* secure.c - see secure.h. */
#include "tests/unit/proxy/conn/secure.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/crypto_cert.h"
#include "sluice/clock.h"
#include "tests/support/tmpdir.h"

struct secure {
    SSL_CTX *ctx;
    SSL *ssl;
    int fd;
};

static void show(SSL_CTX *ctx, const char *certificate, const char *key)
{
    BIO *cert_bio = BIO_new_mem_buf(certificate, -1), *key_bio = BIO_new_mem_buf(key, -1);
    X509 *x = PEM_read_bio_X509(cert_bio, NULL, NULL, NULL);
    EVP_PKEY *k = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);
    sl_assert(SSL_CTX_use_certificate(ctx, x) == 1 && SSL_CTX_use_PrivateKey(ctx, k) == 1);
    X509_free(x);
    EVP_PKEY_free(k);
    BIO_free(cert_bio);
    BIO_free(key_bio);
}

static int connect_to(struct sl_endpoint to)
{
    struct sockaddr_storage sa;
    socklen_t n = sl_endpoint_to_sockaddr(to, &sa);
    int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = 10};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sl_assert(connect(fd, (struct sockaddr *)&sa, n) == 0);
    return fd;
}

struct secure *secure_open(struct sl_endpoint to, const char *head, const char *certificate, const char *key)
{
    struct secure *s = sl_calloc(1, sizeof *s);
    s->ctx = SSL_CTX_new(TLS_client_method());
    s->fd = connect_to(to);
    if (certificate)
        show(s->ctx, certificate, key);
    s->ssl = SSL_new(s->ctx);
    SSL_set_fd(s->ssl, s->fd);
    sl_assert(send(s->fd, head, strlen(head), MSG_NOSIGNAL) == (ssize_t)strlen(head));
    if (SSL_connect(s->ssl) == 1)
        return s;
    secure_close(&s);
    return NULL;
}

static bool let_in(int fd)
{
    char head[1024];
    size_t n = 0;
    while (n < sizeof head - 1 && recv(fd, head + n, 1, 0) == 1) {
        head[++n] = '\0';
        if (n >= 4 && strcmp(head + n - 4, "\r\n\r\n") == 0)
            return strncmp(head, "HTTP/1.1 200", 12) == 0;
    }
    return false;
}

struct secure *secure_tunnel(struct sl_endpoint to, const char *connect)
{
    struct secure *s = sl_calloc(1, sizeof *s);
    s->ctx = SSL_CTX_new(TLS_client_method());
    s->fd = connect_to(to);
    s->ssl = SSL_new(s->ctx);
    SSL_set_fd(s->ssl, s->fd);
    sl_assert(send(s->fd, connect, strlen(connect), MSG_NOSIGNAL) == (ssize_t)strlen(connect));
    if (let_in(s->fd) && SSL_connect(s->ssl) == 1)
        return s;
    secure_close(&s);
    return NULL;
}

void secure_close(struct secure **sp)
{
    struct secure *s = *sp;
    SSL_shutdown(s->ssl);
    SSL_free(s->ssl);
    SSL_CTX_free(s->ctx);
    close(s->fd);
    sl_freep(sp);
}

const char *secure_ask(struct secure *s, const char *request, const char *until)
{
    return SSL_write(s->ssl, request, (int)strlen(request)) > 0 ? secure_hear(s, until) : "";
}

bool secure_refused(struct sl_endpoint to, const char *certificate, const char *key)
{
    struct secure *s = secure_open(to, "", certificate, key);
    bool refused = !s || *secure_ask(s, "GET http://sluice.internal/ HTTP/1.1\r\n\r\n", "\r\n\r\n") == '\0';
    if (s)
        secure_close(&s);
    return refused;
}

static void add(X509 *cert, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
    sl_assert(e && X509_add_ext(cert, e, -1) == 1);
    X509_EXTENSION_free(e);
}

static char *text_of(BIO *bio)
{
    char *data;
    long n = BIO_get_mem_data(bio, &data);
    char *text = sl_strndup(data, (size_t)n);
    BIO_free(bio);
    return text;
}

void person_make(const char *common_name, const char *san, char **out_certificate, char **out_key)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    BIO *cert_pem = BIO_new(BIO_s_mem()), *key_pem = BIO_new(BIO_s_mem());
    X509_NAME *name = X509_get_subject_name(cert);
    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 7);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_set_pubkey(cert, key);
    add(cert, NID_ext_key_usage, "clientAuth");
    if (san)
        add(cert, NID_subject_alt_name, san);
    sl_assert(X509_sign(cert, key, EVP_sha256()) > 0 && PEM_write_bio_X509(cert_pem, cert) == 1 &&
              PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL) == 1);
    *out_certificate = text_of(cert_pem);
    *out_key = text_of(key_pem);
    X509_free(cert);
    EVP_PKEY_free(key);
}

char *secure_ini(const char *folder)
{
    struct cert_names names = {.names = {"localhost"}, .name_count = 1};
    SL_CLEANUP(sl_freep) char *certificate = NULL;
    SL_CLEANUP(sl_freep) char *key = NULL;
    sl_assert(cert_make(&names, sl_wall_us() / 1000000, 30, &certificate, &key, NULL));
    SL_CLEANUP(sl_freep) char *certificate_path = tmpdir_write(folder, "proxy.pem", certificate);
    SL_CLEANUP(sl_freep) char *key_path = tmpdir_write(folder, "proxy.key", key);
    return sl_asprintf("tls_certificate = %s\ntls_key = %s\n", certificate_path, key_path);
}

/* ---- as a server ---- */

struct secure_server {
    SSL_CTX *ctx;
};

struct secure_server *secure_server_new(const char *folder, char **out_ini)
{
    struct cert_names names = {.names = {"localhost"}, .name_count = 1};
    SL_CLEANUP(sl_freep) char *certificate = NULL;
    SL_CLEANUP(sl_freep) char *key = NULL;
    struct secure_server *s = sl_calloc(1, sizeof *s);
    sl_assert(sl_addr_parse(SL_STR("127.0.0.1"), &names.addrs[0]));
    names.addr_count = 1;
    sl_assert(cert_make(&names, sl_wall_us() / 1000000, 30, &certificate, &key, NULL));
    SL_CLEANUP(sl_freep) char *path = tmpdir_write(folder, "origin.pem", certificate);
    *out_ini = sl_asprintf("trust = %s\n", path);
    s->ctx = SSL_CTX_new(TLS_server_method());
    show(s->ctx, certificate, key);
    return s;
}

void secure_server_free(struct secure_server **s)
{
    SSL_CTX_free((*s)->ctx);
    sl_freep(s);
}

struct secure *secure_accept(struct secure_server *server, int fd)
{
    struct secure *s = sl_calloc(1, sizeof *s);
    s->fd = fd;
    s->ssl = SSL_new(server->ctx);
    SSL_set_fd(s->ssl, fd);
    if (SSL_accept(s->ssl) == 1)
        return s;
    secure_close(&s);
    return NULL;
}

const char *secure_hear(struct secure *s, const char *until)
{
    static _Thread_local char got[65536];
    size_t have = 0;
    int n = 1;
    got[0] = '\0';
    while (!strstr(got, until) && have < sizeof got - 1 &&
           (n = SSL_read(s->ssl, got + have, (int)(sizeof got - 1 - have))) > 0) {
        have += (size_t)n;
        got[have] = '\0';
    }
    return got;
}

void secure_say(struct secure *s, const char *text)
{
    SSL_write(s->ssl, text, (int)strlen(text));
}

size_t secure_hello(const char *host, unsigned char *out, size_t room)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(ctx);
    BIO *in = BIO_new(BIO_s_mem()), *sent = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, in, sent);
    SSL_set_tlsext_host_name(ssl, host);
    SSL_connect(ssl);
    int n = BIO_read(sent, out, (int)room);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    sl_assert(n > 0);
    return (size_t)n;
}
