/* commit.c - see commit.h. */
#include "adminapi/commit.h"

#include <inttypes.h>
#include <stdio.h>

#include "adminapi/draft.h"
#include "sluice/clock.h"

/* ---- what the body says ---- */

static bool confirm_within(const json_t *body, int64_t *out_ms, struct api_reply *reply)
{
    struct sl_str text;
    *out_ms = 0;
    if (!body_text(body, "confirm_within", &text, reply))
        return false;
    if (text.n == 0)
        return true;
    if (sl_duration_parse(text, out_ms) && *out_ms >= CONFIRM_LEAST_MS && *out_ms <= CONFIRM_MOST_MS)
        return true;
    reply_problem(reply, 400, "\"confirm_within\" is '%.*s'; give a time from 1s to 24h, such as 5m",
                  (int)SL_MIN(text.n, (size_t)40), text.p);
    return false;
}

static bool is_local(const struct api_request *req)
{
    return sl_str_eq(req->actor.source, SL_STR("local"));
}

static bool wants_second_person(const struct api_request *req)
{
    return req->settings->policy.approval == APPROVAL_SECOND_PERSON;
}

bool commit_read(struct api_request *req, const json_t *body, struct policy_commit *out,
                 struct api_reply *reply)
{
    const json_t *override = json_object_get(body, "override");
    *out = (struct policy_commit){.by = &req->actor,
                                  .override = json_is_true(override) && wants_second_person(req)};
    if (!body_text(body, "comment", &out->comment, reply) || !confirm_within(body, &out->confirm_ms, reply))
        return false;
    if (override && !json_is_boolean(override))
        reply_problem(reply, 400, "\"override\" has to be true or false");
    else if (out->override && !is_local(req))
        reply_problem(reply, 403, "only the command on the gateway itself can override approval");
    else
        return true;
    return false;
}

/* ---- a second person ---- */

bool commit_needs_approval(const struct api_request *req, const struct policy_commit *how)
{
    return wants_second_person(req) && !how->override;
}

void commit_waits(struct api_request *req, struct api_reply *reply)
{
    struct draft d;
    if (!draft_read(req, reply, &d))
        return;
    reply_json(reply, 202, json_pack("{s:o}", "request", d.request ? json_incref(d.request) : json_null()));
    draft_fini(&d);
}

/* A draft that is there already is somebody's work; it is not written over. */
static bool take_over(struct api_request *req, struct api_reply *reply, struct draft *d, json_t *doc)
{
    if (d->tag.revision == 0 || json_equal(d->document, doc))
        return true;
    reply_problem(reply, 409,
                  "a second person has to approve this, so it would become the draft, and there is one of %s "
                  "already: publish or discard that first",
                  d->author);
    return false;
}

static void ask_for(struct api_request *req, struct api_reply *reply, struct draft *d, json_t *doc,
                    const struct policy_commit *how)
{
    struct policy_faults faults = {0};
    struct sl_err err = {0};
    struct store *s = req->ctx->store;
    if (store_policy_check(s, doc, &faults, NULL, &err) &&
        store_draft_put(s, d, d->tag.version, doc, &req->actor, &err) &&
        store_draft_request(s, d->tag, how, &faults, &err))
        commit_waits(req, reply);
    else
        reply_faults(reply, &faults, &err);
    policy_faults_fini(&faults);
}

void commit_request(struct api_request *req, struct api_reply *reply, json_t *doc,
                    const struct policy_commit *how)
{
    struct draft d;
    if (!draft_read(req, reply, &d))
        return;
    if (d.tag.revision == 0 && json_equal(d.document, doc))
        commit_done(req, reply, d.tag.version);
    else if (take_over(req, reply, &d, doc))
        ask_for(req, reply, &d, doc, how);
    draft_fini(&d);
}

/* ---- answers ---- */

json_t *commit_unconfirmed(struct api_request *req)
{
    return store_policy_unconfirmed(req->ctx->store, sl_wall_us());
}

void commit_done(struct api_request *req, struct api_reply *reply, int64_t version)
{
    reply_json(reply, 200,
               json_pack("{s:I, s:o}", "version", (json_int_t)version, "confirm", commit_unconfirmed(req)));
}
