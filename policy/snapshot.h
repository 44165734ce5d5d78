/* snapshot.h - a policy ready to decide: the document as read, and tables made from it. Immutable and shared
 * by threads from the moment snapshot_compile returns it; freed with its last reference. */
#ifndef POLICY_SNAPSHOT_H
#define POLICY_SNAPSHOT_H

#include <stdatomic.h>

#include "policy/document.h"
#include "policy/list_table.h"
#include "policy/sieve.h"

enum sieve_id { SIEVE_RULES, SIEVE_QUOTAS, SIEVE_HEADERS, SIEVE_INSPECTION, SIEVE_COUNT };

/* Where each kind of bits lies in a scratch, in words of 64. */
struct layout {
    uint32_t moments[SIEVE_COUNT], sieve, overlay, lists, patterns, limited, groups, networks, addresses,
        schedules, end;
};

struct snapshot {
    atomic_uint refs;
    int64_t version;
    uint64_t serial; /* of all snapshots of this process: an address may be used again */
    json_t *json;    /* our own copy; texts of doc are views into it */
    struct document doc;
    struct list_provider *lists;  /* a reference of ours; NULL: none */
    struct links list_categories; /* empty when no category has a list */
    struct category_table lists_to_categories;
    struct links pattern_categories; /* patterns of categories and of their lists */
    struct links user_groups;        /* by doc.users */
    struct names tokens;             /* methods and schemes that conditions name */
    struct sieve sieves[SIEVE_COUNT];
    struct layout layout;
    size_t skipped_expressions; /* of lists, which PCRE2 would not take */
    bool needs_user;
};

void snapshot_free(struct snapshot *s); /* half-made ones too */

#endif
