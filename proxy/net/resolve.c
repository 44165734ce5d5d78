/* resolve.c - see resolve.h.
 * An entry is a name in the table: asked for (with those who wait), or answered (in the LRU list). Only
 * answered entries are evicted, so c-ares never holds a stale pointer. Both families are asked at once; what
 * the first one says is told early where RFC 8305, 3 says so:
 *
 *     AAAA with addresses ─────────────────────────> told at once       then A ──> told again, whole
 *     A with addresses ──> 50 ms, or AAAA, if sooner ──> told           then AAAA ──> told again, whole
 */
#include "proxy/net/resolve.h"

#include <ares.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "proxy/net/address_order.h"
#include "proxy/net/dns_answer.h"
#include "proxy/net/keyhash.h"

enum {
    CACHE_PRESET = 10000,
    SOCKETS_MAX = 32,
    TRIES = 3,
    FAILURE_TTL_MS = 1000,
    LEAST_TTL_MS = 1000,
    RESOLUTION_DELAY_MS = 50,
    CLASS_IN = 1
};

/* One of the two questions about a name. */
struct asked {
    struct entry *entry;
    enum resolve_result result; /* RESOLVE_WAIT: no answer yet */
    int64_t ttl_ms;             /* -1: the answer tells none */
};

enum family { FAMILY_V6, FAMILY_V4, FAMILIES };

struct entry {
    struct sl_list bucket, lru; /* lru: alone while pending */
    struct resolver *resolver;
    uint64_t hash;
    int64_t expires_ms;
    struct sl_list waiting;
    struct asked asked[FAMILIES];
    struct timer delay;         /* IPv4 addresses wait for those of IPv6 */
    struct resolved answer;     /* what is known so far */
    enum resolve_result result; /* RESOLVE_WAIT: nothing may be told yet */
    bool starting;              /* inside start: nobody is told */
    size_t name_n;
    char name[];
};

struct watched {
    ares_socket_t fd;
    loop_id id;
    struct resolver *resolver;
    ares_channel channel;
};

struct resolver {
    struct loop *loop;
    struct metrics *metrics;
    ares_channel channel;
    char *servers; /* as c-ares wants them; NULL: the system's */
    int64_t timeout_ms, max_ttl_ms, negative_ttl_ms;
    struct hosts *hosts;
    struct timer timer; /* c-ares' own deadlines */
    struct watched watched[SOCKETS_MAX];
    struct keyhash key;
    struct address_order order;
    struct sl_list *buckets, lru; /* lru: oldest first */
    size_t bucket_mask, count, count_max, pending;
    bool closing;
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void library_init(void)
{
    sl_assert(ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS);
}

static void count(struct resolver *r, enum metric m)
{
    if (r->metrics)
        metrics_add(r->metrics, m, 1);
}

/* ---- c-ares in the loop ---- */

/* While anything is asked, c-ares wants to be called when its next try is due. */
static void arm(struct resolver *r)
{
    struct timeval most = {.tv_sec = 60}, tv;
    if (r->pending == 0) {
        timer_arm(loop_timers(r->loop), &r->timer, TIMER_NEVER);
        return;
    }
    ares_timeout(r->channel, &most, &tv);
    int64_t ms = (int64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000 + 1;
    timer_arm(loop_timers(r->loop), &r->timer, loop_now_ms(r->loop) + ms);
}

static void on_timer(struct timer *t)
{
    struct resolver *r = SL_CONTAINER(t, struct resolver, timer);
    ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    arm(r);
}

static void on_socket(void *owner, uint32_t events)
{
    struct watched *w = owner;
    struct resolver *r = w->resolver;
    bool in = events & (EPOLLIN | EPOLLHUP | EPOLLERR), out = events & (EPOLLOUT | EPOLLHUP | EPOLLERR);
    ares_process_fd(w->channel, in ? w->fd : ARES_SOCKET_BAD, out ? w->fd : ARES_SOCKET_BAD);
    arm(r);
}

static struct watched *watched_find(struct resolver *r, ares_socket_t fd)
{
    for (size_t i = 0; i < SOCKETS_MAX; i++)
        if (r->watched[i].id && r->watched[i].fd == fd)
            return &r->watched[i];
    return NULL;
}

static void watch(struct resolver *r, ares_socket_t fd, uint32_t events)
{
    for (size_t i = 0; i < SOCKETS_MAX; i++) {
        struct watched *w = &r->watched[i];
        if (w->id)
            continue;
        *w = (struct watched){.fd = fd, .resolver = r, .channel = r->channel};
        w->id = loop_watch(r->loop, fd, events, on_socket, w);
        return; /* unwatched, a query runs into its timeout */
    }
}

/* c-ares opens, uses and closes its sockets. */
static void on_socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
    struct resolver *r = arg;
    struct watched *w = watched_find(r, fd);
    uint32_t events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u);
    if (!w && events)
        watch(r, fd, events);
    else if (w && events)
        loop_watch_for(r->loop, w->id, fd, events);
    else if (w)
        loop_unwatch(r->loop, &w->id, fd);
}

