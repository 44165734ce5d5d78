/* res_stats.c - figures: how much, when, of whom. From rollups, so a month costs little more than an hour. */
#include <stdlib.h>

#include "adminapi/request_filter.h"
#include "adminapi/resources.h"
#include "adminapi/stats.h"
#include "sluice/clock.h"
#include "sluice/figures.h"

enum { DEADLINE_MS = 5000, POINTS = 120, SPARK_POINTS = 48, P95 = 95 };
static const int64_t DAY = (int64_t)86400 * 1000000;

/* ---- parameters ---- */

bool stats_span(struct api_request *req, int64_t back_us, size_t points, struct figures_span *out,
                struct api_reply *reply)
{
    int64_t now_us = sl_wall_us(), to_us = now_us, from_us = 0, step_ms = 0;
    struct sl_str step = query_text(req, "step"), from = query_text(req, "from");
    struct sl_err err = {0};
    if (!query_time(req, "to", &to_us, reply))
        return false;
    from_us = to_us - back_us;
    if (from.n && !query_time(req, "from", &from_us, reply))
        return false;
    if (step.n && (!sl_duration_parse(step, &step_ms) || step_ms <= 0 || step_ms % 1000)) {
        reply_problem(reply, 400, "step=%.*s is not a duration such as 5m, 1h or 1d",
                      (int)SL_MIN(step.n, (size_t)40), step.p);
        return false;
    }
    if (figures_span(from_us, to_us, step_ms / 1000, points, out, &err))
        return true;
    reply_error(reply, &err);
    return false;
}

struct word {
    const char *text;
    int value;
};

/* One of the words; the first is the preset. */
static bool word_param(struct api_request *req, const char *name, const struct word *words, size_t count,
                       int *out, struct api_reply *reply)
{
    struct sl_str text = query_text(req, name);
    SL_CLEANUP(sl_text_fini) struct sl_text all = {0};
    for (size_t i = 0; i < count; i++) {
        if (text.n == 0 ? i == 0 : sl_str_eq(text, sl_cstr(words[i].text))) {
            *out = words[i].value;
            return true;
        }
        sl_text_addf(&all, "%s%s", i ? ", " : "", words[i].text);
    }
    reply_problem(reply, 400, "%s=%.*s is none of %s", name, (int)SL_MIN(text.n, (size_t)40), text.p, all.p);
    return false;
}

static const struct word metrics[] = {{"requests", FIGURES_REQUESTS},
                                      {"blocked", FIGURES_BLOCKED},
                                      {"warned", FIGURES_WARNED},
                                      {"errors", FIGURES_ERRORS},
                                      {"bytes", FIGURES_BYTES}};
static const struct word dimensions[] = {{"action", FIGURES_BY_ACTION},
                                         {"category", FIGURES_BY_CATEGORY},
                                         {"rule", FIGURES_BY_RULE},
                                         {"user", FIGURES_BY_USER},
                                         {"host", FIGURES_BY_HOST},
                                         {"client", FIGURES_BY_CLIENT},
                                         {"inspected", FIGURES_BY_INSPECTED},
                                         {"tls_fault", FIGURES_BY_TLS_FAULT},
                                         {"tls_version", FIGURES_BY_TLS_VERSION},
                                         {"tls_cipher", FIGURES_BY_TLS_CIPHER},
                                         {"tls_issuer", FIGURES_BY_TLS_ISSUER},
                                         {"tls_origin_version", FIGURES_BY_TLS_ORIGIN_VERSION},
                                         {"tls_origin_cipher", FIGURES_BY_TLS_ORIGIN_CIPHER}};

/* Who did what is for those who may read the log. */
static bool may_see(const struct api_request *req, int by, struct api_reply *reply)
{
    if (req->role >= ROLE_AUDITOR ||
        (by != FIGURES_BY_USER && by != FIGURES_BY_HOST && by != FIGURES_BY_CLIENT))
        return true;
    reply_problem(reply, 403, "names of users, hosts and clients need the role %s; yours is %s",
                  role_word(ROLE_AUDITOR), role_word(req->role));
    return false;
}

