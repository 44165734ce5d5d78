/* test_timer.c - unit tests of proxy/runtime/timer.c. */
#include "proxy/runtime/timer.h"

#include <stdlib.h>

#include "tests/support/cmocka_all.h"

struct probe {
    struct timer timer;
    struct timer_wheel *wheel;
    int64_t ran_ms, again_ms;
    unsigned runs;
    struct probe *victim; /* cancelled when this one runs */
};

static void probe_run(struct timer *t)
{
    struct probe *p = SL_CONTAINER(t, struct probe, timer);
    p->runs++;
    p->ran_ms = p->wheel->now_ms;
    if (p->again_ms)
        timer_arm(p->wheel, t, p->wheel->now_ms + p->again_ms);
    if (p->victim)
        timer_cancel(&p->victim->timer);
}

static void probe_init(struct probe *p, struct timer_wheel *w)
{
    *p = (struct probe){.wheel = w};
    timer_init(&p->timer, probe_run);
}

TEST(timer_arm__runs_at_its_time_on_every_level)
{
    static const int64_t delays[] = {0,      1,        63,       64,          65,          4095,       4096,
                                     100000, 16777216, 86400000, 20000000000, 68719476735, 70000000000};
    for (size_t i = 0; i < SL_COUNT(delays); i++) {
        struct timer_wheel w;
        struct probe p;
        int64_t start = 123456789 + (int64_t)i * 977, steps = 0;
        timer_wheel_init(&w, start);
        probe_init(&p, &w);
        timer_arm(&w, &p.timer, start + delays[i]);
        for (int64_t next; p.runs == 0 && (next = timer_wheel_next(&w)) != TIMER_NEVER; steps++)
            timer_wheel_run(&w, next);
        assert_int_equal(p.runs, 1);
        assert_int_equal(p.ran_ms, start + SL_MAX(delays[i], 1));
        assert_true(steps <= TIMER_LEVELS * 2);
        assert_int_equal(timer_wheel_next(&w), TIMER_NEVER);
    }
}

TEST(timer_arm__moves_later_and_earlier)
{
    struct timer_wheel w;
    struct probe p;
    timer_wheel_init(&w, 1000);
    probe_init(&p, &w);
    timer_arm(&w, &p.timer, 1100);
    timer_arm(&w, &p.timer, 5000);
    assert_int_equal(timer_wheel_run(&w, 4999), 0);
    timer_arm(&w, &p.timer, 5500);
    timer_arm(&w, &p.timer, 5100);
    assert_int_equal(timer_wheel_run(&w, 5099), 0);
    assert_int_equal(timer_wheel_run(&w, 5100), 1);
    timer_arm(&w, &p.timer, 5200);
    timer_arm(&w, &p.timer, TIMER_NEVER);
    assert_int_equal(timer_wheel_run(&w, 9000), 0);
    assert_int_equal(timer_wheel_next(&w), TIMER_NEVER);
    timer_arm(&w, &p.timer, 9001);
    assert_int_equal(timer_wheel_run(&w, 9001), 1);
}

TEST(timer_cancel__holds_inside_a_run)
{
    struct timer_wheel w;
    struct probe first, second;
    timer_wheel_init(&w, 0);
    probe_init(&first, &w);
    probe_init(&second, &w);
    first.victim = &second;
    timer_arm(&w, &first.timer, 50);
    timer_arm(&w, &second.timer, 50);
    assert_int_equal(timer_wheel_run(&w, 1000), 1);
    assert_int_equal(second.runs, 0);
    timer_cancel(&second.timer);
}

TEST(timer_wheel_run__lets_a_timer_arm_itself)
{
    struct timer_wheel w;
    struct probe p;
    timer_wheel_init(&w, 7);
    probe_init(&p, &w);
    p.again_ms = 10;
    timer_arm(&w, &p.timer, 17);
    assert_int_equal(timer_wheel_run(&w, 107), 10);
    assert_int_equal(p.ran_ms, 107);
    timer_cancel(&p.timer);
}

/* Against the obvious implementation: a flat array that is searched. */
TEST(timer_wheel_run__agrees_with_a_flat_search)
{
    enum { COUNT = 200, ROUNDS = 20000 };
    static struct probe probes[COUNT];
    static int64_t due[COUNT];
    static unsigned expected[COUNT];
    struct timer_wheel w;
    int64_t now = 1 << 20;
    unsigned seed = 12345;
    timer_wheel_init(&w, now);
    for (size_t i = 0; i < COUNT; i++) {
        probe_init(&probes[i], &w);
        due[i] = TIMER_NEVER;
        expected[i] = 0;
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t i = (size_t)rand_r(&seed) % COUNT;
        int64_t delay = 1 + rand_r(&seed) % (1 << (rand_r(&seed) % 18));
        if (rand_r(&seed) % 5 == 0) {
            timer_cancel(&probes[i].timer);
            due[i] = TIMER_NEVER;
        } else {
            timer_arm(&w, &probes[i].timer, now + delay);
            due[i] = now + delay;
        }
        now += rand_r(&seed) % 3 ? 0 : rand_r(&seed) % (1 << (rand_r(&seed) % 12));
        timer_wheel_run(&w, now);
        for (size_t k = 0; k < COUNT; k++) {
            if (due[k] <= now) {
                expected[k]++;
                assert_int_equal(probes[k].ran_ms, due[k]);
                due[k] = TIMER_NEVER;
            }
            assert_int_equal(probes[k].runs, expected[k]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timer_arm__runs_at_its_time_on_every_level),
        cmocka_unit_test(timer_arm__moves_later_and_earlier),
        cmocka_unit_test(timer_cancel__holds_inside_a_run),
        cmocka_unit_test(timer_wheel_run__lets_a_timer_arm_itself),
        cmocka_unit_test(timer_wheel_run__agrees_with_a_flat_search),
    };
    return cmocka_run_group_tests_name("proxy/runtime/timer", tests, NULL, NULL);
}
