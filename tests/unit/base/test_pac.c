/* test_pac.c - unit tests of base/pac.c: what the settings may say. What the file does is tested where it
 * runs, in a JavaScript engine (tests/integration/test_pac.py). */
#include "tests/support/cmocka_all.h"

#include "base/pac.h"
#include "sluice/settings.h"

static const struct {
    const char *value;
    bool ok;
} proxies[] = {
    {"gw.example:3128", true},
    {"192.0.2.1:3128", true},
    {"[2001:db8::1]:3128", true},
    {"http gw:1", true},
    {"HTTPS  gw.example:65535", true},
    {"direct", true},
    {"", false},
    {"gw.example", false},
    {"gw.example:0", false},
    {"gw.example:65536", false},
    {"socks gw.example:1080", false},
    {"https", false},
    {"gw.example:3128; DIRECT", false},
    {"gw\".example:3128", false},
    {"gw.example:3128\";alert(1)//", false},
    {"[::1]", false},
};

TEST(pac_check_proxy__takes_endpoints_and_nothing_that_could_end_a_text)
{
    for (size_t i = 0; i < SL_COUNT(proxies); i++)
        if (pac_check_proxy(sl_cstr(proxies[i].value), NULL) != proxies[i].ok)
            fail_msg("'%s'", proxies[i].value);
}

static const struct {
    const char *value;
    bool ok;
} bypasses[] = {
    {"plain", true},          {"corp.example", true}, {".corp.example", true},
    {"*.corp.example", true}, {"10.0.0.0/8", true},   {"192.0.2.7", true},
    {"2001:db8::/32", true},  {"fe80::1", true},      {"10.0.0.1/8", false},
    {"corp example", false},  {"a\"b", false},        {"*", false},
    {"x.*.y", false},         {"http://x/", false},   {"", false},
    {"a..b", false},
};

TEST(pac_check_bypass__takes_networks_domains_and_plain)
{
    for (size_t i = 0; i < SL_COUNT(bypasses); i++)
        if (pac_check_bypass(sl_cstr(bypasses[i].value), NULL) != bypasses[i].ok)
            fail_msg("'%s'", bypasses[i].value);
}

static void expect(const char *ini, bool tls, const char *line)
{
    struct settings s;
    struct conf_faults faults = {0};
    struct sl_endpoint self;
    SL_CLEANUP(sl_text_fini) struct sl_text out = {0};
    assert_true(sl_endpoint_parse(SL_STR("[2001:db8::5]:3128"), &self, NULL));
    assert_true(settings_load_text("test", sl_cstr(ini), &s, &faults));
    pac_build(&s, self, tls, &out);
    if (!strstr(out.p, line))
        fail_msg("no '%s' in\n%s", line, out.p);
    settings_fini(&s);
}

TEST(pac_build__names_the_proxies_in_order)
{
    expect("", false, "var proxies = \"PROXY [2001:db8::5]:3128\";\n");
    expect("", true, "var proxies = \"HTTPS [2001:db8::5]:3128\";\n");
    expect("[proxy]\npac_proxy = a.example:1, https b.example:2, direct\n", false,
           "var proxies = \"PROXY a.example:1; HTTPS b.example:2; DIRECT\";\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pac_check_proxy__takes_endpoints_and_nothing_that_could_end_a_text),
        cmocka_unit_test(pac_check_bypass__takes_networks_domains_and_plain),
        cmocka_unit_test(pac_build__names_the_proxies_in_order),
    };
    return cmocka_run_group_tests_name("base/pac", tests, NULL, NULL);
}
