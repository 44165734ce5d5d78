/* test_str.c - unit tests of base/str.c. */
#include "tests/support/cmocka_all.h"

#include "sluice/str.h"

#define NONE ((struct sl_str){NULL, 0})

TEST(sl_str_ieq__folds_ascii_only)
{
    assert_true(sl_str_ieq(SL_STR("Host"), SL_STR("hOST")));
    assert_true(sl_str_ieq(NONE, SL_STR("")));
    assert_false(sl_str_ieq(SL_STR("Host"), SL_STR("Hos")));
    assert_false(sl_str_ieq(SL_STR("@["), SL_STR("`{"))); /* neighbours of the letters */
    assert_false(sl_str_ieq(SL_STR("\xc3\x84"), SL_STR("\xc3\xa4")));
}

TEST(sl_str_cmp__orders_like_dictionaries)
{
    static const struct {
        struct sl_str a, b;
        int order;
    } cases[] = {
        {{"", 0}, {NULL, 0}, 0},  {{"a", 1}, {"", 0}, 1},        {{"a", 1}, {"b", 1}, -1},
        {{"ab", 2}, {"a", 1}, 1}, {{"\xff", 1}, {"\x01", 1}, 1}, {{"a\0b", 3}, {"a\0c", 3}, -1},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        int order = sl_str_cmp(cases[i].a, cases[i].b);
        assert_int_equal((order > 0) - (order < 0), cases[i].order);
    }
}

TEST(sl_str_starts_and_ends)
{
    assert_true(sl_str_starts(SL_STR("abc"), SL_STR("ab")) && sl_str_starts(NONE, NONE));
    assert_false(sl_str_starts(SL_STR("a"), SL_STR("ab")));
    assert_true(sl_str_ends(SL_STR("abc"), SL_STR("bc")) && sl_str_ends(SL_STR("abc"), NONE));
    assert_false(sl_str_ends(SL_STR("c"), SL_STR("bc")));
    assert_true(sl_str_istarts(SL_STR("Basic x"), SL_STR("bASIC ")));
}

TEST(sl_str_sub__is_clamped)
{
    static const struct {
        size_t from, n;
        const char *part;
    } cases[] = {{0, 2, "ab"}, {1, SIZE_MAX, "bc"}, {3, 1, ""}, {9, 9, ""}, {SIZE_MAX, SIZE_MAX, ""}};
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        assert_true(sl_str_eq(sl_str_sub(SL_STR("abc"), cases[i].from, cases[i].n), sl_cstr(cases[i].part)));
    assert_int_equal(sl_str_sub(NONE, 1, 1).n, 0);
}

TEST(sl_str_trim__takes_blanks_at_both_ends)
{
    assert_true(sl_str_eq(sl_str_trim(SL_STR(" \t\r\na b\n ")), SL_STR("a b")));
    assert_int_equal(sl_str_trim(SL_STR(" \t ")).n, 0);
    assert_int_equal(sl_str_trim(NONE).n, 0);
}

TEST(sl_str_split__gives_every_part_once)
{
    static const struct {
        struct sl_str text;
        size_t count;
        const char *last;
    } cases[] = {{{NULL, 0}, 0, NULL}, {{"", 0}, 1, ""},   {{"a", 1}, 1, "a"},
                 {{"a,b", 3}, 2, "b"}, {{"a,", 2}, 2, ""}, {{",,", 2}, 3, ""}};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_str rest = cases[i].text, part = NONE;
        size_t count = 0;
        while (sl_str_split(&rest, ',', &part))
            count++;
        assert_int_equal(count, cases[i].count);
        if (cases[i].last)
            assert_true(sl_str_eq(part, sl_cstr(cases[i].last)));
    }
}

TEST(sl_str_u64__takes_whole_numbers_only)
{
    static const struct {
        const char *text;
        uint64_t max, value;
        bool ok;
    } cases[] = {
        {"0", 0, 0, true},
        {"00017", 17, 17, true},
        {"18446744073709551615", UINT64_MAX, UINT64_MAX, true},
        {"18446744073709551616", UINT64_MAX, 0, false},
        {"99999999999999999999999", UINT64_MAX, 0, false},
        {"256", 255, 0, false},
        {"", 9, 0, false},
        {"-1", 9, 0, false},
        {"+1", 9, 0, false},
        {" 1", 9, 0, false},
        {"1 ", 9, 0, false},
        {"0x1", 9, 0, false},
        {"\xb1", 9, 0, false},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        uint64_t value = 0;
        assert_int_equal(sl_str_u64(sl_cstr(cases[i].text), cases[i].max, &value), cases[i].ok);
        assert_true(value == cases[i].value);
    }
    uint64_t kept = 5;
    assert_false(sl_str_u64(SL_STR("1\0"), 9, &kept));
    assert_true(kept == 5);
}

TEST(sl_str_dup__ends_in_nul)
{
    SL_CLEANUP(sl_freep) char *copy = sl_str_dup(sl_str("abc", 2)), *empty = sl_str_dup(NONE);
    assert_string_equal(copy, "ab");
    assert_string_equal(empty, "");
}

TEST(sl_text__grows)
{
    struct sl_text t = {0};
    sl_text_clear(&t);
    sl_text_add(&t, NONE);
    assert_string_equal(t.p, "");
    for (int i = 0; i < 1000; i++) {
        sl_text_addf(&t, "%04d", i);
        sl_text_addc(&t, ' ');
    }
    assert_int_equal(t.n, 5000);
    assert_true(sl_str_ends(sl_text_str(&t), SL_STR("0998 0999 ")));
    assert_int_equal(t.p[t.n], 0);
    sl_text_clear(&t);
    assert_string_equal(t.p, "");
    sl_text_fini(&t);
    assert_null(t.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sl_str_ieq__folds_ascii_only),
        cmocka_unit_test(sl_str_cmp__orders_like_dictionaries),
        cmocka_unit_test(sl_str_starts_and_ends),
        cmocka_unit_test(sl_str_sub__is_clamped),
        cmocka_unit_test(sl_str_trim__takes_blanks_at_both_ends),
        cmocka_unit_test(sl_str_split__gives_every_part_once),
        cmocka_unit_test(sl_str_u64__takes_whole_numbers_only),
        cmocka_unit_test(sl_str_dup__ends_in_nul),
        cmocka_unit_test(sl_text__grows),
    };
    return cmocka_run_group_tests_name("base/str", tests, NULL, NULL);
}
