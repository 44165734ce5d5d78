/* plane.c - see plane.h. */
#include "proxy/conn/plane.h"

#include <stdlib.h>

#include "proxy/conn/bridge.h"
#include "proxy/conn/lasting.h"
#include "proxy/conn/txn.h"
#include "proxy/h2/h2.h"
#include "proxy/tls/client.h"
#include "sluice/log.h"

enum { STALL_MS = 20, IDENTIFY_MS = 30000, LINGER_MS = 2000 };

/* The trail had no room: whoever waits for it looks again. This is an emergency, so a walk over all is fair.
 */
static void on_stall(struct timer *timer)
{
    struct plane *p = SL_CONTAINER(timer, struct plane, stall);
    SL_LIST_EACH(node, &p->conns)
    {
        struct conn *c = SL_LIST_ITEM(node, struct conn, node);
        if (c->txn && c->txn->stalled && !c->txn->admitted)
            conn_run(c);
    }
}

void plane_stalled(struct plane *p)
{
    timer_arm(loop_timers(p->loop), &p->stall, loop_now_ms(p->loop) + STALL_MS);
}

static void pin_release(struct pin *pin)
{
    if (--pin->refs > 0)
        return;
    snapshot_unref(&pin->snapshot);
    free(pin);
}

static void renew_pin(struct plane *p)
{
    uint64_t epoch = policy_live_epoch(p->live);
    if (p->pin && epoch == p->epoch)
        return;
    struct snapshot *snapshot = policy_live_get(p->live);
    if (p->pin)
        pin_release(p->pin);
    p->pin = sl_calloc(1, sizeof *p->pin);
    *p->pin = (struct pin){.snapshot = snapshot, .refs = 1};
    p->epoch = epoch; /* read before the snapshot: a swap in between is seen next time */
}

void plane_refresh(struct plane *p)
{
    renew_pin(p);
    if (SL_UNLIKELY(p->governor.policy != p->epoch || p->governor.left > 0))
        govern_turn(p);
}

/* Workers share no pool, so each has its part of a limit: the whole may be reached, never passed. */
static size_t share(const struct plane *p, int64_t limit)
{
    return limit ? (size_t)SL_MAX(limit / (int64_t)SL_MAX(p->worker_count, 1u), 1) : 0;
}

static struct pool_config pool_figures(const struct plane *p)
{
    const struct settings *s = p->settings;
    return (struct pool_config){
        .per_origin = (size_t)s->proxy.pool_per_origin,
        .total = (size_t)s->proxy.pool_total,
        .idle_ms = s->proxy.pool_idle_ms,
        .origin_limit = share(p, s->proxy.origin_connections),
        .open_limit = share(p, s->proxy.upstream_connections),
        .queue_max = (size_t)s->proxy.upstream_queue,
        .metrics = p->metrics,
    };
}

void plane_init(struct plane *p)
{
    struct pool_config pool = pool_figures(p);
    buf_pool_init(&p->bufs, 0);
    p->dialler = (struct dialler){.loop = p->loop, .lame = lame_new(p->loop)};
    pipe_pool_init(&p->pipes);
    sl_list_init(&p->conns);
    sl_list_init(&p->bridges);
    timer_init(&p->stall, on_stall);
    govern_init(p);
    lasting_init(p);
    p->pool = pool_new(p->loop, &pool);
    p->means = (struct fetch_means){.dialler = &p->dialler,
                                    .resolver = &p->resolver,
                                    .addresses = &p->addresses,
                                    .bufs = &p->bufs,
                                    .parents = &p->parents,
                                    .parent_tls = &p->parent_tls};
    p->verifier = verifier_new(&p->means, p->metrics);
    plane_configure(p);
}

