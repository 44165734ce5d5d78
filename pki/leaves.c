/* leaves.c - the cache of leaves: see leaf.h.
 *
 *    leaves_get ── leaf_plan.c ──> id ──> table: there? ── a reference
 *                                          └── minted by this thread, outside of the lock; others who want
 *                                              the same wait for it ──> table, and the queue of the file
 *
 * One lock for all: it is held for a look-up, while what the caller does with a leaf, a handshake, takes a
 * thousand times as long. */
#include <pthread.h>
#include <stdlib.h>

#include "pki/leaf_file.h"
#include "pki/leaf_inside.h"
#include "pki/leaf_mint.h"
#include "pki/leaf_plan.h"
#include "pki/leaf_table.h"
#include "sluice/clock.h"
#include "sluice/log.h"

/* A CA that signs, shared by those who mint with it now. */
struct signer {
    struct issuer issuer;
    size_t refs; /* under the lock */
};

struct leaves {
    struct ca_live *ca;
    struct leaf_file *file; /* NULL: none */
    struct leaf_key key;
    pthread_mutex_t lock;
    pthread_cond_t minted; /* or failed */
    struct leaf_table table;
    struct signer *signer; /* of the last minting; NULL: none yet */
    atomic_uint days;
    struct leaves_stats stats;
};

/* ---- who signs ---- */

static void signer_drop(struct signer **sp)
{
    struct signer *s = *sp;
    *sp = NULL;
    if (!s || --s->refs > 0)
        return;
    issuer_fini(&s->issuer);
    free(s);
}

static struct signer *signer_for(struct leaves *l, const struct ca *ca, struct sl_err *err)
{
    if (!l->signer || l->signer->issuer.ca != ca) {
        struct issuer made;
        if (!issuer_make(ca, &made, err))
            return NULL;
        signer_drop(&l->signer);
        l->signer = sl_calloc(1, sizeof *l->signer);
        *l->signer = (struct signer){.issuer = made, .refs = 1};
    }
    l->signer->refs++;
    return l->signer;
}

/* ---- a leaf ---- */

static bool is_good(const struct leaf *leaf, const struct ca *ca, int64_t now_s)
{
    return memcmp(ca_id(leaf->ca), ca_id(ca), CA_ID) == 0 && now_s < leaf->renew_s;
}

/* With the lock held, but not while signing. */
static const struct leaf *mint(struct leaves *l, const struct ca *ca, const struct leaf_plan *plan,
                               struct sl_err *err)
{
    struct signer *signer = signer_for(l, ca, err);
    if (!signer)
        return NULL;
    pthread_mutex_unlock(&l->lock);
    X509 *cert = leaf_mint(&signer->issuer, &l->key,
                           &(struct leaf_order){&plan->names, plan->not_before_s, plan->not_after_s}, err);
    const struct leaf *leaf = cert ? leaf_new(cert, l->key.pair, ca, plan->renew_s) : NULL;
    pthread_mutex_lock(&l->lock);
    signer_drop(&signer);
    return leaf;
}

/* The entry, made for us to mint, or one with a good leaf. Waits while another thread mints it. */
static struct leaf_entry *claim(struct leaves *l, const struct ca *ca, struct sl_str id, int64_t now_s)
{
    for (;;) {
        struct leaf_entry *e = leaf_table_find(&l->table, id);
        if (!e)
            return leaf_table_add(&l->table, id);
        if (e->leaf && is_good(e->leaf, ca, now_s))
            return e;
        if (e->leaf) {
            leaf_unref(&e->leaf);
            return e;
        }
        pthread_cond_wait(&l->minted, &l->lock);
    }
}

static const struct leaf *get(struct leaves *l, const struct ca *ca, const struct leaf_plan *plan,
                              int64_t now_s, struct sl_err *err)
{
    struct sl_str id = sl_str((const char *)plan->id, plan->id_n);
    struct leaf_entry *e = claim(l, ca, id, now_s);
    if (e->leaf) {
        l->stats.hits++;
        return leaf_ref(e->leaf);
    }
    e->leaf = mint(l, ca, plan, err);
    pthread_cond_broadcast(&l->minted);
    if (!e->leaf) {
        l->stats.failed++;
        leaf_table_remove(&l->table, e);
        return NULL;
    }
    l->stats.minted++;
    if (plan->lasting && l->file)
        leaf_file_put(l->file, id, e->leaf);
    return leaf_ref(e->leaf);
}

