/* recording.c - the audit record of a request: room for it before the request is let in, the record itself
 * before the last byte of the answer leaves. So no answered request is unknown to the trail, whatever kills
 * the process. */
#include "proxy/conn/inspected.h"
#include "proxy/conn/txn.h"
#include "sluice/certificate.h"
#include "sluice/log.h"
#include "sluice/tls_fault.h"

enum {
    LATE_TEXT_BYTES = 512, /* what is known later: content type, error word */
    ISSUER_MOST = 256,
    TLS_TEXT_BYTES = ISSUER_MOST + 512 /* a name, versions, ciphers, words */
};

static size_t texts_bytes(const struct txn *t)
{
    const struct sl_url *u = &t->url;
    size_t n = LATE_TEXT_BYTES + u->scheme.n + u->host.n + SL_MIN(u->path.n, (size_t)RECORD_MAX_TEXT) +
               SL_MIN(u->query.n, (size_t)RECORD_MAX_TEXT) + t->facts.method.n + t->facts.user.n +
               SL_MIN(t->facts.user_agent.n, (size_t)RECORD_MAX_TEXT) +
               SL_MIN(t->referrer.n, (size_t)RECORD_MAX_TEXT);
    if (SL_UNLIKELY(t->tunnel || t->conn->inspected))
        n += TLS_TEXT_BYTES;
    if (!t->pin)
        return n;
    const struct snapshot *s = t->pin->snapshot;
    n += t->verdict.rule_id.n + t->quota.n;
    for (size_t w = 0; w < SL_COUNT(t->verdict.categories.w); w++)
        for (uint64_t bits = t->verdict.categories.w[w]; bits; bits &= bits - 1)
            n += 2 + snapshot_category_name(s, w * 64 + (size_t)__builtin_ctzll(bits)).n;
    for (unsigned i = 0; i < t->verdict.report_count; i++)
        n += 2 + snapshot_rule_id(s, t->verdict.reports[i]).n;
    return n;
}

static bool reserve(struct txn *t)
{
    struct journal *j = t->conn->plane->journal;
    size_t bytes = record_bound(texts_bytes(t));
    if (!journal_reserve(j, bytes)) {
        journal_tend(j);
        if (!journal_reserve(j, bytes))
            return false;
    }
    t->reserved = (uint32_t)bytes;
    return true;
}

enum admission txn_admit(struct txn *t)
{
    struct plane *p = t->conn->plane;
    if (t->admitted || reserve(t) || p->settings->audit.on_failure == ON_FAILURE_CONTINUE) {
        t->admitted = true;
        return ADMIT_NOW;
    }
    if (p->settings->audit.on_failure == ON_FAILURE_REFUSE) {
        metrics_add(p->metrics, METRIC_AUDIT_REFUSED, 1);
        return ADMIT_NEVER;
    }
    if (!t->stalled)
        metrics_add(p->metrics, METRIC_AUDIT_STALLED, 1);
    t->stalled = true;
    plane_stalled(p);
    return ADMIT_LATER;
}

static void add_verdict(const struct txn *t, struct record *r)
{
    const struct snapshot *s = t->pin->snapshot;
    const struct verdict *v = &t->verdict;
    r->policy_version = snapshot_version(s);
    r->rule = v->rule_id;
    for (size_t w = 0; w < SL_COUNT(v->categories.w); w++)
        for (uint64_t bits = v->categories.w[w]; bits && r->category_count < RECORD_MAX_NAMES;
             bits &= bits - 1)
            r->categories[r->category_count++] =
                snapshot_category_name(s, w * 64 + (size_t)__builtin_ctzll(bits));
    for (unsigned i = 0; i < v->report_count; i++)
        r->report_only[r->report_count++] = snapshot_rule_id(s, v->reports[i]);
    if (t->facts.user.n > 0)
        r->group_count = (unsigned)snapshot_groups_of(s, t->facts.user, r->groups, RECORD_MAX_NAMES);
}

static uint32_t clamp_us(uint64_t us)
{
    return (uint32_t)SL_MIN(us, (uint64_t)UINT32_MAX);
}

static void add_timing(const struct txn *t, struct record *r)
{
    const uint64_t *us = t->phase_us;
    r->timing = (struct record_timing){
        .identify_us = clamp_us(us[PHASE_IDENTIFY]),
        .decide_us = clamp_us(us[PHASE_DECIDE]),
        .resolve_us = clamp_us(us[PHASE_RESOLVE]),
        .connect_us = clamp_us(us[PHASE_CONNECT]),
        .send_us = clamp_us(us[PHASE_SEND]),
        .wait_us = clamp_us(us[PHASE_WAIT]),
        .relay_us = clamp_us(us[PHASE_RELAY]),
    };
}

