/* snapshot.h - a policy ready to decide: the document as read, and tables made from it. Immutable and shared
 * by threads from the moment snapshot_compile returns it; freed with its last reference. */
#ifndef POLICY_SNAPSHOT_H
#define POLICY_SNAPSHOT_H

#include <stdatomic.h>

#include "policy/candidates.h"
#include "policy/document.h"

/* Where each kind of bits lies in a scratch, in words of 64. */
struct layout {
    uint32_t overlay, lists, patterns, limited, groups, networks, addresses, schedules, schedules_known,
        rules, end;
};

struct snapshot {
    atomic_uint refs;
    int64_t version;
    json_t *json; /* our own copy; texts of doc are views into it */
    struct document doc;
    struct list_provider *lists;     /* a reference of ours; NULL: none */
    struct links list_categories;    /* empty when no category has a list */
    struct links pattern_categories; /* patterns of categories and of their lists */
    struct links user_groups;        /* by doc.users */
    struct candidates candidates;
    struct layout layout;
    size_t skipped_expressions; /* of lists, which PCRE2 would not take */
    bool needs_user;
};

static inline size_t words_for(size_t bits)
{
    return (bits + 63) / 64;
}
static inline bool bit_has(const uint64_t *bits, size_t i)
{
    return bits[i / 64] >> (i % 64) & 1;
}
static inline void bit_set(uint64_t *bits, size_t i)
{
    bits[i / 64] |= UINT64_C(1) << (i % 64);
}

void snapshot_free(struct snapshot *s); /* half-made ones too */

#endif
