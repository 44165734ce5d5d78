/* test_overlay.c - unit tests of policy/overlay.c. */
#include "tests/support/cmocka_all.h"

#include <stdlib.h>

#include "policy/overlay.h"

static struct sl_url read_url(const char *text, struct sl_arena *arena, bool tunnel)
{
    struct sl_url url;
    struct sl_err err = {0};
    bool ok = tunnel ? sl_url_parse_authority(sl_cstr(text), arena, &url, &err)
                     : sl_url_parse(sl_cstr(text), arena, &url, &err);
    if (!ok)
        fail_msg("%s", err.msg);
    return url;
}

/* Whether an overlay of one entry holds the URL ("host:port" without a scheme is a tunnel). */
static bool holds(const char *entry, bool is_host, const char *text)
{
    struct overlay *o = overlay_new(70);
    struct sl_err err = {0};
    struct sl_arena arena;
    uint64_t bits[2] = {0};
    bool tunnel = !strstr(text, "://");
    sl_arena_init(&arena, 0);
    if (!(is_host ? overlay_add_host : overlay_add_url)(o, sl_cstr(entry), 69, &err))
        fail_msg("%s", err.msg);
    overlay_seal(o);
    struct sl_url url = read_url(text, &arena, tunnel);
    bool any = overlay_lookup(o, &url, tunnel, bits);
    assert_int_equal(bits[0], 0);
    assert_int_equal(bits[1], any ? 1 << 5 : 0);
    assert_int_equal(overlay_matched(o, &url, tunnel, 69).n, any ? strlen(entry) : 0);
    overlay_free(&o);
    assert_null(o);
    sl_arena_fini(&arena);
    return any;
}

struct matching {
    const char *entry, *url;
    bool match;
};

static void check(const struct matching *cases, size_t count, bool is_host)
{
    for (size_t i = 0; i < count; i++)
        if (holds(cases[i].entry, is_host, cases[i].url) != cases[i].match)
            fail_msg("'%s' %s '%s'", cases[i].entry, cases[i].match ? "misses" : "matches", cases[i].url);
}

TEST(overlay_add_host__means_itself_and_what_is_below)
{
    static const struct matching cases[] = {
        {"example.com", "http://example.com/", true},
        {"example.com", "https://a.b.example.com:8443/x?y", true},
        {"example.com", "http://badexample.com/", false},
        {"example.com", "http://example.com.evil.net/", false},
        {"example.com", "http://com/", false},
        {"Example.COM.", "http://EXAMPLE.com./", true},
        {"b\xc3\xbc"
         "cher.example",
         "http://xn--bcher-kva.example/", true},
        {"example.com", "www.example.com:443", true},
        {"com", "http://example.com/", true},
        {"10.1.2.3", "http://10.1.2.3/", true},
        {"10.1.2.3", "http://0x0a.66051/", true},
        {"10.1.2.3", "http://[::ffff:a01:203]/", true},
        {"2.3", "http://10.1.0.0/", false},
        {"10.1.2.3", "http://9.10.1.2.3.example/", false},
        {"2001:db8::1", "http://[2001:DB8:0::1]:8080/", true},
        {"[2001:db8::1]", "[2001:db8::1]:443", true},
        {"2001:db8::1", "http://[2001:db8::2]/", false},
    };
    check(cases, SL_COUNT(cases), true);
}

