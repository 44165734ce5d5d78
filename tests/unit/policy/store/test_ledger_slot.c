/* test_ledger_slot.c - unit tests of policy/store/ledger_slot.c and ledger_upgrade.c: rolling windows, active
 * minutes, extensions, and the file of the first version. */
#include "tests/support/cmocka_all.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "base/crypto.h"
#include "policy/store/ledger.h"
#include "policy/store/ledger_slot.h"
#include "support.h"

static const char policy[] =
    "{'schema': 1, 'timezone': 'UTC', 'default': {'then': 'allow'}, 'quotas': ["
    " {'id': 'roll', 'if': {}, 'per': 'user', 'window': {'rolling': '24h'}, 'bytes': 1000, 'minutes': 600,"
    "  'requests': 1000000, 'extension': {'bytes': 500, 'times': 2}},"
    " {'id': 'day', 'if': {}, 'per': 'user', 'window': 'day', 'bytes': 1000, 'minutes': 60,"
    "  'extension': {'bytes': 100, 'minutes': 5}},"
    " {'id': 'read', 'if': {}, 'per': 'user', 'window': 'day', 'minutes': 60, 'idle_gap': '5m'},"
    " {'id': 'tabs', 'if': {}, 'per': 'user', 'window': 'day', 'minutes': 60,"
    "  'background': {'bytes': '10KB', 'requests': 3}},"
    " {'id': 'short', 'if': {}, 'per': 'all', 'window': {'rolling': '1m'}, 'requests': 100}]}";

enum { ROLL, DAY, READ, TABS, SHORT };
enum { HOUR_S = 3600, DAY_S = 86400, STEP_S = DAY_S / QUOTA_STEPS };
static const int64_t noon = 1795003200 - 1795003200 % 86400 + 43200; /* a step of 24h begins here */

struct table {
    char *dir, *path;
    struct ledger *ledger;
    struct snapshot *snap;
};

static const uint8_t secret[32] = {1, 2, 3};

static struct ledger *open_ledger(const char *path)
{
    struct ledger *l = NULL;
    struct sl_err err = {0};
    if (!ledger_open(path, secret, 10000, false, &l, &err))
        fail_msg("%s", err.msg);
    return l;
}

