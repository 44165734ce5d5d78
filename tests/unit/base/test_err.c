/* test_err.c - unit tests of base/err.c. */
#include "tests/support/cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "sluice/err.h"

TEST(sl_fail__fills_and_returns_false)
{
    struct sl_err err = {0};
    assert_false(sl_fail(&err, SL_NOT_FOUND, "no category '%s'", "pets"));
    assert_int_equal(err.code, SL_NOT_FOUND);
    assert_string_equal(err.msg, "no category 'pets'");
    assert_false(sl_fail(NULL, SL_IO, "nobody listens"));
}

TEST(sl_fail__may_quote_its_own_message)
{
    struct sl_err err = {0};
    sl_fail(&err, SL_IO, "disk full");
    sl_fail(&err, SL_UNAVAILABLE, "store: %s; %s", err.msg, err.msg);
    assert_string_equal(err.msg, "store: disk full; disk full");
}

TEST(sl_fail__cuts_what_is_too_long)
{
    struct sl_err err = {0};
    sl_fail(&err, SL_IO, "%0500d", 7);
    assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
    sl_fail_in(&err, "%s", "place: ");
    assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
    sl_fail_errno(&err, SL_IO, ENOENT, "%0500d", 7);
    assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
}

TEST(sl_fail_errno__says_what_the_system_said)
{
    struct sl_err err = {0};
    assert_false(sl_fail_errno(&err, SL_IO, ENOENT, "cannot open %s", "x"));
    assert_string_equal(err.msg, "cannot open x: No such file or directory");
}

TEST(sl_fail_in__puts_the_place_before)
{
    struct sl_err err = {0};
    sl_fail(&err, SL_LIMIT, "too long");
    assert_false(sl_fail_in(&err, "rules.json line %u: ", 7u));
    assert_string_equal(err.msg, "rules.json line 7: too long");
    assert_int_equal(err.code, SL_LIMIT);
    assert_false(sl_fail_in(NULL, "x"));
}

TEST(sl_code_word__has_a_word_for_every_code)
{
    assert_string_equal(sl_code_word(SL_OK), "ok");
    assert_string_equal(sl_code_word(SL_BAD_INPUT), "bad-input");
    for (int code = SL_OK; code <= SL_INTERNAL; code++)
        assert_non_null(sl_code_word((enum sl_code)code));
    assert_string_equal(sl_code_word((enum sl_code)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sl_fail__fills_and_returns_false),
        cmocka_unit_test(sl_fail__may_quote_its_own_message),
        cmocka_unit_test(sl_fail__cuts_what_is_too_long),
        cmocka_unit_test(sl_fail_errno__says_what_the_system_said),
        cmocka_unit_test(sl_fail_in__puts_the_place_before),
        cmocka_unit_test(sl_code_word__has_a_word_for_every_code),
    };
    return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
