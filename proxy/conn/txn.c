/* txn.c - see txn.h. */
#include "proxy/conn/txn.h"
#include "proxy/conn/lasting.h"

#include <stdlib.h>

#include "proxy/conn/limits.h"
#include "proxy/conn/memory.h"
#include "sluice/clock.h"

enum { SPARE_TXNS = 256, SPARE_OPENINGS = 256 };

static void opening_begin(struct txn *t)
{
    struct plane *p = t->conn->plane;
    struct txn_opening *o = p->free_openings;
    if (o) {
        p->free_openings = o->next_free;
        p->free_opening_count--;
    } else {
        o = sl_malloc(sizeof *o);
    }
    memset(o, 0, offsetof(struct txn_opening, request));
    o->txn = t;
    head_init(&o->request);
    resolve_wait_init(&o->wait);
    pool_wait_init(&o->seat);
    request_id_text(t->id, o->id_text);
    t->opening = o;
}

/* Nobody calls back afterwards. */
static inline void opening_stop(struct txn *t)
{
    struct txn_opening *o = t->opening;
    if (!o)
        return;
    resolve_cancel(&o->wait);
    dial_cancel(&o->dial);
    pool_release(t->conn->plane->pool, &o->seat);
    if (SL_UNLIKELY(o->approach != NULL))
        approach_cancel(&o->approach);
    if (SL_UNLIKELY(o->verify != NULL))
        verify_cancel(&o->verify);
    identity_cancel(&o->job);
}

static inline void opening_end(struct txn *t)
{
    struct plane *p = t->conn->plane;
    struct txn_opening *o = t->opening;
    if (!o)
        return;
    buf_give(&p->bufs, &o->head_block);
    if (p->free_opening_count < SPARE_OPENINGS) {
        o->next_free = p->free_openings;
        p->free_openings = o;
        p->free_opening_count++;
    } else {
        free(o);
    }
    t->opening = NULL;
}

/* The arena of a spare transaction keeps its first chunk, so most requests take no memory at all. */
static struct txn *txn_take(struct plane *p)
{
    struct txn *t = p->free_txns;
    if (!t) {
        t = sl_calloc(1, sizeof *t);
        sl_arena_init(&t->arena, TXN_ARENA_BYTES);
        return t;
    }
    p->free_txns = t->next_free;
    p->free_txn_count--;
    struct sl_arena arena = t->arena;
    memset(t, 0, sizeof *t);
    t->arena = arena;
    return t;
}

static void txn_give(struct plane *p, struct txn *t)
{
    if (p->free_txn_count < SPARE_TXNS) {
        sl_arena_reset(&t->arena);
        t->next_free = p->free_txns;
        p->free_txns = t;
        p->free_txn_count++;
    } else {
        sl_arena_fini(&t->arena);
        free(t);
    }
}

void txn_free_spares(struct plane *p)
{
    while (p->free_txns) {
        struct txn *t = p->free_txns;
        p->free_txns = t->next_free;
        sl_arena_fini(&t->arena);
        free(t);
    }
    while (p->free_openings) {
        struct txn_opening *o = p->free_openings;
        p->free_openings = o->next_free;
        free(o);
    }
    p->free_txn_count = p->free_opening_count = 0;
}

struct txn *txn_begin(struct conn *c)
{
    struct plane *p = c->plane;
    struct txn *t = txn_take(p);
    t->conn = c;
    t->wall_us = loop_wall_us(p->loop);
    t->start_us = t->since_us = loop_now_us(p->loop);
    t->id = p->last_id = request_id_make(t->wall_us, p->worker, p->last_id);
    opening_begin(t);
    t->action = ACTION_ALLOW;
    t->reason = SL_STR("default");
    t->error = "";
    c->txn = t;
    c->traced = tracer_active(p->tracer) && tracer_wants(p->tracer, c->client.addr);
    return t;
}

/* Waiting shows in the loop's clock, which is read once a turn. What the gateway itself takes to identify and
 * decide lies within a turn: the head's end and those two are measured with a clock of their own, three reads
 * (25 ns each) a request. That clock runs ahead of the turn's, so what follows in the same turn takes none.
 */
void txn_phase(struct txn *t, enum phase p)
{
    bool own = p == PHASE_NONE || p == PHASE_IDENTIFY || p == PHASE_DECIDE;
    int64_t now_us = own ? sl_monotonic_us() : loop_now_us(t->conn->plane->loop);
    if (now_us <= t->since_us)
        return;
    t->phase_us[p] += (uint64_t)(now_us - t->since_us);
    t->since_us = now_us;
}

struct sl_str txn_copy(struct txn *t, struct sl_str s, size_t max)
{
    struct sl_str copy = sl_arena_str(&t->arena, sl_str_sub(s, 0, max));
    return copy.p ? copy : SL_STR("");
}

