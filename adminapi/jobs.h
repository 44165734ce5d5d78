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
/* Cancels those that can be, and waits for the running ones. */
void jobs_free(struct jobs **jobs);
struct job_spec {
    const char *kind; /* "list-add" */
    struct sl_str subject, actor;
    bool cancellable; /* its work asks job_cancelled now and then */
    enum role least;  /* who may see its result */
    job_work *work;
    void *arg;
    void (*arg_free)(void *arg);
};
/* False with SL_BUSY when 4 run already; then arg is freed too. The id stays valid while the job is kept. */
bool jobs_start(struct jobs *jobs, const struct job_spec *spec, char out_id[17], struct sl_err *err);
/* Starts one for a request: 202 with its place, or the problem. */
void jobs_begin(struct api_request *req, const struct job_spec *spec, struct api_reply *reply);
/* A store_progress: job is the arg. */
bool job_progress(void *job, const char *phase, uint64_t done, uint64_t total);
/* What follows is item `index` of `count` alike ones: progress is told of all of them together. */
void job_item(struct job *job, size_t index, size_t count);

/* Somebody does not want it any more: the work is to end soon, with any err. Any thread. */
bool job_cancelled(const struct job *job);

/* {"id","kind","subject","state":"running|done|failed|cancelled","phase","done","total","progress","started","ended",
 *  "result","error","actor"}; NULL: unknown. The result is null to a role below the job's least. */
json_t *jobs_get(struct jobs *jobs, struct sl_str id, enum role role);
/* Newest first; kind and state "" take all. */
json_t *jobs_list(struct jobs *jobs, struct sl_str kind, struct sl_str state, enum role role);
/* Asks a job to end; one that has ended stays as it is. SL_NOT_FOUND; SL_CONFLICT when its kind can't be
 * cancelled. */
bool jobs_cancel(struct jobs *jobs, struct sl_str id, struct sl_err *err);
bool jobs_state_known(struct sl_str state);
/* The running job of a kind that begins with `kind` and is about subject (p NULL: any): its id, or "". */
const char *jobs_running(struct jobs *jobs, const char *kind, struct sl_str subject, char out_id[17]);

#endif
