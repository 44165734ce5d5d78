/* res_explain.c - why a request is decided as it is, and what a host is known for. */
#include "adminapi/candidate.h"
#include "adminapi/question.h"
#include "adminapi/resources.h"
#include "policy/store/subject.h"

enum { URLS_MOST = 10000, TRACES_MOST = 50 }; /* a trace has an object for each rule */

/* What both kinds of question share: who asks how, and by which policy. False: problem in reply. */
static bool prepare(struct api_request *req, const json_t *body, struct question *q,
                    struct snapshot **out_snapshot, struct api_reply *reply)
{
    struct candidate candidate;
    if (!question_read(body, q, reply) || !candidate_read(req, body, &candidate, reply))
        return false;
    *out_snapshot = candidate_compile(req, &candidate, reply);
    candidate_fini(&candidate);
    return *out_snapshot != NULL;
}

void explain_url(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"url", QUESTION_KEYS, "policy", "draft", "version", NULL};
    json_t *body = body_object(req, reply, allowed), *answer;
    struct snapshot *snapshot = NULL;
    struct sl_err err = {0};
    struct question q;
    struct sl_str text;
    if (body && body_text(body, "url", &text, reply) && prepare(req, body, &q, &snapshot, reply)) {
        if (!question_url(&q, text, &req->arena, &err))
            reply_problem(reply, 400, "url: %s", err.msg);
        else if (store_explain(req->ctx->store, snapshot, &q.facts, &answer, &err))
            reply_json(reply, 200, answer);
        else
            reply_error(reply, &err);
    }
    snapshot_unref(&snapshot);
    json_decref(body);
}

/* ---- many at once ---- */

/* The answer for one URL, or what is wrong with it, in its place. */
static json_t *answer_one(struct api_request *req, struct snapshot *snapshot, struct question q,
                          const json_t *url, struct sl_arena *arena, bool trace)
{
    struct sl_err err = {0};
    json_t *answer = NULL;
    q.facts.url = &q.url;
    q.facts.groups = q.groups;
    if (!json_is_string(url))
        sl_fail(&err, SL_BAD_INPUT, "a URL has to be a text");
    else if (question_url(&q, sl_str(json_string_value(url), json_string_length(url)), arena, &err)) {
        if (!trace)
            answer = store_judge(req->ctx->store, snapshot, &q.facts);
        else
            store_explain(req->ctx->store, snapshot, &q.facts, &answer, &err);
    }
    if (!answer)
        answer = json_pack("{s:o}", "error", subject_json(sl_cstr(err.msg)));
    json_object_set(answer, "url", (json_t *)url);
    return answer;
}

static json_t *answer_all(struct api_request *req, struct snapshot *snapshot, const struct question *q,
                          const json_t *urls, bool trace)
{
    json_t *items = json_array(), *url;
    struct sl_arena arena;
    size_t i;
    sl_arena_init(&arena, 0);
    json_array_foreach(urls, i, url)
    {
        json_array_append_new(items, answer_one(req, snapshot, *q, url, &arena, trace));
        sl_arena_reset(&arena);
    }
    sl_arena_fini(&arena);
    return items;
}

void explain_many(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"urls", "trace", QUESTION_KEYS, "policy", "draft", "version", NULL};
    json_t *body = body_object(req, reply, allowed);
    const json_t *urls = json_object_get(body, "urls"), *trace = json_object_get(body, "trace");
    struct snapshot *snapshot = NULL;
    struct question q;
    if (!body)
        return;
    if (!json_is_array(urls) || json_array_size(urls) > URLS_MOST)
        reply_problem(reply, 400, "urls has to be a list of at most %d URLs", URLS_MOST);
    else if (trace && !json_is_boolean(trace))
        reply_problem(reply, 400, "trace has to be true or false");
    else if (json_is_true(trace) && json_array_size(urls) > TRACES_MOST)
        reply_problem(reply, 400, "with trace, urls has to be a list of at most %d URLs", TRACES_MOST);
    else if (prepare(req, body, &q, &snapshot, reply))
        reply_json(reply, 200,
                   json_pack("{s:o}", "items", answer_all(req, snapshot, &q, urls, json_is_true(trace))));
    snapshot_unref(&snapshot);
    json_decref(body);
}

void categories_lookup(struct api_request *req, struct api_reply *reply)
{
    struct sl_str host = query_text(req, "host");
    struct sl_err err = {0};
    json_t *answer;
    if (host.n == 0)
        reply_problem(reply, 400, "host= is missing: a host name, an address or a URL");
    else if (store_categories_lookup(req->ctx->store, host, &answer, &err))
        reply_json(reply, 200, answer);
    else
        reply_error(reply, &err);
}
