/* res_lists.c - list sources: show, add, replace, upload, update (jobs), remove.
 *
 * What can be refused at once is refused at once (names, URLs, what exists); the rest is the job's error. An
 * uploaded file comes as a file (route.spool): it goes to the job, and to the store when it was taken in. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "adminapi/commit.h"
#include "adminapi/list_jobs.h"
#include "adminapi/resources.h"
#include "sluice/clock.h"
#include "sluice/log.h"

enum { CATEGORY_TRIES = 3 };

static const char all[] = "*";   /* every list, where one is named */
#define SCHEDULED "list-refresh" /* the kind of job that the timetable starts, one at a time */

/* ---- show ---- */

/* A source knows how it stands; whether somebody loads it just now, the jobs know. */
static void add_job(struct jobs *jobs, json_t *source)
{
    const char *name = json_string_value(json_object_get(source, "name"));
    char id[17];
    if (*jobs_running(jobs, "list-", sl_cstr(name), id) == '\0')
        jobs_running(jobs, "list-update", sl_cstr(all), id);
    json_object_set_new(source, "job", *id ? json_string(id) : json_null());
    if (*id)
        json_object_set_new(source, "state", json_string("updating"));
}

void lists_all(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    json_t *items, *item;
    size_t i;
    if (!store_list_show(req->ctx->store, (struct sl_str){0}, &items, &err)) {
        reply_error(reply, &err);
        return;
    }
    json_array_foreach(items, i, item) add_job(req->ctx->jobs, item);
    reply_json(reply, 200, json_pack("{s:o}", "items", items));
}

void lists_one(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    json_t *source;
    if (!store_list_show(req->ctx->store, req->params[0], &source, &err)) {
        reply_error(reply, &err);
        return;
    }
    add_job(req->ctx->jobs, source);
    reply_json(reply, 200, source);
}

/* ---- jobs ---- */

/* One after the other; a bad one does not keep the others from being loaded. A pinned one keeps its copy: all
 * of them is not it. err is the first failure. */
static json_t *update_all(struct job *job, struct list_job *work, struct sl_err *err)
{
    json_t *sources, *source, *done = json_array();
    bool ok = store_list_show(work->store, (struct sl_str){0}, &sources, err);
    size_t i;
    if (!ok)
        sources = NULL;
    json_array_foreach(sources, i, source)
    {
        struct sl_str name = sl_cstr(json_string_value(json_object_get(source, "name")));
        json_t *one = NULL;
        job_item(job, i, json_array_size(sources));
        if (job_cancelled(job))
            ok = ok && sl_fail(err, SL_BUSY, "cancelled");
        if (job_cancelled(job) || json_is_object(json_object_get(source, "pinned")))
            continue;
        if (store_list_update(work->store, name, list_job_actor(work), job_progress, job, &one,
                              ok ? err : NULL))
            json_array_append_new(done, one);
        else
            ok = false;
    }
    json_decref(sources);
    if (ok)
        return done;
    json_decref(done);
    return NULL;
}

static json_t *update_work(struct job *job, void *arg, struct sl_err *err)
{
    struct list_job *work = arg;
    json_t *result = NULL;
    if (work->spec.name.p == NULL)
        return update_all(job, work, err);
    return store_list_update(work->store, work->spec.name, list_job_actor(work), job_progress, job, &result,
                             err)
               ? result
               : NULL;
}

/* Nobody waits for this one's answer, so its end is told in the log. */
static json_t *refresh_work(struct job *job, void *arg, struct sl_err *err)
{
    struct sl_err why = {0};
    json_t *source = update_work(job, arg, &why);
    if (source == NULL) {
        sl_log_warning("lists", "%s", why.msg);
        sl_fail(err, why.code, "%s", why.msg);
    } else if (json_is_true(json_object_get(source, "changed"))) {
        sl_log_notice("lists", "list '%s' was updated: %lld entries",
                      json_string_value(json_object_get(source, "name")),
                      (long long)json_integer_value(json_object_get(source, "entries")));
    }
    return source;
}

