/* refusals.c - see refusals.h.
 *
 * Two tables without locks know who got through: a client (with its program) to how many hosts, and to this
 * one. A slot is a tag of the keyed hash, and whoever comes later takes it: that forgets a client, which then
 * counts for nothing until it gets through again.
 *
 * Hosts are in sets of four. When a set is full the one goes that fewest clients failed at, the oldest of
 * those: a client that makes up hosts displaces hosts of single clients only. */
#include "policy/store/refusals.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "policy/store/keyhash.h"

enum { WAYS = 4, SETS = REFUSALS_HOSTS / WAYS, CLIENT_SLOTS = 16384, PAIR_SLOTS = 65536, LIMIT_SLOTS = 1024 };

/* What one program of one client came to at a host. */
struct tried {
    uint64_t client, person;
    unsigned refused, asked; /* by the client; the origin asked for a certificate */
};
struct host {
    char *name; /* NULL: free */
    uint64_t tag;
    struct tried tried[LEARN_CLIENTS_MOST];
    unsigned tried_count;
    uint64_t taken; /* how many failures there were when it was */
    int64_t first_s, last_s;
    bool due;
};

struct refusals {
    struct keyhash_key key;
    /* A client's tag, whether it got through to several hosts, and the tag of the last. */
    _Atomic uint64_t clients[CLIENT_SLOTS];
    _Atomic uint64_t pairs[PAIR_SLOTS]; /* a tag of client and host */
    atomic_bool due, any;               /* any: host is counted */

    pthread_mutex_t lock; /* of what follows; failures are rare */
    struct host hosts[SETS][WAYS];
    struct {
        uint64_t tag;
        int64_t since_s;
        unsigned hosts;
    } limits[LIMIT_SLOTS]; /* how many hosts a client added to */
};

static const uint64_t HOST_TAG = UINT32_MAX, SEVERAL = (uint64_t)1 << 32, CLIENT_TAG = ~(uint64_t)0 << 33;

