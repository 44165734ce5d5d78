/* res_commit.c - what follows a commit: confirming a version that would go back by itself, and approving or
 * rejecting a draft that somebody else wants to publish. */
#include "adminapi/commit.h"
#include "adminapi/draft.h"
#include "adminapi/resources.h"

/* {"version": N, "comment": TEXT}: the number says what the caller looked at. */
void policy_confirm(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"version", "comment", NULL};
    struct sl_err err = {0};
    struct sl_str comment;
    json_t *body = body_object(req, reply, allowed);
    if (body == NULL)
        return;
    json_int_t version = json_integer_value(json_object_get(body, "version"));
    if (version < 1)
        reply_problem(reply, 400, "\"version\" has to be the number of the version that waits");
    else if (!body_text(body, "comment", &comment, reply))
        ;
    else if (store_policy_confirm(req->ctx->store, version, comment, &req->actor, &err))
        commit_done(req, reply, version);
    else
        reply_error(reply, &err);
    json_decref(body);
}

/* ---- approval ---- */

/* The draft that the caller saw, with a request for approval, and what he says about it. What he saw is named
 * by If-Match, or by "etag" in the body, for who can't send the field. */
static json_t *read_request(struct api_request *req, struct api_reply *reply, struct draft *d,
                            struct sl_str *comment)
{
    static const char *const allowed[] = {"comment", "etag", NULL};
    json_t *body = body_object(req, reply, allowed);
    struct sl_str etag;
    if (body && body_text(body, "comment", comment, reply) && body_text(body, "etag", &etag, reply)) {
        if (etag.n)
            req->if_match = etag;
        if (draft_read_matching(req, reply, d)) {
            if (d->request)
                return body;
            reply_problem(reply, 404, "no draft waits for approval");
            draft_fini(d);
        }
    }
    json_decref(body);
    return NULL;
}

static void reply_refused(struct api_request *req, struct api_reply *reply, const struct draft *d,
                          const struct policy_faults *faults, const struct sl_err *err)
{
    if (err->code == SL_CONFLICT && d->tag.version == d->active)
        draft_refuse(req, reply, d->tag);
    else if (faults->count > 0)
        reply_faults(reply, faults, err);
    else
        reply_error(reply, err);
}

void draft_approve(struct api_request *req, struct api_reply *reply)
{
    struct policy_faults faults = {0};
    struct sl_err err = {0};
    struct sl_str comment;
    struct draft d;
    int64_t version;
    json_t *body = read_request(req, reply, &d, &comment);
    if (body == NULL)
        return;
    if (store_draft_approve(req->ctx->store, d.tag, comment, &req->actor, &version, &faults, &err)) {
        draft_tag_text((struct draft_tag){.version = version}, reply->etag);
        commit_done(req, reply, version);
    } else {
        reply_refused(req, reply, &d, &faults, &err);
    }
    policy_faults_fini(&faults);
    draft_fini(&d);
    json_decref(body);
}

void draft_reject(struct api_request *req, struct api_reply *reply)
{
    struct policy_faults none = {0};
    struct sl_err err = {0};
    struct sl_str comment;
    struct draft d;
    json_t *body = read_request(req, reply, &d, &comment);
    if (body == NULL)
        return;
    if (store_draft_reject(req->ctx->store, d.tag, comment, &req->actor, &err))
        reply_empty(reply, 204);
    else
        reply_refused(req, reply, &d, &none, &err);
    draft_fini(&d);
    json_decref(body);
}
