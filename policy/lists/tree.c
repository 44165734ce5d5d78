/* tree.c - see tree.h. */
#include "policy/lists/tree.h"

#include <stdlib.h>

#include "policy/lists/hash.h"
#include "sluice/addr.h"

/* Slots of both tables are numbered in 31 bits (14 a bucket, 80 % full), texts in 32. */
enum { MAX_NODES = 1500 * 1000 * 1000 };

void tree_init(struct tree *t, const uint64_t key[2])
{
    *t = (struct tree){.key = {key[0], key[1]}, .mask = 0xffff};
    t->index = sl_calloc(t->mask + 1, sizeof *t->index);
    SL_GROW(t->nodes, t->count, &t->cap);
    t->nodes[t->count++] = (struct node){.flags = NODE_KEPT};
}

void tree_fini(struct tree *t)
{
    free(t->nodes);
    free(t->index);
    free(t->text);
    *t = (struct tree){0};
}

static void index_put(struct tree *t, uint32_t id)
{
    uint64_t h = t->nodes[id].hash;
    size_t at = (size_t)h & t->mask;
    while (t->index[at].id != 0)
        at = (at + 1) & t->mask;
    t->index[at] = (struct tree_index){id, (uint32_t)(h >> 32)};
}

static void index_grow(struct tree *t)
{
    free(t->index);
    t->mask = t->mask * 2 + 1;
    t->index = sl_calloc(t->mask + 1, sizeof *t->index);
    for (size_t id = 1; id < t->count; id++)
        index_put(t, (uint32_t)id);
}

static uint32_t add(struct tree *t, const struct node *made, struct sl_str text, struct sl_err *err)
{
    if (t->count >= MAX_NODES || t->text_n + text.n > UINT32_MAX)
        return sl_fail(err, SL_LIMIT, "the lists together have more names than one catalogue can hold");
    while (t->text_cap - t->text_n < text.n) {
        t->text_cap = t->text_cap == 0 ? 1 << 20 : t->text_cap * 2;
        t->text = sl_realloc(t->text, t->text_cap);
    }
    memcpy(t->text + t->text_n, text.p, text.n);
    SL_GROW(t->nodes, t->count, &t->cap);
    uint32_t id = (uint32_t)t->count;
    t->nodes[t->count++] = *made;
    t->nodes[id].text = (uint32_t)t->text_n;
    t->text_n += text.n;
    if (t->count * 4 > t->mask * 3)
        index_grow(t);
    else
        index_put(t, id);
    return id;
}

static uint32_t child(struct tree *t, uint32_t parent, unsigned kind, struct sl_str text, struct sl_err *err)
{
    uint64_t h = hash_label(t->key, t->nodes[parent].hash, kind, text.p, text.n);
    for (size_t at = (size_t)h & t->mask; t->index[at].id != 0; at = (at + 1) & t->mask) {
        const struct node *n = &t->nodes[t->index[at].id];
        if (t->index[at].tag == (uint32_t)(h >> 32) && n->hash == h && n->parent == parent &&
            n->kind == kind && n->len == text.n && memcmp(t->text + n->text, text.p, text.n) == 0)
            return t->index[at].id;
    }
    struct node made = {.hash = h, .parent = parent, .len = (uint8_t)text.n, .kind = (uint8_t)kind};
    uint8_t above = t->nodes[parent].name_len;
    made.name_len = (uint8_t)(text.n + (above > 0 ? above + 1u : 0));
    return add(t, &made, text, err);
}

static bool bad_name(struct sl_str name, struct sl_err *err)
{
    return sl_fail(err, SL_BAD_INPUT, "'%.*s' is not a canonical host", (int)SL_MIN(name.n, 100), name.p);
}

uint32_t tree_host(struct tree *t, struct sl_str host, struct sl_err *err)
{
    uint32_t at = TREE_ROOT;
    if (host.n == 0 || host.n > LAYOUT_MAX_HOST)
        return bad_name(host, err);
    for (size_t end = host.n;;) {
        size_t start = end;
        while (start > 0 && host.p[start - 1] != '.')
            start--;
        if (start == end)
            return bad_name(host, err);
        at = child(t, at, NODE_LABEL, sl_str(host.p + start, end - start), err);
        if (start == 0 || at == TREE_ROOT)
            return at;
        end = start - 1;
    }
}

/* The host of a url record: an address is one name, never split into labels. */
static uint32_t url_host(struct tree *t, struct sl_str *rest, struct sl_err *err)
{
    struct sl_str url = *rest, host;
    struct sl_addr addr;
    size_t n = 0;
    if (url.n > 0 && url.p[0] == '[') {
        n = sl_str_find(url, ']');
        host = sl_str_sub(url, 1, n - 1);
        n = SL_MIN(n + 1, url.n);
    } else {
        while (n < url.n && url.p[n] != '/' && url.p[n] != ':')
            n++;
        host = sl_str(url.p, n);
    }
    *rest = sl_str_sub(url, n, url.n);
    if (!sl_addr_parse(host, &addr))
        return tree_host(t, host, err);
    return child(t, TREE_ROOT, NODE_ADDRESS, host, err);
}

uint32_t tree_url(struct tree *t, struct sl_str url, uint32_t *out_pieces, struct sl_err *err)
{
    struct sl_str rest = url;
    uint32_t at = url_host(t, &rest, err);
    *out_pieces = 0;
    if (at != TREE_ROOT && rest.n > 0 && rest.p[0] == ':') {
        size_t end = sl_str_find(rest, '/');
        uint64_t port;
        if (!sl_str_u64(sl_str_sub(rest, 1, end - 1), 65535, &port))
            return sl_fail(err, SL_BAD_INPUT, "'%.*s' has no port from 0 to 65535", (int)SL_MIN(url.n, 100),
                           url.p);
        at = child(t, at, PIECE_PORT, sl_str_sub(rest, 1, end - 1), err);
        ++*out_pieces;
        rest = sl_str_sub(rest, end, rest.n);
    }
    size_t mark = sl_str_find(rest, '?');
    struct pieces it =
        pieces_of(sl_str_sub(rest, 0, mark), sl_str_sub(rest, mark + 1, rest.n), mark < rest.n);
    struct piece piece;
    while (at != TREE_ROOT && pieces_next(&it, &piece)) {
        at = child(t, at, piece.kind, piece.text, err);
        ++*out_pieces;
    }
    return at;
}

void tree_prune(struct tree *t)
{
    for (size_t id = t->count - 1; id > 0; id--) {
        struct node *n = &t->nodes[id];
        n->flags |= n->set != 0 ? NODE_KEPT : 0;
        if (!(n->flags & NODE_KEPT))
            continue;
        struct node *parent = &t->nodes[n->parent];
        bool path = node_is_host(parent) && !node_is_host(n);
        parent->flags |= NODE_KEPT | (path ? VALUE_HAS_PATH : VALUE_HAS_CHILD) >> 8;
    }
}

struct sl_str tree_host_name(const struct tree *t, uint32_t id, char buf[LAYOUT_MAX_HOST])
{
    size_t n = 0;
    sl_assert(t->nodes[id].name_len <= LAYOUT_MAX_HOST);
    for (; id != TREE_ROOT; id = t->nodes[id].parent) {
        const struct node *node = &t->nodes[id];
        if (n > 0)
            buf[n++] = '.';
        memcpy(buf + n, t->text + node->text, node->len);
        n += node->len;
    }
    return sl_str(buf, n);
}
