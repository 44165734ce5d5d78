/* amend.c - see amend.h. */
#include "policy/lists/amend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "sluice/arena.h"

enum {
    TAKEN = 1,       /* not in the list after all diffs */
    TAKEN_FIRST = 2, /* the first diff that names it takes it out */
    EXCEPTED = 4,
    IMPORTANT = 8,
    SEEN = 16 /* in the file */
};
struct item {
    struct sl_str key; /* kind, then text */
    unsigned flags;
    struct normal_place place; /* of the line that took it first */
};
struct amend {
    struct sl_arena arena;
    struct item *items;
    size_t count, cap;
    uint32_t *index; /* open addressing: number of the item, plus one; 0 is free */
    size_t mask;
    bool excepts; /* the search for ancestors is worth while */
};

struct amend *amend_new(void)
{
    struct amend *a = sl_calloc(1, sizeof *a);
    sl_arena_init(&a->arena, 0);
    a->mask = 1023;
    a->index = sl_calloc(a->mask + 1, sizeof *a->index);
    return a;
}

void amend_free(struct amend **a)
{
    if (*a == NULL)
        return;
    sl_arena_fini(&(*a)->arena);
    free((*a)->items);
    free((*a)->index);
    free(*a);
    *a = NULL;
}

/* Where the item is, or would go. */
static size_t find(const struct amend *a, enum record kind, struct sl_str text)
{
    size_t at = XXH64(text.p, text.n, (uint64_t)kind) & a->mask;
    for (; a->index[at] != 0; at = (at + 1) & a->mask) {
        struct sl_str key = a->items[a->index[at] - 1].key;
        if (key.n == text.n + 1 && key.p[0] == (char)kind && memcmp(key.p + 1, text.p, text.n) == 0)
            break;
    }
    return at;
}

static void grow(struct amend *a)
{
    free(a->index);
    a->mask = a->mask * 2 + 1;
    a->index = sl_calloc(a->mask + 1, sizeof *a->index);
    for (size_t i = 0; i < a->count; i++) {
        struct sl_str key = a->items[i].key;
        a->index[find(a, (enum record)key.p[0], sl_str_sub(key, 1, key.n))] = (uint32_t)i + 1;
    }
}

static struct item *item_of(struct amend *a, enum record kind, struct sl_str text)
{
    size_t at = find(a, kind, text);
    if (a->index[at] != 0)
        return &a->items[a->index[at] - 1];
    if (a->count * 2 > a->mask) {
        grow(a);
        at = find(a, kind, text);
    }
    char *key = sl_arena_alloc(&a->arena, text.n + 1);
    key[0] = (char)kind;
    memcpy(key + 1, text.p, text.n);
    SL_GROW(a->items, a->count, &a->cap);
    a->items[a->count++] = (struct item){.key = sl_str(key, text.n + 1)};
    a->index[at] = (uint32_t)a->count;
    return &a->items[a->count - 1];
}

void amend_put(struct amend *a, enum record kind, struct sl_str text)
{
    item_of(a, kind, text)->flags &= ~(unsigned)TAKEN;
}

void amend_take(struct amend *a, enum record kind, struct sl_str text, struct normal_place place)
{
    size_t before = a->count;
    struct item *item = item_of(a, kind, text);
    if (a->count > before) {
        item->flags |= TAKEN_FIRST;
        item->place = (struct normal_place){sl_arena_str(&a->arena, sl_cstr(place.file)).p, place.line};
    }
    item->flags |= TAKEN;
}

void amend_except(struct amend *a, enum record kind, struct sl_str text)
{
    item_of(a, kind, text)->flags |= EXCEPTED;
    a->excepts = true;
}

void amend_important(struct amend *a, enum record kind, struct sl_str text)
{
    item_of(a, kind, text)->flags |= IMPORTANT;
}

static unsigned flags_of(const struct amend *a, enum record kind, struct sl_str text)
{
    uint32_t i = a->index[find(a, kind, text)];
    return i == 0 ? 0 : a->items[i - 1].flags;
}

/* Whether the record, its host or a parent of that has the flag. */
static bool covered(const struct amend *a, enum record kind, struct sl_str text, unsigned flag)
{
    if (flags_of(a, kind, text) & flag)
        return true;
    struct sl_str host = text;
    if (kind == RECORD_NETWORK || kind == RECORD_REGEX)
        return false;
    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] == '/' || host.p[i] == ':')
            host.n = i;
    for (;;) {
        if (flags_of(a, RECORD_BELOW, host) & flag)
            return true;
        size_t dot = sl_str_find(host, '.');
        if (dot == host.n)
            return false;
        host = sl_str_sub(host, dot + 1, host.n);
    }
}

static bool stays(const struct amend *a, enum record kind, struct sl_str text)
{
    if (record_excepts(kind))
        return !covered(a, record_of(kind), text, IMPORTANT);
    uint32_t i = a->index[find(a, kind, text)];
    unsigned flags = i == 0 ? 0 : a->items[i - 1].flags;
    if (i > 0)
        a->items[i - 1].flags |= SEEN;
    if (flags & (TAKEN | SEEN)) /* what base and diff both have is one entry */
        return false;
    return flags & IMPORTANT || !a->excepts || !covered(a, kind, text, EXCEPTED);
}

static void count_dropped(struct normal_counts *c, enum record kind)
{
    if (record_excepts(kind))
        c->exceptions++;
    else if (kind == RECORD_URL)
        c->urls++;
    else if (kind == RECORD_NETWORK)
        c->networks++;
    else
        c->hosts++;
}

static bool copy(const struct amend *a, struct normal_reader *r, struct normal_writer *w,
                 struct amend_report *report, struct sl_err *err)
{
    enum record kind;
    struct sl_str text;
    for (;;) {
        switch (normal_next(r, &kind, &text, err)) {
        case NORMAL_FAILED:
            return false;
        case NORMAL_END:
            return true;
        case NORMAL_RECORD:
            if (!stays(a, kind, text)) {
                count_dropped(&report->dropped, kind);
                continue;
            }
            normal_at(w, normal_place(r));
            normal_add(w, kind, text, SL_STR(""));
        }
    }
}

bool amend_apply(const struct amend *a, const char *path, struct amend_report *report, uint8_t sha256[32],
                 struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *again = sl_asprintf("%s.again", path);
    SL_CLEANUP(normal_close) struct normal_reader *r = NULL;
    struct normal_writer *w = NULL;
    bool ok = normal_open(path, &r, err) && normal_create(again, &w, err) && copy(a, r, w, report, err);
    if (!ok) {
        normal_abandon(&w);
        return false;
    }
    for (size_t i = 0; i < a->count; i++)
        if ((a->items[i].flags & (TAKEN_FIRST | SEEN)) == TAKEN_FIRST)
            report->absent(report->arg, a->items[i].place, sl_str_sub(a->items[i].key, 1, SIZE_MAX));
    return normal_finish(&w, sha256, err) &&
           (rename(again, path) == 0 || sl_fail_errno(err, SL_IO, errno, "cannot rename '%s'", again));
}
