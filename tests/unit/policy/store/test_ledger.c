/* test_ledger.c - unit tests of policy/store/ledger.c. */
#include "tests/support/cmocka_all.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/store/ledger.h"
#include "support.h"

static const char policy[] =
    "{'schema': 1, 'timezone': 'UTC', 'default': {'then': 'allow'}, 'quotas': ["
    " {'id': 'day', 'if': {}, 'per': 'user', 'window': 'day', 'bytes': 1000, 'requests': 10, 'minutes': 5, "
    "'then': 'block'},"
    " {'id': 'hour', 'if': {}, 'per': 'client', 'window': 'hour', 'bytes': '1GiB', 'then': 'block'}]}";

/* The same quota with another window, and with other limits. */
static const char weekly[] =
    "{'schema': 1, 'timezone': 'UTC', 'default': {'then': 'allow'}, 'quotas': ["
    " {'id': 'day', 'if': {}, 'per': 'user', 'window': 'week', 'bytes': 1000, 'then': 'block'}]}";
static const char larger[] =
    "{'schema': 1, 'timezone': 'UTC', 'default': {'then': 'allow'}, 'quotas': ["
    " {'id': 'day', 'if': {}, 'per': 'user', 'window': 'day', 'bytes': 2000, 'then': 'block'}]}";

enum { DAY = 0, HOUR = 1 };
static const int64_t noon = 1795003200 - 1795003200 % 86400 + 43200; /* of a day in UTC */

struct table {
    char *dir, *path;
    struct ledger *ledger;
    struct snapshot *snap;
};

static const uint8_t secret[32] = {1, 2, 3};

static struct ledger *open_ledger(const char *path, uint32_t most)
{
    struct ledger *l = NULL;
    struct sl_err err = {0};
    if (!ledger_open(path, secret, most, false, &l, &err))
        fail_msg("%s", err.msg);
    return l;
}

static int make_table(void **state)
{
    struct table *t = sl_calloc(1, sizeof *t);
    t->dir = tmpdir_new();
    t->path = tmpdir_path(t->dir, "quota.ledger");
    t->ledger = open_ledger(t->path, 10000);
    t->snap = snapshot_of(policy, NULL);
    *state = t;
    return 0;
}

static int drop_table(void **state)
{
    struct table *t = *state;
    ledger_close(&t->ledger);
    snapshot_unref(&t->snap);
    tmpdir_free(&t->dir);
    free(t->path);
    free(t);
    return 0;
}

static void charge(struct table *t, int quota, const char *subject, int64_t now_s, uint64_t bytes)
{
    struct ledger_entry *e = ledger_find(t->ledger, t->snap, quota, sl_cstr(subject), now_s);
    assert_non_null(e);
    ledger_charge(t->ledger, e, t->snap, quota, now_s, bytes, 1);
}

static struct quota_use use_of(struct table *t, int quota, const char *subject, int64_t now_s)
{
    struct quota_use use;
    struct ledger_entry *e = ledger_peek(t->ledger, t->snap, quota, sl_cstr(subject), now_s);
    ledger_use(t->ledger, e, t->snap, quota, now_s, &use);
    return use;
}

static void ledger__counts_by_quota_and_subject(void **state)
{
    struct table *t = *state;
    charge(t, DAY, "alice", noon, 100);
    charge(t, DAY, "alice", noon + 1, 20);
    charge(t, DAY, "bob", noon, 3);
    charge(t, HOUR, "alice", noon, 7);
    struct quota_use use = use_of(t, DAY, "alice", noon + 2);
    assert_int_equal(use.bytes, 120);
    assert_int_equal(use.requests, 2);
    assert_int_equal(use.minutes, 1);
    assert_int_equal(use.window_start_s, noon - 43200);
    assert_int_equal(use.window_end_s, noon + 43200);
    assert_int_equal(use_of(t, DAY, "bob", noon).bytes, 3);
    assert_int_equal(use_of(t, HOUR, "alice", noon).bytes, 7);
    assert_int_equal(use_of(t, DAY, "carol", noon).bytes, 0);
}

