/* watch.c - see watch.h. */
#include "adminapi/watch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "sluice/clock.h"
#include "sluice/list.h"

enum { PERIOD_S = 1 };

struct watched {
    struct sl_list node;
    int fd;
    _Atomic int64_t deadline_us;
};
struct watch {
    pthread_mutex_t lock;
    pthread_cond_t ending;
    struct sl_list connections; /* under lock */
    bool end;                   /* under lock */
    pthread_t thread;
};

unsigned watch_sweep(struct watch *watch, int64_t now_us)
{
    unsigned cut = 0;
    pthread_mutex_lock(&watch->lock);
    SL_LIST_EACH(node, &watch->connections)
    {
        struct watched *c = SL_LIST_ITEM(node, struct watched, node);
        int64_t deadline = atomic_load(&c->deadline_us);
        if (deadline == 0 || now_us < deadline)
            continue;
        shutdown(c->fd, SHUT_RDWR);
        atomic_store(&c->deadline_us, 0);
        cut++;
    }
    pthread_mutex_unlock(&watch->lock);
    return cut;
}

static void *watch_main(void *arg)
{
    struct watch *watch = arg;
    pthread_mutex_lock(&watch->lock);
    while (!watch->end) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += PERIOD_S;
        pthread_cond_timedwait(&watch->ending, &watch->lock, &until);
        pthread_mutex_unlock(&watch->lock);
        watch_sweep(watch, sl_monotonic_us());
        pthread_mutex_lock(&watch->lock);
    }
    pthread_mutex_unlock(&watch->lock);
    return NULL;
}

static void dispose(struct watch **ref)
{
    struct watch *watch = *ref;
    pthread_cond_destroy(&watch->ending);
    pthread_mutex_destroy(&watch->lock);
    free(watch);
    *ref = NULL;
}

bool watch_new(struct watch **out, struct sl_err *err)
{
    struct watch *watch = sl_calloc(1, sizeof *watch);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&watch->lock, NULL);
    pthread_cond_init(&watch->ending, &monotonic);
    pthread_condattr_destroy(&monotonic);
    sl_list_init(&watch->connections);
    int why = pthread_create(&watch->thread, NULL, watch_main, watch);
    if (why != 0) {
        dispose(&watch);
        return sl_fail_errno(err, SL_IO, why, "thread of the admin API");
    }
    *out = watch;
    return true;
}

void watch_free(struct watch **ref)
{
    struct watch *watch = *ref;
    if (watch == NULL)
        return;
    sl_assert(sl_list_empty(&watch->connections));
    pthread_mutex_lock(&watch->lock);
    watch->end = true;
    pthread_cond_signal(&watch->ending);
    pthread_mutex_unlock(&watch->lock);
    pthread_join(watch->thread, NULL);
    dispose(ref);
}

struct watched *watch_add(struct watch *watch, int fd, int64_t deadline_us)
{
    struct watched *c = sl_calloc(1, sizeof *c);
    c->fd = fd;
    atomic_init(&c->deadline_us, deadline_us);
    pthread_mutex_lock(&watch->lock);
    sl_list_push(&watch->connections, &c->node);
    pthread_mutex_unlock(&watch->lock);
    return c;
}

void watch_remove(struct watch *watch, struct watched **ref)
{
    if (*ref == NULL)
        return;
    pthread_mutex_lock(&watch->lock);
    sl_list_remove(&(*ref)->node);
    pthread_mutex_unlock(&watch->lock);
    free(*ref);
    *ref = NULL;
}

void watch_until(struct watched *connection, int64_t deadline_us)
{
    atomic_store(&connection->deadline_us, deadline_us);
}
