/* inside.h - what identity.c and verifier.c share. Private to proxy/identity. */
#ifndef PROXY_IDENTITY_INSIDE_H
#define PROXY_IDENTITY_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "proxy/identity/basic.h"
#include "proxy/identity/cache.h"
#include "proxy/identity/siphash.h"
#include "proxy/identity/throttle.h"

enum { METHODS_MAX = 4, THREADS_MAX = 16, NEGATIVE_MS = 30000 };

/* A job is in exactly one place: the queue, a thread's hands, its inbox's list of results. Then it is freed
 * by its worker. */
struct identity_job {
    struct identity_job *next;
    struct identity_inbox *inbox;
    identity_done *done; /* worker thread only; NULL: cancelled */
    void *arg;
    struct identity_memo *memo;           /* worker thread only */
    struct basic_credentials credentials; /* the password is wiped once checked */
    uint8_t digest[CACHE_DIGEST];
    uint64_t header_digest[2];
    struct sl_addr client;
    int64_t now_ms, until_ms;
    uint64_t epoch;
    enum identity_result result;
};

struct job_list {
    struct identity_job *first, **last;
};

struct identity_inbox {
    struct identity *id;
    void (*wake)(void *arg);
    void *arg;
    struct job_list results; /* under id->lock */
    unsigned running;        /* jobs of this inbox in threads' hands; under id->lock */
};

/* What settings say. Workers look at it within one turn of their loop. */
struct terms {
    struct sl_str challenges[METHODS_MAX];
    size_t challenge_count;
};

struct identity {
    struct identity_backend backend;
    _Atomic int64_t cache_ms;
    _Atomic(struct terms *) terms;
    struct terms *before; /* the ones replaced last: perhaps somebody still looks at them */
    struct siphash_key header_key;
    struct cache *cache;
    struct throttle *throttle;

    pthread_mutex_t lock; /* queue, inboxes, stop */
    pthread_cond_t work, idle;
    struct job_list queue;
    unsigned queued, queue_max;
    bool stop;
    pthread_t threads[THREADS_MAX];
    unsigned thread_count;

    atomic_uint_fast64_t memo_hits, cache_hits, verified, failed, busy;
};

/* verifier.c */
void verifier_init(struct identity *id);
/* There are `threads` of them afterwards; more that run already stay. */
bool verifier_start(struct identity *id, unsigned threads, struct sl_err *err);
void verifier_stop(struct identity *id);
void memo_fill(struct identity_memo *memo, const uint64_t header_digest[2], uint64_t epoch, int64_t until_ms,
               struct sl_str user);

#endif
