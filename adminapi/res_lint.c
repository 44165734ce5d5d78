/* res_lint.c - what is odd about a policy, and what its rules do: POST /policy/lint, GET /policy/usage. */
#include <stdlib.h>

#include "adminapi/resources.h"
#include "sluice/clock.h"
#include "sluice/figures.h"

enum { RULES_MOST = 100000, LOG_DAYS = 30, DEADLINE_MS = 5000 };
static const int64_t HOUR_US = (int64_t)3600 * 1000000, DAY_US = (int64_t)86400 * 1000000;

/* ---- what the log knows ---- */

struct usage {
    json_t *
        rules; /* {"rule id": {"hits_24h","hits_7d","hits_30d","last_hit"}} of rules that decided something */
    unsigned days; /* how far the log goes back, LOG_DAYS at most */
    bool approx;
};

static void usage_fini(struct usage *u)
{
    json_decref(u->rules);
}

static bool span_of(int64_t now_us, int64_t back_us, int64_t step_s, struct figures_query *q,
                    struct sl_err *err)
{
    return figures_span(now_us - back_us, now_us, step_s, LOG_DAYS + 1, &q->span, err);
}

static json_t *minute(int64_t minutes)
{
    char text[SL_RFC3339_TEXT];
    return minutes ? json_string(sl_rfc3339(minutes * 60 * 1000000, text)) : json_null();
}

static json_t *entry_of(json_t *rules, const char *rule)
{
    json_t *entry = json_object_get(rules, rule);
    if (entry == NULL) {
        entry = json_pack("{s:i, s:i, s:i, s:n}", "hits_24h", 0, "hits_7d", 0, "hits_30d", 0, "last_hit");
        json_object_set_new(rules, rule, entry);
    }
    return entry;
}

static bool count(struct figures_query *q, const char *member, struct usage *u, struct sl_err *err)
{
    struct figures_order order = {.by = FIGURES_BY_RULE, .metric = FIGURES_REQUESTS, .limit = RULES_MOST};
    struct figures_table table;
    if (!figures_top(q, &order, &table, err))
        return false;
    for (size_t i = 0; i < table.count; i++) {
        if (table.items[i].name == NULL)
            continue; /* the default */
        json_t *entry = entry_of(u->rules, table.items[i].name);
        json_object_set_new(entry, member, json_integer((json_int_t)table.items[i].total.requests));
        json_object_set_new(entry, "last_hit", minute(table.items[i].total.last_min));
    }
    u->approx = u->approx || table.approx;
    figures_table_fini(&table);
    return true;
}

static bool measure_log(struct figures_query *q, struct usage *u, struct sl_err *err)
{
    struct figures *steps = sl_calloc(q->span.count, sizeof *steps);
    bool approx, ok = figures_over_time(q, steps, &approx, err);
    for (size_t i = q->span.count; ok && i-- > 0;)
        if (steps[i].requests > 0)
            u->days = (unsigned)SL_MIN(q->span.count - i, (size_t)LOG_DAYS);
    free(steps);
    return ok;
}

/* From rollups: some milliseconds, whatever the log holds. */
static bool usage_read(struct api_request *req, struct usage *u, struct sl_err *err)
{
    static const struct {
        const char *member;
        int64_t hours;
    } spans[] = {{"hits_24h", 24}, {"hits_7d", 7 * 24}, {"hits_30d", LOG_DAYS * 24}};
    struct figures_query q = {.directory = store_directory(req->ctx->store),
                              .cache = req->ctx->figures,
                              .deadline_ms = DEADLINE_MS,
                              .gone = api_gone_of,
                              .gone_arg = req};
    int64_t now_us = sl_wall_us();
    *u = (struct usage){.rules = json_object()};
    for (size_t i = 0; i < SL_COUNT(spans); i++)
        if (!span_of(now_us, spans[i].hours * HOUR_US, 0, &q, err) || !count(&q, spans[i].member, u, err))
            return false;
    return span_of(now_us, LOG_DAYS * DAY_US, 86400, &q, err) && measure_log(&q, u, err);
}

/* ---- GET /policy/usage ---- */

/* report_only rules decide nothing; what they would have done is counted from the start of the gateway on. */
static json_t *item_of(const struct snapshot *s, size_t rule, const struct usage *u, const json_t *reports)
{
    struct sl_str id = snapshot_rule_id(s, (int)rule);
    const json_t *entry = json_object_getn(u->rules, id.p, id.n),
                 *reported = json_object_getn(reports, id.p, id.n);
    json_t *item = json_pack("{s:s%, s:i, s:i, s:i, s:n, s:I}", "rule", id.p, id.n, "hits_24h", 0, "hits_7d",
                             0, "hits_30d", 0, "last_hit", "would_have_acted", json_integer_value(reported));
    json_object_update((json_t *)item, (json_t *)(uintptr_t)entry);
    return item;
}

