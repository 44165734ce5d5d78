/* res_trace.c - following one client's connections while somebody looks (proxy/conn/trace.h). */
#include <time.h>

#include "adminapi/resources.h"
#include "sluice/clock.h"

enum { WAIT_MOST_S = 25, LOOK_EVERY_MS = 50 };

static json_t *ask(const struct api_request *req, const struct trace_query *q)
{
    const struct adminapi_hooks *hooks = &req->ctx->hooks;
    return hooks->trace ? hooks->trace(hooks->arg, q) : NULL;
}

/* False (problem in reply) when the path names no address. */
static bool read_client(const struct api_request *req, struct trace_query *out, struct api_reply *reply)
{
    struct sl_str text = req->params[0];
    if (sl_addr_parse(text, &out->client))
        return true;
    reply_problem(reply, 400, "'%.*s' is no IP address such as 10.1.2.3 or 2001:db8::7",
                  (int)SL_MIN(text.n, (size_t)60), text.p);
    return false;
}

static void reply_untraced(struct api_reply *reply, struct sl_addr client)
{
    char text[SL_ADDR_TEXT];
    reply_problem(reply, 404, "%s is not followed: PUT this path first, and read at least every %d s",
                  sl_addr_text(client, text), TRACE_LASTS_S);
}

/* That somebody looked over a person's shoulder is in the change log, once for each time it begins. */
void trace_begin(struct api_request *req, struct api_reply *reply)
{
    struct trace_query q = {.what = TRACE_READ};
    struct sl_err err = {0};
    if (!read_client(req, &q, reply))
        return;
    json_t *running = ask(req, &q);
    q.what = TRACE_BEGIN;
    json_t *answer = ask(req, &q);
    if (!req->ctx->hooks.trace)
        reply_problem(reply, 409, "no gateway runs here, so there is nothing to follow");
    else if (!answer)
        reply_problem(reply, 409, "%d clients are followed already; end one of them, or wait %d s",
                      TRACE_CLIENTS, TRACE_LASTS_S);
    else if (!running && !store_change_note(req->ctx->store, &req->actor, "trace.begin", req->params[0], NULL,
                                            NULL, &err))
        reply_error(reply, &err);
    else
        reply_json(reply, 200, json_incref(answer));
    json_decref(running);
    json_decref(answer);
}

void trace_read(struct api_request *req, struct api_reply *reply)
{
    struct trace_query q = {.what = TRACE_READ};
    uint64_t wait_s = 0;
    if (!read_client(req, &q, reply) || !query_number(req, "after", 0, INT64_MAX, &q.after, reply) ||
        !query_number(req, "wait", 0, WAIT_MOST_S, &wait_s, reply))
        return;
    int64_t until_us = sl_monotonic_us() + (int64_t)wait_s * 1000000;
    json_t *answer = ask(req, &q);
    while (answer && json_array_size(json_object_get(answer, "lines")) == 0 && sl_monotonic_us() < until_us &&
           !api_gone(req)) {
        json_decref(answer);
        nanosleep(&(struct timespec){.tv_nsec = LOOK_EVERY_MS * 1000000L}, NULL);
        answer = ask(req, &q);
    }
    if (answer)
        reply_json(reply, 200, answer);
    else
        reply_untraced(reply, q.client);
}

void trace_end(struct api_request *req, struct api_reply *reply)
{
    struct trace_query q = {.what = TRACE_END};
    if (!read_client(req, &q, reply))
        return;
    json_t *answer = ask(req, &q);
    if (answer)
        reply_empty(reply, 204);
    else
        reply_untraced(reply, q.client);
    json_decref(answer);
}
