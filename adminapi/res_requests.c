/* res_requests.c - the request log: a page, the live tail, one request, an export. */
#include <stdlib.h>

#include "adminapi/request_filter.h"
#include "adminapi/resources.h"
#include "adminapi/retrace.h"
#include "sluice/clock.h"

enum { WORK_MS = 250, PAGE_MOST = 1000, WAIT_MOST_S = 25 };

/* What a page or the tail may cost. */
static struct audit_bounds bounds_of(struct api_request *req)
{
    return (struct audit_bounds){.deadline_ms = WORK_MS, .gone = api_gone_of, .arg = req};
}

static bool read_limit(const struct api_request *req, struct audit_filter *f, struct api_reply *reply)
{
    uint64_t limit = f->limit;
    if (!query_number(req, "limit", 1, PAGE_MOST, &limit, reply))
        return false;
    f->limit = (unsigned)limit;
    return true;
}

/* ---- a page ---- */

/* Where a page begins, and which way it is looked for and shown: newest first, unless asked otherwise. A
 * cursor against the order is followed the other way round, and what it finds is turned. */
struct page_place {
    struct request_cursor from;
    bool oldest_first, up;
};

static bool read_place(const struct api_request *req, struct page_place *out, struct api_reply *reply)
{
    struct sl_str order = query_text(req, "order"), cursor = query_text(req, "cursor");
    *out = (struct page_place){.oldest_first = sl_str_eq(order, SL_STR("oldest"))};
    if (order.p && !out->oldest_first && !sl_str_eq(order, SL_STR("newest"))) {
        reply_problem(reply, 400, "order is newest or oldest");
        return false;
    }
    if (cursor.p && !request_cursor_parse(cursor, &out->from)) {
        reply_problem(reply, 400, "cursor is not one that this API gave");
        return false;
    }
    out->up = out->from.id ? out->from.above : out->oldest_first;
    return true;
}

static json_t *cursor_json(struct request_cursor c)
{
    char text[REQUEST_CURSOR_TEXT];
    return c.id ? json_string(request_cursor_text(c, text)) : json_null();
}

/* The way back, from the first that was found; where nothing was, all that lies on the other side of the
 * cursor. There is none from where the log begins. */
static struct request_cursor way_back(const struct page_place *place, const json_t *items)
{
    struct request_cursor back = {.above = !place->up};
    const json_t *first = json_object_get(json_array_get(items, 0), "id");
    if (!place->from.id)
        return back;
    if (!first || !request_id_parse(sl_cstr(json_string_value(first)), &back.id))
        back.id = place->up ? place->from.id + 1 : place->from.id - 1;
    return back;
}

static json_t *turned(json_t *take)
{
    json_t *out = json_array();
    for (size_t i = json_array_size(take); i-- > 0;)
        json_array_append(out, json_array_get(take, i));
    json_decref(take);
    return out;
}

static json_t *tail_json(struct api_context *ctx)
{
    char text[REQUEST_TAIL_TEXT];
    return ctx->audit ? json_string(request_tail_text(audit_tail_position(ctx->audit), text)) : json_null();
}

static json_t *searched_to(const struct audit_page *page)
{
    char text[SL_RFC3339_TEXT];
    return page->partial ? json_string(sl_rfc3339(request_id_time_us(page->next_id), text)) : json_null();
}

static void log_page(struct api_request *req, struct audit_filter *filter, struct api_reply *reply)
{
    struct audit_bounds bounds = bounds_of(req);
    struct page_place place;
    struct audit_page page;
    struct sl_err err = {0};
    if (!read_place(req, &place, reply))
        return;
    filter->before_id = place.from.id;
    filter->oldest_first = place.up;
    /* Before the search, so that what is stored meanwhile is in the page or behind this, or in both. */
    json_t *tail = tail_json(req->ctx);
    if (!audit_query(store_directory(req->ctx->store), filter, &bounds, &page, &err)) {
        json_decref(tail);
        reply_error(reply, &err);
        return;
    }
    bool turn = place.up != place.oldest_first;
    json_t *on = cursor_json((struct request_cursor){page.next_id, place.up}),
           *back = cursor_json(way_back(&place, page.items));
    reply_json(reply, 200,
               json_pack("{s:o, s:o, s:o, s:o, s:b, s:o}", "items", turn ? turned(page.items) : page.items,
                         "cursor", turn ? back : on, "newer", turn ? on : back, "tail", tail, "partial",
                         page.partial, "searched_to", searched_to(&page)));
}

/* ---- the live tail ---- */