static void ledger__counts_a_minute_once(void **state)
{
    struct table *t = *state;
    static const int seconds[] = {0, 1, 59, 60, 61, 30, 119, 200, 200};
    for (size_t i = 0; i < SL_COUNT(seconds); i++)
        charge(t, DAY, "alice", noon + seconds[i], 0);
    assert_int_equal(use_of(t, DAY, "alice", noon + 200).minutes, 3);
    struct ledger_entry *e = ledger_find(t->ledger, t->snap, DAY, SL_STR("alice"), noon);
    ledger_charge(t->ledger, e, t->snap, DAY, noon + 500, 1, 0);
    assert_int_equal(use_of(t, DAY, "alice", noon + 500).minutes, 4);
}

static void ledger__begins_again_with_the_window(void **state)
{
    struct table *t = *state;
    int64_t midnight = noon + 43200;
    charge(t, DAY, "alice", midnight - 1, 500);
    assert_int_equal(use_of(t, DAY, "alice", midnight - 1).bytes, 500);
    struct quota_use use = use_of(t, DAY, "alice", midnight);
    assert_int_equal(use.bytes, 0);
    assert_int_equal(use.window_start_s, midnight);
    charge(t, DAY, "alice", midnight, 9);
    assert_int_equal(use_of(t, DAY, "alice", midnight).bytes, 9);
    assert_int_equal(use_of(t, DAY, "alice", midnight).minutes, 1);
    /* A worker whose loop turn began before midnight. */
    charge(t, DAY, "alice", midnight - 1, 1);
    assert_int_equal(use_of(t, DAY, "alice", midnight).bytes, 10);
    charge(t, DAY, "alice", midnight + 10 * 86400, 4);
    assert_int_equal(use_of(t, DAY, "alice", midnight + 10 * 86400).bytes, 4);
}

static void ledger__recovers_from_a_wrong_clock(void **state)
{
    struct table *t = *state;
    charge(t, DAY, "alice", noon + 3650LL * 86400, 5000);
    assert_int_equal(use_of(t, DAY, "alice", noon).bytes, 0);
    charge(t, DAY, "alice", noon, 6);
    assert_int_equal(use_of(t, DAY, "alice", noon).bytes, 6);
}

static void ledger__outlives_the_process(void **state)
{
    struct table *t = *state;
    charge(t, DAY, "alice", noon, 77);
    ledger_close(&t->ledger);
    t->ledger = open_ledger(t->path, 10000);
    assert_int_equal(use_of(t, DAY, "alice", noon + 60).bytes, 77);
    assert_int_equal(use_of(t, DAY, "alice", noon + 86400).bytes, 0);
}

static void ledger__keeps_counters_when_limits_change(void **state)
{
    struct table *t = *state;
    charge(t, DAY, "alice", noon, 77);
    snapshot_unref(&t->snap);
    t->snap = snapshot_of(larger, NULL);
    assert_int_equal(use_of(t, 0, "alice", noon).bytes, 77);
    snapshot_unref(&t->snap);
    t->snap = snapshot_of(weekly, NULL);
    assert_int_equal(use_of(t, 0, "alice", noon).bytes, 0);
}

