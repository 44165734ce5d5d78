/* slots.c - see slots.h.
 *
 * Locks, in order: `freeing` -> the file's (while it is shared) -> stripe of the key -> the slot's own sync
 * word -> `room`.
 *
 * Two processes that share the file keep an index each. Whoever claims a slot holds the file's lock, takes in
 * first what the other one has claimed since (`changes` in the header tells), and only then looks for a free
 * one. */
#include "policy/store/slots.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "base/crypto.h"
#include "policy/store/mapfile.h"
#include "sluice/log.h"

/* Sharing holds all stripes at once; ThreadSanitizer follows 64 locks of a thread. */
enum { STRIPES = 32, NONE = 0 };
#define ALONE 0x80000000u

struct slots {
    struct slots_spec spec;
    struct mapfile file;
    _Atomic uint32_t count, used;
    _Atomic uint64_t refused;
    _Atomic bool full;
    uint32_t *heads,
        *next; /* chains of index + 1: `heads` by key, `next` by slot; free slots are a chain too */
    uint32_t head_mask;
    pthread_rwlock_t stripes[STRIPES];
    pthread_mutex_t room;    /* guards free_head and growing */
    pthread_mutex_t freeing; /* held by whoever frees */
    uint32_t free_head;
    _Atomic bool shared;
    _Atomic uint64_t seen_changes;
    bool *known; /* by slot: it is in a chain; while shared, under the file's lock */
};

static struct slot_head *head_at(const struct slots *s, uint32_t index)
{
    return mapfile_at(&s->file, index);
}

uint32_t slots_count(const struct slots *s)
{
    return atomic_load(&s->count);
}

uint32_t slots_most(const struct slots *s)
{
    return s->spec.most;
}

uint32_t slots_used(const struct slots *s)
{
    return atomic_load(&s->used);
}

uint64_t slots_refused(const struct slots *s)
{
    return atomic_load(&s->refused);
}

bool slots_full(const struct slots *s)
{
    return atomic_load(&s->full);
}

static uint32_t *chain_of(struct slots *s, const uint8_t key[16])
{
    uint32_t hash;
    memcpy(&hash, key, sizeof hash);
    return &s->heads[hash & s->head_mask];
}

static pthread_rwlock_t *stripe_of(struct slots *s, const uint32_t *chain)
{
    return &s->stripes[(size_t)(chain - s->heads) % STRIPES];
}

uint32_t slots_crc(const struct slots_spec *spec, const struct slot_head *h)
{
    const uint8_t *slot = (const uint8_t *)h;
    uint32_t crc = crypto_crc32c(0, h->key, sizeof h->key);
    return crypto_crc32c(crc, slot + spec->identity_offset, spec->slot_bytes - spec->identity_offset);
}

/* ---- shared with another process ---- */

static void lock_file(struct slots *s)
{
    pthread_mutex_lock(&s->freeing); /* of the threads here; the file's lock is between processes */
    while (flock(s->file.fd, LOCK_EX) != 0 && errno == EINTR)
        ;
}

static void unlock_file(struct slots *s)
{
    flock(s->file.fd, LOCK_UN);
    pthread_mutex_unlock(&s->freeing);
}

/* Makes the free chain anew. Under the file's lock, as whoever else touches it meanwhile. */
static void chain_free(struct slots *s)
{
    pthread_mutex_lock(&s->room);
    s->free_head = NONE;
    for (uint32_t i = atomic_load(&s->count); i-- > 0;)
        if (!s->known[i]) {
            s->next[i] = s->free_head;
            s->free_head = i + 1;
        }
    pthread_mutex_unlock(&s->room);
}

static bool behind(const struct slots *s)
{
    return atomic_load_explicit(mapfile_changes(&s->file), memory_order_acquire) !=
           atomic_load_explicit(&s->seen_changes, memory_order_relaxed);
}

static void note_change(struct slots *s)
{
    atomic_store(&s->seen_changes, atomic_fetch_add(mapfile_changes(&s->file), 1) + 1);
}

/* Takes in what the other process has claimed. Under the file's lock, and no stripe's. */
static void catch_up(struct slots *s)
{
    if (!behind(s))
        return;
    atomic_store(&s->seen_changes, atomic_load(mapfile_changes(&s->file)));
    atomic_store(&s->count, SL_MIN(mapfile_count(&s->file), s->spec.most));
    for (uint32_t i = 0; i < atomic_load(&s->count); i++) {
        struct slot_head *h = head_at(s, i);
        if (s->known[i] || atomic_load_explicit(&h->used, memory_order_acquire) != 1)
            continue;
        uint32_t *chain = chain_of(s, h->key);
        pthread_rwlock_wrlock(stripe_of(s, chain));
        s->next[i] = *chain;
        *chain = i + 1;
        pthread_rwlock_unlock(stripe_of(s, chain));
        s->known[i] = true;
        atomic_fetch_add(&s->used, 1);
    }
    chain_free(s);
}

