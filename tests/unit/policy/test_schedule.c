/* test_schedule.c - unit tests of policy/schedule.c. */
#include "tests/support/cmocka_all.h"

#include <inttypes.h>

#include "policy/civil.h"
#include "policy/schedule.h"
#include "sluice/clock.h"

static int64_t at(const char *rfc3339)
{
    int64_t us;
    if (!sl_rfc3339_parse(sl_cstr(rfc3339), &us))
        fail_msg("bad time %s", rfc3339);
    return us / 1000000;
}

TEST(schedule_days_parse__knows_days_ranges_and_lists)
{
    static const struct {
        const char *text;
        unsigned days; /* 0: an error */
    } cases[] = {
        {"mon", 0x01},     {"mon-fri", 0x1f}, {"sat,sun", 0x60},      {"all", 0x7f},
        {"sun-mon", 0x41}, {"fri-mon", 0x71}, {"Mon-Wed, fri", 0x17}, {"mon-mon", 0x01},
        {"mon-sun", 0x7f}, {"", 0},           {"monday", 0},          {"mon-", 0},
        {"-mon", 0},       {"mon,,tue", 0},   {"mon-fri-sat", 0},     {"1-5", 0},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        uint8_t days = 0;
        struct sl_err err = {0};
        bool ok = schedule_days_parse(sl_cstr(cases[i].text), &days, &err);
        if (ok != (cases[i].days != 0) || days != cases[i].days)
            fail_msg("'%s' gave %02x", cases[i].text, days);
        assert_int_equal(err.msg[0] == '\0', ok);
    }
}

TEST(schedule_clock_parse__wants_two_digits_each)
{
    static const struct {
        const char *text;
        int minute; /* -1: an error */
    } cases[] = {{"00:00", 0},  {"08:30", 510}, {"23:59", 1439}, {"24:00", 1440},
                 {"24:01", -1}, {"8:30", -1},   {"08:60", -1},   {"0830", -1},
                 {"", -1},      {"08:3x", -1},  {"+8:30", -1},   {"25:00", -1}};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        int minute = -1;
        schedule_clock_parse(sl_cstr(cases[i].text), &minute, NULL);
        assert_int_equal(minute, cases[i].minute);
    }
}