static void append_once(json_t *texts, json_t *text)
{
    const json_t *have;
    size_t i;
    json_array_foreach(texts, i, have)
    {
        if (json_equal(have, text))
            return;
    }
    json_array_append(texts, text);
}

/* The policy with the source's lists in the category, which is made when missing. */
static void into_category(json_t *doc, const char *name, const json_t *source)
{
    json_t *categories, *category, *lists, *part;
    size_t i;
    if ((categories = json_object_get(doc, "categories")) == NULL)
        json_object_set_new(doc, "categories", categories = json_object());
    if ((category = json_object_get(categories, name)) == NULL)
        json_object_set_new(categories, name, category = json_object());
    if ((lists = json_object_get(category, "lists")) == NULL)
        json_object_set_new(category, "lists", lists = json_array());
    json_array_foreach(json_object_get(source, "parts"), i, part)
        append_once(lists, json_object_get(part, "name"));
}

static bool commit_category(struct list_job *work, const char *name, const json_t *source, struct sl_err *err)
{
    json_t *doc;
    struct policy_faults faults = {0};
    int64_t active = store_policy_version(work->store), version;
    char comment[128];
    if (!store_policy_get(work->store, active, &doc, err))
        return false;
    into_category(doc, name, source);
    snprintf(comment, sizeof comment, "list %.60s put into category %.40s",
             json_string_value(json_object_get(source, "name")), name);
    bool ok = store_policy_apply(work->store, doc, sl_cstr(comment), list_job_actor(work), active, &version,
                                 &faults, err);
    if (!ok && faults.count > 0)
        sl_fail(err, SL_BAD_INPUT, "the list was added, but not to category '%.40s': %s %.100s", name,
                faults.items[0].pointer, faults.items[0].message);
    policy_faults_fini(&faults);
    json_decref(doc);
    return ok;
}

/* In a new policy version; once more when somebody else published meanwhile. */
static bool put_in_category(struct list_job *work, const json_t *source, struct sl_err *err)
{
    char *name = sl_str_dup(work->category);
    bool ok = false;
    for (int i = 0; i < CATEGORY_TRIES && !ok && (i == 0 || err->code == SL_CONFLICT); i++)
        ok = commit_category(work, name, source, err);
    free(name);
    return ok;
}

static json_t *put_work(struct job *job, void *arg, struct sl_err *err)
{
    struct list_job *work = arg;
    json_t *source = NULL;
    bool ok = work->replace ? store_list_replace(work->store, &work->spec, list_job_actor(work), job_progress,
                                                 job, &source, err)
                            : store_list_add(work->store, &work->spec, list_job_actor(work), job_progress,
                                             job, &source, err);
    if (!ok)
        return NULL;
    if (work->category.n > 0 && !put_in_category(work, source, err)) {
        json_decref(source);
        return NULL;
    }
    return source;
}

/* ---- starting them ---- */

/* Starts it unless it can be refused at once. Takes work; its texts may still be the request's. */
static void start_put(struct api_request *req, struct api_reply *reply, const char *kind,
                      struct list_job *work)
{
    struct list_source_spec *spec = &work->spec;
    struct sl_str *texts[] = {&spec->name,   &spec->path,  &spec->url,     &spec->format,
                              &spec->upload, &spec->label, &work->category};
    struct sl_err err = {0};
    if (work->category.n > 0 && commit_needs_approval(req, &(struct policy_commit){0})) {
        reply_problem(
            reply, 403,
            "a second person has to approve changes of the policy: add the list without a category, "
            "then put it into one in the draft");
        list_job_free(work);
        return;
    }
    if (!store_list_check(work->store, spec, work->replace, &err)) {
        reply_error(reply, &err);
        list_job_free(work);
        return;
    }
    for (size_t i = 0; i < SL_COUNT(texts); i++)
        *texts[i] = sl_arena_str(&work->arena, *texts[i]);
    list_job_start(req, reply, kind, put_work, work);
}

/* False, with the problem in reply: there is none, or it is pinned. */
static bool may_update(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    json_t *source;
    if (!store_list_show(req->ctx->store, req->params[0], &source, &err)) {
        reply_error(reply, &err);
        return false;
    }
    bool pinned = json_is_object(json_object_get(source, "pinned"));
    json_decref(source);
    if (pinned)
        reply_problem(reply, 409, "the list was rolled back and keeps its copy until it is resumed");
    return !pinned;
}