TEST(overlay_add_url__matches_prefixes_at_segment_boundaries)
{
    static const struct matching cases[] = {
        {"foo.com/bar", "http://foo.com/bar", true},
        {"foo.com/bar", "http://foo.com/bar/", true},
        {"foo.com/bar", "http://foo.com/bar/baz?x", true},
        {"foo.com/bar", "http://foo.com/bar?x", true},
        {"foo.com/bar", "http://foo.com/barbaz", false},
        {"foo.com/bar", "http://foo.com/", false},
        {"foo.com/bar", "http://foo.com/Bar", false},
        {"foo.com/Bar", "http://FOO.com/Bar", true},
        {"foo.com/bar", "https://www.foo.com/bar", true},
        {"foo.com/bar", "http://foo.com:8080/bar", true},
        {"foo.com/bar", "http://foo.com//bar", true},
        {"foo.com/bar", "http://foo.com///bar//", true},
        {"foo.com//bar/", "http://foo.com/bar", true},
        {"foo.com/bar", "http://foo.com/x/../b%61r", true},
        {"foo.com/bar", "http://foo.com\\bar", true},
        {"foo.com/a/b", "http://foo.com/a/b/c", true},
        {"foo.com/a/b", "http://foo.com/a", false},
        {"foo.com/a/b", "http://foo.com/a/bb", false},
        {"foo.com/a?x=1", "http://foo.com/a?x=1", true},
        {"foo.com/a?x=1", "http://foo.com/a/?x=1", true},
        {"foo.com/a?x=1", "http://foo.com/a/x=1", false},
        {"foo.com/a?x=1", "http://foo.com/a?x=12", false},
        {"foo.com/a?x=1", "http://foo.com/a", false},
        {"http://foo.com/bar#frag", "https://foo.com/bar", true},
        {"foo.com/bar", "foo.com:443", false},
    };
    check(cases, SL_COUNT(cases), false);
}

TEST(overlay_add_url__without_a_path_is_a_host)
{
    static const struct matching cases[] = {
        {"foo.com", "http://foo.com/x", true},
        {"foo.com/", "http://www.foo.com:81/x?y", true},
        {"foo.com/", "foo.com:443", true},
        {"foo.com/", "http://xfoo.com/", false},
        {"https://foo.com/", "http://foo.com/", true},
    };
    check(cases, SL_COUNT(cases), false);
}

TEST(overlay_add_url__with_a_port_means_that_port)
{
    static const struct matching cases[] = {
        {"foo.com:8080/bar", "http://foo.com:8080/bar/x", true},
        {"foo.com:8080/bar", "http://www.foo.com:8080/bar/x", true},
        {"foo.com:8080/bar", "http://foo.com/bar", false},
        {"foo.com:80/bar", "http://foo.com/bar", true},
        {"foo.com:80/bar", "http://foo.com:81/bar", false},
        {"foo.com:80/bar", "https://foo.com/bar", false},
        {"foo.com:443/", "https://foo.com/bar", true},
        {"foo.com:443", "foo.com:443", true},
        {"foo.com:443", "foo.com:8443", false},
        {"foo.com:443/x", "foo.com:443", false},
        {"[2001:db8::1]:81/x", "http://[2001:db8::1]:81/x", true},
        {"[2001:db8::1]:81/x", "http://[2001:db8::1]/x", false},
    };
    check(cases, SL_COUNT(cases), false);
}

TEST(overlay_add__refuses_what_it_cannot_mean)
{
    static const char *const hosts[] = {"",     "*.example.com", "example.com:80", "example.com/x",
                                        "a..b", "a b",           "1.2.3.4.5"};
    static const char *const urls[] = {"", "/x", "*.example.com/x", "example.com:x/", "foo://bar/x", "a b/c"};
    struct overlay *o = overlay_new(1);
    for (size_t i = 0; i < SL_COUNT(hosts); i++) {
        struct sl_err err = {0};
        assert_false(overlay_add_host(o, sl_cstr(hosts[i]), 0, &err));
        assert_int_equal(err.code, SL_BAD_INPUT);
    }
    for (size_t i = 0; i < SL_COUNT(urls); i++) {
        struct sl_err err = {0};
        assert_false(overlay_add_url(o, sl_cstr(urls[i]), 0, &err));
        assert_int_equal(err.code, SL_BAD_INPUT);
    }
    overlay_free(&o);
}