struct refusals *refusals_new(const uint8_t secret[32])
{
    struct refusals *r = sl_calloc(1, sizeof *r);
    keyhash_key_derive(secret, "refusals", &r->key);
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

void refusals_free(struct refusals **r)
{
    if (!*r)
        return;
    for (size_t i = 0; i < REFUSALS_HOSTS; i++)
        free((*r)->hosts[i / WAYS][i % WAYS].name);
    pthread_mutex_destroy(&(*r)->lock);
    sl_freep(r);
}

/* ---- who got through ---- */

static uint64_t tag_of(const struct refusals *r, const struct sl_str *parts, size_t count)
{
    uint8_t hash[16];
    uint64_t tag;
    keyhash_parts(&r->key, parts, count, hash);
    memcpy(&tag, hash, sizeof tag);
    return tag;
}

static struct sl_str bytes_of(const struct sl_addr *addr)
{
    return sl_str((const char *)addr->b, sizeof addr->b);
}

struct tags {
    uint64_t client, pair, host;
};

static struct tags tags_of(const struct refusals *r, struct sl_str host, const struct learned_client *c)
{
    const struct sl_str parts[] = {bytes_of(&c->addr), c->user, c->program, host};
    return (struct tags){tag_of(r, parts, 3), tag_of(r, parts, 4), tag_of(r, parts + 3, 1)};
}

/* The low bits choose the slot, the others stand in it. */
static _Atomic uint64_t *client_slot(struct refusals *r, const struct tags *t)
{
    return &r->clients[t->client % CLIENT_SLOTS];
}

static _Atomic uint64_t *pair_slot(struct refusals *r, const struct tags *t)
{
    return &r->pairs[t->pair % PAIR_SLOTS];
}

/* The client got through to this host for the first time that we know of. */
static void forget_tried(struct refusals *r, const struct tags *t, struct sl_str name);

void refusals_worked(struct refusals *r, struct sl_str host, const struct learned_client *c)
{
    struct tags t = tags_of(r, host, c);
    _Atomic uint64_t *slot = client_slot(r, &t);
    uint64_t was = atomic_load_explicit(slot, memory_order_relaxed);
    uint64_t now = (t.client & CLIENT_TAG) | (t.host & HOST_TAG);
    if (was && (was & CLIENT_TAG) == (now & CLIENT_TAG))
        now |= (was & HOST_TAG) != (now & HOST_TAG) ? SEVERAL : was & SEVERAL;
    if (now != was)
        atomic_store_explicit(slot, now, memory_order_relaxed);
    if (atomic_load_explicit(pair_slot(r, &t), memory_order_relaxed) == t.pair)
        return;
    atomic_store_explicit(pair_slot(r, &t), t.pair, memory_order_relaxed);
    if (atomic_load_explicit(&r->any, memory_order_relaxed))
        forget_tried(r, &t, host);
}

/* Does what this client says tell something of the host? One that does not know our CA refuses all of them.
 */
static bool is_telling(struct refusals *r, const struct tags *t, enum learned_kind kind)
{
    uint64_t known = atomic_load_explicit(client_slot(r, t), memory_order_relaxed);
    if (kind == LEARNED_CLIENT_CERTIFICATE)
        return true;
    if (!known || (known & CLIENT_TAG) != (t->client & CLIENT_TAG))
        return false;
    bool to_another = known & SEVERAL || (known & HOST_TAG) != (t->host & HOST_TAG);
    bool to_this = atomic_load_explicit(pair_slot(r, t), memory_order_relaxed) == t->pair;
    return to_another && !to_this;
}

/* ---- hosts; the lock is held ---- */

/* People and devices, not connections: a user, else an address, of IPv6 the network of it. */
static uint64_t person_of(const struct refusals *r, const struct learned_client *c)
{
    struct sl_str addr = bytes_of(&c->addr);
    if (!sl_addr_is_v4(c->addr))
        addr.n = 8;
    const struct sl_str parts[] = {c->user, c->user.n ? SL_STR("") : addr};
    return tag_of(r, parts, SL_COUNT(parts));
}

static void clear(struct host *h)
{
    free(h->name);
    *h = (struct host){0};
}

static bool is_over(const struct host *h, int64_t now_s)
{
    return now_s - h->first_s > REFUSALS_WINDOW_S;
}

static unsigned people_at(const struct host *h)
{
    unsigned n = 0;
    for (unsigned i = 0; i < h->tried_count; i++) {
        bool seen = false;
        for (unsigned k = 0; k < i; k++)
            seen |= h->tried[k].person == h->tried[i].person;
        n += !seen;
    }
    return n;
}

static bool goes_before(const struct host *a, const struct host *b)
{
    unsigned x = people_at(a), y = people_at(b);
    return x != y ? x < y : a->last_s < b->last_s;
}

static bool is_host(const struct host *h, uint64_t tag, struct sl_str name)
{
    return h->name && h->tag == tag && sl_str_eq(sl_cstr(h->name), name);
}

/* The host's, or a free one, or one that makes room. */
static struct host *find_host(struct refusals *r, uint64_t tag, struct sl_str name, int64_t now_s)
{
    struct host *set = r->hosts[tag % SETS], *room = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].name && is_over(&set[i], now_s))
            clear(&set[i]);
        if (is_host(&set[i], tag, name))
            return &set[i];
    }
    for (size_t i = 0; i < WAYS && room->name; i++)
        if (!set[i].name || goes_before(&set[i], room))
            room = &set[i];
    return room;
}

/* May this client add to one more host? */
static bool count_host(struct refusals *r, uint64_t person, int64_t now_s)
{
    size_t i = person % LIMIT_SLOTS;
    if (r->limits[i].tag != person || now_s - r->limits[i].since_s > REFUSALS_WINDOW_S) {
        r->limits[i].tag = person;
        r->limits[i].since_s = now_s;
        r->limits[i].hosts = 0;
    }
    return r->limits[i].hosts++ < REFUSALS_HOSTS_PER_CLIENT;
}

