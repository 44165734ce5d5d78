/* parents.c - see parents.h. */
#include "proxy/parent/parents.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/crypto.h"
#include "base/fs.h"
#include "sluice/clock.h"
#include "sluice/log.h"

enum { PEM_MAX = 4 << 20 };

/* ---- making a set ---- */

static char *base64(struct sl_str s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *out = sl_calloc((s.n + 2) / 3 * 4 + 1, 1), *at = out;
    for (size_t i = 0; i < s.n; i += 3) {
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (i + k < s.n ? (uint8_t)s.p[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            *at++ = i + k <= s.n ? digits[bits >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

/* RFC 7617. */
static struct sl_str basic(const struct parent_spec *spec)
{
    if (*spec->user == '\0' || spec->kind == PARENT_SOCKS5)
        return sl_str(NULL, 0);
    char *pair = sl_asprintf("%s:%s", spec->user, spec->password), *coded = base64(sl_cstr(pair));
    char *value = sl_asprintf("Basic %s", coded);
    crypto_wipe(pair, strlen(pair));
    crypto_wipe(coded, strlen(coded));
    free(pair);
    free(coded);
    return sl_cstr(value);
}

static void fill_parent(struct parent *p, unsigned set, unsigned number)
{
    const struct parent_spec *spec = &p->spec;
    bool brackets = spec->host_is_addr && !sl_addr_is_v4(spec->addr);
    snprintf(p->place, sizeof p->place, "%s://%s%s%s:%u", parent_kind_word(spec->kind), brackets ? "[" : "",
             spec->host, brackets ? "]" : "", spec->port);
    snprintf(p->key, sizeof p->key, "%u.%u", set, number);
    p->number = number;
    p->authorization = basic(spec);
}

static void join_group(struct parents *p, struct parent *parent)
{
    struct parent_group *g = parents_group(p, sl_cstr(parent->spec.name));
    if (!g) {
        g = &p->groups[p->group_count++];
        g->name = parent->spec.name;
    }
    g->members[g->count++] = parent;
}

static void keep_standing(struct parent *parent, const struct parents *before)
{
    for (size_t i = 0; before && i < before->count; i++) {
        const struct parent *old = &before->items[i];
        if (strcmp(old->place, parent->place) != 0 || strcmp(old->spec.name, parent->spec.name) != 0 ||
            strcmp(old->spec.user, parent->spec.user) != 0)
            continue;
        const struct parent_health *h = &old->health;
        atomic_init(&parent->health.down, atomic_load(&h->down));
        atomic_init(&parent->health.failed, atomic_load(&h->failed));
        atomic_init(&parent->health.since_us, atomic_load(&h->since_us));
        atomic_init(&parent->health.requests, atomic_load(&h->requests));
        atomic_init(&parent->health.failures, atomic_load(&h->failures));
        atomic_init(&parent->health.why, atomic_load(&h->why));
        return;
    }
}

static bool needs_tls(const struct parents *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->items[i].spec.kind == PARENT_HTTPS)
            return true;
    return false;
}

static bool open_trust(struct parents *p, const char *ca, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *pem = NULL;
    size_t n = 0;
    if (!needs_tls(p))
        return true;
    if (*ca && !fs_read(ca, PEM_MAX, &pem, &n, err))
        return sl_fail_in(err, "proxy.parent_ca: ");
    struct trust_config cfg = {.system = true, .extra = sl_str(pem, n)};
    return trust_new(&cfg, &p->trust, err) || sl_fail_in(err, "proxy.parent_ca: ");
}

bool parents_new(const struct settings *s, const struct parents *before, struct parents **out,
                 struct sl_err *err)
{
    static _Atomic unsigned sets;
    unsigned set = ++sets;
    const struct conf_texts *entries = &s->proxy.parents;
    struct parents *p = sl_calloc(1, sizeof *p);
    sl_assert(entries->count <= PARENTS_MAX); /* settings see to it */
    atomic_init(&p->refs, 1);
    p->balance = (enum parent_balance)s->proxy.parent_balance;
    p->direct = s->proxy.parent_fallback == PARENT_FALLBACK_DIRECT;
    p->check_ms = s->proxy.parent_check_ms;
    p->items = sl_calloc(entries->count + 1, sizeof *p->items);
    p->groups = sl_calloc(entries->count + 1, sizeof *p->groups);
    bool ok = true;
    for (size_t i = 0; ok && i < entries->count; i++) {
        struct parent *parent = &p->items[i];
        ok = parent_parse(sl_cstr(entries->items[i]), &parent->spec, err);
        if (!ok)
            break;
        p->count++;
        fill_parent(parent, set, (unsigned)i);
        keep_standing(parent, before);
        join_group(p, parent);
    }
    if (ok && open_trust(p, s->proxy.parent_ca, err)) {
        *out = p;
        return true;
    }
    parents_unref(&p);
    return false;
}

struct parents *parents_ref(struct parents *p)
{
    atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
    return p;
}

void parents_unref(struct parents **pp)
{
    struct parents *p = *pp;
    *pp = NULL;
    if (!p || atomic_fetch_sub(&p->refs, 1) > 1)
        return;
    for (size_t i = 0; i < p->count; i++) {
        struct parent *parent = &p->items[i];
        if (parent->authorization.n)
            crypto_wipe((char *)(uintptr_t)parent->authorization.p, parent->authorization.n);
        free((char *)(uintptr_t)parent->authorization.p);
        crypto_wipe(&parent->spec, sizeof parent->spec);
    }
    trust_unref(&p->trust);
    free(p->items);
    free(p->groups);
    free(p);
}

/* ---- choosing ---- */

struct parent_group *parents_group(const struct parents *p, struct sl_str name)
{
    for (size_t i = 0; i < p->group_count; i++)
        if (sl_str_eq(sl_cstr(p->groups[i].name), name))
            return &p->groups[i];
    return NULL;
}

/* Down, and not its turn to be tried. The one request that may try it is the one whose exchange succeeds. */
static bool rests(const struct parents *p, struct parent *parent, int64_t now_ms)
{
    struct parent_health *h = &parent->health;
    if (!atomic_load_explicit(&h->down, memory_order_relaxed))
        return false;
    int64_t tried_ms = atomic_load(&h->tried_ms);
    return p->check_ms > 0 || now_ms - tried_ms < PARENT_REST_MS ||
           !atomic_compare_exchange_strong(&h->tried_ms, &tried_ms, now_ms);
}

/* FNV-1a, then mixed: the same host goes to the same parent in every process, also after a restart. Who makes
 * names to load one parent could as well ask for one name often. */
static uint64_t weight_of(const struct parent *parent, struct sl_str host)
{
    uint64_t h = 0xcbf29ce484222325u;
    struct sl_str texts[] = {sl_cstr(parent->place), host};
    for (size_t t = 0; t < SL_COUNT(texts); t++)
        for (size_t i = 0; i < texts[t].n; i++)
            h = (h ^ (uint8_t)texts[t].p[i]) * 0x100000001b3u;
    h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
    h = (h ^ h >> 27) * 0x94d049bb133111ebu;
    return h ^ h >> 31;
}

/* Rendezvous: when one goes down, only its hosts move. */
static struct parent *heaviest(struct parent *const *usable, size_t count, struct sl_str host)
{
    struct parent *best = NULL;
    uint64_t most = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t weight = weight_of(usable[i], host);
        if (!best || weight > most) {
            best = usable[i];
            most = weight;
        }
    }
    return best;
}

struct parent *parents_choose(const struct parents *p, struct parent_group *g, struct sl_str host,
                              uint64_t tried, int64_t now_ms)
{
    struct parent *usable[PARENTS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < g->count; i++)
        if (!(tried >> g->members[i]->number & 1) && !rests(p, g->members[i], now_ms))
            usable[count++] = g->members[i];
    if (count == 0)
        return NULL;
    switch (p->balance) {
    case PARENT_ROUND_ROBIN:
        return usable[atomic_fetch_add_explicit(&g->turn, 1, memory_order_relaxed) % count];
    case PARENT_HASH:
        return heaviest(usable, count, host);
    case PARENT_FIRST:
        break;
    }
    return usable[0];
}

/* ---- how they do ---- */

static void set_down(struct parent *p, bool down, const char *why)
{
    struct parent_health *h = &p->health;
    if (atomic_exchange(&h->down, down) == down)
        return;
    atomic_store(&h->since_us, sl_wall_us());
    atomic_store(&h->tried_ms, sl_monotonic_us() / 1000);
    atomic_store(&h->passed, 0);
    if (down)
        sl_log_warning("proxy", "the parent %s (%s) is down: %s", p->place, p->spec.name, why);
    else
        sl_log_notice("proxy", "the parent %s (%s) is up again", p->place, p->spec.name);
}

/* Writes only where something changes: all workers share the line. */
static void note_good(struct parent *p)
{
    struct parent_health *h = &p->health;
    if (atomic_load_explicit(&h->failed, memory_order_relaxed) != 0)
        atomic_store_explicit(&h->failed, 0, memory_order_relaxed);
    if (atomic_load_explicit(&h->why, memory_order_relaxed))
        atomic_store_explicit(&h->why, NULL, memory_order_relaxed);
}

static void note_bad(struct parent *p, const char *why)
{
    struct parent_health *h = &p->health;
    atomic_store(&h->why, why);
    atomic_store(&h->passed, 0);
    if (atomic_fetch_add(&h->failed, 1) + 1 >= PARENT_DOWN_AFTER)
        set_down(p, true, why);
}

void parent_worked(struct parent *p)
{
    atomic_fetch_add_explicit(&p->health.requests, 1, memory_order_relaxed);
    note_good(p);
    if (atomic_load_explicit(&p->health.down, memory_order_relaxed))
        set_down(p, false, NULL);
}

void parent_failed(struct parent *p, const char *why)
{
    atomic_fetch_add_explicit(&p->health.requests, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&p->health.failures, 1, memory_order_relaxed);
    note_bad(p, why);
}

void parent_refused(struct parent *p, const char *why)
{
    atomic_fetch_add_explicit(&p->health.requests, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&p->health.failures, 1, memory_order_relaxed);
    atomic_store(&p->health.why, why);
}

void parent_checked(struct parent *p, bool ok, const char *why)
{
    struct parent_health *h = &p->health;
    if (!ok) {
        note_bad(p, why);
        return;
    }
    note_good(p);
    if (atomic_load(&h->down) && atomic_fetch_add(&h->passed, 1) + 1 >= PARENT_UP_AFTER)
        set_down(p, false, NULL);
}

/* ---- what is told ---- */

static json_t *time_or_null(int64_t us)
{
    char text[SL_RFC3339_TEXT];
    return us ? json_string(sl_rfc3339(us, text)) : json_null();
}

json_t *parents_status(const struct parents *p)
{
    json_t *list = json_array();
    for (size_t i = 0; i < p->count; i++) {
        const struct parent *parent = &p->items[i];
        const struct parent_health *h = &parent->health;
        bool down = atomic_load(&h->down);
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:o, s:I, s:I, s:s?}", "name", parent->spec.name, "url", parent->place,
                      "state", down ? "down" : "up", "since", time_or_null(atomic_load(&h->since_us)),
                      "requests", (json_int_t)atomic_load(&h->requests), "failures",
                      (json_int_t)atomic_load(&h->failures), "error", atomic_load(&h->why)));
    }
    return list;
}

