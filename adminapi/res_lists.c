/* res_lists.c - list sources: show, add and update (jobs), remove. */
#include <stdio.h>
#include <stdlib.h>

#include "adminapi/jobs.h"
#include "adminapi/resources.h"
#include "sluice/clock.h"

static void show(struct api_request *req, struct sl_str name, struct api_reply *reply)
{
    struct sl_err err = {0};
    json_t *answer;
    if (!store_list_show(req->ctx->store, name, &answer, &err))
        reply_error(reply, &err);
    else if (name.p == NULL)
        reply_json(reply, 200, json_pack("{s:o}", "items", answer));
    else
        reply_json(reply, 200, answer);
}

void lists_all(struct api_request *req, struct api_reply *reply)
{
    show(req, (struct sl_str){0}, reply);
}

void lists_one(struct api_request *req, struct api_reply *reply)
{
    show(req, req->params[0], reply);
}

/* What an add or update needs after its request has ended. */
struct list_job {
    struct store *store;
    struct sl_arena arena;
    struct list_source_spec spec; /* update: only the name, p NULL = all */
    struct sl_str category;       /* add: also commit a policy in which it holds the list */
    struct actor actor;
};

static struct list_job *list_job_new(struct api_request *req)
{
    struct list_job *job = sl_calloc(1, sizeof *job);
    sl_arena_init(&job->arena, 0);
    job->store = req->ctx->store;
    job->actor.name = sl_arena_str(&job->arena, req->actor.name);
    job->actor.source = sl_arena_str(&job->arena, req->actor.source);
    return job;
}

static void list_job_free(void *arg)
{
    struct list_job *job = arg;
    sl_arena_fini(&job->arena);
    free(job);
}

static json_t *update_work(struct job *job, void *arg, struct sl_err *err)
{
    struct list_job *work = arg;
    json_t *result = NULL;
    return store_list_update(work->store, work->spec.name, &work->actor, job_progress, job, &result, err)
               ? result
               : NULL;
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

/* Adds the source's lists to the category, made when missing, in a new policy version. */
static bool put_in_category(struct list_job *work, const json_t *source, struct sl_err *err)
{
    json_t *doc, *categories, *category, *lists, *part;
    struct policy_faults faults = {0};
    int64_t version;
    size_t i;
    if (!store_policy_get(work->store, 0, &doc, err))
        return false;
    char *name = sl_str_dup(work->category);
    if ((categories = json_object_get(doc, "categories")) == NULL)
        json_object_set_new(doc, "categories", categories = json_object());
    if ((category = json_object_get(categories, name)) == NULL)
        json_object_set_new(categories, name, category = json_object());
    if ((lists = json_object_get(category, "lists")) == NULL)
        json_object_set_new(category, "lists", lists = json_array());
    json_array_foreach(json_object_get(source, "parts"), i, part)
        append_once(lists, json_object_get(part, "name"));
    char comment[128];
    snprintf(comment, sizeof comment, "list %.60s put into category %.40s",
             json_string_value(json_object_get(source, "name")), name);
    bool ok =
        store_policy_apply(work->store, doc, sl_cstr(comment), &work->actor, -1, &version, &faults, err);
    if (!ok && faults.count > 0)
        sl_fail(err, SL_BAD_INPUT, "the list was added, but not to category '%.40s': %s %.100s", name,
                faults.items[0].pointer, faults.items[0].message);
    policy_faults_fini(&faults);
    free(name);
    json_decref(doc);
    return ok;
}

static json_t *add_work(struct job *job, void *arg, struct sl_err *err)
{
    struct list_job *work = arg;
    json_t *source = NULL;
    if (!store_list_add(work->store, &work->spec, &work->actor, job_progress, job, &source, err))
        return NULL;
    if (work->category.n > 0 && !put_in_category(work, source, err)) {
        json_decref(source);
        return NULL;
    }
    return source;
}

static void start(struct api_request *req, struct api_reply *reply, const char *kind, job_work *run,
                  struct list_job *work)
{
    struct sl_err err = {0};
    char id[17];
    struct sl_str subject = work->spec.name.p ? work->spec.name : SL_STR("all");
    if (!jobs_start(req->ctx->jobs, kind, subject, run, work, list_job_free, id, &err)) {
        reply_error(reply, &err);
        return;
    }
    snprintf(reply->location, sizeof reply->location, "/api/v1/jobs/%s", id);
    reply_json(reply, 202, json_pack("{s:s}", "job", id));
}

void lists_update(struct api_request *req, struct api_reply *reply)
{
    struct list_job *work = list_job_new(req);
    if (!sl_str_eq(req->params[0], SL_STR("*")))
        work->spec.name = sl_arena_str(&work->arena, req->params[0]);
    start(req, reply, "list-update", update_work, work);
}

void lists_add(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"name", "path", "url", "format", "every", "category", NULL};
    json_t *body = body_object(req, reply, allowed);
    struct sl_str every;
    if (body == NULL)
        return;
    struct list_job *work = list_job_new(req);
    struct list_source_spec *spec = &work->spec;
    bool ok = body_text(body, "name", &spec->name, reply) && body_text(body, "path", &spec->path, reply) &&
              body_text(body, "url", &spec->url, reply) && body_text(body, "format", &spec->format, reply) &&
              body_text(body, "every", &every, reply) && body_text(body, "category", &work->category, reply);
    if (ok && every.n > 0 && !sl_duration_parse(every, &spec->every_ms)) {
        reply_problem(reply, 400, "every '%.*s' is not a time such as 24h", (int)SL_MIN(every.n, (size_t)40),
                      every.p);
        ok = false;
    }
    if (!ok) {
        list_job_free(work);
    } else {
        struct sl_str *texts[] = {&spec->name, &spec->path, &spec->url, &spec->format, &work->category};
        for (size_t i = 0; i < SL_COUNT(texts); i++)
            *texts[i] = sl_arena_str(&work->arena, *texts[i]);
        start(req, reply, "list-add", add_work, work);
    }
    json_decref(body);
}

void lists_remove(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    if (store_list_remove(req->ctx->store, req->params[0], &req->actor, &err))
        reply_empty(reply, 204);
    else
        reply_error(reply, &err);
}
