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
/* False with SL_BUSY when 4 run already; then arg is freed too. The id stays valid while the job is kept. */
bool jobs_start(struct jobs *jobs, const char *kind, struct sl_str subject, job_work *work, void *arg,
                void (*arg_free)(void *arg), char out_id[17], struct sl_err *err);
/* A store_progress: job is the arg. */
void job_progress(void *job, const char *phase, uint64_t done, uint64_t total);
/* {"id","kind","subject","state":"running|done|failed","phase","done","total","started","ended","result","error"};
 * NULL: unknown. */
json_t *jobs_get(struct jobs *jobs, struct sl_str id);
json_t *jobs_list(struct jobs *jobs); /* newest first */

#endif
