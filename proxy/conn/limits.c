/* limits.c - see limits.h. */
#include "proxy/conn/limits.h"

#include "proxy/conn/txn.h"

enum {
    BURST_S = 10, /* a page is a burst of requests: so many seconds' worth may come at once */
    SAMPLE = 64   /* connections looked at to find the one that waits longest */
};

static bool exempt(const struct plane *p, struct sl_addr client)
{
    const struct conf_cidrs *nets = &p->settings->proxy.limits_exempt;
    for (size_t i = 0; i < nets->count; i++)
        if (sl_cidr_contains(nets->items[i], client))
            return true;
    return false;
}

static struct sl_str address_key(const struct txn *t)
{
    const struct sl_addr *client = &t->conn->client.addr;
    return sl_str((const char *)client->b, sizeof client->b);
}

/* ---- connections ---- */

size_t limits_connections(const struct plane *p, struct sl_addr client)
{
    return exempt(p, client) ? 0 : (size_t)p->settings->proxy.max_client_connections;
}

/* ---- requests ---- */

/* One request of a bucket that is found and left again at once: it keeps its time while it has any, and is
 * as good as new when it has none. */
static bool may_ask(struct txn *t, char of, struct sl_str subject, int64_t per_s)
{
    struct plane *p = t->conn->plane;
    struct rate_def rate = {.bytes_per_s = (uint64_t)per_s, .burst = (uint64_t)per_s * BURST_S};
    struct bucket_key key = {.kind = 'n',
                             .of = of,
                             .id = SL_STR(""),
                             .subject = subject,
                             .bytes_per_s = rate.bytes_per_s,
                             .burst = rate.burst};
    int64_t now_us = loop_now_us(p->loop);
    uint32_t place = buckets_join(p->buckets, &key, now_us);
    bool may = buckets_try(p->buckets, place, &rate, 1, now_us);
    buckets_leave(p->buckets, place);
    return may;
}

enum fault limits_request(struct txn *t)
{
    const struct plane *p = t->conn->plane;
    int64_t most = p->settings->proxy.max_client_requests;
    if (most == 0 || exempt(p, t->conn->client.addr) || may_ask(t, 'c', address_key(t), most))
        return FAULT_NONE;
    return FAULT_CLIENT_REQUESTS;
}

enum fault limits_user_request(struct txn *t)
{
    int64_t most = t->conn->plane->settings->proxy.max_user_requests;
    if (most == 0 || t->facts.user.n == 0 || may_ask(t, 'u', t->facts.user, most))
        return FAULT_NONE;
    return FAULT_USER_REQUESTS;
}

/* ---- tunnels ---- */

enum fault limits_tunnel(struct txn *t)
{
    struct plane *p = t->conn->plane;
    size_t client = exempt(p, t->conn->client.addr) ? 0 : (size_t)p->settings->proxy.max_client_tunnels,
           user = t->facts.user.n ? (size_t)p->settings->proxy.max_user_tunnels : 0;
    uint32_t places[2] = {CLIENTS_UNCOUNTED, CLIENTS_UNCOUNTED};
    if (client == 0 && user == 0)
        return FAULT_NONE;
    if (client && !clients_take(p->clients, CLIENTS_TUNNELS, address_key(t), client, &places[0]))
        return FAULT_CLIENT_TUNNELS;
    if (user && !clients_take(p->clients, CLIENTS_USER_TUNNELS, t->facts.user, user, &places[1])) {
        clients_give(p->clients, places[0]);
        return FAULT_USER_TUNNELS;
    }
    t->tunnel_counted = true;
    memcpy(t->tunnel_places, places, sizeof places);
    return FAULT_NONE;
}

void limits_tunnel_end(struct txn *t)
{
    t->tunnel_counted = false;
    for (size_t i = 0; i < SL_COUNT(t->tunnel_places); i++)
        clients_give(t->conn->plane->clients, t->tunnel_places[i]);
}

/* ---- making room ---- */

static bool waits_longer(const struct conn *c, const struct conn *than)
{
    if (c->state > CONN_READ_HEAD) /* it has asked for something */
        return false;
    if (!than || conn_idles(c) == conn_idles(than))
        return !than || c->deadline.due_ms < than->deadline.due_ms;
    return conn_idles(c);
}

/* Of the connections at the front of the ring: exact for few, near enough for many. What was looked at goes
 * to the end, so that the next look sees others; but not while the governor walks the ring. */
static struct conn *find_waiting(struct plane *p)
{
    struct conn *found = NULL;
    struct sl_list *node = p->conns.next;
    size_t sample = SL_MIN(p->conn_count + p->refused_count, (size_t)SAMPLE);
    for (size_t i = 0; i < sample; i++) {
        struct conn *c = SL_LIST_ITEM(node, struct conn, node);
        node = node->next;
        if (!c->refused && !c->running && waits_longer(c, found))
            found = c;
        if (p->governor.left > 0)
            continue;
        sl_list_remove(&c->node);
        sl_list_push(&p->conns, &c->node);
    }
    return found;
}

unsigned limits_make_room(struct plane *p, unsigned n)
{
    unsigned done = 0;
    for (; done < n; done++) {
        struct conn *c = find_waiting(p);
        if (!c)
            break;
        metrics_add(p->metrics, METRIC_LIMIT_IDLE, 1);
        conn_kill(c, conn_idles(c) ? FAULT_NONE : FAULT_OVERLOAD);
    }
    return done;
}
