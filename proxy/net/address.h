/* address.h - which destinations a gateway may dial: by class of address, the exceptions the administrator
 * made, and the gateway's own listeners. Judged on the address that is about to be dialled, so no name can
 * lead around it. */
#ifndef PROXY_NET_ADDRESS_H
#define PROXY_NET_ADDRESS_H

#include "base/address_class.h"
#include "base/conf.h"

struct address_rules {
    const struct conf_cidrs *allow_private; /* borrowed */
    struct sl_endpoint *own; /* listeners of this process; the unspecified address: any of this machine */
    size_t own_count;
    struct sl_addr *local; /* addresses of this machine */
    size_t local_count;
};
/* Copies own, reads the machine's addresses. */
void address_rules_init(struct address_rules *r, const struct conf_cidrs *allow_private,
                        const struct sl_endpoint *own, size_t own_count);
void address_rules_fini(struct address_rules *r);

enum address_verdict { ADDRESS_ALLOWED, ADDRESS_REFUSED, ADDRESS_OWN };
/* ADDRESS_REFUSED: of a class that is not public and not in allow_private. ADDRESS_OWN: one of our own
 * listeners, which nothing allows. */
enum address_verdict address_judge(const struct address_rules *r, struct sl_addr a, uint16_t port);

#endif
