/* catalogue_check.c - may this file be trusted with lookups? Hashes find accidents. The bounds here hold also
 * for a file that somebody made on purpose; they cover all that does not grow with the entries, and lookups
 * bound the rest, so that opening ten million entries takes no longer than opening ten. */
#include "policy/lists/catalogue.h"

#include <xxhash.h>

static bool damaged(const char *path, const char *what, struct sl_err *err)
{
    return sl_fail(err, SL_BAD_INPUT, "catalogue '%s' is damaged (%s): build it again", path, what);
}

static bool check_header(const struct layout_header *h, size_t size, const char *path, struct sl_err *err)
{
    if (size < sizeof *h || h->magic != LAYOUT_MAGIC)
        return sl_fail(err, SL_BAD_INPUT, "'%s' is not a catalogue", path);
    if (h->version != LAYOUT_VERSION || h->section_count != SECTION_COUNT)
        return sl_fail(err, SL_BAD_INPUT, "catalogue '%s' is of version %u, this is %d: build it again", path,
                       h->version, LAYOUT_VERSION);
    if (h->hash != XXH64(h, offsetof(struct layout_header, hash), 0))
        return damaged(path, "header", err);
    return true;
}

/* Those that grow with the number of lists, not of entries: read whenever a catalogue is opened. */
static bool is_small(int section)
{
    return section <= SECTION_MEMBERS || section >= SECTION_EXPRESSIONS;
}

static bool section_is_intact(const struct catalogue *c, int section)
{
    const struct layout_section *s = &((const struct layout_header *)c->map)->section[section];
    return s->hash == XXH64((const char *)c->map + s->offset, s->bytes, 0);
}

static bool check_sections(const struct catalogue *c, const struct layout_header *h, const char *path,
                           struct sl_err *err)
{
    for (int i = 0; i < SECTION_COUNT; i++) {
        const struct layout_section *s = &h->section[i];
        if (s->offset % LAYOUT_ALIGN != 0 || s->offset > c->map_size || s->bytes > c->map_size - s->offset)
            return damaged(path, "section outside the file", err);
        if (is_small(i) && !section_is_intact(c, i))
            return damaged(path, "content of a section", err);
    }
    return true;
}

bool catalogue_check_content(const struct catalogue *c, const char *path, struct sl_err *err)
{
    for (int i = 0; c->map != NULL && i < SECTION_COUNT; i++)
        if (!is_small(i) && !section_is_intact(c, i))
            return damaged(path, "content of a section", err);
    return true;
}

/* The items of a section, if it holds whole ones and as many as wanted. */
static const void *items(const struct catalogue *c, enum section which, size_t item_size, uint64_t count)
{
    const struct layout_section *s = &((const struct layout_header *)c->map)->section[which];
    return s->bytes / item_size == count && s->bytes % item_size == 0 ? (const char *)c->map + s->offset
                                                                      : NULL;
}
static uint64_t count_of(const struct catalogue *c, enum section which, size_t item_size)
{
    return ((const struct layout_header *)c->map)->section[which].bytes / item_size;
}

static bool check_lists(struct catalogue *c, const struct layout_header *h)
{
    if (h->lists > LAYOUT_MAX_LISTS)
        return false;
    uint64_t text_n = count_of(c, SECTION_TEXT, 1);
    c->lists = items(c, SECTION_LISTS, sizeof *c->lists, h->lists);
    c->text = items(c, SECTION_TEXT, 1, text_n);
    if (c->lists == NULL)
        return false;
    for (uint32_t i = 0; i < h->lists; i++) {
        const struct layout_list *l = &c->lists[i];
        if (l->name_off >= text_n || l->name_len >= text_n - l->name_off ||
            c->text[l->name_off + l->name_len] != '\0')
            return false;
    }
    return true;
}

