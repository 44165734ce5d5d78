/* jobs.h - long work with progress: started by a request, watched by others. A job runs on a thread of its
 * own; the last 100 are kept. */
#ifndef ADMINAPI_JOBS_H
#define ADMINAPI_JOBS_H

#include "adminapi/api.h"

struct job;
/* Does the work: calls job_progress now and then; returns the result (new reference) or NULL with err. arg
 * belongs to the job. */
typedef json_t *job_work(struct job *job, void *arg, struct sl_err *err);

struct jobs *jobs_new(void);
/* Waits for the running ones. */
void jobs_free(struct jobs **jobs);
struct job_spec {
    const char *kind; /* "list-add" */
    struct sl_str subject, actor;
    job_work *work;
    void *arg;
    void (*arg_free)(void *arg);
};
/* False with SL_BUSY when 4 run already; then arg is freed too. The id stays valid while the job is kept. */
bool jobs_start(struct jobs *jobs, const struct job_spec *spec, char out_id[17], struct sl_err *err);
/* A store_progress: job is the arg. */
void job_progress(void *job, const char *phase, uint64_t done, uint64_t total);
/* What follows is item `index` of `count` alike ones: progress is told of all of them together. */
void job_item(struct job *job, size_t index, size_t count);

/* {"id","kind","subject","state":"running|done|failed","phase","done","total","progress","started","ended",
 *  "result","error","actor"}; NULL: unknown. */
json_t *jobs_get(struct jobs *jobs, struct sl_str id);
/* Newest first; kind and state "" take all. */
json_t *jobs_list(struct jobs *jobs, struct sl_str kind, struct sl_str state);
bool jobs_state_known(struct sl_str state);
/* The running job of a kind that begins with `kind` and is about subject: its id, or "". */
const char *jobs_running(struct jobs *jobs, const char *kind, struct sl_str subject, char out_id[17]);

#endif
