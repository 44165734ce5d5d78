/* server.h - how we speak TLS to those who come to us: certificate, key, and whose certificates we take.
 * Made by any thread, shared by workers, immutable; reference counted. */
#ifndef PROXY_TLS_SERVER_H
#define PROXY_TLS_SERVER_H

#include "sluice/err.h"
#include "sluice/str.h"

enum tls_client_certificates { TLS_CLIENT_OFF, TLS_CLIENT_OPTIONAL, TLS_CLIENT_REQUIRED };

struct tls_server_config {
    struct sl_str certificate, key; /* PEM: the chain, our own first; its key */
    enum tls_client_certificates clients;
    struct sl_str client_ca; /* PEM: who vouches for clients; where clients is not OFF */
};

/* What is spoken inside. */
enum tls_alpn { TLS_ALPN_HTTP1 = 1, TLS_ALPN_H2 = 2 };

struct tls_server;
bool tls_server_new(const struct tls_server_config *cfg, struct tls_server **out, struct sl_err *err);
struct tls_server *tls_server_ref(struct tls_server *s);
void tls_server_unref(struct tls_server **s);

#endif
