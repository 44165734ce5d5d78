/* live.c - the policy in force: one pointer that the control side swaps while workers decide. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "sluice/policy.h"

struct policy_live {
    /* Taking a reference must not race with the swap that drops the last one, hence a lock; workers come here
     * once per swap, not once per request. */
    pthread_mutex_t lock;
    struct snapshot *current;
    atomic_uint_least64_t epoch;
};

struct policy_live *policy_live_new(void)
{
    struct policy_live *live = sl_calloc(1, sizeof *live);
    pthread_mutex_init(&live->lock, NULL);
    return live;
}

void policy_live_free(struct policy_live **live)
{
    if (*live) {
        snapshot_unref(&(*live)->current);
        pthread_mutex_destroy(&(*live)->lock);
    }
    free(*live);
    *live = NULL;
}

struct snapshot *policy_live_get(struct policy_live *live)
{
    pthread_mutex_lock(&live->lock);
    struct snapshot *s = live->current ? snapshot_ref(live->current) : NULL;
    pthread_mutex_unlock(&live->lock);
    return s;
}

void policy_live_swap(struct policy_live *live, struct snapshot *take)
{
    pthread_mutex_lock(&live->lock);
    struct snapshot *old = live->current;
    live->current = take;
    /* Inside the lock: whoever sees the new epoch gets at least this snapshot. */
    atomic_fetch_add_explicit(&live->epoch, 1, memory_order_release);
    pthread_mutex_unlock(&live->lock);
    snapshot_unref(&old);
}

uint64_t policy_live_epoch(const struct policy_live *live)
{
    return atomic_load_explicit(&live->epoch, memory_order_acquire);
}
