/* test_quota.c - unit tests of policy/quota.c. */
#include "tests/support/cmocka_all.h"

#include "policy/quota.h"
#include "sluice/clock.h"

static int64_t at(const char *rfc3339)
{
    int64_t us;
    if (!sl_rfc3339_parse(sl_cstr(rfc3339), &us))
        fail_msg("bad time %s", rfc3339);
    return us / 1000000;
}

static struct zone *zone(const char *name)
{
    struct zone *z = NULL;
    assert_true(zone_load(sl_cstr(name), &z, NULL));
    return z;
}

TEST(quota_bounds__follow_the_clocks)
{
    static const struct {
        const char *zone;
        enum quota_window window;
        const char *at, *start, *end;
    } cases[] = {
        {"Europe/Berlin", QUOTA_DAY, "2026-11-23T10:00:00+01:00", "2026-11-23T00:00:00+01:00",
         "2026-11-24T00:00:00+01:00"},
        {"Europe/Berlin", QUOTA_DAY, "2026-11-23T00:00:00+01:00", "2026-11-23T00:00:00+01:00",
         "2026-11-24T00:00:00+01:00"},
        {"Europe/Berlin", QUOTA_DAY, "2026-03-29T12:00:00+02:00", "2026-03-29T00:00:00+01:00",
         "2026-03-30T00:00:00+02:00"},
        {"Europe/Berlin", QUOTA_DAY, "2026-10-25T12:00:00+01:00", "2026-10-25T00:00:00+02:00",
         "2026-10-26T00:00:00+01:00"},
        {"Europe/Berlin", QUOTA_WEEK, "2026-11-29T23:59:59+01:00", "2026-11-23T00:00:00+01:00",
         "2026-11-30T00:00:00+01:00"},
        {"Europe/Berlin", QUOTA_WEEK, "2026-11-23T00:00:00+01:00", "2026-11-23T00:00:00+01:00",
         "2026-11-30T00:00:00+01:00"},
        {"Europe/Berlin", QUOTA_MONTH, "2026-12-31T23:59:59+01:00", "2026-12-01T00:00:00+01:00",
         "2027-01-01T00:00:00+01:00"},
        {"Europe/Berlin", QUOTA_MONTH, "2028-02-29T12:00:00+01:00", "2028-02-01T00:00:00+01:00",
         "2028-03-01T00:00:00+01:00"},
        {"Europe/Berlin", QUOTA_HOUR, "2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+02:00",
         "2026-10-25T02:00:00+01:00"},
        {"Europe/Berlin", QUOTA_HOUR, "2026-10-25T02:30:00+01:00", "2026-10-25T02:00:00+01:00",
         "2026-10-25T03:00:00+01:00"},
        {"Asia/Kolkata", QUOTA_HOUR, "2026-11-23T10:10:00+05:30", "2026-11-23T10:00:00+05:30",
         "2026-11-23T11:00:00+05:30"},
        {"America/Sao_Paulo", QUOTA_DAY, "2018-11-04T12:00:00-02:00", "2018-11-04T01:00:00-02:00",
         "2018-11-05T00:00:00-02:00"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct zone *z = zone(cases[i].zone);
        int64_t start, end;
        quota_bounds(z, cases[i].window, at(cases[i].at), &start, &end);
        if (start != at(cases[i].start) || end != at(cases[i].end))
            fail_msg("%s %s: %lld to %lld", cases[i].zone, cases[i].at, (long long)start, (long long)end);
        zone_free(&z);
    }
}

/* Walks from window to window: each moment is in its window, and windows meet without gap or overlap. */
TEST(quota_bounds__tile_time)
{
    static const char *const zones[] = {"Europe/Berlin",    "Australia/Lord_Howe", "America/Havana",
                                        "Pacific/Apia",     "America/Sao_Paulo",   "Asia/Kathmandu",
                                        "Africa/Casablanca"};
    for (size_t i = 0; i < SL_COUNT(zones); i++) {
        struct zone *z = zone(zones[i]);
        for (enum quota_window w = QUOTA_HOUR; w <= QUOTA_MONTH; w++) {
            int64_t t = at("2011-11-01T00:00:00Z"),
                    stop = at(w == QUOTA_HOUR ? "2012-12-01T00:00:00Z" : "2030-01-01T00:00:00Z");
            int64_t start, end, last_end = 0;
            while (t < stop) {
                quota_bounds(z, w, t, &start, &end);
                if (start > t || end <= t || (last_end && start != last_end))
                    fail_msg("%s window %d at %lld: %lld to %lld after %lld", zones[i], w, (long long)t,
                             (long long)start, (long long)end, (long long)last_end);
                int64_t again_start, again_end;
                quota_bounds(z, w, end - 1, &again_start, &again_end);
                assert_true(again_start == start && again_end == end);
                t = last_end = end;
            }
        }
        zone_free(&z);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quota_bounds__follow_the_clocks),
        cmocka_unit_test(quota_bounds__tile_time),
    };
    return cmocka_run_group_tests_name("policy/quota", tests, NULL, NULL);
}
