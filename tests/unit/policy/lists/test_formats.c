/* test_formats.c - unit tests of the formats and of what a line becomes: tests/golden/lists/quirks.tsv holds
 * lines that real lists have, one a row: format, the line with C escapes, and what should come of it. */
#include "tests/unit/policy/lists/lists_fixture.h"

#include "policy/lists/formats.h"

/* What one line gives: records joined by spaces as "h example.com", or "skip", "error" or "" for comments. */
static void take_line(struct fixture *f, const struct list_format *format, struct sl_str line,
                      struct sl_text *out)
{
    struct list_report report = {0};
    struct normal_writer *w;
    struct normal_reader *r;
    struct intake in;
    struct sl_err err = {0};
    uint8_t sha256[32];
    enum record kind;
    struct sl_str text;
    char *path = sl_asprintf("%s/line.list", f->dir);
    unlink(path);
    assert_true(normal_create(path, &w, &err));
    intake_init(&in, w, &report);
    intake_file(&in, "");
    in.line = 7;
    if ((line = sl_str_trim(line)).n > 0)
        format->line(&in, line);
    intake_fini(&in);
    assert_true(normal_finish(&w, sha256, &err));
    assert_true(normal_open(path, &r, &err));
    sl_text_clear(out);
    while (normal_next(r, &kind, &text, &err) == NORMAL_RECORD)
        sl_text_addf(out, "%s%c %.*s", out->n > 0 ? " " : "", (char)kind, SL_FMT(text));
    normal_close(&r);
    if (report.skipped > 0)
        sl_text_addf(out, "%sskip", out->n > 0 ? " " : "");
    if (report.errors > 0)
        sl_text_addf(out, "%serror", out->n > 0 ? " " : "");
    sl_text_add(out, SL_STR(""));
    list_report_fini(&report);
    free(path);
}

static struct sl_str unescape(struct sl_str raw, char buf[1024])
{
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] != '\\' || i + 1 == raw.n) {
            buf[n++] = raw.p[i];
        } else if (raw.p[++i] == 'x') {
            char hex[3] = {raw.p[i + 1], raw.p[i + 2], '\0'};
            buf[n++] = (char)strtol(hex, NULL, 16);
            i += 2;
        } else {
            buf[n++] = raw.p[i] == 'r' ? '\r' : raw.p[i] == 't' ? '\t' : raw.p[i];
        }
    }
    return sl_str(buf, n);
}

/* kind and value of a row in the words of take_line; several names stand with commas. */
static void wanted(struct sl_str format, struct sl_str kind, struct sl_str value, struct sl_text *out)
{
    static const struct {
        const char *kind, *record;
    } records[] = {{"domain", "h"},     {"host", "e"},       {"below", "b"},    {"path", "u"},
                   {"regex", "x"},      {"ip", "n"},         {"cidr", "n"},     {"allow", "H"},
                   {"allow-host", "E"}, {"allow-path", "U"}, {"allow-net", "N"}};
    for (size_t i = 0; i < value.n; i++)
        if (sl_str_starts(sl_str_sub(value, i, value.n), SL_STR(" ("))) /* a remark */
            value.n = i;
    sl_text_clear(out);
    sl_text_add(out, SL_STR(""));
    if (sl_str_eq(kind, SL_STR("comment")))
        return;
    for (size_t i = 0; i < SL_COUNT(records); i++) {
        if (!sl_str_eq(kind, sl_cstr(records[i].kind)))
            continue;
        bool twin = *records[i].record == 'e' && sl_str_eq(format, SL_STR("hosts"));
        struct sl_str name;
        while (sl_str_split(&value, ',', &name))
            sl_text_addf(out, "%s%s %.*s", out->n > 0 ? " " : "", twin ? "w" : records[i].record,
                         SL_FMT(name));
        return;
    }
    if (sl_str_eq(kind, SL_STR("domain-error")))
        sl_text_addf(out, "h %.*s error", SL_FMT(value));
    else
        sl_text_add(out, kind); /* skip, error */
}

