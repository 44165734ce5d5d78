/* compile.c - from a document and lists to a snapshot: read the document, then turn every relation in it into
 * a table. */
#include <stdlib.h>

#include "policy/snapshot.h"

/* ---- what leads to which category ---- */

static void link_lists(struct snapshot *s)
{
    struct link_pairs pairs = {0};
    for (size_t c = 0; c < s->doc.category_count; c++)
        for (uint32_t i = 0; i < s->doc.categories[c].list_count; i++)
            links_pair(&pairs, s->doc.categories[c].list_ids[i], c);
    if (pairs.count == 0)
        return;
    s->list_categories = links_make(&pairs, s->lists->count);
    s->lists_to_categories = category_table_make(s->lists, &s->list_categories, s->doc.category_words);
}

/* The regexes of a list belong to each category that has the list. One that PCRE2 refuses is the list's
 * fault, not the document's: the rest of the list is worth more than nothing. */
static void pair_expressions(struct snapshot *s, struct link_pairs *pairs)
{
    const struct links *l = &s->list_categories;
    int list;
    struct sl_str text;
    for (size_t i = 0; l->count > 0 && s->lists->expression(s->lists, i, &list, &text); i++) {
        size_t id;
        if (l->first[list] == l->first[list + 1])
            continue;
        if (!pattern_set_add(s->doc.patterns, text, PATTERN_SCHEMELESS, &id, NULL)) {
            s->skipped_expressions++;
            continue;
        }
        for (uint32_t j = l->first[list]; j < l->first[list + 1]; j++)
            links_pair(pairs, id, l->to[j]);
    }
}

static void link_patterns(struct snapshot *s)
{
    struct link_pairs pairs = {0};
    for (size_t c = 0; c < s->doc.category_count; c++)
        for (uint32_t i = 0; i < s->doc.categories[c].pattern_count; i++)
            links_pair(&pairs, s->doc.categories[c].patterns[i], c);
    pair_expressions(s, &pairs);
    s->pattern_categories = links_make(&pairs, pattern_set_count(s->doc.patterns));
}

static void link_users(struct snapshot *s)
{
    struct link_pairs pairs = {0};
    /* The last group, plus one, that each user was seen in: who is named twice in a group is in it once. */
    SL_CLEANUP(sl_freep) uint32_t *last = sl_calloc(s->doc.users.count + 1, sizeof *last);
    for (size_t g = 0; g < s->doc.group_names.count; g++) {
        const struct texts *users = &s->doc.groups[g].users;
        for (size_t i = 0; i < users->count; i++) {
            size_t user = (size_t)names_find(&s->doc.users, users->items[i]);
            if (last[user] != g + 1)
                links_pair(&pairs, user, g);
            last[user] = (uint32_t)g + 1;
        }
    }
    s->user_groups = links_make(&pairs, s->doc.users.count);
}

/* ---- the rest ---- */

static bool condition_needs_user(const struct condition *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->clauses[i].kind == CONDITION_USER || c->clauses[i].kind == CONDITION_GROUP)
            return true;
    return false;
}

static bool needs_user(const struct document *doc)
{
    const struct guard *g;
    for (size_t i = 0; (g = document_guard(doc, i)); i++)
        if (condition_needs_user(&g->when) || condition_needs_user(&g->unless))
            return true;
    for (size_t i = 0; i < doc->quota_count; i++)
        if (doc->quotas[i].def.per == QUOTA_PER_USER || doc->quotas[i].def.per == QUOTA_PER_GROUP)
            return true;
    return false;
}

/* ---- sieves ---- */

static void add_tokens(struct names *tokens, const struct condition *c)
{
    static const enum condition_kind kinds[] = {CONDITION_METHOD, CONDITION_SCHEME};
    for (size_t k = 0; k < SL_COUNT(kinds); k++) {
        const struct clause *clause = condition_clause(c, kinds[k]);
        for (uint32_t i = 0; clause && i < clause->count; i++)
            names_add(tokens, clause->texts[i]);
    }
}

