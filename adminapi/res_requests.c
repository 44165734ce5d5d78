/* res_requests.c - the request log: a page, one request, an export. */
#include <stdlib.h>

#include "adminapi/resources.h"
#include "sluice/clock.h"

enum { QUERY_DEADLINE_MS = 5000 };

/* "403", or a class: "4xx". */
static bool status_param(struct api_request *req, struct audit_filter *f, struct api_reply *reply)
{
    struct sl_str text = query_text(req, "status");
    uint64_t n;
    if (text.n == 0)
        return true;
    if (text.n == 3 && text.p[0] >= '1' && text.p[0] <= '9' &&
        sl_str_ieq(sl_str_sub(text, 1, 2), SL_STR("xx"))) {
        f->status_min = (unsigned)(text.p[0] - '0') * 100;
        f->status_max = f->status_min + 99;
        return true;
    }
    if (sl_str_u64(text, 999, &n) && n >= 100) {
        f->status_min = f->status_max = (unsigned)n;
        return true;
    }
    reply_problem(reply, 400, "status=%.*s is not a status such as 403 or 4xx",
                  (int)SL_MIN(text.n, (size_t)40), text.p);
    return false;
}

static bool filter_of(struct api_request *req, struct audit_filter *f, struct api_reply *reply)
{
    static const char *const known[] = {"from",   "to",       "user",   "client", "host",
                                        "action", "category", "rule",   "status", "q",
                                        "method", "limit",    "cursor", "order",  "format"};
    audit_filter_init(f);
    for (unsigned i = 0; i < req->query_count; i++) {
        size_t k = 0;
        while (k < SL_COUNT(known) && !sl_str_eq(req->query[i].name, sl_cstr(known[k])))
            k++;
        if (k == SL_COUNT(known)) {
            reply_problem(reply, 400, "unknown parameter '%.*s'",
                          (int)SL_MIN(req->query[i].name.n, (size_t)60), req->query[i].name.p);
            return false;
        }
    }
    f->user = query_text(req, "user");
    f->client = query_text(req, "client");
    f->host = query_text(req, "host");
    f->category = query_text(req, "category");
    f->rule = query_text(req, "rule");
    f->method = query_text(req, "method");
    f->q = query_text(req, "q");
    f->oldest_first = sl_str_eq(query_text(req, "order"), SL_STR("oldest"));
    struct sl_str action = query_text(req, "action"), cursor = query_text(req, "cursor");
    enum action a;
    uint64_t limit = f->limit;
    if (action.n > 0 && !action_parse(action, &a)) {
        reply_problem(reply, 400, "action=%.*s is none of allow, block, warn, quota, error",
                      (int)SL_MIN(action.n, (size_t)40), action.p);
        return false;
    }
    f->action = action.n > 0 ? (int)a : -1;
    if (cursor.n > 0 && !request_id_parse(cursor, &f->before_id)) {
        reply_problem(reply, 400, "cursor is not one that this API gave");
        return false;
    }
    if (!query_time(req, "from", &f->from_us, reply) || !query_time(req, "to", &f->to_us, reply) ||
        !status_param(req, f, reply) || !query_number(req, "limit", 1, 10000, &limit, reply))
        return false;
    f->limit = (unsigned)limit;
    return true;
}

void requests_page(struct api_request *req, struct api_reply *reply)
{
    struct audit_filter filter;
    struct audit_page page;
    struct sl_err err = {0};
    char cursor[REQUEST_ID_TEXT];
    if (!filter_of(req, &filter, reply))
        return;
    if (!audit_query(store_directory(req->ctx->store), &filter, QUERY_DEADLINE_MS, &page, &err)) {
        reply_error(reply, &err);
        return;
    }
    json_t *next = page.next_id ? json_string(request_id_text(page.next_id, cursor)) : json_null();
    reply_json(reply, 200,
               json_pack("{s:o, s:o, s:b}", "items", page.items, "cursor", next, "partial", page.partial));
}

void requests_one(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    uint64_t id;
    json_t *item;
    if (!request_id_parse(req->params[0], &id))
        reply_problem(reply, 400, "'%.*s' is not the id of a request",
                      (int)SL_MIN(req->params[0].n, (size_t)40), req->params[0].p);
    else if (audit_get(store_directory(req->ctx->store), id, &item, &err))
        reply_json(reply, 200, item);
    else
        reply_error(reply, &err);
}

/* An export outlives the handler, so it owns the texts of its filter. */
struct export_run {
    char *directory;
    struct sl_arena arena;
    struct audit_filter filter;
    bool (*sink)(void *sink_arg, struct sl_str piece);
    void *sink_arg;
};

static bool export_item(void *arg, const json_t *item)
{
    struct export_run *run = arg;
    char *line = json_dumps(item, JSON_COMPACT);
    bool go_on = line && run->sink(run->sink_arg, sl_cstr(line)) && run->sink(run->sink_arg, SL_STR("\n"));
    free(line);
    return go_on;
}

static void export_stream(void *arg, bool (*sink)(void *sink_arg, struct sl_str piece), void *sink_arg)
{
    struct export_run *run = arg;
    struct sl_err err = {0};
    run->sink = sink;
    run->sink_arg = sink_arg;
    if (!audit_export(run->directory, &run->filter, export_item, run, &err)) {
        /* The status has gone already; the last line tells, and a reader of JSON lines can't take it for a
         * record. */
        json_t *problem = json_pack("{s:s}", "error", err.msg);
        export_item(run, problem);
        json_decref(problem);
    }
}

static void export_free(void *arg)
{
    struct export_run *run = arg;
    sl_arena_fini(&run->arena);
    free(run->directory);
    free(run);
}

void requests_export(struct api_request *req, struct api_reply *reply)
{
    struct sl_str format = query_text(req, "format");
    struct audit_filter filter;
    if (format.n > 0 && !sl_str_eq(format, SL_STR("ndjson"))) {
        reply_problem(reply, 400, "format=%.*s is not one that this version writes; use ndjson",
                      (int)SL_MIN(format.n, (size_t)40), format.p);
        return;
    }
    if (!filter_of(req, &filter, reply))
        return;
    filter.oldest_first = true;
    struct export_run *run = sl_calloc(1, sizeof *run);
    sl_arena_init(&run->arena, 0);
    run->directory = sl_strdup(store_directory(req->ctx->store));
    run->filter = filter;
    struct sl_str *texts[] = {&run->filter.user,     &run->filter.client, &run->filter.host,
                              &run->filter.category, &run->filter.rule,   &run->filter.q,
                              &run->filter.method};
    for (size_t i = 0; i < SL_COUNT(texts); i++)
        if (texts[i]->p)
            *texts[i] = sl_arena_str(&run->arena, *texts[i]);
    reply->status = 200;
    reply->content_type = "application/x-ndjson";
    reply->stream = export_stream;
    reply->stream_arg = run;
    reply->stream_free = export_free;
}
