/* bridge.h - TLS inside TLS: who comes by TLS to our listener, or is reached through a parent by TLS, and
 * speaks another TLS in there that we look into. What speaks TLS already gets a pair of local sockets in its
 * place: one end is plain to whoever had it, and what moves there is carried over. So nothing else has to
 * know that a sock can have two layers; the price is a copy, which only these few pay. A worker's thread. */
#ifndef PROXY_CONN_BRIDGE_H
#define PROXY_CONN_BRIDGE_H

#include "proxy/net/sock.h"

struct plane;

/* s becomes a plain one, whose events go to event(owner). False: the system refuses; s is as it was. */
bool bridge_under(struct plane *p, struct sock *s, loop_event *event, void *owner);
/* Ends all. */
void bridges_fini(struct plane *p);

#endif
