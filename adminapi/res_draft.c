/* res_draft.c - the draft as a whole: show, replace, discard, check, rebase, publish. Its parts are in
 * res_draft_items.c. */
#include <inttypes.h>

#include "adminapi/commit.h"
#include "adminapi/draft.h"
#include "adminapi/resources.h"

enum { COMMENT_MOST = 500 };

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
               json_pack("{s:b, s:I, s:I, s:I, s:s, s:o, s:o, s:o, s:O, s:o, s:o, s:o, s:b}", "exists",
                         d->tag.revision > 0, "base_version", (json_int_t)d->tag.version, "active_version",
                         (json_int_t)d->active, "revision", (json_int_t)d->tag.revision, "author", d->author,
                         "created", reply_time(d->created_us), "changed", reply_time(d->changed_us), "etag",
                         draft_etag(d->tag), "document", d->document, "changes", changes, "faults",
                         faults_of(req, d->document), "request",
                         d->request ? json_incref(d->request) : json_null(), "needs_approval",
                         commit_needs_approval(req, &(struct policy_commit){0})));
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
    if (!draft_read_editable(req, reply, &d))
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
    if (!draft_read_editable(req, reply, &d))
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

/* {"valid","faults","tests"}: of the draft, or of the active policy when there is none. */
void draft_validate(struct api_request *req, struct api_reply *reply)
{
    struct policy_faults faults = {0};
    struct draft d;
    json_t *tests;
    if (!draft_read(req, reply, &d))
        return;
    bool valid = store_policy_try(req->ctx->store, d.document, &faults, &tests);
    reply_json(
        reply, 200,
        json_pack("{s:b, s:o, s:o}", "valid", valid, "faults", policy_faults_json(&faults), "tests", tests));
    policy_faults_fini(&faults);
    draft_fini(&d);
}

/* ---- rebase and commit ---- */

static bool read_existing(struct api_request *req, struct api_reply *reply, struct draft *d)
{
    if (!draft_read_editable(req, reply, d))
        return false;
    if (d->tag.revision > 0)
        return true;
    reply_problem(reply, 404, "there is no draft");
    draft_fini(d);
    return false;
}

/* The documents of the draft's base and of the active version. */
static bool both_versions(struct api_request *req, struct api_reply *reply, const struct draft *d,
                          json_t **out_base, json_t **out_active)
{
    struct sl_err err = {0};
    *out_base = *out_active = NULL;
    if (store_policy_get(req->ctx->store, d->tag.version, out_base, &err) &&
        store_policy_get(req->ctx->store, d->active, out_active, &err))
        return true;
    json_decref(*out_base);
    reply_error(reply, &err);
    return false;
}

static void rebase(struct api_request *req, struct api_reply *reply, struct draft *d)
{
    json_t *base, *active, *conflicts, *merged;
    if (!both_versions(req, reply, d, &base, &active))
        return;
    merged = policy_merge(base, d->document, active, &conflicts);
    if (merged == NULL)
        reply_problem_with(
            reply, 409,
            json_pack("{s:o, s:I}", "conflicts", conflicts, "active_version", (json_int_t)d->active),
            "the draft and version %" PRId64 " both changed the same; make one of them like the other, "
            "or discard the draft",
            d->active);
    else if (draft_store(req, reply, d, d->active, merged))
        show(req, reply, d);
    json_decref(merged);
    json_decref(base);
    json_decref(active);
}

/* Makes the draft one of the active version: its changes are done to what is active now. */
void draft_rebase(struct api_request *req, struct api_reply *reply)
{
    struct draft d;
    if (!read_existing(req, reply, &d))
        return;
    if (d.tag.version == d.active)
        show(req, reply, &d);
    else
        rebase(req, reply, &d);
    draft_fini(&d);
}

static void refuse_old_base(struct api_request *req, struct api_reply *reply, const struct draft *d)
{
    json_t *base, *active;
    if (!both_versions(req, reply, d, &base, &active))
        return;
    reply_problem_with(reply, 409,
                       json_pack("{s:I, s:o}", "active_version", (json_int_t)d->active, "changes",
                                 policy_diff(base, active)),
                       "the draft was made from version %" PRId64 ", and version %" PRId64
                       " is active now: rebase it, look at it again, then publish",
                       d->tag.version, d->active);
    json_decref(base);
    json_decref(active);
}

static size_t characters(struct sl_str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    return n;
}

static bool says_why(struct sl_str *out, struct api_reply *reply)
{
    *out = sl_str_trim(*out);
    if (out->n > 0 && characters(*out) <= COMMENT_MOST)
        return true;
    reply_problem(reply, 400, "\"comment\" has to say why, in 1 to %d characters", COMMENT_MOST);
    return false;
}

/* Nothing to publish is told before anything is tried: a version without changes helps nobody. */
static bool changes_something(struct api_request *req, struct api_reply *reply, const struct draft *d)
{
    json_t *changes = draft_changes(req, reply, d);
    if (changes == NULL)
        return false;
    bool any = json_array_size(changes) > 0;
    json_decref(changes);
    if (!any)
        reply_problem(reply, 422, "the draft changes nothing: edit it, or discard it");
    return any;
}

/* The draft, or the active version, changed between our look and the commit. */
static void refuse_just_now(struct api_request *req, struct api_reply *reply, struct draft_tag seen)
{
    struct draft now;
    if (!draft_read(req, reply, &now))
        return;
    if (draft_tag_eq(now.tag, seen) && now.tag.version != now.active)
        refuse_old_base(req, reply, &now);
    else
        draft_refuse(req, reply, seen);
    draft_fini(&now);
}

static void commit(struct api_request *req, struct api_reply *reply, struct draft *d,
                   const struct policy_commit *how)
{
    struct policy_faults faults = {0};
    struct sl_err err = {0};
    int64_t version;
    bool waits = commit_needs_approval(req, how);
    bool ok = waits ? store_draft_request(req->ctx->store, d->tag, how, &faults, &err)
                    : store_draft_commit(req->ctx->store, d->tag, how, &version, &faults, &err);
    if (ok && waits) {
        commit_waits(req, reply);
    } else if (ok) {
        draft_tag_text((struct draft_tag){.version = version}, reply->etag);
        commit_done(req, reply, version);
    } else if (err.code == SL_CONFLICT) {
        refuse_just_now(req, reply, d->tag);
    } else {
        reply_faults(reply, &faults, &err);
    }
    policy_faults_fini(&faults);
}

void draft_commit(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {COMMIT_MEMBERS, NULL};
    struct draft d;
    struct policy_commit how;
    if (!read_existing(req, reply, &d))
        return;
    json_t *body = body_object(req, reply, allowed);
    if (body == NULL || !commit_read(req, body, &how, reply) || !says_why(&how.comment, reply))
        ;
    else if (d.tag.version != d.active)
        refuse_old_base(req, reply, &d);
    else if (changes_something(req, reply, &d))
        commit(req, reply, &d, &how);
    json_decref(body);
    draft_fini(&d);
}