static int make_table(void **state)
{
    struct table *t = sl_calloc(1, sizeof *t);
    t->dir = tmpdir_new();
    t->path = tmpdir_path(t->dir, "quota.ledger");
    t->ledger = open_ledger(t->path);
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

static struct ledger_entry *entry_of(struct table *t, int quota, int64_t now_s)
{
    struct ledger_entry *e = ledger_find(t->ledger, t->snap, quota, SL_STR("alice"), now_s);
    assert_non_null(e);
    return e;
}

static void charge(struct table *t, int quota, int64_t now_s, uint64_t bytes, uint64_t requests)
{
    ledger_charge(t->ledger, entry_of(t, quota, now_s), t->snap, quota, now_s, bytes, requests);
}

static struct quota_use use_of(struct table *t, int quota, int64_t now_s)
{
    struct quota_use use;
    ledger_use(t->ledger, ledger_peek(t->ledger, t->snap, quota, SL_STR("alice"), now_s), t->snap, quota,
               now_s, &use);
    return use;
}

static void over__takes_any_end_from_the_disk(void **state)
{
    struct ledger_slot e = {.window_end_s = INT64_MAX, .rolling_s = DAY_S};
    assert_false(ledger_slot_over(&e, noon));
    e.window_end_s = INT64_MIN;
    assert_true(ledger_slot_over(&e, noon));
    e.window_end_s = noon;
    assert_true(!ledger_slot_over(&e, noon + DAY_S) && ledger_slot_over(&e, noon + DAY_S + 1));
}

/* ---- rolling windows ---- */

static void rolling__forgets_what_is_older_than_the_window(void **state)
{
    struct table *t = *state;
    charge(t, ROLL, noon + 10, 100, 1);
    charge(t, ROLL, noon + 6 * HOUR_S, 30, 2);
    struct quota_use use = use_of(t, ROLL, noon + DAY_S);
    assert_true(use.bytes == 130 && use.requests == 3 && use.minutes == 2);
    assert_int_equal(use.window_start_s, noon);
    assert_int_equal(use.window_end_s, noon + STEP_S + DAY_S); /* when the first hundred leaves */
    assert_int_equal(use_of(t, ROLL, noon + STEP_S + DAY_S - 1).bytes, 130);
    use = use_of(t, ROLL, noon + STEP_S + DAY_S);
    assert_true(use.bytes == 30 && use.requests == 2 && use.minutes == 1);
    assert_int_equal(use_of(t, ROLL, noon + 3 * DAY_S).bytes, 0);
    charge(t, ROLL, noon + STEP_S + DAY_S, 7, 0);
    assert_int_equal(use_of(t, ROLL, noon + STEP_S + DAY_S).bytes, 37);
    charge(t, ROLL, noon + 9 * DAY_S, 1, 0);
    assert_int_equal(use_of(t, ROLL, noon + 9 * DAY_S).bytes, 1);
}

static void rolling__says_when_enough_is_free_again(void **state)
{
    struct table *t = *state;
    charge(t, ROLL, noon, 100, 1);
    charge(t, ROLL, noon + 5 * STEP_S, 600, 1);
    charge(t, ROLL, noon + 9 * STEP_S, 900, 1);
    struct quota_use use = use_of(t, ROLL, noon + 10 * STEP_S);
    assert_true(quota_exhausted(snapshot_quota(t->snap, ROLL), &use));
    assert_int_equal(use.window_end_s, noon + 6 * STEP_S + DAY_S); /* both the hundred and the 600 must go */
    use = use_of(t, ROLL, use.window_end_s);
    assert_int_equal(use.bytes, 900);
    assert_false(quota_exhausted(snapshot_quota(t->snap, ROLL), &use));
    assert_int_equal(use_of(t, DAY, noon).window_end_s, noon + 12 * HOUR_S);
    assert_int_equal(use_of(t, SHORT, noon).window_end_s, noon + 60); /* nothing used */
}

/* An amount counts for the window and at most a step more, whatever the times: against the plain sum. */
static void rolling__is_the_sum_of_the_window(void **state)
{
    enum { CHARGES = 400 };
    struct table *t = *state;
    int64_t at[CHARGES], now_s = noon;
    uint64_t amount[CHARGES], seed = 42;
    for (int i = 0; i < CHARGES; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        now_s += (int64_t)(seed >> 33) % (i % 50 == 49 ? 2 * DAY_S : HOUR_S);
        at[i] = now_s;
        amount[i] = 1 + (seed >> 50);
        charge(t, ROLL, now_s, amount[i], 1);
        int64_t asked_s = now_s + (int64_t)(seed >> 40) % DAY_S;
        uint64_t least = 0, most = 0, got = use_of(t, ROLL, asked_s).bytes;
        for (int k = 0; k <= i; k++) {
            least += at[k] > asked_s - DAY_S ? amount[k] : 0;
            most += at[k] > asked_s - DAY_S - STEP_S ? amount[k] : 0;
        }
        if (got < least || got > most)
            fail_msg("charge %d: %llu is not from %llu to %llu", i, (unsigned long long)got,
                     (unsigned long long)least, (unsigned long long)most);
    }
}

static void rolling__outlives_the_process_and_a_wrong_clock(void **state)
{
    struct table *t = *state;
    charge(t, ROLL, noon, 77, 1);
    ledger_close(&t->ledger);
    t->ledger = open_ledger(t->path);
    assert_int_equal(use_of(t, ROLL, noon + 20 * HOUR_S).bytes, 77);
    charge(t, ROLL, noon - 60, 3, 1); /* a loop turn that began a minute ago */
    assert_int_equal(use_of(t, ROLL, noon).bytes, 80);
    charge(t, ROLL, noon + 3650LL * DAY_S, 5000, 1);
    assert_int_equal(use_of(t, ROLL, noon).bytes, 0);
    charge(t, ROLL, noon, 6, 1);
    assert_int_equal(use_of(t, ROLL, noon).bytes, 6);
    assert_int_equal(use_of(t, ROLL, noon).minutes, 1);
}

static void rolling__of_another_length_begins_anew(void **state)
{
    struct table *t = *state;
    charge(t, ROLL, noon, 77, 1);
    snapshot_unref(&t->snap);
    t->snap = snapshot_of("{'schema': 1, 'timezone': 'UTC', 'quotas': [{'id': 'roll', 'if': {}, 'per': "
                          "'user', 'window': {'rolling': '12h'}, 'bytes': 1000}]}",
                          NULL);
    assert_int_equal(use_of(t, 0, noon).bytes, 0);
}

enum { THREADS = 6, TURNS = 20000 };

static void *crowd_main(void *arg)
{
    struct table *t = arg;
    for (int i = 0; i < TURNS; i++)
        charge(t, SHORT, noon + i * 30 / TURNS, 3, 1); /* twenty steps of two seconds go by */
    return NULL;
}

static void rolling__is_exact_in_a_crowd(void **state)
{
    struct table *t = *state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, crowd_main, t);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    struct quota_use use = use_of(t, SHORT, noon + 30);
    assert_int_equal(use.requests, THREADS * TURNS);
    assert_int_equal(use.bytes, THREADS * TURNS * 3);
    assert_int_equal(use.minutes, 1);
}

