/* pool.c - see pool.h.
 * An origin lives as long as it has an upstream, taken or idle, so a busy origin's requests allocate nothing.
 */
#include "proxy/net/pool.h"

#include <stdlib.h>
#include <sys/epoll.h>

#include "proxy/net/pool_inside.h"

enum { KEEP_MARGIN_MS = 1000 };

static void on_aging(struct timer *t);

struct pool *pool_new(struct loop *l, const struct pool_config *cfg)
{
    struct pool *p = sl_calloc(1, sizeof *p);
    p->loop = l;
    p->cfg = *cfg;
    keyhash_init(&p->hash);
    timer_init(&p->aging, on_aging);
    sl_list_init(&p->aged);
    pool_queue_init(p);
    for (size_t i = 0; i < POOL_BUCKETS; i++)
        sl_list_init(&p->buckets[i]);
    return p;
}

static void drop_beyond(struct origin *o, size_t most)
{
    while (o->idle_count > most) {
        bool last = o->open == 1 && o->waiting_count == 0;
        pool_drop_idle(SL_LIST_ITEM(o->idle.prev, struct upstream, idle));
        if (last)
            return;
    }
}

void pool_configure(struct pool *p, const struct pool_config *cfg)
{
    bool fewer = cfg->per_origin < p->cfg.per_origin;
    p->cfg.per_origin = cfg->per_origin;
    p->cfg.total = cfg->total;
    p->cfg.idle_ms = cfg->idle_ms;
    p->cfg.origin_limit = cfg->origin_limit;
    p->cfg.open_limit = cfg->open_limit;
    p->cfg.queue_max = cfg->queue_max;
    for (size_t i = 0; i < POOL_BUCKETS; i++)
        SL_LIST_EACH(node, &p->buckets[i])
        {
            struct origin *o = SL_LIST_ITEM(node, struct origin, bucket);
            pool_reassemble(p, o);
            if (fewer)
                drop_beyond(o, cfg->per_origin);
        }
    while (p->idle_count > cfg->total)
        pool_drop_idle(SL_LIST_ITEM(p->aged.next, struct upstream, aged));
    pool_serve(p);
    on_aging(&p->aging); /* its deadline moves with idle_ms */
}

void pool_free(struct pool **pp)
{
    struct pool *p = *pp;
    if (!p)
        return;
    pool_clear(p);
    timer_cancel(&p->aging);
    for (size_t i = 0; i < POOL_BUCKETS; i++)
        sl_assert(sl_list_empty(&p->buckets[i]));
    sl_freep(pp);
}

static uint64_t hash_of(const struct pool *p, const struct pool_key *k)
{
    uint64_t h = keyhash(&p->hash, k->host.p, k->host.n);
    h = keyhash_fold(h ^ k->port ^ (uint64_t)k->tls << 16, p->hash.key[1]);
    if (SL_UNLIKELY(k->parent.n > 0))
        h ^= keyhash(&p->hash, k->parent.p, k->parent.n);
    if (SL_UNLIKELY(k->as.n > 0))
        h = keyhash_fold(h ^ keyhash(&p->hash, k->as.p, k->as.n), p->hash.key[1]);
    if (SL_UNLIKELY(!sl_addr_none(k->source)))
        h = keyhash_fold(h ^ keyhash(&p->hash, k->source.b, sizeof k->source.b), p->hash.key[1]);
    return h;
}

static bool same_key(const struct pool_key *a, const struct pool_key *b)
{
    return a->port == b->port && a->tls == b->tls && sl_str_eq(a->host, b->host) &&
           sl_str_eq(a->parent, b->parent) && sl_str_eq(a->as, b->as) && sl_addr_eq(a->source, b->source);
}

