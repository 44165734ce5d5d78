/* test_guard.c - what a browser may have been talked into is refused, for the right reason. */
#include "tests/support/cmocka_all.h"

#include "adminapi/guard.h"

static const char token[] = "m2Xx0vN1o4cQm0m3F5r3c0bWl2d9s7n1yqkqgHc1o8I";

static struct sl_addr address(const char *text)
{
    struct sl_addr a = {{0}};
    assert_true(sl_addr_parse(sl_cstr(text), &a));
    return a;
}

/* A change by a signed-in browser, all in order, on 10.0.0.1 with TLS. */
static struct guard_request good(void)
{
    static char name[] = "console.example", number[] = "203.0.113.7";
    static char *items[] = {name, number};
    static const struct conf_texts hostnames = {.items = items, .count = 2};
    return (struct guard_request){.session = true,
                                  .tls = true,
                                  .body = true,
                                  .host = SL_STR("console.example"),
                                  .origin = SL_STR("https://console.example"),
                                  .fetch_site = SL_STR("same-origin"),
                                  .content_type = SL_STR("application/json"),
                                  .csrf = sl_cstr(token),
                                  .csrf_expected = sl_cstr(token),
                                  .here = address("10.0.0.1"),
                                  .machine = SL_STR("gw1"),
                                  .hostnames = &hostnames};
}

TEST(guard_judge__lets_the_console_work)
{
    struct guard_request r = good();
    assert_int_equal(guard_judge(&r), GUARD_PASS);
    r.origin = r.fetch_site = (struct sl_str){0}; /* curl with a cookie */
    assert_int_equal(guard_judge(&r), GUARD_PASS);
}

TEST(guard_judge__knows_the_console_by_its_names)
{
    static const struct {
        const char *host;
        bool ours;
    } cases[] = {
        {"console.example", true},
        {"CONSOLE.example:8443", true},
        {"console.example.", true},
        {"203.0.113.7", true},
        {"10.0.0.1:8080", true},
        {"localhost:8080", true},
        {"sluice.localhost", true},
        {"127.0.0.1:8080", true},
        {"127.9.9.9", true},
        {"[::1]:8080", true},
        {"gw1", true},
        {"GW1:8443", true},
        {"", false},
        {"evil.example", false},
        {"console.example.evil.example", false},
        {"xconsole.example", false},
        {"evil.example:8080", false},
        {"10.0.0.2", false},
        {"0.0.0.0", false},
        {"[::2]", false},
        {"[::1", false},
        {"[::1]x", false},
        {"::1", false},
        {".localhost", false},
        {"notlocalhost", false},
        {"127.0.0.1.evil.example", false},
        {"127.1", false}, /* browsers send the canonical form */
        {":8080", false},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct guard_request r = {.safe = true,
                                  .host = sl_cstr(cases[i].host),
                                  .here = address("10.0.0.1"),
                                  .machine = SL_STR("gw1"),
                                  .hostnames = good().hostnames};
        if (guard_judge(&r) != (cases[i].ours ? GUARD_PASS : GUARD_HOST))
            fail_msg("Host '%s' should be %s", cases[i].host, cases[i].ours ? "ours" : "another's");
    }
}

TEST(guard_judge__takes_changes_from_its_own_pages_only)
{
    static const struct {
        const char *origin;
        bool tls;
        enum guard_verdict verdict;
    } cases[] = {
        {"https://console.example", true, GUARD_PASS},
        {"HTTPS://Console.Example", true, GUARD_PASS},
        {"http://console.example", true, GUARD_ORIGIN}, /* read by anybody on the way */
        {"http://console.example", false, GUARD_PASS},
        {"https://console.example", false, GUARD_PASS}, /* behind a proxy that ends TLS */
        {"https://console.example:8443", true, GUARD_ORIGIN},
        {"https://evil.example", true, GUARD_ORIGIN},
        {"https://console.example.evil.example", true, GUARD_ORIGIN},
        {"null", true, GUARD_ORIGIN},
        {"", true, GUARD_ORIGIN},
        {"ftp://console.example", false, GUARD_ORIGIN},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct guard_request r = good();
        r.origin = sl_cstr(cases[i].origin);
        r.tls = cases[i].tls;
        if (guard_judge(&r) != cases[i].verdict)
            fail_msg("Origin '%s', TLS %d", cases[i].origin, cases[i].tls);
    }
}

