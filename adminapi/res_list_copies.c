/* res_list_copies.c - the copies of a list: its history, the way back, and the one that waits for approval.
 */
#include "adminapi/list_jobs.h"
#include "adminapi/resources.h"

void lists_versions(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    json_t *items;
    if (store_list_versions(req->ctx->store, req->params[0], &items, &err))
        reply_json(reply, 200, json_pack("{s:o}", "items", items));
    else
        reply_error(reply, &err);
}

/* ---- jobs: the catalogue has to be built ---- */

static json_t *approve_work(struct job *job, void *arg, struct sl_err *err)
{
    struct list_job *work = arg;
    json_t *source = NULL;
    return store_list_approve(work->store, work->spec.name, work->version, list_job_actor(work), job_progress,
                              job, &source, err)
               ? source
               : NULL;
}

static json_t *roll_back_work(struct job *job, void *arg, struct sl_err *err)
{
    struct list_job *work = arg;
    json_t *source = NULL;
    return store_list_rollback(work->store, work->spec.name, work->version, list_job_actor(work),
                               job_progress, job, &source, err)
               ? source
               : NULL;
}

/* The body's version; 0 when it may be left out and is. */
static bool read_version(struct api_request *req, struct api_reply *reply, bool required, int64_t *out)
{
    static const char *const allowed[] = {"version", NULL};
    json_t *body = req->body.n > 0 || required ? body_object(req, reply, allowed) : json_object();
    if (body == NULL)
        return false;
    json_t *version = json_object_get(body, "version");
    bool ok = version ? json_is_integer(version) && json_integer_value(version) > 0 : !required;
    *out = json_integer_value(version);
    json_decref(body);
    if (!ok)
        reply_problem(reply, 400, "version must be a number of GET /lists/{name}/versions");
    return ok;
}

static void start(struct api_request *req, struct api_reply *reply, const char *kind, job_work *run,
                  bool required)
{
    int64_t version;
    struct sl_err err = {0};
    json_t *source;
    if (!read_version(req, reply, required, &version))
        return;
    if (!store_list_show(req->ctx->store, req->params[0], &source, &err)) {
        reply_error(reply, &err);
        return;
    }
    bool waits = json_is_object(json_object_get(source, "held"));
    json_decref(source);
    if (!required && !waits) {
        reply_problem(reply, 409, "no copy of the list waits for approval");
        return;
    }
    struct list_job *work = list_job_new(req->ctx, &req->actor);
    work->spec.name = sl_arena_str(&work->arena, req->params[0]);
    work->version = version;
    list_job_start(req, reply, kind, run, work);
}

void lists_approve(struct api_request *req, struct api_reply *reply)
{
    start(req, reply, "list-approve", approve_work, false);
}

void lists_roll_back(struct api_request *req, struct api_reply *reply)
{
    start(req, reply, "list-rollback", roll_back_work, true);
}

/* ---- at once ---- */

void lists_discard(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    if (store_list_discard(req->ctx->store, req->params[0], &req->actor, &err))
        reply_empty(reply, 204);
    else
        reply_error(reply, &err);
}

void lists_resume(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    if (store_list_resume(req->ctx->store, req->params[0], &req->actor, &err))
        reply_empty(reply, 204);
    else
        reply_error(reply, &err);
}

/* ---- how copies are checked and kept ---- */

static bool number_member(const json_t *body, const char *key, int64_t *inout, struct api_reply *reply)
{
    json_t *value = json_object_get(body, key);
    if (value == NULL)
        return true;
    if (json_is_integer(value)) {
        *inout = json_integer_value(value);
        return true;
    }
    reply_problem(reply, 400, "%s must be a whole number", key);
    return false;
}

static bool read_checks(const json_t *body, struct list_checks *inout, struct api_reply *reply)
{
    json_t *never = json_object_get(body, "never");
    if (!number_member(body, "keep", &inout->keep, reply) ||
        !number_member(body, "shrink", &inout->shrink, reply) ||
        !number_member(body, "grow", &inout->grow, reply))
        return false;
    if (never && !json_is_array(never)) {
        reply_problem(reply, 400, "never must be an array of hosts");
        return false;
    }
    if (never) {
        json_decref(inout->never);
        inout->never = json_incref(never);
    }
    return true;
}

/* Members that are left out stay as they are. */
void lists_checks(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"keep", "shrink", "grow", "never", NULL};
    struct list_checks checks;
    struct sl_err err = {0};
    json_t *body = body_object(req, reply, allowed);
    if (body == NULL)
        return;
    if (!store_list_checks(req->ctx->store, req->params[0], &checks, &err)) {
        reply_error(reply, &err);
    } else {
        if (read_checks(body, &checks, reply)) {
            if (store_list_set_checks(req->ctx->store, req->params[0], &checks, &req->actor, &err))
                lists_one(req, reply);
            else
                reply_error(reply, &err);
        }
        json_decref(checks.never);
    }
    json_decref(body);
}
