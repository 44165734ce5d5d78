/* res_policy.c - the policy document: active, versions, check, apply, compare, roll back. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "adminapi/commit.h"
#include "adminapi/draft.h"
#include "adminapi/resources.h"

#define SIDES "\"%s\" has to be one of {\"version\": N}, {\"document\": {...}} and {\"draft\": true}"

static void give_version(struct api_request *req, struct api_reply *reply, int64_t version)
{
    commit_done(req, reply, version);
    snprintf(reply->etag, sizeof reply->etag, "\"%lld\"", (long long)version);
}

void policy_active(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    json_t *doc;
    struct snapshot *s = policy_live_get(store_live(req->ctx->store));
    int64_t version = s ? snapshot_version(s) : 0;
    snapshot_unref(&s);
    if (!store_policy_get(req->ctx->store, version, &doc, &err)) {
        reply_error(reply, &err);
        return;
    }
    snprintf(reply->etag, sizeof reply->etag, "\"%lld\"", (long long)version);
    reply_json(reply, 200,
               json_pack("{s:I, s:o, s:o}", "version", (json_int_t)version, "document", doc, "confirm",
                         commit_unconfirmed(req)));
}

void policy_schema_get(struct api_request *req, struct api_reply *reply)
{
    reply_json(reply, 200, policy_schema());
    reply->content_type = "application/schema+json";
}

void policy_versions(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    uint64_t limit = 50, before = 0;
    json_t *items;
    if (!query_number(req, "limit", 1, 1000, &limit, reply) ||
        !query_number(req, "cursor", 1, INT64_MAX, &before, reply))
        return;
    if (!store_policy_versions(req->ctx->store, (int64_t)before, (unsigned)limit, &items, &err)) {
        reply_error(reply, &err);
        return;
    }
    size_t n = json_array_size(items);
    json_t *last = n == limit ? json_object_get(json_array_get(items, n - 1), "version") : NULL;
    json_t *cursor = last ? json_sprintf("%lld", (long long)json_integer_value(last)) : json_null();
    reply_json(reply, 200, json_pack("{s:o, s:o}", "items", items, "cursor", cursor));
}

static bool version_param(struct sl_str text, int64_t *out, struct api_reply *reply)
{
    uint64_t n;
    if (!sl_str_u64(text, INT64_MAX, &n) || n == 0) {
        reply_problem(reply, 400, "'%.*s' is not a version number", (int)SL_MIN(text.n, (size_t)40), text.p);
        return false;
    }
    *out = (int64_t)n;
    return true;
}

void policy_version(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    int64_t version;
    json_t *doc;
    if (!version_param(req->params[0], &version, reply))
        return;
    if (!store_policy_get(req->ctx->store, version, &doc, &err)) {
        reply_error(reply, &err);
        return;
    }
    reply_json(reply, 200, json_pack("{s:I, s:o}", "version", (json_int_t)version, "document", doc));
}

/* If-Match: "N" names the version that has to be active. */
static bool expected_version(struct api_request *req, int64_t *out, struct api_reply *reply)
{
    struct sl_str match = req->if_match;
    *out = -1;
    if (match.n > 2 && match.p[0] == '"' && match.p[match.n - 1] == '"')
        match = sl_str_sub(match, 1, match.n - 2);
    return match.n == 0 || version_param(match, out, reply);
}

static void replace(struct api_request *req, struct api_reply *reply, const json_t *doc, int64_t expected,
                    const struct policy_commit *how)
{
    struct sl_err err = {0};
    struct policy_faults faults = {0};
    int64_t version;
    if (store_policy_commit(req->ctx->store, doc, how, expected, &version, &faults, &err))
        give_version(req, reply, version);
    else if (err.code == SL_CONFLICT)
        reply_problem(reply, 412, "%s", err.msg);
    else
        reply_faults(reply, &faults, &err);
    policy_faults_fini(&faults);
}

/* With If-Match it fails with 412 when another version is active. */
void policy_replace(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"document", COMMIT_MEMBERS, NULL};
    struct policy_commit how;
    int64_t expected, active = store_policy_version(req->ctx->store);
    json_t *body = body_object(req, reply, allowed);
    if (body == NULL)
        return;
    json_t *doc = json_object_get(body, "document");
    if (!commit_read(req, body, &how, reply) || !expected_version(req, &expected, reply))
        ;
    else if (doc == NULL)
        reply_problem(reply, 400, "\"document\" is missing: the whole policy belongs there");
    else if (!commit_needs_approval(req, &how))
        replace(req, reply, doc, expected, &how);
    else if (expected >= 0 && expected != active)
        reply_problem(reply, 412, "policy version %" PRId64 " is active, not %" PRId64, active, expected);
    else
        commit_request(req, reply, doc, &how);
    json_decref(body);
}

static json_t *document_of(struct sl_str text, struct api_reply *reply)
{
    json_error_t why;
    json_t *doc = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &why);
    if (doc == NULL)
        reply_problem(reply, 400, "the policy is not JSON: line %d, column %d: %s", why.line, why.column,
                      why.text);
    return doc;
}

