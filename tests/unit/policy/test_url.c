/* test_url.c - unit tests of policy/url*.c. The spellings stand in tests/golden/url, one "input TAB answer" a
 * line; SL_GOLDEN=write renews the answers, to be reviewed as a diff. */
#include "tests/support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "sluice/url.h"

enum reader { ABSOLUTE, AUTHORITY, LOOSE, HOST, PATH, EVASION };

static struct sl_arena arena;

static int setup(void **state)
{
    sl_arena_init(&arena, 0);
    return 0;
}

static int teardown(void **state)
{
    sl_arena_fini(&arena);
    return 0;
}

/* The canonical text of input by one of the readers, or the error. */
static struct sl_str canonical(enum reader reader, struct sl_str input, struct sl_err *err)
{
    struct sl_url url;
    struct sl_str text;
    struct sl_addr addr;
    bool is_addr, ok = false;
    switch (reader) {
    case EVASION:
        ok = sl_url_parse(input, &arena, &url, err);
        if (ok && sl_str_ends(url.host, SL_STR("other.test")))
            fail_msg("'%.*s' got to %.*s", SL_FMT(input), SL_FMT(url.host));
        return ok ? url.text : sl_str(NULL, 0);
    case ABSOLUTE:
        ok = sl_url_parse(input, &arena, &url, err);
        return ok ? url.text : sl_str(NULL, 0);
    case AUTHORITY:
        ok = sl_url_parse_authority(input, &arena, &url, err);
        return ok ? url.text : sl_str(NULL, 0);
    case LOOSE:
        ok = sl_url_parse_loose(input, &arena, &url, err);
        return ok ? url.text : sl_str(NULL, 0);
    case HOST:
        ok = sl_host_parse(input, &arena, &text, &is_addr, &addr, err);
        return ok ? text : sl_str(NULL, 0);
    case PATH:
        ok = sl_path_canonical(input, &arena, &text, err);
        return ok ? text : sl_str(NULL, 0);
    }
    return sl_str(NULL, 0);
}

/* "\xHH" becomes its byte. */
static struct sl_str unescape(const char *text)
{
    char *out = sl_arena_bytes(&arena, strlen(text) + 1), *o = out;
    for (const char *p = text; *p; p++) {
        unsigned byte;
        if (p[0] == '\\' && p[1] == 'x' && sscanf(p + 2, "%2x", &byte) == 1) {
            *o++ = (char)byte;
            p += 3;
        } else {
            *o++ = *p;
        }
    }
    return sl_str(out, (size_t)(o - out));
}

/* Compares each line of the golden file, or adds what it should be to renewed. */
static void check_line(enum reader reader, const char *name, char *line, struct sl_text *renewed)
{
    char *tab = strchr(line, '\t');
    if (tab)
        *tab = '\0';
    struct sl_err err = {0};
    struct sl_str got = canonical(reader, unescape(line), &err);
    char *answer =
        got.p ? sl_arena_printf(&arena, "%.*s", SL_FMT(got)) : sl_arena_printf(&arena, "error: %s", err.msg);
    sl_text_addf(renewed, "%s\t%s\n", line, answer);
    if (getenv("SL_GOLDEN"))
        return;
    if (!tab || strcmp(tab + 1, answer) != 0)
        fail_msg("%s: '%s' gave '%s', the golden answer is '%s'", name, line, answer,
                 tab ? tab + 1 : "(none)");
    if (!got.p) {
        assert_int_equal(err.code, SL_BAD_INPUT);
        return;
    }
    struct sl_str again = canonical(reader, got, &err);
    if (!again.p || !sl_str_eq(again, got))
        fail_msg("%s: '%s' is not its own canonical form", name, answer);
}

static void check_golden(enum reader reader, const char *name)
{
    char line[1024], path[512];
    struct sl_text renewed = {0};
    snprintf(path, sizeof path, "%s/tests/golden/url/%s.tsv", SLUICE_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#')
            sl_text_addf(&renewed, "%s\n", line);
        else
            check_line(reader, name, line, &renewed);
    }
    fclose(file);
    const char *mode = getenv("SL_GOLDEN");
    if (mode && strcmp(mode, "write") == 0) {
        file = fopen(path, "w");
        assert_non_null(file);
        fwrite(renewed.p, 1, renewed.n, file);
        assert_int_equal(fclose(file), 0);
    }
    sl_text_fini(&renewed);
}

TEST(sl_url_parse__agrees_with_the_golden_answers)
{
    check_golden(ABSOLUTE, "absolute");
}

TEST(sl_url_parse_authority__agrees_with_the_golden_answers)
{
    check_golden(AUTHORITY, "authority");
}

TEST(sl_url_parse_loose__agrees_with_the_golden_answers)
{
    check_golden(LOOSE, "loose");
}

TEST(sl_host_parse__agrees_with_the_golden_answers)
{
    check_golden(HOST, "host");
}

TEST(sl_path_canonical__agrees_with_the_golden_answers)
{
    check_golden(PATH, "path");
}

