/* jobs.c - see jobs.h. One mutex guards everything; a job thread takes it only to tell its progress and its
 * end. */
#include "adminapi/jobs.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/crypto.h"
#include "base/give_way.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"
#include "sluice/list.h"

enum { JOBS_KEPT = 100, JOBS_RUNNING = 4 };

struct job {
    struct sl_list node;
    struct jobs *jobs;
    char id[17];
    const char *kind;
    char *subject, *actor;
    const char *phase; /* "" before the first progress */
    uint64_t done, total;
    size_t item, items;           /* it works on item of items alike ones */
    int64_t started_us, ended_us; /* ended 0: running */
    json_t *result;
    struct sl_err err;
    bool cancellable;
    atomic_bool cancelled;
    enum role least; /* who may see the result */
    job_work *work;
    void *arg;
    void (*arg_free)(void *arg);
};

static const char *const states[] = {"running", "done", "failed", "cancelled"};

/* Which share of an item each phase takes, as measured with lists of millions. */
static const struct {
    const char *phase;
    double from, to;
} phases[] = {{"fetch", 0, 0.3},     {"import", 0.3, 0.6}, {"compare", 0.6, 0.65},
              {"build", 0.65, 0.95}, {"swap", 0.95, 1},    {"replay", 0, 1}};

struct jobs {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    struct sl_list all; /* newest last */
    unsigned count, running;
};

struct jobs *jobs_new(void)
{
    struct jobs *jobs = sl_calloc(1, sizeof *jobs);
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->ended, NULL);
    sl_list_init(&jobs->all);
    return jobs;
}

static void job_free(struct job *job)
{
    sl_list_remove(&job->node);
    json_decref(job->result);
    free(job->subject);
    free(job->actor);
    free(job);
}

void jobs_free(struct jobs **ref)
{
    struct jobs *jobs = *ref;
    if (jobs == NULL)
        return;
    pthread_mutex_lock(&jobs->lock);
    SL_LIST_EACH(node, &jobs->all)
    {
        struct job *job = SL_LIST_ITEM(node, struct job, node);
        job->cancelled = job->cancellable;
    }
    while (jobs->running > 0)
        pthread_cond_wait(&jobs->ended, &jobs->lock);
    pthread_mutex_unlock(&jobs->lock);
    SL_LIST_EACH(node, &jobs->all)
    job_free(SL_LIST_ITEM(node, struct job, node));
    pthread_cond_destroy(&jobs->ended);
    pthread_mutex_destroy(&jobs->lock);
    free(jobs);
    *ref = NULL;
}

static void *job_main(void *arg)
{
    struct job *job = arg;
    struct jobs *jobs = job->jobs;
    struct sl_err err = {0};
    give_way();
    json_t *result = job->work(job, job->arg, &err);
    job->arg_free(job->arg);
    pthread_mutex_lock(&jobs->lock);
    job->result = result;
    job->err = err;
    job->ended_us = sl_wall_us();
    jobs->running--;
    pthread_cond_broadcast(&jobs->ended);
    pthread_mutex_unlock(&jobs->lock);
    return NULL;
}

/* Under the lock: makes room by dropping the oldest job that has ended. */
static void forget_oldest(struct jobs *jobs)
{
    SL_LIST_EACH(node, &jobs->all)
    {
        struct job *job = SL_LIST_ITEM(node, struct job, node);
        if (jobs->count < JOBS_KEPT)
            return;
        if (job->ended_us == 0)
            continue;
        job_free(job);
        jobs->count--;
    }
}

bool jobs_start(struct jobs *jobs, const struct job_spec *spec, char out_id[17], struct sl_err *err)
{
    pthread_t thread;
    pthread_attr_t detached;
    pthread_mutex_lock(&jobs->lock);
    if (jobs->running >= JOBS_RUNNING) {
        pthread_mutex_unlock(&jobs->lock);
        spec->arg_free(spec->arg);
        return sl_fail(err, SL_BUSY, "%d jobs run already; wait for one of them to end", JOBS_RUNNING);
    }
    forget_oldest(jobs);
    struct job *job = sl_calloc(1, sizeof *job);
    *job = (struct job){.jobs = jobs,
                        .kind = spec->kind,
                        .subject = sl_str_dup(spec->subject),
                        .actor = sl_str_dup(spec->actor),
                        .phase = "",
                        .cancellable = spec->cancellable,
                        .least = spec->least,
                        .items = 1,
                        .work = spec->work,
                        .arg = spec->arg,
                        .arg_free = spec->arg_free,
                        .started_us = sl_wall_us()};
    crypto_random_id(job->id, sizeof job->id - 1);
    memcpy(out_id, job->id, sizeof job->id);
    sl_list_push(&jobs->all, &job->node);
    jobs->count++;
    jobs->running++;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    int failed = pthread_create(&thread, &detached, job_main, job);
    pthread_attr_destroy(&detached);
    if (failed) {
        job_free(job);
        jobs->count--;
        jobs->running--;
    }
    pthread_mutex_unlock(&jobs->lock);
    if (failed) {
        spec->arg_free(spec->arg);
        return sl_fail_errno(err, SL_LIMIT, failed, "no thread for the job");
    }
    return true;
}

void jobs_begin(struct api_request *req, const struct job_spec *spec, struct api_reply *reply)
{
    struct sl_err err = {0};
    char id[17];
    if (!jobs_start(req->ctx->jobs, spec, id, &err)) {
        reply_error(reply, &err);
        return;
    }
    snprintf(reply->location, sizeof reply->location, "/api/v1/jobs/%s", id);
    reply_json(reply, 202, json_pack("{s:s}", "job", id));
}