void plane_configure(struct plane *p)
{
    const struct settings *s = p->settings;
    struct pool_config pool = pool_figures(p);
    pool_configure(p->pool, &pool);
    p->bufs.budget = s->proxy.buffer_budget;
    p->limits =
        (struct head_limits){.bytes = (uint32_t)s->proxy.max_head,
                             .fields = (uint32_t)SL_MIN(s->proxy.max_fields, (int64_t)HEAD_FIELDS_MAX)};
    const int64_t timeouts[T_COUNT] = {
        [T_NONE] = 0,
        [T_HANDSHAKE] = s->proxy.timeout_handshake_ms,
        [T_IDLE] = s->proxy.timeout_idle_ms,
        [T_HEAD] = s->proxy.timeout_head_ms,
        [T_IDENTIFY] = IDENTIFY_MS,
        [T_STALL] = s->proxy.timeout_response_ms,
        [T_QUEUE] = s->proxy.timeout_queue_ms,
        [T_DNS] = s->dns.timeout_ms,
        [T_CONNECT] = s->proxy.timeout_connect_ms,
        [T_RESPONSE] = s->proxy.timeout_response_ms,
        [T_BODY] = s->proxy.timeout_body_ms,
        [T_TUNNEL] = s->proxy.timeout_tunnel_idle_ms,
        [T_LINGER] = LINGER_MS,
    };
    memcpy(p->timeout_ms, timeouts, sizeof timeouts);
}

struct pin *plane_pin(struct plane *p)
{
    renew_pin(p);
    p->pin->refs++;
    return p->pin;
}

void plane_unpin(struct pin **pin)
{
    if (*pin)
        pin_release(*pin);
    *pin = NULL;
}

char *plane_head_space(struct plane *p, size_t n)
{
    if (n > p->head_space_n) {
        free(p->head_space);
        p->head_space_n = SL_MAX(n, p->head_space_n * 2);
        p->head_space = sl_malloc(p->head_space_n);
    }
    return p->head_space;
}

static struct parent_checks *start_checks(struct plane *p)
{
    struct approach_plan plan = {.dialler = &p->dialler,
                                 .resolver = p->resolver,
                                 .addresses = &p->addresses,
                                 .bufs = &p->bufs,
                                 .tls = p->parent_tls,
                                 .timeout_ms = p->settings->proxy.timeout_connect_ms,
                                 .limits = p->limits};
    return parent_checks_new(&plan, p->parents);
}

/* A transaction may still be choosing from the set before, so TLS once made is there for good. */
static void make_tls(struct plane *p)
{
    struct sl_err err = {0};
    struct tls_client *tls;
    if (!p->parents->trust)
        return;
    if (!tls_client_new(p->parents->trust, TLS_VERDICTS_BIND, &tls, &err)) {
        sl_log_error("proxy", "parents of https can't be reached: %s", err.msg);
        return;
    }
    tls_client_unref(&p->parent_tls);
    p->parent_tls = tls;
}

void plane_set_parents(struct plane *p, struct parents *parents, bool checks)
{
    struct parents *old = p->parents;
    parent_checks_free(&p->checks);
    p->parents = parents_ref(parents);
    if (old != parents)
        make_tls(p);
    parents_unref(&old);
    if (checks)
        p->checks = start_checks(p);
}

void plane_set_trust(struct plane *p, struct trust *trust, uint32_t number)
{
    struct sl_err err = {0};
    struct tls_client *tls;
    if (!trust || number == p->origin_tls_number)
        return;
    if (!tls_client_new(trust, TLS_VERDICTS_TELL, &tls, &err)) {
        sl_log_error("proxy", "going on with the trust in origins as it was: %s", err.msg);
        return;
    }
    tls_client_unref(&p->origin_tls);
    p->origin_tls = tls;
    p->origin_tls_number = number;
}

void plane_fini(struct plane *p)
{
    learned_view_fini(&p->learned_view);
    tls_client_unref(&p->origin_tls);
    parent_checks_free(&p->checks);
    verifier_free(&p->verifier);
    parents_unref(&p->parents);
    tls_client_unref(&p->parent_tls);
    timer_cancel(&p->stall);
    bridges_fini(p);
    govern_fini(p);
    lasting_fini(p);
    txn_free_spares(p);
    plane_unpin(&p->pin);
    buf_pool_fini(&p->bufs);
    h2_memory_free(&p->h2_memory);
    lame_free(&p->dialler.lame);
    pipe_pool_fini(&p->pipes);
    free(p->head_space);
    sl_text_fini(&p->page);
}
