/* overlay.c - see overlay.h: which of the policy's own entries hold a URL?
 *
 * Entries hang in one tree whose edges are looked up in a hash table, so that cost depends on the URL alone:
 *
 *   root ─ example ─ news ─ "/politics" ─ "/2026"      news.example/politics/2026
 *        │         └ ":8080" ─ "/admin"                example:8080/admin
 *        └ 192.0.2.1                                   an address is one edge, never cut into labels
 *
 * Host labels go from right to left, path segments from left to right. A lookup follows the labels until an
 * edge is missing: names that are not listed cost one or two probes, whatever their number of labels. From
 * every host node on the way hang the path entries of that host, for an entry means its host and what is
 * below it.
 *
 * A segment is a '/' or '?' with the bytes behind it. Segments that are a '/' alone are skipped in entries
 * and requests alike: to a list "/a//b" and "/a/b/" are "/a/b", or a doubled slash would lead past every
 * rule. The hash is keyed with random bytes of this overlay, and an edge is confirmed by comparing parent
 * and text: no collision can be prepared, and none matters. */
#include "policy/overlay.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/crypto.h"
#include "policy/url_parts.h"

enum { ROOT = 0, NONE = UINT32_MAX };

struct entry {
    size_t id;
    struct sl_str written; /* as the policy has it */
    uint32_t next;         /* further entry of the same node, or NONE */
};
struct node {
    struct sl_str edge;
    uint32_t parent;
    uint32_t entries;           /* chain in overlay.entries, or NONE */
    bool has_labels, has_paths; /* whether to look for edges of this kind at all */
    bool has_ports;
};
struct overlay {
    size_t id_count;
    struct sl_arena arena; /* texts of edges and entries */
    struct node *nodes;
    size_t node_count, node_cap;
    struct entry *entries;
    size_t entry_count, entry_cap;
    uint32_t *slots; /* open addressing, a power of two, NONE is free */
    size_t slot_count;
    uint64_t seed;
    bool sealed;
};

struct overlay *overlay_new(size_t id_count)
{
    struct overlay *o = sl_calloc(1, sizeof *o);
    o->id_count = id_count;
    sl_arena_init(&o->arena, 0);
    crypto_random(&o->seed, sizeof o->seed);
    SL_GROW(o->nodes, o->node_count, &o->node_cap);
    o->nodes[o->node_count++] = (struct node){.parent = NONE, .entries = NONE};
    return o;
}

void overlay_free(struct overlay **o)
{
    if (!*o)
        return;
    sl_arena_fini(&(*o)->arena);
    free((*o)->nodes);
    free((*o)->entries);
    free((*o)->slots);
    free(*o);
    *o = NULL;
}

static size_t slot_of(const struct overlay *o, uint32_t parent, struct sl_str edge)
{
    return XXH3_64bits_withSeed(edge.p, edge.n, o->seed ^ parent * UINT64_C(0x9e3779b97f4a7c15)) &
           (o->slot_count - 1);
}

/* The node behind an edge, or NONE. */
static uint32_t child(const struct overlay *o, uint32_t parent, struct sl_str edge)
{
    if (o->slot_count == 0)
        return NONE;
    for (size_t i = slot_of(o, parent, edge);; i = (i + 1) & (o->slot_count - 1)) {
        uint32_t n = o->slots[i];
        if (n == NONE || (o->nodes[n].parent == parent && sl_str_eq(o->nodes[n].edge, edge)))
            return n;
    }
}

static void place(struct overlay *o, uint32_t n)
{
    size_t i = slot_of(o, o->nodes[n].parent, o->nodes[n].edge);
    while (o->slots[i] != NONE)
        i = (i + 1) & (o->slot_count - 1);
    o->slots[i] = n;
}

/* Keeps the table at most half full. */
static void make_room(struct overlay *o)
{
    if (o->node_count * 2 < o->slot_count)
        return;
    o->slot_count = SL_MAX(o->slot_count * 2, (size_t)64);
    o->slots = sl_reallocarray(o->slots, o->slot_count, sizeof *o->slots);
    memset(o->slots, 0xff, o->slot_count * sizeof *o->slots);
    for (size_t n = 1; n < o->node_count; n++)
        place(o, (uint32_t)n);
}

static uint32_t child_add(struct overlay *o, uint32_t parent, struct sl_str edge)
{
    uint32_t n = child(o, parent, edge);
    if (n != NONE)
        return n;
    make_room(o);
    SL_GROW(o->nodes, o->node_count, &o->node_cap);
    n = (uint32_t)o->node_count++;
    o->nodes[n] = (struct node){.edge = sl_arena_str(&o->arena, edge), .parent = parent, .entries = NONE};
    place(o, n);
    return n;
}

static void add_entry(struct overlay *o, uint32_t n, size_t id, struct sl_str written)
{
    for (uint32_t e = o->nodes[n].entries; e != NONE; e = o->entries[e].next)
        if (o->entries[e].id == id)
            return;
    SL_GROW(o->entries, o->entry_count, &o->entry_cap);
    o->entries[o->entry_count] =
        (struct entry){.id = id, .written = sl_arena_str(&o->arena, written), .next = o->nodes[n].entries};
    o->nodes[n].entries = (uint32_t)o->entry_count++;
}

/* Takes the last label off *host. False when nothing is left. */
static bool take_label(struct sl_str *host, struct sl_str *out)
{
    if (host->n == 0)
        return false;
    const char *dot = memrchr(host->p, '.', host->n);
    size_t at = dot ? (size_t)(dot - host->p) + 1 : 0;
    *out = sl_str_sub(*host, at, SIZE_MAX);
    host->n = at ? at - 1 : 0;
    return true;
}

/* Takes the first segment off *path, with the '/' or '?' that begins it; those of a slash alone are skipped.
 */
