/* test_hosts.c - unit tests of proxy/net/hosts.c. */
#include "proxy/net/hosts.h"

#include "sluice/str.h"
#include "tests/support/cmocka_all.h"

static const char text[] = "# a comment\n"
                           "127.0.0.1 localhost localhost.localdomain # more\n"
                           "::1\tlocalhost\r\n"
                           "10.0.0.1   Printer.Example.  printer\n"
                           "10.0.0.2 printer\n"
                           "fe80::1%eth0 zoned\n"
                           "not-an-address x\n"
                           "10.0.0.3\n"
                           "10.0.0.4 10.0.0.5 bad_..name b\xc3\xbc"
                           "cher\n"
                           "10.0.0.6 last";

TEST(hosts_find__gives_all_addresses_in_order)
{
    static const struct {
        const char *name;
        size_t count;
        const char *first, *second;
    } cases[] = {
        {"localhost", 2, "127.0.0.1", "::1"},
        {"printer", 2, "10.0.0.1", "10.0.0.2"},
        {"printer.example", 1, "10.0.0.1", NULL},
        {"zoned", 1, "fe80::1", NULL},
        {"x", 0, NULL, NULL},
        {"10.0.0.5", 0, NULL, NULL},
        {"xn--bcher-kva", 1, "10.0.0.4", NULL},
        {"last", 1, "10.0.0.6", NULL},
        {"", 0, NULL, NULL},
        {"zzz", 0, NULL, NULL},
    };
    struct hosts *h = hosts_parse(sl_cstr(text));
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_addr found[4];
        char shown[SL_ADDR_TEXT];
        size_t n = hosts_find(h, sl_cstr(cases[i].name), found, SL_COUNT(found));
        if (n != cases[i].count)
            fail_msg("%s: %zu addresses", cases[i].name, n);
        if (n > 0)
            assert_string_equal(sl_addr_text(found[0], shown), cases[i].first);
        if (n > 1)
            assert_string_equal(sl_addr_text(found[1], shown), cases[i].second);
    }
    struct sl_addr one;
    assert_int_equal(hosts_find(h, SL_STR("localhost"), &one, 1), 1);
    hosts_unref(&h);
    assert_null(h);
}

TEST(hosts_parse__survives_anything)
{
    static const char *const odd[] = {"",  "\n\n\n", "127.0.0.1",    "127.0.0.1 \t ",
                                      "#", "\0x",    "127.0.0.1 a\r"};
    for (size_t i = 0; i < SL_COUNT(odd); i++) {
        struct hosts *h = hosts_parse(sl_cstr(odd[i])), *again = hosts_ref(h);
        hosts_unref(&h);
        assert_true(hosts_count(again) <= 1);
        hosts_unref(&again);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_find__gives_all_addresses_in_order),
        cmocka_unit_test(hosts_parse__survives_anything),
    };
    return cmocka_run_group_tests_name("proxy/net/hosts", tests, NULL, NULL);
}
