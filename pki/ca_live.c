/* ca_live.c - the authorities of the running gateway: workers take a reference while administrators change
 * them. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "pki/ca_set.h"

struct list_stamp {
    ino_t file;
    int64_t changed_s, changed_ns;
};

struct ca_live {
    char *dir;
    pthread_mutex_t change_lock; /* one change at a time, disk and all */
    pthread_mutex_t lock;        /* of `set`, never held for long; only who has change_lock changes it */
    struct ca_set set;
    struct list_stamp list; /* of the file that it was read from or written to: each change makes a new one */
};

static struct list_stamp list_now(const struct ca_live *live)
{
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/authorities", live->dir);
    struct stat st;
    if (stat(path, &st) != 0)
        return (struct list_stamp){0};
    return (struct list_stamp){st.st_ino, st.st_mtim.tv_sec, st.st_mtim.tv_nsec};
}

static bool same_list(struct list_stamp a, struct list_stamp b)
{
    return a.file == b.file && a.changed_s == b.changed_s && a.changed_ns == b.changed_ns;
}

static void swap(struct ca_live *live, struct ca_set *take)
{
    live->list = list_now(live);
    pthread_mutex_lock(&live->lock);
    struct ca_set old = live->set;
    live->set = *take;
    pthread_mutex_unlock(&live->lock);
    ca_set_fini(&old);
}

bool ca_live_open(const char *directory, struct ca_live **out, struct sl_err *err)
{
    struct ca_live *live = sl_calloc(1, sizeof *live);
    live->dir = sl_asprintf("%s/ca", directory);
    pthread_mutex_init(&live->change_lock, NULL);
    pthread_mutex_init(&live->lock, NULL);
    *out = live;
    live->list = list_now(live);
    if (ca_set_read(live->dir, &live->set, err))
        return true;
    ca_live_close(out);
    return false;
}

void ca_live_close(struct ca_live **ref)
{
    struct ca_live *live = *ref;
    *ref = NULL;
    if (live == NULL)
        return;
    ca_set_fini(&live->set);
    pthread_mutex_destroy(&live->change_lock);
    pthread_mutex_destroy(&live->lock);
    free(live->dir);
    free(live);
}

const struct ca *ca_live_get(struct ca_live *live)
{
    pthread_mutex_lock(&live->lock);
    const struct ca_entry *e = ca_set_find(&live->set, CA_CURRENT);
    const struct ca *ca = e ? ca_ref(e->ca) : NULL;
    pthread_mutex_unlock(&live->lock);
    return ca;
}

size_t ca_live_list(struct ca_live *live, struct ca_entry out[CA_MOST])
{
    struct ca_set copy;
    pthread_mutex_lock(&live->lock);
    ca_set_copy(&live->set, &copy);
    pthread_mutex_unlock(&live->lock);
    memcpy(out, copy.items, copy.count * sizeof *out);
    return copy.count;
}

void ca_entries_fini(struct ca_entry *entries, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ca_unref(&entries[i].ca);
}

bool ca_live_reload(struct ca_live *live, struct sl_err *err)
{
    struct ca_set set;
    pthread_mutex_lock(&live->change_lock);
    bool ok = ca_set_read(live->dir, &set, err);
    if (ok)
        swap(live, &set);
    pthread_mutex_unlock(&live->change_lock);
    return ok;
}

bool ca_live_follow(struct ca_live *live, struct sl_err *err)
{
    pthread_mutex_lock(&live->change_lock);
    bool other = !same_list(list_now(live), live->list);
    pthread_mutex_unlock(&live->change_lock);
    return !other || ca_live_reload(live, err);
}

/* ---- changes: on a copy, which is written and then takes the place of the old one ---- */

static void begin(struct ca_live *live, struct ca_set *out)
{
    pthread_mutex_lock(&live->change_lock);
    ca_set_copy(&live->set, out);
}

static bool end(struct ca_live *live, struct ca_set *set, bool ok, struct sl_err *err)
{
    ok = ok && ca_set_write(live->dir, set, &live->set, err);
    if (ok)
        swap(live, set);
    else
        ca_set_fini(set);
    pthread_mutex_unlock(&live->change_lock);
    return ok;
}

bool ca_live_add(struct ca_live *live, const struct ca *ca, int64_t now_s, struct sl_err *err)
{
    return ca_live_rotate(live, ca, 0, now_s, err);
}

bool ca_live_rotate(struct ca_live *live, const struct ca *ca, int64_t sign_s, int64_t now_s,
                    struct sl_err *err)
{
    struct ca_set set;
    begin(live, &set);
    return end(live, &set, ca_set_add(&set, ca, sign_s, now_s, err), err);
}

bool ca_live_schedule(struct ca_live *live, int64_t sign_s, int64_t now_s, struct sl_err *err)
{
    struct ca_set set;
    begin(live, &set);
    return end(live, &set, ca_set_schedule(&set, sign_s, now_s, err), err);
}

bool ca_live_cancel(struct ca_live *live, struct sl_err *err)
{
    struct ca_set set;
    begin(live, &set);
    return end(live, &set, ca_set_cancel(&set, err), err);
}

bool ca_live_back(struct ca_live *live, int64_t now_s, struct sl_err *err)
{
    struct ca_set set;
    begin(live, &set);
    return end(live, &set, ca_set_back(&set, now_s, err), err);
}

bool ca_live_tick(struct ca_live *live, int64_t now_s, bool *out_changed, struct sl_err *err)
{
    struct ca_set set;
    begin(live, &set);
    if ((*out_changed = ca_set_is_due(&set, now_s)))
        return end(live, &set, ca_set_tick(&set, now_s, err), err);
    ca_set_fini(&set);
    pthread_mutex_unlock(&live->change_lock);
    return true;
}