static bool open_channel(struct resolver *r, struct sl_err *err)
{
    struct ares_options options = {
        .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES, /* names are meant as they are written */
        .timeout = (int)SL_MAX(r->timeout_ms / TRIES, 50),
        .tries = TRIES,
        .lookups = (char[]){"b"}, /* DNS alone: the hosts file is ours */
        .sock_state_cb = on_socket_state,
        .sock_state_cb_data = r,
    };
    int mask =
        ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
    ares_channel channel;
    int status = ares_init_options(&channel, &options, mask);
    if (status != ARES_SUCCESS)
        return sl_fail(err, SL_UNAVAILABLE, "cannot start the resolver: %s", ares_strerror(status));
    if (r->servers && (status = ares_set_servers_ports_csv(channel, r->servers)) != ARES_SUCCESS) {
        ares_destroy(channel);
        return sl_fail(err, SL_BAD_INPUT, "name servers '%s': %s", r->servers, ares_strerror(status));
    }
    r->channel = channel;
    return true;
}

/* ---- entries ---- */

static struct sl_list *bucket_of(struct resolver *r, uint64_t hash)
{
    return &r->buckets[hash & r->bucket_mask];
}

static struct entry *entry_find(struct resolver *r, struct sl_str name, uint64_t hash)
{
    SL_LIST_EACH(node, bucket_of(r, hash))
    {
        struct entry *e = SL_LIST_ITEM(node, struct entry, bucket);
        if (e->hash == hash && sl_str_eq(sl_str(e->name, e->name_n), name))
            return e;
    }
    return NULL;
}

static bool is_pending(const struct entry *e)
{
    return e->asked[FAMILY_V6].result == RESOLVE_WAIT || e->asked[FAMILY_V4].result == RESOLVE_WAIT;
}

static void entry_free(struct entry *e)
{
    sl_assert(!is_pending(e) && sl_list_empty(&e->waiting));
    timer_cancel(&e->delay);
    sl_list_remove(&e->bucket);
    sl_list_remove(&e->lru);
    e->resolver->count--;
    free(e);
}

static void on_delay(struct timer *t);

static struct entry *entry_new(struct resolver *r, struct sl_str name, uint64_t hash)
{
    if (r->count >= r->count_max && !sl_list_empty(&r->lru))
        entry_free(SL_LIST_ITEM(r->lru.next, struct entry, lru));
    struct entry *e = sl_calloc(1, sizeof *e + name.n + 1);
    e->resolver = r;
    e->hash = hash;
    e->name_n = name.n;
    memcpy(e->name, name.p, name.n);
    sl_list_init(&e->lru);
    sl_list_init(&e->waiting);
    timer_init(&e->delay, on_delay);
    for (int f = 0; f < FAMILIES; f++)
        e->asked[f].entry = e;
    sl_list_push(bucket_of(r, hash), &e->bucket);
    r->count++;
    return e;
}