/* ---- active minutes ---- */

static void minutes__hold_pauses_up_to_the_gap(void **state)
{
    struct table *t = *state;
    static const struct {
        int quota, at_s;
        unsigned minutes;
    } cases[] = {
        {DAY, 0, 1},     {DAY, 59, 1},     {DAY, 119, 2},  {DAY, 180, 3},   {DAY, 241, 4}, {DAY, 600, 5},
        {READ, 0, 1},    {READ, 200, 4},   {READ, 500, 9}, {READ, 801, 10}, /* 301 s: longer than the gap */
        {READ, 805, 10}, {READ, 1100, 15},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        charge(t, cases[i].quota, noon + cases[i].at_s, 1, 0);
        assert_int_equal(use_of(t, cases[i].quota, noon + cases[i].at_s).minutes, cases[i].minutes);
    }
}

static void minutes__leave_out_background(void **state)
{
    struct table *t = *state;
    for (int minute = 0; minute < 30; minute++) /* a tab that asks for news every half minute */
        for (int k = 0; k < 2; k++)
            charge(t, TABS, noon + minute * 60 + k * 30, 700, 1);
    assert_int_equal(use_of(t, TABS, noon + 1800).minutes, 0);
    for (int k = 0; k < 4; k++) /* a page with its pictures */
        charge(t, TABS, noon + 1800 + k, 100, 1);
    assert_int_equal(use_of(t, TABS, noon + 1860).minutes, 1);
    charge(t, TABS, noon + 1890, 10001, 0); /* a stream */
    assert_int_equal(use_of(t, TABS, noon + 1890).minutes, 2);
    assert_int_equal(use_of(t, TABS, noon + 1890).requests, 64);
}

static void minutes__recover_from_a_wrong_clock(void **state)
{
    struct table *t = *state;
    charge(t, DAY, noon, 1, 0);
    charge(t, DAY, noon + 5 * HOUR_S, 1, 0); /* the same day: the window still holds */
    charge(t, DAY, noon + 60, 1, 0);
    charge(t, DAY, noon + 120, 1, 0);
    assert_int_equal(use_of(t, DAY, noon + 120).minutes, 4);
}

/* ---- extensions ---- */

static bool extend(struct table *t, int quota, int64_t now_s, unsigned taken)
{
    return ledger_extend(t->ledger, entry_of(t, quota, now_s), t->snap, quota, now_s, taken);
}

