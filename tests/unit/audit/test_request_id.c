/* test_request_id.c - unit tests of audit/request_id.c. */
#include "tests/support/cmocka_all.h"

#include <stdlib.h>

#include "sluice/record.h"

static const int64_t T = (int64_t)1795424400 * 1000000; /* 2026-11-23T09:00:00Z */

TEST(request_id_make__rises_whatever_the_clock_does)
{
    static const int64_t steps_us[] = {0, 0, 1000, -5000000, 0, 1, 86400000000, -86400000000};
    uint64_t last = 0;
    int64_t now = T;
    for (unsigned round = 0; round < 20000; round++) {
        unsigned worker = round % 3;
        now += steps_us[round % SL_COUNT(steps_us)];
        uint64_t id = request_id_make(now, worker, last);
        assert_true(id > last && id <= INT64_MAX);
        assert_int_equal((id >> 12) & 1023, worker);
        last = id;
    }
}

TEST(request_id_make__gives_four_thousand_a_millisecond_and_goes_on)
{
    uint64_t last = 0;
    for (int i = 0; i < 5000; i++)
        last = request_id_make(T, 7, last);
    assert_int_equal(request_id_time_us(last), T + 1000);
}

TEST(request_id_make__keeps_workers_apart)
{
    uint64_t a = request_id_make(T, 1, 0), b = request_id_make(T, 2, 0);
    assert_true(a != b);
    assert_int_equal(request_id_time_us(a), request_id_time_us(b));
}

TEST(request_id_floor__is_the_least_id_of_its_millisecond)
{
    assert_true(request_id_floor(T) <= request_id_make(T, 0, 0));
    assert_true(request_id_floor(T) > request_id_make(T - 1000, 1023, 0));
    assert_int_equal(request_id_floor(-1), 0);
    assert_int_equal(request_id_floor(0), 0);
    assert_true(request_id_floor(INT64_MAX) <= INT64_MAX);
}

TEST(request_id_text__sorts_as_the_numbers_do)
{
    char a[REQUEST_ID_TEXT], b[REQUEST_ID_TEXT];
    uint64_t ids[] = {1,        31, 32, 1 << 20, request_id_make(T, 0, 0), request_id_make(T + 1000, 0, 0),
                      INT64_MAX};
    for (size_t i = 1; i < SL_COUNT(ids); i++) {
        request_id_text(ids[i - 1], a);
        request_id_text(ids[i], b);
        assert_int_equal(strlen(b), 13);
        assert_true(strcmp(a, b) < 0);
    }
}

TEST(request_id_parse__reads_what_text_writes)
{
    char text[REQUEST_ID_TEXT];
    uint64_t ids[] = {1, 12345678901234567, request_id_make(T, 1023, 0), INT64_MAX}, back;
    for (size_t i = 0; i < SL_COUNT(ids); i++) {
        assert_true(request_id_parse(sl_cstr(request_id_text(ids[i], text)), &back));
        assert_true(back == ids[i]);
        for (char *p = text; *p; p++)
            *p = *p >= 'a' ? (char)(*p - 32) : *p;
        assert_true(request_id_parse(sl_cstr(text), &back));
        assert_true(back == ids[i]);
    }
    assert_true(request_id_parse(sl_cstr("0ooooOOOOiIlL"), &back));
    assert_int_equal(back, 1 + 32 + 1024 + 32768);
}

TEST(request_id_parse__refuses_the_rest)
{
    static const char *const texts[] = {"",
                                        "0",
                                        "0000000000000",
                                        "8000000000000",
                                        "z000000000000",
                                        "00000000000001",
                                        "000000000000",
                                        "000000000000u",
                                        "00000000 0001",
                                        "-000000000001"};
    uint64_t id = 42;
    for (size_t i = 0; i < SL_COUNT(texts); i++)
        assert_false(request_id_parse(sl_cstr(texts[i]), &id));
    assert_false(request_id_parse(sl_str("000000\0000001", 13), &id));
    assert_false(request_id_parse(sl_str(NULL, 0), &id));
    assert_int_equal(id, 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_id_make__rises_whatever_the_clock_does),
        cmocka_unit_test(request_id_make__gives_four_thousand_a_millisecond_and_goes_on),
        cmocka_unit_test(request_id_make__keeps_workers_apart),
        cmocka_unit_test(request_id_floor__is_the_least_id_of_its_millisecond),
        cmocka_unit_test(request_id_text__sorts_as_the_numbers_do),
        cmocka_unit_test(request_id_parse__reads_what_text_writes),
        cmocka_unit_test(request_id_parse__refuses_the_rest),
    };
    return cmocka_run_group_tests_name("audit/request_id", tests, NULL, NULL);
}
