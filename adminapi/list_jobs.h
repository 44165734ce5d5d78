/* list_jobs.h - what the jobs of list sources share: what one needs after its request has ended. */
#ifndef ADMINAPI_LIST_JOBS_H
#define ADMINAPI_LIST_JOBS_H

#include "adminapi/jobs.h"

/* Texts are in the arena, which goes with the job; so does an upload that the store did not take in. */
struct list_job {
    struct store *store;
    struct sl_arena arena;
    struct list_source_spec spec; /* but for add and replace only the name; p NULL = every list */
    struct sl_str category;       /* add: also commit a policy in which it holds the list */
    struct actor actor;           /* name p NULL: the gateway itself */
    bool replace;
    int64_t version; /* roll back, approve */
};

/* by NULL: the gateway itself. */
struct list_job *list_job_new(struct api_context *ctx, const struct actor *by);
/* Whoever the work is done for, as the store wants it. */
const struct actor *list_job_actor(const struct list_job *job);
void list_job_free(void *job);
/* Takes work in any case. */
bool list_job_begin(struct api_context *ctx, const char *kind, job_work *run, struct list_job *work,
                    char out_id[17], struct sl_err *err);
/* The same for a request, which it answers: 202 and where the job is. */
void list_job_start(struct api_request *req, struct api_reply *reply, const char *kind, job_work *run,
                    struct list_job *work);

#endif
