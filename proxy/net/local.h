/* local.h - is this an address of this machine? Asked of the kernel's routing table each time, so that
 * addresses that come later, or that only a route makes local, count as well. Some system calls: for rare
 * questions. */
#ifndef PROXY_NET_LOCAL_H
#define PROXY_NET_LOCAL_H

#include "sluice/addr.h"

/* True also when the kernel can't be asked: who wants to know protects itself. */
bool local_is(struct sl_addr a);

#endif