static void tail_page(struct api_request *req, struct audit_filter *filter, struct api_reply *reply)
{
    struct audit_bounds bounds = bounds_of(req);
    struct audit_page page;
    struct sl_err err = {0};
    char text[REQUEST_TAIL_TEXT];
    uint64_t position, wait_s = 0;
    if (!query_number(req, "wait", 0, WAIT_MOST_S, &wait_s, reply))
        return;
    if (!request_tail_parse(query_text(req, "after"), &position))
        reply_problem(reply, 400, "after is no tail that this API gave");
    else if (query_text(req, "cursor").p || query_text(req, "order").p)
        reply_problem(reply, 400,
                      "after goes with neither cursor nor order: the tail is in the order of ends");
    else if (!req->ctx->audit)
        reply_problem(reply, 503, "there is no live tail: the gateway does not run");
    else if (!audit_tail(req->ctx->audit, filter, &position, (int64_t)wait_s * 1000, &bounds, &page, &err))
        reply_error(reply, &err);
    else
        reply_json(reply, 200,
                   json_pack("{s:o, s:s, s:b, s:I}", "items", page.items, "tail",
                             request_tail_text(position, text), "partial", page.partial, "skipped",
                             (json_int_t)page.skipped));
}

void requests_page(struct api_request *req, struct api_reply *reply)
{
    struct audit_filter filter;
    if (!request_filter_read(req, &filter, reply) || !read_limit(req, &filter, reply))
        return;
    if (query_text(req, "after").p)
        tail_page(req, &filter, reply);
    else if (query_text(req, "wait").p)
        reply_problem(reply, 400, "wait goes with after");
    else
        log_page(req, &filter, reply);
}

void requests_one(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    uint64_t id;
    json_t *item;
    if (!request_id_parse(req->params[0], &id))
        reply_problem(reply, 400, "'%.*s' is not the id of a request",
                      (int)SL_MIN(req->params[0].n, (size_t)40), req->params[0].p);
    else if (!audit_get(store_directory(req->ctx->store), id, &item, &err))
        reply_error(reply, &err);
    else {
        retrace_add(req, item);
        reply_json(reply, 200, item);
    }
}

/* ---- an export ---- */

static const struct export_format {
    const char *word;
    enum audit_format format;
    const char *content_type, *file_name;
} formats[] = {
    {"ndjson", AUDIT_NDJSON, "application/x-ndjson", "sluice-requests.ndjson"},
    {"csv", AUDIT_CSV, "text/csv; charset=utf-8; header=present", "sluice-requests.csv"},
};

/* An export outlives the handler, so it owns the texts of its filter. */
struct export_run {
    char *directory;
    struct sl_arena arena;
    struct audit_filter filter;
    enum audit_format format;
};

static void export_stream(void *arg, bool (*sink)(void *sink_arg, struct sl_str piece), void *sink_arg)
{
    struct export_run *run = arg;
    struct sl_err err = {0};
    if (audit_export(run->directory, &run->filter, run->format, sink, sink_arg, &err))
        return;
    /* The status has gone already; the last line tells, and nobody can take it for a record. */
    json_t *problem = json_pack("{s:s}", "error", err.msg);
    char *line = json_dumps(problem, JSON_COMPACT);
    sink(sink_arg, run->format == AUDIT_CSV ? SL_STR("error: ") : sl_cstr(line));
    sink(sink_arg, run->format == AUDIT_CSV ? sl_cstr(err.msg) : SL_STR("\n"));
    json_decref(problem);
    free(line);
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
    struct sl_str word = query_text(req, "format");
    struct audit_filter filter;
    size_t i = 0;
    while (word.p && i < SL_COUNT(formats) && !sl_str_eq(word, sl_cstr(formats[i].word)))
        i++;
    if (i == SL_COUNT(formats)) {
        reply_problem(reply, 400, "format=%.*s is neither ndjson nor csv", (int)SL_MIN(word.n, (size_t)40),
                      word.p);
        return;
    }
    if (!request_filter_read(req, &filter, reply))
        return;
    struct export_run *run = sl_calloc(1, sizeof *run);
    sl_arena_init(&run->arena, 0);
    run->directory = sl_strdup(store_directory(req->ctx->store));
    run->format = formats[i].format;
    audit_filter_copy(&run->filter, &filter, &run->arena);
    reply->status = 200;
    reply->content_type = formats[i].content_type;
    reply->file_name = formats[i].file_name;
    reply->stream = export_stream;
    reply->stream_arg = run;
    reply->stream_free = export_free;
}