TEST(guard_judge__believes_the_browser_about_the_site)
{
    static const struct {
        const char *site;
        enum guard_verdict verdict;
    } cases[] = {
        {"same-origin", GUARD_PASS}, {"none", GUARD_PASS},        {"same-site", GUARD_SITE},
        {"cross-site", GUARD_SITE},  {"Same-Origin", GUARD_SITE}, {"", GUARD_SITE},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct guard_request r = good();
        r.fetch_site = sl_cstr(cases[i].site);
        assert_int_equal(guard_judge(&r), cases[i].verdict);
    }
}

TEST(guard_judge__wants_the_token_of_this_session)
{
    static const char *const wrong[] = {"", "m2Xx", "m2Xx0vN1o4cQm0m3F5r3c0bWl2d9s7n1yqkqgHc1o8J"};
    struct guard_request r = good();
    for (size_t i = 0; i < SL_COUNT(wrong); i++) {
        r.csrf = sl_cstr(wrong[i]);
        assert_int_equal(guard_judge(&r), GUARD_CSRF);
    }
    r.csrf = (struct sl_str){0};
    assert_int_equal(guard_judge(&r), GUARD_CSRF);
    r.csrf = r.csrf_expected = SL_STR(""); /* nothing is never the right token */
    assert_int_equal(guard_judge(&r), GUARD_CSRF);
    r.session = false; /* signing in: nobody's authority is borrowed */
    assert_int_equal(guard_judge(&r), GUARD_PASS);
}

TEST(guard_judge__takes_bodies_that_no_form_can_send)
{
    static const struct {
        const char *type;
        enum guard_verdict verdict;
    } cases[] = {
        {"application/json", GUARD_PASS},
        {"Application/JSON; charset=utf-8", GUARD_PASS},
        {"text/plain", GUARD_TYPE},
        {"application/x-www-form-urlencoded", GUARD_TYPE},
        {"multipart/form-data; boundary=x", GUARD_TYPE},
        {"text/plain; application/json", GUARD_TYPE},
        {"", GUARD_TYPE},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct guard_request r = good();
        r.content_type = sl_cstr(cases[i].type);
        assert_int_equal(guard_judge(&r), cases[i].verdict);
        r.any_type = true;
        assert_int_equal(guard_judge(&r), GUARD_PASS);
        r.any_type = r.body = false;
        assert_int_equal(guard_judge(&r), GUARD_PASS);
    }
}

TEST(guard_judge__asks_scripts_for_the_host_alone)
{
    struct guard_request r = good();
    r.token = true;
    r.session = false;
    r.origin = SL_STR("https://evil.example");
    r.fetch_site = SL_STR("cross-site");
    r.content_type = r.csrf = (struct sl_str){0};
    assert_int_equal(guard_judge(&r), GUARD_PASS);
    r.host = SL_STR("evil.example");
    assert_int_equal(guard_judge(&r), GUARD_HOST);
    r.local = true; /* the Unix socket has no names */
    assert_int_equal(guard_judge(&r), GUARD_PASS);
}

TEST(guard_judge__lets_anybody_of_the_house_read)
{
    struct guard_request r = good();
    r.safe = true;
    r.origin = SL_STR("https://evil.example");
    r.fetch_site = SL_STR("cross-site");
    r.csrf = (struct sl_str){0};
    assert_int_equal(guard_judge(&r), GUARD_PASS);
}

TEST(guard__says_why)
{
    static const unsigned statuses[] = {
        [GUARD_HOST] = 421, [GUARD_ORIGIN] = 403, [GUARD_SITE] = 403, [GUARD_CSRF] = 403, [GUARD_TYPE] = 415};
    for (enum guard_verdict v = GUARD_HOST; v <= GUARD_TYPE; v++) {
        assert_int_equal(guard_status(v), statuses[v]);
        assert_true(guard_sentence(v)[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guard_judge__lets_the_console_work),
        cmocka_unit_test(guard_judge__knows_the_console_by_its_names),
        cmocka_unit_test(guard_judge__takes_changes_from_its_own_pages_only),
        cmocka_unit_test(guard_judge__believes_the_browser_about_the_site),
        cmocka_unit_test(guard_judge__wants_the_token_of_this_session),
        cmocka_unit_test(guard_judge__takes_bodies_that_no_form_can_send),
        cmocka_unit_test(guard_judge__asks_scripts_for_the_host_alone),
        cmocka_unit_test(guard_judge__lets_anybody_of_the_house_read),
        cmocka_unit_test(guard__says_why),
    };
    return cmocka_run_group_tests_name("adminapi/guard", tests, NULL, NULL);
}
