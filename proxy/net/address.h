/* address.h - which destinations a gateway may dial: classes of addresses, the exceptions the administrator
 * made, and the gateway's own listeners. Judged on the address that is about to be dialled, so no name can
 * lead around it. */
#ifndef PROXY_NET_ADDRESS_H
#define PROXY_NET_ADDRESS_H

#include "base/conf.h"
#include "sluice/addr.h"

enum address_class {
    ADDRESS_PUBLIC,
    ADDRESS_UNSPECIFIED,
    ADDRESS_LOOPBACK,
    ADDRESS_PRIVATE, /* RFC 1918 and unique local IPv6 */
    ADDRESS_LINK_LOCAL,
    ADDRESS_SHARED, /* carrier-grade NAT */
    ADDRESS_MULTICAST,
    ADDRESS_BROADCAST,
    ADDRESS_DOCUMENTATION,
    ADDRESS_BENCHMARKING,
    ADDRESS_RESERVED, /* protocol assignments, discard, 240/4, site-local, ... */
    ADDRESS_METADATA, /* where clouds keep a machine's credentials */
    ADDRESS_CLASS_COUNT
};
const char *address_class_word(enum address_class c); /* "private", "link-local" */

/* Addresses that carry an IPv4 address (mapped, NAT64, 6to4, Teredo, ISATAP) are classed by it: the worst of
 * both. */
enum address_class address_classify(struct sl_addr a);

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
