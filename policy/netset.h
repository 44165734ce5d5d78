/* netset.h - which of many networks hold an address. Networks either nest or are disjoint, so the ones that
 * hold an address are a chain: the innermost, found by bisection, and those around it. Immutable after
 * netset_seal; any thread. */
#ifndef POLICY_NETSET_H
#define POLICY_NETSET_H

#include "sluice/addr.h"

struct netset;

struct netset *netset_new(void);
void netset_free(struct netset **set);
/* The same network may stand for several ids, and an id have several networks. */
void netset_add(struct netset *set, struct sl_cidr net, uint32_t id);
void netset_seal(struct netset *set);
/* Sets bit id in bits[] for each network that holds the address. No allocation. */
void netset_lookup(const struct netset *set, struct sl_addr a, uint64_t *bits);

#endif
