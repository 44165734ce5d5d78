/* candidate.c - see candidate.h. */
#include "adminapi/candidate.h"

#include <inttypes.h>
#include <stdio.h>

#include "adminapi/draft.h"

static bool take_draft(struct api_request *req, struct candidate *out, struct api_reply *reply)
{
    struct draft d;
    if (!draft_read(req, reply, &d))
        return false;
    reply->etag[0] = '\0'; /* of the draft, not of this answer */
    if (d.tag.revision > 0)
        out->document = json_incref(d.document);
    out->json = json_pack("{s:o}", "draft", draft_etag(d.tag));
    snprintf(out->words, sizeof out->words, "the draft");
    draft_fini(&d);
    return true;
}

static bool take_version(struct api_request *req, const json_t *version, struct candidate *out,
                         struct api_reply *reply)
{
    struct sl_err err = {0};
    int64_t number = json_integer_value(version);
    if (!json_is_integer(version) || number < 1) {
        reply_problem(reply, 400, "\"version\" has to be the number of a policy version");
        return false;
    }
    if (!store_policy_get(req->ctx->store, number, &out->document, &err)) {
        reply_error(reply, &err);
        return false;
    }
    out->json = json_pack("{s:I}", "version", (json_int_t)number);
    snprintf(out->words, sizeof out->words, "version %" PRId64, number);
    return true;
}

bool candidate_read(struct api_request *req, const json_t *body, struct candidate *out,
                    struct api_reply *reply)
{
    json_t *policy = json_object_get(body, "policy");
    const json_t *draft = json_object_get(body, "draft"), *version = json_object_get(body, "version");
    *out = (struct candidate){.words = "the active policy"};
    if ((draft && !json_is_boolean(draft)) ||
        (policy != NULL) + json_is_true(draft) + (version != NULL) > 1) {
        reply_problem(reply, 400,
                      "\"draft\" has to be true or false, and \"policy\", \"draft\" and \"version\" exclude "
                      "each other");
        return false;
    }
    if (json_is_true(draft))
        return take_draft(req, out, reply);
    if (version)
        return take_version(req, version, out, reply);
    if (policy) {
        out->document = json_incref(policy);
        out->json = json_pack("{s:b}", "document", 1);
        snprintf(out->words, sizeof out->words, "a document");
    }
    return true;
}

struct snapshot *candidate_compile(struct api_request *req, const struct candidate *c,
                                   struct api_reply *reply)
{
    struct policy_faults faults = {0};
    struct sl_err err = {0};
    if (!c->document)
        return policy_live_get(store_live(req->ctx->store));
    struct snapshot *snapshot = store_policy_compile(req->ctx->store, c->document, &faults);
    if (!snapshot)
        reply_faults(reply, &faults, &err);
    policy_faults_fini(&faults);
    return snapshot;
}

void candidate_fini(struct candidate *c)
{
    json_decref(c->document);
    json_decref(c->json);
    *c = (struct candidate){0};
}
