/* updater.c - lists whose time has come. A download may take minutes, so it runs in a thread of its own, one
 * at a time; the control thread only looks at the clock. */
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "policy/store/inside.h"
#include "policy/store/load.h"
#include "sluice/clock.h"
#include "sluice/log.h"

void updater_init(struct updater *u)
{
    pthread_mutex_init(&u->lock, NULL);
    pthread_cond_init(&u->idle, NULL);
}

static bool is_due(const struct source *src, int64_t now_us)
{
    return src->next_us > 0 && src->next_us <= now_us;
}

/* Loads one source unless somebody else did meanwhile. */
static void update_due(struct store *s, const char *name, int64_t now_us)
{
    struct source src;
    struct sl_err err = {0};
    bool changed = false;
    if (source_read(s, sl_cstr(name), &src, &err)) {
        if (is_due(&src, now_us) && !load_source(s, &src, LOAD_UPDATE, NULL, NULL, NULL, &changed, &err))
            sl_log_warning("store", "%s", err.msg);
        else if (changed)
            sl_log_notice("store", "list '%s' was updated: %lld entries", name, (long long)src.entries);
        source_fini(&src);
    }
}

static void *updater_main(void *arg)
{
    struct store *s = arg;
    struct updater *u = &s->updater;
    struct source *sources = NULL;
    size_t count = 0;
    setpriority(PRIO_PROCESS, (id_t)gettid(), 10); /* of this thread alone: requests come first */
    if (!u->verified)
        verify_catalogue(s);
    u->verified = true; /* nobody else looks while we are busy */
    if (sources_read(s, &sources, &count, NULL)) {
        for (size_t i = 0; i < count && !atomic_load(&s->closing); i++)
            if (is_due(&sources[i], u->now_us))
                update_due(s, sources[i].name, u->now_us);
        sources_free(&sources, count);
    }
    pthread_mutex_lock(&u->lock);
    u->busy = false;
    pthread_cond_broadcast(&u->idle);
    pthread_mutex_unlock(&u->lock);
    return NULL;
}

static bool any_due(struct store *s, int64_t now_us)
{
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q =
        db_prepare(s->db, "SELECT 1 FROM list_sources WHERE next_us > 0 AND next_us <= ? LIMIT 1");
    db_bind_int(q, 1, now_us);
    bool due = db_step(q, NULL) == DB_ROW;
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    return due;
}

/* Under u->lock, not busy. */
static void start(struct store *s, int64_t now_us)
{
    struct updater *u = &s->updater;
    if (u->started)
        pthread_join(u->thread, NULL);
    u->now_us = now_us;
    u->started = u->busy = pthread_create(&u->thread, NULL, updater_main, s) == 0;
}

void store_lists_tick(struct store *s, int64_t now_us)
{
    struct updater *u = &s->updater;
    pthread_mutex_lock(&u->lock);
    if (!u->busy && !atomic_load(&s->closing) && (!u->verified || any_due(s, now_us)))
        start(s, now_us);
    pthread_mutex_unlock(&u->lock);
}

void updater_wait(struct store *s)
{
    struct updater *u = &s->updater;
    pthread_mutex_lock(&u->lock);
    while (u->busy)
        pthread_cond_wait(&u->idle, &u->lock);
    pthread_mutex_unlock(&u->lock);
}

void updater_stop(struct store *s)
{
    struct updater *u = &s->updater;
    atomic_store(&s->closing, true);
    updater_wait(s);
    if (u->started)
        pthread_join(u->thread, NULL);
    pthread_cond_destroy(&u->idle);
    pthread_mutex_destroy(&u->lock);
}
