/* lean_inside.h - between takeover.c and lean.c. */
#ifndef PROXY_TLS_LEAN_INSIDE_H
#define PROXY_TLS_LEAN_INSIDE_H

#include "proxy/net/sock.h"
#include "proxy/tls/lean.h"

extern const struct sock_transport lean_transport;
struct lean *lean_new(const struct record_keys *reads, const struct record_keys *writes); /* copied */

#endif
