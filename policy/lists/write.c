/* write.c - the sections of a catalogue, in the order of layout.h. */
#include "policy/lists/build.h"
#include "policy/lists/place.h"
#include "policy/lists/section.h"

#include <stdlib.h>

static void write_lists(const struct build *b, struct section_writer *w, struct layout_header *header)
{
    uint32_t off = 0;
    for (size_t i = 0; i < b->count; i++) {
        struct layout_list row = {.name_off = off, .name_len = (uint32_t)strlen(b->sources[i].name)};
        memcpy(row.sha256, b->sources[i].sha256, sizeof row.sha256);
        section_add(w, &row, sizeof row);
        off += row.name_len + 1;
    }
    section_end(w, header, SECTION_LISTS);
    for (size_t i = 0; i < b->count; i++)
        section_add(w, b->sources[i].name, strlen(b->sources[i].name) + 1);
    section_end(w, header, SECTION_TEXT);
}

/* Members of one set, ascending. */
static uint32_t set_members(const struct sets *sets, uint32_t set, uint16_t *out)
{
    uint32_t n = 0;
    uint16_t member;
    for (uint32_t at = set; sets_pop(sets, &at, &member);)
        n++;
    for (uint32_t i = n; sets_pop(sets, &set, &member);)
        out[--i] = member;
    return n;
}

static void write_sets(const struct build *b, struct section_writer *w, struct layout_header *header)
{
    uint16_t *members = sl_reallocarray(NULL, LAYOUT_MAX_LISTS * 8, sizeof *members);
    uint32_t all = sets_count(b->sets), start = 0;
    section_add(w, &start, sizeof start);
    for (uint32_t set = 0; set < all; set++) {
        if (set != 0 && b->final_set[set] == 0)
            continue;
        start += set_members(b->sets, set, members);
        section_add(w, &start, sizeof start);
    }
    section_end(w, header, SECTION_SETS);
    for (uint32_t set = 1; set < all; set++)
        if (b->final_set[set] != 0)
            section_add(w, members, set_members(b->sets, set, members) * sizeof *members);
    section_end(w, header, SECTION_MEMBERS);
    free(members);
}

/* ---- hosts and paths ---- */

/* The name under which a node is stored: the whole host, or parent, kind and text of a piece. */
static struct sl_str stored_name(const struct build *b, uint32_t id, const uint32_t *slot_of, char buf[256])
{
    const struct node *n = &b->tree.nodes[id];
    if (node_is_host(n))
        return tree_host_name(&b->tree, id, buf);
    uint32_t parent = slot_of[n->parent];
    if (node_is_host(&b->tree.nodes[n->parent]))
        parent |= PARENT_IS_HOST;
    memcpy(buf, &parent, sizeof parent);
    buf[sizeof parent] = (char)n->kind;
    memcpy(buf + PIECE_HEAD, b->tree.text + n->text, n->len);
    return sl_str(buf, PIECE_HEAD + (size_t)n->len);
}

static size_t stored_len(const struct node *n)
{
    return node_is_host(n) ? n->name_len : PIECE_HEAD + (size_t)n->len;
}

/* Nodes in bucket order lie all over the memory: asks in time for those to come, and what their names are
 * made of. */
static void prefetch(const struct build *b, const struct placement *p, size_t i)
{
    const struct node *nodes = b->tree.nodes;
    const struct node *near = &nodes[p->ids[SL_MIN(i + 16, p->count - 1)]];
    __builtin_prefetch(&nodes[p->ids[SL_MIN(i + 48, p->count - 1)]]);
    __builtin_prefetch(&nodes[nodes[p->ids[SL_MIN(i + 32, p->count - 1)]].parent]);
    __builtin_prefetch(b->tree.text + near->text);
    __builtin_prefetch(b->tree.text + nodes[near->parent].text);
}

