/* res_system.c - health, metrics, status, and the contract itself. */
#include "adminapi/authorities.h"
#include "adminapi/commit.h"
#include "adminapi/openapi.h"
#include "adminapi/resources.h"
#include "sluice/clock.h"
#include "sluice/learned.h"

void system_health(struct api_request *req, struct api_reply *reply)
{
    struct audit_status audit = {0};
    if (req->ctx->audit)
        audit_status(req->ctx->audit, &audit);
    json_t *o =
        json_pack("{s:s, s:s}", "status", audit.failing ? "degraded" : "ok", "version", SLUICE_VERSION);
    if (audit.failing)
        json_object_set_new(o, "reason", json_string("the audit trail can't be written"));
    reply_json(reply, audit.failing ? 503 : 200, o);
}

void system_openapi(struct api_request *req, struct api_reply *reply)
{
    reply->status = 200;
    reply->content_type = "application/json";
    sl_text_add(&reply->body, openapi_document());
}

static void metric(struct sl_text *out, const char *name, const char *type, const char *help, double value)
{
    sl_text_addf(out, "# HELP %s %s\n# TYPE %s %s\n%s %.15g\n", name, help, name, type, name, value);
}

/* A label's value: a list's name holds neither quotes nor backslashes. */
static void metric_of(struct sl_text *out, const char *name, const char *type, const char *help,
                      const json_t *sources, const char *member, double sign, double base)
{
    const json_t *source;
    size_t i;
    sl_text_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
    json_array_foreach(sources, i, source)
    {
        sl_text_addf(out, "%s{list=\"%s\"} %.15g\n", name, json_string_value(json_object_get(source, "name")),
                     base + sign * json_number_value(json_object_get(source, member)));
    }
}

static void list_metrics(struct store *store, struct sl_text *out)
{
    json_t *status = store_lists_status(store);
    const json_t *sources = json_object_get(status, "sources");
    metric_of(out, "sluice_list_entries", "gauge", "Entries of each list.", sources, "entries", 1, 0);
    metric_of(out, "sluice_list_updated_timestamp_seconds", "gauge",
              "When the copy in use of each list came, in Unix seconds.", sources, "age_s", -1,
              (double)(sl_wall_us() / 1000000));
    json_decref(status);
}

static void quota_metrics(struct store *store, struct sl_text *out)
{
    uint64_t entries, refused;
    ledger_counts(store_ledger(store), &entries, &refused);
    metric(out, "sluice_quota_counters", "gauge", "Counters of quotas in use, one a quota and subject.",
           (double)entries);
    metric(out, "sluice_quota_counters_refused_total", "counter",
           "Times that no room was left for another counter.", (double)refused);
}

void system_metrics(struct api_request *req, struct api_reply *reply)
{
    struct sl_text *out = &reply->body;
    struct api_context *ctx = req->ctx;
    reply->status = 200;
    reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
    metric(out, "sluice_start_time_seconds", "gauge", "When this process started, in Unix seconds.",
           (double)ctx->started_us / 1e6);
    metric(out, "sluice_inspect_learned_hosts", "gauge",
           "Hosts that are tunnelled because it was learned that they can't be inspected.",
           (double)learned_count(store_learned(ctx->store)));
    metric(out, "sluice_policy_version", "gauge", "Number of the active policy version.",
           (double)store_policy_version(ctx->store));
    list_metrics(ctx->store, out);
    quota_metrics(ctx->store, out);
    authority_metrics(ctx->ca, out);
    if (ctx->audit) {
        struct audit_status a;
        audit_status(ctx->audit, &a);
        metric(out, "sluice_audit_records_total", "counter", "Records moved to SQLite.", (double)a.stored);
        metric(out, "sluice_audit_failures_total", "counter",
               "Batches that could not be written and were tried again.", (double)a.failed);
        metric(out, "sluice_audit_lag_records", "gauge",
               "Records in the journals that are not in SQLite yet.", (double)a.lag_records);
        metric(out, "sluice_audit_lag_seconds", "gauge", "Age of the oldest of them.",
               (double)a.lag_ms / 1e3);
        metric(out, "sluice_audit_failing", "gauge", "1 while the audit trail can't be written.", a.failing);
        metric(out, "sluice_audit_journal_bytes", "gauge", "Bytes of journal segments.",
               (double)a.journal_bytes);
        metric(out, "sluice_audit_database_bytes", "gauge", "Bytes of day files.", (double)a.database_bytes);
    }
    if (ctx->hooks.metrics)
        ctx->hooks.metrics(ctx->hooks.arg, out);
}

static json_t *audit_part(const struct audit *audit)
{
    struct audit_status a;
    audit_status(audit, &a);
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:b, s:s, s:I, s:I}", "appended", (json_int_t)a.appended,
                     "stored", (json_int_t)a.stored, "failed", (json_int_t)a.failed, "lag_records",
                     (json_int_t)a.lag_records, "lag_ms", (json_int_t)a.lag_ms, "failing", a.failing,
                     "last_error", a.last_error, "journal_bytes", (json_int_t)a.journal_bytes,
                     "database_bytes", (json_int_t)a.database_bytes);
}

/* The rules whose requests are refused, for nobody has the name they say. */
static json_t *missing_parents(struct store *store)
{
    json_t *missing = store_missing_parents(store, NULL), *item;
    size_t i;
    json_array_foreach(missing, i, item) json_object_del(item, "index");
    return missing;
}

void system_status(struct api_request *req, struct api_reply *reply)
{
    struct api_context *ctx = req->ctx;
    json_t *o = json_pack("{s:s, s:b, s:I}", "version", SLUICE_VERSION, "running", ctx->audit != NULL,
                          "policy_version", (json_int_t)store_policy_version(ctx->store));
    json_object_set_new(o, "confirm", commit_unconfirmed(req));
    json_object_set_new(o, "lists", store_lists_status(ctx->store));
    json_object_set_new(o, "ca", authority_status(ctx->ca, sl_wall_us() / 1000000));
    json_object_set_new(o, "missing_parents", missing_parents(ctx->store));
    if (ctx->audit) {
        json_object_set_new(o, "started", reply_time(ctx->started_us));
        json_object_set_new(o, "uptime_s", json_integer((sl_wall_us() - ctx->started_us) / 1000000));
        json_object_set_new(o, "audit", audit_part(ctx->audit));
    }
    if (ctx->hooks.status)
        json_object_set_new(o, "proxy", ctx->hooks.status(ctx->hooks.arg));
    reply_json(reply, 200, o);
}
