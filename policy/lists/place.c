/* place.c - see place.h. */
#include "policy/lists/place.h"

#include <stdlib.h>

/* 80 % full: on real lists 23 % of the buckets overflow then, and a name costs 5.7 bytes beside its text. */
enum { FULL_PERCENT = 80 };

static bool wanted(const struct node *n, bool hosts)
{
    return (n->flags & NODE_KEPT) && node_is_host(n) == hosts;
}

/* Counting sort by home. */
static void order(const struct tree *t, bool hosts, struct placement *p)
{
    uint32_t *start = sl_calloc((size_t)p->homes + 1, sizeof *start);
    for (size_t id = 1; id < t->count; id++)
        if (wanted(&t->nodes[id], hosts))
            start[bucket_home(t->nodes[id].hash, p->homes) + 1]++;
    for (size_t i = 1; i <= p->homes; i++)
        start[i] += start[i - 1];
    for (size_t id = 1; id < t->count; id++)
        if (wanted(&t->nodes[id], hosts))
            p->ids[start[bucket_home(t->nodes[id].hash, p->homes)]++] = (uint32_t)id;
    free(start);
}

void placement_make(const struct tree *t, bool hosts, uint32_t *slot_of, struct placement *out)
{
    *out = (struct placement){0};
    for (size_t id = 1; id < t->count; id++)
        out->count += wanted(&t->nodes[id], hosts);
    if (out->count == 0)
        return;
    out->homes = (uint32_t)(out->count * 100 / (BUCKET_SLOTS * FULL_PERCENT) + 1);
    out->ids = sl_reallocarray(NULL, out->count, sizeof *out->ids);
    order(t, hosts, out);
    uint32_t bucket = 0, slot = 0;
    for (size_t i = 0; i < out->count; i++) {
        uint32_t home = bucket_home(t->nodes[out->ids[i]].hash, out->homes);
        if (home > bucket) {
            bucket = home;
            slot = 0;
        } else if (slot == BUCKET_SLOTS) {
            bucket++;
            slot = 0;
        }
        slot_of[out->ids[i]] = bucket * BUCKET_SLOTS + slot++;
    }
    out->buckets = SL_MAX(out->homes, bucket + 1);
}

struct bucket *placement_buckets(const struct placement *p, const struct tree *t, const uint32_t *slot_of)
{
    struct bucket *buckets = sl_calloc(p->buckets, sizeof *buckets);
    for (size_t i = 0; i < p->count; i++) {
        __builtin_prefetch(&t->nodes[p->ids[SL_MIN(i + 16, p->count - 1)]]);
        const struct node *n = &t->nodes[p->ids[i]];
        uint32_t at = slot_of[p->ids[i]] / BUCKET_SLOTS;
        struct bucket *b = &buckets[at];
        b->tag[b->n++] = bucket_tag(n->hash);
        for (uint32_t over = bucket_home(n->hash, p->homes); over < at; over++)
            buckets[over].overflow = 1;
    }
    return buckets;
}

void placement_fini(struct placement *p)
{
    free(p->ids);
    *p = (struct placement){0};
}
