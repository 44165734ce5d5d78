/* test_jobs.c - long work with progress: what others see of it, how much of it runs, how much is kept. */
#include "tests/support/cmocka_all.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "adminapi/jobs.h"

/* A job that goes one step when told to, so that a test sees it at rest. */
struct stepper {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    unsigned allowed, done;
    bool fail;
};

static void step(struct stepper *s)
{
    pthread_mutex_lock(&s->lock);
    s->done++;
    pthread_cond_broadcast(&s->moved);
    while (s->done > s->allowed)
        pthread_cond_wait(&s->moved, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

/* Lets it take one more step, and waits until it stands before the next. */
static void let(struct stepper *s)
{
    pthread_mutex_lock(&s->lock);
    unsigned at = ++s->allowed;
    pthread_cond_broadcast(&s->moved);
    while (s->done <= at)
        pthread_cond_wait(&s->moved, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

static void let_all(struct stepper *s)
{
    pthread_mutex_lock(&s->lock);
    s->allowed = 1000;
    pthread_cond_broadcast(&s->moved);
    pthread_mutex_unlock(&s->lock);
}

static void started(struct stepper *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->done == 0)
        pthread_cond_wait(&s->moved, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

static json_t *work(struct job *job, void *arg, struct sl_err *err)
{
    struct stepper *s = arg;
    step(s);
    job_progress(job, "fetch", 50, 100);
    step(s);
    job_progress(job, "build", 0, 0);
    step(s);
    job_item(job, 1, 2);
    job_progress(job, "fetch", 500, 100); /* more than it said */
    step(s);
    if (s->fail) {
        sl_fail(err, SL_IO, "it broke: \xff");
        return NULL;
    }
    return json_string("result");
}

static void keep(void *arg)
{
}

struct world {
    struct jobs *jobs;
    struct stepper steppers[5];
};

static int set_up(void **state)
{
    struct world *w = sl_calloc(1, sizeof *w);
    w->jobs = jobs_new();
    for (size_t i = 0; i < SL_COUNT(w->steppers); i++) {
        pthread_mutex_init(&w->steppers[i].lock, NULL);
        pthread_cond_init(&w->steppers[i].moved, NULL);
    }
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < SL_COUNT(w->steppers); i++)
        let_all(&w->steppers[i]);
    jobs_free(&w->jobs);
    for (size_t i = 0; i < SL_COUNT(w->steppers); i++) {
        pthread_cond_destroy(&w->steppers[i].moved);
        pthread_mutex_destroy(&w->steppers[i].lock);
    }
    free(w);
    return 0;
}

static bool begin(struct world *w, struct stepper *s, const char *kind, const char *subject, char id[17],
                  struct sl_err *err)
{
    struct job_spec spec = {.kind = kind,
                            .subject = sl_cstr(subject),
                            .actor = SL_STR("tester"),
                            .work = work,
                            .arg = s,
                            .arg_free = keep};
    return jobs_start(w->jobs, &spec, id, err);
}

static double progress(struct world *w, const char *id)
{
    json_t *job = jobs_get(w->jobs, sl_cstr(id), ROLE_VIEWER);
    const json_t *value = json_object_get(job, "progress");
    double out = json_is_null(value) ? -1 : json_real_value(value);
    json_decref(job);
    return out;
}

static json_t *wait_end(struct world *w, const char *id)
{
    for (;;) {
        json_t *job = jobs_get(w->jobs, sl_cstr(id), ROLE_VIEWER);
        if (strcmp(json_string_value(json_object_get(job, "state")), "running") != 0)
            return job;
        json_decref(job);
        usleep(1000);
    }
}

static void progress__is_of_the_whole_and_never_falls(void **state)
{
    struct world *w = *state;
    struct stepper *s = &w->steppers[0];
    char id[17];
    assert_true(begin(w, s, "list-update", "*", id, NULL));
    started(s);
    assert_true(progress(w, id) < 0); /* nothing told yet */
    double last = 0;
    for (int i = 0; i < 3; i++) {
        let(s);
        double now = progress(w, id);
        if (!(now > 0 && now < 1) || (i == 1 && now <= last))
            fail_msg("step %d: %f after %f", i, now, last);
        last = now;
    }
    let_all(s);
    json_t *job = wait_end(w, id);
    assert_string_equal(json_string_value(json_object_get(job, "state")), "done");
    assert_string_equal(json_string_value(json_object_get(job, "result")), "result");
    assert_string_equal(json_string_value(json_object_get(job, "actor")), "tester");
    assert_true(json_real_value(json_object_get(job, "progress")) == 1);
    json_decref(job);
}

static void failure__is_told_whatever_its_bytes(void **state)
{
    struct world *w = *state;
    char id[17];
    w->steppers[0].fail = true;
    assert_true(begin(w, &w->steppers[0], "list-add", "sub\xffject", id, NULL));
    let_all(&w->steppers[0]);
    json_t *job = wait_end(w, id);
    assert_string_equal(json_string_value(json_object_get(job, "state")), "failed");
    assert_string_equal(json_string_value(json_object_get(job, "error")), "it broke: \xef\xbf\xbd");
    assert_string_equal(json_string_value(json_object_get(job, "subject")), "sub\xef\xbf\xbdject");
    assert_true(json_is_null(json_object_get(job, "progress")));
    assert_true(json_is_null(json_object_get(job, "result")));
    json_decref(job);
}

static json_t *work_until_cancelled(struct job *job, void *arg, struct sl_err *err)
{
    while (!job_cancelled(job))
        usleep(1000);
    sl_fail(err, SL_BUSY, "cancelled");
    return NULL;
}

static struct job_spec patient(void)
{
    return (struct job_spec){.kind = "replay",
                             .cancellable = true,
                             .least = ROLE_OPERATOR,
                             .work = work_until_cancelled,
                             .arg_free = keep};
}

static void cancelling__ends_who_asks_for_it(void **state)
{
    struct world *w = *state;
    struct job_spec spec = patient();
    struct sl_err err = {0};
    char id[17], other[17];
    assert_true(jobs_start(w->jobs, &spec, id, &err));
    assert_true(begin(w, &w->steppers[0], "list-add", "a", other, &err));
    assert_false(jobs_cancel(w->jobs, sl_cstr(other), &err));
    assert_int_equal(err.code, SL_CONFLICT);
    assert_false(jobs_cancel(w->jobs, SL_STR("none"), &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    assert_true(jobs_cancel(w->jobs, sl_cstr(id), &err));
    json_t *job = wait_end(w, id);
    assert_string_equal(json_string_value(json_object_get(job, "state")), "cancelled");
    assert_true(jobs_cancel(w->jobs, sl_cstr(id), &err)); /* too late, but what was wanted holds */
    json_decref(job);
    assert_true(jobs_start(w->jobs, &spec, id, &err)); /* ended by jobs_free */
}

static json_t *name_somebody(struct job *job, void *arg, struct sl_err *err)
{
    return json_string("alice");
}

static void result__is_for_roles_from_the_least_on(void **state)
{
    struct world *w = *state;
    struct job_spec spec = patient();
    char id[17];
    spec.work = name_somebody;
    assert_true(jobs_start(w->jobs, &spec, id, NULL));
    json_t *job = wait_end(w, id);
    assert_string_equal(json_string_value(json_object_get(job, "state")), "done");
    assert_true(json_is_null(json_object_get(job, "result")));
    json_decref(job);
    job = jobs_get(w->jobs, sl_cstr(id), ROLE_OPERATOR);
    assert_string_equal(json_string_value(json_object_get(job, "result")), "alice");
    json_decref(job);
}

static size_t listed(struct world *w, const char *kind, const char *job_state)
{
    json_t *items = jobs_list(w->jobs, sl_cstr(kind), sl_cstr(job_state), ROLE_VIEWER);
    size_t n = json_array_size(items);
    json_decref(items);
    return n;
}

static void jobs__run_four_at_a_time_and_can_be_chosen(void **state)
{
    struct world *w = *state;
    char ids[5][17], found[17];
    struct sl_err err = {0};
    for (int i = 0; i < 4; i++)
        assert_true(begin(w, &w->steppers[i], i ? "list-add" : "list-update", i ? "b" : "a", ids[i], &err));
    assert_false(begin(w, &w->steppers[4], "list-add", "c", ids[4], &err));
    assert_int_equal(err.code, SL_BUSY);
    assert_int_equal(listed(w, "", ""), 4);
    assert_int_equal(listed(w, "list-add", "running"), 3);
    assert_int_equal(listed(w, "", "done"), 0);
    assert_string_equal(jobs_running(w->jobs, "list-", SL_STR("a"), found), ids[0]);
    assert_string_equal(jobs_running(w->jobs, "list-add", SL_STR("a"), found), "");
    let_all(&w->steppers[0]);
    json_decref(wait_end(w, ids[0]));
    assert_string_equal(jobs_running(w->jobs, "list-", SL_STR("a"), found), "");
    assert_int_equal(listed(w, "", "done"), 1);
    assert_true(begin(w, &w->steppers[4], "list-add", "c", ids[4], &err));
    assert_true(jobs_state_known(SL_STR("failed")));
    assert_false(jobs_state_known(SL_STR("")));
}

static void jobs__keep_a_hundred(void **state)
{
    struct world *w = *state;
    char first[17], id[17];
    let_all(&w->steppers[0]);
    assert_true(begin(w, &w->steppers[0], "list-add", "first", first, NULL));
    json_decref(wait_end(w, first));
    for (int i = 0; i < 100; i++) {
        assert_true(begin(w, &w->steppers[0], "list-add", "next", id, NULL));
        json_decref(wait_end(w, id));
    }
    assert_int_equal(listed(w, "", ""), 100);
    assert_null(jobs_get(w->jobs, sl_cstr(first), ROLE_VIEWER));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(cancelling__ends_who_asks_for_it),           CASE(result__is_for_roles_from_the_least_on),
        CASE(progress__is_of_the_whole_and_never_falls),  CASE(failure__is_told_whatever_its_bytes),
        CASE(jobs__run_four_at_a_time_and_can_be_chosen), CASE(jobs__keep_a_hundred)};
    return cmocka_run_group_tests_name("adminapi/jobs", tests, NULL, NULL);
}