bool job_progress(void *arg, const char *phase, uint64_t done, uint64_t total)
{
    struct job *job = arg;
    pthread_mutex_lock(&job->jobs->lock);
    job->phase = phase;
    job->done = done;
    job->total = total;
    pthread_mutex_unlock(&job->jobs->lock);
    return !job_cancelled(job);
}

void job_item(struct job *job, size_t index, size_t count)
{
    sl_assert(index < count);
    pthread_mutex_lock(&job->jobs->lock);
    job->item = index;
    job->items = count;
    pthread_mutex_unlock(&job->jobs->lock);
}

bool job_cancelled(const struct job *job)
{
    return job->cancelled;
}

static struct job *find(struct jobs *jobs, struct sl_str id)
{
    SL_LIST_EACH(node, &jobs->all)
    {
        struct job *job = SL_LIST_ITEM(node, struct job, node);
        if (sl_str_eq(id, sl_cstr(job->id)))
            return job;
    }
    return NULL;
}

bool jobs_cancel(struct jobs *jobs, struct sl_str id, struct sl_err *err)
{
    pthread_mutex_lock(&jobs->lock);
    struct job *job = find(jobs, id);
    bool ok = job && job->cancellable;
    if (ok && job->ended_us == 0)
        job->cancelled = true;
    if (!job)
        sl_fail(err, SL_NOT_FOUND, "there is no job '%.*s'; the last %d are kept",
                (int)SL_MIN(id.n, (size_t)40), id.p, JOBS_KEPT);
    else if (!ok)
        sl_fail(err, SL_CONFLICT, "a job of kind %s can't be cancelled", job->kind);
    pthread_mutex_unlock(&jobs->lock);
    return ok;
}

/* ---- reading, under the lock ---- */

static const char *state_of(const struct job *job)
{
    if (job->ended_us == 0)
        return states[0];
    return job->result ? states[1] : job->cancelled ? states[3] : states[2];
}

static double fraction_of(const struct job *job)
{
    double part = job->total ? (double)SL_MIN(job->done, job->total) / (double)job->total : 0, of_item = 0;
    for (size_t i = 0; i < SL_COUNT(phases); i++)
        if (strcmp(job->phase, phases[i].phase) == 0)
            of_item = phases[i].from + (phases[i].to - phases[i].from) * part;
    return ((double)job->item + of_item) / (double)job->items;
}

/* How far it is; null before it has told, and for one that failed. */
static json_t *progress_json(const struct job *job)
{
    if (job->result)
        return json_real(1);
    if (job->ended_us != 0 || *job->phase == '\0')
        return json_null();
    return json_real(fraction_of(job));
}

/* Names come from paths of requests, errors quote lists: either may hold bytes that are not UTF-8. */
static json_t *text_json(const char *text)
{
    return subject_json(sl_cstr(text));
}

static json_t *job_json(const struct job *job, enum role role)
{
    char started[SL_RFC3339_TEXT];
    bool running = job->ended_us == 0;
    json_t *o = json_pack("{s:s, s:s, s:o, s:s, s:s, s:I, s:I, s:o, s:s}", "id", job->id, "kind", job->kind,
                          "subject", text_json(job->subject), "state", state_of(job), "phase", job->phase,
                          "done", (json_int_t)job->done, "total", (json_int_t)job->total, "progress",
                          progress_json(job), "started", sl_rfc3339(job->started_us, started));
    json_object_set_new(o, "ended", reply_time(job->ended_us));
    json_object_set_new(o, "result",
                        job->result && role >= job->least ? json_deep_copy(job->result) : json_null());
    json_object_set_new(o, "error", running || job->result ? json_null() : text_json(job->err.msg));
    json_object_set_new(o, "actor", text_json(job->actor));
    return o;
}

json_t *jobs_get(struct jobs *jobs, struct sl_str id, enum role role)
{
    pthread_mutex_lock(&jobs->lock);
    const struct job *job = find(jobs, id);
    json_t *found = job ? job_json(job, role) : NULL;
    pthread_mutex_unlock(&jobs->lock);
    return found;
}

static bool chosen(struct sl_str want, const char *have)
{
    return want.n == 0 || sl_str_eq(want, sl_cstr(have));
}

json_t *jobs_list(struct jobs *jobs, struct sl_str kind, struct sl_str state, enum role role)
{
    json_t *items = json_array();
    pthread_mutex_lock(&jobs->lock);
    SL_LIST_EACH(node, &jobs->all)
    {
        const struct job *job = SL_LIST_ITEM(node, struct job, node);
        if (chosen(kind, job->kind) && chosen(state, state_of(job)))
            json_array_insert_new(items, 0, job_json(job, role));
    }
    pthread_mutex_unlock(&jobs->lock);
    return items;
}

bool jobs_state_known(struct sl_str state)
{
    for (size_t i = 0; i < SL_COUNT(states); i++)
        if (sl_str_eq(state, sl_cstr(states[i])))
            return true;
    return false;
}

const char *jobs_running(struct jobs *jobs, const char *kind, struct sl_str subject, char out_id[17])
{
    *out_id = '\0';
    pthread_mutex_lock(&jobs->lock);
    SL_LIST_EACH(node, &jobs->all)
    {
        const struct job *job = SL_LIST_ITEM(node, struct job, node);
        if (job->ended_us == 0 && strncmp(job->kind, kind, strlen(kind)) == 0 &&
            (subject.p == NULL || sl_str_eq(subject, sl_cstr(job->subject))))
            memcpy(out_id, job->id, sizeof job->id);
    }
    pthread_mutex_unlock(&jobs->lock);
    return out_id;
}
