/* test_text.c - unit tests of audit/text.c: an export says what a page says, and no cell is a formula. */
#include "tests/support/cmocka_all.h"

#include "tests/unit/audit/samples.h"

#include "audit/json.h"
#include "audit/text.h"

/* A row as it comes from a file, of a record. */
struct made_row {
    struct row row;
    char *names[3];
};

static struct made_row row_of(const struct record *r)
{
    struct made_row m = {{.r = *r},
                         {names_to_json(r->groups, r->group_count),
                          names_to_json(r->categories, r->category_count),
                          names_to_json(r->report_only, r->report_count)}};
    m.row.groups = sl_cstr(m.names[0]);
    m.row.categories = sl_cstr(m.names[1]);
    m.row.report_only = sl_cstr(m.names[2]);
    return m;
}

static void row_done(struct made_row *m)
{
    for (size_t i = 0; i < SL_COUNT(m->names); i++)
        free(m->names[i]);
}

static void check_json(const struct record *r)
{
    struct made_row m = row_of(r);
    struct sl_text text = {0};
    json_t *item = record_to_json(r);
    char *expected = json_dumps(item, JSON_COMPACT);
    text_add_json(&text, &m.row);
    assert_int_equal(text.p[--text.n], '\n');
    text.p[text.n] = '\0';
    assert_string_equal(text.p, expected);
    free(expected);
    json_decref(item);
    sl_text_fini(&text);
    row_done(&m);
}

TEST(text_add_json__is_what_jansson_writes)
{
    for (uint64_t i = 0; i < 500; i++) {
        struct sample s;
        sample_fill(&s, i);
        check_json(&s.r);
    }
    check_json(&(struct record){0});
}

/* Texts that clients can send. */
static const struct sl_str hostile[] = {
    SL_STR("plain"),
    SL_STR(""),
    SL_STR("a\0b"),
    SL_STR("\xff\xfe\x80"),
    SL_STR("caf\xc3\xa9 \xe2\x80\xae gnp.exe"),
    SL_STR("\xed\xa0\x80 is no character, \xf4\x90\x80\x80 neither"),
    SL_STR("<script>alert('x')</script>"),
    SL_STR("quote \" back\\slash / \b\f\n\r\t\x01\x1f\x7f"),
    SL_STR("=cmd|' /C calc'!A0"),
    SL_STR("+1"),
    SL_STR("-1"),
    SL_STR("@SUM(1)"),
    SL_STR("\t=1"),
    SL_STR("\r=1"),
    SL_STR("a,b"),
    SL_STR(" spaced "),
    SL_STR("two\r\nlines"),
    SL_STR("=\"\xff\""),
};

static struct record hostile_record(uint64_t seed)
{
    struct record r = {.id = seed + 1, .time_us = SAMPLE_TIME_US, .truncated = seed % 2};
    struct sl_str *texts[] = {&r.user,         &r.method,        &r.scheme,         &r.host,    &r.path,
                              &r.query,        &r.rule,          &r.reason,         &r.quota,   &r.error,
                              &r.content_type, &r.referrer,      &r.user_agent,     &r.tls.sni, &r.tls.issuer,
                              &r.groups[0],    &r.categories[0], &r.report_only[0], &r.parent};
    for (size_t i = 0; i < SL_COUNT(texts); i++)
        *texts[i] = hostile[sample_random(&seed) % SL_COUNT(hostile)];
    r.group_count = r.category_count = r.report_count = 1;
    return r;
}

TEST(text_add_json__keeps_hostile_bytes_apart)
{
    for (uint64_t i = 0; i < 500; i++) {
        struct record r = hostile_record(i);
        check_json(&r);
    }
    SL_CLEANUP(sl_freep) char *long_text = sl_malloc(8192);
    for (size_t i = 0; i < 8192; i++)
        long_text[i] = (char)(i * 7);
    check_json(&(struct record){.path = sl_str(long_text, 8192), .user_agent = sl_str(long_text + 1, 8191)});
}

/* Takes a cell off the front of *rest as RFC 4180 has it, without its quotes. *out_end: it was the last. */
static struct sl_text take_cell(struct sl_str *rest, bool *out_end)
{
    struct sl_text cell = {0};
    bool quoted = rest->n && rest->p[0] == '"';
    size_t i = quoted;
    sl_text_add(&cell, SL_STR(""));
    for (;; i++) {
        assert_true(i < rest->n);
        char c = rest->p[i];
        if (quoted && c == '"' && i + 1 < rest->n && rest->p[i + 1] == '"') {
            i++;
        } else if (quoted && c == '"') {
            i++;
            break;
        } else if (!quoted && (c == ',' || c == '\r')) {
            break;
        }
        assert_true(quoted || (c != '"' && c != '\n'));
        sl_text_addc(&cell, c);
    }
    *out_end = rest->p[i] == '\r';
    assert_true(*out_end ? rest->n == i + 2 && rest->p[i + 1] == '\n' : rest->p[i] == ',');
    *rest = sl_str_sub(*rest, i + 1, SIZE_MAX);
    return cell;
}

static size_t count_cells(struct sl_str line, const char *const *expected)
{
    bool end = false;
    size_t n = 0;
    for (; !end; n++) {
        struct sl_text cell = take_cell(&line, &end);
        assert_false(cell.n && strchr("=+-@\t\r", cell.p[0]));
        assert_int_equal(text_clean_length(sl_text_str(&cell)), cell.n);
        if (expected && expected[n])
            assert_string_equal(cell.p, expected[n]);
        sl_text_fini(&cell);
    }
    return n;
}

TEST(text_add_csv__has_a_cell_for_each_name_and_no_formula)
{
    struct sl_text text = {0};
    text_add_csv_header(&text);
    size_t columns = count_cells(sl_text_str(&text), NULL);
    for (uint64_t i = 0; i < 1000; i++) {
        struct record r = hostile_record(i);
        struct made_row m = row_of(&r);
        sl_text_clear(&text);
        text_add_csv(&text, &m.row);
        assert_int_equal(count_cells(sl_text_str(&text), NULL), columns);
        row_done(&m);
    }
    sl_text_fini(&text);
}

TEST(text_add_csv__quotes_and_guards)
{
    struct record r = {.id = 1,
                       .user = SL_STR("=1+1"),
                       .groups = {SL_STR("a"), SL_STR("b c")},
                       .group_count = 2,
                       .method = SL_STR("G,E"),
                       .host = SL_STR("say \"x\""),
                       .path = SL_STR("\xff,-\0"),
                       .action = ACTION_BLOCK};
    static const char *const expected[64] = {"0000000000001",
                                             "1970-01-01T00:00:00.000Z",
                                             "0",
                                             "",
                                             "",
                                             "'=1+1",
                                             "a b c",
                                             "G,E",
                                             "",
                                             "say \"x\"",
                                             "",
                                             "\\xff,-\\x00",
                                             "",
                                             "block"};
    struct made_row m = row_of(&r);
    struct sl_text text = {0};
    text_add_csv(&text, &m.row);
    count_cells(sl_text_str(&text), expected);
    sl_text_fini(&text);
    row_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_add_json__is_what_jansson_writes),
        cmocka_unit_test(text_add_json__keeps_hostile_bytes_apart),
        cmocka_unit_test(text_add_csv__has_a_cell_for_each_name_and_no_formula),
        cmocka_unit_test(text_add_csv__quotes_and_guards),
    };
    return cmocka_run_group_tests_name("audit/text", tests, NULL, NULL);
}
