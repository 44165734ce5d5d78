/* test_crash.c - what is left of the request log when the process is killed, or the disk is full, at any
 * moment? */
#include "tests/support/cmocka_all.h"
#include "tests/support/records.h"
#include "tests/support/tmpdir.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/audit/samples.h"

#include "audit/days.h"
#include "sluice/figures.h"
#include "sluice/log.h"

enum { WORKERS = 2, ROUNDS = 20, NUMBERS_A_WORKER = 10000000 };

static int setup(void **state)
{
    *state = tmpdir_new();
    return 0;
}

static int teardown(void **state)
{
    tmpdir_free((char **)state);
    return 0;
}

#define CRASH_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Shared with the child that will be killed: how many appends of each worker have returned. */
struct shared {
    uint64_t returned[WORKERS];
};

struct appender {
    struct journal *j;
    unsigned worker;
    uint64_t last_id, next;
    uint64_t *returned;
};

/* Appends until the process is killed. The number of a record stands in its policy version. */
static void *append_forever(void *arg)
{
    struct appender *p = arg;
    for (;; p->next++) {
        struct sample s;
        sample_fill(&s, p->next);
        s.r.policy_version = (int64_t)p->next;
        s.r.id = p->last_id = request_id_make(s.r.time_us, p->worker, p->last_id);
        if (p->next % 3 == 0) {
            while (!journal_reserve(p->j, record_bound(600)))
                journal_tend(p->j);
            if (!journal_append(p->j, &s.r, record_bound(600)))
                abort(); /* a promise was broken */
        } else {
            while (!journal_append(p->j, &s.r, 0))
                journal_tend(p->j);
        }
        journal_tend(p->j);
        __atomic_fetch_add(p->returned, 1, __ATOMIC_RELEASE);
        if (p->next % 16 == 0)
            usleep(50);
    }
    return NULL;
}

static void child(const char *dir, int64_t batch_ms, uint64_t first, struct shared *shared)
{
    struct audit_config cfg = sample_config(dir);
    struct audit *a = NULL;
    struct sl_err err = {0};
    pthread_t threads[WORKERS];
    struct appender appenders[WORKERS];
    cfg.batch_ms = batch_ms;
    if (!audit_start(&cfg, &a, &err)) {
        fprintf(stderr, "child: %s\n", err.msg);
        _exit(1);
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        appenders[i] =
            (struct appender){NULL, i, audit_last_id(a), first + i * NUMBERS_A_WORKER, &shared->returned[i]};
        if (!journal_open(a, i, &appenders[i].j, &err) ||
            pthread_create(&threads[i], NULL, append_forever, &appenders[i]) != 0)
            _exit(2);
    }
    for (;;)
        pause();
}

static uint64_t all_returned(const struct shared *shared)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < WORKERS; i++)
        n += __atomic_load_n(&shared->returned[i], __ATOMIC_ACQUIRE);
    return n;
}

/* Runs a child and kills it some time after it has appended at least so many records. What it appended stands
 * in *shared. */
static void run_and_kill(const char *dir, int64_t batch_ms, uint64_t first, uint64_t at_least,
                         unsigned after_us, struct shared *shared)
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        child(dir, batch_ms, first, shared);
        _exit(3);
    }
    for (int i = 0; i < 20000 && all_returned(shared) < at_least; i++)
        usleep(1000);
    usleep(after_us);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static struct shared *new_shared(size_t count)
{
    struct shared *shared =
        mmap(NULL, count * sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);
    return shared;
}

struct numbers {
    uint64_t *items;
    size_t count, cap;
};

