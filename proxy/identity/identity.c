/* identity.c - see identity.h. The methods, and the fast half of an identification: memo, then cache. */
#include "proxy/identity/identity.h"

#include <stdlib.h>

#include "base/crypto.h"
#include "proxy/identity/inside.h"

/* One row a method: its name in the settings, and its challenge. All methods of this table give a name and a
 * password. */
static const struct {
    const char *name;
    char *(*challenge)(const char *realm);
} methods[] = {{"basic", basic_challenge}};

static bool add_method(struct terms *t, const char *name, const char *realm, struct sl_err *err)
{
    for (size_t i = 0; i < SL_COUNT(methods); i++) {
        if (strcmp(methods[i].name, name) != 0)
            continue;
        if (t->challenge_count == METHODS_MAX)
            return sl_fail(err, SL_BAD_INPUT, "auth.methods lists more than %d methods", METHODS_MAX);
        t->challenges[t->challenge_count++] = sl_cstr(methods[i].challenge(realm));
        return true;
    }
    return sl_fail(err, SL_BAD_INPUT, "auth.methods has '%s'; available are: none, basic", name);
}

static bool add_methods(struct terms *t, const struct identity_config *cfg, struct sl_err *err)
{
    const struct conf_texts *list = cfg->methods;
    for (size_t i = 0; list && i < list->count; i++) {
        if (strcmp(list->items[i], "none") == 0) {
            if (list->count > 1)
                return sl_fail(err, SL_BAD_INPUT, "auth.methods has 'none' beside other methods");
            return true;
        }
        if (!add_method(t, list->items[i], cfg->realm ? cfg->realm : "Sluice", err))
            return false;
    }
    return true;
}

static void terms_free(struct terms **ref)
{
    struct terms *t = *ref;
    for (size_t i = 0; t && i < t->challenge_count; i++)
        free((char *)(uintptr_t)t->challenges[i].p);
    sl_freep(ref);
}

static const struct terms *terms_of(const struct identity *id)
{
    return atomic_load_explicit(&id->terms, memory_order_acquire);
}

bool identity_configure(struct identity *id, const struct identity_config *cfg, struct sl_err *err)
{
    struct terms *t = sl_calloc(1, sizeof *t);
    unsigned threads = SL_MIN(cfg->threads ? cfg->threads : 2u, (unsigned)THREADS_MAX);
    if (!add_methods(t, cfg, err) || (t->challenge_count > 0 && !verifier_start(id, threads, err))) {
        terms_free(&t);
        return false;
    }
    atomic_store_explicit(&id->cache_ms, cfg->cache_ms, memory_order_relaxed);
    terms_free(&id->before);
    id->before = atomic_exchange_explicit(&id->terms, t, memory_order_acq_rel);
    return true;
}

bool identity_new(const struct identity_config *cfg, struct identity **out, struct sl_err *err)
{
    struct identity *id = sl_calloc(1, sizeof *id);
    id->backend = cfg->backend;
    id->queue_max = cfg->queue ? cfg->queue : 256;
    id->cache = cache_new();
    id->throttle = throttle_new();
    crypto_random(&id->header_key, sizeof id->header_key);
    verifier_init(id);
    if (identity_configure(id, cfg, err)) {
        *out = id;
        return true;
    }
    identity_free(&id);
    return false;
}

void identity_free(struct identity **id)
{
    struct identity *i = *id;
    if (!i)
        return;
    struct terms *last = atomic_load_explicit(&i->terms, memory_order_relaxed);
    verifier_stop(i);
    terms_free(&last);
    terms_free(&i->before);
    cache_free(&i->cache);
    throttle_free(&i->throttle);
    pthread_cond_destroy(&i->idle);
    pthread_cond_destroy(&i->work);
    pthread_mutex_destroy(&i->lock);
    crypto_wipe(&i->header_key, sizeof i->header_key);
    free(i);
    *id = NULL;
}

bool identity_required(const struct identity *id)
{
    return terms_of(id)->challenge_count > 0;
}

uint64_t identity_epoch(const struct identity *id)
{
    return id->backend.epoch(id->backend.arg);
}

bool identity_changed(const struct identity *id, struct sl_str user, uint64_t since_epoch)
{
    return identity_epoch(id) != since_epoch && id->backend.changed(id->backend.arg, user) > since_epoch;
}

