/* test_page_ca.c - proxy/http/page_ca.c and page_guides.c: the page of our certificates in each form, and
 * whose guide comes first. */
#include "tests/support/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "proxy/http/page.h"
#include "proxy/http/page_guides.h"

enum { NOW_S = 1800000000 };

static const struct ca *create(const char *organisation)
{
    static const struct sl_str excluded = {"bank.example", 12};
    struct ca_wish wish = {.organisation = sl_cstr(organisation), .excluded = &excluded, .excluded_count = 1};
    const struct ca *ca;
    struct sl_err err = {0};
    if (!ca_create(&wish, NOW_S, &ca, &err))
        fail_msg("%s", err.msg);
    return ca;
}

/* The page of `count` authorities for this visitor; the caller frees it. */
static struct sl_text build(const struct ca_entry *entries, size_t count, const char *accept,
                            const char *user_agent)
{
    struct sl_text out = {0};
    struct page p = {.kind = PAGE_CA,
                     .now_s = NOW_S,
                     .minor = 1,
                     .accept = sl_cstr(accept),
                     .user_agent = sl_cstr(user_agent),
                     .page_host = "sluice.internal",
                     .authorities = entries,
                     .authority_count = count};
    assert_int_equal(page_build(&p, &out), 200);
    return out;
}

static void assert_has(const struct sl_text *page, const char *part)
{
    if (!strstr(page->p, part))
        fail_msg("no '%s' in:\n%s", part, page->p);
}

TEST(page_ca__shows_what_is_in_use_and_what_will_be)
{
    struct ca_entry entries[] = {{.state = CA_CURRENT, .ca = create("Sons & <Daughters>")},
                                 {.state = CA_NEXT, .ca = create("x")}};
    static const char *const forms[] = {"text/html", "application/json", "text/plain"};
    for (size_t i = 0; i < SL_COUNT(forms); i++) {
        struct sl_text page = build(entries, 2, forms[i], "");
        for (size_t k = 0; k < 2; k++) {
            SL_CLEANUP(sl_text_fini) struct sl_text link = {0};
            sl_text_addf(&link, "/ca.crt?id=%s", ca_facts(entries[k].ca)->id_text);
            assert_has(&page, link.p);
        }
        sl_text_fini(&page);
    }
    struct sl_text page = build(entries, 2, "text/html", "");
    assert_has(&page, "Sons &amp; &lt;Daughters&gt;");
    assert_has(&page, "Two certificates");
    assert_has(&page, "bank.example");
    assert_null(strstr(page.p, "<script"));
    assert_null(strstr(page.p, "{file}"));
    sl_text_fini(&page);
    ca_entries_fini(entries, 2);
}

TEST(page_ca__has_nothing_to_install_without_one)
{
    struct sl_text page = build(NULL, 0, "text/html", "Windows");
    assert_has(&page, "there is nothing to install");
    assert_null(strstr(page.p, "<details"));
    sl_text_fini(&page);
}

TEST(page_ca__opens_the_visitors_own_way_first)
{
    struct ca_entry entry = {.ca = create("x")};
    struct sl_text page =
        build(&entry, 1, "text/html", "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.6) Safari/605");
    const char *first = strstr(page.p, "<details");
    assert_non_null(first);
    assert_memory_equal(first, "<details id=\"macos\" open>", 25);
    assert_null(strstr(first + 25, " open>"));
    sl_text_fini(&page);
    ca_entries_fini(&entry, 1);
}

TEST(guide_of__knows_systems_and_programs)
{
    static const struct {
        const char *user_agent, *system, *browser;
    } cases[] = {
        {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0 Safari/537.36 Edg/131.0", "windows",
         NULL},
        {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604.1", "ios", NULL},
        {"Mozilla/5.0 (Linux; Android 15) Chrome/131.0.0.0 Mobile Safari/537.36", "android", NULL},
        {"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/131.0.0.0 Safari/537.36", "chromeos", "chrome"},
        {"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "debian",
         "firefox"},
        {"Mozilla/5.0 (X11; Fedora; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "rhel", "firefox"},
        {"curl/7.88.1", "curl", NULL},
        {"python-requests/2.32.3", "python", NULL},
        {"Java/21.0.4", "java", NULL},
        {"git/2.39.5", "git", NULL},
        {"", NULL, NULL},
        {"something else", NULL, NULL},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_str user_agent = sl_cstr(cases[i].user_agent);
        int system = guide_of(user_agent), browser = guide_of_browser(user_agent);
        assert_string_equal(system < 0 ? "" : guides[system].id, cases[i].system ? cases[i].system : "");
        assert_string_equal(browser < 0 ? "" : guides[browser].id, cases[i].browser ? cases[i].browser : "");
    }
}

static size_t occurrences(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, part)); at++)
        n++;
    return n;
}

TEST(guides__close_what_they_open)
{
    static const char *const tags[] = {"ol", "li", "p", "b", "pre", "code"};
    for (size_t i = 0; i < guide_count; i++)
        for (size_t k = 0; k < SL_COUNT(tags); k++) {
            char begin[8], end[8];
            snprintf(begin, sizeof begin, "<%s>", tags[k]);
            snprintf(end, sizeof end, "</%s>", tags[k]);
            if (occurrences(guides[i].html, begin) != occurrences(guides[i].html, end))
                fail_msg("%s: %s", guides[i].id, tags[k]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_ca__shows_what_is_in_use_and_what_will_be),
        cmocka_unit_test(page_ca__has_nothing_to_install_without_one),
        cmocka_unit_test(page_ca__opens_the_visitors_own_way_first),
        cmocka_unit_test(guide_of__knows_systems_and_programs),
        cmocka_unit_test(guides__close_what_they_open),
    };
    return cmocka_run_group_tests_name("proxy/http/page_ca", tests, NULL, NULL);
}
