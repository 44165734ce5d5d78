/* test_buckets.c - unit tests of proxy/conn/buckets.c: the clock is a number. */
#include "tests/support/cmocka_all.h"

#include <pthread.h>
#include <stdlib.h>

#include "proxy/conn/buckets.h"

enum { FLOWS = 40, TAKES = 4000 };

static const struct bucket_key nobody = {.kind = 'r', .of = 'a', .id = {"slow", 4}};

static uint32_t join(struct buckets *b, const struct rate_def *rate, const char *subject, int64_t now_us)
{
    struct bucket_key key = nobody;
    key.subject = sl_cstr(subject);
    key.bytes_per_s = rate->bytes_per_s;
    key.burst = rate->burst;
    return buckets_join(b, &key, now_us);
}

TEST(buckets_take__gives_the_burst_at_once_and_then_the_rate)
{
    const struct rate_def rate = {.bytes_per_s = 100000, .burst = 50000};
    struct buckets *b = buckets_new(10);
    int64_t now = 5000000;
    uint32_t at = join(b, &rate, "x", now);
    assert_int_equal(buckets_take(b, at, &rate, 30000, now), now);
    assert_int_equal(buckets_take(b, at, &rate, 20000, now), now);
    assert_int_equal(buckets_take(b, at, &rate, 1000, now), now + 10000);
    assert_int_equal(buckets_take(b, at, &rate, 1000, now), now + 20000); /* behind the one that waits */
    now += 20000 + 100000;                                                /* a rest of 100 ms fills 10,000 */
    assert_int_equal(buckets_take(b, at, &rate, 10000, now), now);
    assert_int_equal(buckets_take(b, at, &rate, 1, now), now + 10);
    now += 3600 * INT64_C(1000000); /* however long: never more than the burst */
    assert_int_equal(buckets_take(b, at, &rate, 50000, now), now);
    assert_int_equal(buckets_take(b, at, &rate, 100, now), now + 1000);
    buckets_leave(b, at);
    buckets_free(&b);
}

/* Flows that take as soon as their last take has passed, as many workers would. Every window of time must
 * hold: no more than burst + rate * time; and as long as somebody wants, no less than the rate. */
static void simulate(const struct rate_def *rate, unsigned seed)
{
    struct buckets *b = buckets_new(10);
    int64_t start = 1000000000, ready[FLOWS], at_us[TAKES];
    uint64_t before[TAKES + 1], got[FLOWS] = {0}, total = 0, quantum = buckets_quantum(rate->bytes_per_s);
    uint64_t pending[FLOWS];
    uint32_t place = join(b, rate, "x", start);
    for (int i = 0; i < FLOWS; i++) {
        pending[i] = quantum - (uint64_t)rand_r(&seed) % (quantum / 4);
        ready[i] = buckets_take(b, place, rate, pending[i], start);
    }
    before[0] = 0;
    for (int k = 0; k < TAKES; k++) {
        int next = 0;
        for (int i = 1; i < FLOWS; i++)
            if (ready[i] < ready[next] || (ready[i] == ready[next] && got[i] < got[next]))
                next = i;
        at_us[k] = ready[next];
        total += pending[next];
        got[next] += pending[next];
        before[k + 1] = total;
        pending[next] = quantum - (uint64_t)rand_r(&seed) % (quantum / 4);
        ready[next] = buckets_take(b, place, rate, pending[next], at_us[k]);
    }
    for (int k = 0; k < TAKES; k += 7)
        for (int j = k; j < TAKES; j += 11) {
            double most =
                (double)rate->burst + (double)rate->bytes_per_s * (double)(at_us[j] - at_us[k] + 1) / 1e6;
            if ((double)(before[j + 1] - before[k]) > most + 1)
                fail_msg("%g bytes in a window for %g", (double)(before[j + 1] - before[k]), most);
        }
    double least = (double)rate->bytes_per_s * (double)(at_us[TAKES - 1] - start) / 1e6;
    assert_true((double)total >= least * 0.999);
    for (int i = 0; i < FLOWS; i++) /* fair: each has its share, but for the size of its pieces */
        assert_true((double)got[i] > 0.75 * (double)total / FLOWS);
    buckets_leave(b, place);
    buckets_free(&b);
}

TEST(buckets__conserve_and_starve_nobody)
{
    static const struct rate_def rates[] = {
        {.bytes_per_s = 1000, .burst = 16384},
        {.bytes_per_s = 250000, .burst = 250000},
        {.bytes_per_s = 333333, .burst = 7000},
        {.bytes_per_s = 125000000, .burst = 2500000},
        {.bytes_per_s = UINT64_C(125000000000), .burst = UINT64_C(2500000000)},
    };
    for (unsigned i = 0; i < SL_COUNT(rates); i++)
        simulate(&rates[i], i + 1);
}