static bool dimension_param(struct api_request *req, const char *name, int *out, struct api_reply *reply)
{
    return word_param(req, name, dimensions, SL_COUNT(dimensions), out, reply) && may_see(req, *out, reply);
}

/* The log's filters; those that single out people or hosts are for those who may read it. */
static bool filter_param(const struct api_request *req, struct audit_filter *f, struct api_reply *reply)
{
    if (!request_filter_read(req, f, reply))
        return false;
    for (unsigned i = 0; i < f->term_count && req->role < ROLE_AUDITOR; i++)
        if (f->terms[i].field == AUDIT_USER || f->terms[i].field == AUDIT_CLIENT ||
            f->terms[i].field == AUDIT_GROUP || f->terms[i].field == AUDIT_HOST ||
            f->terms[i].field == AUDIT_Q) {
            reply_problem(reply, 403,
                          "filters by user, client, group, host and text need the role %s; yours is %s",
                          role_word(ROLE_AUDITOR), role_word(req->role));
            return false;
        }
    return true;
}

struct figures_query stats_query(struct api_request *req, const struct figures_span *span,
                                 const struct audit_filter *filter)
{
    return (struct figures_query){.directory = store_directory(req->ctx->store),
                                  .cache = req->ctx->figures,
                                  .filter = filter,
                                  .span = *span,
                                  .deadline_ms = DEADLINE_MS,
                                  .gone = api_gone_of,
                                  .gone_arg = req};
}

void stats_trouble(struct api_reply *reply, const struct sl_err *err)
{
    if (err->code == SL_LIMIT)
        reply_problem(reply, 503, "%s", err->msg);
    else
        reply_error(reply, err);
}

/* ---- JSON ---- */

json_t *stats_number(uint64_t value)
{
    return json_integer((json_int_t)SL_MIN(value, (uint64_t)INT64_MAX));
}

json_t *stats_minute(int64_t minutes)
{
    char text[SL_RFC3339_TEXT];
    return json_string(sl_rfc3339(minutes * 60 * 1000000, text));
}

static json_t *step_starts(const struct figures_span *span)
{
    json_t *t = json_array();
    for (size_t i = 0; i < span->count; i++)
        json_array_append_new(t, json_integer(figures_step_start_s(span, i)));
    return t;
}

static json_t *span_object(const struct figures_span *span)
{
    return json_pack("{s:o, s:o, s:I, s:o}", "from", stats_minute(span->from_min), "to",
                     stats_minute(span->to_min), "step_s", (json_int_t)(span->step_min * 60), "t",
                     step_starts(span));
}

static json_t *metric_steps(const struct figures *steps, size_t count, enum figures_metric metric)
{
    json_t *values = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(values, stats_number(figures_metric(&steps[i], metric)));
    return values;
}

/* What is called by no name, in the words of the filters. */
static json_t *value_name(enum figures_by by, const char *name)
{
    if (name)
        return json_string(name);
    return json_string(by == FIGURES_BY_RULE ? "@default" : "@none");
}

/* ---- titles, from the active policy ---- */

static const json_t *rule_of(const json_t *policy, const char *id)
{
    const json_t *rule;
    size_t i;
    json_array_foreach(json_object_get(policy, "rules"), i, rule)
    {
        const char *its = json_string_value(json_object_get(rule, "id"));
        if (its && strcmp(its, id) == 0)
            return rule;
    }
    return NULL;
}

