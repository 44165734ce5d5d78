/* decide.c - every check in order, on one page. Newcomers start here.
 *
 *   facts ──> categories ──> rules ──> quotas ──> headers ──> inspection ──> verdict
 *                            first     all that   all that    first
 *                            that      match      match       that
 *                            matches                          matches
 *
 * Each rule, quota, header rule and inspection rule has a guard (`if` and `unless`), and every guard is
 * judged by match_guard: it matches, does not, is excepted by its `unless`, or is passed over because it
 * needs a fact that is not known yet or hidden in a tunnel. Pure: no clock, no I/O, no log, and no memory
 * once the scratch has grown to the size that the snapshot needs. */
#include <stdlib.h>

#include "policy/walk.h"

/* Why a verdict may have to be found again: some rule before the deciding one wants to know more. */
static void note_needs(struct walk *w)
{
    const unsigned response = 1u << CONDITION_CONTENT_TYPE | 1u << CONDITION_SIZE_OVER;
    if (w->unknown & 1u << CONDITION_ADDRESS)
        w->out->needs_address = true;
    if ((w->unknown & response) && !w->hidden && !(w->facts->known & FACT_RESPONSE))
        w->out->needs_response = true;
}

static void report(struct verdict *out, size_t rule)
{
    if (out->report_count < VERDICT_MAX_REPORTS)
        out->reports[out->report_count++] = (int16_t)rule;
}

static void act(struct verdict *out, const struct doc_rule *rule, size_t index)
{
    out->action = rule->then;
    out->reason = REASON_RULE;
    out->rule = (int)index;
    out->rule_id = rule->id;
    out->title = rule->title;
    out->message = rule->message;
    out->warn_for_s = rule->then == ACTION_WARN ? rule->warn_for_s : 0;
    out->throttle = rule->throttle.bytes_per_s ? &rule->throttle : NULL;
}

/* False: go on with the next rule. */
static bool judge_rule(struct walk *w, size_t index)
{
    const struct doc_rule *rule = &w->s->doc.rules[index];
    const struct clause *why;
    if (SL_UNLIKELY(rule->off)) { /* no candidate, so this is asked only when somebody listens */
        explain_off(w, "rule", rule->id, action_word(rule->then));
        return false;
    }
    bool doubt = rule->then != ACTION_ALLOW;
    enum outcome outcome = match_guard(w, &rule->guard, doubt, &why);
    if (SL_UNLIKELY(w->trace))
        explain_guard(w, "rule", rule->id, &rule->guard, outcome, doubt,
                      rule->report_only ? "report-only" : "matched", action_word(rule->then), why);
    if (outcome == OUTCOME_PASSED_OVER)
        note_needs(w);
    if (outcome != OUTCOME_MATCHED)
        return false;
    if (rule->report_only)
        report(w->out, index);
    else
        act(w->out, rule, index);
    return !rule->report_only;
}

static void judge_rules(struct walk *w)
{
    const struct document *doc = &w->s->doc;
    uint64_t *candidates = walk_bits(w, w->s->layout.rules);
    candidates_find(w, candidates);
    if (SL_UNLIKELY(w->trace)) /* whoever listens wants to hear of every rule */
        memset(candidates, 0xff, words_for(doc->rule_count) * sizeof *candidates);
    for (size_t word = 0; word < words_for(doc->rule_count); word++) {
        for (uint64_t rest = candidates[word]; rest != 0; rest &= rest - 1) {
            size_t index = word * 64 + (size_t)__builtin_ctzll(rest);
            if (index < doc->rule_count && judge_rule(w, index))
                return;
        }
    }
    w->out->action = doc->then;
    if (SL_UNLIKELY(w->trace))
        explain_default(w, "rule", action_word(doc->then));
}

static void judge_quotas(struct walk *w)
{
    const struct document *doc = &w->s->doc;
    for (size_t i = 0; i < doc->quota_count; i++) {
        const struct doc_quota *quota = &doc->quotas[i];
        const struct clause *why;
        enum outcome outcome = match_guard(w, &quota->guard, true, &why);
        if (SL_UNLIKELY(w->trace))
            explain_guard(w, "quota", quota->def.id, &quota->guard, outcome, true, "matched",
                          action_word(quota->def.then), why);
        if (outcome == OUTCOME_PASSED_OVER)
            note_needs(w);
        if (outcome == OUTCOME_MATCHED && w->out->quota_count < VERDICT_MAX_QUOTAS)
            w->out->quotas[w->out->quota_count++] = (int16_t)i;
    }
}

