/* intercept.h - how we speak TLS in the place of a host that is inspected: one context for all, and for each
 * connection the leaf that our CA signed for its host. Made once, shared by workers, kept over reloads. */
#ifndef PROXY_TLS_INTERCEPT_H
#define PROXY_TLS_INTERCEPT_H

#include "proxy/net/sock.h"
#include "proxy/tls/server.h"
#include "sluice/leaf.h"

struct tls_interceptor;
struct tls_interceptor *tls_interceptor_new(void);
void tls_interceptor_free(struct tls_interceptor **i); /* connections may outlive it */

struct tls_intercept {
    const struct leaf *leaf; /* borrowed; kept by the connection */
    struct sl_str host;      /* in whose place we speak: a ticket is good for it only */
    unsigned alpn;           /* set of enum tls_alpn */
    struct sl_str ahead;     /* read from the sock before (copied): the ClientHello */
};
/* The sock speaks TLS from here on; tls_handshake of io.h goes on. */
void tls_intercept(struct sock *s, struct tls_interceptor *interceptor, const struct tls_intercept *with);

#endif
