/* learned.c - see sluice/learned.h: what workers ask and tell. They ask a set, sorted and immutable, of which
 * each has a reference until there is another; what they tell is counted in refusals.c. */

#include "policy/store/learned.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "policy/store/inside.h"

struct learned_set {
    atomic_uint refs;
    size_t count;
    struct bypass {
        char *host;
        int64_t until_s; /* INT64_MAX: without end */
    } items[];           /* by host */
};

struct learned {
    struct refusals *refusals;
    _Atomic uint64_t epoch; /* of the set */
    atomic_int mode;
    pthread_mutex_t lock; /* of what follows; held for a copy */
    struct learn_config cfg;
    struct learned_set *set; /* NULL: none */
};

/* ---- the set ---- */

static void set_unref(struct learned_set **set)
{
    if (*set && atomic_fetch_sub_explicit(&(*set)->refs, 1, memory_order_acq_rel) == 1) {
        for (size_t i = 0; i < (*set)->count; i++)
            free((*set)->items[i].host);
        free(*set);
    }
    *set = NULL;
}

static int compare_host(const void *key, const void *item)
{
    return sl_str_cmp(*(const struct sl_str *)key, sl_cstr(((const struct bypass *)item)->host));
}

static bool set_has(const struct learned_set *set, struct sl_str host, int64_t now_s)
{
    const struct bypass *b =
        set ? bsearch(&host, set->items, set->count, sizeof *set->items, compare_host) : NULL;
    return b && now_s < b->until_s;
}

/* Takes the set; NULL: nothing is tunnelled. */
static void publish(struct learned *l, struct learned_set *take)
{
    pthread_mutex_lock(&l->lock);
    struct learned_set *old = l->set;
    l->set = take;
    atomic_fetch_add_explicit(&l->epoch, 1, memory_order_release);
    pthread_mutex_unlock(&l->lock);
    set_unref(&old);
}

bool learned_bypasses(struct learned *l, struct learned_view *v, struct sl_str host, int64_t now_s)
{
    if (SL_UNLIKELY(atomic_load_explicit(&l->epoch, memory_order_acquire) != v->epoch)) {
        set_unref(&v->set);
        pthread_mutex_lock(&l->lock);
        v->set = l->set;
        if (v->set)
            atomic_fetch_add_explicit(&v->set->refs, 1, memory_order_relaxed);
        v->epoch = atomic_load_explicit(&l->epoch, memory_order_relaxed);
        pthread_mutex_unlock(&l->lock);
    }
    return set_has(v->set, host, now_s);
}

bool learned_is_bypass(struct learned *l, struct sl_str host, int64_t now_s)
{
    struct learned_view v = {0};
    bool is = learned_bypasses(l, &v, host, now_s);
    learned_view_fini(&v);
    return is;
}

void learned_view_fini(struct learned_view *v)
{
    set_unref(&v->set);
    *v = (struct learned_view){0};
}

size_t learned_count(struct learned *l)
{
    pthread_mutex_lock(&l->lock);
    size_t count = l->set ? l->set->count : 0;
    pthread_mutex_unlock(&l->lock);
    return count;
}

/* ---- made and told ---- */

struct learned *learned_new(const uint8_t secret[32])
{
    struct learned *l = sl_calloc(1, sizeof *l);
    pthread_mutex_init(&l->lock, NULL);
    l->refusals = refusals_new(secret);
    return l;
}

void learned_free(struct learned **l)
{
    if (!*l)
        return;
    refusals_free(&(*l)->refusals);
    set_unref(&(*l)->set);
    pthread_mutex_destroy(&(*l)->lock);
    sl_freep(l);
}

struct learned *store_learned(struct store *s)
{
    return s->learned;
}

void learned_configure(struct learned *l, const struct learn_config *cfg)
{
    pthread_mutex_lock(&l->lock);
    l->cfg = *cfg;
    l->cfg.clients = SL_MIN(cfg->clients, (unsigned)LEARN_CLIENTS_MOST);
    pthread_mutex_unlock(&l->lock);
    atomic_store_explicit(&l->mode, cfg->mode, memory_order_relaxed);
}

struct learn_config learned_config(struct learned *l)
{
    pthread_mutex_lock(&l->lock);
    struct learn_config cfg = l->cfg;
    pthread_mutex_unlock(&l->lock);
    return cfg;
}

static bool is_on(struct learned *l)
{
    return atomic_load_explicit(&l->mode, memory_order_relaxed) != LEARN_OFF;
}

void learned_worked(struct learned *l, struct sl_str host, const struct learned_client *c)
{
    if (is_on(l))
        refusals_worked(l->refusals, host, c);
}

void learned_failed(struct learned *l, struct sl_str host, enum learned_kind kind,
                    const struct learned_client *c, int64_t now_s)
{
    if (!is_on(l))
        return;
    struct learn_config cfg = learned_config(l);
    refusals_failed(l->refusals, host, kind, c, &cfg, now_s);
}

bool learned_take(struct learned *l, struct refusal_sum *out)
{
    return refusals_take(l->refusals, out);
}

/* ---- from the rows ---- */

/* Under the store's lock. */
static bool load_set(struct store *s, struct sl_err *err)
{
    struct learned_set *set = NULL;
    size_t cap = 0;
    enum db_step step;
    struct db_stmt *q = db_prepare(
        s->db,
        "SELECT host, until_us FROM learned_hosts WHERE state = 'active' ORDER BY host COLLATE BINARY");
    while ((step = db_step(q, err)) == DB_ROW) {
        size_t count = set ? set->count : 0;
        if (count == cap) {
            cap = SL_MAX(2 * cap, (size_t)16);
            set = sl_realloc(set, sizeof *set + cap * sizeof *set->items);
        }
        int64_t until_us = db_column_int(q, 1);
        set->items[count] = (struct bypass){store_column(q, 0), until_us ? until_us / 1000000 : INT64_MAX};
        set->count = count + 1;
        atomic_store(&set->refs, 1);
    }
    db_reset(q);
    if (step != DB_DONE) {
        set_unref(&set);
        return false;
    }
    publish(s->learned, set);
    return true;
}

bool learned_load(struct store *s, struct sl_err *err)
{
    pthread_mutex_lock(&s->lock);
    bool ok = load_set(s, err);
    pthread_mutex_unlock(&s->lock);
    return ok;
}
