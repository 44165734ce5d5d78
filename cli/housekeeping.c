/* housekeeping.c - see housekeeping.h. Going back to an older policy compiles it, which may take seconds, so
 * that has a thread of its own, as reading the catalogue once a day has: counters must reach the disk
 * meanwhile. What takes longer (updates of lists) is only started here, as jobs. */
#include "cli/housekeeping.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/give_way.h"
#include "cli/authority.h"
#include "sluice/clock.h"
#include "sluice/learned.h"
#include "sluice/log.h"

enum { SYNC_EVERY_S = 5, SWEEP_EVERY_S = 600, POLICY_EVERY_S = 1, VERIFY_EVERY_S = 24 * 3600 };

struct housekeeping {
    struct store *store;
    struct audit *audit;
    struct adminapi *api;
    struct ca_live *ca;
    struct authority_watch watch;
    pthread_t threads[3];
    size_t count; /* of those that run */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
};

/* True to go on, false when stopping. */
static bool pause_for(struct housekeeping *h, int seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    pthread_mutex_lock(&h->lock);
    while (!h->stopping && pthread_cond_timedwait(&h->wake, &h->lock, &until) == 0)
        ;
    bool go_on = !h->stopping;
    pthread_mutex_unlock(&h->lock);
    return go_on;
}

static void *keep(void *arg)
{
    struct housekeeping *h = arg;
    unsigned turns = 0;
    do {
        ledger_sync(store_ledger(h->store));
        adminapi_tick(h->api, sl_wall_us());
        authority_tend(h->ca, h->store, &h->watch, sl_wall_us() / 1000000);
        if (turns++ % (SWEEP_EVERY_S / SYNC_EVERY_S) != 0)
            continue;
        ledger_sweep(store_ledger(h->store), sl_wall_us() / 1000000);
        unsigned gone = audit_enforce_retention(h->audit, sl_wall_us());
        if (gone > 0)
            sl_log_notice("audit", "%u days older than audit.retention were deleted", gone);
    } while (pause_for(h, SYNC_EVERY_S));
    return NULL;
}

/* A version that nobody confirmed goes. */
static void tend_policy(struct store *s)
{
    struct sl_err err = {0};
    int64_t version;
    if (!store_policy_tick(s, sl_wall_us(), &version, &err))
        sl_log_error("policy", "%s", err.msg);
    else if (version > 0)
        sl_log_warning("policy",
                       "nobody confirmed the version before: version %lld has the policy that was in "
                       "force until then",
                       (long long)version);
}

static void tend_learned(struct store *s)
{
    struct sl_err err = {0};
    if (!store_learned_tick(s, sl_wall_us(), &err))
        sl_log_error("inspect", "what was learned can't be kept: %s", err.msg);
}

static void *tend(void *arg)
{
    struct housekeeping *h = arg;
    while (pause_for(h, POLICY_EVERY_S)) {
        tend_policy(h->store);
        tend_learned(h->store);
    }
    return NULL;
}

/* Reads all of the catalogue, behind everybody else. */
static void *verify(void *arg)
{
    struct housekeeping *h = arg;
    give_way();
    do
        store_lists_verify(h->store);
    while (pause_for(h, VERIFY_EVERY_S));
    return NULL;
}

static void *(*const threads[])(void *arg) = {keep, tend, verify};

bool housekeeping_start(struct store *store, struct audit *audit, struct adminapi *api, struct ca_live *ca,
                        struct housekeeping **out, struct sl_err *err)
{
    struct housekeeping *h = sl_calloc(1, sizeof *h);
    pthread_condattr_t monotonic;
    *h = (struct housekeeping){.store = store, .audit = audit, .api = api, .ca = ca};
    pthread_mutex_init(&h->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&h->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    for (size_t i = 0; i < SL_COUNT(threads); i++) {
        int failed = pthread_create(&h->threads[i], NULL, threads[i], h);
        if (failed) {
            housekeeping_stop(&h);
            return sl_fail_errno(err, SL_LIMIT, failed, "no thread for housekeeping");
        }
        h->count++;
    }
    *out = h;
    return true;
}

void housekeeping_stop(struct housekeeping **ref)
{
    struct housekeeping *h = *ref;
    if (h == NULL)
        return;
    pthread_mutex_lock(&h->lock);
    h->stopping = true;
    pthread_cond_broadcast(&h->wake);
    pthread_mutex_unlock(&h->lock);
    for (size_t i = 0; i < h->count; i++)
        pthread_join(h->threads[i], NULL);
    pthread_cond_destroy(&h->wake);
    pthread_mutex_destroy(&h->lock);
    free(h);
    *ref = NULL;
}
