/* why.c - store_explain: the whole answer with its reasons, as the API and the command print it. */
#include <inttypes.h>

#include "policy/quota.h"
#include "policy/store/inside.h"
#include "policy/store/learned.h"
#include "policy/store/ledger.h"
#include "policy/store/origins.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"

enum { SUBJECTS_MOST = 64, GROUPS_MOST = 64 };

static json_t *text_or_null(struct sl_str text)
{
    return text.n ? subject_json(text) : json_null();
}

static json_t *categories_json(const struct snapshot *s, const struct category_set *set)
{
    json_t *out = json_array();
    for (size_t i = 0; i < snapshot_category_count(s); i++)
        if (category_set_has(set, i))
            json_array_append_new(out, subject_json(snapshot_category_name(s, i)));
    return out;
}

static json_t *reports_json(const struct snapshot *s, const struct verdict *v)
{
    json_t *out = json_array();
    for (unsigned i = 0; i < v->report_count; i++)
        json_array_append_new(out, subject_json(snapshot_rule_id(s, v->reports[i])));
    return out;
}

/* "1.2 of 3 bytes" for each limit that there is. */
static void say_use(struct sl_text *t, const char *unit, uint64_t used, uint64_t limit)
{
    if (limit)
        sl_text_addf(t, "%s%" PRIu64 " of %" PRIu64 " %s", t->n ? ", " : "", used, limit, unit);
}

static json_t *quota_step(struct store *st, const struct snapshot *s, int quota, struct sl_str subject,
                          int64_t now_s)
{
    const struct quota_def *q = snapshot_quota(s, quota);
    struct quota_use use;
    struct sl_text text = {0};
    char resets[SL_RFC3339_TEXT];
    ledger_use(st->ledger, ledger_peek(st->ledger, s, quota, subject, now_s), s, quota, now_s, &use);
    struct quota_amounts limit = quota_limit(q, &use);
    say_use(&text, "bytes", use.bytes, limit.bytes);
    say_use(&text, "requests", use.requests, limit.requests);
    say_use(&text, "minutes", use.minutes, limit.minutes);
    sl_text_addf(&text, " used by %.*s; resets %s", SL_FMT(sl_str_sub(subject, 0, 100)),
                 sl_rfc3339(use.window_end_s * 1000000, resets));
    json_t *step =
        json_pack("{s:s, s:o, s:s, s:o, s:i}", "step", "quota-use", "id", subject_json(q->id), "result",
                  quota_exhausted(q, &use) ? "exhausted" : "left", "because",
                  subject_json(sl_text_str(&text)), "percent", (int)SL_MIN(quota_percent(q, &use), 1000000u));
    sl_text_fini(&text);
    return step;
}

static void add_quota_steps(struct store *st, const struct snapshot *s, const struct facts *facts,
                            const struct verdict *v, json_t *trace)
{
    struct sl_str subjects[SUBJECTS_MOST];
    char buf[SL_ADDR_TEXT];
    VERDICT_EACH(quota, v->quotas)
    {
        size_t count = quota_subjects(s, (int)quota, facts, subjects, SUBJECTS_MOST, buf);
        for (size_t j = 0; j < count; j++)
            json_array_append_new(trace, quota_step(st, s, (int)quota, subjects[j], facts->time_s));
    }
}

static void add_consent_step(const struct verdict *v, json_t *trace)
{
    if (v->reason != REASON_CONTINUED)
        return;
    json_array_append_new(trace, json_pack("{s:s, s:o, s:s, s:s}", "step", "consent", "id",
                                           text_or_null(v->rule_id), "result", "accepted", "because",
                                           "the warning was accepted for this domain and still holds"));
}

/* ---- inspection ---- */

/* What the policy would inspect is tunnelled all the same when it was learned that it can't be. */
static bool is_learned(struct store *st, const struct facts *facts, const struct verdict *v)
{
    return v->inspect && learned_is_bypass(st->learned, facts->url->host, facts->time_s);
}

static void add_learned_step(struct store *st, const struct facts *facts, json_t *trace)
{
    json_t *rows = NULL, *row;
    if (!store_learned_list(st, facts->url->host, &rows, NULL) || !(row = json_array_get(rows, 0))) {
        json_decref(rows);
        return;
    }
    const char *until = json_string_value(json_object_get(row, "until"));
    const char *kind = json_string_value(json_object_get(row, "kind"));
    struct sl_text text = {0};
    sl_text_addf(&text, "it was learned that this host can't be inspected: %s; ",
                 kind && strcmp(kind, "pinned") == 0 ? "programs accept only its own certificate"
                                                     : "it asks for a client certificate");
    sl_text_addf(&text, until ? "until %s" : "without end", until);
    json_array_append_new(trace, json_pack("{s:s, s:O, s:s, s:s, s:o}", "step", "inspection", "id",
                                           json_object_get(row, "host"), "result", "matched", "then",
                                           "tunnel", "because", subject_json(sl_text_str(&text))));
    sl_text_fini(&text);
    json_decref(rows);
}

