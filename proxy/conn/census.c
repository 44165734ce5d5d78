/* census.c - see census.h. */
#include "proxy/conn/census.h"

#include <stdlib.h>

#include "proxy/conn/txn.h"
#include "sluice/clock.h"

enum { LASTS_US = 1000000 }; /* a transfer this old is worth a row; the log tells of the others */

/* ---- which ---- */

static bool kind_of(const struct conn *c, enum tunnel_kind *out)
{
    const struct txn *t = c->txn;
    if (!t || t->recorded || t->internal)
        return false;
    if (c->state == CONN_TUNNEL && t->tunnelling) {
        *out = t->tunnel ? TUNNEL_CONNECT : TUNNEL_UPGRADE;
        return true;
    }
    *out = t->up_done ? TUNNEL_DOWNLOAD : TUNNEL_UPLOAD;
    return (c->state == CONN_SEND || c->state == CONN_READ_RESPONSE || c->state == CONN_RELAY) &&
           loop_now_us(c->plane->loop) - t->start_us >= LASTS_US;
}

static bool is_or_below(struct sl_str host, struct sl_str domain)
{
    return sl_str_eq(host, domain) ||
           (host.n > domain.n && sl_str_ends(host, domain) && host.p[host.n - domain.n - 1] == '.');
}

static bool asked_for(const struct conn *c, enum tunnel_kind kind, const struct tunnel_query *q)
{
    const struct txn *t = c->txn;
    char client[SL_ADDR_TEXT];
    return (q->kind < 0 || q->kind == (int)kind) && (!q->user.p || sl_str_eq(q->user, t->facts.user)) &&
           (!q->rule.p || sl_str_eq(q->rule, t->verdict.rule_id)) &&
           (!q->host.p || is_or_below(t->url.host, q->host)) && (!q->throttled || pace_rate(t) > 0) &&
           (!q->client.p || sl_str_eq(q->client, sl_cstr(sl_addr_text(c->client.addr, client))));
}

static int64_t key_of(const struct txn *t, enum tunnel_order order)
{
    if (order == TUNNELS_TRAFFIC)
        return (int64_t)SL_MIN(t->bytes_in + t->bytes_out, (uint64_t)INT64_MAX);
    return order == TUNNELS_OLDEST ? -t->wall_us : t->wall_us;
}

/* ---- rows ---- */

static json_t *text_or_null(struct sl_str text)
{
    json_t *json = text.n ? json_stringn(text.p, text.n) : NULL;
    return json ? json : json_null();
}

static json_t *throttle_json(const struct txn *t)
{
    char text[RATE_TEXT];
    return pace_rate(t) ? json_string(rate_text(pace_rate(t), text)) : json_null();
}

static json_t *describe(const struct txn *t, enum tunnel_kind kind)
{
    static const char *const words[TUNNEL_KINDS] = {[TUNNEL_CONNECT] = "tunnel",
                                                    [TUNNEL_UPGRADE] = "upgrade",
                                                    [TUNNEL_DOWNLOAD] = "download",
                                                    [TUNNEL_UPLOAD] = "upload"};
    const struct conn *c = t->conn;
    char id[REQUEST_ID_TEXT], client[SL_ADDR_TEXT], peer[SL_ENDPOINT_TEXT], started[SL_RFC3339_TEXT];
    int64_t age_us = loop_now_us(c->plane->loop) - t->start_us;
    request_id_text(t->id, id);
    return json_pack("{s:s,s:s,s:s,s:I,s:s,s:o,s:o,s:i,s:o,s:o,s:o,s:I,s:I,s:I,s:o}", "id", id, "kind",
                     words[kind], "started", sl_rfc3339(t->wall_us, started), "age_s",
                     (json_int_t)(age_us / 1000000), "client", sl_addr_text(c->client.addr, client), "user",
                     text_or_null(t->facts.user), "host", text_or_null(t->url.host), "port", (int)t->url.port,
                     "path", t->tunnel ? json_null() : text_or_null(t->url.path), "rule",
                     text_or_null(t->verdict.rule_id), "throttle", throttle_json(t), "policy_version",
                     (json_int_t)snapshot_version(t->pin->snapshot), "bytes_in", (json_int_t)t->bytes_in,
                     "bytes_out", (json_int_t)t->bytes_out, "upstream",
                     t->peer.port ? json_string(sl_endpoint_text(t->peer, peer)) : json_null());
}

/* ---- the walk ---- */

struct found {
    int64_t key;
    const struct txn *txn;
    enum tunnel_kind kind;
};

static int by_key(const void *a, const void *b)
{
    int64_t x = ((const struct found *)a)->key, y = ((const struct found *)b)->key;
    return (x < y) - (x > y);
}

void census_take(struct plane *p, const struct tunnel_query *q, struct census *out)
{
    SL_CLEANUP(sl_freep) struct found *found = NULL;
    size_t count = 0, cap = 0;
    enum tunnel_kind kind;
    SL_LIST_EACH(node, &p->conns)
    {
        const struct conn *c = SL_LIST_ITEM(node, struct conn, node);
        if (!kind_of(c, &kind) || !asked_for(c, kind, q))
            continue;
        SL_GROW(found, count, &cap);
        found[count++] = (struct found){key_of(c->txn, q->order), c->txn, kind};
    }
    out->total += count;
    if (count > 0)
        qsort(found, count, sizeof *found, by_key);
    for (size_t i = 0; i < SL_MIN(count, q->limit); i++) {
        SL_GROW(out->rows, out->count, &out->cap);
        out->rows[out->count++] = (struct census_row){found[i].key, describe(found[i].txn, found[i].kind)};
    }
}

static int by_row_key(const void *a, const void *b)
{
    int64_t x = ((const struct census_row *)a)->key, y = ((const struct census_row *)b)->key;
    return (x < y) - (x > y);
}

json_t *census_end(struct census *c, const struct tunnel_query *q)
{
    json_t *items = json_array();
    if (c->count > 0)
        qsort(c->rows, c->count, sizeof *c->rows, by_row_key);
    for (size_t i = 0; i < c->count; i++) {
        if (i < q->limit)
            json_array_append_new(items, c->rows[i].json);
        else
            json_decref(c->rows[i].json);
    }
    free(c->rows);
    return json_pack("{s:o, s:I}", "items", items, "total", (json_int_t)c->total);
}

bool census_close(struct plane *p, uint64_t id)
{
    enum tunnel_kind kind;
    SL_LIST_EACH(node, &p->conns)
    {
        struct conn *c = SL_LIST_ITEM(node, struct conn, node);
        if (!c->txn || c->txn->id != id || !kind_of(c, &kind))
            continue;
        conn_kill(c, FAULT_CLOSED_BY_ADMIN);
        return true;
    }
    return false;
}