TEST(overlay_lookup__finds_every_entry_parent_and_child_alike)
{
    struct overlay *o = overlay_new(200);
    struct sl_arena arena;
    uint64_t bits[4] = {0};
    sl_arena_init(&arena, 0);
    static const char *const entries[] = {"b.com",         "x.b.com",     "b.com/foo",
                                          "b.com/foo/bar", "x.b.com/foo", "y.b.com"};
    for (size_t i = 0; i < SL_COUNT(entries); i++)
        assert_true(overlay_add_url(o, sl_cstr(entries[i]), i * 30, NULL));
    overlay_seal(o);
    struct sl_url url = read_url("http://x.b.com/foo/zap", &arena, false);
    assert_true(overlay_lookup(o, &url, false, bits));
    for (size_t i = 0; i < 200; i++)
        assert_int_equal(bits[i / 64] >> (i % 64) & 1, i == 0 || i == 30 || i == 60 || i == 120);
    struct sl_url other = read_url("http://c.com/foo", &arena, false);
    assert_false(overlay_lookup(o, &other, false, bits));
    overlay_free(&o);
    sl_arena_fini(&arena);
}

TEST(overlay_matched__is_the_most_specific_as_it_was_written)
{
    struct overlay *o = overlay_new(2);
    struct sl_arena arena;
    sl_arena_init(&arena, 0);
    assert_true(overlay_add_host(o, SL_STR("Example.com"), 0, NULL));
    assert_true(overlay_add_url(o, SL_STR("example.com/A/"), 0, NULL));
    assert_true(overlay_add_url(o, SL_STR("example.com/A/b"), 1, NULL));
    assert_true(overlay_add_host(o, SL_STR("EXAMPLE.com"), 0, NULL));
    overlay_seal(o);
    struct sl_url url = read_url("http://www.example.com/A/b/c", &arena, false);
    assert_true(sl_str_eq(overlay_matched(o, &url, false, 0), SL_STR("example.com/A/")));
    assert_true(sl_str_eq(overlay_matched(o, &url, false, 1), SL_STR("example.com/A/b")));
    assert_true(sl_str_eq(overlay_matched(o, &url, true, 0), SL_STR("Example.com")));
    assert_int_equal(overlay_matched(o, &url, true, 1).n, 0);
    overlay_free(&o);
    sl_arena_fini(&arena);
}

TEST(overlay_lookup__bounds_deep_names_and_paths)
{
    struct overlay *o = overlay_new(1);
    struct sl_arena arena;
    struct sl_text text = {0};
    uint64_t bits = 0;
    sl_arena_init(&arena, 0);
    for (int i = 0; i < 126; i++)
        sl_text_add(&text, SL_STR("a."));
    sl_text_add(&text, SL_STR("a"));
    for (int i = 0; i < 500; i++)
        sl_text_add(&text, SL_STR("/p"));
    assert_true(overlay_add_url(o, sl_text_str(&text), 0, NULL));
    overlay_seal(o);
    struct sl_url url;
    assert_true(sl_url_parse_loose(sl_text_str(&text), &arena, &url, NULL));
    assert_true(overlay_lookup(o, &url, false, &bits));
    sl_text_addc(&text, 'x');
    bits = 0;
    assert_true(sl_url_parse_loose(sl_text_str(&text), &arena, &url, NULL));
    assert_false(overlay_lookup(o, &url, false, &bits));
    assert_int_equal(bits, 0);
    sl_text_fini(&text);
    overlay_free(&o);
    sl_arena_fini(&arena);
}

/* ---- the same answers as comparing with each entry in turn ---- */

static uint64_t dice = 88172645463325252u;
static unsigned pick(unsigned n)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (unsigned)(dice % n);
}

/* A URL from a small alphabet, so that entries and requests meet; an entry has no scheme. */
static void random_url(struct sl_text *out, bool entry)
{
    static const char *const labels[] = {"a", "b", "aa", "com", "x-1"};
    static const char *const segments[] = {"/a", "/b", "/", "/ab", "/A", "//b"};
    static const char *const ports[] = {"", "", "", ":80", ":81", ":443"};
    static const char *const queries[] = {"", "", "", "?", "?q", "?q/a", "?a"};
    sl_text_clear(out);
    if (!entry)
        sl_text_add(out, pick(2) ? SL_STR("https://") : SL_STR("http://"));
    for (unsigned i = 0, most = 1 + pick(4); i < most; i++)
        sl_text_addf(out, "%s%s", i ? "." : "", labels[pick(SL_COUNT(labels))]);
    sl_text_add(out, sl_cstr(ports[pick(SL_COUNT(ports))]));
    unsigned deep = entry ? pick(4) : 1 + pick(6);
    for (unsigned i = 0; i < deep; i++)
        sl_text_add(out, sl_cstr(segments[pick(SL_COUNT(segments))]));
    if (deep)
        sl_text_add(out, sl_cstr(queries[pick(SL_COUNT(queries))]));
}

