/* res_headers.c - header rules beyond the draft's: the services that they can use, and whether they do what
 * they say: GET /inspection/catalogue, POST /policy/headers/test. */
#include "adminapi/candidate.h"
#include "adminapi/resources.h"
#include "sluice/clock.h"

/* ---- the services ---- */

/* Ids of the active policy's rules that use it. */
static json_t *used_by(const json_t *headers, const json_t *service)
{
    json_t *ids = json_array(), *rule;
    size_t i;
    json_array_foreach(headers, i, rule)
    {
        const json_t *use = json_object_get(rule, "use");
        if (use && json_equal(use, json_object_get(service, "id")))
            json_array_append(ids, json_object_get(rule, "id"));
    }
    return ids;
}

void headers_catalogue(struct api_request *req, struct api_reply *reply)
{
    struct snapshot *active = policy_live_get(store_live(req->ctx->store));
    const json_t *headers = json_object_get(snapshot_document(active), "headers");
    json_t *services = policy_services(), *service;
    size_t i;
    json_array_foreach(services, i, service)
    {
        json_object_set_new(service, "used_by", used_by(headers, service));
        if (!json_object_get(service, "parameters"))
            json_object_set_new(service, "parameters", json_array());
    }
    snapshot_unref(&active);
    reply_json(reply, 200, json_pack("{s:o}", "items", services));
}

/* ---- trying rules ---- */

static bool all_ok(const json_t *rules)
{
    size_t i;
    json_t *rule;
    json_array_foreach(rules, i, rule) if (!json_is_true(json_object_get(rule, "ok"))) return false;
    return true;
}

static void answer(struct api_request *req, struct api_reply *reply, const struct snapshot *s,
                   const struct candidate *c, struct sl_str rule)
{
    struct policy_scratch *scratch = policy_scratch_new();
    json_t *rules = policy_header_tests(s, scratch, rule, sl_wall_us() / 1000000, req->ctx->hooks.preview);
    policy_scratch_free(&scratch);
    if (rule.n > 0 && json_array_size(rules) == 0) {
        reply_problem(reply, 404, "%s has no header rule '%.*s'", c->words, (int)SL_MIN(rule.n, (size_t)80),
                      rule.p);
        json_decref(rules);
        return;
    }
    reply_json(reply, 200, json_pack("{s:b, s:o}", "ok", all_ok(rules), "rules", rules));
}

void headers_test(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"rule", "policy", "draft", "version", NULL};
    json_t *body = body_object(req, reply, allowed);
    struct candidate candidate;
    struct sl_str rule;
    if (body && body_text(body, "rule", &rule, reply) && candidate_read(req, body, &candidate, reply)) {
        struct snapshot *s = candidate_compile(req, &candidate, reply);
        if (s)
            answer(req, reply, s, &candidate, rule);
        snapshot_unref(&s);
        candidate_fini(&candidate);
    }
    json_decref(body);
}