/* ---- answers ---- */

/* c-ares has looked at the code and whether there is any answer. */
static enum resolve_result result_of(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return RESOLVE_OK;
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
        return RESOLVE_NONE;
    case ARES_ETIMEOUT:
        return RESOLVE_TIMEOUT;
    default:
        return RESOLVE_FAILED;
    }
}

static void add_addresses(struct entry *e, const struct dns_answer *a)
{
    struct resolved *all = &e->answer;
    for (unsigned i = 0; i < a->count && all->count < RESOLVE_MAX; i++)
        all->addrs[all->count++] = a->addrs[i];
    address_order_sort(&e->resolver->order, all->addrs, all->count);
}

static void take_answer(struct asked *q, int status, const uint8_t *message, size_t n)
{
    struct entry *e = q->entry;
    struct dns_answer a;
    unsigned type = q == &e->asked[FAMILY_V4] ? DNS_TYPE_A : DNS_TYPE_AAAA;
    q->result = result_of(status);
    q->ttl_ms = -1;
    if (q->result != RESOLVE_OK && q->result != RESOLVE_NONE)
        return;
    if (!message || !dns_answer_read(message, n, type, &a)) {
        if (q->result == RESOLVE_OK) /* that there is nothing is well-formed enough without a SOA */
            q->result = RESOLVE_FAILED;
        return;
    }
    if (a.has_ttl)
        q->ttl_ms = (int64_t)a.ttl_s * 1000;
    if (q->result == RESOLVE_OK && a.count == 0) /* aliases that lead to nothing */
        q->result = RESOLVE_NONE;
    if (q->result == RESOLVE_OK)
        add_addresses(e, &a);
}

/* Of two answers without any address. A server that failed might have had one. */
static enum resolve_result worse(enum resolve_result a, enum resolve_result b)
{
    static const unsigned char weights[] = {[RESOLVE_NONE] = 0, [RESOLVE_FAILED] = 1, [RESOLVE_TIMEOUT] = 2};
    return weights[a] > weights[b] ? a : b;
}

/* For how long what both said is kept: what one says to have counts only as long as it says. */
static int64_t ttl_of(const struct entry *e)
{
    const struct resolver *r = e->resolver;
    int64_t most_ms = e->result == RESOLVE_OK ? r->max_ttl_ms : r->negative_ttl_ms, ttl_ms = most_ms;
    if (e->result == RESOLVE_FAILED || e->result == RESOLVE_TIMEOUT)
        return SL_MIN(FAILURE_TTL_MS, most_ms);
    for (int f = 0; f < FAMILIES; f++) {
        const struct asked *q = &e->asked[f];
        if (q->result == e->result && q->ttl_ms >= 0)
            ttl_ms = SL_MIN(ttl_ms, q->ttl_ms);
        else if (q->result != RESOLVE_OK && q->result != RESOLVE_NONE) /* half an answer */
            ttl_ms = SL_MIN(ttl_ms, r->negative_ttl_ms);
    }
    return SL_MAX(ttl_ms, SL_MIN(LEAST_TTL_MS, most_ms));
}

/* Both have answered. */
static void settle(struct entry *e)
{
    struct resolver *r = e->resolver;
    timer_cancel(&e->delay);
    e->answer.more = false;
    e->result = e->answer.count ? RESOLVE_OK : worse(e->asked[FAMILY_V6].result, e->asked[FAMILY_V4].result);
    if (e->result != RESOLVE_OK)
        count(r, METRIC_DNS_FAILED);
    e->expires_ms = loop_now_ms(r->loop) + ttl_of(e);
    sl_list_push(&r->lru, &e->lru);
}

/* Those who wait may ask again, or cancel others, from within done. Half an answer leaves them waiting for
 * the rest. */
