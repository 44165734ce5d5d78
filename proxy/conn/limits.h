/* limits.h - what one client may take of the gateway: connections, requests a second, tunnels at once.
 * Counted in all workers together, without a lock (clients.h, buckets.h). What is turned away is answered 429
 * or 503 with Retry-After, counted and recorded. The settings say how much; docs/limits.md lists them all. */
#ifndef PROXY_CONN_LIMITS_H
#define PROXY_CONN_LIMITS_H

#include "proxy/conn/conn.h"

struct txn;

/* The most connections of this address; 0: without limit. */
size_t limits_connections(const struct plane *p, struct sl_addr client);
/* A request of this address, where settings limit those, before anything is spent on it; FAULT_NONE: it may
 * come in. */
enum fault limits_request(struct txn *t);
/* The same of its user, once he is known. */
enum fault limits_user_request(struct txn *t);
/* Counts a tunnel until limits_tunnel_end, which one that was not counted does not need. */
enum fault limits_tunnel(struct txn *t);
void limits_tunnel_end(struct txn *t);

/* Closes up to n of the connections that have been idle for longest, since others need what they hold; where
 * none is idle, those that have been saying what they want for longest. Returns how many. */
unsigned limits_make_room(struct plane *p, unsigned n);

#endif