TEST(sl_url_parse__is_not_taken_in_by_spelling)
{
    check_golden(EVASION, "evasion");
}

#define assert_str(got, wanted)                                          \
    do {                                                                 \
        struct sl_str got_ = (got);                                      \
        if (!sl_str_eq(got_, sl_cstr(wanted)))                           \
            fail_msg("got '%.*s', wanted '%s'", SL_FMT(got_), (wanted)); \
    } while (0)

TEST(sl_url_parse__tells_the_parts)
{
    static const struct {
        const char *text, *scheme, *host, *path, *query, *match;
        uint16_t port;
        bool has_query, default_port, is_addr;
    } cases[] = {
        {"http://a.example/p/q?x=1", "http", "a.example", "/p/q", "x=1", "a.example/p/q?x=1", 80, true, true,
         false},
        {"http://A.example/p/q?x=1", "http", "a.example", "/p/q", "x=1", "a.example/p/q?x=1", 80, true, true,
         false},
        {"https://a.example:8443/", "https", "a.example", "/", "", "a.example:8443/", 8443, false, false,
         false},
        {"https://a.example:443?", "https", "a.example", "/", "", "a.example/?", 443, true, true, false},
        {"ws://u:p@a.example", "ws", "a.example", "/", "", "a.example/", 80, false, true, false},
        {"http://[::1]:81/x", "http", "::1", "/x", "", "[::1]:81/x", 81, false, false, true},
        {"http://[::ffff:1.2.3.4]/", "http", "1.2.3.4", "/", "", "1.2.3.4/", 80, false, true, true},
        {"http://1.2.3.4/?", "http", "1.2.3.4", "/", "", "1.2.3.4/?", 80, true, true, true},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_url url;
        assert_true(sl_url_parse(sl_cstr(cases[i].text), &arena, &url, NULL));
        assert_str(url.scheme, cases[i].scheme);
        assert_str(url.host, cases[i].host);
        assert_str(url.path, cases[i].path);
        assert_str(url.query, cases[i].query);
        assert_str(url.match, cases[i].match);
        assert_true(url.match.p + url.match.n == url.text.p + url.text.n);
        assert_int_equal(url.port, cases[i].port);
        assert_int_equal(url.has_query, cases[i].has_query);
        assert_int_equal(url.default_port, cases[i].default_port);
        assert_int_equal(url.host_is_addr, cases[i].is_addr);
    }
}

TEST(sl_url_parse_authority__has_no_scheme_and_no_path)
{
    struct sl_url url;
    assert_true(sl_url_parse_authority(SL_STR("Mail.Example:993"), &arena, &url, NULL));
    assert_str(url.text, "mail.example:993");
    assert_str(url.match, "mail.example:993");
    assert_str(url.host, "mail.example");
    assert_int_equal(url.scheme.n + url.path.n + url.query.n, 0);
    assert_int_equal(url.port, 993);
    assert_false(url.default_port);
    assert_true(sl_url_parse_authority(SL_STR("[2001:db8::7]:443"), &arena, &url, NULL));
    assert_str(url.host, "2001:db8::7");
    assert_true(url.host_is_addr && url.default_port);
    assert_int_equal(url.addr.b[15], 7);
}

TEST(sl_url_parse__copies_nothing_when_nothing_changes)
{
    static const char *const texts[] = {
        "http://example.com/",
        "https://a-b_c.example:8443/p/.x/%2F%C3%A9/y.html?q=a/../b?c",
        "http://10.0.0.1/~u/a.b..c",
    };
    struct sl_arena none;
    char capital[128];
    sl_arena_init(&none, 1);
    for (size_t i = 0; i < SL_COUNT(texts); i++) {
        struct sl_url url;
        assert_true(sl_url_parse(sl_cstr(texts[i]), &none, &url, NULL));
        assert_ptr_equal(url.text.p, texts[i]);
        assert_int_equal(url.text.n, strlen(texts[i]));
        /* The long way, which a capital in the scheme takes, comes to the same. */
        snprintf(capital, sizeof capital, "H%s", texts[i] + 1);
        assert_true(sl_url_parse(sl_cstr(capital), &arena, &url, NULL));
        assert_str(url.text, texts[i]);
    }
    assert_int_equal(none.used, 0);
    sl_arena_fini(&none);
}

TEST(sl_url_parse__full_arena_is_a_limit)
{
    struct sl_arena small;
    struct sl_url url;
    struct sl_err err = {0};
    sl_arena_init(&small, 16);
    assert_false(sl_url_parse(SL_STR("http://EXAMPLE.com/"), &small, &url, &err));
    assert_int_equal(err.code, SL_LIMIT);
    assert_false(sl_url_parse_loose(SL_STR("example.com/long/enough"), &small, &url, &err));
    assert_int_equal(err.code, SL_LIMIT);
    sl_arena_fini(&small);
}

