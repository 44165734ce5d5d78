/* test_clock.c - unit tests of base/clock.c. */
#include "tests/support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sluice/clock.h"

static const int64_t second = 1000000;

TEST(clocks__move_forward)
{
    int64_t before = sl_monotonic_us();
    assert_true(sl_monotonic_us() >= before);
    assert_true(sl_wall_us() / second - time(NULL) <= 1);
}

TEST(sl_rfc3339__comes_back)
{
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {951782400000000, "2000-02-29T00:00:00.000Z"},
        {1795424400123456, "2026-11-23T09:00:00.123Z"},
        {4107542399999000, "2100-02-28T23:59:59.999Z"},
        {253402300799999000, "9999-12-31T23:59:59.999Z"},
        {-62167219200000000, "0000-01-01T00:00:00.000Z"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        char buf[SL_RFC3339_TEXT];
        int64_t us;
        assert_string_equal(sl_rfc3339(cases[i].us, buf), cases[i].text);
        assert_true(sl_rfc3339_parse(sl_cstr(buf), &us));
        assert_true(cases[i].us - us >= 0 && cases[i].us - us < 1000);
    }
    char buf[SL_RFC3339_TEXT];
    sl_rfc3339(INT64_MAX, buf);
    sl_rfc3339(INT64_MIN, buf);
}

TEST(sl_rfc3339__agrees_with_gmtime_every_day)
{
    for (int64_t day = -800000; day < 800000; day += 37) {
        time_t t = (time_t)(day * 86400);
        struct tm tm;
        char want[64], got[SL_RFC3339_TEXT];
        gmtime_r(&t, &tm);
        if (tm.tm_year + 1900 < 0 || tm.tm_year + 1900 > 9999)
            continue;
        snprintf(want, sizeof want, "%04d-%02d-%02dT00:00:00.000Z", tm.tm_year + 1900, tm.tm_mon + 1,
                 tm.tm_mday);
        assert_string_equal(sl_rfc3339(day * 86400 * second, got), want);
    }
}

TEST(sl_rfc3339_parse__knows_offsets_and_refuses_the_rest)
{
    static const struct {
        const char *text;
        int64_t us;
    } good[] = {
        {"1970-01-01T01:00:00+01:00", 0},          {"1969-12-31t23:30:00-00:30", 0},
        {"1970-01-01T00:00:00.5z", 500000},        {"1970-01-01T00:00:00.1234567891234Z", 123456},
        {"1990-12-31T23:59:60Z", 662688000000000}, {"2024-02-29T00:00:00Z", 1709164800000000},
    };
    static const char *const bad[] = {
        "",
        "1970-01-01",
        "1970-01-01T00:00:00",
        "1970-01-01 00:00:00Z",
        "1970-13-01T00:00:00Z",
        "1970-00-01T00:00:00Z",
        "1970-04-31T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "1970-01-00T00:00:00Z",
        "1970-01-01T24:00:00Z",
        "1970-01-01T00:60:00Z",
        "1970-01-01T00:00:61Z",
        "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00+24:00",
        "1970-01-01T00:00:00+0100",
        "1970-01-01T00:00:00Zx",
        "1970-1-1T00:00:00Z",
        "-970-01-01T00:00:00Z",
        "1970-01-01T00:00:00-",
        "1970-01-01T00:00:00-Z",
    };
    for (size_t i = 0; i < SL_COUNT(good); i++) {
        int64_t us;
        assert_true(sl_rfc3339_parse(sl_cstr(good[i].text), &us));
        assert_true(us == good[i].us);
    }
    for (size_t i = 0; i < SL_COUNT(bad); i++) {
        int64_t us;
        if (sl_rfc3339_parse(sl_cstr(bad[i]), &us))
            fail_msg("took '%s'", bad[i]);
    }
}

