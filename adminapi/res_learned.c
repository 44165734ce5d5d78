/* res_learned.c - hosts of which it was learned that they can't be inspected: an administrator looks at what
 * is proposed, and decides. */
#include "adminapi/resources.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"
#include "sluice/learned.h"

static void add_categories(struct store *store, json_t *items)
{
    json_t *item, *known;
    size_t i;
    json_array_foreach(items, i, item)
    {
        const char *host = json_string_value(json_object_get(item, "host"));
        if (!store_categories_lookup(store, sl_cstr(host), &known, NULL))
            continue;
        json_object_set(item, "categories", json_object_get(known, "categories"));
        json_decref(known);
    }
}

void learned_all(struct api_request *req, struct api_reply *reply)
{
    static const char *const words[] = {"off", "propose", "apply"};
    struct store *store = req->ctx->store;
    struct sl_err err = {0};
    json_t *items;
    if (!store_learned_list(store, (struct sl_str){0}, &items, &err)) {
        reply_error(reply, &err);
        return;
    }
    add_categories(store, items);
    reply_json(reply, 200,
               json_pack("{s:s, s:I, s:o}", "learn", words[req->settings->inspect.learn], "for_s",
                         (json_int_t)(req->settings->inspect.learn_for_ms / 1000), "items", items));
}

/* When the bypass ends: a time, null for never, by the settings when nothing is said. */
static bool read_until(const struct api_request *req, const json_t *body, int64_t *out_us,
                       struct api_reply *reply)
{
    const json_t *until = json_object_get(body, "until");
    struct sl_str text = api_member(body, "until");
    *out_us = 0;
    if (!until)
        *out_us = sl_wall_us() + req->settings->inspect.learn_for_ms * 1000;
    else if (!json_is_null(until) && !(text.p && sl_rfc3339_parse(text, out_us))) {
        reply_problem(reply, 400, "\"until\" has to be a time such as 2027-01-31T00:00:00Z, or null");
        return false;
    }
    return true;
}

static bool read_state(const json_t *body, enum learned_state *out, struct api_reply *reply)
{
    static const enum learned_state states[] = {LEARNED_ACTIVE, LEARNED_DISMISSED, LEARNED_PROPOSED};
    struct sl_str word = api_member(body, "state");
    for (size_t i = 0; i < SL_COUNT(states); i++) {
        *out = states[i];
        if (word.p && sl_str_eq(word, sl_cstr(learned_state_words[*out])))
            return true;
    }
    reply_problem(reply, 400, "\"state\" has to be active, dismissed or proposed");
    return false;
}

/* {"state": "active", "until": TIME|null}, or "dismissed"; "proposed" takes a decision back */
void learned_put(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"state", "until", NULL};
    json_t *body = body_object(req, reply, allowed);
    struct sl_err err = {0};
    enum learned_state state;
    int64_t until_us;
    if (!body)
        return;
    if (read_state(body, &state, reply) && read_until(req, body, &until_us, reply)) {
        if (store_learned_decide(req->ctx->store, req->params[0], state, until_us, &req->actor, &err))
            reply_empty(reply, 204);
        else
            reply_error(reply, &err);
    }
    json_decref(body);
}

void learned_remove(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    if (store_learned_forget(req->ctx->store, req->params[0], &req->actor, &err))
        reply_empty(reply, 204);
    else
        reply_error(reply, &err);
}