TEST(schedule_holds__by_the_clocks_of_its_zone)
{
    static const struct {
        const char *days;
        int from, to;
        const char *at;
        bool holds;
    } cases[] = {
        /* 2026-11-23 is a Monday. */
        {"mon-fri", 480, 1080, "2026-11-23T08:00:00+01:00", true},
        {"mon-fri", 480, 1080, "2026-11-23T07:59:59+01:00", false},
        {"mon-fri", 480, 1080, "2026-11-23T17:59:59+01:00", true},
        {"mon-fri", 480, 1080, "2026-11-23T18:00:00+01:00", false},
        {"mon-fri", 480, 1080, "2026-11-22T10:00:00+01:00", false},
        {"mon-fri", 480, 1080, "2026-11-23T07:00:00Z", true}, /* 08:00 in Berlin */
        {"all", 0, 1440, "2026-11-23T23:59:59+01:00", true},
        /* Past midnight a span belongs to the day on which it starts. */
        {"fri", 1320, 360, "2026-11-27T21:59:59+01:00", false},
        {"fri", 1320, 360, "2026-11-27T22:00:00+01:00", true},
        {"fri", 1320, 360, "2026-11-28T05:59:59+01:00", true},
        {"fri", 1320, 360, "2026-11-28T06:00:00+01:00", false},
        {"fri", 1320, 360, "2026-11-27T03:00:00+01:00", false}, /* that night began on Thursday */
        {"sun", 1320, 360, "2026-11-23T03:00:00+01:00", true},  /* over the end of the week */
        {"sat", 1320, 1440, "2026-11-28T23:00:00+01:00", true},
        /* 2026-03-29 clocks go from 02:00 to 03:00. */
        {"sun", 60, 120, "2026-03-29T01:59:59+01:00", true},
        {"sun", 60, 120, "2026-03-29T03:00:00+02:00", false},
        {"sun", 150, 240, "2026-03-29T01:59:59+01:00", false},
        {"sun", 150, 240, "2026-03-29T03:00:00+02:00", true}, /* 02:30 never came, 03:00 is within */
        {"sun", 130, 170, "2026-03-29T03:00:00+02:00", false},
        {"sat", 1320, 360, "2026-03-29T05:59:59+02:00", true},
        {"sat", 1320, 360, "2026-03-29T06:00:00+02:00", false},
        {"mon-fri", 480, 1080, "2026-03-30T08:00:00+02:00", true},
        {"mon-fri", 480, 1080, "2026-03-30T06:30:00Z", true},
        /* 2026-10-25 clocks go from 03:00 back to 02:00: the hour is there twice. */
        {"sun", 120, 180, "2026-10-25T02:30:00+02:00", true},
        {"sun", 120, 180, "2026-10-25T02:30:00+01:00", true},
        {"sun", 120, 180, "2026-10-25T03:00:00+01:00", false},
        {"sun", 180, 240, "2026-10-25T02:30:00+01:00", false},
        {"sat", 1320, 150, "2026-10-25T02:29:00+01:00", true},
    };
    struct zone *berlin = NULL;
    assert_true(zone_load(SL_STR("Europe/Berlin"), &berlin, NULL));
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct schedule_span span = {.from = cases[i].from, .to = cases[i].to};
        assert_true(schedule_days_parse(sl_cstr(cases[i].days), &span.days, NULL));
        struct schedule s = {.zone = berlin};
        schedule_add(&s, span);
        if (schedule_holds(&s, at(cases[i].at)) != cases[i].holds)
            fail_msg("%s %d-%d at %s", cases[i].days, cases[i].from, cases[i].to, cases[i].at);
    }
    zone_free(&berlin);
}

/* ---- the next change ---- */

struct change {
    const char *days;
    int from, to;
    const char *except, *at, *next; /* next "": never */
};

static void expect_next(const struct zone *zone, const struct change *c)
{
    struct schedule_span span = {.from = c->from, .to = c->to};
    struct schedule s = {.zone = zone};
    int64_t day;
    assert_true(schedule_days_parse(sl_cstr(c->days), &span.days, NULL));
    schedule_add(&s, span);
    if (*c->except) {
        assert_true(civil_parse(sl_cstr(c->except), &day));
        s.except = &day;
        s.except_count = 1;
    }
    int64_t next = schedule_next_change(&s, at(c->at)), expected = *c->next ? at(c->next) : INT64_MAX;
    if (next != expected)
        fail_msg("%s %d-%d at %s: %+" PRId64 " s off", c->days, c->from, c->to, c->at, next - expected);
}