/* Each text gets an allocation of exactly its length, so that the sanitizer sees a byte read too many. */
TEST(sl_url_parse__reads_no_byte_beyond_the_text)
{
    static const char text[] = "https://h%65.example:8080/a/%2e/%C3.x?q=%4#f";
    for (size_t n = 0; n < sizeof text; n++) {
        char *exact = sl_malloc(n ? n : 1);
        struct sl_url url;
        memcpy(exact, text, n);
        sl_url_parse(sl_str(exact, n), &arena, &url, NULL);
        sl_url_parse_authority(sl_str(exact, n), &arena, &url, NULL);
        sl_url_parse_loose(sl_str(exact, n), &arena, &url, NULL);
        free(exact);
    }
}

TEST(sl_url_parse__bounds_host_and_keeps_long_paths)
{
    struct sl_text text = {0};
    struct sl_url url;
    struct sl_err err = {0};
    sl_text_add(&text, SL_STR("http://"));
    for (int i = 0; i < 127; i++)
        sl_text_add(&text, SL_STR("a."));
    assert_true(sl_url_parse(sl_text_str(&text), &arena, &url, &err));
    assert_int_equal(url.host.n, 253);
    sl_text_add(&text, SL_STR("a"));
    assert_false(sl_url_parse(sl_text_str(&text), &arena, &url, &err));
    sl_text_clear(&text);
    sl_text_add(&text, SL_STR("http://a.example/"));
    for (int i = 0; i < 60000; i++)
        sl_text_add(&text, SL_STR("%41/"));
    assert_true(sl_url_parse(sl_text_str(&text), &arena, &url, &err));
    assert_int_equal(url.path.n, 1 + 60000 * 2);
    sl_text_fini(&text);
}

TEST(sl_host_is_country_suffix__knows_registries_alone)
{
    static const char *const yes[] = {"co.uk",       "com.br",        "k12.ca.us",
                                      "anything.ck", "pvt.k12.ma.us", "xn--o1ac.xn--90a3ac"};
    static const char *const no[] = {"",          "uk",           "example.uk", "example.co.uk",
                                     "github.io", "blogspot.com", "com",        "co.uk.example.com",
                                     "www.ck",    "a.b.c.d.uk",   "example.de"};
    for (size_t i = 0; i < SL_COUNT(yes); i++)
        if (!sl_host_is_country_suffix(sl_cstr(yes[i])))
            fail_msg("%s", yes[i]);
    for (size_t i = 0; i < SL_COUNT(no); i++)
        if (sl_host_is_country_suffix(sl_cstr(no[i])))
            fail_msg("%s", no[i]);
}

TEST(sl_host_registrable__asks_the_public_suffix_list)
{
    static const struct {
        const char *host, *domain;
    } cases[] = {
        {"www.example.com", "example.com"},
        {"example.com", "example.com"},
        {"a.b.example.co.uk", "example.co.uk"},
        {"co.uk", "co.uk"},
        {"x.y.github.io", "y.github.io"},
        {"com", "com"},
        {"localhost", "localhost"},
        {"printer.lan", "printer.lan"},
        {"www.printer.lan", "printer.lan"},
        {"10.1.2.3", "10.1.2.3"},
        {"2001:db8::1", "2001:db8::1"},
        {"www.xn--bcher-kva.de", "xn--bcher-kva.de"},
        {"", ""},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        assert_str(sl_host_registrable(sl_cstr(cases[i].host)), cases[i].domain);
}

TEST(sl_url_parse__names_the_value_in_errors)
{
    struct sl_err err = {0};
    struct sl_url url;
    assert_false(sl_url_parse(SL_STR("http://a\x01"
                                     "b/"),
                              &arena, &url, &err));
    assert_string_equal(err.msg,
                        "url 'http://a\\x01b/' has a space or control byte; write it as %20 or its like");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sl_url_parse__agrees_with_the_golden_answers),
        cmocka_unit_test(sl_url_parse_authority__agrees_with_the_golden_answers),
        cmocka_unit_test(sl_url_parse_loose__agrees_with_the_golden_answers),
        cmocka_unit_test(sl_host_parse__agrees_with_the_golden_answers),
        cmocka_unit_test(sl_path_canonical__agrees_with_the_golden_answers),
        cmocka_unit_test(sl_url_parse__is_not_taken_in_by_spelling),
        cmocka_unit_test(sl_url_parse__tells_the_parts),
        cmocka_unit_test(sl_url_parse_authority__has_no_scheme_and_no_path),
        cmocka_unit_test(sl_url_parse__copies_nothing_when_nothing_changes),
        cmocka_unit_test(sl_url_parse__full_arena_is_a_limit),
        cmocka_unit_test(sl_url_parse__reads_no_byte_beyond_the_text),
        cmocka_unit_test(sl_url_parse__bounds_host_and_keeps_long_paths),
        cmocka_unit_test(sl_host_registrable__asks_the_public_suffix_list),
        cmocka_unit_test(sl_host_is_country_suffix__knows_registries_alone),
        cmocka_unit_test(sl_url_parse__names_the_value_in_errors),
    };
    return cmocka_run_group_tests_name("policy/url", tests, setup, teardown);
}