/* Fields are changed on their way to the origin; in a tunnel they are not seen, and a URL of https goes
 * there. A regex in doubt holds: what an administrator wants set is more often a limit than a favour. */
static void judge_headers(struct walk *w)
{
    const struct document *doc = &w->s->doc;
    if (w->hidden || sl_str_eq(w->facts->url->scheme, SL_STR("https")))
        return;
    for (size_t i = 0; i < doc->header_count; i++) {
        const struct doc_header *header = &doc->headers[i];
        const struct clause *why;
        enum outcome outcome = match_guard(w, &header->guard, true, &why);
        if (SL_UNLIKELY(w->trace))
            explain_guard(w, "headers", header->def.id, &header->guard, outcome, true, "matched", "edit",
                          why);
        if (outcome == OUTCOME_PASSED_OVER)
            note_needs(w);
        if (outcome == OUTCOME_MATCHED)
            w->out->headers[w->out->header_count++] = (int16_t)i;
    }
}

static bool inspection_verdict(struct walk *w)
{
    const struct document *doc = &w->s->doc;
    for (size_t i = 0; i < doc->inspection_count; i++) {
        const struct doc_inspection_rule *rule = &doc->inspection[i];
        const struct clause *why;
        enum outcome outcome = match_guard(w, &rule->guard, rule->inspect, &why);
        if (SL_UNLIKELY(w->trace))
            explain_guard(w, "inspection", rule->id, &rule->guard, outcome, rule->inspect, "matched",
                          rule->inspect ? "inspect" : "tunnel", why);
        if (outcome == OUTCOME_PASSED_OVER)
            note_needs(w);
        if (outcome == OUTCOME_MATCHED)
            return rule->inspect;
    }
    if (SL_UNLIKELY(w->trace))
        explain_default(w, "inspection", doc->inspect ? "inspect" : "tunnel");
    return doc->inspect;
}

/* Asked when a tunnel opens. A URL that would travel in one is judged by what can be seen of it from outside.
 */
static void judge_inspection(struct walk *w)
{
    if (!w->facts->tunnel && !sl_str_eq(w->facts->url->scheme, SL_STR("https")))
        return;
    struct category_set seen = w->out->categories;
    if (!w->hidden && w->s->doc.inspection_count > 0) {
        w->hidden = true;
        w->in_doubt = false;
        walk_categorise(w);
    }
    w->out->inspect = inspection_verdict(w);
    w->out->categories = seen;
}

void walk_decide(struct walk *w)
{
    walk_categorise(w);
    if (SL_UNLIKELY(w->trace))
        explain_categories(w);
    judge_rules(w);
    judge_quotas(w);
    judge_headers(w);
    judge_inspection(w);
}

void policy_decide(const struct snapshot *s, struct policy_scratch *scratch, const struct facts *facts,
                   struct verdict *out)
{
    struct walk w;
    walk_start(&w, s, scratch, facts, out);
    walk_decide(&w);
}

void walk_start(struct walk *w, const struct snapshot *s, struct policy_scratch *scratch,
                const struct facts *facts, struct verdict *out)
{
    if (SL_UNLIKELY(scratch->word_count < s->layout.end)) {
        scratch->words = sl_reallocarray(scratch->words, s->layout.end, sizeof *scratch->words);
        scratch->word_count = s->layout.end;
    }
    *out = (struct verdict){.rule = -1, .quota = -1, .reason = REASON_DEFAULT};
    *w = (struct walk){.s = s, .facts = facts, .scratch = scratch, .out = out, .hidden = facts->tunnel};
}

struct policy_scratch *policy_scratch_new(void)
{
    struct policy_scratch *scratch = sl_calloc(1, sizeof *scratch);
    scratch->patterns = pattern_scratch_new();
    return scratch;
}

void policy_scratch_free(struct policy_scratch **scratch)
{
    if (*scratch) {
        pattern_scratch_free(&(*scratch)->patterns);
        free((*scratch)->words);
    }
    free(*scratch);
    *scratch = NULL;
}