const struct leaf *leaves_get(struct leaves *l, const struct leaf_want *want, struct sl_err *err)
{
    struct leaf_plan plan;
    int64_t now_s = sl_wall_us() / 1000000;
    const struct ca *ca = ca_live_get(l->ca);
    const struct leaf *leaf = NULL;
    if (!ca) {
        sl_fail(err, SL_UNAVAILABLE, "there is no CA that could sign; `sluice ca` tells how to make one");
        return NULL;
    }
    if (leaf_plan_make(ca, want, atomic_load_explicit(&l->days, memory_order_relaxed), now_s, &plan, err)) {
        pthread_mutex_lock(&l->lock);
        leaf = get(l, ca, &plan, now_s, err);
        pthread_mutex_unlock(&l->lock);
    }
    ca_unref(&ca);
    return leaf;
}

/* ---- the file ---- */

/* One of an earlier run. What the thread of the file found is less than what was minted meanwhile, and it
 * does not push anything out. */
static void found(void *arg, struct sl_str id, X509 *take_cert, const uint8_t ca_id_read[CA_ID],
                  int64_t renew_s)
{
    struct leaves *l = arg;
    const struct ca *ca = ca_live_get(l->ca);
    const struct leaf *leaf = NULL;
    /* The decoded key is ours: one object for all of them. */
    if (ca && memcmp(ca_id(ca), ca_id_read, CA_ID) == 0 && X509_set_pubkey(take_cert, l->key.pair) == 1)
        leaf = leaf_new(take_cert, l->key.pair, ca, renew_s);
    else
        X509_free(take_cert);
    pthread_mutex_lock(&l->lock);
    if (leaf && l->table.count < l->table.capacity && !leaf_table_find(&l->table, id)) {
        leaf_table_add(&l->table, id)->leaf = leaf_ref(leaf);
        l->stats.loaded++;
    }
    pthread_mutex_unlock(&l->lock);
    leaf_unref(&leaf);
    ca_unref(&ca);
}

static struct leaf_file *open_file(const char *path, struct leaves *l)
{
    struct sl_err err = {0};
    struct leaf_file_config cfg = {path, l->table.capacity, found, l};
    struct leaf_file *file = leaf_file_open(&cfg, &l->key, &err);
    if (!file)
        sl_log_warning("tls", "leaves are not kept over a restart: %s", err.msg);
    return file;
}

/* ---- the whole ---- */

struct leaves *leaves_open(const char *path, struct ca_live *ca, const struct leaves_config *cfg)
{
    struct leaves *l = sl_calloc(1, sizeof *l);
    l->ca = ca;
    atomic_init(&l->days, cfg->days);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->minted, NULL);
    leaf_table_init(&l->table, cfg->capacity);
    l->file = path ? open_file(path, l) : NULL;
    if (l->file)
        leaf_file_start(l->file);
    else
        leaf_key_make(&l->key);
    return l;
}

void leaves_close(struct leaves **lp)
{
    struct leaves *l = *lp;
    *lp = NULL;
    if (!l)
        return;
    leaf_file_close(&l->file);
    leaf_table_fini(&l->table);
    signer_drop(&l->signer);
    leaf_key_fini(&l->key);
    pthread_cond_destroy(&l->minted);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

void leaves_configure(struct leaves *l, const struct leaves_config *cfg)
{
    atomic_store_explicit(&l->days, cfg->days, memory_order_relaxed);
    pthread_mutex_lock(&l->lock);
    leaf_table_resize(&l->table, cfg->capacity);
    pthread_mutex_unlock(&l->lock);
    if (l->file)
        leaf_file_resize(l->file, cfg->capacity);
}

void leaves_stats(struct leaves *l, struct leaves_stats *out)
{
    pthread_mutex_lock(&l->lock);
    *out = l->stats;
    out->size = l->table.count;
    pthread_mutex_unlock(&l->lock);
}