static void extension__raises_the_limits_of_its_window(void **state)
{
    struct table *t = *state;
    const struct quota_def *day = snapshot_quota(t->snap, DAY);
    charge(t, DAY, noon, 1000, 1);
    struct quota_use use = use_of(t, DAY, noon);
    assert_true(quota_exhausted(day, &use));
    assert_true(extend(t, DAY, noon, 0));
    use = use_of(t, DAY, noon);
    assert_int_equal(use.extensions, 1);
    assert_false(quota_exhausted(day, &use));
    assert_int_equal(quota_limit(day, &use).bytes, 1100);
    assert_int_equal(quota_limit(day, &use).minutes, 65);
    assert_int_equal(quota_limit(day, &use).requests, 0);
    assert_int_equal(quota_percent(day, &use), 90);
    assert_false(extend(t, DAY, noon, 0));  /* asked twice */
    assert_false(extend(t, DAY, noon, 1));  /* only once a day */
    assert_false(extend(t, READ, noon, 0)); /* not granted */
    ledger_close(&t->ledger);
    t->ledger = open_ledger(t->path);
    assert_int_equal(use_of(t, DAY, noon).extensions, 1);
    assert_int_equal(use_of(t, DAY, noon + DAY_S).extensions, 0);
    assert_true(extend(t, DAY, noon + DAY_S, 0)); /* the window rolls over for it */
}

static void extension__leaves_a_rolling_window_like_use(void **state)
{
    struct table *t = *state;
    charge(t, ROLL, noon, 1400, 1);
    assert_true(extend(t, ROLL, noon, 0));
    assert_true(extend(t, ROLL, noon + 4 * HOUR_S, 1));
    assert_false(extend(t, ROLL, noon + 5 * HOUR_S, 2));
    struct quota_use use = use_of(t, ROLL, noon + 5 * HOUR_S);
    assert_int_equal(use.extensions, 2);
    assert_false(quota_exhausted(snapshot_quota(t->snap, ROLL), &use));
    use = use_of(t, ROLL, noon + DAY_S + STEP_S);
    assert_true(use.extensions == 1 && use.bytes == 0);
    assert_true(extend(t, ROLL, noon + DAY_S + STEP_S, 1));
}

static void *extend_main(void *arg)
{
    return extend(arg, DAY, noon, 0) ? arg : NULL;
}

static void extension__is_given_once_in_a_crowd(void **state)
{
    struct table *t = *state;
    pthread_t threads[THREADS];
    unsigned given = 0;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, extend_main, t);
    for (int i = 0; i < THREADS; i++) {
        void *got;
        pthread_join(threads[i], &got);
        given += got != NULL;
    }
    assert_int_equal(given, 1);
    assert_int_equal(use_of(t, DAY, noon).extensions, 1);
}

static void extension__shows_in_usage_and_goes_with_a_reset(void **state)
{
    struct table *t = *state;
    charge(t, ROLL, noon, 750, 1);
    assert_true(extend(t, ROLL, noon, 0));
    json_t *got = ledger_usage(t->ledger, t->snap, SL_STR("roll"), SL_STR("alice"), noon);
    json_t *row = json_array_get(got, 0);
    json_t *expected = json_of("{'window': {'rolling': '24h'}, 'percent': 50, 'limit': {'bytes': 1500, "
                               "'requests': 1000000, 'minutes': 600},"
                               " 'extension': {'bytes': 500, 'times': 2, 'taken': 1}}");
    const char *key;
    json_t *value;
    json_object_foreach(expected, key, value) assert_true(json_equal(value, json_object_get(row, key)));
    json_decref(got);
    json_decref(expected);
    assert_int_equal(ledger_reset(t->ledger, SL_STR("roll"), sl_cstr(NULL), noon), 1);
    assert_true(use_of(t, ROLL, noon).bytes == 0 && use_of(t, ROLL, noon).extensions == 0);
}

/* ---- the file of the first version ---- */

enum { V1_BYTES = 256, HEADER = 4096 };

static void put(uint8_t *at, uint64_t value, size_t n)
{
    memcpy(at, &value, n);
}

/* One slot as the first version wrote it. */
static void make_v1_slot(uint8_t slot[V1_BYTES], const uint8_t key[16], const char *quota,
                         const char *subject)
{
    memset(slot, 0, V1_BYTES);
    put(slot, 1, 4);
    memcpy(slot + 8, key, 16);
    put(slot + 40, 500, 8);                             /* bytes */
    put(slot + 48, 7, 8);                               /* requests */
    put(slot + 56, (uint64_t)(noon / 60) << 32 | 3, 8); /* minutes */
    put(slot + 64, (uint64_t)(noon - 43200), 8);
    put(slot + 72, (uint64_t)(noon + 43200), 8);
    slot[80] = QUOTA_DAY;
    slot[81] = (uint8_t)strlen(quota);
    slot[82] = (uint8_t)strlen(subject);
    memcpy(slot + 84, quota, strlen(quota));
    memcpy(slot + 84 + QUOTA_FIELD, subject, strlen(subject));
    put(slot + 4, crypto_crc32c(crypto_crc32c(0, slot + 8, 16), slot + 80, V1_BYTES - 80), 4);
}

