/* test_query.c - unit tests of proxy/http/query.c. */
#include "tests/support/cmocka_all.h"

#include "proxy/http/query.h"

TEST(query_rewrite__leaves_no_spelling_of_the_clients_own)
{
    static const struct {
        const char *query, *expected;
    } cases[] = {
        {"", "safe=active"},
        {"q=x", "q=x&safe=active"},
        {"safe=off", "safe=active"},
        {"safe", "safe=active"},
        {"q=1&safe=off&z=2", "q=1&z=2&safe=active"},
        {"SAFE=off&Safe=off&safe=off", "safe=active"},
        {"%73%61%66%65=off&s%41fe=x", "safe=active"},
        {"q=1;safe=off;z", "q=1;z&safe=active"},
        {"safer=1&unsafe=2&q=safe=3&%safe=4&saf%65x=5",
         "safer=1&unsafe=2&q=safe=3&%safe=4&saf%65x=5&safe=active"},
        {"a+b=1&a%20b=2&a%2Bb=3", "a%2Bb=3&safe=active"},
        {"&&x&", "x&safe=active"},
        {"sa%6", "sa%6&safe=active"},
        {"safe%", "safe%&safe=active"},
    };
    static const struct query_edit edits[] = {
        {SL_STR("safe"), {NULL, 0}}, {SL_STR("a b"), {NULL, 0}}, {SL_STR("safe"), SL_STR("safe=active")}};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        SL_CLEANUP(sl_text_fini) struct sl_text out = {0};
        query_rewrite(sl_cstr(cases[i].query), edits, SL_COUNT(edits), &out);
        assert_string_equal(out.p, cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(query_rewrite__leaves_no_spelling_of_the_clients_own)};
    return cmocka_run_group_tests_name("proxy/http/query", tests, NULL, NULL);
}