static const struct guard *guard_of(const struct document *doc, enum sieve_id id, size_t i)
{
    switch (id) {
    case SIEVE_RULES:
        return doc->rules[i].off ? NULL : &doc->rules[i].guard;
    case SIEVE_QUOTAS:
        return &doc->quotas[i].guard;
    case SIEVE_HEADERS:
        return &doc->headers[i].guard;
    default:
        return &doc->inspection[i].guard;
    }
}

static void make_sieve(struct snapshot *s, enum sieve_id id, size_t count)
{
    const struct guard **guards = sl_calloc(count + 1, sizeof *guards);
    for (size_t i = 0; i < count; i++)
        guards[i] = guard_of(&s->doc, id, i);
    sieve_make(&s->doc, &s->tokens, guards, count, &s->sieves[id]);
}

static void make_sieves(struct snapshot *s)
{
    const struct guard *g;
    for (size_t i = 0; (g = document_guard(&s->doc, i)); i++)
        add_tokens(&s->tokens, &g->when);
    make_sieve(s, SIEVE_RULES, s->doc.rule_count);
    make_sieve(s, SIEVE_QUOTAS, s->doc.quota_count);
    make_sieve(s, SIEVE_HEADERS, s->doc.header_count);
    make_sieve(s, SIEVE_INSPECTION, s->doc.inspection_count);
}

/* ---- the whole ---- */

static uint32_t place(uint32_t *end, size_t words)
{
    uint32_t at = *end;
    *end += (uint32_t)words;
    return at;
}

/* What sieves AND comes first: there all rows are whole steps, and so begin where a step may. */
static void lay_out(struct snapshot *s)
{
    const struct document *doc = &s->doc;
    struct layout *l = &s->layout;
    size_t widest = 0;
    for (int i = 0; i < SIEVE_COUNT; i++) {
        l->moments[i] = place(&l->end, s->sieves[i].words);
        widest = SL_MAX(widest, s->sieves[i].words);
    }
    l->sieve = place(&l->end, SIEVE_ROWS * widest);
    l->overlay = place(&l->end, words_for(doc->overlay_bits));
    l->lists = place(&l->end, s->lists_to_categories.table.words);
    l->patterns = place(&l->end, words_for(pattern_set_count(doc->patterns)));
    l->limited = place(&l->end, words_for(pattern_set_count(doc->patterns)));
    l->groups = place(&l->end, words_for(doc->group_names.count));
    l->networks = place(&l->end, words_for(doc->network_names.count));
    l->addresses = place(&l->end, words_for(doc->address_count));
    l->schedules = place(&l->end, words_for(doc->schedule_names.count));
}

static void seal(struct snapshot *s)
{
    link_lists(s);
    link_patterns(s);
    link_users(s);
    make_sieves(s);
    overlay_seal(s->doc.overlay);
    netset_seal(s->doc.networks);
    netset_seal(s->doc.addresses);
    pattern_set_seal(s->doc.patterns);
    s->needs_user = needs_user(&s->doc);
    lay_out(s);
}

static atomic_uint_least64_t serials = 1;

struct snapshot *snapshot_compile(const json_t *doc, struct list_provider *lists, int64_t version,
                                  struct policy_faults *faults)
{
    size_t before = faults->count;
    struct snapshot *s = sl_calloc(1, sizeof *s);
    atomic_init(&s->refs, 1);
    s->version = version;
    s->serial = atomic_fetch_add_explicit(&serials, 1, memory_order_relaxed);
    s->json = json_deep_copy(doc);
    sl_assert(s->json);
    if (lists) {
        lists->ref(lists);
        s->lists = lists;
    }
    document_read(s->json, lists, &s->doc, faults);
    if (faults->count != before) {
        snapshot_free(s);
        return NULL;
    }
    seal(s);
    return s;
}

/* Reading is checking, so this is compiling as far as the faults show. */
bool policy_validate(const json_t *doc, const struct list_provider *lists, struct policy_faults *faults)
{
    size_t before = faults->count;
    struct document read;
    document_read(doc, lists, &read, faults);
    document_fini(&read);
    return faults->count == before;
}