/* The title that the policy in force has for it, or its name. */
static json_t *value_title(const json_t *policy, enum figures_by by, const char *name)
{
    const json_t *object = NULL;
    if (!name)
        return json_string(by == FIGURES_BY_RULE ? "Default" : "None");
    if (by == FIGURES_BY_RULE)
        object = rule_of(policy, name);
    else if (by == FIGURES_BY_CATEGORY)
        object = json_object_get(json_object_get(policy, "categories"), name);
    json_t *title = json_object_get(object, "title");
    if (!object && by == FIGURES_BY_CATEGORY && strcmp(name, "uncategorised") == 0)
        return json_string("Uncategorised");
    return json_string_length(title) ? json_incref(title) : json_string(name);
}

/* ---- GET /stats/summary ---- */

struct summary {
    struct figures_span span, before;
    struct figures *steps, all, previous;
    uint64_t *users, all_users, previous_users;
    uint64_t *p95, all_p95, previous_p95;
    bool approx;
};

static bool sum_up(const struct figures_query *q, struct summary *s, struct sl_err *err)
{
    struct figures_query before = *q;
    bool approx[6] = {false};
    size_t most = SL_MAX(s->span.count, s->before.count);
    struct figures *steps = sl_calloc(most, sizeof *steps);
    uint64_t *numbers = sl_calloc(most, sizeof *numbers);
    before.span = s->before;
    bool ok = figures_over_time(q, s->steps, &approx[0], err) &&
              figures_over_time(&before, steps, &approx[1], err) &&
              figures_users(q, s->users, &s->all_users, &approx[2], err) &&
              figures_users(&before, numbers, &s->previous_users, &approx[3], err) &&
              figures_own_time(q, P95, s->p95, &s->all_p95, &approx[4], err) &&
              figures_own_time(&before, P95, numbers, &s->previous_p95, &approx[5], err);
    for (size_t i = 0; i < SL_COUNT(approx); i++)
        s->approx = s->approx || approx[i];
    for (size_t i = 0; i < s->span.count; i++)
        figures_add(&s->all, &s->steps[i]);
    for (size_t i = 0; i < s->before.count; i++)
        figures_add(&s->previous, &steps[i]);
    free(steps);
    free(numbers);
    return ok;
}

static json_t *metric_object(const char *key, uint64_t value, uint64_t previous, json_t *spark)
{
    return json_pack("{s:s, s:o, s:o, s:o}", "key", key, "value", stats_number(value), "previous",
                     stats_number(previous), "spark", spark);
}

static json_t *numbers_array(const uint64_t *values, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, stats_number(values[i]));
    return array;
}

static json_t *summary_object(const struct summary *s)
{
    static const char *const order[] = {"requests", "blocked", "warned",        "users",
                                        "bytes",    "errors",  "gateway_p95_us"};
    json_t *object = span_object(&s->span), *list = json_array();
    for (size_t i = 0; i < SL_COUNT(order); i++) {
        size_t k = 0;
        while (k < SL_COUNT(metrics) && strcmp(metrics[k].text, order[i]) != 0)
            k++;
        if (k < SL_COUNT(metrics)) {
            enum figures_metric metric = (enum figures_metric)metrics[k].value;
            json_array_append_new(list, metric_object(order[i], figures_metric(&s->all, metric),
                                                      figures_metric(&s->previous, metric),
                                                      metric_steps(s->steps, s->span.count, metric)));
        } else if (strcmp(order[i], "users") == 0) {
            json_array_append_new(list, metric_object(order[i], s->all_users, s->previous_users,
                                                      numbers_array(s->users, s->span.count)));
        } else {
            json_array_append_new(list, metric_object(order[i], s->all_p95, s->previous_p95,
                                                      numbers_array(s->p95, s->span.count)));
        }
    }
    json_object_set_new(object, "previous_from", stats_minute(s->before.from_min));
    json_object_set_new(object, "metrics", list);
    json_object_set_new(object, "approx", json_boolean(s->approx));
    return object;
}

