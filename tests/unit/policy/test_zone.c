/* test_zone.c - unit tests of policy/zone.c and zone_rule.c, with the C library as the oracle. */
#include "tests/support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "policy/civil.h"
#include "policy/zone.h"

static struct zone *zone(const char *name)
{
    struct zone *z = NULL;
    struct sl_err err = {0};
    if (!zone_load(sl_cstr(name), &z, &err))
        fail_msg("%s", err.msg);
    return z;
}

static int64_t utc(const char *text)
{
    struct tm tm = {0};
    assert_non_null(strptime(text, "%Y-%m-%d %H:%M:%S", &tm));
    return timegm(&tm);
}

static void expect_local(const struct zone *z, const char *utc_text, const char *local_text)
{
    int64_t t = utc(utc_text);
    if (t + zone_offset(z, t) != utc(local_text))
        fail_msg("%s UTC: expected local %s, got offset %d", utc_text, local_text, zone_offset(z, t));
}

TEST(zone_offset__is_right_around_changes_both_ways)
{
    static const struct {
        const char *zone, *utc, *local;
    } cases[] = {
        {"Europe/Berlin", "2026-03-29 00:59:59", "2026-03-29 01:59:59"},
        {"Europe/Berlin", "2026-03-29 01:00:00", "2026-03-29 03:00:00"},
        {"Europe/Berlin", "2026-10-25 00:59:59", "2026-10-25 02:59:59"},
        {"Europe/Berlin", "2026-10-25 01:00:00", "2026-10-25 02:00:00"},
        {"Europe/Berlin", "2150-07-01 12:00:00", "2150-07-01 14:00:00"},
        {"Europe/Berlin", "1893-01-01 00:00:00", "1893-01-01 00:53:28"},
        {"America/New_York", "2026-03-08 06:59:59", "2026-03-08 01:59:59"},
        {"America/New_York", "2026-03-08 07:00:00", "2026-03-08 03:00:00"},
        {"Australia/Lord_Howe", "2026-04-04 15:00:00", "2026-04-05 01:30:00"},
        {"Asia/Kolkata", "2200-01-01 00:00:00", "2200-01-01 05:30:00"},
        {"Pacific/Apia", "2011-12-30 09:59:59", "2011-12-29 23:59:59"},
        {"Pacific/Apia", "2011-12-30 10:00:00", "2011-12-31 00:00:00"},
        {"UTC", "2026-01-01 00:00:00", "2026-01-01 00:00:00"},
        {"Etc/GMT+5", "2026-01-01 05:00:00", "2026-01-01 00:00:00"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct zone *z = zone(cases[i].zone);
        expect_local(z, cases[i].utc, cases[i].local);
        zone_free(&z);
    }
}

TEST(zone_offset__agrees_with_the_c_library)
{
    static const char *const names[] = {
        "Europe/Berlin",   "America/Sao_Paulo", "Asia/Tehran",   "Africa/Casablanca", "America/St_Johns",
        "Pacific/Chatham", "Antarctica/Troll",  "Europe/Dublin", "America/Havana",    "Asia/Gaza"};
    for (size_t i = 0; i < SL_COUNT(names); i++) {
        struct zone *z = zone(names[i]);
        assert_int_equal(setenv("TZ", names[i], 1), 0);
        tzset();
        for (int64_t t = -3000000000; t < 6500000000; t += 1234567) {
            time_t at = (time_t)t;
            struct tm tm;
            localtime_r(&at, &tm);
            if (zone_offset(z, t) != tm.tm_gmtoff)
                fail_msg("%s at %lld: %d, the library says %ld", names[i], (long long)t, zone_offset(z, t),
                         tm.tm_gmtoff);
        }
        zone_free(&z);
    }
    unsetenv("TZ");
    tzset();
}

TEST(zone_to_utc__finds_the_first_moment_that_clocks_show)
{
    static const struct {
        const char *zone, *local, *utc;
    } cases[] = {
        {"Europe/Berlin", "2026-07-01 00:00:00", "2026-06-30 22:00:00"},
        {"Europe/Berlin", "2026-03-29 02:30:00", "2026-03-29 01:00:00"}, /* skipped: the moment of the skip */
        {"Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25 00:30:00"}, /* shown twice: the first */
        {"America/Havana", "2026-11-01 00:30:00", "2026-11-01 04:30:00"},
        {"America/Sao_Paulo", "2018-11-04 00:00:00",
         "2018-11-04 03:00:00"}, /* no midnight: clocks went to 01:00 */
        {"Pacific/Apia", "2011-12-30 00:00:00", "2011-12-30 10:00:00"}, /* a whole day that never was */
        {"Pacific/Apia", "2011-12-31 00:00:00", "2011-12-30 10:00:00"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct zone *z = zone(cases[i].zone);
        if (zone_to_utc(z, utc(cases[i].local)) != utc(cases[i].utc))
            fail_msg("%s %s: got %lld, not %lld", cases[i].zone, cases[i].local,
                     (long long)zone_to_utc(z, utc(cases[i].local)), (long long)utc(cases[i].utc));
        zone_free(&z);
    }
}

TEST(zone_load__takes_only_names_of_the_database)
{
    static const char *const bad[] = {
        "",
        "/etc/localtime",
        "../../../etc/localtime",
        "Europe/../../passwd",
        "Europe//Berlin",
        "Europe/",
        "Europe",
        "Berlin",
        "Europe/berlin\n",
        "posixrules/",
        "Europe/.",
        "leap-seconds.list",
        "tzdata.zi",
        "zone.tab",
    };
    for (size_t i = 0; i < SL_COUNT(bad); i++) {
        struct zone *z = NULL;
        struct sl_err err = {0};
        if (zone_load(sl_cstr(bad[i]), &z, &err))
            fail_msg("'%s' was taken", bad[i]);
        assert_true(err.code != SL_OK && err.msg[0] != '\0');
    }
}

TEST(zone_parse__refuses_every_truncation)
{
    FILE *f = fopen("/usr/share/zoneinfo/Europe/Berlin", "rb");
    assert_non_null(f);
    uint8_t bytes[8192];
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    struct zone *z = NULL;
    assert_true(zone_parse(SL_STR("x"), bytes, n, &z, NULL));
    zone_free(&z);
    for (size_t i = 0; i < n; i++) {
        uint8_t *exact = sl_malloc(i + 1); /* so that ASan sees a read beyond the end */
        memcpy(exact, bytes, i);
        bool ok = zone_parse(SL_STR("x"), exact, i, &z, NULL);
        free(exact);
        if (ok)
            fail_msg("%zu of %zu bytes were taken", i, n);
    }
}

TEST(zone_from_rule__reads_posix_rules)
{
    static const struct {
        const char *rule;
        bool ok;
    } cases[] = {
        {"CET-1CEST,M3.5.0,M10.5.0/3", true},
        {"EST5EDT,M3.2.0,M11.1.0", true},
        {"<+03>-3", true},
        {"UTC0", true},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", true},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", true},
        {"AEST-10AEDT,J274/2,J91/3", true},
        {"AAA3BBB,59,300", true},
        {"", false},
        {"CE-1", false},
        {"CET", false},
        {"CET-1CEST", false},
        {"CET-1CEST,M13.1.0,M10.5.0", false},
        {"CET-1CEST,M3.5.0", false},
        {"CET-1CEST,M3.5.0,M10.5.0x", false},
        {"<+03-3", false},
        {"CET-25", false},
        {"CET-1CEST,M3.5.0/200,M10.5.0", false},
        {"CET-1CEST,J0,J1", false},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct zone *z = NULL;
        struct sl_err err = {0};
        if (zone_from_rule(sl_cstr(cases[i].rule), &z, &err) != cases[i].ok)
            fail_msg("'%s'", cases[i].rule);
        zone_free(&z);
    }
}

TEST(zone_system__follows_tz)
{
    static const struct {
        const char *tz, *name;
        int offset_july;
    } cases[] = {{"Europe/Berlin", "Europe/Berlin", 7200},
                 {":America/New_York", "America/New_York", -4 * 3600},
                 {"EST5EDT4,M3.2.0,M11.1.0", "EST5EDT4,M3.2.0,M11.1.0", -4 * 3600},
                 {"No/Such_Zone", "UTC", 0}};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        setenv("TZ", cases[i].tz, 1);
        struct zone *z = zone_system();
        assert_string_equal(zone_name(z).p, cases[i].name);
        assert_int_equal(zone_offset(z, utc("2026-07-01 00:00:00")), cases[i].offset_july);
        zone_free(&z);
    }
    unsetenv("TZ");
    struct zone *z = zone_system();
    assert_non_null(z);
    zone_free(&z);
}

TEST(civil__days_and_dates_are_inverse)
{
    for (int64_t day = -1000000; day < 1000000; day += 37) {
        struct civil c = civil_date(day);
        assert_true(civil_days(c.year, c.month, c.day) == day);
    }
    assert_true(civil_days(1970, 1, 1) == 0 && civil_days(2000, 3, 1) == 11017 &&
                civil_days(2025, 13, 1) == civil_days(2026, 1, 1));
    assert_int_equal(civil_weekday(civil_days(2026, 11, 23)), 0);
    assert_int_equal(civil_weekday(-1), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zone_offset__is_right_around_changes_both_ways),
        cmocka_unit_test(zone_offset__agrees_with_the_c_library),
        cmocka_unit_test(zone_to_utc__finds_the_first_moment_that_clocks_show),
        cmocka_unit_test(zone_load__takes_only_names_of_the_database),
        cmocka_unit_test(zone_parse__refuses_every_truncation),
        cmocka_unit_test(zone_from_rule__reads_posix_rules),
        cmocka_unit_test(zone_system__follows_tz),
        cmocka_unit_test(civil__days_and_dates_are_inverse),
    };
    return cmocka_run_group_tests_name("policy/zone", tests, NULL, NULL);
}
