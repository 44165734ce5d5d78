/* lint_guards.c - conditions that never hold, of rules, inspection rules, exceptions, quotas and header
 * rules. */
#include <stdio.h>

#include "policy/condition.h"
#include "policy/lint.h"

enum { SHORT_S = 8 * 86400 };

/* One thing with a guard. */
struct guarded {
    const struct guard *guard;
    const char *pointer;
    struct sl_str id;
    bool doubt;
};

static bool only_text(const struct clause *c, const char *text)
{
    return c && c->count == 1 && sl_str_eq(c->texts[0], sl_cstr(text));
}

static bool lacks_text(const struct clause *c, const char *text)
{
    for (uint32_t i = 0; c && i < c->count; i++)
        if (sl_str_eq(c->texts[i], sl_cstr(text)))
            return false;
    return c != NULL;
}

/* ---- tunnels hide what is in them ---- */

static const char *hidden_clause(const struct condition *c)
{
    static const enum condition_kind hidden[] = {CONDITION_REGEX, CONDITION_EXTENSION, CONDITION_CONTENT_TYPE,
                                                 CONDITION_SIZE_OVER};
    for (size_t i = 0; i < SL_COUNT(hidden); i++)
        if (condition_clause(c, hidden[i]))
            return condition_word(hidden[i]);
    return NULL;
}

static void check_tunnel(struct lint *l, const struct guarded *g)
{
    const struct condition *when = &g->guard->when;
    const struct clause *scheme = condition_clause(when, CONDITION_SCHEME),
                        *method = condition_clause(when, CONDITION_METHOD);
    bool tunnels = only_text(scheme, "connect") || only_text(method, "CONNECT");
    const char *hidden = hidden_clause(when);
    if (tunnels && hidden)
        lint_note(l, LINT_WARNING, "never-holds", g->pointer, g->id,
                  "never holds: in a tunnel %s is not seen; take it out, or the scheme or method", hidden);
    else if ((only_text(scheme, "connect") && lacks_text(method, "CONNECT")) ||
             (only_text(method, "CONNECT") && lacks_text(scheme, "connect")))
        lint_note(
            l, LINT_WARNING, "never-holds", g->pointer, g->id,
            "never holds: a tunnel has the method CONNECT and the scheme connect, other requests neither");
}

/* ---- time ---- */

/* Within a short validity some minute may be looked for, one by one. */
static bool meets(const struct lint *l, const struct clause *schedule, const struct validity *valid)
{
    if (!valid->has_from || !valid->has_until || valid->until_s - valid->from_s > SHORT_S)
        return true;
    for (int64_t at = valid->from_s; at < valid->until_s; at += 60 - at % 60)
        for (uint32_t i = 0; i < schedule->count; i++)
            if (schedule_holds(&l->s->doc.schedules[schedule->ids[i]], at))
                return true;
    return false;
}

static bool has_spans(const struct lint *l, const struct clause *schedule)
{
    for (uint32_t i = 0; i < schedule->count; i++) {
        const struct schedule *s = &l->s->doc.schedules[schedule->ids[i]];
        for (size_t w = 0; w < SL_COUNT(s->own.w); w++)
            if (s->own.w[w])
                return true;
    }
    return false;
}

static void check_time(struct lint *l, const struct guarded *g)
{
    const struct validity *valid = g->guard->valid;
    const struct clause *schedule = condition_clause(&g->guard->when, CONDITION_SCHEDULE);
    if (valid && validity_ended(valid, l->hints->now_s))
        lint_note(l, LINT_WARNING, "expired", g->pointer, g->id,
                  "has ended (%.*s): remove it, or give it a later \"until\"", SL_FMT(valid->until));
    else if (schedule && !has_spans(l, schedule))
        lint_note(l, LINT_WARNING, "never-holds", g->pointer, g->id,
                  "never holds: its schedule has no spans; give it some");
    else if (schedule && valid && !meets(l, schedule, valid))
        lint_note(l, LINT_WARNING, "never-holds", g->pointer, g->id,
                  "never holds: its schedule has no time between \"from\" and \"until\"");
}

/* ---- names with nothing behind them ---- */

static bool all_empty(const struct lint *l, const struct clause *c)
{
    for (size_t i = 0; i <= l->s->doc.category_count; i++)
        if (category_set_has(c->set, i) && !category_set_has(&l->empty, i))
            return false;
    return true;
}

static bool no_members(const struct lint *l, const struct clause *c)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (l->s->doc.groups[c->ids[i]].users.count > 0)
            return false;
    return true;
}

static bool no_addresses(const struct lint *l, const struct clause *c)
{
    const json_t *networks = json_object_get(l->s->json, "networks");
    for (uint32_t i = 0; i < c->count; i++) {
        struct sl_str name = l->s->doc.network_names.items[c->ids[i]];
        if (json_array_size(json_object_getn(networks, name.p, name.n)) > 0)
            return false;
    }
    return true;
}

static void check_names(struct lint *l, const struct guarded *g)
{
    const struct condition *when = &g->guard->when;
    const struct clause *category = condition_clause(when, CONDITION_CATEGORY),
                        *group = condition_clause(when, CONDITION_GROUP),
                        *network = condition_clause(when, CONDITION_NETWORK);
    if (category && all_empty(l, category))
        lint_note(l, LINT_WARNING, "never-holds", g->pointer, g->id,
                  "never holds: its categories hold nothing; give them hosts, urls or lists");
    if (network && no_addresses(l, network))
        lint_note(l, LINT_WARNING, "never-holds", g->pointer, g->id,
                  "never holds: its networks hold no address; give them some");
    if (group && no_members(l, group))
        lint_note(l, LINT_INFO, "empty-group", g->pointer, g->id,
                  "its groups have no members here: it holds only for whom the login says to be in one");
}

static void check_excepted(struct lint *l, const struct guarded *g)
{
    if (cover_excepted(l, (struct cover_side){g->guard, g->doubt}))
        lint_note(l, LINT_WARNING, "never-holds", g->pointer, g->id,
                  "never holds: \"unless\" holds whenever \"if\" does");
}

static void check(struct lint *l, const struct guard *guard, const char *pointer, struct sl_str id,
                  bool doubt)
{
    struct guarded g = {guard, pointer, id, doubt};
    check_time(l, &g);
    check_tunnel(l, &g);
    check_names(l, &g);
    check_excepted(l, &g);
}

void lint_guards(struct lint *l)
{
    const struct document *doc = &l->s->doc;
    struct sl_str none = SL_STR("");
    for (size_t i = 0; i < doc->rule_count; i++)
        if (!doc->rules[i].off)
            check(l, &doc->rules[i].guard, lint_pointer(l, "/rules/%zu", i), doc->rules[i].id,
                  doc->rules[i].then != ACTION_ALLOW);
    for (size_t i = 0; i < doc->inspection_count; i++)
        check(l, &doc->inspection[i].guard, lint_pointer(l, "/inspection/rules/%zu", i), none,
              doc->inspection[i].inspect);
    for (size_t i = 0; i < doc->exception_count; i++)
        check(l, &doc->exceptions[i].guard, lint_pointer(l, "/inspection/exceptions/%zu", i), none,
              doc->exceptions[i].then == EXCUSE_NONE);
    for (size_t i = 0; i < doc->quota_count; i++)
        check(l, &doc->quotas[i].guard, lint_pointer(l, "/quotas/%zu", i), none, true);
    for (size_t i = 0; i < doc->header_count; i++)
        check(l, &doc->headers[i].guard, lint_pointer(l, "/headers/%zu", i), none, true);
}
