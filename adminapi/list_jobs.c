/* list_jobs.c - see list_jobs.h. */
#include "adminapi/list_jobs.h"

#include <stdlib.h>
#include <unistd.h>

struct list_job *list_job_new(struct api_context *ctx, const struct actor *by)
{
    struct list_job *job = sl_calloc(1, sizeof *job);
    sl_arena_init(&job->arena, 0);
    job->store = ctx->store;
    if (by) {
        job->actor.name = sl_arena_str(&job->arena, by->name);
        job->actor.source = sl_arena_str(&job->arena, by->source);
        job->actor.account = sl_arena_str(&job->arena, by->account);
    }
    return job;
}

const struct actor *list_job_actor(const struct list_job *job)
{
    return job->actor.name.p ? &job->actor : NULL;
}

void list_job_free(void *arg)
{
    struct list_job *job = arg;
    if (job->spec.upload.n > 0)
        unlink(job->spec.upload.p);
    sl_arena_fini(&job->arena);
    free(job);
}

static struct job_spec spec_of(const char *kind, job_work *run, struct list_job *work)
{
    return (struct job_spec){.kind = kind,
                             .subject = work->spec.name.p ? work->spec.name : SL_STR("*"),
                             .actor = work->actor.name.p ? work->actor.name : SL_STR("system"),
                             .cancellable = true,
                             .work = run,
                             .arg = work,
                             .arg_free = list_job_free};
}

bool list_job_begin(struct api_context *ctx, const char *kind, job_work *run, struct list_job *work,
                    char out_id[17], struct sl_err *err)
{
    struct job_spec spec = spec_of(kind, run, work);
    return jobs_start(ctx->jobs, &spec, out_id, err);
}

void list_job_start(struct api_request *req, struct api_reply *reply, const char *kind, job_work *run,
                    struct list_job *work)
{
    struct job_spec spec = spec_of(kind, run, work);
    jobs_begin(req, &spec, reply);
}
