/* test_cookie.c - one value out of a Cookie field. */
#include "tests/support/cmocka_all.h"

#include "adminapi/cookie.h"

TEST(cookie_value__finds_exactly_one)
{
    static const struct {
        const char *field, *value; /* value NULL: not there */
    } cases[] = {
        {"sid=abc", "abc"},
        {"a=1; sid=abc; b=2", "abc"},
        {"a=1;sid=abc;b=2", "abc"},
        {"  sid = abc  ", "abc"},
        {"sid=\"abc\"", "abc"},
        {"sid=a=b", "a=b"},
        {"sid=", ""},
        {"", NULL},
        {"sid", NULL},
        {"SID=abc", NULL},
        {"xsid=abc; sidx=abc", NULL},
        {"sid=abc; sid=def", NULL}, /* which one would depend on the order */
        {"sid=abc; sid=abc", NULL},
        {"sid=\"", "\""},
        {";;;=;sid=abc;;", "abc"},
        {"__Host-sid=abc", NULL},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_str got = cookie_value(sl_cstr(cases[i].field), SL_STR("sid"));
        assert_int_equal(got.p != NULL, cases[i].value != NULL);
        if (!sl_str_eq(got, sl_cstr(cases[i].value)))
            fail_msg("'%s' gave '%.*s'", cases[i].field, SL_FMT(got));
    }
    assert_null(cookie_value((struct sl_str){0}, SL_STR("sid")).p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cookie_value__finds_exactly_one)};
    return cmocka_run_group_tests_name("adminapi/cookie", tests, NULL, NULL);
}