/* ---- the answer in one sentence ---- */

static void add_name(struct sl_text *t, const char *what, struct sl_str id, struct sl_str title)
{
    sl_text_addf(t, "%s '%.*s'", what, SL_FMT(id));
    if (title.n > 0)
        sl_text_addf(t, " (%.*s)", SL_FMT(title));
}

/* Why the rule matched, in the words of its step. */
static struct sl_str because_of(const json_t *trace, struct sl_str rule)
{
    size_t i;
    json_t *step;
    json_array_foreach(trace, i, step)
    {
        const char *id = json_string_value(json_object_get(step, "id"));
        if (id && sl_str_eq(sl_cstr(id), rule) &&
            strcmp(json_string_value(json_object_get(step, "step")), "rule") == 0)
            return sl_cstr(json_string_value(json_object_get(step, "because")));
    }
    return SL_STR("");
}

/* The slowest of what slows it down: the rule's throttle, or that of a quota that is used up. */
static const struct rate_def *throttle_of(const struct snapshot *s, const struct verdict *v)
{
    const struct rate_def *quota = v->slow_quota >= 0 ? &snapshot_quota(s, v->slow_quota)->throttle : NULL;
    if (v->action != ACTION_ALLOW || !quota)
        return v->action == ACTION_ALLOW ? v->throttle : NULL;
    return v->throttle && v->throttle->bytes_per_s <= quota->bytes_per_s ? v->throttle : quota;
}

static void say_throttle(struct sl_text *t, const struct rate_def *rate)
{
    static const char *const whom[] = {[QUOTA_PER_USER] = "each user",
                                       [QUOTA_PER_CLIENT] = "each client",
                                       [QUOTA_PER_GROUP] = "each group",
                                       [QUOTA_PER_ALL] = "all together"};
    char text[RATE_TEXT];
    if (rate)
        sl_text_addf(t, "; at most %s for %s", rate_text(rate->bytes_per_s, text), whom[rate->per]);
}

static void say_source(struct sl_text *t, const struct sl_addr *source)
{
    char text[SL_ADDR_TEXT];
    if (source)
        sl_text_addf(t, "; from the address %s", sl_addr_text(*source, text));
}

/* What the rule that allows asks for: nothing of it counts when a quota refuses after all. */
static const struct sl_addr *source_of(const struct verdict *v)
{
    return v->action == ACTION_ALLOW ? v->source : NULL;
}

static void say_parent(struct sl_text *t, const struct verdict *v)
{
    if (v->parent.n == 0 || (v->action != ACTION_ALLOW && v->action != ACTION_WARN))
        return;
    if (sl_str_eq(v->parent, SL_STR("direct")))
        sl_text_add(t, SL_STR("; through no parent proxy"));
    else
        sl_text_addf(t, "; through the parent proxy '%.*s'", SL_FMT(v->parent));
}

static json_t *sentence(const struct snapshot *s, const struct verdict *v, const json_t *trace)
{
    static const char *const actions[] = {[ACTION_ALLOW] = "Allowed",
                                          [ACTION_BLOCK] = "Blocked",
                                          [ACTION_WARN] = "A warning comes first",
                                          [ACTION_QUOTA] = "Blocked",
                                          [ACTION_ERROR] = "Not possible"};
    struct sl_text t = {0};
    sl_text_add(&t, sl_cstr(actions[v->action]));
    if (v->reason == REASON_QUOTA_WARNING) {
        const struct quota_def *q = snapshot_quota(s, v->quota);
        add_name(&t, ": the quota", q->id, q->title);
        sl_text_addf(&t, " is used to its warning at %u %%", q->warn_at);
    } else if (v->quota >= 0) {
        const struct quota_def *q = snapshot_quota(s, v->quota);
        add_name(&t, ": the quota", q->id, q->title);
        sl_text_add(&t, SL_STR(" is used up"));
    } else if (v->reason == REASON_CONTINUED) {
        add_name(&t, ": the warning of rule", v->rule_id, v->title);
        sl_text_add(&t, SL_STR(" was accepted"));
    } else if (v->rule < 0) {
        sl_text_add(&t, SL_STR(" by the default: no rule decides"));
    } else {
        add_name(&t, v->action == ACTION_WARN ? ", by rule" : " by rule", v->rule_id, v->title);
        sl_text_addf(&t, ": %.*s", SL_FMT(because_of(trace, v->rule_id)));
    }
    say_throttle(&t, throttle_of(s, v));
    say_source(&t, source_of(v));
    say_parent(&t, v);
    sl_text_addc(&t, '.');
    json_t *text = subject_json(sl_text_str(&t));
    sl_text_fini(&t);
    return text;
}