void parents_metrics(const struct parents *p, struct sl_text *out)
{
    static const struct {
        const char *head, *row;
    } tables[] = {
        {"# HELP sluice_parent_up Whether a parent proxy takes requests.\n# TYPE sluice_parent_up gauge\n",
         "sluice_parent_up"},
        {"# HELP sluice_parent_requests_total Requests and tunnels that a parent proxy was asked for.\n"
         "# TYPE sluice_parent_requests_total counter\n",
         "sluice_parent_requests_total"},
        {"# HELP sluice_parent_failures_total Of these, those that it could not be asked.\n"
         "# TYPE sluice_parent_failures_total counter\n",
         "sluice_parent_failures_total"},
    };
    for (size_t t = 0; t < SL_COUNT(tables) && p->count > 0; t++) {
        sl_text_add(out, sl_cstr(tables[t].head));
        for (size_t i = 0; i < p->count; i++) {
            const struct parent *parent = &p->items[i];
            const struct parent_health *h = &parent->health;
            uint64_t values[] = {!atomic_load(&h->down), atomic_load(&h->requests),
                                 atomic_load(&h->failures)};
            sl_text_addf(out, "%s{parent=\"%s\",url=\"%s\"} %llu\n", tables[t].row, parent->spec.name,
                         parent->place, (unsigned long long)values[t]);
        }
    }
}