TEST(buckets_join__tells_whom_it_serves)
{
    const struct rate_def rate = {.bytes_per_s = 1000, .burst = 5000};
    struct buckets *b = buckets_new(1000);
    struct bucket_key keys[] = {
        {'r', 'u', SL_STR("a"), SL_STR("eve"), 1000, 5000},
        {'q', 'u', SL_STR("a"), SL_STR("eve"), 1000, 5000},
        {'r', 'g', SL_STR("a"), SL_STR("eve"), 1000, 5000},
        {'r', 'u', SL_STR("b"), SL_STR("eve"), 1000, 5000},
        {'r', 'u', SL_STR("a"), SL_STR("bob"), 1000, 5000},
        {'r', 'u', SL_STR("a"), SL_STR("eve"), 2000, 5000},
        {'r', 'u', SL_STR("a"), SL_STR("eve"), 1000, 6000},
        {'r', 'u', SL_STR("ae"), SL_STR("ve"), 1000, 5000},
        {'r', 'c', SL_STR("a"), sl_str("\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1", 16), 1000, 5000},
        {'r', 'c', SL_STR("a"), sl_str("\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16), 1000, 5000},
    };
    uint32_t places[SL_COUNT(keys)];
    for (size_t i = 0; i < SL_COUNT(keys); i++) {
        places[i] = buckets_join(b, &keys[i], 0);
        for (size_t j = 0; j < i; j++)
            assert_true(places[i] != places[j]);
    }
    for (size_t i = 0; i < SL_COUNT(keys); i++) {
        assert_int_equal(buckets_join(b, &keys[i], 0), places[i]);
        buckets_leave(b, places[i]);
    }
    /* Debts outlive those who made them: leaving and coming again is no way out. */
    assert_int_equal(buckets_take(b, places[0], &rate, 25000, 0), 20000000);
    buckets_leave(b, places[0]);
    assert_int_equal(buckets_join(b, &keys[0], 1000), places[0]);
    assert_int_equal(buckets_take(b, places[0], &rate, 1000, 1000), 21000000);
    for (size_t i = 0; i < SL_COUNT(keys); i++)
        buckets_leave(b, places[i]);
    buckets_free(&b);
}

TEST(buckets_join__forgets_those_at_rest_so_that_it_never_fills)
{
    const struct rate_def rate = {.bytes_per_s = 1000, .burst = 5000};
    struct buckets *b = buckets_new(1); /* 1,024 slots */
    char name[16];
    for (int i = 0; i < 100000; i++) {
        snprintf(name, sizeof name, "user%d", i);
        int64_t now = i * INT64_C(1000000);
        uint32_t at = join(b, &rate, name, now);
        assert_int_equal(buckets_take(b, at, &rate, 1000, now), now); /* a full one each time */
        buckets_leave(b, at);
    }
    buckets_free(&b);
}

TEST(buckets_join__shares_when_there_is_no_room)
{
    const struct rate_def rate = {.bytes_per_s = 1000, .burst = 5000};
    struct buckets *b = buckets_new(1);
    static uint32_t places[3000];
    char name[16];
    for (size_t i = 0; i < SL_COUNT(places); i++) {
        snprintf(name, sizeof name, "user%zu", i);
        places[i] = join(b, &rate, name, 0);
        assert_true(buckets_take(b, places[i], &rate, 1000, 0) >= 0);
    }
    for (size_t i = 0; i < SL_COUNT(places); i++)
        buckets_leave(b, places[i]);
    buckets_free(&b);
}

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 20000, SUBJECTS = 8 };
static struct buckets *shared;
static const struct rate_def fast = {.bytes_per_s = 1000000, .burst = 20000};

static void *takes(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg;
    for (int i = 0; i < ROUNDS; i++) {
        char name[16];
        snprintf(name, sizeof name, "user%d", rand_r(&seed) % SUBJECTS);
        uint32_t at = join(shared, &fast, name, 0);
        buckets_take(shared, at, &fast, 100, 0);
        buckets_leave(shared, at);
    }
    return NULL;
}

TEST(buckets__lose_no_take_of_any_thread)
{
    pthread_t threads[THREADS];
    int64_t most = 0;
    char name[16];
    shared = buckets_new(10);
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, takes, (void *)(i + 1)), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < SUBJECTS; i++) { /* at time 0 nothing flows off: the times tell what was taken */
        snprintf(name, sizeof name, "user%d", i);
        uint32_t at = join(shared, &fast, name, 0);
        most += buckets_take(shared, at, &fast, 100, 0) + 20000 - 100;
        buckets_leave(shared, at);
    }
    /* Two threads that meet a subject at the same moment may part for one take each. */
    assert_in_range(most, (THREADS * ROUNDS - THREADS * SUBJECTS) * 100, THREADS * ROUNDS * 100);
    buckets_free(&shared);
}

TEST(buckets_try__takes_nothing_from_who_is_turned_away)
{
    struct rate_def rate = {.bytes_per_s = 2, .burst = 4};
    struct bucket_key key = {.kind = 'n', .of = 'c', .subject = SL_STR("x"), .bytes_per_s = 2, .burst = 4};
    struct buckets *b = buckets_new(10);
    int64_t now_us = 1000000000;
    uint32_t place = buckets_join(b, &key, now_us);
    for (int i = 0; i < 4; i++)
        assert_true(buckets_try(b, place, &rate, 1, now_us));
    for (int i = 0; i < 100; i++)
        assert_false(buckets_try(b, place, &rate, 1, now_us));
    buckets_leave(b, place);
    place = buckets_join(b, &key, now_us + 400000); /* it was not forgotten meanwhile */
    assert_false(buckets_try(b, place, &rate, 1, now_us + 400000));
    assert_true(buckets_try(b, place, &rate, 1, now_us + 500000));
    assert_false(buckets_try(b, place, &rate, 1, now_us + 500000));
    buckets_leave(b, place);
    buckets_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_take__gives_the_burst_at_once_and_then_the_rate),
        cmocka_unit_test(buckets__conserve_and_starve_nobody),
        cmocka_unit_test(buckets_join__tells_whom_it_serves),
        cmocka_unit_test(buckets_join__forgets_those_at_rest_so_that_it_never_fills),
        cmocka_unit_test(buckets_join__shares_when_there_is_no_room),
        cmocka_unit_test(buckets__lose_no_take_of_any_thread),
        cmocka_unit_test(buckets_try__takes_nothing_from_who_is_turned_away),
    };
    return cmocka_run_group_tests_name("proxy/conn/buckets", tests, NULL, NULL);
}