static void begin_sharing(struct slots *s)
{
    s->known = sl_calloc(s->spec.most, sizeof *s->known);
    for (uint32_t i = 0; i < atomic_load(&s->count); i++)
        s->known[i] = atomic_load(&head_at(s, i)->used) == 1;
    atomic_store(&s->seen_changes, atomic_load(mapfile_changes(&s->file)));
    atomic_store(&s->shared, true);
}

static void lock_stripes(struct slots *s)
{
    for (size_t i = 0; i < STRIPES; i++)
        pthread_rwlock_wrlock(&s->stripes[i]);
}

static void unlock_stripes(struct slots *s)
{
    for (size_t i = 0; i < STRIPES; i++)
        pthread_rwlock_unlock(&s->stripes[i]);
}

void slots_share(struct slots *s)
{
    lock_file(s);
    lock_stripes(s);
    if (!atomic_load(&s->shared))
        begin_sharing(s);
    unlock_stripes(s);
    unlock_file(s);
}

void slots_own(struct slots *s)
{
    lock_file(s);
    if (atomic_load(&s->shared))
        catch_up(s);
    lock_stripes(s);
    atomic_store(&s->shared, false);
    sl_freep(&s->known);
    unlock_stripes(s);
    unlock_file(s);
}

/* ---- opening ---- */

/* Puts every slot of the file into its chain, or into the free one. Returns how many were damaged. In a file
 * that is shared, somebody may be inside a slot. */
static uint32_t load_slots(struct slots *s, bool shared)
{
    uint32_t damaged = 0;
    for (uint32_t i = atomic_load(&s->count); i-- > 0;) {
        struct slot_head *h = head_at(s, i);
        bool used = atomic_load(&h->used) == 1, good = used && h->crc == slots_crc(&s->spec, h);
        damaged += used && !good;
        if (!shared) {
            atomic_store(&h->sync, 0);
            atomic_store(&h->used, good);
        }
        uint32_t *chain = good ? chain_of(s, h->key) : &s->free_head;
        s->next[i] = *chain;
        *chain = i + 1;
        atomic_fetch_add(&s->used, good);
    }
    return damaged;
}

static uint32_t power_of_two_from(uint32_t n)
{
    uint32_t p = STRIPES;
    while (p < n)
        p *= 2;
    return p;
}

bool slots_open(const char *path, const struct slots_spec *spec, uint64_t owner, bool shared,
                struct slots **out, struct sl_err *err)
{
    sl_assert(spec->identity_offset >= sizeof(struct slot_head));
    struct slots *s = sl_calloc(1, sizeof *s);
    uint32_t count = 0;
    s->spec = *spec;
    pthread_mutex_init(&s->room, NULL);
    pthread_mutex_init(&s->freeing, NULL);
    for (size_t i = 0; i < STRIPES; i++)
        pthread_rwlock_init(&s->stripes[i], NULL);
    uint32_t heads = power_of_two_from(spec->most / 4);
    s->head_mask = heads - 1;
    s->heads = sl_calloc(heads, sizeof *s->heads);
    s->next = sl_calloc(spec->most, sizeof *s->next);
    if (!mapfile_open(path, spec->magic, spec->slot_bytes, spec->most, owner, shared, &s->file, &count,
                      err)) {
        slots_close(&s);
        return false;
    }
    lock_file(s);
    atomic_store(&s->count, shared ? SL_MIN(mapfile_count(&s->file), spec->most) : count);
    uint32_t damaged = load_slots(s, shared);
    if (shared)
        begin_sharing(s);
    unlock_file(s);
    if (damaged)
        sl_log_error("store", "%s: %u damaged %s entries were dropped", path, damaged, spec->what);
    *out = s;
    return true;
}

void slots_close(struct slots **s)
{
    struct slots *t = *s;
    if (!t)
        return;
    mapfile_close(&t->file);
    for (size_t i = 0; i < STRIPES; i++)
        pthread_rwlock_destroy(&t->stripes[i]);
    pthread_mutex_destroy(&t->room);
    pthread_mutex_destroy(&t->freeing);
    free(t->heads);
    free(t->next);
    free(t->known);
    free(t);
    *s = NULL;
}

/* ---- room ---- */