/* The URL's texts are views into one another, or of constants; those inside its text move together. */
static void keep_url(struct txn *t)
{
    struct sl_str old = t->url.text;
    struct sl_str *views[] = {&t->url.scheme, &t->url.host, &t->url.path, &t->url.query, &t->url.match};
    if (!t->has_url)
        return;
    /* At the cap: better no URL in the record than another request's bytes. */
    struct sl_str copy = txn_copy(t, old, SIZE_MAX);
    for (size_t i = 0; i < SL_COUNT(views); i++) {
        bool inside = views[i]->p >= old.p && views[i]->p + views[i]->n <= old.p + old.n;
        if (inside)
            *views[i] = copy.n ? sl_str(copy.p + (views[i]->p - old.p), views[i]->n) : SL_STR("");
    }
    t->url.text = copy;
}

static void keep_opening_texts(struct txn *t)
{
    t->facts.method = txn_copy(t, t->facts.method, HEAD_METHOD_MAX);
    t->facts.user_agent = txn_copy(t, t->facts.user_agent, RECORD_MAX_TEXT);
    t->referrer = txn_copy(t, t->referrer, RECORD_MAX_TEXT);
    keep_url(t);
    t->tls_name = sl_str(NULL, 0); /* a tunnel by now, or none */
    if (t->sni.n > 0)
        t->sni = sl_str_eq(t->sni, t->url.host) ? t->url.host : txn_copy(t, t->sni, SIZE_MAX);
}

/* The arena anew, with what stays and room for no more. */
static void shrink_arena(struct txn *t)
{
    enum { TEXTS = 7 }; /* a NUL behind each */
    const struct facts *f = &t->facts;
    struct sl_arena old = t->arena;
    const struct txn_entry *entries = t->entries;
    size_t entry_bytes = t->entry_count * sizeof *entries;
    memory_give(t);
    sl_arena_init(&t->arena, TXN_ARENA_BYTES);
    sl_arena_reserve(&t->arena, entry_bytes + f->method.n + SL_MIN(f->user_agent.n, (size_t)RECORD_MAX_TEXT) +
                                    SL_MIN(t->referrer.n, (size_t)RECORD_MAX_TEXT) + t->url.text.n +
                                    f->user.n + f->content_type.n + t->sni.n + TEXTS);
    t->entry_cap = t->entry_count;
    t->entries = entry_bytes ? sl_arena_alloc(&t->arena, entry_bytes) : NULL;
    if (entry_bytes)
        memcpy(t->entries, entries, entry_bytes);
    t->facts.user = txn_copy(t, f->user, SIZE_MAX);
    t->facts.content_type = txn_copy(t, f->content_type, SIZE_MAX);
    keep_opening_texts(t);
    sl_arena_fini(&old);
}

void txn_settle(struct txn *t)
{
    if (!t->opening)
        return;
    /* Of a transfer that is no tunnel a piece is under way, beside which the arena is small. */
    if (t->tunnelling)
        shrink_arena(t);
    else
        keep_opening_texts(t);
    opening_stop(t);
    opening_end(t);
}

bool txn_take_body(struct txn *t, size_t n)
{
    struct flow *f = &t->up;
    enum body_result r = flow_scan(f);
    t->bytes_in += n;
    if (f->ended) /* the rest is the next request */
        t->bytes_in -= buf_used(&f->data) - f->ready - f->skip;
    return r != BODY_BAD;
}

void txn_release_upstream(struct txn *t, bool clean)
{
    if (!t->upstream)
        return;
    if (clean && !t->unverified)
        pool_give(&t->upstream);
    else
        pool_close(&t->upstream);
}

void txn_stop(struct txn *t)
{
    opening_stop(t);
    /* It was given up. What the origin has not taken would wait in the kernel for minutes, the end behind it.
     */
    if (t->upstream && !t->tunnelling)
        sock_abort(&t->upstream->sock, t->conn->plane->loop);
    pace_end(t);
    if (SL_UNLIKELY(t->patience != NULL))
        patience_end(t);
    txn_release_upstream(t, false);
}

void txn_end(struct conn *c)
{
    struct txn *t = c->txn;
    struct plane *p = c->plane;
    txn_record(t);
    txn_charge_all(t, 0); /* what left after the record was made */
    txn_stop(t);
    if (t->tunnelling)
        tunnel_end(t);
    if (SL_UNLIKELY(t->tunnel_counted))
        limits_tunnel_end(t);
    p->handshakes -= t->intercepting;
    memory_give(t);
    flow_fini(&t->up, &p->bufs);
    flow_fini(&t->down, &p->bufs);
    opening_end(t);
    plane_unpin(&t->pin);
    if (SL_UNLIKELY(t->shown != NULL))
        certificate_unref(&t->shown);
    if (SL_UNLIKELY(t->parents != NULL))
        parents_unref(&t->parents);
    c->txn = NULL;
    txn_give(p, t);
}
