/* res_replay.c - what would a policy have made of recorded requests? A job; see sluice/replay.h. */
#include <stdlib.h>

#include "adminapi/candidate.h"
#include "adminapi/jobs.h"
#include "adminapi/resources.h"
#include "sluice/clock.h"
#include "sluice/replay.h"

enum { LIMIT = 50, LIMIT_MOST = 1000, EXAMPLES = 20, EXAMPLES_MOST = 1000 };
#define DAY_US ((int64_t)86400 * 1000000)

struct run {
    const char *directory;
    struct snapshot *before, *after;
    int64_t version; /* of the policy that was active when it began */
    int64_t from_us, to_us;
    unsigned limit, examples;
    json_t *policy;
    struct job *job;
};

static void run_free(void *arg)
{
    struct run *run = arg;
    snapshot_unref(&run->before);
    snapshot_unref(&run->after);
    json_decref(run->policy);
    free(run);
}

static bool go_on(void *arg, uint64_t seen, uint64_t about)
{
    struct run *run = arg;
    return job_progress(run->job, "replay", seen, about);
}

static json_t *work(struct job *job, void *arg, struct sl_err *err)
{
    struct run *run = arg;
    struct replay_plan plan = {.directory = run->directory,
                               .before = run->before,
                               .after = run->after,
                               .from_us = run->from_us,
                               .to_us = run->to_us,
                               .limit = run->limit,
                               .examples = run->examples,
                               .go_on = go_on,
                               .arg = run};
    json_t *report;
    run->job = job;
    job_progress(job, "replay", 0, 0);
    if (!replay_run(&plan, &report, err))
        return NULL;
    json_object_set(report, "policy", run->policy);
    json_object_set_new(report, "active_version", json_integer(run->version));
    return report;
}

/* ---- the question ---- */

static bool time_asked(const json_t *body, const char *key, int64_t now_us, int64_t *inout_us,
                       struct api_reply *reply)
{
    struct sl_str text;
    if (!body_text(body, key, &text, reply))
        return false;
    if (text.n == 0 || sl_time_parse(text, now_us, inout_us))
        return true;
    reply_problem(reply, 400, "%s '%.*s' is not a time such as 2026-11-23T09:00:00Z or -24h", key,
                  (int)SL_MIN(text.n, (size_t)60), text.p);
    return false;
}

static bool number_asked(const json_t *body, const char *key, unsigned most, unsigned *inout,
                         struct api_reply *reply)
{
    const json_t *value = json_object_get(body, key);
    if (!value)
        return true;
    json_int_t number = json_is_integer(value) ? json_integer_value(value) : -1;
    if (number < 0 || number > most) {
        reply_problem(reply, 400, "%s has to be a number from 0 to %u", key, most);
        return false;
    }
    *inout = (unsigned)number;
    return true;
}

static bool question(const json_t *body, struct run *run, bool *by_record, struct api_reply *reply)
{
    int64_t now_us = sl_wall_us();
    struct sl_str against;
    run->to_us = now_us;
    if (!time_asked(body, "to", now_us, &run->to_us, reply))
        return false;
    run->from_us = run->to_us - DAY_US;
    if (!time_asked(body, "from", now_us, &run->from_us, reply) ||
        !number_asked(body, "limit", LIMIT_MOST, &run->limit, reply) ||
        !number_asked(body, "limit_examples", EXAMPLES_MOST, &run->examples, reply) ||
        !body_text(body, "against", &against, reply))
        return false;
    *by_record = sl_str_eq(against, SL_STR("record"));
    if (run->from_us >= run->to_us)
        reply_problem(reply, 400, "from has to be before to");
    else if (against.n && !*by_record && !sl_str_eq(against, SL_STR("active")))
        reply_problem(reply, 400, "against is either active or record");
    else
        return true;
    return false;
}

/* There has to be one: the active policy against itself tells nothing. */
static bool candidate_asked(struct api_request *req, const json_t *body, struct candidate *out,
                            struct api_reply *reply)
{
    if (!candidate_read(req, body, out, reply))
        return false;
    if (out->document)
        return true;
    if (out->json)
        reply_problem(reply, 404, "there is no draft to try");
    else
        reply_problem(reply, 400, "which policy? Give \"policy\", \"draft\": true or \"version\"");
    candidate_fini(out);
    return false;
}

void replay_start(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"policy",  "draft", "version",        "from", "to",
                                          "against", "limit", "limit_examples", NULL};
    struct candidate candidate;
    bool by_record;
    json_t *body = body_object(req, reply, allowed);
    struct run *run = sl_calloc(1, sizeof *run);
    *run = (struct run){.directory = store_directory(req->ctx->store), .limit = LIMIT, .examples = EXAMPLES};
    if (!body || !question(body, run, &by_record, reply) || !candidate_asked(req, body, &candidate, reply)) {
        run_free(run);
        json_decref(body);
        return;
    }
    struct snapshot *live = policy_live_get(store_live(req->ctx->store));
    run->version = snapshot_version(live);
    run->before = by_record ? NULL : snapshot_ref(live);
    run->policy = json_incref(candidate.json);
    run->after = candidate_compile(req, &candidate, reply);
    struct job_spec spec = {.kind = "replay",
                            .subject = sl_cstr(candidate.words),
                            .actor = req->actor.name,
                            .cancellable = true,
                            .least = ROLE_OPERATOR,
                            .work = work,
                            .arg = run,
                            .arg_free = run_free};
    if (run->after)
        jobs_begin(req, &spec, reply);
    else
        run_free(run);
    snapshot_unref(&live);
    candidate_fini(&candidate);
    json_decref(body);
}
