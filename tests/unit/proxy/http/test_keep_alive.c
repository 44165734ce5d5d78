/* test_keep_alive.c - unit tests of proxy/http/keep_alive.c. */
#include "proxy/http/keep_alive.h"

#include <stdio.h>

#include "tests/support/cmocka_all.h"

TEST(keep_alive_ms__reads_what_is_plain)
{
    static const struct {
        const char *field;
        int64_t ms;
    } cases[] = {
        {"timeout=5", 5000},
        {"timeout=5, max=100", 5000},
        {"max=100,Timeout=15", 15000},
        {"max=100", 0},
        {"timeout=", 0},
        {"timeout=-1", 0},
        {"timeout=5s", 0},
        {"timeout=99999999999", 0},
        {"timeout=\"5\"", 0},
        {"timeout", 0},
        {",", 0},
        {"timeout=0", 0},
        {"timeout=86400", 86400000},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        char text[200];
        struct head h;
        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nKeep-Alive: %s\r\nContent-Length: 0\r\n\r\n",
                 cases[i].field);
        head_init(&h);
        assert_int_equal(
            head_parse_response(&h, text, strlen(text), (struct head_limits){4096, 20}, METHOD_GET),
            HEAD_DONE);
        if (keep_alive_ms(&h) != cases[i].ms)
            fail_msg("%s", cases[i].field);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keep_alive_ms__reads_what_is_plain)};
    return cmocka_run_group_tests_name("proxy/http/keep_alive", tests, NULL, NULL);
}
