/* kept.c - see audit/kept.h. */
#include "audit/kept.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/crypto.h"

/* A small part counts for PART_LEAST, so there are never so many that looking through them takes long. */
enum { BYTES_MOST = 96 * 1024 * 1024, PART_MOST = BYTES_MOST / 4, PART_LEAST = 32 * 1024, SKEWS_MOST = 2048 };

void kept_init(struct kept *k)
{
    *k = (struct kept){0};
    pthread_mutex_init(&k->lock, NULL);
    crypto_random(&k->seed, sizeof k->seed);
}

void kept_fini(struct kept *k)
{
    kept_clear(k);
    free(k->parts);
    free(k->skews);
    pthread_mutex_destroy(&k->lock);
}

struct kept_key kept_key(const struct kept *k, const void *data, size_t n)
{
    XXH128_hash_t h = XXH3_128bits_withSeed(data, n, k->seed);
    return (struct kept_key){{h.low64, h.high64}};
}

static bool same(const struct kept_key *a, const struct kept_key *b)
{
    return a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

static size_t bytes_of(const struct kept_part *part)
{
    size_t bytes = sizeof *part + part->count * sizeof *part->items;
    return SL_MAX(bytes, (size_t)PART_LEAST);
}

/* ---- under the lock ---- */

static void unref(struct kept_part *part)
{
    if (--part->refs == 0)
        free(part);
}

static void drop(struct kept *k, size_t i)
{
    k->bytes -= bytes_of(k->parts[i]);
    unref(k->parts[i]);
    k->parts[i] = k->parts[--k->count];
}

static struct kept_part *look_for(struct kept *k, struct kept_key key)
{
    for (size_t i = 0; i < k->count; i++)
        if (same(&k->parts[i]->key, &key))
            return k->parts[i];
    return NULL;
}

static void make_room(struct kept *k, size_t bytes)
{
    while (k->count && k->bytes + bytes > BYTES_MOST) {
        size_t oldest = 0;
        for (size_t i = 1; i < k->count; i++)
            if (k->parts[i]->used < k->parts[oldest]->used)
                oldest = i;
        drop(k, oldest);
    }
}

/* ---- parts ---- */

struct kept_part *kept_find(struct kept *k, struct kept_key key)
{
    pthread_mutex_lock(&k->lock);
    struct kept_part *part = look_for(k, key);
    if (part) {
        part->refs++;
        part->used = ++k->clock;
    }
    pthread_mutex_unlock(&k->lock);
    return part;
}

struct kept_part *kept_part_new(struct kept_key key, size_t count)
{
    struct kept_part *part = sl_calloc(1, sizeof *part + count * sizeof *part->items);
    part->key = key;
    part->count = count;
    part->refs = 1;
    return part;
}

void kept_add(struct kept *k, struct kept_part *part)
{
    size_t bytes = bytes_of(part);
    if (bytes > PART_MOST)
        return;
    pthread_mutex_lock(&k->lock);
    /* Two may have counted the same at once. */
    if (!look_for(k, part->key)) {
        make_room(k, bytes);
        SL_GROW(k->parts, k->count, &k->cap);
        k->parts[k->count++] = part;
        k->bytes += bytes;
        part->refs++;
        part->used = ++k->clock;
    }
    pthread_mutex_unlock(&k->lock);
}

void kept_release(struct kept *k, struct kept_part **part)
{
    if (!*part)
        return;
    pthread_mutex_lock(&k->lock);
    unref(*part);
    pthread_mutex_unlock(&k->lock);
    *part = NULL;
}

void kept_clear(struct kept *k)
{
    pthread_mutex_lock(&k->lock);
    while (k->count)
        drop(k, k->count - 1);
    pthread_mutex_unlock(&k->lock);
}

/* ---- skews ---- */

bool kept_find_skew(struct kept *k, struct kept_key file, int64_t *out_us)
{
    bool found = false;
    pthread_mutex_lock(&k->lock);
    for (size_t i = 0; i < k->skew_count && !found; i++)
        if ((found = same(&k->skews[i].key, &file)))
            *out_us = k->skews[i].skew_us;
    pthread_mutex_unlock(&k->lock);
    return found;
}

void kept_add_skew(struct kept *k, struct kept_key file, int64_t skew_us)
{
    pthread_mutex_lock(&k->lock);
    /* Files that have changed are among them; those of now are soon there again. */
    if (k->skew_count == SKEWS_MOST)
        k->skew_count = 0;
    SL_GROW(k->skews, k->skew_count, &k->skew_cap);
    k->skews[k->skew_count++] = (struct kept_skew){file, skew_us};
    pthread_mutex_unlock(&k->lock);
}
