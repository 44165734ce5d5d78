/* res_jobs.c - long work that other requests started. */
#include "adminapi/jobs.h"
#include "adminapi/resources.h"

void jobs_all(struct api_request *req, struct api_reply *reply)
{
    struct sl_str kind = query_text(req, "kind"), state = query_text(req, "state");
    if (state.n > 0 && !jobs_state_known(state))
        reply_problem(reply, 400, "state=%.*s is none of running, done, failed, cancelled",
                      (int)SL_MIN(state.n, (size_t)40), state.p);
    else
        reply_json(reply, 200,
                   json_pack("{s:o}", "items", jobs_list(req->ctx->jobs, kind, state, req->role)));
}

void jobs_one(struct api_request *req, struct api_reply *reply)
{
    json_t *job = jobs_get(req->ctx->jobs, req->params[0], req->role);
    if (job)
        reply_json(reply, 200, job);
    else
        reply_problem(reply, 404, "there is no job '%.*s'; the last 100 are kept",
                      (int)SL_MIN(req->params[0].n, (size_t)40), req->params[0].p);
}

void jobs_end(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    if (jobs_cancel(req->ctx->jobs, req->params[0], &err))
        reply_empty(reply, 204);
    else
        reply_error(reply, &err);
}
