/* address.h - which destinations a gateway may dial: by class of address, the exceptions the administrator
 * made, and the gateway's own listeners. Judged on the address that is about to be dialled, so no name can
 * lead around it. */
#ifndef PROXY_NET_ADDRESS_H
#define PROXY_NET_ADDRESS_H

#include "base/address_class.h"
#include "base/conf.h"

struct address_rules {
    const struct conf_cidrs *allow_private; /* borrowed */
    const struct conf_cidrs *nat64;         /* borrowed: prefixes of this network's translators */
    struct sl_endpoint *own; /* listeners of this process; the unspecified address: any of this machine */
    size_t own_count;
};
/* Copies own. */
void address_rules_init(struct address_rules *r, const struct conf_cidrs *allow_private,
                        const struct conf_cidrs *nat64, const struct sl_endpoint *own, size_t own_count);
void address_rules_fini(struct address_rules *r);

enum address_verdict {
    ADDRESS_ALLOWED, /* public */
    ADDRESS_SPECIAL, /* not public, but the administrator allows it */
    ADDRESS_REFUSED, /* of a class that is not public and not in allow_private */
    ADDRESS_OWN      /* one of our own listeners, which nothing allows */
};
/* An address that carries others (NAT64, 6to4, ...) is judged as the worst of them; what exceptions open is
 * told by address_class_excepted. */
enum address_verdict address_judge(const struct address_rules *r, struct sl_addr a, uint16_t port);

#endif