/* Takes one more chunk from the disk; under `room`. New slots are zero, hence free. */
static bool grow(struct slots *s)
{
    uint32_t from = atomic_load(&s->count), more = SL_MIN(s->spec.chunk, s->spec.most - from);
    if (more == 0 || !mapfile_grow(&s->file, from, more))
        return false;
    for (uint32_t i = from + more; i-- > from;) {
        /* A cut-off unit may have been here: not even the lock is to be believed. */
        atomic_store(&head_at(s, i)->used, 0);
        atomic_store(&head_at(s, i)->sync, 0);
        s->next[i] = s->free_head;
        s->free_head = i + 1;
    }
    atomic_store(&s->count, from + more);
    return true;
}

/* Returns index + 1, or NONE. */
static uint32_t take_free(struct slots *s)
{
    pthread_mutex_lock(&s->room);
    uint32_t got = s->free_head != NONE || grow(s) ? s->free_head : NONE;
    if (got != NONE)
        s->free_head = s->next[got - 1];
    atomic_store(&s->full, got == NONE);
    pthread_mutex_unlock(&s->room);
    return got;
}

static void give_free(struct slots *s, uint32_t index)
{
    pthread_mutex_lock(&s->room);
    s->next[index] = s->free_head;
    s->free_head = index + 1;
    atomic_store(&s->full, false);
    pthread_mutex_unlock(&s->room);
}

/* ---- finding ---- */

static void mark_seen(struct slot_head *h, int64_t now_s)
{
    uint32_t minute = (uint32_t)(now_s / 60);
    if (atomic_load_explicit(&h->seen_min, memory_order_relaxed) != minute)
        atomic_store_explicit(&h->seen_min, minute, memory_order_relaxed);
}

/* Under the stripe's lock. */
static bool find_in_chain(struct slots *s, const uint32_t *chain, const uint8_t key[16], int64_t now_s,
                          struct slot_ref *out)
{
    for (uint32_t at = *chain; at != NONE; at = s->next[at - 1]) {
        struct slot_head *h = head_at(s, at - 1);
        if (memcmp(h->key, key, sizeof h->key) != 0)
            continue;
        mark_seen(h, now_s);
        *out = (struct slot_ref){at - 1, atomic_load_explicit(&h->generation, memory_order_relaxed)};
        return true;
    }
    return false;
}

bool slots_find(struct slots *s, const uint8_t key[16], int64_t now_s, struct slot_ref *out)
{
    const uint32_t *chain = chain_of(s, key);
    pthread_rwlock_t *stripe = stripe_of(s, chain);
    pthread_rwlock_rdlock(stripe);
    bool found = find_in_chain(s, chain, key, now_s, out);
    pthread_rwlock_unlock(stripe);
    if (found || !atomic_load_explicit(&s->shared, memory_order_relaxed) || !behind(s))
        return found;
    lock_file(s);
    if (atomic_load(&s->shared))
        catch_up(s);
    unlock_file(s);
    return slots_find(s, key, now_s, out);
}

static void fill_slot(struct slots *s, struct slot_head *h, const uint8_t key[16], int64_t now_s,
                      const void *image)
{
    const size_t skip = sizeof *h;
    memcpy((uint8_t *)h + skip, (const uint8_t *)image + skip, s->spec.slot_bytes - skip);
    memcpy(h->key, key, sizeof h->key);
    h->crc = slots_crc(&s->spec, h);
    mark_seen(h, now_s);
    atomic_store_explicit(&h->used, 1, memory_order_release);
}

/* Under the stripe's lock. */
static bool claim_in_chain(struct slots *s, uint32_t *chain, const uint8_t key[16], int64_t now_s,
                           const void *image, struct slot_ref *out)
{
    uint32_t got = take_free(s);
    if (got == NONE)
        return false;
    struct slot_head *h = head_at(s, got - 1);
    fill_slot(s, h, key, now_s, image);
    s->next[got - 1] = *chain;
    *chain = got;
    *out = (struct slot_ref){got - 1, atomic_load(&h->generation)};
    atomic_fetch_add(&s->used, 1);
    return true;
}

static bool claim_shared(struct slots *s, const uint8_t key[16], int64_t now_s, const void *image,
                         struct slot_ref *out)
{
    uint32_t *chain = chain_of(s, key);
    lock_file(s);
    if (atomic_load(&s->shared))
        catch_up(s);
    pthread_rwlock_wrlock(stripe_of(s, chain));
    bool ok = find_in_chain(s, chain, key, now_s, out);
    if (!ok && (ok = claim_in_chain(s, chain, key, now_s, image, out)) && atomic_load(&s->shared)) {
        s->known[out->index] = true;
        note_change(s);
    }
    pthread_rwlock_unlock(stripe_of(s, chain));
    unlock_file(s);
    return ok;
}