void stats_summary(struct api_request *req, struct api_reply *reply)
{
    struct summary s = {0};
    struct sl_err err = {0};
    if (!stats_span(req, DAY, SPARK_POINTS, &s.span, reply))
        return;
    s.before = figures_span_before(&s.span);
    s.steps = sl_calloc(s.span.count, sizeof *s.steps);
    s.users = sl_calloc(s.span.count, sizeof *s.users);
    s.p95 = sl_calloc(s.span.count, sizeof *s.p95);
    struct figures_query q = stats_query(req, &s.span, NULL);
    if (sum_up(&q, &s, &err))
        reply_json(reply, 200, summary_object(&s));
    else
        stats_trouble(reply, &err);
    free(s.steps);
    free(s.users);
    free(s.p95);
}

/* ---- GET /stats/series ---- */

static json_t *series_array(const struct api_request *req, const struct figures_table *table, size_t steps,
                            int by, int metric)
{
    struct snapshot *s = policy_live_get(store_live(req->ctx->store));
    json_t *series = json_array();
    for (size_t i = 0; i < table->count; i++) {
        const struct figures_value *v = &table->items[i];
        json_array_append_new(
            series, json_pack("{s:o, s:o, s:o}", "name", value_name((enum figures_by)by, v->name), "title",
                              value_title(s ? snapshot_document(s) : NULL, (enum figures_by)by, v->name),
                              "values", metric_steps(v->steps, steps, (enum figures_metric)metric)));
    }
    snapshot_unref(&s);
    return series;
}

void stats_series(struct api_request *req, struct api_reply *reply)
{
    struct figures_span span;
    struct figures_table table;
    struct audit_filter filter;
    struct sl_err err = {0};
    int by, metric;
    uint64_t limit = 8;
    if (!dimension_param(req, "by", &by, reply) ||
        !word_param(req, "metric", metrics, SL_COUNT(metrics), &metric, reply) ||
        !query_number(req, "limit", 1, 20, &limit, reply) || !filter_param(req, &filter, reply) ||
        !stats_span(req, DAY, POINTS, &span, reply))
        return;
    struct figures_query q = stats_query(req, &span, &filter);
    struct figures_order order = {.by = (enum figures_by)by,
                                  .metric = (enum figures_metric)metric,
                                  .limit = (unsigned)limit,
                                  .steps = true};
    if (!figures_top(&q, &order, &table, &err)) {
        stats_trouble(reply, &err);
        return;
    }
    json_t *object = span_object(&span);
    json_object_set_new(object, "series", series_array(req, &table, span.count, by, metric));
    json_object_set_new(object, "approx", json_boolean(table.approx));
    reply_json(reply, 200, object);
    figures_table_fini(&table);
}

/* ---- GET /stats/top ---- */

static void set_figures(json_t *object, const struct figures *f)
{
    json_object_set_new(object, "requests", stats_number(f->requests));
    json_object_set_new(object, "blocked", stats_number(figures_metric(f, FIGURES_BLOCKED)));
    json_object_set_new(object, "warned", stats_number(f->warn));
    json_object_set_new(object, "errors", stats_number(f->error));
    json_object_set_new(object, "bytes", stats_number(f->bytes));
}

static json_t *top_items(const struct api_request *req, const struct figures_table *table, enum figures_by by)
{
    struct snapshot *s = policy_live_get(store_live(req->ctx->store));
    json_t *items = json_array();
    for (size_t i = 0; i < table->count; i++) {
        const struct figures_value *v = &table->items[i];
        json_t *item = json_pack("{s:o, s:o}", "name", value_name(by, v->name), "title",
                                 value_title(s ? snapshot_document(s) : NULL, by, v->name));
        set_figures(item, &v->total);
        json_object_set_new(item, "last", stats_minute(v->total.last_min));
        json_array_append_new(items, item);
    }
    snapshot_unref(&s);
    return items;
}

