/* buf.c - see buf.h. */
#include "proxy/net/buf.h"

#include <stdlib.h>

enum { KEEP_SMALL = 256, KEEP_LARGE = 32 }; /* free blocks that are kept */

struct buf_block {
    struct buf_block *next;
};

void buf_pool_init(struct buf_pool *pool, size_t budget)
{
    *pool = (struct buf_pool){.budget = budget};
}

static void free_list(struct buf_block *block)
{
    while (block) {
        struct buf_block *next = block->next;
        free(block);
        block = next;
    }
}

void buf_pool_fini(struct buf_pool *pool)
{
    free_list(pool->small);
    free_list(pool->large);
    *pool = (struct buf_pool){0};
}

/* The account on which a block's bytes are, beside in_use; small ones are on none. */
static void account(struct buf_pool *pool, size_t size, bool grown, bool taken)
{
    size_t *in_use = grown ? &pool->grown_in_use : &pool->large_in_use;
    if (size > BUF_SMALL)
        *in_use += taken ? size : (size_t)0 - size;
}

static char *block_take(struct buf_pool *pool, size_t size, bool grown)
{
    struct buf_block **list = size == BUF_SMALL ? &pool->small : &pool->large;
    size_t *count = size == BUF_SMALL ? &pool->small_free : &pool->large_free;
    struct buf_block *block = size == BUF_SMALL || size == BUF_LARGE ? *list : NULL;
    pool->in_use += size;
    account(pool, size, grown, true);
    if (block) {
        *list = block->next;
        --*count;
        return (char *)block;
    }
    pool->bytes += size;
    return sl_malloc(size);
}

static void block_give(struct buf_pool *pool, char *p, size_t size, bool grown)
{
    struct buf_block *block = (struct buf_block *)p;
    pool->in_use -= size;
    account(pool, size, grown, false);
    if (size == BUF_SMALL && pool->small_free < KEEP_SMALL) {
        block->next = pool->small;
        pool->small = block;
        pool->small_free++;
    } else if (size == BUF_LARGE && pool->large_free < KEEP_LARGE) {
        block->next = pool->large;
        pool->large = block;
        pool->large_free++;
    } else {
        pool->bytes -= size;
        free(p);
    }
}

void buf_take(struct buf_pool *pool, struct buf *b)
{
    if (b->p)
        return;
    *b = (struct buf){.p = block_take(pool, BUF_SMALL, false), .cap = BUF_SMALL};
}

void buf_take_large(struct buf_pool *pool, struct buf *b)
{
    if (b->p)
        return;
    uint32_t cap = pool->large_in_use + BUF_LARGE <= pool->budget ? BUF_LARGE : BUF_SMALL;
    *b = (struct buf){.p = block_take(pool, cap, false), .cap = cap};
}

void buf_reserve(struct buf_pool *pool, struct buf *b, size_t n)
{
    size_t used = buf_used(b), cap = BUF_SMALL;
    if (b->p && buf_room(b) >= n)
        return;
    sl_assert(n <= (1u << 30));
    if (b->p && b->cap - used >= n) {
        memmove(b->p, b->p + b->from, used);
    } else {
        while (cap - used < n || cap < used)
            cap *= 2;
        char *p = block_take(pool, cap, cap > BUF_SMALL);
        if (b->p) {
            memcpy(p, b->p + b->from, used);
            block_give(pool, b->p, b->cap, b->grown);
        }
        b->p = p;
        b->grown = cap > BUF_SMALL;
        b->cap = (uint32_t)cap;
    }
    b->from = 0;
    b->to = (uint32_t)used;
}

void buf_add(struct buf_pool *pool, struct buf *b, const void *data, size_t n)
{
    if (n == 0)
        return;
    buf_reserve(pool, b, n);
    memcpy(b->p + b->to, data, n);
    b->to += (uint32_t)n;
}

void buf_rest(struct buf_pool *pool, struct buf *b)
{
    if (buf_used(b) == 0)
        buf_give(pool, b);
}

void buf_give(struct buf_pool *pool, struct buf *b)
{
    if (b->p)
        block_give(pool, b->p, b->cap, b->grown);
    *b = (struct buf){0};
}