TEST(formats__take_the_quirks_of_real_lists)
{
    struct fixture f;
    struct sl_err err = {0};
    struct sl_text got = {0}, want = {0};
    char *data, buf[1024];
    size_t n, rows = 0, bad = 0;
    fixture_init(&f);
    assert_true(fs_read(SLUICE_SOURCE_DIR "/tests/golden/lists/quirks.tsv", 1 << 20, &data, &n, &err));
    struct sl_str rest = sl_str(data, n), line;
    while (sl_str_split(&rest, '\n', &line)) {
        struct sl_str format = {0}, raw = {0}, kind = {0}, value = {0};
        if (line.n == 0 || line.p[0] == '#')
            continue;
        assert_true(sl_str_split(&line, '\t', &format) && sl_str_split(&line, '\t', &raw) &&
                    sl_str_split(&line, '\t', &kind));
        sl_str_split(&line, '\t', &value);
        const struct list_format *known = format_named(format);
        if (known == NULL)
            fail_msg("quirks.tsv: no format '%.*s'", SL_FMT(format));
        take_line(&f, known, unescape(raw, buf), &got);
        wanted(format, kind, value, &want);
        rows++;
        if (strcmp(got.p, want.p) != 0) {
            print_error("%.*s: '%.*s' gives '%s', want '%s'\n", SL_FMT(format), SL_FMT(raw), got.p, want.p);
            bad++;
        }
    }
    assert_int_equal(bad, 0);
    assert_true(rows >= 110);
    sl_text_fini(&got);
    sl_text_fini(&want);
    free(data);
    fixture_fini(&f);
}

TEST(entry_read__says_what_is_wrong)
{
    struct fixture f;
    struct entry_reader r;
    struct entry e;
    char long_label[80], long_name[300];
    memset(long_label, 'a', 64);
    memcpy(long_label + 64, ".com", 5);
    for (int i = 0; i < 290; i++)
        long_name[i] = i % 2 ? '.' : 'a';
    memcpy(long_name + 290, "com", 4);
    const struct {
        const char *text, *why;
    } cases[] = {
        {"foo..bar.com", "empty label"},
        {long_label, "label over 63 bytes"},
        {long_name, "name over 253 bytes"},
        {"torntvz", "a single label needs a dot before it"},
        {"0.0.0.0xn--bittex-zhb.com", "an address and a name run together"},
        {"127.0.0.1tracker.net", "an address and a name run together"},
        {"1.2.3", "neither a host nor an address"},
        {"10.0.0.0x1f", "neither a host nor an address"},
        {"0x7f000001", "neither a host nor an address"},
        {"1.2.3.4.5", "neither a host nor an address"},
        {"[2001:db8::g]/x", "neither a host nor an address"},
        {"user@example.com", "a user name has no place in a list"},
        {"example.com:port/x", "no port from 0 to 65535 after ':'"},
        {"example.com:65536", "no port from 0 to 65535 after ':'"},
        {"/only/path", "no host"},
        {"http://", "no host"},
        {".", "no host"},
        {"*.", "no host"},
    };
    fixture_init(&f);
    entry_reader_init(&r);
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        const char *why = entry_read(&r, sl_cstr(cases[i].text), ENTRY_NETWORKS, &e);
        if (why == NULL || strcmp(why, cases[i].why) != 0)
            fail_msg("'%s': got '%s', want '%s'", cases[i].text, why != NULL ? why : "no complaint",
                     cases[i].why);
    }
    entry_reader_fini(&r);
    fixture_fini(&f);
}

