/* concern.c - which quotas may concern a person, before anything is asked for: what the page of quotas shows.
 * A clause on users, groups or networks is judged; one on what is asked for may hold some time. */
#include "policy/walk.h"

static bool is_about_who(const struct clause *c)
{
    return c->kind == CONDITION_USER || c->kind == CONDITION_GROUP || c->kind == CONDITION_NETWORK;
}

static bool may_hold(struct walk *w, const struct condition *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (is_about_who(&c->clauses[i]) && match_clause(w, &c->clauses[i], true) != HOLDS_YES)
            return false;
    return true;
}

static bool always_holds(struct walk *w, const struct condition *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (!is_about_who(&c->clauses[i]) || match_clause(w, &c->clauses[i], false) != HOLDS_YES)
            return false;
    return true;
}

bool policy_quota_concerns(const struct snapshot *s, struct policy_scratch *scratch,
                           const struct facts *facts, int quota)
{
    const struct guard *g = &s->doc.quotas[quota].guard;
    struct verdict v;
    struct walk w;
    walk_start(&w, s, scratch, facts, &v);
    return (!g->valid || validity_holds(g->valid, facts->time_s)) && may_hold(&w, &g->when) &&
           !(g->has_unless && always_holds(&w, &g->unless));
}