TEST(schedule_next_change__is_the_next_edge_by_the_clocks)
{
    static const struct change cases[] = {
        {"mon-fri", 480, 1080, "", "2026-11-23T07:59:59+01:00", "2026-11-23T08:00:00+01:00"},
        {"mon-fri", 480, 1080, "", "2026-11-23T08:00:00+01:00", "2026-11-23T18:00:00+01:00"},
        {"mon-fri", 480, 1080, "", "2026-11-27T18:00:00+01:00", "2026-11-30T08:00:00+01:00"},
        {"all", 0, 1440, "", "2026-11-23T12:00:00+01:00", ""},
        {"mon", 0, 1440, "", "2026-11-23T12:00:00+01:00", "2026-11-24T00:00:00+01:00"},
        {"fri", 1320, 360, "", "2026-11-27T23:00:00+01:00", "2026-11-28T06:00:00+01:00"},
        {"sun", 1320, 360, "", "2026-11-22T23:00:00+01:00", "2026-11-23T06:00:00+01:00"},
        /* 2026-03-29 02:00-03:00 is not there: the span of 02:10-02:50 is left out for a week. */
        {"sun", 130, 170, "", "2026-03-28T12:00:00+01:00", "2026-04-05T02:10:00+02:00"},
        {"sun", 150, 240, "", "2026-03-29T00:00:00+01:00", "2026-03-29T03:00:00+02:00"},
        {"sun", 60, 120, "", "2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00"},
        {"mon-fri", 480, 1080, "", "2026-03-28T12:00:00+01:00", "2026-03-30T08:00:00+02:00"},
        /* 2026-10-25 02:00-03:00 is there twice: so is the span of 02:10-02:50. */
        {"sun", 130, 170, "", "2026-10-25T02:20:00+02:00", "2026-10-25T02:50:00+02:00"},
        {"sun", 130, 170, "", "2026-10-25T02:50:00+02:00", "2026-10-25T02:10:00+01:00"},
        {"sun", 120, 180, "", "2026-10-25T02:30:00+02:00", "2026-10-25T03:00:00+01:00"},
        {"sat", 1320, 150, "", "2026-10-25T02:20:00+02:00", "2026-10-25T02:30:00+02:00"},
        /* A holiday: nothing begins; what began the evening before runs out. */
        {"mon-fri", 480, 1080, "2026-12-25", "2026-12-24T18:00:00+01:00", "2026-12-28T08:00:00+01:00"},
        {"all", 0, 1440, "2026-12-25", "2026-01-01T00:00:00+01:00", "2026-12-25T00:00:00+01:00"},
        {"all", 0, 1440, "2026-12-25", "2026-12-25T10:00:00+01:00", "2026-12-26T00:00:00+01:00"},
        {"all", 0, 1440, "2026-12-25", "2026-12-26T00:00:00+01:00", ""},
        {"all", 1320, 360, "2026-12-25", "2026-12-25T01:00:00+01:00", "2026-12-25T06:00:00+01:00"},
        {"all", 1320, 360, "2026-12-25", "2026-12-25T06:00:00+01:00", "2026-12-26T22:00:00+01:00"},
    };
    struct zone *berlin = NULL;
    assert_true(zone_load(SL_STR("Europe/Berlin"), &berlin, NULL));
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        expect_next(berlin, &cases[i]);
    zone_free(&berlin);
}

/* Walks two days around each change of clocks second by second, or rather by quarter minutes. */
TEST(schedule_next_change__finds_every_change_around_summer_time)
{
    static const char *const starts[] = {"2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z",
                                         "2026-04-04T00:00:00Z"};
    static const char *const zones[] = {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe"};
    for (size_t i = 0; i < SL_COUNT(starts) * SL_COUNT(zones); i++) {
        struct zone *zone = NULL;
        assert_true(zone_load(sl_cstr(zones[i % SL_COUNT(zones)]), &zone, NULL));
        struct schedule s = {.zone = zone};
        schedule_add(&s, (struct schedule_span){.days = 0x55, .from = 90, .to = 137});
        schedule_add(&s, (struct schedule_span){.days = 0x2a, .from = 1409, .to = 110});
        int64_t t = at(starts[i / SL_COUNT(zones)]), end = t + 2 * DAY_S;
        int64_t next = schedule_next_change(&s, t);
        for (bool holds = schedule_holds(&s, t); t < end; t += 15) {
            bool now = schedule_holds(&s, t);
            if (now != holds && next != t)
                fail_msg("%s: a change at %" PRId64 " was not foreseen", zones[i % SL_COUNT(zones)], t);
            if (next <= t)
                next = schedule_next_change(&s, t);
            assert_true(now != holds || next > t);
            holds = now;
        }
        zone_free(&zone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedule_days_parse__knows_days_ranges_and_lists),
        cmocka_unit_test(schedule_clock_parse__wants_two_digits_each),
        cmocka_unit_test(schedule_holds__by_the_clocks_of_its_zone),
        cmocka_unit_test(schedule_next_change__is_the_next_edge_by_the_clocks),
        cmocka_unit_test(schedule_next_change__finds_every_change_around_summer_time),
    };
    return cmocka_run_group_tests_name("policy/schedule", tests, NULL, NULL);
}
