/* client.h - how we speak TLS to others (parents, origins): whom we trust, and the sessions that can be
 * resumed. The trust is made once and shared; a client belongs to one worker, for its sessions change. */
#ifndef PROXY_TLS_CLIENT_H
#define PROXY_TLS_CLIENT_H

#include "sluice/certificate.h"

enum tls_verdicts {
    TLS_VERDICTS_BIND, /* a certificate with a fault ends the handshake */
    TLS_VERDICTS_TELL  /* the caller is told, and decides (tls_peer_certificate) */
};

struct tls_client;
bool tls_client_new(struct trust *trust, enum tls_verdicts verdicts, struct tls_client **out,
                    struct sl_err *err);
struct tls_client *tls_client_ref(struct tls_client *c);
/* Connections that were made with it may outlive this. */
void tls_client_unref(struct tls_client **c);

#endif
