/* buf.h - memory for bytes on their way: taken when a read needs it, given back when it is empty.
 * Blocks of two sizes come from free lists of the worker; larger ones (long heads) from the heap. A pool has
 * a budget for large blocks: beyond it bodies go on with small ones, so many slow peers cost time, not
 * memory. As much again is for what has to be larger, since a head must be whole: that is granted, and
 * whoever waits while it holds some and more is out than may be has to go (conn.c). One thread. */
#ifndef PROXY_NET_BUF_H
#define PROXY_NET_BUF_H

#include "sluice/str.h"

enum { BUF_SMALL = 16384, BUF_LARGE = 262144 };

struct buf_block;

struct buf_pool {
    struct buf_block *small, *large; /* free blocks */
    size_t small_free, large_free;
    size_t bytes;        /* of all blocks, free or in use */
    size_t in_use;       /* bytes of those in use */
    size_t large_in_use; /* bytes of what buf_take_large gave */
    size_t grown_in_use; /* bytes of what had to be larger than a small block */
    size_t budget;       /* bytes, of each of these two */
};

/* Bytes p[from..to) of a block of cap bytes; without a block all is 0. */
struct buf {
    char *p;
    uint32_t cap, from, to;
    bool grown; /* larger than small because it had to be */
};

void buf_pool_init(struct buf_pool *pool, size_t budget);
void buf_pool_fini(struct buf_pool *pool);

static inline size_t buf_used(const struct buf *b)
{
    return b->to - b->from;
}
static inline size_t buf_room(const struct buf *b) /* behind the bytes */
{
    return b->cap - b->to;
}
static inline struct sl_str buf_str(const struct buf *b)
{
    return sl_str(b->p + b->from, buf_used(b));
}
static inline void buf_consume(struct buf *b, size_t n)
{
    sl_assert(n <= buf_used(b));
    b->from += (uint32_t)n;
    if (b->from == b->to)
        b->from = b->to = 0;
}

/* Too much is out of what had to be larger. */
static inline bool buf_pool_overdrawn(const struct buf_pool *pool)
{
    return pool->grown_in_use > pool->budget;
}

/* A small block, unless it has one. */
void buf_take(struct buf_pool *pool, struct buf *b);
/* A large block, if the budget allows: for bodies, where one call less is worth more than memory that is
 * given back at once. */
void buf_take_large(struct buf_pool *pool, struct buf *b);
/* Makes room for at least n bytes behind what is there, by moving it to the front or into a larger block. */
void buf_reserve(struct buf_pool *pool, struct buf *b, size_t n);
/* Appends. */
void buf_add(struct buf_pool *pool, struct buf *b, const void *data, size_t n);
/* Gives the block back if no bytes are in it. */
void buf_rest(struct buf_pool *pool, struct buf *b);
/* Gives it back, bytes or not. */
void buf_give(struct buf_pool *pool, struct buf *b);

#endif
