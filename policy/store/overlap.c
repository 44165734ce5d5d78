/* overlap.c - how much of a list is in another one of the same category, for lint. Asked of a sample of
 * entries, spread evenly over the normalised file: a share, not a count, and some milliseconds however long
 * the lists are. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/store/inside.h"
#include "policy/store/shelf.h"

enum { SAMPLE = 200, PIECE = 1024, LEAST_PERCENT = 80, LISTS_MOST = 500 };

struct sampler {
    struct store *s;
    struct list_provider *lists;
    uint64_t *bits;       /* lists that hold the entry at hand */
    unsigned *held;       /* by list: so many of the sample */
    unsigned taken, left; /* entries in the sample; lists that may still be sampled */
    json_t *out;
};

/* ---- a sample of one list ---- */

/* "h example.com": hosts and urls can be looked up. */
static void count_entry(struct sampler *m, struct sl_str line)
{
    struct sl_arena arena;
    struct sl_url url;
    size_t words = (m->lists->count + 63) / 64;
    if (line.n < 3 || line.p[1] != ' ' || !strchr("hewu", line.p[0]))
        return;
    sl_arena_init(&arena, 64 * 1024);
    if (sl_url_parse_loose(sl_str_sub(line, 2, line.n), &arena, &url, NULL)) {
        memset(m->bits, 0, words * sizeof *m->bits);
        m->lists->lookup(m->lists, &url, m->bits);
        for (size_t i = 0; i < m->lists->count; i++)
            m->held[i] += m->bits[i / 64] >> (i % 64) & 1;
        m->taken++;
    }
    sl_arena_fini(&arena);
}

/* The first whole line behind `offset`. */
static void count_at(struct sampler *m, int fd, off_t offset)
{
    char piece[PIECE];
    ssize_t n = pread(fd, piece, sizeof piece, offset);
    if (n <= 0)
        return;
    struct sl_str rest = sl_str(piece, (size_t)n), line;
    sl_str_split(&rest, '\n', &line); /* cut in its middle, or the file's own first line */
    size_t end = sl_str_find(rest, '\n');
    if (end < rest.n)
        count_entry(m, sl_str_sub(rest, 0, end));
}

/* False when there is nothing to say of it: a list that goes away meanwhile is one. */
static bool sample(struct sampler *m, struct sl_str list)
{
    struct stat st;
    SL_CLEANUP(sl_freep) char *path = m->left > 0 ? shelf_path_of(m->s, list) : NULL;
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    m->left--;
    m->taken = 0;
    memset(m->held, 0, m->lists->count * sizeof *m->held);
    if (fstat(fd, &st) == 0)
        for (int i = 0; i < SAMPLE; i++)
            count_at(m, fd, st.st_size / SAMPLE * i);
    close(fd);
    return m->taken >= SAMPLE / 4;
}

/* ---- lists of one category ---- */

static struct sl_str text_of(const json_t *text)
{
    return sl_str(json_string_value(text), json_string_length(text));
}

static void compare(struct sampler *m, const json_t *lists, const json_t *one)
{
    size_t i;
    const json_t *other;
    if (!json_is_string(one) || !sample(m, text_of(one)))
        return;
    json_array_foreach(lists, i, other)
    {
        int id =
            json_is_string(other) && !json_equal(one, other) ? m->lists->find(m->lists, text_of(other)) : -1;
        unsigned percent = id >= 0 ? m->held[id] * 100 / m->taken : 0;
        if (percent >= LEAST_PERCENT)
            json_array_append_new(
                m->out, json_pack("{s:O, s:O, s:i}", "list", one, "within", other, "percent", (int)percent));
    }
}

static void compare_all(struct sampler *m, const json_t *policy)
{
    const char *name;
    json_t *category;
    json_object_foreach(json_object_get(policy, "categories"), name, category)
    {
        const json_t *lists = json_object_get(category, "lists"), *one;
        size_t i;
        json_array_foreach(lists, i, one) if (json_array_size(lists) > 1) compare(m, lists, one);
    }
}

json_t *store_lists_overlaps(struct store *s, const json_t *policy)
{
    struct sampler m = {.s = s, .lists = store_lists(s), .left = LISTS_MOST, .out = json_array()};
    m.bits = sl_calloc(m.lists->count / 64 + 1, sizeof *m.bits);
    m.held = sl_calloc(m.lists->count + 1, sizeof *m.held);
    compare_all(&m, policy);
    free(m.bits);
    free(m.held);
    m.lists->unref(m.lists);
    return m.out;
}
