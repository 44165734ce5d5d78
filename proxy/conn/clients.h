/* clients.h - how much each client has at once, in all workers together: connections, tunnels.
 * A fixed table of atomic words, each a tag of what is counted for whom and a count, so that a client that
 * opens thousands of connections is stopped without a lock. Any thread. */
#ifndef PROXY_CONN_CLIENTS_H
#define PROXY_CONN_CLIENTS_H

#include <stdatomic.h>

#include "sluice/addr.h"
#include "sluice/str.h"

struct clients;

enum { CLIENTS_UNCOUNTED = UINT32_MAX };

/* total: the most connections in all. */
struct clients *clients_new(size_t total);
void clients_free(struct clients **c);
/* Another total, for those who come from now on. The table keeps its size: with many more connections than it
 * was made for, some are not counted for their address. */
void clients_configure(struct clients *c, size_t total);

/* What else is counted, and for whom. */
enum clients_kind { CLIENTS_TUNNELS, CLIENTS_USER_TUNNELS, CLIENTS_CONNECTIONS };

enum clients_verdict { CLIENTS_WELCOME, CLIENTS_TOO_MANY, CLIENTS_TOO_MANY_OF_ONE };
/* Counts a connection; *out_place goes to clients_leave when it ends. most: of this address, 0 is without
 * limit. Nothing is counted when it is not welcome. */
enum clients_verdict clients_enter(struct clients *c, struct sl_addr addr, size_t most, uint32_t *out_place);
/* One more in all, of no address: leaves with CLIENTS_UNCOUNTED. False: there are as many as there may be. */
bool clients_enter_more(struct clients *c);
void clients_leave(struct clients *c, uint32_t place);
/* Counts one thing more for whoever key means; false: there are `most` already (0: without limit). */
bool clients_take(struct clients *c, enum clients_kind kind, struct sl_str key, size_t most,
                  uint32_t *out_place);
void clients_give(struct clients *c, uint32_t place);
/* Connections now. */
size_t clients_count(const struct clients *c);
/* So many connections that idle ones should make room: the last 64th of the total is left. */
bool clients_crowded(const struct clients *c);

#endif
