/* decide.c - every check in order, on one page. Newcomers start here.
 *
 *   facts ──> categories ──> rules ──> quotas ──> headers ──> inspection ──> verdict
 *                            first     all that   all that    first
 *                            that      match      match       that
 *                            matches                          matches
 *
 * Each rule, quota, header rule and inspection rule has a guard (`if` and `unless`) that matches, does not,
 * is excepted by its `unless`, or is passed over because it needs a fact that is not known yet or hidden in a
 * tunnel. The sieve finds those that match by sets; where sets can't tell, match_guard is asked. Pure: no
 * clock, no I/O, no log, and no memory once the scratch has grown to the size that the snapshot needs. */
#include <stdlib.h>

#include "policy/services.h"
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
    out->source = sl_addr_none(rule->source) ? NULL : &rule->source;
    out->parent = rule->parent;
}

static void start(struct walk *w, enum sieve_id id, struct sieve_pass *out)
{
    sieve_start(w, &w->s->sieves[id], walk_bits(w, w->s->layout.moments[id]),
                walk_bits(w, w->s->layout.sieve), out);
}

/* sure: the sieve says that it matches. Otherwise the guard is asked. */
static enum outcome judge(struct walk *w, const struct guard *g, bool sure, bool doubt,
                          const struct clause **why)
{
    if (sure)
        return OUTCOME_MATCHED;
    enum outcome outcome = match_guard(w, g, doubt, why);
    if (outcome == OUTCOME_PASSED_OVER)
        note_needs(w);
    return outcome;
}

/* False: go on with the next rule. */
static bool judge_rule(struct walk *w, size_t index, bool sure)
{
    const struct doc_rule *rule = &w->s->doc.rules[index];
    const struct clause *why;
    if (SL_UNLIKELY(rule->off)) { /* asked only when every rule is */
        if (w->trace)
            explain_off(w, "rule", rule->id, action_word(rule->then));
        return false;
    }
    bool doubt = rule->then != ACTION_ALLOW;
    enum outcome outcome = judge(w, &rule->guard, sure, doubt, &why);
    if (SL_UNLIKELY(w->trace))
        explain_guard(w, "rule", rule->id, &rule->guard, outcome, doubt,
                      rule->report_only ? "report-only" : "matched", action_word(rule->then), why);
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
    struct sieve_pass pass;
    size_t i;
    bool sure;
    start(w, SIEVE_RULES, &pass);
    while (sieve_next(w, &pass, &i, &sure))
        if (judge_rule(w, i, sure))
            return;
    w->out->action = doc->then;
    if (SL_UNLIKELY(w->trace))
        explain_default(w, "rule", action_word(doc->then));
}

static void judge_quotas(struct walk *w)
{
    struct sieve_pass pass;
    size_t i;
    bool sure;
    start(w, SIEVE_QUOTAS, &pass);
    while (sieve_next(w, &pass, &i, &sure)) {
        const struct doc_quota *quota = &w->s->doc.quotas[i];
        const struct clause *why;
        enum outcome outcome = judge(w, &quota->guard, sure, true, &why);
        if (SL_UNLIKELY(w->trace))
            explain_guard(w, "quota", quota->def.id, &quota->guard, outcome, true, "matched",
                          quota->def.throttle.bytes_per_s ? "throttle" : action_word(quota->def.then), why);
        if (outcome == OUTCOME_MATCHED)
            w->out->quotas[i / 64] |= UINT64_C(1) << i % 64;
    }
}

/* A regex in doubt holds: what an administrator wants set is more often a limit than a favour. */
static void judge_header(struct walk *w, size_t i, bool sure)
{
    const struct doc_header *header = &w->s->doc.headers[i];
    const struct clause *why;
    if (w->hidden && header->def.resolve_as.n == 0)
        return;
    enum outcome outcome = judge(w, &header->guard, sure, true, &why);
    bool elsewhere = outcome == OUTCOME_MATCHED && header->service &&
                     !service_has_host(header->service, w->facts->url->host);
    if (SL_UNLIKELY(w->trace))
        explain_header(w, header, elsewhere, outcome, why);
    if (outcome != OUTCOME_MATCHED || elsewhere)
        return;
    w->out->headers[i / 64] |= UINT64_C(1) << i % 64;
    if (header->def.resolve_as.n > 0)
        w->out->resolve_as = header->def.resolve_as; /* of several, the last one's, as with fields */
}

