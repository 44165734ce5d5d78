/* user_epochs.c - see user_epochs.h. */
#include "policy/store/user_epochs.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "policy/names.h"

struct user_epochs {
    _Atomic uint64_t newest;
    pthread_mutex_t lock; /* held for a lookup, never while anything is read or written */
    struct names names;   /* of those that changed; the texts are ours */
    uint64_t *epochs;     /* by number of the name */
    uint64_t all;         /* when all changed last */
    size_t cap;
};

struct user_epochs *user_epochs_new(void)
{
    struct user_epochs *u = sl_calloc(1, sizeof *u);
    pthread_mutex_init(&u->lock, NULL);
    return u;
}

void user_epochs_free(struct user_epochs **up)
{
    struct user_epochs *u = *up;
    if (!u)
        return;
    for (size_t i = 0; i < u->names.count; i++)
        free((char *)(uintptr_t)u->names.items[i].p);
    names_fini(&u->names);
    free(u->epochs);
    pthread_mutex_destroy(&u->lock);
    sl_freep(up);
}

uint64_t user_epochs_newest(const struct user_epochs *u)
{
    return atomic_load_explicit(&u->newest, memory_order_acquire);
}

void user_epochs_note(struct user_epochs *u, struct sl_str name)
{
    pthread_mutex_lock(&u->lock);
    int known = names_find(&u->names, name);
    size_t i = known >= 0 ? (size_t)known : u->names.count;
    if (known < 0) {
        SL_GROW(u->epochs, i, &u->cap);
        names_add(&u->names, sl_str(sl_str_dup(name), name.n));
    }
    /* Last: who sees the number finds the name. */
    u->epochs[i] = atomic_load_explicit(&u->newest, memory_order_relaxed) + 1;
    atomic_store_explicit(&u->newest, u->epochs[i], memory_order_release);
    pthread_mutex_unlock(&u->lock);
}

void user_epochs_note_all(struct user_epochs *u)
{
    pthread_mutex_lock(&u->lock);
    u->all = atomic_load_explicit(&u->newest, memory_order_relaxed) + 1;
    atomic_store_explicit(&u->newest, u->all, memory_order_release);
    pthread_mutex_unlock(&u->lock);
}

uint64_t user_epochs_of(struct user_epochs *u, struct sl_str name)
{
    pthread_mutex_lock(&u->lock);
    int i = names_find(&u->names, name);
    uint64_t epoch = i >= 0 ? SL_MAX(u->epochs[i], u->all) : u->all;
    pthread_mutex_unlock(&u->lock);
    return epoch;
}
