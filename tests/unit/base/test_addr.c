/* test_addr.c - unit tests of base/addr.c. */
#include "tests/support/cmocka_all.h"

#include <netinet/in.h>
#include <string.h>

#include "sluice/addr.h"

static struct sl_addr addr(const char *text)
{
    struct sl_addr a;
    assert_true(sl_addr_parse(sl_cstr(text), &a));
    return a;
}

static struct sl_cidr cidr(const char *text)
{
    struct sl_cidr net;
    assert_true(sl_cidr_parse(sl_cstr(text), &net, NULL));
    return net;
}

TEST(sl_addr_parse__is_strict)
{
    static const char *const bad[] = {
        "",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.-4",
        "01.2.3.4",
        "1.2.3.04",
        "0x1.2.3.4",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1..3.4",
        "1.2.3.",
        ".1.2.3",
        "1.2.3.4/8",
        ":",
        ":::",
        "::1::",
        "1:2:3:4:5:6:7",
        "12345::",
        "[::1]",
        "::1%eth0",
        "::1.2.3.256",
        "::ffff:1.2",
        "fe80::1%1",
        "1:2:3:4:5:6:7:8:9",
        "g::",
        "localhost",
        "1.2.3.0004",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
    };
    for (size_t i = 0; i < SL_COUNT(bad); i++) {
        struct sl_addr a;
        if (sl_addr_parse(sl_cstr(bad[i]), &a))
            fail_msg("took '%s'", bad[i]);
    }
    struct sl_addr a;
    assert_false(sl_addr_parse(sl_str("1.2.3.4\0", 8), &a));
    assert_false(sl_addr_parse(sl_str("::1\0", 4), &a));
    assert_false(sl_addr_parse(sl_str(NULL, 0), &a));
}

TEST(sl_addr_text__is_canonical)
{
    static const struct {
        const char *text, *canonical;
    } cases[] = {
        {"127.0.0.1", "127.0.0.1"},
        {"::ffff:127.0.0.1", "127.0.0.1"},
        {"::FFFF:7f00:1", "127.0.0.1"},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"::", "::"},
        {"::1", "::1"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        char buf[SL_ADDR_TEXT];
        assert_string_equal(sl_addr_text(addr(cases[i].text), buf), cases[i].canonical);
        assert_true(sl_addr_eq(addr(buf), addr(cases[i].text)));
    }
}

TEST(sl_addr__tells_families_apart)
{
    assert_true(sl_addr_is_v4(addr("0.0.0.0")) && !sl_addr_is_v4(addr("::")));
    assert_true(sl_addr_none(addr("::")) && !sl_addr_none(addr("0.0.0.0")));
    assert_false(sl_addr_eq(addr("1.2.3.4"), addr("::1.2.3.4")));
}

