/* memory.c - see memory.h. */
#include "proxy/h2/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "proxy/h2/h2.h"

enum {
    BLOCK = 5 * 4096, /* a frame of 16 KiB with its head, in whole pages */
    LEAST = BLOCK / 2,
    BLOCKS = 64 /* of a slab */
};

struct slab {
    struct slab *next;
    char *p;
};

/* Lies in a block that is free: in its first page, which has been written to before. */
struct free_block {
    struct free_block *next;
};

struct h2_memory {
    struct slab *slabs;
    struct free_block *free;
    size_t unused; /* blocks at the end of the first slab that were never taken */
};

static bool add_slab(struct h2_memory *m)
{
    void *p = mmap(NULL, (size_t)BLOCK * BLOCKS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return false;
    struct slab *s = sl_malloc(sizeof *s);
    *s = (struct slab){m->slabs, p};
    m->slabs = s;
    m->unused = BLOCKS;
    return true;
}

static void *block_take(struct h2_memory *m)
{
    struct free_block *b = m->free;
    if (b) {
        m->free = b->next;
        return b;
    }
    if (m->unused == 0 && !add_slab(m))
        return sl_malloc(BLOCK);
    return m->slabs->p + (BLOCKS - m->unused--) * (size_t)BLOCK;
}

static bool is_block(const struct h2_memory *m, const void *p)
{
    for (const struct slab *s = m ? m->slabs : NULL; s; s = s->next)
        if ((const char *)p >= s->p && (const char *)p < s->p + (size_t)BLOCK * BLOCKS)
            return true;
    return false;
}

static void give(void *p, void *arg)
{
    struct h2_memory *m = arg;
    if (!is_block(m, p)) {
        free(p);
        return;
    }
    struct free_block *b = p;
    b->next = m->free;
    m->free = b;
}

static void *take(size_t n, void *arg)
{
    return arg && n >= LEAST && n <= BLOCK ? block_take(arg) : sl_malloc(n);
}

static void *take_zeroed(size_t count, size_t n, void *arg)
{
    return sl_calloc(count, n);
}

static void *take_other(void *p, size_t n, void *arg)
{
    if (!p)
        return take(n, arg);
    if (!is_block(arg, p))
        return sl_realloc(p, n);
    if (n <= BLOCK)
        return p;
    void *larger = sl_malloc(n);
    memcpy(larger, p, BLOCK);
    give(p, arg);
    return larger;
}

struct h2_memory *h2_memory_new(void)
{
    return sl_calloc(1, sizeof(struct h2_memory));
}

void h2_memory_free(struct h2_memory **mp)
{
    struct h2_memory *m = *mp;
    *mp = NULL;
    while (m && m->slabs) {
        struct slab *s = m->slabs;
        m->slabs = s->next;
        munmap(s->p, (size_t)BLOCK * BLOCKS);
        free(s);
    }
    free(m);
}

nghttp2_mem h2_memory_calls(struct h2_memory *m)
{
    return (nghttp2_mem){m, take, give, take_zeroed, take_other};
}