static json_t *items_of(struct api_request *req, const struct usage *u)
{
    json_t *items = json_array(), *reports = req->ctx->audit ? audit_report_counts(req->ctx->audit) : NULL;
    struct snapshot *s = policy_live_get(store_live(req->ctx->store));
    for (size_t i = 0; i < snapshot_rule_count(s); i++)
        json_array_append_new(items, item_of(s, i, u, reports));
    snapshot_unref(&s);
    json_decref(reports);
    return items;
}

void policy_usage(struct api_request *req, struct api_reply *reply)
{
    struct usage u;
    struct sl_err err = {0};
    if (usage_read(req, &u, &err))
        reply_json(reply, 200,
                   json_pack("{s:o, s:i, s:b}", "items", items_of(req, &u), "log_days", (int)u.days, "approx",
                             u.approx));
    else if (err.code == SL_LIMIT)
        reply_problem(reply, 503, "%s", err.msg);
    else
        reply_error(reply, &err);
    usage_fini(&u);
}

/* ---- POST /policy/lint ---- */

/* {"rule id": hits} of the rules that a version of 30 days ago had too; NULL where the log is younger. */
static json_t *hits_of(struct api_request *req, const struct usage *u)
{
    json_t *old, *rule, *hits;
    struct sl_err err = {0};
    size_t i;
    int64_t version = store_policy_version_at(req->ctx->store, sl_wall_us() - LOG_DAYS * DAY_US);
    if (u->days < LOG_DAYS || version == 0 || !store_policy_get(req->ctx->store, version, &old, &err))
        return NULL;
    hits = json_object();
    json_array_foreach(json_object_get(old, "rules"), i, rule)
    {
        const char *id = json_string_value(json_object_get(rule, "id"));
        const json_t *entry = id ? json_object_get(u->rules, id) : NULL;
        if (id)
            json_object_set_new(hits, id,
                                json_integer(json_integer_value(json_object_get(entry, "hits_30d"))));
    }
    json_decref(old);
    return hits;
}

/* {"list name": entries} */
static json_t *list_sizes(struct store *s)
{
    json_t *sources = NULL, *source, *part, *sizes = json_object();
    size_t i, k;
    if (!store_list_show(s, (struct sl_str){0}, &sources, NULL))
        return sizes;
    json_array_foreach(sources, i, source)
    {
        json_array_foreach(json_object_get(source, "parts"), k, part)
            json_object_set_new(sizes, json_string_value(json_object_get(part, "name")),
                                json_incref(json_object_get(part, "entries")));
    }
    json_decref(sources);
    return sizes;
}

static json_t *notes_of(struct api_request *req, const struct snapshot *s)
{
    struct usage u;
    struct sl_err err = {0};
    json_t *sizes = list_sizes(req->ctx->store), *hits = NULL,
           *overlaps = store_lists_overlaps(req->ctx->store, snapshot_document(s)),
           *missing = store_missing_parents(req->ctx->store, snapshot_document(s));
    if (usage_read(req, &u, &err)) /* without a log there is less to say, but no less to lint */
        hits = hits_of(req, &u);
    struct lint_hints hints = {.now_s = sl_wall_us() / 1000000,
                               .hits = hits,
                               .days = LOG_DAYS,
                               .lists = sizes,
                               .overlaps = overlaps,
                               .missing_parents = missing,
                               .always_run = (size_t)req->settings->policy.always_run};
    json_t *notes = policy_lint(s, &hints);
    json_decref(hits);
    json_decref(sizes);
    json_decref(overlaps);
    json_decref(missing);
    usage_fini(&u);
    return notes;
}

static json_int_t warnings_in(const json_t *notes)
{
    const json_t *note;
    json_int_t count = 0;
    size_t i;
    json_array_foreach(notes, i, note) count += sl_str_eq(api_member(note, "severity"), SL_STR("warning"));
    return count;
}

/* The document that was sent, or the active one; NULL with the problem in reply. */
static struct snapshot *subject(struct api_request *req, struct api_reply *reply)
{
    struct policy_faults faults = {0};
    struct sl_err err = {.code = SL_BAD_INPUT};
    json_error_t why;
    if (req->body.n == 0)
        return policy_live_get(store_live(req->ctx->store));
    json_t *doc = json_loadb(req->body.p, req->body.n, JSON_REJECT_DUPLICATES, &why);
    if (doc == NULL) {
        reply_problem(reply, 400, "the policy is not JSON: line %d, column %d: %s", why.line, why.column,
                      why.text);
        return NULL;
    }
    struct snapshot *s = store_policy_compile(req->ctx->store, doc, &faults);
    if (s == NULL) {
        sl_fail(&err, SL_BAD_INPUT, "the policy has faults: mend them first");
        reply_faults(reply, &faults, &err);
    }
    policy_faults_fini(&faults);
    json_decref(doc);
    return s;
}

void lint_policy(struct api_request *req, struct api_reply *reply)
{
    struct snapshot *s = subject(req, reply);
    if (s == NULL)
        return;
    json_t *notes = notes_of(req, s);
    reply_json(reply, 200, json_pack("{s:o, s:I}", "notes", notes, "warnings", warnings_in(notes)));
    snapshot_unref(&s);
}