static struct origin *origin_find(struct pool *p, const struct pool_key *key, uint64_t hash)
{
    SL_LIST_EACH(node, &p->buckets[hash % POOL_BUCKETS])
    {
        struct origin *o = SL_LIST_ITEM(node, struct origin, bucket);
        if (o->hash == hash && same_key(&o->key, key))
            return o;
    }
    return NULL;
}

struct origin *pool_origin(struct pool *p, const struct pool_key *key)
{
    uint64_t hash = hash_of(p, key);
    struct origin *o = origin_find(p, key, hash);
    if (o)
        return o;
    o = sl_calloc(1, sizeof *o + key->host.n + key->parent.n + key->as.n);
    o->hash = hash;
    o->key = *key;
    o->key.host.p = memcpy(o->texts, key->host.p, key->host.n);
    if (key->parent.n)
        o->key.parent.p = memcpy(o->texts + key->host.n, key->parent.p, key->parent.n);
    if (key->as.n)
        o->key.as.p = memcpy(o->texts + key->host.n + key->parent.n, key->as.p, key->as.n);
    sl_list_init(&o->idle);
    sl_list_init(&o->waiting);
    sl_list_push(&p->buckets[hash % POOL_BUCKETS], &o->bucket);
    return o;
}

static void leave_idle(struct upstream *u)
{
    sl_list_remove(&u->idle);
    sl_list_remove(&u->aged);
    u->origin->idle_count--;
    u->pool->idle_count--;
    metrics_sub(u->pool->cfg.metrics, METRIC_UPSTREAM_IDLE, 1);
}

static void upstream_free(struct upstream *u)
{
    struct pool *p = u->pool;
    sock_close(&u->sock, p->loop);
    pool_closed(p, u->origin);
    metrics_sub(p->cfg.metrics, METRIC_UPSTREAM_CONNECTIONS, 1);
    free(u);
}

static void end(struct upstream *u)
{
    struct pool *p = u->pool;
    upstream_free(u);
    pool_serve(p);
}

void pool_drop_idle(struct upstream *u)
{
    leave_idle(u);
    upstream_free(u);
}

static void give_up(struct upstream *u)
{
    struct pool *p = u->pool;
    pool_drop_idle(u);
    pool_serve(p);
}

/* Nothing may be left to read. The flag says "perhaps" when the last read was exactly as long as asked for,
 * and when a transport had a word for itself (a session ticket). */
static bool is_clean(struct sock *s)
{
    if (s->hangup || s->broken || s->shut)
        return false;
    if (s->readable)
        s->readable = !sock_silent(s);
    return !s->readable;
}

/* An idle connection has nothing to say: the end, an error, or bytes nobody asked for all end it. Being
 * writable is no news. */
static void on_event(void *owner, uint32_t events)
{
    struct upstream *u = owner;
    sock_note(&u->sock, events);
    if (u->event)
        u->event(u->owner, events);
    else if (!is_clean(&u->sock))
        give_up(u);
}

static void on_aging(struct timer *t)
{
    struct pool *p = SL_CONTAINER(t, struct pool, aging);
    int64_t now_ms = loop_now_ms(p->loop);
    while (!sl_list_empty(&p->aged)) {
        struct upstream *u = SL_LIST_ITEM(p->aged.next, struct upstream, aged);
        int64_t due_ms = u->idle_since_ms + p->cfg.idle_ms;
        if (due_ms > now_ms) {
            timer_arm(loop_timers(p->loop), t, due_ms);
            return;
        }
        give_up(u);
    }
}

bool pool_looks_alive(const struct sock *s)
{
    return !s->hangup && !s->readable && !s->broken;
}

struct upstream *pool_take(struct pool *p, const struct pool_key *key, loop_event *event, void *owner)
{
    if (p->idle_count == 0)
        return NULL;
    struct origin *o = origin_find(p, key, hash_of(p, key));
    while (o && o->idle_count > 0) {
        struct upstream *u = SL_LIST_ITEM(o->idle.next, struct upstream, idle);
        bool last = o->open == 1 && o->waiting_count == 0;
        bool good = pool_looks_alive(&u->sock) && u->idle_until_ms > loop_now_ms(p->loop);
        leave_idle(u);
        if (good) {
            u->event = event;
            u->owner = owner;
            u->reused = true;
            return u;
        }
        end(u);
        if (last)
            return NULL;
    }
    return NULL;
}

