/* address_class.h - what kind of address this is: public, loopback, private, ... A table of the registries.
 * Who dials for somebody else (the proxy, a download of a list) asks here before it connects; who listens,
 * whether that is this machine only. */
#ifndef BASE_ADDRESS_CLASS_H
#define BASE_ADDRESS_CLASS_H

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

/* The one of both that a gateway should fear more: metadata before anything else, public last. */
enum address_class address_class_worse(enum address_class a, enum address_class b);
/* Addresses that carry an IPv4 address (mapped, NAT64, 6to4, Teredo, ISATAP) are classed by it: the worst of
 * both. */
enum address_class address_classify(struct sl_addr a);
/* Whether an administrator's exceptions let an address of this class pass. Metadata passes only by a network
 * of that one address, for a wide one was hardly meant to open it; multicast and broadcast never do. */
bool address_class_excepted(enum address_class c, struct sl_addr a, const struct sl_cidr *nets, size_t count);
/* By itself, without what it may carry. */
enum address_class address_class_alone(struct sl_addr a);
/* IPv4 addresses carried inside; returns how many. */
size_t address_embedded(struct sl_addr a, struct sl_addr out[2]);
/* The one inside an address of a translator's prefix of 32, 40, 48, 56, 64 or 96 bits (RFC 6052). */
struct sl_addr address_from_nat64(struct sl_addr a, unsigned prefix_bits);
bool address_is_nat64_prefix(struct sl_cidr net); /* whether it has one of these lengths */

#endif