static bool collect(void *arg, const json_t *item)
{
    struct numbers *n = arg;
    SL_GROW(n->items, n->count, &n->cap);
    n->items[n->count++] = (uint64_t)json_integer_value(json_object_get(item, "policy_version"));
    return true;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* All numbers in the log, sorted, after recovery. */
static struct numbers recovered(const char *dir)
{
    struct audit_config cfg = sample_config(dir);
    struct audit_filter f;
    struct numbers n = {0};
    struct sl_err err = {0};
    audit_filter_init(&f);
    if (!audit_recover(&cfg, &err) || !records_each(dir, &f, collect, &n, &err))
        fail_msg("%s", err.msg);
    if (n.count)
        qsort(n.items, n.count, sizeof *n.items, compare);
    return n;
}

/* Of the numbers from `first` on there are exactly `returned`, or one more that was appended but not
 * reported. */
static void assert_numbers(const struct numbers *n, size_t *at, uint64_t first, uint64_t returned)
{
    uint64_t count = 0;
    while (*at < n->count && n->items[*at] < first + NUMBERS_A_WORKER) {
        if (n->items[*at] != first + count)
            fail_msg("record %llu: %s", (unsigned long long)(first + count),
                     n->items[*at] < first + count ? "is there twice" : "is lost");
        count++;
        ++*at;
    }
    if (count != returned && count != returned + 1)
        fail_msg("%llu records are there, %llu were appended", (unsigned long long)count,
                 (unsigned long long)returned);
}

struct totals {
    struct figures by_rows[10];
    const struct figures_span *span;
};

static bool add_row(void *arg, const json_t *item)
{
    struct totals *t = arg;
    int64_t time_us;
    enum action action;
    assert_true(sl_rfc3339_parse(sl_cstr(json_string_value(json_object_get(item, "time"))), &time_us));
    assert_true(action_parse(sl_cstr(json_string_value(json_object_get(item, "action"))), &action));
    struct figures f = {.requests = 1,
                        .block = action == ACTION_BLOCK,
                        .quota = action == ACTION_QUOTA,
                        .warn = action == ACTION_WARN,
                        .error = action == ACTION_ERROR,
                        .last_min = time_us / 60000000};
    f.bytes = (uint64_t)json_integer_value(json_object_get(item, "bytes_in")) +
              (uint64_t)json_integer_value(json_object_get(item, "bytes_out"));
    size_t step = (size_t)(f.last_min / t->span->step_min - t->span->from_min / t->span->step_min);
    figures_add(&t->by_rows[step], &f);
    return true;
}

/* The figures that rollups tell are those of the rows. */
static void assert_figures(const char *dir)
{
    struct figures_query q = {.directory = dir};
    struct figures by_rollups[10];
    struct totals t = {.span = &q.span};
    struct audit_filter f;
    bool approx;
    audit_filter_init(&f);
    /* Numbers of workers and lives move the samples over a day or so. */
    assert_true(figures_span(SAMPLE_TIME_US - DAY_US, SAMPLE_TIME_US + 300 * DAY_US, 0, 10, &q.span, NULL));
    assert_true(figures_over_time(&q, by_rollups, &approx, NULL));
    assert_true(records_each(dir, &f, add_row, &t, NULL));
    uint64_t all = 0;
    for (size_t i = 0; i < q.span.count; i++) {
        assert_memory_equal(&by_rollups[i], &t.by_rows[i], sizeof by_rollups[i]);
        all += by_rollups[i].requests;
    }
    assert_true(all > 0);
}

TEST(crash__loses_nothing_that_was_appended)
{
    struct shared *shared = new_shared(1);
    /* The writer has nothing to do in time: all of it is recovery. */
    run_and_kill(*state, 100000, 0, 500, 100000, shared);
    struct numbers n = recovered(*state);
    size_t at = 0;
    for (unsigned i = 0; i < WORKERS; i++) {
        assert_true(shared->returned[i] > 0);
        assert_numbers(&n, &at, i * NUMBERS_A_WORKER, shared->returned[i]);
    }
    assert_int_equal(at, n.count);
    assert_figures(*state);
    free(n.items);
    munmap(shared, sizeof *shared);
}

TEST(crash__loses_and_doubles_nothing_in_twenty_lives)
{
    uint64_t rng = 11, total = 0;
    struct shared *shared = new_shared(ROUNDS);
    for (uint64_t round = 0; round < ROUNDS; round++)
        /* Every other life may end before it has begun: in its recovery. */
        run_and_kill(*state, 1, round * WORKERS * NUMBERS_A_WORKER, round % 2 ? 0 : 200,
                     2000 + sample_random(&rng) % 80000, &shared[round]);
    struct numbers n = recovered(*state);
    size_t at = 0;
    for (uint64_t round = 0; round < ROUNDS; round++)
        for (unsigned i = 0; i < WORKERS; i++) {
            assert_numbers(&n, &at, (round * WORKERS + i) * NUMBERS_A_WORKER, shared[round].returned[i]);
            total += shared[round].returned[i];
        }
    assert_int_equal(at, n.count);
    assert_true(total > 1000);
    assert_figures(*state);
    print_message("           %llu records in %d lives\n", (unsigned long long)total, ROUNDS);
    free(n.items);
    munmap(shared, ROUNDS * sizeof *shared);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = SL_MIN(bytes, limit.rlim_max);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static bool wait_until_failing(struct audit *a, bool failing, const char *word)
{
    struct audit_status st;
    for (int i = 0; i < 3000; i++) {
        audit_status(a, &st);
        if (st.failing == failing && (!word || strstr(st.last_error, word)))
            return true;
        usleep(5000);
    }
    return false;
}

static bool append(struct journal *j, uint64_t n, size_t reserved)
{
    struct sample s;
    sample_fill(&s, n);
    s.r.policy_version = (int64_t)n;
    return journal_append(j, &s.r, reserved);
}

/* A limit on the size of files stands for the disk that is full: first for SQLite, then for segments too. */
TEST(full_disk__is_an_answer_and_loses_nothing)
{
    const char *dir = *state;
    struct audit_config cfg = sample_config(dir);
    struct audit *a = NULL;
    struct journal *j = NULL;
    struct audit_status st;
    uint64_t n = 0;
    signal(SIGXFSZ, SIG_IGN);
    assert_true(audit_start(&cfg, &a, NULL));
    assert_true(journal_open(a, 0, &j, NULL));
    for (; n < 1000; n++)
        while (!append(j, n, 0))
            journal_tend(j);
    sample_wait_stored(a);

    limit_files(sample_config(dir).segment_bytes);
    for (; n < 4000; n++)
        while (!append(j, n, 0))
            journal_tend(j);
    assert_true(wait_until_failing(a, true, "audit-2026-11-23.db"));
    audit_status(a, &st);
    assert_true(st.failed > 0 && st.lag_records > 0 && st.lag_ms >= 0);

    limit_files(4096);
    assert_true(journal_reserve(j, record_bound(500)));
    while (append(j, n, 0)) {
        n++;
        journal_tend(j);
    }
    assert_true(append(j, n++, record_bound(500)));
    while (journal_reserve(j, record_bound(100)))
        continue;

    limit_files(RLIM_INFINITY);
    assert_true(wait_until_failing(a, false, NULL));
    sample_wait_stored(a);
    audit_status(a, &st);
    assert_int_equal(st.appended, n);
    assert_int_equal(st.stored, n);
    journal_close(&j);
    audit_stop(&a);
    struct numbers all = recovered(dir);
    assert_int_equal(all.count, n);
    for (uint64_t i = 0; i < n; i++)
        assert_int_equal(all.items[i], i);
    free(all.items);
}

TEST(audit_start__serves_even_if_old_records_cannot_be_stored)
{
    const char *dir = *state;
    struct audit_config cfg = sample_config(dir);
    struct shared *shared = new_shared(1);
    struct audit *a = NULL;
    run_and_kill(dir, 100000, 0, 100, 10000, shared);
    signal(SIGXFSZ, SIG_IGN);
    limit_files(4096);
    struct sl_err err = {0};
    assert_false(audit_recover(&cfg, &err));
    assert_true(*err.msg);
    assert_true(audit_start(&cfg, &a, NULL));
    struct audit_status st;
    audit_status(a, &st);
    assert_true(st.failing);
    assert_true(audit_last_id(a) > 0);
    limit_files(RLIM_INFINITY);
    assert_true(wait_until_failing(a, false, NULL));
    audit_stop(&a);
    struct numbers n = recovered(dir);
    size_t at = 0;
    for (unsigned i = 0; i < WORKERS; i++)
        assert_numbers(&n, &at, i * NUMBERS_A_WORKER, shared->returned[i]);
    free(n.items);
    munmap(shared, sizeof *shared);
}

/* Overwrites `n` bytes of the day's file from `at` on. */
static void spoil(const char *dir, off_t at, size_t n)
{
    SL_CLEANUP(sl_freep) char *path = day_path(dir, day_of_time(SAMPLE_TIME_US));
    SL_CLEANUP(sl_closep) int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(pwrite(fd, "spoiled!", 8, at + 8 * (off_t)i), 8);
}

TEST(damaged_day_file__is_set_aside_and_holds_nobody_up)
{
    static const struct {
        off_t at;
        size_t n;
    } cases[] = {{0, 100}, {4096, 20000}};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        char *dir = tmpdir_new();
        struct audit_config cfg = sample_config(dir);
        struct audit *a = NULL;
        struct journal *j = NULL;
        for (int life = 0; life < 2; life++) {
            assert_true(audit_start(&cfg, &a, NULL) && journal_open(a, 0, &j, NULL));
            for (uint64_t n = 0; n < 1000; n++)
                while (!append(j, n, 0))
                    journal_tend(j);
            sample_wait_stored(a);
            journal_close(&j);
            audit_stop(&a);
            if (life == 0)
                spoil(dir, cases[i].at, cases[i].n);
        }
        struct numbers n = recovered(dir);
        assert_int_equal(n.count, 1000);
        free(n.items);
        tmpdir_free(&dir);
    }
}

int main(void)
{
    sl_log_level(SL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        CRASH_TEST(crash__loses_nothing_that_was_appended),
        CRASH_TEST(crash__loses_and_doubles_nothing_in_twenty_lives),
        CRASH_TEST(full_disk__is_an_answer_and_loses_nothing),
        cmocka_unit_test(damaged_day_file__is_set_aside_and_holds_nobody_up),
        CRASH_TEST(audit_start__serves_even_if_old_records_cannot_be_stored),
    };
    return cmocka_run_group_tests_name("audit/crash", tests, NULL, NULL);
}
