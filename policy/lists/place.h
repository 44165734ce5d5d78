/* place.h - which name lies in which bucket and slot. Names are ordered by their home bucket and fill the
 * buckets one after the other; a full bucket spills into the next. The order of equal homes is that of the
 * tree, so equal input gives equal files. */
#ifndef POLICY_LISTS_PLACE_H
#define POLICY_LISTS_PLACE_H

#include "policy/lists/tree.h"

struct placement {
    uint32_t homes;   /* buckets that hashes point to */
    uint32_t buckets; /* with those behind them that overflow added */
    uint32_t *ids;    /* nodes in slot order */
    size_t count;
};
/* Places the kept host nodes, or else the kept path nodes; slot_of[id] becomes bucket * BUCKET_SLOTS + slot.
 */
void placement_make(const struct tree *t, bool hosts, uint32_t *slot_of, struct placement *out);
/* The buckets without names and values: tags, counts, overflow. Free with free(). */
struct bucket *placement_buckets(const struct placement *p, const struct tree *t, const uint32_t *slot_of);
void placement_fini(struct placement *p);

#endif
