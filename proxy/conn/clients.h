/* clients.h - how many connections each client address has, in all workers together.
 * A fixed table of atomic words, each a tag of the address and a count, so that a client that opens thousands
 * of connections is stopped without a lock. Any thread. */
#ifndef PROXY_CONN_CLIENTS_H
#define PROXY_CONN_CLIENTS_H

#include "sluice/addr.h"

struct clients;

enum { CLIENTS_UNCOUNTED = UINT32_MAX };

/* total: the most connections in all. per_client 0: no limit per address. */
struct clients *clients_new(size_t total, size_t per_client);
void clients_free(struct clients **c);
enum clients_verdict { CLIENTS_WELCOME, CLIENTS_TOO_MANY, CLIENTS_TOO_MANY_OF_ONE };
/* Counts a connection; *out_place goes to clients_leave when it ends. Nothing is counted when it is not
 * welcome. */
enum clients_verdict clients_enter(struct clients *c, struct sl_addr addr, uint32_t *out_place);
void clients_leave(struct clients *c, uint32_t place);
size_t clients_count(const struct clients *c);

#endif
