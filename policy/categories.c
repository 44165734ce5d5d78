/* categories.c - which categories a URL is in: what lists, the policy's own entries and regexes say, less the
 * exceptions. */
#include "policy/walk.h"

static bool is_empty(const struct category_set *set, size_t words)
{
    uint64_t any = 0;
    for (size_t i = 0; i < words; i++)
        any |= set->w[i];
    return any == 0;
}

/* The overlay answers for categories, exceptions and conditions in one go. */
static void look_up_entries(struct walk *w)
{
    uint64_t *bits = walk_bits(w, w->s->layout.overlay);
    memset(bits, 0, words_for(w->s->doc.overlay_bits) * sizeof *bits);
    w->has_entries = overlay_lookup(w->s->doc.overlay, w->facts->url, w->hidden, bits);
    w->by_path |= w->has_entries;
    memcpy(w->sure.w, bits, w->s->doc.category_words * sizeof *bits);
}

/* A provider goes by the path that it is given, and of a URL seen from outside of its tunnel there is none.
 */
static void look_up_lists(struct walk *w)
{
    const struct category_table *t = &w->s->lists_to_categories;
    const struct sl_url *url = w->facts->url;
    struct sl_url outside;
    if (w->s->list_categories.count == 0)
        return;
    if (w->hidden && url->path.n > 0) {
        outside = *url;
        outside.path = outside.query = SL_STR("");
        outside.has_query = false;
        url = &outside;
    }
    uint64_t *bits = walk_bits(w, w->s->layout.lists);
    memset(bits, 0, t->table.words * sizeof *bits);
    w->by_path |= w->s->lists->gather(w->s->lists, url, &t->table, bits);
    category_table_add(t, bits, w->sure.w);
}

/* Fills the bits of all patterns, those of conditions too. out_limited gets the categories of regexes that
 * gave up. */
static void match_patterns(struct walk *w, struct category_set *out_limited)
{
    const struct links *l = &w->s->pattern_categories;
    const struct sl_url *url = w->facts->url;
    if (l->count == 0 || w->hidden)
        return;
    uint64_t *bits = walk_bits(w, w->s->layout.patterns), *limited = walk_bits(w, w->s->layout.limited);
    memset(bits, 0, words_for(l->count) * sizeof *bits);
    memset(limited, 0, words_for(l->count) * sizeof *limited);
    size_t scheme = url->scheme.n > 0 ? url->scheme.n + strlen("://") : 0;
    pattern_set_match(w->s->doc.patterns, w->scratch->patterns, url->text, scheme, bits, limited);
    links_add_all(l, bits, w->sure.w);
    for (size_t i = 0; i < words_for(l->count); i++) {
        w->in_doubt |= limited[i] != 0;
        w->by_path |= (bits[i] | limited[i]) != 0;
    }
    if (w->in_doubt)
        links_add_all(l, limited, out_limited->w);
}

void walk_categorise(struct walk *w)
{
    struct category_set limited = {{0}};
    size_t words = w->s->doc.category_words;
    look_up_entries(w);
    look_up_lists(w);
    match_patterns(w, &limited);
    const uint64_t *except = walk_bits(w, w->s->layout.overlay) + words;
    for (size_t i = 0; i < words; i++) {
        w->sure.w[i] &= ~except[i];
        w->out->categories.w[i] = (w->sure.w[i] | limited.w[i]) & ~except[i];
    }
    /* Uncategorised for sure is what no category may hold; it may be uncategorised when none holds for sure.
     */
    bool none_may = is_empty(&w->out->categories, words), none_sure = is_empty(&w->sure, words);
    if (none_sure)
        bit_set(w->out->categories.w, w->s->doc.category_count);
    if (none_may)
        bit_set(w->sure.w, w->s->doc.category_count);
}

void policy_categories(const struct snapshot *s, struct policy_scratch *scratch, const struct sl_url *url,
                       bool tunnel, struct category_set *out)
{
    struct facts facts = {.url = url, .tunnel = tunnel, .size = -1};
    struct verdict verdict;
    struct walk w;
    walk_start(&w, s, scratch, &facts, &verdict);
    walk_categorise(&w);
    *out = verdict.categories;
}
