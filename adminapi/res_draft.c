/* res_draft.c - the draft as a whole: show, replace, discard, check, rebase, publish. Its parts are in
 * res_draft_items.c. */
#include <inttypes.h>

#include "adminapi/draft.h"
#include "adminapi/resources.h"

static json_t *faults_of(struct api_request *req, const json_t *doc)
{
    struct policy_faults faults = {0};
    store_policy_faults(req->ctx->store, doc, &faults);
    json_t *list = policy_faults_json(&faults);
    policy_faults_fini(&faults);
    return list;
}

static void show(struct api_request *req, struct api_reply *reply, const struct draft *d)
{
    json_t *changes = draft_changes(req, reply, d);
    if (changes == NULL)
        return;
    reply_json(reply, 200,
               json_pack("{s:b, s:I, s:I, s:I, s:s, s:o, s:o, s:o, s:O, s:o, s:o}", "exists",
                         d->tag.revision > 0, "base_version", (json_int_t)d->tag.version, "active_version",
                         (json_int_t)d->active, "revision", (json_int_t)d->tag.revision, "author", d->author,
                         "created", draft_time(d->created_us), "changed", draft_time(d->changed_us), "etag",
                         draft_etag(d->tag), "document", d->document, "changes", changes, "faults",
                         faults_of(req, d->document)));
}

void draft_show(struct api_request *req, struct api_reply *reply)
{
    struct draft d;
    if (!draft_read(req, reply, &d))
        return;
    show(req, reply, &d);
    draft_fini(&d);
}

void draft_replace(struct api_request *req, struct api_reply *reply)
{
    struct draft d;
    if (!draft_read_matching(req, reply, &d))
        return;
    json_t *doc = body_object(req, reply, NULL);
    if (doc && draft_store(req, reply, &d, d.tag.version, doc))
        show(req, reply, &d);
    json_decref(doc);
    draft_fini(&d);
}

void draft_discard(struct api_request *req, struct api_reply *reply)
{
    struct draft d;
    struct sl_err err = {0};
    if (!draft_read_matching(req, reply, &d))
        return;
    if (store_draft_discard(req->ctx->store, d.tag, &req->actor, &err)) {
        reply->etag[0] = '\0';
        reply_empty(reply, 204);
    } else if (err.code == SL_CONFLICT) {
        draft_refuse(req, reply, d.tag);
    } else {
        reply_error(reply, &err);
    }
    draft_fini(&d);
}