static bool check_sets(struct catalogue *c, const struct layout_header *h)
{
    uint64_t member_n = count_of(c, SECTION_MEMBERS, sizeof *c->members);
    if (h->sets < 1 || h->sets > LAYOUT_MAX_SETS + 1)
        return false;
    c->set_start = items(c, SECTION_SETS, sizeof *c->set_start, (uint64_t)h->sets + 1);
    c->sets = h->sets;
    c->members = items(c, SECTION_MEMBERS, sizeof *c->members, member_n);
    if (c->set_start == NULL || c->members == NULL || c->set_start[h->sets] != member_n)
        return false;
    for (uint32_t i = 0; i < h->sets; i++)
        if (c->set_start[i] > c->set_start[i + 1])
            return false;
    for (uint64_t i = 0; i < member_n; i++)
        if (member_list(c->members[i]) >= h->lists)
            return false;
    return true;
}

static bool check_table(const struct catalogue *c, enum section buckets, uint32_t homes,
                        struct name_table *out)
{
    uint64_t bucket_n = count_of(c, buckets, sizeof(struct bucket));
    if (bucket_n < homes || bucket_n > PARENT_IS_HOST / BUCKET_SLOTS)
        return false;
    *out = (struct name_table){.homes = homes,
                               .count = (uint32_t)bucket_n,
                               .buckets = items(c, buckets, sizeof(struct bucket), bucket_n),
                               .names_n = count_of(c, buckets + 1, 1)};
    out->names = items(c, buckets + 1, 1, out->names_n);
    return out->buckets != NULL;
}

static bool check_addresses(const struct catalogue *c, enum section keys, size_t width,
                            struct address_table *out)
{
    out->count = (size_t)count_of(c, keys, width);
    out->keys = items(c, keys, width, out->count);
    out->sets = items(c, keys + 1, sizeof *out->sets, out->count);
    return out->keys != NULL && out->sets != NULL;
}

static bool check_expressions(struct catalogue *c, const struct layout_header *h)
{
    uint64_t text_n = count_of(c, SECTION_EXPRESSION_TEXT, 1);
    c->expression_count = (size_t)h->expressions;
    c->expressions = items(c, SECTION_EXPRESSIONS, sizeof *c->expressions, h->expressions);
    c->expression_text = items(c, SECTION_EXPRESSION_TEXT, 1, text_n);
    if (c->expressions == NULL)
        return false;
    for (size_t i = 0; i < c->expression_count; i++) {
        const struct layout_expression *e = &c->expressions[i];
        if (e->list >= h->lists || e->off > text_n || e->len > text_n - e->off)
            return false;
    }
    return true;
}

bool catalogue_check(struct catalogue *c, const char *path, struct sl_err *err)
{
    const struct layout_header *h = c->map;
    if (!check_header(h, c->map_size, path, err) || !check_sections(c, h, path, err))
        return false;
    if (!check_lists(c, h))
        return damaged(path, "lists", err);
    if (!check_sets(c, h))
        return damaged(path, "sets", err);
    if (!check_table(c, SECTION_HOST_BUCKETS, h->host_homes, &c->hosts))
        return damaged(path, "hosts", err);
    if (!check_table(c, SECTION_PATH_BUCKETS, h->path_homes, &c->paths) ||
        (c->paths.homes > 0 &&
         c->hosts.homes == 0)) /* a path is below a host: lookups ask for that one first */
        return damaged(path, "paths", err);
    if (!check_addresses(c, SECTION_V4_KEYS, 4, &c->v4) || !check_addresses(c, SECTION_V6_KEYS, 16, &c->v6))
        return damaged(path, "addresses", err);
    if (!check_expressions(c, h))
        return damaged(path, "expressions", err);
    c->key[0] = h->seed[0];
    c->key[1] = h->seed[1];
    c->has_ports = h->has_ports != 0;
    c->stats = (struct catalogue_stats){.hosts = h->hosts,
                                        .paths = h->paths,
                                        .addresses = h->addresses,
                                        .expressions = h->expressions,
                                        .sets = h->sets - 1,
                                        .file_bytes = c->map_size};
    return true;
}
