/* leaf_table.h - leaves by what they are for, the least recently used one going when there are too many.
 * Not for several threads: leaves.c has the lock. */
#ifndef PKI_LEAF_TABLE_H
#define PKI_LEAF_TABLE_H

#include "pki/leaf_inside.h"
#include "sluice/list.h"

struct leaf_entry {
    struct sl_list by_use;   /* in leaf_table.by_use */
    struct leaf_entry *next; /* in its bucket */
    const struct leaf *leaf; /* our reference; NULL: somebody mints it now */
    uint64_t hash;
    struct sl_str id; /* behind this struct */
};

struct leaf_table {
    struct leaf_entry **buckets;
    size_t bucket_count, count, capacity;
    struct sl_list by_use; /* the next one to go first */
    uint8_t salt[16];      /* who chooses names can't choose buckets */
};

void leaf_table_init(struct leaf_table *t, size_t capacity);
void leaf_table_fini(struct leaf_table *t);
void leaf_table_resize(struct leaf_table *t, size_t capacity);
/* NULL: none. One that is found counts as used. */
struct leaf_entry *leaf_table_find(struct leaf_table *t, struct sl_str id);
/* There must be none yet. Others go to make room, those that are being minted last. */
struct leaf_entry *leaf_table_add(struct leaf_table *t, struct sl_str id);
void leaf_table_remove(struct leaf_table *t, struct leaf_entry *e);

#endif