/* Fields are changed on their way to the origin; in a tunnel they are not seen, but where it leads is ours to
 * say. For a URL of https the verdict is what holds where its tunnel is inspected. */
static void judge_headers(struct walk *w)
{
    struct sieve_pass pass;
    size_t i;
    bool sure;
    if (w->hidden && !w->s->doc.redirects)
        return;
    start(w, SIEVE_HEADERS, &pass);
    while (sieve_next(w, &pass, &i, &sure))
        judge_header(w, i, sure);
}

static bool inspection_verdict(struct walk *w)
{
    const struct document *doc = &w->s->doc;
    struct sieve_pass pass;
    size_t i;
    bool sure;
    start(w, SIEVE_INSPECTION, &pass);
    while (sieve_next(w, &pass, &i, &sure)) {
        const struct doc_inspection_rule *rule = &doc->inspection[i];
        const struct clause *why;
        enum outcome outcome = judge(w, &rule->guard, sure, rule->inspect, &why);
        if (SL_UNLIKELY(w->trace))
            explain_guard(w, "inspection", rule->id, &rule->guard, outcome, rule->inspect, "matched",
                          rule->inspect ? "inspect" : "tunnel", why);
        if (outcome == OUTCOME_MATCHED)
            return rule->inspect;
    }
    if (SL_UNLIKELY(w->trace))
        explain_default(w, "inspection", doc->inspect ? "inspect" : "tunnel");
    return doc->inspect;
}

/* An exception holds if it covers all that is wrong: one for what has expired must not let pass what is for
 * another host, too. */
static bool judge_exception(struct walk *w, const struct doc_exception *e)
{
    const struct clause *why = NULL;
    bool doubt = e->then == EXCUSE_NONE;
    bool covers = (w->facts->faults & ~e->faults) == 0;
    enum outcome outcome = covers ? match_guard(w, &e->guard, doubt, &why) : OUTCOME_NOT_MATCHED;
    if (w->trace)
        explain_exception(w, e, covers, outcome, why);
    if (outcome != OUTCOME_MATCHED)
        return false;
    w->out->excuse = e->then;
    w->out->exception = e->id;
    return true;
}

static void judge_faults(struct walk *w)
{
    const struct document *doc = &w->s->doc;
    for (size_t i = 0; i < doc->exception_count; i++)
        if (judge_exception(w, &doc->exceptions[i]))
            return;
    if (w->trace)
        explain_default(w, "exception", excuse_word(EXCUSE_NONE));
}

/* Asked when a tunnel opens. A URL that would travel in one is judged by what can be seen of it from outside.
 */
static void judge_inspection(struct walk *w)
{
    if (!w->facts->tunnel && !sl_str_eq(w->facts->url->scheme, SL_STR("https")))
        return;
    struct category_set seen = w->out->categories;
    bool hide = !w->hidden;
    w->hidden = true;
    if (hide && w->by_path && w->s->doc.inspection_count + w->s->doc.exception_count > 0) {
        w->in_doubt = false;
        walk_categorise(w);
    }
    w->out->inspect = inspection_verdict(w);
    if (SL_UNLIKELY(w->facts->faults))
        judge_faults(w);
    w->out->categories = seen;
}

void walk_decide(struct walk *w)
{
    moment_find(w);
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
    if (SL_UNLIKELY(scratch->moment.serial != s->serial))
        scratch->moment = (struct moment){.serial = s->serial}; /* no moment is found */
    memset(out, 0, offsetof(struct verdict, reports));
    out->rule = out->quota = out->slow_quota = -1;
    out->reason = REASON_DEFAULT;
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

uint64_t policy_scratch_limits_hit(const struct policy_scratch *scratch)
{
    return pattern_scratch_limits_hit(scratch->patterns);
}
