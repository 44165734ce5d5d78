/* test_socks.c - unit tests of proxy/parent/socks.c, byte by byte. */
#include "proxy/parent/socks.h"

#include "tests/support/cmocka_all.h"

#define BYTES(literal) (const uint8_t *)literal, sizeof(literal) - 1

static struct sl_addr address(const char *text)
{
    struct sl_addr a;
    assert_true(sl_addr_parse(sl_cstr(text), &a));
    return a;
}

static void says(const struct socks *s, const uint8_t *expected, size_t n)
{
    uint8_t out[SOCKS_SAY_MAX];
    assert_int_equal(socks_say(s, out), n);
    assert_memory_equal(out, expected, n);
}

/* Each prefix of an answer asks for more; the whole has this result. */
static void hears(struct socks *s, const uint8_t *answer, size_t n, enum socks_result expected)
{
    struct socks before = *s;
    size_t used;
    for (size_t i = 0; i < n; i++) {
        *s = before;
        assert_int_equal(socks_hear(s, answer, i, &used), SOCKS_MORE);
        assert_int_equal(used, 0);
    }
    *s = before;
    assert_int_equal(socks_hear(s, answer, n, &used), expected);
    if (expected == SOCKS_SAY || expected == SOCKS_OPEN)
        assert_int_equal(used, n);
}

TEST(socks__opens_a_way_to_a_name_without_a_login)
{
    struct socks s;
    socks_begin(&s, SL_STR(""), SL_STR(""), &(struct socks_target){.name = SL_STR("a.test"), .port = 443});
    says(&s, BYTES("\x05\x01\x00"));
    hears(&s, BYTES("\x05\x00"), SOCKS_SAY);
    says(&s, BYTES("\x05\x01\x00\x03\x06"
                   "a.test\x01\xbb"));
    hears(&s, BYTES("\x05\x00\x00\x01\x7f\x00\x00\x01\x12\x34"), SOCKS_OPEN);
}

TEST(socks__logs_in_where_it_is_asked_to)
{
    struct socks s;
    struct socks_target v6 = {.addr = address("2001:db8::7"), .port = 80},
                        v4 = {.addr = address("192.0.2.9"), .port = 80};
    socks_begin(&s, SL_STR("user"), SL_STR("word"), &v6);
    says(&s, BYTES("\x05\x02\x00\x02"));
    hears(&s, BYTES("\x05\x02"), SOCKS_SAY);
    says(&s, BYTES("\x01\x04"
                   "user\x04word"));
    hears(&s, BYTES("\x01\x00"), SOCKS_SAY);
    says(&s,
         BYTES("\x05\x01\x00\x04\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07\x00\x50"));
    hears(&s,
          BYTES("\x05\x00\x00\x04\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x50"),
          SOCKS_OPEN);
    socks_begin(&s, SL_STR("user"), SL_STR("word"), &v4);
    hears(&s, BYTES("\x05\x00"), SOCKS_SAY);
    says(&s, BYTES("\x05\x01\x00\x01\xc0\x00\x02\x09\x00\x50"));
    hears(&s, BYTES("\x05\x00\x00\x03\x04here\x00\x50"), SOCKS_OPEN);
}

TEST(socks__ends_behind_the_login_where_there_is_no_destination)
{
    struct socks s;
    socks_begin(&s, SL_STR("u"), SL_STR("p"), &(struct socks_target){.port = 0});
    hears(&s, BYTES("\x05\x02"), SOCKS_SAY);
    hears(&s, BYTES("\x01\x00"), SOCKS_OPEN);
}

TEST(socks__leaves_what_follows_to_the_tunnel)
{
    struct socks s;
    size_t used;
    socks_begin(&s, SL_STR(""), SL_STR(""), &(struct socks_target){.name = SL_STR("a"), .port = 25});
    hears(&s, BYTES("\x05\x00"), SOCKS_SAY);
    assert_int_equal(socks_hear(&s,
                                BYTES("\x05\x00\x00\x03\x00\x00\x00"
                                      "220 mail"),
                                &used),
                     SOCKS_OPEN);
    assert_int_equal(used, 7);
}

TEST(socks__refuses_what_is_no_answer)
{
    static const struct {
        const char *user, *method, *login, *answer;
        size_t method_n, login_n, answer_n;
        enum socks_result result;
        uint8_t code;
    } cases[] = {
#define ROW(user, method, login, answer) \
    user, method, login, answer, sizeof(method) - 1, sizeof(login) - 1, sizeof(answer) - 1
        {ROW("", "\x04\x00", "", ""), SOCKS_INVALID, 0},
        {ROW("", "H", "", ""), SOCKS_INVALID, 0},
        {ROW("", "\x05\xff", "", ""), SOCKS_LOGIN_REFUSED, 0},
        {ROW("", "\x05\x02", "", ""), SOCKS_INVALID, 0}, /* not offered */
        {ROW("u", "\x05\x01", "", ""), SOCKS_INVALID, 0},
        {ROW("u", "\x05\x02", "\x05\x00", ""), SOCKS_INVALID, 0},
        {ROW("u", "\x05\x02", "\x01\x01", ""), SOCKS_LOGIN_REFUSED, 0},
        {ROW("", "\x05\x00", "", "\x04\x00\x00\x01"), SOCKS_INVALID, 0},
        {ROW("", "\x05\x00", "", "\x05\x00\x01"), SOCKS_INVALID, 0},
        {ROW("", "\x05\x00", "", "\x05\x00\x00\x02"), SOCKS_INVALID, 0},
        {ROW("", "\x05\x00", "", "\x05\x00\x00\x00"), SOCKS_INVALID, 0},
        {ROW("", "\x05\x00", "", "\x05\x02"), SOCKS_REFUSED, 2},
        {ROW("", "\x05\x00", "", "\x05\xff\x00\x01"), SOCKS_REFUSED, 255},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct socks s;
        size_t used;
        socks_begin(&s, sl_cstr(cases[i].user), SL_STR("p"),
                    &(struct socks_target){.name = SL_STR("a"), .port = 1});
        enum socks_result r = socks_hear(&s, (const uint8_t *)cases[i].method, cases[i].method_n, &used);
        if (r == SOCKS_SAY && cases[i].login_n)
            r = socks_hear(&s, (const uint8_t *)cases[i].login, cases[i].login_n, &used);
        if (r == SOCKS_SAY && cases[i].answer_n)
            r = socks_hear(&s, (const uint8_t *)cases[i].answer, cases[i].answer_n, &used);
        if (r != cases[i].result)
            fail_msg("case %zu: %d", i, r);
        assert_int_equal(s.code, cases[i].code);
    }
    assert_string_equal(socks_code_text(2), "connection not allowed by ruleset");
    assert_string_equal(socks_code_text(99), "unknown failure");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(socks__opens_a_way_to_a_name_without_a_login),
        cmocka_unit_test(socks__logs_in_where_it_is_asked_to),
        cmocka_unit_test(socks__ends_behind_the_login_where_there_is_no_destination),
        cmocka_unit_test(socks__leaves_what_follows_to_the_tunnel),
        cmocka_unit_test(socks__refuses_what_is_no_answer),
    };
    return cmocka_run_group_tests_name("proxy/parent/socks", tests, NULL, NULL);
}