/* Header of the present file, with the magic and slot size of the first version. */
static void write_v1(const char *path, const uint8_t *slots, size_t n)
{
    uint8_t header[HEADER];
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(fd, header, HEADER, 0), HEADER);
    memcpy(header, "slquota", 8);
    put(header + 12, V1_BYTES, 4);
    put(header + 24, crypto_crc32c(0, header, 24), 4);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(pwrite(fd, header, HEADER, 0), HEADER);
    assert_int_equal(pwrite(fd, slots, n, HEADER), n);
    close(fd);
}

static void upgrade__keeps_what_was_counted(void **state)
{
    struct table *t = *state;
    uint8_t slots[3][V1_BYTES] = {{0}};
    struct ledger_entry *e = entry_of(t, DAY, noon);
    const struct ledger_slot *now = slots_enter(
        t->ledger->slots, (struct slot_ref){(uint32_t)(uintptr_t)e - 1, (uint32_t)((uintptr_t)e >> 32)});
    make_v1_slot(slots[1], now->head.key, "day", "alice"); /* the key of a quota is what it was */
    make_v1_slot(slots[2], now->head.key, "day", "bob");
    slots[2][100] ^= 1; /* damaged */
    ledger_close(&t->ledger);
    write_v1(t->path, (const uint8_t *)slots, sizeof slots);
    t->ledger = open_ledger(t->path);
    uint64_t entries, refused;
    ledger_counts(t->ledger, &entries, &refused);
    assert_int_equal(entries, 1);
    struct quota_use use = use_of(t, DAY, noon + 1);
    assert_true(use.bytes == 500 && use.requests == 7 && use.minutes == 3 && use.extensions == 0);
    charge(t, DAY, noon + 30, 1, 0); /* in the minute that was active last */
    assert_int_equal(use_of(t, DAY, noon + 30).minutes, 3);
    charge(t, DAY, noon + 61, 1, 0);
    assert_int_equal(use_of(t, DAY, noon + 61).minutes, 4);
    json_t *usage = ledger_usage(t->ledger, t->snap, SL_STR("day"), SL_STR("alice"), noon);
    assert_int_equal(json_array_size(usage), 1);
    json_decref(usage);
    ledger_close(&t->ledger);
    t->ledger = open_ledger(t->path);
    assert_int_equal(use_of(t, DAY, noon + 61).bytes, 502);
}

#define IN_TABLE(name) cmocka_unit_test_setup_teardown(name, make_table, drop_table)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over__takes_any_end_from_the_disk),
        IN_TABLE(rolling__forgets_what_is_older_than_the_window),
        IN_TABLE(rolling__says_when_enough_is_free_again),
        IN_TABLE(rolling__is_the_sum_of_the_window),
        IN_TABLE(rolling__outlives_the_process_and_a_wrong_clock),
        IN_TABLE(rolling__of_another_length_begins_anew),
        IN_TABLE(rolling__is_exact_in_a_crowd),
        IN_TABLE(minutes__hold_pauses_up_to_the_gap),
        IN_TABLE(minutes__leave_out_background),
        IN_TABLE(minutes__recover_from_a_wrong_clock),
        IN_TABLE(extension__raises_the_limits_of_its_window),
        IN_TABLE(extension__leaves_a_rolling_window_like_use),
        IN_TABLE(extension__is_given_once_in_a_crowd),
        IN_TABLE(extension__shows_in_usage_and_goes_with_a_reset),
        IN_TABLE(upgrade__keeps_what_was_counted),
    };
    return cmocka_run_group_tests_name("policy/store/ledger_slot", tests, NULL, NULL);
}