/* What of the answer is still to leave, once it is recorded. */
static uint64_t unsent(const struct txn *t)
{
    return t->cut ? 0 : flow_pending(&t->down) + t->down.held + t->down.held_tail.n;
}

static void add_tls(const struct txn *t, struct record_tls *tls)
{
    const struct inspected *i = t->conn->inspected;
    tls->sni = t->sni;
    tls->fault = sl_cstr(t->tls_fault ? tls_fault_word((enum tls_fault)t->tls_fault) : "");
    tls->origin_version = sl_cstr(t->origin_version);
    tls->origin_cipher = sl_cstr(t->origin_cipher);
    const struct certificate *origin = t->shown ? t->shown : i ? i->origin : NULL;
    if (origin && origin->member_count > 0)
        tls->issuer = sl_str_sub(sl_cstr(origin->members[0].issuer), 0, ISSUER_MOST);
    tls->exception = t->verdict.exception;
    if (!i)
        return;
    tls->sni = sl_cstr(i->sni);
    tls->version = sl_cstr(i->version);
    tls->cipher = sl_cstr(i->cipher);
    tls->inspected = true;
}

static void fill(struct txn *t, struct record *r, uint64_t duration_us)
{
    const struct conn *c = t->conn;
    r->id = t->id;
    r->time_us = t->wall_us;
    r->duration_us = duration_us;
    add_timing(t, r);
    r->client = c->client.addr;
    r->client_port = c->client.port;
    r->user = t->facts.user.n ? t->facts.user : sl_str(NULL, 0);
    r->method = t->facts.method;
    r->scheme = t->url.scheme;
    r->host = t->url.host;
    r->path = t->url.path;
    r->query = t->url.query;
    r->port = t->url.port;
    r->action = t->action;
    r->reason = t->reason;
    r->quota = t->quota;
    if (t->pin)
        add_verdict(t, r);
    r->status = t->status;
    r->bytes_in = t->bytes_in;
    r->bytes_out = t->bytes_out + unsent(t);
    r->upstream = t->peer;
    r->parent = way_name(t);
    r->reused = t->reused;
    r->error = sl_cstr(t->error);
    r->content_type = t->facts.content_type;
    r->referrer = t->referrer;
    r->user_agent = t->facts.user_agent;
    if (c->stream)
        r->http = RECORD_HTTP_2;
    else if (t->has_url && !t->opaque)
        r->http = t->minor ? RECORD_HTTP_1_1 : RECORD_HTTP_1_0;
    if (SL_UNLIKELY(t->sni.n > 0 || c->inspected || t->tls_fault))
        add_tls(t, &r->tls);
}

static void count(struct txn *t, uint64_t duration_us)
{
    struct metrics *m = t->conn->plane->metrics;
    metrics_ended(m, t->action, t->status);
    metrics_add(m, METRIC_BYTES_FROM_CLIENTS, t->bytes_in);
    metrics_add(m, METRIC_BYTES_TO_CLIENTS, t->bytes_out + unsent(t));
    if (!t->tunnelling)
        metrics_duration(m, duration_us);
    _Static_assert(METRIC_PHASES == PHASE_COUNT - 1, "every phase but none is counted");
    metrics_phases(m, t->phase_us + 1, t->tunnelling ? METRIC_PHASES - 1 : METRIC_PHASES);
}

void txn_record(struct txn *t)
{
    struct plane *p = t->conn->plane;
    struct record r;
    if (t->recorded)
        return;
    record_init(&r);
    t->recorded = true;
    conn_clock(t->conn);
    txn_charge_all(t, unsent(t));
    uint64_t duration_us = (uint64_t)(SL_MAX(loop_now_us(p->loop), t->since_us) - t->start_us);
    fill(t, &r, duration_us);
    conn_trace(t->conn, "recorded: %s, status %u, %llu bytes in, %llu out, %llu us", action_word(t->action),
               t->status, (unsigned long long)r.bytes_in, (unsigned long long)r.bytes_out,
               (unsigned long long)duration_us);
    count(t, duration_us);
    if (!journal_append(p->journal, &r, t->reserved))
        metrics_add(p->metrics, METRIC_AUDIT_LOST, 1);
    t->reserved = 0;
}