static void tell(struct entry *e)
{
    struct resolved answer = e->answer;
    enum resolve_result result = e->result;
    struct sl_list waiting;
    sl_list_init(&waiting);
    while (!sl_list_empty(&e->waiting)) {
        struct sl_list *node = e->waiting.next;
        sl_list_remove(node);
        sl_list_push(&waiting, node);
    }
    while (!sl_list_empty(&waiting)) {
        struct resolve_wait *w = SL_LIST_ITEM(waiting.next, struct resolve_wait, node);
        sl_list_remove(&w->node);
        if (answer.more)
            sl_list_push(&e->waiting, &w->node);
        w->done(w, result, &answer);
    }
}

/* One family is known and shall not wait for the other any longer. */
static void tell_early(struct entry *e)
{
    e->answer.more = true;
    e->result = RESOLVE_OK;
    if (!e->starting)
        tell(e);
}

static void on_delay(struct timer *t)
{
    struct entry *e = SL_CONTAINER(t, struct entry, delay);
    if (is_pending(e) && e->answer.count > 0)
        tell_early(e);
}

static void answered(struct asked *q)
{
    struct entry *e = q->entry;
    struct resolver *r = e->resolver;
    if (!is_pending(e)) {
        settle(e);
        if (!e->starting)
            tell(e);
    } else if (e->answer.count > 0 && q == &e->asked[FAMILY_V6]) {
        tell_early(e);
    } else if (e->answer.count > 0) {
        timer_arm(loop_timers(r->loop), &e->delay, loop_now_ms(r->loop) + RESOLUTION_DELAY_MS);
    }
}

static void ask(struct asked *q);

static void on_answer(void *arg, int status, int timeouts, unsigned char *message, int n)
{
    struct asked *q = arg;
    struct resolver *r = q->entry->resolver;
    r->pending--;
    if (status == ARES_EDESTRUCTION && !r->closing) { /* resolver_configure: ask the new servers */
        ask(q);
        return;
    }
    take_answer(q, status, message, n > 0 ? (size_t)n : 0);
    answered(q);
}

static void ask(struct asked *q)
{
    struct entry *e = q->entry;
    struct resolver *r = e->resolver;
    int type = q == &e->asked[FAMILY_V4] ? DNS_TYPE_A : DNS_TYPE_AAAA;
    r->pending++;
    ares_query(r->channel, e->name, CLASS_IN, type, on_answer, q);
    arm(r);
}

static void start(struct entry *e)
{
    e->result = RESOLVE_WAIT;
    for (int f = 0; f < FAMILIES; f++)
        e->asked[f].result = RESOLVE_WAIT;
    e->starting = true;
    for (int f = 0; f < FAMILIES; f++)
        ask(&e->asked[f]);
    e->starting = false;
}

/* ---- the front ---- */

/* The list as c-ares reads it: an IPv6 address without a port needs brackets, for it takes ':' as the port's.
 */
static char *join(const char *const *servers, size_t n)
{
    struct sl_text text = {0};
    for (size_t i = 0; i < n; i++) {
        struct sl_addr addr;
        bool bare6 = sl_addr_parse(sl_cstr(servers[i]), &addr) && !sl_addr_is_v4(addr);
        sl_text_addf(&text, "%s%s%s%s", i ? "," : "", bare6 ? "[" : "", servers[i], bare6 ? "]:53" : "");
    }
    return text.p;
}

bool resolver_new(struct loop *l, const struct resolve_config *cfg, struct resolver **out, struct sl_err *err)
{
    size_t buckets = 64;
    pthread_once(&library_once, library_init);
    struct resolver *r = sl_calloc(1, sizeof *r);
    *r = (struct resolver){
        .loop = l,
        .metrics = cfg->metrics,
        .servers = join(cfg->servers, cfg->server_count),
        .timeout_ms = cfg->timeout_ms,
        .max_ttl_ms = cfg->max_ttl_ms,
        .negative_ttl_ms = cfg->negative_ttl_ms,
        .count_max = cfg->cache_entries ? cfg->cache_entries : CACHE_PRESET,
    };
    if (!open_channel(r, err)) {
        free(r->servers);
        free(r);
        return false;
    }
    r->hosts = hosts_ref(cfg->hosts);
    timer_init(&r->timer, on_timer);
    address_order_init(&r->order);
    keyhash_init(&r->key);
    sl_list_init(&r->lru);
    while (buckets < r->count_max)
        buckets *= 2;
    r->bucket_mask = buckets - 1;
    r->buckets = sl_calloc(buckets, sizeof *r->buckets);
    for (size_t i = 0; i < buckets; i++)
        sl_list_init(&r->buckets[i]);
    *out = r;
    return true;
}

