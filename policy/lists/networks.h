/* networks.h - networks of lists, flattened while a catalogue is built: nested networks become stretches that
 * do not overlap, each with the union of the sets that cover it, so a lookup is one binary search. */
#ifndef POLICY_LISTS_NETWORKS_H
#define POLICY_LISTS_NETWORKS_H

#include "policy/lists/sets.h"
#include "sluice/addr.h"

typedef unsigned __int128 address_bits; /* an address as a number; IPv4 is 32 bits of it */

struct networks { /* of one address family */
    struct network {
        address_bits first, last;
        uint16_t member;
    } * items;
    size_t count, cap;
};
struct stretches {
    struct stretch {
        address_bits first;
        uint32_t set;
    } * items; /* ascending; [0] begins at address 0 */
    size_t count, cap;
};

void networks_add(struct networks *n, struct sl_cidr net, uint16_t member);
/* top is the last address of the family. Sorts n. Empty when there are no networks. */
void networks_flatten(struct networks *n, address_bits top, struct sets *sets, struct stretches *out);
size_t networks_distinct(const struct networks *n); /* after networks_flatten */
void networks_fini(struct networks *n);
void stretches_fini(struct stretches *s);

#endif
