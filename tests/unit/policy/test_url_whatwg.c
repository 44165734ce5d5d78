/* test_url_whatwg.c - policy/url*.c beside the WHATWG URL test vectors, that is, beside what browsers do. The
 * vectors and where they are from are in tests/golden/url/wpt; a line is "input TAB WHATWG's answer TAB
 * ours".
 *
 * What holds of every line, whatever the file says: a URL that both take is the same URL, so that no spelling
 * leads a browser to one host and a rule to another. To refuse what WHATWG repairs is fine: no browser sends
 * it. */
#include "tests/support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "sluice/url.h"

#define FILE_NAME SLUICE_SOURCE_DIR "/tests/golden/url/wpt/whatwg.tsv"

static struct sl_arena arena;

/* "\xHH" becomes its byte. */
static struct sl_str unescape(struct sl_str text)
{
    char *out = sl_arena_bytes(&arena, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned byte;
        bool escape = text.p[i] == '\\' && i + 3 < text.n && sscanf(text.p + i + 2, "%2x", &byte) == 1;
        out[n++] = escape ? (char)byte : text.p[i];
        i += escape ? 3 : 0;
    }
    return sl_str(out, n);
}

/* What the third column should be. */
static const char *ours(struct sl_str input, struct sl_str whatwg)
{
    struct sl_url url, same;
    struct sl_err err = {0};
    if (!sl_url_parse(unescape(input), &arena, &url, &err)) {
        assert_int_equal(err.code, SL_BAD_INPUT);
        const char *why = strstr(err.msg, "' has ") ? strstr(err.msg, "' has ") : strrchr(err.msg, '\'');
        return sl_arena_printf(&arena, "refused: %s", why + 2);
    }
    if (sl_str_eq(whatwg, SL_STR("failure")))
        return sl_arena_printf(&arena, "%.*s", SL_FMT(url.text));
    if (!sl_url_parse(unescape(whatwg), &arena, &same, &err) || !sl_str_eq(same.text, url.text))
        fail_msg("'%.*s' is '%.*s' to a browser, and to us '%.*s'", SL_FMT(input), SL_FMT(whatwg),
                 SL_FMT(url.text));
    return "same";
}

static void check_line(struct sl_str line, struct sl_text *renewed)
{
    struct sl_str input = SL_STR(""), whatwg = SL_STR(""), third = SL_STR("");
    assert_true(sl_str_split(&line, '\t', &input) && sl_str_split(&line, '\t', &whatwg));
    sl_str_split(&line, '\t', &third);
    const char *answer = ours(input, whatwg);
    sl_text_addf(renewed, "%.*s\t%.*s\t%s\n", SL_FMT(input), SL_FMT(whatwg), answer);
    if (!getenv("SL_GOLDEN") && !sl_str_eq(third, sl_cstr(answer)))
        fail_msg("'%.*s': '%s', and not '%.*s'", SL_FMT(input), answer, SL_FMT(third));
}

TEST(sl_url_parse__reads_what_browsers_read_or_refuses)
{
    char line[2048];
    const char *mode = getenv("SL_GOLDEN");
    struct sl_text renewed = {0};
    size_t count = 0;
    sl_arena_init(&arena, 0);
    FILE *file = fopen(FILE_NAME, "r");
    assert_non_null(file);
    for (; fgets(line, sizeof line, file); count++)
        check_line(sl_str(line, strcspn(line, "\n")), &renewed);
    fclose(file);
    assert_true(count > 300);
    if (mode && strcmp(mode, "write") == 0) {
        file = fopen(FILE_NAME, "w");
        assert_non_null(file);
        fwrite(renewed.p, 1, renewed.n, file);
        assert_int_equal(fclose(file), 0);
    }
    sl_text_fini(&renewed);
    sl_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sl_url_parse__reads_what_browsers_read_or_refuses),
    };
    return cmocka_run_group_tests_name("policy/url_whatwg", tests, NULL, NULL);
}
