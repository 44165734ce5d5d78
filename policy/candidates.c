/* candidates.c - see candidates.h. */
#include "policy/candidates.h"

#include <stdlib.h>

#include "policy/walk.h"

/* ---- filing ---- */

struct files {
    struct link_pairs categories, entries, users, groups, networks;
};

/* Whether a clause of this kind may be a key, the best kinds first. Users and groups are not known before
 * identification, which candidates_find minds. */
static const enum condition_kind key_kinds[] = {CONDITION_HOST, CONDITION_USER, CONDITION_CATEGORY,
                                                CONDITION_GROUP, CONDITION_NETWORK};

static const struct clause *key_of(const struct condition *c)
{
    for (size_t k = 0; k < SL_COUNT(key_kinds); k++)
        for (size_t i = 0; i < c->count; i++)
            if (c->clauses[i].kind == key_kinds[k])
                return &c->clauses[i];
    return NULL;
}

static void file_ids(struct link_pairs *pairs, const struct clause *key, size_t rule)
{
    for (uint32_t i = 0; i < key->count; i++)
        links_pair(pairs, key->ids[i], rule);
}

static void file_categories(struct link_pairs *pairs, const struct clause *key, size_t count, size_t rule)
{
    for (size_t i = 0; i < count; i++)
        if (category_set_has(key->set, i))
            links_pair(pairs, i, rule);
}

static uint32_t first_entry(const struct document *doc)
{
    return 2 * 64 * doc->category_words;
}

static void file_rule(const struct document *doc, size_t rule, struct files *f, struct candidates *c)
{
    const struct clause *key = key_of(&doc->rules[rule].guard.when);
    if (!key) {
        bit_set(c->always, rule);
        return;
    }
    if (key->kind == CONDITION_USER || key->kind == CONDITION_GROUP)
        bit_set(c->personal, rule);
    if (key->kind == CONDITION_CATEGORY)
        file_categories(&f->categories, key, doc->category_names.count, rule);
    else if (key->kind == CONDITION_HOST)
        links_pair(&f->entries, key->id - first_entry(doc), rule);
    else
        file_ids(key->kind == CONDITION_USER    ? &f->users
                 : key->kind == CONDITION_GROUP ? &f->groups
                                                : &f->networks,
                 key, rule);
}

/* No pairs: no links, so that candidates_find need not look. */
static struct links links_of(struct link_pairs *pairs, size_t count)
{
    return pairs->count > 0 ? links_make(pairs, count) : (struct links){0};
}

void candidates_make(const struct document *doc, struct candidates *out)
{
    struct files f = {0};
    *out = (struct candidates){.words = words_for(doc->rule_count)};
    out->always = sl_calloc(out->words + 1, sizeof *out->always);
    out->personal = sl_calloc(out->words + 1, sizeof *out->personal);
    for (size_t i = 0; i < doc->rule_count; i++)
        if (!doc->rules[i].off)
            file_rule(doc, i, &f, out);
    out->categories = links_of(&f.categories, doc->category_names.count);
    out->entries = links_of(&f.entries, doc->overlay_bits - first_entry(doc));
    out->users = links_of(&f.users, doc->users.count);
    out->groups = links_of(&f.groups, doc->group_names.count);
    out->networks = links_of(&f.networks, doc->network_names.count);
}

void candidates_fini(struct candidates *c)
{
    free(c->always);
    free(c->personal);
    links_fini(&c->categories);
    links_fini(&c->entries);
    links_fini(&c->users);
    links_fini(&c->groups);
    links_fini(&c->networks);
}

/* ---- finding ---- */

static void add_personal(struct walk *w, const struct candidates *c, uint64_t *bits)
{
    if (c->users.count == 0 && c->groups.count == 0)
        return;
    if (!match_user_known(w)) {
        /* Such a rule is passed over, and that counts when it also needs an address. */
        for (size_t i = 0; i < c->words; i++)
            bits[i] |= c->personal[i];
        return;
    }
    int user = c->users.count > 0 ? match_user(w) : -1;
    if (user >= 0)
        links_add(&c->users, (size_t)user, bits);
    if (c->groups.count > 0)
        links_add_all(&c->groups, match_groups(w), bits);
}

void candidates_find(struct walk *w, uint64_t *bits)
{
    const struct candidates *c = &w->s->candidates;
    memcpy(bits, c->always, c->words * sizeof *bits);
    /* out->categories has those in doubt too, so it covers both ways in which rules take doubt. */
    if (c->categories.count > 0)
        links_add_all(&c->categories, w->out->categories.w, bits);
    if (c->entries.count > 0)
        links_add_all(&c->entries, walk_bits(w, w->s->layout.overlay) + 2 * w->s->doc.category_words, bits);
    if (c->networks.count > 0)
        links_add_all(&c->networks, match_networks(w), bits);
    add_personal(w, c, bits);
}
