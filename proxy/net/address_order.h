/* address_order.h - in which order the addresses of a name are tried: destination selection of RFC 6724, then
 * families in turn (RFC 8305). One per worker. */
#ifndef PROXY_NET_ADDRESS_ORDER_H
#define PROXY_NET_ADDRESS_ORDER_H

#include "sluice/addr.h"

enum { ADDRESS_ORDER_MAX = 16 };

struct address_order {
    /* By which address this machine would go there; false: it has no way. The kernel's answer, or a test's.
     */
    bool (*source)(struct address_order *o, struct sl_addr to, struct sl_addr *out);
    int fds[2]; /* sockets that ask the kernel: IPv6, IPv4; -1: not open yet */
};

void address_order_init(struct address_order *o);
void address_order_fini(struct address_order *o);
/* At most ADDRESS_ORDER_MAX. Those that the machine has no way to come last. Costs system calls only where
 * there is something to choose between: IPv4 addresses alone stay as the name server turned them. */
void address_order_sort(struct address_order *o, struct sl_addr *addrs, unsigned n);
/* Families in turn, that of the first address first, otherwise in order. */
void address_order_interleave(struct sl_addr *addrs, unsigned n);

#endif
