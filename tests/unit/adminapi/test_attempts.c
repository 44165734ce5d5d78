/* test_attempts.c - who fails waits, longer each time; who does not, doesn't. */
#include "tests/support/cmocka_all.h"

#include <stdio.h>

#include "adminapi/attempts.h"

enum { SECOND = 1000000 };
static const int64_t start = 1000LL * SECOND;

static unsigned try_as(struct attempts *a, const char *name, const char *source, int64_t now_us)
{
    return attempts_begin(a, sl_cstr(name), sl_cstr(source), now_us);
}

TEST(attempts__make_an_account_wait_longer_each_time)
{
    static const unsigned waits[] = {1, 2, 4, 8, 16, 32, 60, 60};
    struct attempts *a = attempts_new();
    int64_t now = start;
    char source[16];
    for (unsigned i = 0; i < ATTEMPTS_ACCOUNT_FREE; i++)
        assert_int_equal(try_as(a, "admin", "10.0.0.1", now), 0);
    for (unsigned i = 0; i < SL_COUNT(waits); i++) {
        snprintf(source, sizeof source, "10.0.1.%u", i); /* from anywhere */
        assert_int_equal(try_as(a, "admin", source, now), waits[i]);
        assert_int_equal(try_as(a, "admin", source, now + 1), waits[i]); /* asking does not prolong it */
        assert_int_equal(try_as(a, "carol", source, now), 0);
        attempts_succeeded(a, SL_STR("carol"), sl_cstr(source));
        now += (int64_t)waits[i] * SECOND;
        assert_int_equal(try_as(a, "admin", source, now), 0);
    }
    attempts_free(&a);
}

TEST(attempts__are_counted_before_they_are_verified)
{
    struct attempts *a = attempts_new();
    unsigned passed = 0;
    for (int i = 0; i < 100; i++) /* at the same moment */
        passed += try_as(a, "admin", "10.0.0.1", start) == 0;
    assert_int_equal(passed, ATTEMPTS_ACCOUNT_FREE);
    attempts_free(&a);
}

TEST(attempts__make_a_source_wait_whatever_names_it_tries)
{
    struct attempts *a = attempts_new();
    unsigned passed = 0;
    char name[16];
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "name%d", i);
        passed += try_as(a, name, "2001:db8::1", start) == 0;
    }
    assert_int_equal(passed, ATTEMPTS_SOURCE_FREE);
    assert_true(try_as(a, "new", "2001:db8::ffff:1", start) > 0); /* the same /64 */
    assert_int_equal(try_as(a, "new", "2001:db8:0:1::1", start), 0);
    attempts_free(&a);
}

TEST(attempts__forgive)
{
    struct attempts *a = attempts_new();
    for (int i = 0; i < 1000; i++) { /* somebody who knows the password */
        assert_int_equal(try_as(a, "admin", "10.0.0.1", start), 0);
        attempts_succeeded(a, SL_STR("admin"), SL_STR("10.0.0.1"));
    }
    for (unsigned i = 0; i < ATTEMPTS_ACCOUNT_FREE; i++)
        try_as(a, "admin", "10.0.0.1", start);
    assert_int_equal(try_as(a, "admin", "10.0.0.1", start), 1);
    int64_t later = start + (int64_t)(ATTEMPTS_FORGET_S + 2) * SECOND;
    for (unsigned i = 0; i < ATTEMPTS_ACCOUNT_FREE; i++)
        assert_int_equal(try_as(a, "admin", "10.0.0.1", later), 0);
    attempts_free(&a);
}

TEST(attempts__wait_from_the_answer_on)
{
    struct attempts *a = attempts_new();
    for (unsigned i = 0; i < ATTEMPTS_ACCOUNT_FREE; i++)
        try_as(a, "admin", "10.0.0.1", start);
    int64_t answered = start + 5LL * SECOND; /* a busy machine */
    attempts_failed(a, SL_STR("admin"), SL_STR("10.0.0.1"), answered);
    assert_int_equal(try_as(a, "admin", "10.0.0.1", answered), 1);
    assert_int_equal(try_as(a, "admin", "10.0.0.1", answered + SECOND), 0);
    attempts_free(&a);
}

TEST(attempts__are_worth_a_line_now_and_then)
{
    struct attempts *a = attempts_new();
    struct sl_text said = {0};
    int64_t now = start;
    for (int i = 0; i < 45; i++) {
        assert_int_equal(try_as(a, "admin", "10.0.0.1", now), 0);
        unsigned n = attempts_failed(a, SL_STR("admin"), SL_STR("10.0.0.1"), now);
        if (n > 0)
            sl_text_addf(&said, "%u ", n);
        now += (int64_t)ATTEMPTS_SOURCE_MOST_S * SECOND;
    }
    assert_string_equal(said.p, "5 10 20 40 ");
    sl_text_fini(&said);
    attempts_free(&a);
}

TEST(attempts__keep_what_matters_when_the_table_is_full)
{
    struct attempts *a = attempts_new();
    char name[32], source[32];
    for (unsigned i = 0; i < ATTEMPTS_ACCOUNT_FREE; i++)
        try_as(a, "admin", "10.0.0.1", start);
    for (int i = 0; i < 20000; i++) {
        snprintf(name, sizeof name, "name%d", i);
        snprintf(source, sizeof source, "10.1.%d.%d", i / 250, i % 250);
        try_as(a, name, source, start + i);
    }
    assert_int_equal(try_as(a, "admin", "10.0.0.9", start + 20000), 1);
    attempts_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attempts__make_an_account_wait_longer_each_time),
        cmocka_unit_test(attempts__are_counted_before_they_are_verified),
        cmocka_unit_test(attempts__make_a_source_wait_whatever_names_it_tries),
        cmocka_unit_test(attempts__forgive),
        cmocka_unit_test(attempts__wait_from_the_answer_on),
        cmocka_unit_test(attempts__are_worth_a_line_now_and_then),
        cmocka_unit_test(attempts__keep_what_matters_when_the_table_is_full),
    };
    return cmocka_run_group_tests_name("adminapi/attempts", tests, NULL, NULL);
}
