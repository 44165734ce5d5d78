/* hosts.c - see hosts.h. Entries are sorted by name, then by place in the file; a name is found by bisection.
 */
#include "proxy/net/hosts.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/fs.h"
#include "sluice/url.h"

enum { FILE_MAX = 16 << 20, ENTRIES_MAX = 1 << 20 };

struct entry {
    struct sl_str name;
    uint32_t place;
    struct sl_addr addr;
};

struct hosts {
    atomic_uint refs;
    struct sl_arena arena; /* names */
    struct entry *entries;
    size_t count, cap;
};

static void add(struct hosts *h, struct sl_str name, struct sl_addr addr)
{
    struct sl_str host;
    struct sl_addr ignored;
    bool is_addr;
    if (h->count == ENTRIES_MAX || !sl_host_parse(name, &h->arena, &host, &is_addr, &ignored, NULL) ||
        is_addr)
        return;
    SL_GROW(h->entries, h->count, &h->cap);
    h->entries[h->count] =
        (struct entry){.name = sl_arena_str(&h->arena, host), .place = (uint32_t)h->count, .addr = addr};
    h->count++;
}

/* Takes the next word off *line. */
static bool next_word(struct sl_str *line, struct sl_str *out)
{
    struct sl_str rest = sl_str_trim(*line);
    size_t n = SL_MIN(sl_str_find(rest, ' '), sl_str_find(rest, '\t'));
    *out = sl_str_sub(rest, 0, n);
    *line = sl_str_sub(rest, n, SIZE_MAX);
    return out->n > 0;
}

static void add_line(struct hosts *h, struct sl_str line)
{
    struct sl_str word;
    struct sl_addr addr;
    line = sl_str_sub(line, 0, sl_str_find(line, '#'));
    if (!next_word(&line, &word) || !sl_addr_parse(sl_str_sub(word, 0, sl_str_find(word, '%')), &addr))
        return;
    while (next_word(&line, &word))
        add(h, word, addr);
}

static int by_name(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = sl_str_cmp(x->name, y->name);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

struct hosts *hosts_parse(struct sl_str text)
{
    struct hosts *h = sl_calloc(1, sizeof *h);
    struct sl_str line;
    atomic_init(&h->refs, 1);
    sl_arena_init(&h->arena, 0);
    while (sl_str_split(&text, '\n', &line))
        add_line(h, line);
    if (h->count)
        qsort(h->entries, h->count, sizeof *h->entries, by_name);
    return h;
}

struct hosts *hosts_read(const char *path, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *text = NULL;
    size_t n = 0;
    return fs_read(path, FILE_MAX, &text, &n, err) ? hosts_parse(sl_str(text, n)) : NULL;
}

struct hosts *hosts_ref(struct hosts *h)
{
    if (h)
        atomic_fetch_add_explicit(&h->refs, 1, memory_order_relaxed);
    return h;
}

void hosts_unref(struct hosts **hp)
{
    struct hosts *h = *hp;
    *hp = NULL;
    if (!h || atomic_fetch_sub_explicit(&h->refs, 1, memory_order_acq_rel) != 1)
        return;
    sl_arena_fini(&h->arena);
    free(h->entries);
    free(h);
}

/* Index of the first entry that is not before name. */
static size_t lower_bound(const struct hosts *h, struct sl_str name)
{
    size_t from = 0, to = h->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (sl_str_cmp(h->entries[middle].name, name) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

size_t hosts_find(const struct hosts *h, struct sl_str name, struct sl_addr *out, size_t max)
{
    size_t n = 0;
    for (size_t i = lower_bound(h, name); i < h->count && n < max && sl_str_eq(h->entries[i].name, name); i++)
        out[n++] = h->entries[i].addr;
    return n;
}

size_t hosts_count(const struct hosts *h)
{
    return h->count;
}
