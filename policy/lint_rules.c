/* lint_rules.c - rules that can't decide, because an earlier one holds whenever they do; and rules that stand
 * where they open what is meant to be closed. */
#include <stdio.h>

#include "policy/lint.h"

static struct cover_side side(const struct doc_rule *rule)
{
    return (struct cover_side){.guard = &rule->guard, .doubt = rule->then != ACTION_ALLOW};
}

/* What a rule does, beside when. */
static bool acts_alike(const struct doc_rule *a, const struct doc_rule *b)
{
    const struct rate_def *x = &a->throttle, *y = &b->throttle;
    return a->then == b->then && !b->report_only && x->bytes_per_s == y->bytes_per_s &&
           (x->bytes_per_s == 0 || (x->per == y->per && x->burst == y->burst)) &&
           sl_addr_eq(a->source, b->source) && sl_str_eq(a->parent, b->parent);
}

static const char *does(const struct doc_rule *rule)
{
    return rule->then == ACTION_ALLOW ? "allows" : rule->then == ACTION_BLOCK ? "blocks" : "warns";
}

static void note_covered(struct lint *l, size_t earlier, size_t later, bool same_condition)
{
    const struct doc_rule *a = &l->s->doc.rules[earlier], *b = &l->s->doc.rules[later];
    const char *pointer = lint_pointer(l, "/rules/%zu", later);
    bool alike = acts_alike(a, b);
    if (same_condition && alike)
        lint_note(l, LINT_WARNING, "duplicate", pointer, b->id,
                  "rule %zu, '%.*s', has the same condition and does the same: remove one of them",
                  earlier + 1, SL_FMT(a->id));
    else if (same_condition)
        lint_note(
            l, LINT_WARNING, "contradictory", pointer, b->id,
            "rule %zu, '%.*s', has the same condition and %s, so this one never decides: remove one of them",
            earlier + 1, SL_FMT(a->id), does(a));
    else if (alike)
        lint_note(l, LINT_INFO, "redundant", pointer, b->id,
                  "rule %zu, '%.*s', holds whenever this one does, and also %s: remove this one", earlier + 1,
                  SL_FMT(a->id), does(a));
    else
        lint_note(
            l, LINT_WARNING, "shadowed", pointer, b->id,
            "never decides: rule %zu, '%.*s', above it holds whenever this one does, and %s; move this one "
            "above it, or remove it",
            earlier + 1, SL_FMT(a->id), does(a));
}

/* The kinds of clauses without which the one can't follow from the other; most pairs end here. */
static unsigned kinds_of(const struct condition *c)
{
    unsigned kinds = 0;
    for (size_t i = 0; i < c->count; i++)
        kinds |= 1u << c->clauses[i].kind;
    return kinds;
}

static unsigned implied_kinds(unsigned kinds)
{
    if (kinds & 1u << CONDITION_USER)
        kinds |= 1u << CONDITION_GROUP;
    if (kinds & (1u << CONDITION_HOST | 1u << CONDITION_URL))
        kinds |= 1u << CONDITION_CATEGORY | 1u << CONDITION_HOST | 1u << CONDITION_URL;
    return kinds;
}

static void check_covered(struct lint *l, size_t later, const unsigned *kinds)
{
    const struct doc_rule *rules = l->s->doc.rules;
    unsigned implied = implied_kinds(kinds[later]);
    for (size_t i = 0; i < later; i++) {
        if (rules[i].off || rules[i].report_only || (kinds[i] & ~implied) ||
            !cover_guard(l, side(&rules[i]), side(&rules[later])))
            continue;
        note_covered(l, i, later, cover_guard(l, side(&rules[later]), side(&rules[i])));
        return;
    }
}

/* ---- a door left open above what must stay shut ---- */

static bool names_malice(struct sl_str text)
{
    static const char *const words[] = {"malware", "phishing", "ransom", "botnet", "exploit", "virus"};
    for (size_t w = 0; w < SL_COUNT(words); w++) {
        struct sl_str word = sl_cstr(words[w]);
        for (size_t i = 0; i + word.n <= text.n; i++)
            if (sl_str_istarts(sl_str_sub(text, i, text.n), word))
                return true;
    }
    return false;
}

static bool blocks_malice(const struct document *doc, const struct doc_rule *rule)
{
    if (rule->off || rule->report_only || rule->then != ACTION_BLOCK)
        return false;
    for (size_t i = 0; i < rule->guard.when.count; i++) {
        const struct clause *c = &rule->guard.when.clauses[i];
        for (size_t k = 0; c->kind == CONDITION_CATEGORY && k < doc->category_count; k++)
            if (category_set_has(c->set, k) &&
                (names_malice(doc->categories[k].name) || names_malice(doc->categories[k].title)))
                return true;
    }
    return false;
}

/* An exception for some hosts is meant as one; a whole group or category above it is not. */
static bool is_wide(const struct doc_rule *rule, unsigned kinds)
{
    unsigned narrow =
        1u << CONDITION_HOST | 1u << CONDITION_URL | 1u << CONDITION_REGEX | 1u << CONDITION_ADDRESS;
    return !rule->off && !rule->report_only && rule->then == ACTION_ALLOW && !(kinds & narrow);
}

static void check_open_doors(struct lint *l, const unsigned *kinds)
{
    const struct document *doc = &l->s->doc;
    size_t last = doc->rule_count;
    while (last > 0 && !blocks_malice(doc, &doc->rules[last - 1]))
        last--;
    for (size_t i = 0; i + 1 < last; i++)
        if (is_wide(&doc->rules[i], kinds[i]))
            lint_note(l, LINT_WARNING, "open-door", lint_pointer(l, "/rules/%zu", i), doc->rules[i].id,
                      "allows before rule %zu, '%.*s', can block: move that one above this", last,
                      SL_FMT(doc->rules[last - 1].id));
}

/* ---- what the log says ---- */

static void check_hits(struct lint *l)
{
    const struct document *doc = &l->s->doc;
    for (size_t i = 0; i < doc->rule_count; i++) {
        const struct doc_rule *rule = &doc->rules[i];
        const json_t *hits = json_object_getn(l->hints->hits, rule->id.p, rule->id.n);
        if (!rule->off && json_is_integer(hits) && json_integer_value(hits) == 0)
            lint_note(l, LINT_INFO, "never-hit", lint_pointer(l, "/rules/%zu", i), rule->id,
                      "decided nothing in the last %u days: remove it if nobody needs it any more",
                      l->hints->days);
    }
}

void lint_rules(struct lint *l)
{
    const struct document *doc = &l->s->doc;
    unsigned *kinds = sl_arena_zalloc(&l->arena, (doc->rule_count + 1) * sizeof *kinds);
    for (size_t i = 0; i < doc->rule_count; i++)
        kinds[i] = kinds_of(&doc->rules[i].guard.when);
    for (size_t i = 1; i < doc->rule_count; i++)
        if (!doc->rules[i].off)
            check_covered(l, i, kinds);
    check_open_doors(l, kinds);
    check_hits(l);
}