static bool take_segment(struct sl_str *path, struct sl_str *out)
{
    while (path->n) {
        size_t n = 1;
        while (n < path->n && path->p[n] != '/' && path->p[n] != '?')
            n++;
        *out = sl_str(path->p, n);
        *path = sl_str_sub(*path, n, SIZE_MAX);
        if (n > 1 || *out->p == '?')
            return true;
    }
    return false;
}

/* ":8080" into buf. */
static struct sl_str port_edge(uint16_t port, char buf[8])
{
    size_t n = 8;
    for (unsigned left = port; left; left /= 10)
        buf[--n] = (char)('0' + left % 10);
    buf[--n] = ':';
    return sl_str(buf + n, 8 - n);
}

static uint32_t add_host_nodes(struct overlay *o, struct sl_str host, bool is_addr)
{
    struct sl_str label;
    uint32_t n = ROOT;
    if (is_addr)
        return child_add(o, ROOT, host);
    while (take_label(&host, &label)) {
        o->nodes[n].has_labels = true;
        n = child_add(o, n, label);
    }
    return n;
}

bool overlay_add_host(struct overlay *o, struct sl_str host, size_t id, struct sl_err *err)
{
    struct sl_arena arena;
    struct sl_str name;
    struct sl_addr addr;
    bool is_addr;
    sl_assert(!o->sealed && id < o->id_count);
    sl_arena_init(&arena, 0);
    bool ok = sl_host_parse(host, &arena, &name, &is_addr, &addr, err);
    if (ok)
        add_entry(o, add_host_nodes(o, name, is_addr), id, host);
    sl_arena_fini(&arena);
    return ok;
}

static void add_url_nodes(struct overlay *o, const struct sl_url *url, bool has_port, size_t id,
                          struct sl_str written)
{
    char digits[8];
    struct sl_str segment, path = sl_str(url->path.p, (size_t)(url->text.p + url->text.n - url->path.p));
    uint32_t n = add_host_nodes(o, url->host, url->host_is_addr);
    if (has_port) {
        o->nodes[n].has_ports = true;
        n = child_add(o, n, port_edge(url->port, digits));
    }
    while (take_segment(&path, &segment)) {
        o->nodes[n].has_paths = true;
        n = child_add(o, n, segment);
    }
    add_entry(o, n, id, written);
}

bool overlay_add_url(struct overlay *o, struct sl_str text, size_t id, struct sl_err *err)
{
    struct sl_arena arena;
    struct sl_url url;
    struct url_split parts;
    sl_assert(!o->sealed && id < o->id_count);
    sl_arena_init(&arena, 0);
    bool ok = sl_url_parse_loose(text, &arena, &url, err);
    if (ok) {
        /* url.port is always set: only the text tells "example.com:80/x" from "example.com/x", which means
         * any port. */
        url_split(sl_str_trim(text), &parts);
        add_url_nodes(o, &url, parts.has_port, id, text);
    }
    sl_arena_fini(&arena);
    return ok;
}

void overlay_seal(struct overlay *o)
{
    o->sealed = true;
}

/* What a lookup does with each node whose entries hold the URL, from the least to the most specific host. */
struct visit {
    uint64_t *bits; /* ids that match */
    bool any;
    size_t id; /* the id whose entry is asked for, when bits is NULL */
    struct sl_str written;
};

static void visit_node(const struct overlay *o, uint32_t n, struct visit *v)
{
    for (uint32_t e = o->nodes[n].entries; e != NONE; e = o->entries[e].next) {
        const struct entry *entry = &o->entries[e];
        v->any = true;
        if (v->bits)
            v->bits[entry->id / 64] |= UINT64_C(1) << (entry->id % 64);
        else if (entry->id == v->id)
            v->written = entry->written;
    }
}

/* The entries of n and, when the path is known, those below it that are prefixes of path. */
static void visit_paths(const struct overlay *o, uint32_t n, struct sl_str path, struct visit *v)
{
    struct sl_str segment;
    visit_node(o, n, v);
    while (o->nodes[n].has_paths && take_segment(&path, &segment)) {
        n = child(o, n, segment);
        if (n == NONE)
            return;
        visit_node(o, n, v);
    }
}

static void visit_host(const struct overlay *o, uint32_t n, struct sl_str path, uint16_t port,
                       struct visit *v)
{
    char digits[8];
    visit_paths(o, n, path, v);
    if (!o->nodes[n].has_ports)
        return;
    n = child(o, n, port_edge(port, digits));
    if (n != NONE)
        visit_paths(o, n, path, v);
}

static void walk(const struct overlay *o, const struct sl_url *url, bool tunnel, struct visit *v)
{
    struct sl_str host = url->host, label, path = SL_STR("");
    uint32_t n = ROOT;
    if (!tunnel && url->path.n)
        path = sl_str(url->path.p, (size_t)(url->text.p + url->text.n - url->path.p));
    if (url->host_is_addr) {
        n = child(o, ROOT, host);
        if (n != NONE)
            visit_host(o, n, path, url->port, v);
        return;
    }
    while (o->nodes[n].has_labels && take_label(&host, &label)) {
        n = child(o, n, label);
        if (n == NONE)
            return;
        visit_host(o, n, path, url->port, v);
    }
}

bool overlay_lookup(const struct overlay *o, const struct sl_url *url, bool tunnel, uint64_t *bits)
{
    struct visit v = {.bits = bits};
    walk(o, url, tunnel, &v);
    return v.any;
}

struct sl_str overlay_matched(const struct overlay *o, const struct sl_url *url, bool tunnel, size_t id)
{
    struct visit v = {.id = id, .written = SL_STR("")};
    walk(o, url, tunnel, &v);
    return v.written;
}
