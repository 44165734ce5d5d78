/* test_subject.c - unit tests of policy/store/subject.c. */
#include "tests/support/cmocka_all.h"

#include "policy/store/subject.h"

enum { CAP = 40 };

TEST(subject_store__keeps_what_fits)
{
    char field[CAP];
    assert_int_equal(subject_store(SL_STR("alice"), field, CAP), 5);
    assert_memory_equal(field, "alice", 5);
    assert_int_equal(subject_store(sl_str(NULL, 0), field, CAP), 0);
}

TEST(subject_store__tells_long_texts_apart)
{
    char a[CAP], b[CAP], text[200];
    memset(text, 'x', sizeof text);
    uint8_t n = subject_store(sl_str(text, 199), a, CAP);
    assert_true(n <= CAP && a[n - 17] == '~');
    assert_int_equal(subject_store(sl_str(text, 200), b, CAP), n);
    assert_memory_not_equal(a, b, n);
    subject_store(sl_str(text, 199), b, CAP);
    assert_memory_equal(a, b, n);
}

TEST(subject_store__cuts_between_characters)
{
    char field[CAP], text[CAP * 3];
    for (size_t i = 0; i + 1 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    for (size_t from = 0; from < 2; from++) {
        text[0] = 'a';
        uint8_t n = subject_store(sl_str(text + from, 80), field, CAP);
        json_t *json = subject_json(sl_str(field + (from ? 1 : 2), n - (from ? 1u : 2u)));
        assert_non_null(json);
        json_decref(json);
    }
}

TEST(subject_json__replaces_what_is_not_utf_8)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"", ""},
        {"M\xc3\xbcller", "M\xc3\xbcller"},
        {"M\xfcller", "M\xef\xbf\xbdller"},
        {"\xf0\x9f\x98\x80\xff", "\xf0\x9f\x98\x80\xef\xbf\xbd"},
        {"cut \xf0\x9f", "cut \xef\xbf\xbd\xef\xbf\xbd"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        json_t *json = subject_json(sl_cstr(cases[i].in));
        assert_string_equal(json_string_value(json), cases[i].out);
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(subject_store__keeps_what_fits),
                                       cmocka_unit_test(subject_store__tells_long_texts_apart),
                                       cmocka_unit_test(subject_store__cuts_between_characters),
                                       cmocka_unit_test(subject_json__replaces_what_is_not_utf_8)};
    return cmocka_run_group_tests_name("policy/store/subject", tests, NULL, NULL);
}
