/* pool.h - connections to origins: an upstream belongs to one request, or waits here for the next.
 * Keyed by what makes one as good as another (struct pool_key); the address was judged when it was dialled.
 * The newest idle one is used first, the oldest given up first. One pool per worker. */
#ifndef PROXY_NET_POOL_H
#define PROXY_NET_POOL_H

#include "proxy/net/sock.h"
#include "proxy/runtime/metrics.h"

struct pool;
struct origin;

/* Where a connection leads, by which way, and as whom: requests whose keys are equal may share one. */
struct pool_key {
    struct sl_str host;    /* as the request named it, canonical */
    struct sl_str parent;  /* the parent proxy in between; n 0: none */
    struct sl_str as;      /* the name whose addresses were dialled instead of host's; n 0: host's own */
    struct sl_addr source; /* local address that was asked for; sl_addr_none: the kernel's choice */
    uint32_t tls;          /* number of the TLS settings that are spoken to host; 0: plain */
    uint16_t port;
};

struct upstream {
    struct sock sock;
    struct sl_endpoint peer; /* what was dialled */
    loop_event *event;       /* while it is taken: called with owner */
    void *owner;
    int64_t keep_ms; /* how long the origin said that it waits for another request; 0: it did not */
    bool reused;     /* it has carried a request before */
    /* the rest is the pool's */
    struct pool *pool;
    struct origin *origin;
    struct sl_list idle, aged; /* in its origin's list; in the pool's, oldest first */
    int64_t idle_since_ms, idle_until_ms;
};

struct pool_config {
    size_t per_origin, total; /* idle connections */
    int64_t idle_ms;
    size_t origin_limit, open_limit; /* connections that are open, to one origin and in all; 0: any number */
    size_t queue_max;                /* who may wait for one */
    struct metrics *metrics;
};
struct pool *pool_new(struct loop *l, const struct pool_config *cfg);
/* Other bounds: what is idle beyond them goes. cfg->metrics stays as it was. */
void pool_configure(struct pool *p, const struct pool_config *cfg);
void pool_free(struct pool **p); /* all taken upstreams must be closed */
/* The newest idle connection of this key that still looks alive; NULL: dial. */
struct upstream *pool_take(struct pool *p, const struct pool_key *key, loop_event *event, void *owner);
/* Asks the kernel whether it is still open and silent: one system call, for requests that can't be sent
 * twice. */
bool pool_probe(struct upstream *u);
/* It is good for another key from now on. */
void pool_rekey(struct upstream *u, const struct pool_key *key);
/* A connection that was dialled; sock is moved into it. */
struct upstream *pool_add(struct pool *p, const struct pool_key *key, struct sock *sock,
                          struct sl_endpoint peer, loop_event *event, void *owner);
/* The exchange is over and the connection is clean: kept for another, or closed where a bound says so. Clears
 * *u. */
void pool_give(struct upstream **u);
void pool_close(struct upstream **u); /* not to be used again; NULL is fine */

/* ---- limits of open connections: pool_queue.c ---- */

/* Who takes a seat for a connection, or waits for one; lives in its owner. */
struct pool_wait {
    struct sl_list node;
    struct origin *origin; /* NULL: neither */
    uint64_t turn;
    struct upstream *upstream; /* handed over, and not told yet */
    bool fresh;                /* no connection that has carried a request will do */
    bool seated;
    /* u: a connection that another request has done with, whose event and owner are to be set; NULL: a seat.
     */
    void (*done)(struct pool_wait *w, struct upstream *u);
};
enum pool_seat {
    POOL_SEATED, /* dial */
    POOL_QUEUED, /* w->done is called later, never from within another's call */
    POOL_NO_ROOM /* even the line is full */
};
static inline void pool_wait_init(struct pool_wait *w) /* of zeroes */
{
    sl_list_init(&w->node);
}
/* Before dialling, when pool_take had nothing. */
enum pool_seat pool_reserve(struct pool *p, const struct pool_key *key, bool fresh, struct pool_wait *w);
bool pool_waits(const struct pool_wait *w);
void pool_leave(struct pool *p, struct pool_wait *w);
/* Gives a seat back, after pool_add or when there will be none; leaves the line. Fine when there is neither.
 */
static inline void pool_release(struct pool *p, struct pool_wait *w)
{
    if (SL_UNLIKELY(w->origin || w->upstream))
        pool_leave(p, w);
}

/* Closes the idle ones: all, for drain. */
void pool_clear(struct pool *p);
size_t pool_idle(const struct pool *p);

#endif
