/* res_explain.c - why a request is decided as it is, and what a host is known for. */
#include "adminapi/candidate.h"
#include "adminapi/resources.h"
#include "sluice/clock.h"

/* Reads the question into facts whose texts live in body or the request's arena. */
static bool question(struct api_request *req, const json_t *body, struct facts *f, struct sl_url *url,
                     struct api_reply *reply)
{
    struct sl_str text, client, at;
    struct sl_err err = {0};
    int64_t at_us = sl_wall_us();
    *f = (struct facts){.url = url, .size = -1, .known = FACT_USER};
    if (!body_text(body, "url", &text, reply) || !body_text(body, "user", &f->user, reply) ||
        !body_text(body, "client", &client, reply) || !body_text(body, "method", &f->method, reply) ||
        !body_text(body, "user_agent", &f->user_agent, reply) || !body_text(body, "at", &at, reply))
        return false;
    if (f->method.n == 0)
        f->method = SL_STR("GET");
    f->tunnel = sl_str_eq(f->method, SL_STR("CONNECT"));
    bool read = f->tunnel && sl_str_find(text, '/') == text.n
                    ? sl_url_parse_authority(text, &req->arena, url, &err)
                    : sl_url_parse_loose(text, &req->arena, url, &err);
    if (!read) {
        reply_problem(reply, 400, "url: %s", err.msg);
        return false;
    }
    if (client.n == 0)
        client = SL_STR("127.0.0.1");
    if (!sl_addr_parse(client, &f->client)) {
        reply_problem(reply, 400, "client '%.*s' is not an IP address", (int)SL_MIN(client.n, (size_t)60),
                      client.p);
        return false;
    }
    if (at.n > 0 && !sl_time_parse(at, sl_wall_us(), &at_us)) {
        reply_problem(reply, 400, "at '%.*s' is not a time such as 2026-11-23T09:00:00+01:00",
                      (int)SL_MIN(at.n, (size_t)60), at.p);
        return false;
    }
    f->time_s = at_us / 1000000;
    if (url->host_is_addr) {
        f->address = url->addr;
        f->known |= FACT_ADDRESS;
    }
    return true;
}

/* A CONNECT to an URL with scheme and path is judged as the tunnel that a client would ask for: host and port
 * only. */
static bool as_tunnel(struct api_request *req, struct facts *f, struct sl_url *url, struct api_reply *reply)
{
    struct sl_err err = {0};
    bool brackets = url->host_is_addr && !sl_addr_is_v4(url->addr);
    if (!f->tunnel || url->scheme.n == 0)
        return true;
    char *target =
        sl_arena_printf(&req->arena, brackets ? "[%.*s]:%u" : "%.*s:%u", SL_FMT(url->host), url->port);
    if (target && sl_url_parse_authority(sl_cstr(target), &req->arena, url, &err))
        return true;
    reply_problem(reply, 400, "url: %s", err.msg);
    return false;
}

void explain_url(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"url",        "user",   "client", "method",  "at",
                                          "user_agent", "policy", "draft",  "version", NULL};
    json_t *body = body_object(req, reply, allowed);
    struct candidate candidate = {0};
    struct snapshot *snapshot = NULL;
    struct sl_err err = {0};
    struct facts facts;
    struct sl_url url;
    json_t *answer;
    if (body && question(req, body, &facts, &url, reply) && as_tunnel(req, &facts, &url, reply) &&
        candidate_read(req, body, &candidate, reply) &&
        (snapshot = candidate_compile(req, &candidate, reply)) != NULL) {
        if (store_explain(req->ctx->store, snapshot, &facts, &answer, &err))
            reply_json(reply, 200, answer);
        else
            reply_error(reply, &err);
    }
    snapshot_unref(&snapshot);
    candidate_fini(&candidate);
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
