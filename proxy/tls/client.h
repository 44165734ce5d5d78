/* client.h - how we speak TLS to others (parents, origins): whom we trust, and the sessions that can be
 * resumed. The trust is made once and shared; a client belongs to one worker, for its sessions change. */
#ifndef PROXY_TLS_CLIENT_H
#define PROXY_TLS_CLIENT_H

#include "sluice/addr.h"
#include "sluice/err.h"

struct tls_trust;
struct tls_trust_config {
    bool system;         /* the CAs of the operating system */
    struct sl_str extra; /* PEM: further ones; may be empty */
};
bool tls_trust_new(const struct tls_trust_config *cfg, struct tls_trust **out, struct sl_err *err);
void tls_trust_free(struct tls_trust **t); /* clients that use it keep what they need */

struct tls_client;
bool tls_client_new(const struct tls_trust *trust, struct tls_client **out, struct sl_err *err);
struct tls_client *tls_client_ref(struct tls_client *c);
/* Connections that were made with it may outlive this. */
void tls_client_unref(struct tls_client **c);

#endif