TEST(sl_cidr_parse__says_what_to_write)
{
    static const struct {
        const char *text, *complaint;
    } cases[] = {
        {"10.0.0.0/8", ""},
        {"10.0.0.1", ""},
        {"0.0.0.0/0", ""},
        {"::/0", ""},
        {"2001:db8::/32", ""},
        {"::ffff:10.0.0.0/104", ""},
        {"10.0.0.1/8",
         "network '10.0.0.1/8' has bits set behind its length; 10.0.0.0/8 is the network meant"},
        {"2001:db8::1/64",
         "network '2001:db8::1/64' has bits set behind its length; 2001:db8::/64 is the network meant"},
        {"10.0.0.0/33", "network '10.0.0.0/33': the length behind / goes from 0 to 32"},
        {"::/129", "network '::/129': the length behind / goes from 0 to 128"},
        {"10.0.0.0/", "network '10.0.0.0/': the length behind / goes from 0 to 32"},
        {"10.0.0.0/08", "network '10.0.0.0/08': the length behind / goes from 0 to 32"},
        {"10.0.0.0/8/8", "network '10.0.0.0/8/8': the length behind / goes from 0 to 32"},
        {"10.0.0/8", "'10.0.0/8' is not a network; write 10.0.0.0/8, 2001:db8::/32 or one address"},
        {"/8", "'/8' is not a network; write 10.0.0.0/8, 2001:db8::/32 or one address"},
        {"", "'' is not a network; write 10.0.0.0/8, 2001:db8::/32 or one address"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_cidr net;
        struct sl_err err = {0};
        assert_int_equal(sl_cidr_parse(sl_cstr(cases[i].text), &net, &err), *cases[i].complaint == '\0');
        assert_string_equal(err.msg, cases[i].complaint);
    }
}

TEST(sl_cidr_contains__compares_the_first_bits)
{
    static const struct {
        const char *net, *addr;
        bool in;
    } cases[] = {
        {"10.0.0.0/8", "10.255.255.255", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"10.0.0.0/8", "::ffff:10.1.2.3", true},
        {"0.0.0.0/0", "255.255.255.255", true},
        {"0.0.0.0/0", "::1", false},
        {"::/0", "::1", true},
        {"::/0", "1.2.3.4", false},
        {"1.2.3.4", "1.2.3.4", true},
        {"1.2.3.4", "1.2.3.5", false},
        {"2001:db8::/32", "2001:db8:ffff::", true},
        {"2001:db8::/32", "2001:db9::", false},
        {"2001:db8::/64", "2001:db8::ffff:0:0:1", true},
        {"2001:db8::/65", "2001:db8::8000:0:0:1", false},
        {"fe80::/10", "febf::1", true},
        {"fe80::/10", "fec0::1", false},
        {"::1", "::1", true},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        if (sl_cidr_contains(cidr(cases[i].net), addr(cases[i].addr)) != cases[i].in)
            fail_msg("%s in %s", cases[i].addr, cases[i].net);
}

TEST(sl_cidr_text__comes_back)
{
    static const char *const texts[] = {"10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "1.2.3.4", "::1"};
    for (size_t i = 0; i < SL_COUNT(texts); i++) {
        char buf[SL_ENDPOINT_TEXT];
        assert_string_equal(sl_cidr_text(cidr(texts[i]), buf), texts[i]);
    }
}

TEST(sl_endpoint_parse__wants_an_address_and_a_port)
{
    static const struct {
        const char *text, *complaint;
    } cases[] = {
        {"127.0.0.1:3128", ""},
        {"[::1]:0", ""},
        {"[fe80::1%7]:65535", ""},
        {"127.0.0.1:65536", "'127.0.0.1:65536': the port behind : goes from 0 to 65535"},
        {"127.0.0.1:", "'127.0.0.1:': the port behind : goes from 0 to 65535"},
        {"127.0.0.1:000080", "'127.0.0.1:000080': the port behind : goes from 0 to 65535"},
        {"127.0.0.1", "'127.0.0.1' is not an address with a port; write 127.0.0.1:3128 or [::1]:3128"},
        {"::1:80", "'::1:80' is not an address with a port; write 127.0.0.1:3128 or [::1]:3128"},
        {"[127.0.0.1]:80",
         "'[127.0.0.1]:80' is not an address with a port; write 127.0.0.1:3128 or [::1]:3128"},
        {"[::1]80", "'[::1]80' is not an address with a port; write 127.0.0.1:3128 or [::1]:3128"},
        {"[::1", "'[::1' is not an address with a port; write 127.0.0.1:3128 or [::1]:3128"},
        {"[", "'[' is not an address with a port; write 127.0.0.1:3128 or [::1]:3128"},
        {"[]:80", "'[]:80' is not an address with a port; write 127.0.0.1:3128 or [::1]:3128"},
        {"[fe80::1%]:80",
         "'[fe80::1%]:80' is not an address with a port; write 127.0.0.1:3128 or [::1]:3128"},
        {"localhost:80", "'localhost:80' is not an address with a port; write 127.0.0.1:3128 or [::1]:3128"},
        {"", "'' is not an address with a port; write 127.0.0.1:3128 or [::1]:3128"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_endpoint e;
        struct sl_err err = {0};
        char buf[SL_ENDPOINT_TEXT];
        assert_int_equal(sl_endpoint_parse(sl_cstr(cases[i].text), &e, &err), *cases[i].complaint == '\0');
        assert_string_equal(err.msg, cases[i].complaint);
        if (!*cases[i].complaint)
            assert_string_equal(sl_endpoint_text(e, buf), cases[i].text);
    }
}

TEST(sl_endpoint__goes_to_the_kernel_and_back)
{
    static const struct {
        const char *text;
        int family;
        socklen_t len;
    } cases[] = {{"192.0.2.1:80", AF_INET, sizeof(struct sockaddr_in)},
                 {"[fe80::1%3]:443", AF_INET6, sizeof(struct sockaddr_in6)}};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_endpoint e;
        struct sockaddr_storage sa;
        char buf[SL_ENDPOINT_TEXT];
        assert_true(sl_endpoint_parse(sl_cstr(cases[i].text), &e, NULL));
        assert_int_equal(sl_endpoint_to_sockaddr(e, &sa), cases[i].len);
        assert_int_equal(sa.ss_family, cases[i].family);
        assert_string_equal(sl_endpoint_text(sl_endpoint_from_sockaddr((struct sockaddr *)&sa), buf),
                            cases[i].text);
    }
    struct sockaddr_storage local = {.ss_family = AF_UNIX};
    assert_true(sl_addr_none(sl_endpoint_from_sockaddr((struct sockaddr *)&local).addr));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sl_addr_parse__is_strict),
        cmocka_unit_test(sl_addr_text__is_canonical),
        cmocka_unit_test(sl_addr__tells_families_apart),
        cmocka_unit_test(sl_cidr_parse__says_what_to_write),
        cmocka_unit_test(sl_cidr_contains__compares_the_first_bits),
        cmocka_unit_test(sl_cidr_text__comes_back),
        cmocka_unit_test(sl_endpoint_parse__wants_an_address_and_a_port),
        cmocka_unit_test(sl_endpoint__goes_to_the_kernel_and_back),
    };
    return cmocka_run_group_tests_name("base/addr", tests, NULL, NULL);
}