static void forget(struct resolver *r)
{
    while (!sl_list_empty(&r->lru))
        entry_free(SL_LIST_ITEM(r->lru.next, struct entry, lru));
}

void resolver_free(struct resolver **rp)
{
    struct resolver *r = *rp;
    if (!r)
        return;
    r->closing = true;
    ares_destroy(r->channel); /* pending entries come back as failed */
    forget(r);
    sl_assert(r->count == 0);
    timer_cancel(&r->timer);
    address_order_fini(&r->order);
    hosts_unref(&r->hosts);
    free(r->buckets);
    free(r->servers);
    sl_freep(rp);
}

bool resolver_configure(struct resolver *r, const struct resolve_config *cfg, struct sl_err *err)
{
    ares_channel old = r->channel;
    struct hosts *hosts = hosts_ref(cfg->hosts); /* it may be the one that we have */
    hosts_unref(&r->hosts);
    r->hosts = hosts;
    r->timeout_ms = cfg->timeout_ms;
    r->max_ttl_ms = cfg->max_ttl_ms;
    r->negative_ttl_ms = cfg->negative_ttl_ms;
    free(r->servers);
    r->servers = join(cfg->servers, cfg->server_count);
    forget(r);
    if (!open_channel(r, err))
        return false;
    ares_destroy(old);
    return true;
}

/* RFC 6761: these never leave the machine. */
static bool is_localhost(struct sl_str name)
{
    return sl_str_eq(name, SL_STR("localhost")) || sl_str_ends(name, SL_STR(".localhost"));
}

static bool find_here(struct resolver *r, struct sl_str name, struct resolved *out)
{
    out->count = r->hosts ? (unsigned)hosts_find(r->hosts, name, out->addrs, RESOLVE_MAX) : 0;
    if (out->count == 0 && is_localhost(name)) {
        sl_assert(sl_addr_parse(SL_STR("::1"), &out->addrs[0]) &&
                  sl_addr_parse(SL_STR("127.0.0.1"), &out->addrs[1]));
        out->count = 2;
    }
    out->more = false;
    address_order_interleave(out->addrs, out->count);
    return out->count > 0;
}

enum resolve_result resolver_lookup(struct resolver *r, struct sl_str name, struct resolved *out,
                                    struct resolve_wait *w)
{
    if (find_here(r, name, out)) {
        count(r, METRIC_DNS_HOSTS);
        return RESOLVE_OK;
    }
    if (name.n == 0 || name.n > 253)
        return RESOLVE_NONE;
    uint64_t hash = keyhash(&r->key, name.p, name.n);
    struct entry *e = entry_find(r, name, hash);
    if (e && !is_pending(e) && e->expires_ms <= loop_now_ms(r->loop)) {
        entry_free(e);
        e = NULL;
    }
    if (e) {
        count(r, METRIC_DNS_CACHED);
    } else {
        count(r, METRIC_DNS_LOOKUPS);
        e = entry_new(r, name, hash);
        start(e);
    }
    if (is_pending(e)) {
        sl_list_push(&e->waiting, &w->node);
    } else {
        sl_list_remove(&e->lru);
        sl_list_push(&r->lru, &e->lru);
    }
    *out = e->answer;
    return e->result;
}

void resolve_wait_init(struct resolve_wait *w)
{
    sl_list_init(&w->node);
}

void resolve_cancel(struct resolve_wait *w)
{
    sl_list_remove(&w->node);
}

size_t resolver_cached(const struct resolver *r)
{
    return r->count;
}