static bool fill_buckets(const struct build *b, const struct placement *p, const uint32_t *slot_of,
                         struct bucket *buckets, struct sl_err *err)
{
    uint64_t off = 0;
    for (size_t i = 0; i < p->count; i++) {
        __builtin_prefetch(&b->tree.nodes[p->ids[SL_MIN(i + 32, p->count - 1)]]);
        const struct node *n = &b->tree.nodes[p->ids[i]];
        uint32_t at = slot_of[p->ids[i]];
        struct bucket *bucket = &buckets[at / BUCKET_SLOTS];
        unsigned slot = at % BUCKET_SLOTS;
        size_t len = stored_len(n);
        if (off + len > UINT32_MAX)
            return sl_fail(err, SL_LIMIT, "the lists together have more names than one catalogue can hold");
        if (slot == 0)
            bucket->name_off = (uint32_t)off;
        bucket->len[slot] = (uint8_t)len;
        bucket->value[slot] = (uint16_t)(b->final_set[n->set] | (n->flags & ~NODE_KEPT) << 8);
        off += len;
    }
    return true;
}

static bool write_table(struct build *b, bool hosts, uint32_t *slot_of, struct section_writer *w,
                        struct sl_err *err)
{
    struct placement p;
    placement_make(&b->tree, hosts, slot_of, &p);
    struct bucket *buckets = p.buckets > 0 ? placement_buckets(&p, &b->tree, slot_of) : NULL;
    bool ok = fill_buckets(b, &p, slot_of, buckets, err);
    if (ok) {
        char buf[256];
        *(hosts ? &b->header.host_homes : &b->header.path_homes) = p.homes;
        section_add(w, buckets, (size_t)p.buckets * sizeof *buckets);
        section_end(w, &b->header, hosts ? SECTION_HOST_BUCKETS : SECTION_PATH_BUCKETS);
        for (size_t i = 0; i < p.count; i++) {
            prefetch(b, &p, i);
            struct sl_str name = stored_name(b, p.ids[i], slot_of, buf);
            section_add(w, name.p, name.n);
        }
        section_end(w, &b->header, hosts ? SECTION_HOST_NAMES : SECTION_PATH_NAMES);
    }
    free(buckets);
    placement_fini(&p);
    return ok;
}

/* ---- networks, expressions ---- */

static void write_stretches(struct build *b, const struct stretches *s, size_t width, enum section keys,
                            struct section_writer *w)
{
    for (size_t i = 0; i < s->count; i++) {
        uint8_t key[16];
        for (size_t k = 0; k < width; k++)
            key[k] = (uint8_t)(s->items[i].first >> (8 * (width - 1 - k)));
        section_add(w, key, width);
    }
    section_end(w, &b->header, keys);
    for (size_t i = 0; i < s->count; i++)
        section_add(w, &b->final_set[s->items[i].set], sizeof *b->final_set);
    section_end(w, &b->header, keys + 1);
}

bool build_write(struct build *b, int fd, const char *path, struct sl_err *err)
{
    struct section_writer *w = section_writer_new(fd, path);
    uint32_t *slot_of = sl_calloc(b->tree.count, sizeof *slot_of);
    write_lists(b, w, &b->header);
    write_sets(b, w, &b->header);
    bool ok = write_table(b, true, slot_of, w, err) && write_table(b, false, slot_of, w, err);
    if (ok) {
        write_stretches(b, &b->v4_flat, 4, SECTION_V4_KEYS, w);
        write_stretches(b, &b->v6_flat, 16, SECTION_V6_KEYS, w);
        section_add(w, b->expressions, b->expression_count * sizeof *b->expressions);
        section_end(w, &b->header, SECTION_EXPRESSIONS);
        section_add(w, b->expression_text.p, b->expression_text.n);
        section_end(w, &b->header, SECTION_EXPRESSION_TEXT);
        ok = section_finish(w, &b->header, err);
    }
    free(slot_of);
    section_writer_free(&w);
    return ok;
}