bool slots_claim(struct slots *s, const uint8_t key[16], int64_t now_s, const void *image,
                 struct slot_ref *out)
{
    uint32_t *chain = chain_of(s, key);
    pthread_rwlock_t *stripe = stripe_of(s, chain);
    pthread_rwlock_wrlock(stripe);
    bool ok = find_in_chain(s, chain, key, now_s, out), shared = atomic_load(&s->shared);
    if (!ok && !shared)
        ok = claim_in_chain(s, chain, key, now_s, image, out);
    pthread_rwlock_unlock(stripe);
    if (!ok && shared)
        ok = claim_shared(s, key, now_s, image, out);
    if (!ok)
        atomic_fetch_add(&s->refused, 1);
    return ok;
}

/* ---- inside a slot ---- */

static void pause_for(unsigned *turns)
{
    if (++*turns % 64 == 0)
        sched_yield();
    else
        atomic_signal_fence(memory_order_seq_cst);
}

void *slots_enter(struct slots *s, struct slot_ref ref)
{
    struct slot_head *h = head_at(s, ref.index);
    unsigned turns = 0;
    while (atomic_fetch_add_explicit(&h->sync, 1, memory_order_acquire) & ALONE) {
        atomic_fetch_sub_explicit(&h->sync, 1, memory_order_relaxed);
        while (atomic_load_explicit(&h->sync, memory_order_relaxed) & ALONE)
            pause_for(&turns);
    }
    if (atomic_load_explicit(&h->generation, memory_order_relaxed) == ref.generation)
        return h;
    slots_leave(s, ref);
    return NULL;
}

void slots_leave(struct slots *s, struct slot_ref ref)
{
    atomic_fetch_sub_explicit(&head_at(s, ref.index)->sync, 1, memory_order_release);
}

static void lock_alone(struct slot_head *h)
{
    unsigned turns = 0;
    while (atomic_fetch_or_explicit(&h->sync, ALONE, memory_order_acquire) & ALONE)
        pause_for(&turns);
    while (atomic_load_explicit(&h->sync, memory_order_acquire) != ALONE)
        pause_for(&turns);
}

static void unlock_alone(struct slot_head *h)
{
    atomic_fetch_and_explicit(&h->sync, ~ALONE, memory_order_release);
}

void *slots_enter_alone(struct slots *s, struct slot_ref ref)
{
    struct slot_head *h = head_at(s, ref.index);
    lock_alone(h);
    if (atomic_load_explicit(&h->generation, memory_order_relaxed) == ref.generation)
        return h;
    unlock_alone(h);
    return NULL;
}

void slots_leave_alone(struct slots *s, struct slot_ref ref)
{
    unlock_alone(head_at(s, ref.index));
}

static void unlink_from(struct slots *s, uint32_t *chain, uint32_t index)
{
    uint32_t *at = chain;
    while (*at != index + 1)
        at = &s->next[*at - 1];
    *at = s->next[index];
}

bool slots_ref_at(struct slots *s, uint32_t index, struct slot_ref *out)
{
    struct slot_head *h = head_at(s, index);
    *out = (struct slot_ref){index, atomic_load_explicit(&h->generation, memory_order_acquire)};
    return atomic_load_explicit(&h->used, memory_order_acquire) == 1;
}

/* One at a time, so that the key of a slot in use holds still while its stripe is being taken. */
bool slots_free(struct slots *s, uint32_t index, bool (*may_free)(const void *slot, const void *arg),
                const void *arg)
{
    struct slot_head *h = head_at(s, index);
    pthread_mutex_lock(&s->freeing);
    bool freed = !atomic_load(&s->shared) && atomic_load_explicit(&h->used, memory_order_acquire) == 1;
    if (freed) {
        uint32_t *chain = chain_of(s, h->key);
        pthread_rwlock_wrlock(stripe_of(s, chain));
        lock_alone(h);
        freed = may_free(h, arg);
        if (freed) {
            atomic_store(&h->used, 0);
            atomic_fetch_add(&h->generation, 1);
            unlink_from(s, chain, index);
            atomic_fetch_sub(&s->used, 1);
        }
        unlock_alone(h);
        pthread_rwlock_unlock(stripe_of(s, chain));
    }
    if (freed)
        give_free(s, index);
    pthread_mutex_unlock(&s->freeing);
    return freed;
}

void slots_sync(struct slots *s)
{
    mapfile_sync(&s->file, atomic_load(&s->count));
    lock_file(s);
    bool shared = atomic_load(&s->shared);
    if (shared)
        catch_up(s);
    pthread_mutex_lock(&s->room);
    bool grown = atomic_load(&s->count) - atomic_load(&s->used) < s->spec.chunk / 4 && grow(s);
    pthread_mutex_unlock(&s->room);
    if (grown && shared)
        note_change(s);
    unlock_file(s);
}
