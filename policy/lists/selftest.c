/* selftest.c - see selftest.h. */
#include "policy/lists/selftest.h"

#include <stdlib.h>

#include "policy/lists/normal.h"

enum { SAMPLES = 1000 };
struct probe {
    const struct build *b;
    struct list_provider *lists;
    uint64_t *bits; /* as many words as lists need */
    size_t words;
};

/* The URL that a node stands for; a member that does not hold the name itself is asked for below it. */
static void url_of(const struct build *b, uint32_t id, struct sl_text *text, struct sl_url *out)
{
    uint32_t way[NORMAL_MAX_TEXT / 2], host = id; /* a piece takes two bytes of the record */
    size_t steps = 0;
    while (!node_is_host(&b->tree.nodes[host]) && steps < SL_COUNT(way)) {
        way[steps++] = host;
        host = b->tree.nodes[host].parent;
    }
    char name[LAYOUT_MAX_HOST];
    struct sl_str host_name = tree_host_name(&b->tree, host, name);
    sl_text_clear(text);
    sl_text_add(text, host_name);
    *out = (struct sl_url){.port = 80};
    while (steps > 0) {
        const struct node *n = &b->tree.nodes[way[--steps]];
        struct sl_str piece = sl_str(b->tree.text + n->text, n->len);
        uint64_t port = 0;
        if (n->kind == PIECE_PORT && sl_str_u64(piece, 65535, &port)) {
            out->port = (uint16_t)port;
            continue;
        }
        unsigned kind = n->kind & ~(unsigned)PIECE_UNFINISHED;
        if (kind != PIECE_CONTINUED)
            sl_text_addc(text, (char)kind);
        sl_text_add(text, piece);
    }
    out->host = sl_str(text->p, host_name.n);
    struct sl_str rest = sl_str(text->p + host_name.n, text->n - host_name.n);
    size_t mark = sl_str_find(rest, '?');
    out->path = sl_str_sub(rest, 0, mark);
    out->has_query = mark < rest.n;
    out->query = sl_str_sub(rest, mark + 1, rest.n);
    out->host_is_addr = b->tree.nodes[host].kind == NODE_ADDRESS && sl_addr_parse(out->host, &out->addr);
}

static bool ask(struct probe *p, uint32_t id, struct sl_err *err)
{
    SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
    struct sl_url url;
    uint16_t member;
    url_of(p->b, id, &text, &url);
    memset(p->bits, 0, p->words * sizeof *p->bits);
    p->lists->lookup(p->lists, &url, p->bits);
    for (uint32_t set = p->b->tree.nodes[id].set; sets_pop(p->b->sets, &set, &member);) {
        unsigned list = member_list(member);
        if (member_kind(member) != MEMBER_UNDER && !p->b->has_exceptions[list] &&
            !(p->bits[list / 64] >> list % 64 & 1))
            return sl_fail(err, SL_INTERNAL, "the new catalogue does not find '%.*s' of list '%s'",
                           (int)SL_MIN(text.n, 120), text.p, p->b->sources[list].name);
    }
    return true;
}

/* A host with a byte that no canonical name has. */
static bool ask_absent(struct probe *p, struct sl_err *err)
{
    struct sl_url url = {.host = SL_STR("not listed"), .path = SL_STR("/"), .port = 80};
    memset(p->bits, 0, p->words * sizeof *p->bits);
    p->lists->lookup(p->lists, &url, p->bits);
    for (size_t i = 0; i < p->words; i++)
        if (p->bits[i] != 0)
            return sl_fail(err, SL_INTERNAL, "the new catalogue finds a host that is in no list");
    return true;
}

bool catalogue_selftest(const struct build *b, const char *path, struct sl_err *err)
{
    struct probe p = {.b = b, .words = b->count / 64 + 1};
    if (!catalogue_open(path, &p.lists, err))
        return false;
    p.bits = sl_calloc(p.words, sizeof *p.bits);
    bool ok = catalogue_verify(p.lists, err) && ask_absent(&p, err);
    size_t stride = b->tree.count / SAMPLES + 1;
    for (size_t id = 1; ok && id < b->tree.count; id++) {
        /* Sampled nodes may be stubs, so the search goes on to the next entry. */
        if (b->tree.nodes[id].set == 0)
            continue;
        ok = ask(&p, (uint32_t)id, err);
        id += stride - 1;
    }
    free(p.bits);
    p.lists->unref(p.lists);
    return ok;
}
