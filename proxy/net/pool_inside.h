/* pool_inside.h - what pool.c (idle connections) and pool_queue.c (how many may be open) share. */
#ifndef PROXY_NET_POOL_INSIDE_H
#define PROXY_NET_POOL_INSIDE_H

#include "proxy/net/keyhash.h"
#include "proxy/net/pool.h"

enum { POOL_BUCKETS = 4096 };

/* Lives as long as anything is open or somebody waits. */
struct origin {
    struct sl_list bucket;
    struct sl_list idle;    /* newest first */
    struct sl_list waiting; /* for a connection of this origin to end; who came first is first */
    size_t idle_count, open, waiting_count; /* open: connections, taken or idle, and seats */
    uint64_t hash;
    struct pool_key key; /* its texts are in `texts` */
    char texts[];
};

struct pool {
    struct loop *loop;
    struct pool_config cfg;
    struct keyhash hash;
    struct timer aging;
    struct sl_list aged; /* all idle upstreams, oldest first */
    size_t idle_count;
    /* pool_queue.c */
    size_t open, waiting_count; /* of all origins */
    uint64_t turn;              /* of who came last */
    struct sl_list waiting;     /* for any connection to end */
    struct sl_list granted;     /* will be told at the end of the loop's turn */
    struct loop_task task;
    bool task_pending;
    struct sl_list buckets[POOL_BUCKETS];
};

struct origin *pool_origin(struct pool *p, const struct pool_key *key); /* makes it */
bool pool_looks_alive(const struct sock *s);
/* Ends an idle connection; pool_serve is for the caller to call. */
void pool_drop_idle(struct upstream *u);

void pool_queue_init(struct pool *p);
void pool_opened(struct pool *p, struct origin *o);
/* Something of the origin has ended, and it perhaps with it. pool_serve is for the caller to call. */
void pool_closed(struct pool *p, struct origin *o);
/* Gives those who wait what has become free. */
void pool_serve(struct pool *p);
/* Has all who wait for an origin stand in the line of the pool, since limits have changed. */
void pool_reassemble(struct pool *p, struct origin *o);

enum pool_heir {
    HEIR_NONE, /* keep the connection */
    HEIR_TOOK, /* it has gone to someone who waited for it */
    HEIR_ROOM  /* someone waits for its place: end it */
};
/* Who should have a connection that is free now. */
enum pool_heir pool_hand_over(struct pool *p, struct upstream *u);

#endif