void stats_top(struct api_request *req, struct api_reply *reply)
{
    struct figures_span span;
    struct figures_table table;
    struct audit_filter filter;
    struct sl_err err = {0};
    int by, metric;
    uint64_t limit = 10;
    if (query_text(req, "dim").n == 0) {
        reply_problem(reply, 400, "say of what: dim=category, rule, action, user, host or client");
        return;
    }
    if (!dimension_param(req, "dim", &by, reply) ||
        !word_param(req, "by", metrics, SL_COUNT(metrics), &metric, reply) ||
        !query_number(req, "limit", 1, 1000, &limit, reply) || !filter_param(req, &filter, reply) ||
        !stats_span(req, DAY, POINTS, &span, reply))
        return;
    struct figures_query q = stats_query(req, &span, &filter);
    struct figures_order order = {
        .by = (enum figures_by)by, .metric = (enum figures_metric)metric, .limit = (unsigned)limit};
    if (!figures_top(&q, &order, &table, &err)) {
        stats_trouble(reply, &err);
        return;
    }
    json_t *others = json_object();
    set_figures(others, &table.others);
    reply_json(reply, 200,
               json_pack("{s:o, s:o, s:o, s:o, s:b}", "from", stats_minute(span.from_min), "to",
                         stats_minute(span.to_min), "items", top_items(req, &table, order.by), "others",
                         others, "approx", table.approx));
    figures_table_fini(&table);
}

/* ---- GET /requests/histogram ---- */

static json_t *histogram_object(const struct figures_span *span, const struct figures *steps, bool approx)
{
    json_t *object = span_object(span), *series = json_object();
    struct figures all = {0};
    for (size_t i = 0; i < span->count; i++)
        figures_add(&all, &steps[i]);
    for (int action = ACTION_ALLOW; action <= ACTION_ERROR; action++) {
        json_t *values = json_array();
        for (size_t i = 0; i < span->count; i++)
            json_array_append_new(values, stats_number(figures_of_action(&steps[i], (enum action)action)));
        json_object_set_new(series, action_word((enum action)action), values);
    }
    json_object_set_new(object, "series", series);
    json_object_set_new(object, "total", stats_number(all.requests));
    json_object_set_new(object, "approx", json_boolean(approx));
    return object;
}

void requests_histogram(struct api_request *req, struct api_reply *reply)
{
    struct figures_span span;
    struct audit_filter filter;
    struct sl_err err = {0};
    bool approx;
    if (!filter_param(req, &filter, reply) || !stats_span(req, DAY, POINTS, &span, reply))
        return;
    struct figures_query q = stats_query(req, &span, &filter);
    struct figures *steps = sl_calloc(span.count, sizeof *steps);
    if (figures_over_time(&q, steps, &approx, &err))
        reply_json(reply, 200, histogram_object(&span, steps, approx));
    else
        stats_trouble(reply, &err);
    free(steps);
}

/* ---- GET /requests/suggest ---- */

void requests_suggest(struct api_request *req, struct api_reply *reply)
{
    struct figures_span span;
    struct figures_table table;
    struct sl_err err = {0};
    int by;
    uint64_t limit = 20;
    if (!word_param(req, "field", dimensions, SL_COUNT(dimensions), &by, reply) ||
        !query_number(req, "limit", 1, 20, &limit, reply) || !stats_span(req, 7 * DAY, POINTS, &span, reply))
        return;
    struct figures_query q = stats_query(req, &span, NULL);
    struct figures_order order = {
        .by = (enum figures_by)by, .part = query_text(req, "q"), .limit = (unsigned)limit};
    if (!figures_top(&q, &order, &table, &err)) {
        stats_trouble(reply, &err);
        return;
    }
    json_t *items = json_array();
    for (size_t i = 0; i < table.count; i++)
        json_array_append_new(items,
                              json_pack("{s:o, s:o}", "value", value_name(order.by, table.items[i].name),
                                        "requests", stats_number(table.items[i].total.requests)));
    reply_json(reply, 200, json_pack("{s:o}", "items", items));
    figures_table_fini(&table);
}