static void ledger__survives_a_kill_exactly(void **state)
{
    struct table *t = *state;
    int ready[2];
    ledger_close(&t->ledger);
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        t->ledger = open_ledger(t->path, 10000);
        for (int i = 0; i < 5000; i++)
            charge(t, DAY, i % 2 ? "alice" : "bob", noon + i, 10);
        if (write(ready[1], "x", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(ready[0]);
    close(ready[1]);
    t->ledger = open_ledger(t->path, 10000);
    struct quota_use use = use_of(t, DAY, "alice", noon + 5000);
    assert_int_equal(use.bytes, 25000);
    assert_int_equal(use.requests, 2500);
    assert_int_equal(use.minutes, 5000 / 60 + 1);
}

static void ledger__full_is_no_entry(void **state)
{
    struct table *t = *state;
    char name[16];
    ledger_close(&t->ledger);
    unlink(t->path);
    t->ledger = open_ledger(t->path, 64);
    for (int i = 0; i < 64; i++) {
        snprintf(name, sizeof name, "u%d", i);
        charge(t, DAY, name, noon, 1);
    }
    assert_null(ledger_find(t->ledger, t->snap, DAY, SL_STR("u64"), noon));
    assert_true(ledger_full(t->ledger));
    assert_non_null(ledger_find(t->ledger, t->snap, DAY, SL_STR("u63"), noon));
    uint64_t entries, refused;
    ledger_counts(t->ledger, &entries, &refused);
    assert_int_equal(entries, 64);
    assert_int_equal(refused, 1);
    ledger_sweep(t->ledger, noon + 43200 + 3000); /* over, but not for an hour yet */
    assert_true(ledger_full(t->ledger));
    ledger_sweep(t->ledger, noon + 43200 + 3700);
    assert_false(ledger_full(t->ledger));
    assert_non_null(ledger_find(t->ledger, t->snap, DAY, SL_STR("u64"), noon + 90000));
}

static void ledger_sweep__leaves_what_is_in_use(void **state)
{
    struct table *t = *state;
    int64_t later = noon + 3 * 86400;
    charge(t, HOUR, "10.0.0.1", noon, 1);
    charge(t, HOUR, "10.0.0.2", noon, 1);
    struct ledger_entry *old = ledger_find(t->ledger, t->snap, HOUR, SL_STR("10.0.0.1"), noon);
    charge(t, HOUR, "10.0.0.2", later, 5);
    ledger_sweep(t->ledger, later);
    assert_null(ledger_peek(t->ledger, t->snap, HOUR, SL_STR("10.0.0.1"), later));
    assert_int_equal(use_of(t, HOUR, "10.0.0.2", later).bytes, 5);
    /* Whoever still holds the swept entry charges nobody. */
    charge(t, HOUR, "10.0.0.3", later, 1);
    ledger_charge(t->ledger, old, t->snap, HOUR, later, 1000, 1);
    assert_int_equal(use_of(t, HOUR, "10.0.0.3", later).bytes, 1);
    struct quota_use use;
    ledger_use(t->ledger, old, t->snap, HOUR, later, &use);
    assert_int_equal(use.bytes, 0);
}

static json_t *usage(struct table *t, const char *quota, const char *subject)
{
    return ledger_usage(t->ledger, t->snap, sl_cstr(quota), sl_cstr(subject), noon);
}

static void ledger_usage__says_who_used_what(void **state)
{
    struct table *t = *state;
    char longname[300];
    memset(longname, 'x', sizeof longname - 1);
    longname[sizeof longname - 1] = '\0';
    charge(t, DAY, "alice", noon, 400);
    charge(t, DAY, "bob", noon, 900);
    charge(t, DAY, longname, noon, 100);
    charge(t, HOUR, "10.0.0.1", noon, 5);
    charge(t, DAY, "gone", noon - 86400, 5);
    json_t *all = usage(t, NULL, NULL), *bob = usage(t, "day", "bob"), *one = usage(t, NULL, longname);
    assert_int_equal(json_array_size(all), 4);
    assert_int_equal(json_array_size(bob), 1);
    assert_int_equal(json_array_size(one), 1);
    json_t *expected =
        json_of("{'quota': 'day', 'title': '', 'per': 'user', 'window': 'day', 'subject': 'bob',"
                " 'bytes': 900, 'requests': 1, 'minutes': 1, 'extension': null,"
                "  'limit': {'bytes': 1000, 'requests': 10, 'minutes': 5}, 'percent': 90,"
                " 'exhausted': false}");
    json_t *first = json_array_get(all, 0);
    assert_non_null(json_object_get(first, "resets"));
    json_object_del(first, "resets");
    assert_true(json_equal(first, expected));
    json_decref(all);
    json_decref(bob);
    json_decref(one);
    json_decref(expected);
}

static void ledger_reset__forgets_what_was_chosen(void **state)
{
    struct table *t = *state;
    charge(t, DAY, "alice", noon, 400);
    charge(t, DAY, "bob", noon, 900);
    charge(t, HOUR, "alice", noon, 5);
    assert_int_equal(ledger_reset(t->ledger, SL_STR("day"), SL_STR("alice"), noon), 1);
    assert_int_equal(use_of(t, DAY, "alice", noon).bytes, 0);
    assert_int_equal(use_of(t, DAY, "bob", noon).bytes, 900);
    assert_int_equal(use_of(t, HOUR, "alice", noon).bytes, 5);
    assert_int_equal(ledger_reset(t->ledger, sl_cstr(NULL), sl_cstr(NULL), noon), 3);
    assert_int_equal(use_of(t, DAY, "bob", noon).bytes, 0);
}

enum { THREADS = 8, TURNS = 30000, STEP_S = 7 };

/* Each thread walks through the same hours; whatever was charged must stand in exactly one window. The clock
 * of the crowd is the slowest thread's, as a roll-over back in time is a wrong clock. */
struct crowd {
    struct table *t;
    pthread_barrier_t hour;
    _Atomic uint64_t lost;
};

static void *crowd_main(void *arg)
{
    struct crowd *c = arg;
    for (int hour = 0; hour < 20; hour++) {
        int64_t start = noon + hour * 3600;
        for (int i = 0; i < TURNS / 20; i++) {
            charge(c->t, HOUR, "shared", start + i % 3600, 3);
            charge(c->t, DAY, i % 2 ? "alice" : "bob", start + i % 3600, 1);
        }
        /* All have charged this hour before one looks, and one has looked before any goes on. */
        if (pthread_barrier_wait(&c->hour) == PTHREAD_BARRIER_SERIAL_THREAD) {
            uint64_t bytes = use_of(c->t, HOUR, "shared", start + 3599).bytes;
            if (bytes != (uint64_t)THREADS * (TURNS / 20) * 3)
                atomic_fetch_add(&c->lost, 1);
        }
        pthread_barrier_wait(&c->hour);
    }
    return NULL;
}

static void ledger__is_exact_in_a_crowd(void **state)
{
    struct table *t = *state;
    struct crowd crowd = {.t = t};
    pthread_t threads[THREADS];
    pthread_barrier_init(&crowd.hour, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, crowd_main, &crowd);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&crowd.hour);
    assert_int_equal(atomic_load(&crowd.lost), 0);
    /* The day's windows: 12 hours of the first day, 8 of the second. */
    uint64_t second = use_of(t, DAY, "alice", noon + 20 * 3600 - 1).bytes;
    assert_int_equal(second, (uint64_t)THREADS * (TURNS / 20) / 2 * 8);
}

/* Threads whose clocks differ by two seconds around a roll-over, never waiting for each other. Each thread's
 * third charge is in the new hour, so at most two of each can have been counted in the old one, and none may
 * vanish. */
static void *race_main(void *arg)
{
    struct table *t = arg;
    for (int i = 0; i < TURNS; i++)
        charge(t, HOUR, "shared", noon + 3600 - 2 + i % 3, 1);
    return NULL;
}

static void ledger__loses_nothing_at_a_roll_over(void **state)
{
    struct table *t = *state;
    pthread_t threads[THREADS];
    charge(t, HOUR, "shared", noon + 10, 1000000);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, race_main, t);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    struct quota_use use = use_of(t, HOUR, "shared", noon + 3600);
    assert_true(use.bytes <= THREADS * TURNS && use.bytes >= THREADS * (TURNS - 2));
    assert_int_equal(use.requests, use.bytes);
}

#define IN_TABLE(name) cmocka_unit_test_setup_teardown(name, make_table, drop_table)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TABLE(ledger__counts_by_quota_and_subject),   IN_TABLE(ledger__counts_a_minute_once),
        IN_TABLE(ledger__begins_again_with_the_window),  IN_TABLE(ledger__recovers_from_a_wrong_clock),
        IN_TABLE(ledger__outlives_the_process),          IN_TABLE(ledger__keeps_counters_when_limits_change),
        IN_TABLE(ledger__survives_a_kill_exactly),       IN_TABLE(ledger__full_is_no_entry),
        IN_TABLE(ledger_sweep__leaves_what_is_in_use),   IN_TABLE(ledger_usage__says_who_used_what),
        IN_TABLE(ledger_reset__forgets_what_was_chosen), IN_TABLE(ledger__is_exact_in_a_crowd),
        IN_TABLE(ledger__loses_nothing_at_a_roll_over),
    };
    return cmocka_run_group_tests_name("policy/store/ledger", tests, NULL, NULL);
}