struct upstream *pool_add(struct pool *p, const struct pool_key *key, struct sock *sock,
                          struct sl_endpoint peer, loop_event *event, void *owner)
{
    struct upstream *u = sl_calloc(1, sizeof *u);
    *u = (struct upstream){
        .peer = peer, .event = event, .owner = owner, .pool = p, .origin = pool_origin(p, key)};
    pool_opened(p, u->origin);
    sl_list_init(&u->idle);
    sl_list_init(&u->aged);
    sock_move(sock, &u->sock, p->loop, on_event, u);
    metrics_add(p->cfg.metrics, METRIC_UPSTREAM_CONNECTIONS, 1);
    return u;
}

void pool_rekey(struct upstream *u, const struct pool_key *key)
{
    struct origin *before = u->origin;
    if (same_key(&before->key, key))
        return;
    u->origin = pool_origin(u->pool, key);
    pool_opened(u->pool, u->origin);
    pool_closed(u->pool, before);
}

bool pool_probe(struct upstream *u)
{
    return sock_silent(&u->sock);
}

/* An origin that says how long it waits is believed, and a little less: it counts from an earlier moment. */
static int64_t time_to_keep(const struct upstream *u)
{
    int64_t most_ms = u->pool->cfg.idle_ms;
    if (SL_LIKELY(u->keep_ms == 0))
        return most_ms;
    return SL_MIN(most_ms, u->keep_ms - SL_MIN(KEEP_MARGIN_MS, (u->keep_ms + 1) / 2));
}

static void rest(struct upstream *u, int64_t keep_ms)
{
    struct pool *p = u->pool;
    struct origin *o = u->origin;
    if (o->idle_count >= p->cfg.per_origin)
        pool_drop_idle(SL_LIST_ITEM(o->idle.prev, struct upstream, idle));
    else if (p->idle_count >= p->cfg.total)
        pool_drop_idle(SL_LIST_ITEM(p->aged.next, struct upstream, aged));
    u->event = NULL;
    u->owner = NULL;
    u->idle_since_ms = loop_now_ms(p->loop);
    u->idle_until_ms = u->idle_since_ms + keep_ms;
    sl_list_insert_after(&o->idle, &u->idle);
    sl_list_push(&p->aged, &u->aged);
    o->idle_count++;
    p->idle_count++;
    metrics_add(p->cfg.metrics, METRIC_UPSTREAM_IDLE, 1);
    if (p->idle_count == 1)
        timer_arm(loop_timers(p->loop), &p->aging, u->idle_since_ms + p->cfg.idle_ms);
}

void pool_give(struct upstream **up)
{
    struct upstream *u = *up;
    *up = NULL;
    const struct pool *p = u->pool;
    int64_t keep_ms = time_to_keep(u);
    bool may = keep_ms > 0 && p->cfg.per_origin > 0 && p->cfg.total > 0 && is_clean(&u->sock);
    enum pool_heir heir = !may ? HEIR_ROOM : p->waiting_count ? pool_hand_over(u->pool, u) : HEIR_NONE;
    if (heir == HEIR_NONE)
        rest(u, keep_ms);
    else if (heir == HEIR_ROOM)
        end(u);
}

void pool_close(struct upstream **up)
{
    if (*up)
        end(*up);
    *up = NULL;
}

void pool_clear(struct pool *p)
{
    while (!sl_list_empty(&p->aged))
        give_up(SL_LIST_ITEM(p->aged.next, struct upstream, aged));
}

size_t pool_idle(const struct pool *p)
{
    return p->idle_count;
}