size_t identity_challenges(const struct identity *id, const struct sl_str **out)
{
    const struct terms *t = terms_of(id);
    *out = t->challenges;
    return t->challenge_count;
}

const char *identity_result_word(enum identity_result r)
{
    static const char *const words[] = {
        [IDENTITY_KNOWN] = "known",         [IDENTITY_MISSING] = "login-needed",
        [IDENTITY_FAILED] = "login-failed", [IDENTITY_MALFORMED] = "login-malformed",
        [IDENTITY_SLOW] = "login-slow",     [IDENTITY_BUSY] = "login-busy",
    };
    sl_assert((unsigned)r < SL_COUNT(words));
    return words[r];
}

static bool memo_holds(const struct identity_memo *memo, const uint64_t digest[2], uint64_t epoch,
                       int64_t now_ms)
{
    return memo->until_ms > now_ms && memo->epoch == epoch &&
           crypto_equal(memo->digest, digest, sizeof memo->digest);
}

void memo_fill(struct identity_memo *memo, const uint64_t header_digest[2], uint64_t epoch, int64_t until_ms,
               struct sl_str user)
{
    memcpy(memo->digest, header_digest, sizeof memo->digest);
    memo->epoch = epoch;
    memo->until_ms = until_ms;
    memo->user_n = (uint16_t)user.n;
    memcpy(memo->user, user.p, user.n);
    if (user.n < sizeof memo->user)
        memo->user[user.n] = '\0';
}

/* Behind the memo: the credentials are read and looked up. */
static enum identity_result check_cache(struct identity *id, struct identity_memo *memo,
                                        const uint64_t digest[2], uint64_t epoch,
                                        const struct basic_credentials *c, int64_t now_ms)
{
    uint8_t key[CACHE_DIGEST];
    int64_t until_ms = 0;
    cache_digest(id->cache, c->user, c->password, key);
    switch (cache_find(id->cache, key, epoch, now_ms, &until_ms)) {
    case CACHE_GOOD:
        memo_fill(memo, digest, epoch, until_ms, c->user);
        atomic_fetch_add_explicit(&id->cache_hits, 1, memory_order_relaxed);
        return IDENTITY_KNOWN;
    case CACHE_BAD:
        return IDENTITY_FAILED;
    case CACHE_UNKNOWN:
        break;
    }
    return IDENTITY_SLOW;
}

enum identity_result identity_check(struct identity *id, struct identity_memo *memo, struct sl_str header,
                                    struct sl_addr client, int64_t now_ms)
{
    if (!header.p || !identity_required(id))
        return IDENTITY_MISSING;
    uint64_t digest[2], epoch = id->backend.epoch(id->backend.arg);
    if (header.n > IDENTITY_HEADER_MAX)
        return IDENTITY_MALFORMED;
    siphash128(id->header_key, header.p, header.n, digest);
    if (memo_holds(memo, digest, epoch, now_ms)) {
        atomic_fetch_add_explicit(&id->memo_hits, 1, memory_order_relaxed);
        return IDENTITY_KNOWN;
    }
    struct basic_credentials credentials;
    enum identity_result r = IDENTITY_MALFORMED;
    if (basic_read(header, &credentials))
        r = check_cache(id, memo, digest, epoch, &credentials, now_ms);
    crypto_wipe(&credentials, sizeof credentials);
    return r;
}

void identity_counters(const struct identity *id, struct identity_counters *out)
{
    struct identity *i = (struct identity *)(uintptr_t)id; /* the lock is the only thing written */
    *out = (struct identity_counters){
        .memo_hits = atomic_load_explicit(&i->memo_hits, memory_order_relaxed),
        .cache_hits = atomic_load_explicit(&i->cache_hits, memory_order_relaxed),
        .verified = atomic_load_explicit(&i->verified, memory_order_relaxed),
        .failed = atomic_load_explicit(&i->failed, memory_order_relaxed),
        .busy = atomic_load_explicit(&i->busy, memory_order_relaxed),
    };
    pthread_mutex_lock(&i->lock);
    out->waiting = i->queued;
    pthread_mutex_unlock(&i->lock);
}
