/* leaf_table.c - see leaf_table.h. */
#include "pki/leaf_table.h"

#include <stdlib.h>

#include "base/crypto.h"

enum { ID_MAX = 1024 };

static uint64_t hash_of(const struct leaf_table *t, struct sl_str id)
{
    uint8_t text[sizeof t->salt + ID_MAX], digest[32];
    uint64_t hash;
    sl_assert(id.n <= ID_MAX);
    memcpy(text, t->salt, sizeof t->salt);
    memcpy(text + sizeof t->salt, id.p, id.n);
    crypto_sha256(sl_str((const char *)text, sizeof t->salt + id.n), digest);
    memcpy(&hash, digest, sizeof hash);
    return hash;
}

static void make_buckets(struct leaf_table *t, size_t capacity)
{
    t->capacity = capacity;
    t->bucket_count = 16;
    while (t->bucket_count < capacity)
        t->bucket_count *= 2;
    t->buckets = sl_calloc(t->bucket_count, sizeof(struct leaf_entry *));
}

static struct leaf_entry **bucket_of(const struct leaf_table *t, uint64_t hash)
{
    return &t->buckets[hash & (t->bucket_count - 1)];
}

void leaf_table_init(struct leaf_table *t, size_t capacity)
{
    *t = (struct leaf_table){0};
    crypto_random(t->salt, sizeof t->salt);
    sl_list_init(&t->by_use);
    make_buckets(t, capacity);
}

void leaf_table_remove(struct leaf_table *t, struct leaf_entry *e)
{
    struct leaf_entry **at = bucket_of(t, e->hash);
    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    sl_list_remove(&e->by_use);
    t->count--;
    leaf_unref(&e->leaf);
    free(e);
}

void leaf_table_fini(struct leaf_table *t)
{
    SL_LIST_EACH(node, &t->by_use)
    leaf_table_remove(t, SL_LIST_ITEM(node, struct leaf_entry, by_use));
    free(t->buckets);
}

/* Who is being minted has somebody waiting for it, and stays. */
static void make_room(struct leaf_table *t, size_t most)
{
    SL_LIST_EACH(node, &t->by_use)
    {
        struct leaf_entry *e = SL_LIST_ITEM(node, struct leaf_entry, by_use);
        if (t->count <= most)
            return;
        if (e->leaf)
            leaf_table_remove(t, e);
    }
}

void leaf_table_resize(struct leaf_table *t, size_t capacity)
{
    if (capacity == t->capacity)
        return;
    make_room(t, capacity);
    free(t->buckets);
    make_buckets(t, capacity);
    SL_LIST_EACH(node, &t->by_use)
    {
        struct leaf_entry *e = SL_LIST_ITEM(node, struct leaf_entry, by_use);
        e->next = *bucket_of(t, e->hash);
        *bucket_of(t, e->hash) = e;
    }
}

struct leaf_entry *leaf_table_find(struct leaf_table *t, struct sl_str id)
{
    uint64_t hash = hash_of(t, id);
    for (struct leaf_entry *e = *bucket_of(t, hash); e; e = e->next)
        if (e->hash == hash && sl_str_eq(e->id, id)) {
            sl_list_remove(&e->by_use);
            sl_list_push(&t->by_use, &e->by_use);
            return e;
        }
    return NULL;
}

struct leaf_entry *leaf_table_add(struct leaf_table *t, struct sl_str id)
{
    struct leaf_entry *e = sl_calloc(1, sizeof *e + id.n);
    make_room(t, t->capacity - 1);
    memcpy(e + 1, id.p, id.n);
    e->id = sl_str((const char *)(e + 1), id.n);
    e->hash = hash_of(t, id);
    e->next = *bucket_of(t, e->hash);
    *bucket_of(t, e->hash) = e;
    sl_list_push(&t->by_use, &e->by_use);
    t->count++;
    return e;
}