/* Folds what matching folds: doubled slashes, and those before '?' or at the end. */
static void fold(struct sl_str path, char out[160])
{
    size_t n = 0;
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] != '/' || (i + 1 < path.n && path.p[i + 1] != '/' && path.p[i + 1] != '?'))
            out[n++] = path.p[i];
    out[n] = '\0';
}

static struct sl_str whole_path(const struct sl_url *url)
{
    return sl_str(url->path.p, (size_t)(url->text.p + url->text.n - url->path.p));
}

static bool naive(const char *entry, const struct sl_url *url, struct sl_arena *arena)
{
    struct sl_url e;
    char wanted[160], got[160];
    assert_true(sl_url_parse_loose(sl_cstr(entry), arena, &e, NULL));
    size_t n = e.host.n;
    if (!sl_str_ends(url->host, e.host) || (url->host.n > n && url->host.p[url->host.n - n - 1] != '.'))
        return false;
    if (entry[n] == ':' && e.port != url->port)
        return false;
    fold(whole_path(&e), wanted);
    fold(whole_path(url), got);
    n = strlen(wanted);
    return strncmp(got, wanted, n) == 0 && (got[n] == '\0' || got[n] == '/' || got[n] == '?');
}

enum { ENTRIES = 60 };

/* Compares all answers on one URL. Returns how many entries match. */
static size_t compare(const struct overlay *o, struct sl_text entries[ENTRIES], const char *text)
{
    struct sl_arena arena;
    uint64_t bits = 0, wanted = 0;
    sl_arena_init(&arena, 0);
    struct sl_url url = read_url(text, &arena, false);
    for (size_t i = 0; i < ENTRIES; i++)
        wanted |= (uint64_t)naive(entries[i].p, &url, &arena) << i;
    assert_int_equal(overlay_lookup(o, &url, false, &bits), wanted != 0);
    for (size_t i = 0; i < ENTRIES; i++)
        if ((bits ^ wanted) >> i & 1)
            fail_msg("entry '%s', url '%s': overlay says %d", entries[i].p, text, (int)(bits >> i & 1));
    sl_arena_fini(&arena);
    return (size_t)__builtin_popcountll(bits);
}

TEST(overlay_lookup__agrees_with_one_entry_at_a_time)
{
    struct sl_text entries[ENTRIES] = {{0}}, text = {0};
    size_t matches = 0;
    for (int round = 0; round < 20; round++) {
        struct overlay *o = overlay_new(ENTRIES);
        for (size_t i = 0; i < ENTRIES; i++) {
            random_url(&entries[i], true);
            assert_true(overlay_add_url(o, sl_text_str(&entries[i]), i, NULL));
        }
        overlay_seal(o);
        for (int k = 0; k < 200; k++) {
            random_url(&text, false);
            matches += compare(o, entries, text.p);
        }
        overlay_free(&o);
    }
    assert_true(matches > 1000);
    for (size_t i = 0; i < ENTRIES; i++)
        sl_text_fini(&entries[i]);
    sl_text_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overlay_add_host__means_itself_and_what_is_below),
        cmocka_unit_test(overlay_add_url__matches_prefixes_at_segment_boundaries),
        cmocka_unit_test(overlay_add_url__without_a_path_is_a_host),
        cmocka_unit_test(overlay_add_url__with_a_port_means_that_port),
        cmocka_unit_test(overlay_add__refuses_what_it_cannot_mean),
        cmocka_unit_test(overlay_lookup__finds_every_entry_parent_and_child_alike),
        cmocka_unit_test(overlay_matched__is_the_most_specific_as_it_was_written),
        cmocka_unit_test(overlay_lookup__bounds_deep_names_and_paths),
        cmocka_unit_test(overlay_lookup__agrees_with_one_entry_at_a_time),
    };
    return cmocka_run_group_tests_name("policy/overlay", tests, NULL, NULL);
}