static json_t *groups_json(const struct snapshot *s, const struct facts *f)
{
    struct sl_str groups[GROUPS_MOST];
    json_t *out = json_array();
    size_t count = f->user.n > 0 ? snapshot_groups_of(s, f->user, groups, GROUPS_MOST) : 0;
    for (size_t i = 0; i < count; i++)
        json_array_append_new(out, subject_json(groups[i]));
    for (size_t i = 0; i < f->group_count && json_array_size(out) < GROUPS_MOST; i++)
        json_array_append_new(out, subject_json(f->groups[i]));
    return out;
}

static json_t *throttle_json(const struct rate_def *rate)
{
    char text[RATE_TEXT];
    return rate ? json_pack("{s:s, s:s, s:I}", "rate", rate_text(rate->bytes_per_s, text), "per",
                            quota_per_words[rate->per], "burst", (json_int_t)rate->burst)
                : json_null();
}

static json_t *address_json(const struct sl_addr *a)
{
    char text[SL_ADDR_TEXT];
    return a ? json_string(sl_addr_text(*a, text)) : json_null();
}

/* What was decided, without reasons. */
static json_t *verdict_json(const struct snapshot *s, const struct verdict *v)
{
    struct sl_str quota = v->quota >= 0 ? snapshot_quota(s, v->quota)->id : SL_STR("");
    /* A quota that warns lends its id to the verdict for the continue page; it is no rule. */
    struct sl_str rule = v->action == ACTION_WARN && v->reason == REASON_QUOTA ? SL_STR("") : v->rule_id;
    return json_pack("{s:s, s:o, s:o, s:b, s:o, s:I, s:s}", "action", action_word(v->action), "rule",
                     text_or_null(rule), "categories", categories_json(s, &v->categories), "inspect",
                     v->inspect, "quota", text_or_null(quota), "policy_version",
                     (json_int_t)snapshot_version(s), "reason", verdict_reason_word(v->reason));
}

/* What would become of the faults that the question names; null: it names none, or it is no tunnel. */
static json_t *excuse_json(const struct facts *facts, const struct verdict *v)
{
    bool asked = facts->faults && (facts->tunnel || sl_str_eq(facts->url->scheme, SL_STR("https")));
    return asked ? json_pack("{s:s, s:o}", "then", excuse_word(v->excuse), "exception",
                             text_or_null(v->exception))
                 : json_null();
}

static json_t *answer_json(const struct snapshot *s, const struct facts *facts, const struct verdict *v,
                           json_t *take_trace)
{
    json_t *answer = verdict_json(s, v);
    json_object_set_new(answer, "report_only", reports_json(s, v));
    json_object_set_new(answer, "title", text_or_null(v->title));
    json_object_set_new(answer, "message", text_or_null(v->message));
    json_object_set_new(answer, "throttle", throttle_json(throttle_of(s, v)));
    json_object_set_new(answer, "source", address_json(source_of(v)));
    json_object_set_new(answer, "parent", text_or_null(v->parent));
    json_object_set_new(answer, "fault", excuse_json(facts, v));
    json_object_set_new(answer, "groups", groups_json(s, facts));
    json_object_set_new(answer, "text", sentence(s, v, take_trace));
    json_object_set_new(answer, "trace", take_trace);
    return answer;
}

json_t *store_judge(struct store *s, struct snapshot *snapshot, const struct facts *facts)
{
    struct policy_scratch *scratch = store_scratch_take(s);
    struct verdict v;
    policy_decide(snapshot, scratch, facts, &v);
    judge_standing(s->ledger, s->consents, snapshot, facts, &v);
    v.inspect = v.inspect && !is_learned(s, facts, &v);
    store_scratch_give(s, scratch);
    return verdict_json(snapshot, &v);
}

bool store_explain(struct store *s, struct snapshot *snapshot, const struct facts *facts, json_t **out,
                   struct sl_err *err)
{
    struct snapshot *snap = snapshot ? snapshot_ref(snapshot) : policy_live_get(s->live);
    struct policy_scratch *scratch = store_scratch_take(s);
    struct verdict v;
    json_t *trace = policy_explain(snap, scratch, facts, &v);
    bool ok = trace != NULL || sl_fail(err, SL_INTERNAL, "no explanation");
    if (ok) {
        origins_add_to_trace(s, facts->url, trace);
        judge_standing(s->ledger, s->consents, snap, facts, &v);
        add_consent_step(&v, trace);
        add_quota_steps(s, snap, facts, &v, trace);
        if (is_learned(s, facts, &v)) {
            add_learned_step(s, facts, trace);
            v.inspect = false;
        }
        *out = answer_json(snap, facts, &v, trace);
    }
    store_scratch_give(s, scratch);
    snapshot_unref(&snap);
    return ok;
}
