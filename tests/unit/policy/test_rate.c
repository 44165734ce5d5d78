/* test_rate.c - unit tests of policy/rate.c. */
#include "tests/support/cmocka_all.h"

#include "policy/rate.h"
#include "tests/unit/policy/support.h"

TEST(rate_parse__takes_bits_by_thousands_and_bytes_as_written)
{
    static const struct {
        const char *text;
        uint64_t bytes_per_s;
    } cases[] = {
        {"8bit/s", 1},
        {"9bit/s", 1},
        {"8kbit/s", 1000},
        {"2Mbit/s", 250000},
        {"1.5Mbit/s", 187500},
        {"0.064kbit/s", 8},
        {"1Gbit/s", 125000000},
        {"250kB/s", 250000},
        {"1KiB/s", 1024},
        {"2MB/s", 2000000},
        {"0.5MiB/s", 524288},
        {"0Mbit/s", 0},
        {"000002Mbit/s", 250000},
        {"1.125KiB/s", 1152},
        {"999999999999Gbit/s", UINT64_MAX},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        uint64_t got = 12345;
        if (!rate_parse(sl_cstr(cases[i].text), &got) || got != cases[i].bytes_per_s)
            fail_msg("%s is %llu", cases[i].text, (unsigned long long)got);
    }
}

TEST(rate_parse__refuses_what_may_mean_either)
{
    static const char *const texts[] = {
        "",          "2",        "2 Mbit/s",           "2Mb/s",    "2mbit/s",  "2Mbit",      "2MBIT/S",
        "-2Mbit/s",  "+2Mbit/s", "2Mbit/s ",           "1.Mbit/s", ".5Mbit/s", "1.5.Mbit/s", "1.2345Mbit/s",
        "1,5Mbit/s", "1e3bit/s", "1000000000000bit/s", "Mbit/s",
    };
    uint64_t got;
    for (size_t i = 0; i < SL_COUNT(texts); i++)
        if (rate_parse(sl_cstr(texts[i]), &got))
            fail_msg("'%s' was taken for %llu", texts[i], (unsigned long long)got);
    assert_false(rate_parse(sl_str("2Mbit/s\0", 8), &got));
    assert_false(rate_parse(sl_str(NULL, 0), &got));
}

TEST(rate_text__is_read_as_what_it_was)
{
    static const struct {
        uint64_t bytes_per_s;
        const char *text;
    } cases[] = {
        {250000, "2Mbit/s"}, {125000000, "1Gbit/s"}, {1000, "8kbit/s"},
        {1001, "8008bit/s"}, {128, "1024bit/s"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        char buf[RATE_TEXT];
        uint64_t back;
        assert_string_equal(rate_text(cases[i].bytes_per_s, buf), cases[i].text);
        assert_true(rate_parse(sl_cstr(buf), &back));
        assert_int_equal(back, cases[i].bytes_per_s);
    }
}

static const struct rate_def *throttle_of(const char *rule, struct snapshot **out)
{
    struct verdict v;
    char text[400];
    struct policy_scratch *scratch = policy_scratch_new();
    snprintf(text, sizeof text, "{'schema':1,'rules':[{'id':'a','then':'allow',%s}]}", rule);
    *out = compile(text, NULL);
    policy_decide(*out, scratch, facts_of(&(struct request){.url = "http://x.example/"}), &v);
    policy_scratch_free(&scratch);
    return v.throttle;
}

TEST(rate_read_throttle__has_a_second_of_burst_unless_told)
{
    static const struct {
        const char *rule;
        struct rate_def expect;
    } cases[] = {
        {"'throttle':'2Mbit/s'", {250000, 250000, QUOTA_PER_USER}},
        {"'throttle':'8kbit/s'", {1000, 16384, QUOTA_PER_USER}},
        {"'throttle':{'rate':'1MB/s','per':'client'}", {1000000, 1000000, QUOTA_PER_CLIENT}},
        {"'throttle':{'burst':'1MiB','per':'group','rate':'1MB/s'}", {1000000, 1 << 20, QUOTA_PER_GROUP}},
        {"'throttle':{'burst':20000,'per':'all','rate':'1MB/s'}", {1000000, 20000, QUOTA_PER_ALL}},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct snapshot *s;
        const struct rate_def *got = throttle_of(cases[i].rule, &s);
        assert_non_null(got);
        assert_int_equal(got->bytes_per_s, cases[i].expect.bytes_per_s);
        assert_int_equal(got->burst, cases[i].expect.burst);
        assert_int_equal(got->per, cases[i].expect.per);
        snapshot_unref(&s);
    }
    struct snapshot *none;
    assert_null(throttle_of("'note':'none'", &none));
    snapshot_unref(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rate_parse__takes_bits_by_thousands_and_bytes_as_written),
        cmocka_unit_test(rate_parse__refuses_what_may_mean_either),
        cmocka_unit_test(rate_text__is_read_as_what_it_was),
        cmocka_unit_test(rate_read_throttle__has_a_second_of_burst_unless_told),
    };
    return cmocka_run_group_tests_name("policy/rate", tests, NULL, NULL);
}
