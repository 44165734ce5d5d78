/* leaf_names.h - the names of a leaf: those of the origin's certificate, and of the host that was asked for.
 * Plain values that view what they were read from. */
#ifndef PKI_LEAF_NAMES_H
#define PKI_LEAF_NAMES_H

#include "sluice/addr.h"
#include "sluice/str.h"

/* As many as public CAs put into one certificate; they are sent in each handshake. */
enum { LEAF_NAMES = 100, LEAF_NAMES_BYTES = 4096 };

struct leaf_names {
    struct leaf_name {
        struct sl_str text; /* a host name, perhaps with "*" for its first label; empty: an address */
        struct sl_addr addr;
    } items[LEAF_NAMES];
    size_t count, bytes;
    bool cut; /* there were more */
};

/* False: text is neither a name that a certificate could have nor an address. */
bool leaf_name_parse(struct sl_str text, struct leaf_name *out);
/* Whether who asks for `asked` is content with `name` (RFC 9525: "*" stands for a whole first label). */
bool leaf_name_covers(const struct leaf_name *name, const struct leaf_name *asked);
bool leaf_names_cover(const struct leaf_names *names, const struct leaf_name *asked);
/* Adds it at the end, unless it is there or no room is left. */
void leaf_names_add(struct leaf_names *names, const struct leaf_name *name);

#endif