TEST(sl_time_parse__takes_what_people_type)
{
    static const int64_t now = 1795424400 * (int64_t)1000000;
    static const struct {
        const char *text;
        int64_t us;
    } good[] = {
        {"now", now},
        {"-15m", now - 900 * (int64_t)1000000},
        {"-2h", now - 7200 * (int64_t)1000000},
        {"-7d", now - 7 * 86400 * (int64_t)1000000},
        {"-30", now - 30 * (int64_t)1000000},
        {"2026-11-23", 1795388400 * (int64_t)1000000},
        {"2026-11-23 10:00", 1795424400 * (int64_t)1000000},
        {"2026-11-23T10:00:01", 1795424401 * (int64_t)1000000},
        {"2026-11-23T09:00:00Z", 1795424400 * (int64_t)1000000},
        {"2026-07-01", 1782856800 * (int64_t)1000000},
    };
    static const char *const bad[] = {"",    "yesterday",        "-",           "-x",
                                      "15m", "2026-11-23 25:00", "2026-11-23 ", "2026-11-23 10:00x"};
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    for (size_t i = 0; i < SL_COUNT(good); i++) {
        int64_t us = 0;
        assert_true(sl_time_parse(sl_cstr(good[i].text), now, &us));
        if (us != good[i].us)
            fail_msg("%s: %lld", good[i].text, (long long)us);
    }
    for (size_t i = 0; i < SL_COUNT(bad); i++) {
        int64_t us;
        if (sl_time_parse(sl_cstr(bad[i]), now, &us))
            fail_msg("took '%s'", bad[i]);
    }
}

TEST(sl_duration__comes_back)
{
    static const struct {
        const char *text;
        int64_t ms;
        const char *canonical;
    } cases[] = {
        {"0", 0, "0s"},
        {"500ms", 500, "500ms"},
        {"30", 30000, "30s"},
        {"30s", 30000, "30s"},
        {"90s", 90000, "90s"},
        {"5m", 300000, "5m"},
        {"60s", 60000, "1m"},
        {"2h", 7200000, "2h"},
        {"1d", 86400000, "24h"},
        {"24h", 86400000, "24h"},
        {"90d", 7776000000, "90d"},
        {"2w", 1209600000, "14d"},
        {"36h", 129600000, "36h"},
        {"1500ms", 1500, "1500ms"},
        {"10min", 600000, "10m"},
    };
    static const char *const bad[] = {"",
                                      "s",
                                      "-5s",
                                      "5 s",
                                      "5S",
                                      "1.5h",
                                      "5y",
                                      "5ss",
                                      "99999999999999999999s",
                                      "18446744073709551615w",
                                      "9223372036854775807"};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        int64_t ms;
        char buf[SL_RFC3339_TEXT];
        assert_true(sl_duration_parse(sl_cstr(cases[i].text), &ms));
        assert_true(ms == cases[i].ms);
        assert_string_equal(sl_duration_text(ms, buf), cases[i].canonical);
    }
    for (size_t i = 0; i < SL_COUNT(bad); i++) {
        int64_t ms;
        if (sl_duration_parse(sl_cstr(bad[i]), &ms))
            fail_msg("took '%s'", bad[i]);
    }
    char buf[SL_RFC3339_TEXT];
    assert_string_equal(sl_duration_text(-5000, buf), "-5s");
    sl_duration_text(INT64_MIN, buf);
}

TEST(sl_size__comes_back)
{
    static const struct {
        const char *text;
        uint64_t bytes;
        const char *canonical;
    } cases[] = {
        {"0", 0, "0"},
        {"1", 1, "1"},
        {"512B", 512, "512"},
        {"64KiB", 65536, "64KiB"},
        {"64kib", 65536, "64KiB"},
        {"100MB", 100000000, "100MB"},
        {"2GiB", 2147483648, "2GiB"},
        {"1024KiB", 1048576, "1MiB"},
        {"16777215TiB", 18446742974197923840u, "16777215TiB"},
        {"18446744073709551615", UINT64_MAX, "18446744073709551615"},
    };
    static const char *const bad[] = {"",       "KiB", "-1",          "1 KiB",
                                      "1.5GiB", "64K", "16777216TiB", "18446744073709551616"};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        uint64_t bytes;
        char buf[SL_RFC3339_TEXT];
        assert_true(sl_size_parse(sl_cstr(cases[i].text), &bytes));
        assert_true(bytes == cases[i].bytes);
        assert_string_equal(sl_size_text(bytes, buf), cases[i].canonical);
    }
    for (size_t i = 0; i < SL_COUNT(bad); i++) {
        uint64_t bytes;
        if (sl_size_parse(sl_cstr(bad[i]), &bytes))
            fail_msg("took '%s'", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks__move_forward),
        cmocka_unit_test(sl_rfc3339__comes_back),
        cmocka_unit_test(sl_rfc3339__agrees_with_gmtime_every_day),
        cmocka_unit_test(sl_rfc3339_parse__knows_offsets_and_refuses_the_rest),
        cmocka_unit_test(sl_time_parse__takes_what_people_type),
        cmocka_unit_test(sl_duration__comes_back),
        cmocka_unit_test(sl_size__comes_back),
    };
    return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
