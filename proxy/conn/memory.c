/* memory.c - see memory.h. */
#include "proxy/conn/memory.h"

#include "proxy/h2/h2.h"

enum {
    SMALL_BLOCKS = 5,          /* head, and in each direction one piece and what a peer did not take */
    ARENA_SLACK = 2,           /* chunks double */
    OTHERS = 4096,             /* dialling, upstream, throttle, patience, the heap's own */
    TLS_BYTES = 64 * 1024,     /* of one side, both ways under way */
    HTTP2_BYTES = 64 * 1024,   /* a session: tables of fields both ways, a frame and a block under way */
    STREAM_BYTES = 66 * 1024,  /* content that nobody has taken, and what is known of the stream */
    IDLE_UPSTREAM = 512,       /* in the pool */
    NAME = 1024,               /* in the cache of names */
    NAMES = 10000,             /* of a worker */
    PIPES = PIPES_MOST * 256,  /* of a worker; what is in them is the kernel's */
    SPARE_SMALL = 256 * 16384, /* free blocks that are kept, see buf.c */
    SPARE_LARGE = 32 * 262144,
    SHARED_OF_CONNECTION = 4 * 8 + 4 * 16 /* clients.c, buckets.c */
};

/* ---- the budget ---- */

void memory_weigh(struct txn *t)
{
    t->conn->plane->bufs.grown_in_use += t->arena.used - t->weighed;
    t->weighed = (uint32_t)t->arena.used;
}

bool memory_holds_large(const struct txn *t)
{
    const struct buf *bufs[] = {&t->conn->in, &t->up.data, &t->up.pend, &t->down.data, &t->down.pend};
    for (size_t i = 0; i < SL_COUNT(bufs); i++)
        if (bufs[i]->grown)
            return true;
    if (SL_UNLIKELY(t->conn->stream) && h2_stream_holds_large(&t->conn->sock))
        return true;
    return t->weighed > 0 || (t->opening && t->opening->head_block.grown);
}

/* ---- the sum ---- */

static bool any_http2(const struct settings *s)
{
    return s->inspect.enabled && s->inspect.http2;
}

static bool any_tls_listener(const struct settings *s)
{
    for (size_t i = 0; i < s->proxy.listen.count; i++)
        if (strstr(s->proxy.listen.items[i], " tls"))
            return true;
    return false;
}

/* Towards the client, and towards the origin or a parent. */
static unsigned tls_sides(const struct settings *s)
{
    bool clients = s->inspect.enabled || any_tls_listener(s);
    return clients + (s->inspect.enabled || s->proxy.parents.count > 0);
}

void memory_bound(const struct settings *s, size_t connections, size_t workers, struct proxy_memory *out)
{
    uint64_t tls = (uint64_t)tls_sides(s) * TLS_BYTES, session = any_http2(s) ? HTTP2_BYTES : 0,
             stream = any_http2(s) ? STREAM_BYTES : 0;
    *out = (struct proxy_memory){
        .idle_connection = sizeof(struct conn) + tls + session,
        .connection = sizeof(struct conn) + sizeof(struct txn) + sizeof(struct txn_opening) +
                      (uint64_t)ARENA_SLACK * MEMORY_ARENA + (uint64_t)SMALL_BLOCKS * BUF_SMALL + OTHERS +
                      tls + SL_MAX(session, stream),
        .worker = 2 * s->proxy.buffer_budget + SPARE_SMALL + SPARE_LARGE +
                  (uint64_t)s->proxy.pool_total * IDLE_UPSTREAM + (uint64_t)NAMES * NAME + PIPES,
    };
    out->total = connections * (out->connection + SHARED_OF_CONNECTION) + workers * out->worker;
}