void policy_check(struct api_request *req, struct api_reply *reply)
{
    struct policy_faults faults = {0};
    struct sl_err err = {0};
    size_t passed = 0;
    json_t *doc = document_of(req->body, reply);
    if (doc == NULL)
        return;
    bool valid = store_policy_check(req->ctx->store, doc, &faults, &passed, &err);
    if (!valid && faults.count == 0) {
        reply_error(reply, &err);
    } else {
        json_t *o = json_pack("{s:b, s:o}", "valid", valid, "faults", policy_faults_json(&faults));
        if (valid)
            json_object_set_new(o, "tests_passed", json_integer((json_int_t)passed));
        reply_json(reply, 200, o);
    }
    policy_faults_fini(&faults);
    json_decref(doc);
}

/* A test that fails is a fault of the document. Returns how many passed. */
static size_t add_failures(const json_t *tests, struct policy_faults *faults)
{
    const json_t *test;
    size_t i, passed = 0;
    json_array_foreach(tests, i, test)
    {
        char pointer[32];
        snprintf(pointer, sizeof pointer, "/tests/%zu", i);
        if (json_is_true(json_object_get(test, "ok")))
            passed++;
        else
            policy_faults_add(faults, pointer, "%.*s", SL_FMT(api_member(test, "message")));
    }
    return passed;
}

/* An empty body tests the active policy. */
void policy_test(struct api_request *req, struct api_reply *reply)
{
    struct policy_faults faults = {0};
    struct sl_err err = {0};
    json_t *doc = NULL, *tests;
    if (req->body.n > 0 && (doc = document_of(req->body, reply)) == NULL)
        return;
    if (!doc && !store_policy_get(req->ctx->store, 0, &doc, &err)) {
        reply_error(reply, &err);
        return;
    }
    bool valid = store_policy_try(req->ctx->store, doc, &faults, &tests);
    size_t passed = add_failures(tests, &faults);
    reply_json(reply, 200,
               json_pack("{s:b, s:o, s:I, s:o}", "valid", valid, "faults", policy_faults_json(&faults),
                         "tests_passed", (json_int_t)passed, "tests", tests));
    policy_faults_fini(&faults);
    json_decref(doc);
}

static json_t *draft_document(struct api_request *req, struct api_reply *reply)
{
    struct draft d;
    if (!draft_read(req, reply, &d))
        return NULL;
    json_t *doc = json_incref(d.document);
    reply->etag[0] = '\0'; /* of the draft, not of this answer */
    draft_fini(&d);
    return doc;
}

/* A side is {"version": N}, {"document": {...}} or {"draft": true}. */
static json_t *side(struct api_request *req, const json_t *body, const char *key, struct api_reply *reply)
{
    const json_t *value = json_object_get(body, key);
    const json_t *version = json_object_get(value, "version");
    json_t *doc = json_object_get(value, "document");
    struct sl_err err = {0};
    if (json_object_size(value) != 1)
        reply_problem(reply, 400, SIDES, key);
    else if (doc)
        return json_incref(doc);
    else if (json_is_true(json_object_get(value, "draft")))
        return draft_document(req, reply);
    else if (!json_is_integer(version) || json_integer_value(version) < 1)
        reply_problem(reply, 400, SIDES, key);
    else if (!store_policy_get(req->ctx->store, json_integer_value(version), &doc, &err))
        reply_error(reply, &err);
    else
        return doc;
    return NULL;
}

void policy_compare(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"before", "after", NULL};
    json_t *body = body_object(req, reply, allowed);
    if (body == NULL)
        return;
    json_t *before = side(req, body, "before", reply);
    json_t *after = before ? side(req, body, "after", reply) : NULL;
    if (after)
        reply_json(reply, 200, json_pack("{s:o}", "changes", policy_diff(before, after)));
    json_decref(before);
    json_decref(after);
    json_decref(body);
}

static void roll_back(struct api_request *req, struct api_reply *reply, int64_t to,
                      const struct policy_commit *how)
{
    struct policy_faults faults = {0};
    struct sl_err err = {0};
    int64_t version;
    if (store_policy_rollback(req->ctx->store, to, how, &version, &faults, &err))
        give_version(req, reply, version);
    else
        reply_faults(reply, &faults, &err);
    policy_faults_fini(&faults);
}

static void request_roll_back(struct api_request *req, struct api_reply *reply, int64_t to,
                              struct policy_commit *how)
{
    struct sl_err err = {0};
    json_t *doc;
    if (!store_policy_get(req->ctx->store, to, &doc, &err)) {
        reply_error(reply, &err);
        return;
    }
    if (how->comment.n == 0)
        how->comment = sl_cstr(sl_arena_printf(&req->arena, "roll back to version %" PRId64, to));
    commit_request(req, reply, doc, how);
    json_decref(doc);
}

void policy_roll_back(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"version", COMMIT_MEMBERS, NULL};
    struct policy_commit how;
    json_t *body = body_object(req, reply, allowed);
    if (body == NULL)
        return;
    const json_t *to = json_object_get(body, "version");
    if (!json_is_integer(to) || json_integer_value(to) < 1)
        reply_problem(reply, 400, "\"version\" has to be the number of a version");
    else if (!commit_read(req, body, &how, reply))
        ;
    else if (commit_needs_approval(req, &how))
        request_roll_back(req, reply, json_integer_value(to), &how);
    else
        roll_back(req, reply, json_integer_value(to), &how);
    json_decref(body);
}
