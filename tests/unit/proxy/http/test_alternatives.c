/* test_alternatives.c - unit tests of proxy/http/alternatives.c. */
#include "tests/support/cmocka_all.h"

#include "proxy/http/alternatives.h"

TEST(alternatives_without_quic__keeps_what_leads_through_us)
{
    static const struct {
        const char *value, *left;
    } cases[] = {
        {"h3=\":443\"; ma=86400", ""},
        {"h3=\":443\"; ma=2592000,h3-29=\":443\"; ma=2592000", ""},
        {"h2=\"alt.example:443\"; ma=60, h3=\":443\"", "h2=\"alt.example:443\"; ma=60"},
        {"h3=\":443\",h2=\":444\",hq-29=\":443\",http%2F1.1=\":80\"", "h2=\":444\",http%2F1.1=\":80\""},
        {"quic=\":443\"; ma=2592000; v=\"46,43\", h2=\":1\"", "h2=\":1\""},
        {"H3-Q050=\":443\", %68%33=\":443\", %483=\":443\"", ""},
        {"clear", "clear"},
        {"h2=\"a,h3=b\"; x=\"\\\"h3\", h3=\":1\"", "h2=\"a,h3=b\"; x=\"\\\"h3\""},
        {"", ""},
        {" , ,", ""},
        {"h2=\":1\", h2=\"open", ""},
        {"h2=\":1\", h2=\"open\\", ""},
    };
    char out[200];
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        size_t n = alternatives_without_quic(sl_cstr(cases[i].value), out);
        out[n] = '\0';
        assert_string_equal(out, cases[i].left);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alternatives_without_quic__keeps_what_leads_through_us),
    };
    return cmocka_run_group_tests_name("proxy/http/alternatives", tests, NULL, NULL);
}