/* The short way of entry.c and url.h have to agree, or entries would be spelled around. */
TEST(entry_read__agrees_with_sl_url)
{
    static const char *const hosts[] = {"example.com",  "EXAMPLE.com",      "xn--p1ai",      "a_b.c-d.net",
                                        "w-w-i-s-.com", "b\303\274cher.de", "ex%61mple.org", "192.0.2.1",
                                        "3com.com",     "a.b.c.d.e.f"};
    static const char *const paths[] = {
        "",          "/",         "/a",       "/a/",      "/a/b.c/d",   "/.hidden",   "/..a",
        "/a/../b",   "/a//b",     "/a?b=c&d", "/a/?b",    "/?q",        "/%7Ea%2fb",  "/a b",
        "/a'b",      "/a?b'c",    "/a\\b",    "/a;b,c=d", "/a:b@c!$()", "/a[b]{c}|d", "/\xc3\xa9",
        "/a?x/../y", "/a?b?c//d", "/a#frag",  "/a?#frag", "/a/./b",     "/a/b/..",    "//"};
    struct entry_reader r;
    struct sl_arena arena;
    struct sl_err err;
    entry_reader_init(&r);
    sl_arena_init(&arena, 0);
    for (size_t h = 0; h < SL_COUNT(hosts); h++)
        for (size_t p = 0; p < SL_COUNT(paths); p++) {
            char text[256], canonical[512];
            struct entry e;
            struct sl_url url;
            struct sl_str path;
            snprintf(text, sizeof text, "http://%s%s", hosts[h], paths[p]);
            bool ok = sl_url_parse(sl_cstr(text), &arena, &url, &err);
            const char *why = entry_read(&r, sl_cstr(text + 7), ENTRY_TLD, &e);
            assert_int_equal(ok, why == NULL);
            if (!ok)
                continue;
            snprintf(canonical, sizeof canonical, "%.*s%s%.*s", SL_FMT(url.path), url.has_query ? "?" : "",
                     SL_FMT(url.query));
            assert_true(sl_path_canonical(sl_cstr(canonical), &arena, &path, &err));
            if (e.type != ENTRY_URL)
                assert_string_equal(path.p == NULL ? "/" : sl_arena_str(&arena, path).p, "/");
            else if (!sl_str_eq(e.b, path))
                fail_msg("%s: entry has '%.*s', url '%.*s'", text, SL_FMT(e.b), SL_FMT(path));
            if (!sl_str_eq(e.a, entry_without_www(url.host)))
                fail_msg("%s: entry has '%.*s', url '%.*s'", text, SL_FMT(e.a), SL_FMT(url.host));
        }
    sl_arena_fini(&arena);
    entry_reader_fini(&r);
}

TEST(format_guess__knows_formats_by_their_lines)
{
    static const struct {
        const char *sample, *format;
    } cases[] = {
        {"# list\nexample.com\nfoo.org # why\n", "plain"},
        {"", "plain"},
        {"# hosts\n127.0.0.1 localhost\n0.0.0.0 a.com\n::1 ip6-localhost\n", "hosts"},
        {"example.com/x\nhttp://foo.com/y\n", "plain"},
        {"10.0.0.0/8\n192.0.2.1\n", "networks"},
        {"192.0.2.1\na.com\nb.com\n", "plain"},
        {"*.a.com\n*.b.com\n", "plain"},
        {"! Title: x\n||a.com^\nb.com##.ad\n", "adblock"},
        {"a.com ## why\nb.com ## why\n", "plain"},
        {"address=/a.com/#\nserver=/b.com/\n", "dnsmasq"},
        {"server:\nlocal-zone: \"a.com.\" always_null\n", "unbound"},
        {"$TTL 300\n@ SOA a. b. 1 1 1 1 1\na.com CNAME .\n*.a.com CNAME .\n", "rpz"},
        {"value,description\na.com,\"x, y\"\n", "csv"},
        {"full:a.com\nregexp:^b\n", "v2fly"},
        {"a.com\nb.com\ninclude:c\n", "v2fly"},
        {"a.com @ads\nb.com\n", "v2fly"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++)
        assert_string_equal(format_guess(sl_cstr(cases[i].sample))->name, cases[i].format);
}

TEST(list_formats__are_those_of_the_table)
{
    const char *const *names = list_formats();
    assert_string_equal(*names++, "ut1");
    for (const struct list_format *f = formats; f->name != NULL; f++)
        assert_string_equal(*names++, f->name);
    assert_null(*names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats__take_the_quirks_of_real_lists),
        cmocka_unit_test(entry_read__says_what_is_wrong),
        cmocka_unit_test(entry_read__agrees_with_sl_url),
        cmocka_unit_test(format_guess__knows_formats_by_their_lines),
        cmocka_unit_test(list_formats__are_those_of_the_table),
    };
    return cmocka_run_group_tests_name("policy/lists/formats", tests, NULL, NULL);
}
