/* housekeeping.c - see housekeeping.h. Going back to an older policy compiles it, which may take seconds, so
 * that has a second thread, with list updates: counters must reach the disk meanwhile. */
#include "cli/housekeeping.h"

#include <pthread.h>
#include <stdlib.h>

#include "sluice/clock.h"
#include "sluice/log.h"

enum { SYNC_EVERY_S = 5, SWEEP_EVERY_S = 600, LISTS_EVERY_S = 10, POLICY_EVERY_S = 1 };

struct housekeeping {
    struct store *store;
    struct audit *audit;
    pthread_t keeper, updater;
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

static void *update(void *arg)
{
    struct housekeeping *h = arg;
    for (unsigned turns = 1; pause_for(h, POLICY_EVERY_S); turns++) {
        tend_policy(h->store);
        if (turns % (LISTS_EVERY_S / POLICY_EVERY_S) == 0)
            store_lists_tick(h->store, sl_wall_us());
    }
    return NULL;
}

bool housekeeping_start(struct store *store, struct audit *audit, struct housekeeping **out,
                        struct sl_err *err)
{
    struct housekeeping *h = sl_calloc(1, sizeof *h);
    pthread_condattr_t monotonic;
    *h = (struct housekeeping){.store = store, .audit = audit};
    pthread_mutex_init(&h->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&h->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int failed = pthread_create(&h->keeper, NULL, keep, h);
    if (failed == 0 && (failed = pthread_create(&h->updater, NULL, update, h)) != 0) {
        pthread_mutex_lock(&h->lock);
        h->stopping = true;
        pthread_cond_broadcast(&h->wake);
        pthread_mutex_unlock(&h->lock);
        pthread_join(h->keeper, NULL);
    }
    if (failed) {
        free(h);
        return sl_fail_errno(err, SL_LIMIT, failed, "no thread for housekeeping");
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
    pthread_join(h->keeper, NULL);
    pthread_join(h->updater, NULL);
    pthread_cond_destroy(&h->wake);
    pthread_mutex_destroy(&h->lock);
    free(h);
    *ref = NULL;
}
