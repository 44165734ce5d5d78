/* compare.c - what a new copy of a list adds and takes away: entries as a set, whatever their order.
 *
 *     old file -> table of hashes;  new file: not there = added, there = common;  old file again: examples of
 *     what is in old alone
 *
 * The table holds 62 bits of a keyed hash of each entry and two bits for the copies that have it. Two
 * entries with one hash (once in a million lists of three million) would make a count too small by one, which
 * is why this tells people and checks, and builds nothing. */
#include <stdlib.h>

#include "base/crypto.h"
#include "policy/lists/hash.h"
#include "policy/lists/normal.h"
#include "sluice/lists.h"

enum { IN_OLD = 1, IN_NEW = 2, MARKS = IN_OLD | IN_NEW, FIRST_SLOTS = 1024 };

struct table {
    uint64_t *slots; /* 0: empty */
    size_t mask, used;
    uint64_t key[2];
};

static uint64_t *place(const struct table *t, uint64_t hash)
{
    size_t i = (hash >> 2) & t->mask;
    while (t->slots[i] != 0 && (t->slots[i] & ~(uint64_t)MARKS) != hash)
        i = (i + 1) & t->mask;
    return &t->slots[i];
}

static void grow(struct table *t)
{
    struct table wider = *t;
    wider.mask = t->slots ? 2 * t->mask + 1 : FIRST_SLOTS - 1;
    wider.slots = sl_calloc(wider.mask + 1, sizeof *wider.slots);
    for (size_t i = 0; t->slots && i <= t->mask; i++)
        if (t->slots[i] != 0)
            *place(&wider, t->slots[i] & ~(uint64_t)MARKS) = t->slots[i];
    free(t->slots);
    *t = wider;
}

/* The slot of an entry, which is made when the entry is new. */
static uint64_t *slot_of(struct table *t, enum record kind, struct sl_str text)
{
    if (t->slots == NULL || t->used * 4 > t->mask * 3)
        grow(t);
    uint64_t hash = hash_label(t->key, 1, (unsigned)kind, text.p, text.n) & ~(uint64_t)MARKS;
    hash = hash ? hash : MARKS + 1; /* no entry looks like an empty slot */
    uint64_t *slot = place(t, hash);
    if (*slot == 0) {
        *slot = hash;
        t->used++;
    }
    return slot;
}

struct comparison {
    struct table table;
    struct list_delta *delta;
    void (*entry)(struct comparison *c, enum record kind, struct sl_str text);
};

static void take_example(char **examples, size_t *count, enum record kind, struct sl_str text)
{
    const char *before = kind == RECORD_REGEX ? "/" : record_excepts(kind) ? "@@" : "";
    if (*count < LIST_EXAMPLES)
        examples[(*count)++] = sl_asprintf("%s%.*s%s", before, SL_FMT(text), kind == RECORD_REGEX ? "/" : "");
}

static void read_old(struct comparison *c, enum record kind, struct sl_str text)
{
    uint64_t *slot = slot_of(&c->table, kind, text);
    c->delta->removed += !(*slot & IN_OLD);
    *slot |= IN_OLD;
}

static void read_new(struct comparison *c, enum record kind, struct sl_str text)
{
    uint64_t *slot = slot_of(&c->table, kind, text);
    if (*slot & IN_NEW)
        return;
    if (*slot & IN_OLD) {
        c->delta->removed--;
    } else {
        c->delta->added++;
        take_example(c->delta->added_examples, &c->delta->added_shown, kind, text);
    }
    *slot |= IN_NEW;
}

static void find_removed(struct comparison *c, enum record kind, struct sl_str text)
{
    uint64_t *slot = slot_of(&c->table, kind, text);
    if (!(*slot & IN_NEW))
        take_example(c->delta->removed_examples, &c->delta->removed_shown, kind, text);
    *slot |= IN_NEW; /* shown once */
}

/* path NULL: no entry. */
static bool each_entry(struct comparison *c, const char *path, struct sl_err *err)
{
    struct normal_reader *reader;
    enum record kind;
    struct sl_str text;
    enum normal_step step;
    if (path == NULL)
        return true;
    if (!normal_open(path, &reader, err))
        return false;
    while ((step = normal_next(reader, &kind, &text, err)) == NORMAL_RECORD)
        c->entry(c, kind, text);
    normal_close(&reader);
    return step == NORMAL_END;
}

bool list_compare(const char *old_file, const char *new_file, struct list_delta *delta, struct sl_err *err)
{
    struct comparison c = {.delta = delta, .entry = read_old};
    crypto_random(c.table.key, sizeof c.table.key);
    bool ok = each_entry(&c, old_file, err);
    c.entry = read_new;
    ok = ok && each_entry(&c, new_file, err);
    c.entry = find_removed;
    ok =
        ok && (delta->removed == 0 || delta->removed_shown == LIST_EXAMPLES || each_entry(&c, old_file, err));
    free(c.table.slots);
    return ok;
}

void list_delta_fini(struct list_delta *delta)
{
    for (size_t i = 0; i < delta->added_shown; i++)
        free(delta->added_examples[i]);
    for (size_t i = 0; i < delta->removed_shown; i++)
        free(delta->removed_examples[i]);
    *delta = (struct list_delta){0};
}