static struct tried *tried_by(struct host *h, uint64_t client)
{
    for (unsigned i = 0; i < h->tried_count; i++)
        if (h->tried[i].client == client)
            return &h->tried[i];
    return NULL;
}

static uint64_t failures_at(const struct host *h, uint64_t *out_asked)
{
    uint64_t refused = 0;
    *out_asked = 0;
    for (unsigned i = 0; i < h->tried_count; i++) {
        refused += h->tried[i].refused;
        *out_asked += h->tried[i].asked;
    }
    return refused + *out_asked;
}

static void count(struct refusals *r, struct host *h, const struct learn_config *cfg)
{
    uint64_t asked, all = failures_at(h, &asked);
    if (people_at(h) < cfg->clients || all < cfg->failures || all < 2 * h->taken)
        return;
    h->due = true;
    atomic_store_explicit(&r->due, true, memory_order_release);
}

/* The row of this client at this host; NULL: it may not add to one more, or there are enough. */
static struct tried *add_tried(struct refusals *r, struct host *h, const struct tags *t, struct sl_str name,
                               uint64_t person, int64_t now_s)
{
    bool same = is_host(h, t->host, name);
    if ((same && h->tried_count == LEARN_CLIENTS_MOST) || !count_host(r, person, now_s))
        return NULL;
    if (!same) {
        clear(h);
        *h = (struct host){.name = sl_str_dup(name), .tag = t->host, .first_s = now_s};
        atomic_store_explicit(&r->any, true, memory_order_relaxed);
    }
    struct tried *tried = &h->tried[h->tried_count++];
    *tried = (struct tried){.client = t->client, .person = person};
    return tried;
}

void refusals_failed(struct refusals *r, struct sl_str name, enum learned_kind kind,
                     const struct learned_client *c, const struct learn_config *cfg, int64_t now_s)
{
    struct tags t = tags_of(r, name, c);
    if (!is_telling(r, &t, kind))
        return;
    pthread_mutex_lock(&r->lock);
    struct host *h = find_host(r, t.host, name, now_s);
    struct tried *tried = is_host(h, t.host, name) ? tried_by(h, t.client) : NULL;
    if (!tried)
        tried = add_tried(r, h, &t, name, person_of(r, c), now_s);
    if (tried) {
        tried->refused += kind == LEARNED_REFUSED;
        tried->asked += kind == LEARNED_CLIENT_CERTIFICATE;
        h->last_s = now_s;
        count(r, h, cfg);
    }
    pthread_mutex_unlock(&r->lock);
}

static void forget_tried(struct refusals *r, const struct tags *t, struct sl_str name)
{
    pthread_mutex_lock(&r->lock);
    struct host *set = r->hosts[t->host % SETS];
    for (size_t i = 0; i < WAYS; i++) {
        struct tried *tried = is_host(&set[i], t->host, name) ? tried_by(&set[i], t->client) : NULL;
        if (tried)
            *tried = set[i].tried[--set[i].tried_count];
    }
    pthread_mutex_unlock(&r->lock);
}

/* ---- what came of it ---- */

static void take(struct host *h, struct refusal_sum *out)
{
    uint64_t asked, all = failures_at(h, &asked);
    h->due = false;
    h->taken = all;
    *out = (struct refusal_sum){.host = sl_strdup(h->name),
                                .by_origin = asked * 2 > all,
                                .failures = all,
                                .clients = people_at(h),
                                .first_s = h->first_s,
                                .last_s = h->last_s};
}

bool refusals_take(struct refusals *r, struct refusal_sum *out)
{
    bool found = false;
    if (!atomic_load_explicit(&r->due, memory_order_acquire))
        return false;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < REFUSALS_HOSTS && !found; i++) {
        struct host *h = &r->hosts[i / WAYS][i % WAYS];
        if (h->name && h->due) {
            take(h, out);
            found = true;
        }
    }
    if (!found)
        atomic_store_explicit(&r->due, false, memory_order_relaxed);
    pthread_mutex_unlock(&r->lock);
    return found;
}