void lists_update(struct api_request *req, struct api_reply *reply)
{
    bool one = !sl_str_eq(req->params[0], sl_cstr(all));
    if (one && !may_update(req, reply))
        return;
    struct list_job *work = list_job_new(req->ctx, &req->actor);
    if (one)
        work->spec.name = sl_arena_str(&work->arena, req->params[0]);
    list_job_start(req, reply, "list-update", update_work, work);
}

void lists_update_due(struct api_context *ctx, int64_t now_us)
{
    SL_CLEANUP(sl_freep) char *name = NULL;
    char id[17];
    struct sl_err err = {0};
    if (*jobs_running(ctx->jobs, SCHEDULED, (struct sl_str){0}, id) ||
        !store_lists_due(ctx->store, now_us, &name) || *jobs_running(ctx->jobs, "list-", sl_cstr(name), id))
        return;
    struct list_job *work = list_job_new(ctx, NULL);
    work->spec.name = sl_arena_str(&work->arena, sl_cstr(name));
    if (!list_job_begin(ctx, SCHEDULED, refresh_work, work, id, &err))
        sl_log_warning("adminapi", "list '%s' is due: %s", name, err.msg);
}

static bool location_members(const json_t *body, struct list_source_spec *spec, struct api_reply *reply)
{
    struct sl_str every;
    if (!body_text(body, "path", &spec->path, reply) || !body_text(body, "url", &spec->url, reply) ||
        !body_text(body, "format", &spec->format, reply) || !body_text(body, "every", &every, reply))
        return false;
    if (every.n == 0 || sl_duration_parse(every, &spec->every_ms))
        return true;
    reply_problem(reply, 400, "every '%.*s' is not a time such as 24h", (int)SL_MIN(every.n, (size_t)40),
                  every.p);
    return false;
}

void lists_add(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"name", "path", "url", "format", "every", "category", NULL};
    json_t *body = body_object(req, reply, allowed);
    if (body == NULL)
        return;
    struct list_job *work = list_job_new(req->ctx, &req->actor);
    if (body_text(body, "name", &work->spec.name, reply) && location_members(body, &work->spec, reply) &&
        body_text(body, "category", &work->category, reply))
        start_put(req, reply, "list-add", work);
    else
        list_job_free(work);
    json_decref(body);
}

/* The whole description again: where it comes from, how it is read, how often. */
void lists_replace(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"path", "url", "format", "every", NULL};
    json_t *body = body_object(req, reply, allowed);
    if (body == NULL)
        return;
    struct list_job *work = list_job_new(req->ctx, &req->actor);
    work->replace = true;
    work->spec.name = req->params[0];
    if (location_members(body, &work->spec, reply))
        start_put(req, reply, "list-replace", work);
    else
        list_job_free(work);
    json_decref(body);
}

/* The body is the file. A new list, or new content for one that exists, wherever it came from before. */
void lists_upload(struct api_request *req, struct api_reply *reply)
{
    if (req->spool_path == NULL || req->spool_bytes == 0) {
        reply_problem(reply, 400, "the body is empty: send the list as it is, for example with curl -T FILE");
        return;
    }
    struct list_job *work = list_job_new(req->ctx, &req->actor);
    struct list_source_spec *spec = &work->spec;
    spec->name = req->params[0];
    spec->upload = sl_cstr(sl_arena_printf(&work->arena, "%s", req->spool_path));
    req->spool_path = NULL; /* ours now: moved into the store, or removed with the job */
    spec->format = query_text(req, "format");
    spec->label = query_text(req, "file");
    work->category = query_text(req, "category");
    work->replace = store_list_exists(work->store, spec->name);
    start_put(req, reply, "list-upload", work);
}

void lists_remove(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    if (store_list_remove(req->ctx->store, req->params[0], &req->actor, &err))
        reply_empty(reply, 204);
    else
        reply_error(reply, &err);
}
