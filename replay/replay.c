/* replay.c - recorded requests through two policies. See sluice/replay.h.
 *
 * Both sides are judged on the same facts, so that what changed meanwhile (lists, what is not recorded) shows
 * on neither. Against the record itself they would be blamed on the candidate; who wants that may ask for it.
 */
#include "sluice/replay.h"

#include "policy/names.h"
#include "replay/counts.h"

struct replay {
    const struct replay_plan *plan;
    struct policy_scratch *scratch;
    struct sl_arena arena;
    struct names groups; /* that either document gives members: of them the record says what was true then */
    struct counts counts;
    bool cancelled;
};

static void add_groups(struct names *groups, const struct snapshot *s)
{
    const char *name;
    json_t *members;
    if (!s)
        return;
    json_object_foreach(json_object_get(snapshot_document(s), "groups"), name, members)
    {
        if (json_array_size(members))
            names_add(groups, sl_cstr(name));
    }
}

/* Groups of the record that come from elsewhere: each policy adds its own members. */
static void leave_groups(const struct replay *p, struct replay_facts *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->facts.group_count; i++)
        if (names_find(&p->groups, f->groups[i]) < 0)
            f->groups[kept++] = f->groups[i];
    f->facts.group_count = kept;
}

/* What the rules said then: what quotas and accepted warnings made of it is left out, as on the other side.
 */
static struct side recorded_side(const struct record *r)
{
    bool continued = sl_str_eq(r->reason, sl_cstr(verdict_reason_word(REASON_CONTINUED)));
    bool quota = sl_str_eq(r->reason, sl_cstr(verdict_reason_word(REASON_QUOTA))) ||
                 sl_str_eq(r->reason, sl_cstr(verdict_reason_word(REASON_QUOTA_WARNING)));
    enum action action = continued                          ? ACTION_WARN
                         : quota || r->action > ACTION_WARN ? ACTION_ALLOW
                                                            : r->action;
    return (struct side){action, r->rule};
}

static void note_missing(const struct verdict *v, const struct facts *f, bool *address, bool *answer)
{
    *address = *address || (v->action == ACTION_ALLOW && v->needs_address && !(f->known & FACT_ADDRESS));
    *answer = *answer || (v->action == ACTION_ALLOW && v->needs_response && !(f->known & FACT_RESPONSE));
}

static struct side judge(struct replay *p, const struct snapshot *s, const struct replay_facts *f,
                         bool *address, bool *answer)
{
    struct verdict v;
    replay_judge(s, p->scratch, f, &v);
    note_missing(&v, &f->facts, address, answer);
    return (struct side){v.action, v.rule_id};
}

static void compare(struct replay *p, const struct record *r, const struct replay_facts *f)
{
    struct counts *c = &p->counts;
    bool address = false, answer = false;
    struct side before = p->plan->before ? judge(p, p->plan->before, f, &address, &answer) : recorded_side(r),
                after = judge(p, p->plan->after, f, &address, &answer);
    c->judged++;
    c->cut += r->truncated;
    c->tunnels += f->facts.tunnel;
    c->no_address += address;
    c->no_answer += answer;
    if (before.action != after.action)
        counts_change(c, r, &before, &after);
    else
        c->other_rule += !sl_str_eq(before.rule, after.rule);
}

static bool each(void *arg, const struct record *r)
{
    struct replay *p = arg;
    struct replay_facts facts;
    p->counts.requests++;
    if (!replay_by_policy(r)) {
        p->counts.by_gateway++;
    } else if (!replay_facts_read(r, &p->arena, &facts)) {
        p->counts.unreadable++;
    } else {
        leave_groups(p, &facts);
        compare(p, r, &facts);
    }
    sl_arena_reset(&p->arena);
    return true;
}

static bool go_on(void *arg, uint64_t seen, uint64_t about)
{
    struct replay *p = arg;
    p->cancelled = p->plan->go_on && !p->plan->go_on(p->plan->arg, seen, about);
    return !p->cancelled;
}

bool replay_run(const struct replay_plan *plan, json_t **out, struct sl_err *err)
{
    struct replay p = {.plan = plan, .scratch = policy_scratch_new()};
    struct audit_scan scan = {plan->from_us, plan->to_us, each, go_on, &p};
    sl_arena_init(&p.arena, 0);
    counts_init(&p.counts, plan->examples);
    add_groups(&p.groups, plan->before);
    add_groups(&p.groups, plan->after);
    bool ok = audit_scan(plan->directory, &scan, err) &&
              (!p.cancelled || sl_fail(err, SL_BUSY, "the replay was cancelled"));
    if (ok)
        *out = counts_report(&p.counts, plan);
    names_fini(&p.groups);
    counts_fini(&p.counts);
    sl_arena_fini(&p.arena);
    policy_scratch_free(&p.scratch);
    return ok;
}
