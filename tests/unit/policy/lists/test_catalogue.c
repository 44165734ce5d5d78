/* test_catalogue.c - unit tests of building, opening and asking a catalogue. */
#include "tests/unit/policy/lists/lists_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "policy/lists/layout.h"
#include "policy/lists/normal.h"

struct question {
    const char *url, *lists;
};
static void ask(const struct list_provider *p, const struct question *q, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = fixture_lists_of(p, q[i].url);
        if (strcmp(got, q[i].lists) != 0)
            fail_msg("%s: got '%s', want '%s'", q[i].url, got, q[i].lists);
    }
}

TEST(catalogue_lookup__holds_hosts_and_what_is_below)
{
    struct fixture f;
    fixture_init(&f);
    fixture_list(&f, "ads", "plain", "example.com\ndeep.sub.other.org\n.xyz\n");
    fixture_list(&f, "both", "plain", "b.com\nx.b.com\n");
    fixture_list(&f, "exact", "exact", "host.only.net\nexample.com\n");
    fixture_list(&f, "hosts", "hosts", "0.0.0.0 www.twin.com\n0.0.0.0 bare.com cdn.bare.com\n");
    struct list_provider *p = fixture_build(&f);
    static const struct question q[] = {
        {"http://example.com/", "ads exact"},
        {"http://www.example.com/", "ads"},
        {"https://a.b.c.example.com:8443/x?y", "ads"},
        {"example.com:443", "ads exact"},
        {"http://notexample.com/", ""},
        {"http://example.com.evil.net/", ""},
        {"http://com/", ""},
        {"http://sub.other.org/", ""},
        {"http://deep.sub.other.org/", "ads"},
        {"http://anything.xyz/", "ads"},
        {"http://xyz/", "ads"},
        /* squidGuard's bug: a parent and its child both listed */
        {"http://y.b.com/", "both"},
        {"http://x.b.com/", "both"},
        {"http://y.x.b.com/", "both"},
        {"http://host.only.net/", "exact"},
        {"http://www.host.only.net/", ""},
        {"http://only.net/", ""},
        {"http://twin.com/", "hosts"},
        {"http://www.twin.com/", "hosts"},
        {"http://x.twin.com/", ""},
        {"http://www.www.twin.com/", ""},
        {"http://www.bare.com/", "hosts"},
        {"http://cdn.bare.com/", "hosts"},
        {"http://www.cdn.bare.com/", "hosts"},
        {"http://x.bare.com/", ""},
    };
    ask(p, q, SL_COUNT(q));
    p->unref(p);
    fixture_fini(&f);
}

TEST(catalogue_lookup__holds_paths_at_boundaries)
{
    struct fixture f;
    char *text = sl_malloc(4000);
    fixture_init(&f);
    /* A segment of exactly one piece, and longer ones that share its beginning. */
    char long_a[201], long_b[420];
    memset(long_a, 'a', 200);
    memset(long_b, 'a', 419);
    long_a[200] = long_b[419] = '\0';
    snprintf(text, 4000, "long.com/%s\nlonger.com/%s/tail\nlonger.com/%s\n", long_a, long_b, long_b);
    fixture_list(&f, "long", "plain", text);
    fixture_list(&f, "urls", "plain",
                 "foo.com/bar\nfoo.com/bar/deep\nwww.twin.com/x\nquery.com/watch?v=abc\nport.com:8080/x\n"
                 "allport.com:8443\n192.0.2.7/a\n[2001:db8::1]/b\nfolded.com//a///b/\ncase.com/MiXed\n"
                 "root.com/?only=query\nesc.com/%7euser/a%2fb\n");
    struct list_provider *p = fixture_build(&f);
    static const struct question q[] = {
        {"http://foo.com/bar", "urls"},
        {"http://foo.com/bar/", "urls"},
        {"http://foo.com/bar?x", "urls"},
        {"http://foo.com/bar/x", "urls"}, /* squidGuard's bug: also with /bar/deep listed */
        {"http://foo.com/bar/deep/x", "urls"},
        {"http://foo.com//bar", "urls"},
        {"http://foo.com/barbaz", ""},
        {"http://foo.com/ba", ""},
        {"http://foo.com/", ""},
        {"http://foo.com/x/bar", ""},
        {"http://www.foo.com/bar", "urls"},
        {"http://sub.foo.com/bar", ""},
        {"foo.com:443", ""},
        {"http://twin.com/x/y", "urls"},
        {"http://query.com/watch?v=abc", "urls"},
        {"http://query.com/watch?v=abc&t=1", "urls"},
        {"http://query.com/watch?v=abcd", ""},
        {"http://query.com/watch", ""},
        {"http://port.com:8080/x", "urls"},
        {"http://port.com/x", ""},
        {"http://port.com:8081/x", ""},
        {"http://allport.com:8443/", "urls"},
        {"allport.com:8443", "urls"},
        {"allport.com:443", ""},
        {"http://192.0.2.7/a/b", "urls"},
        {"http://192.0.2.7/b", ""},
        {"http://[2001:db8::1]/b", "urls"},
        {"http://folded.com/a/b/c", "urls"},
        {"http://folded.com/a//b", "urls"},
        {"http://case.com/MiXed", "urls"},
        {"http://case.com/mixed", ""},
        {"http://root.com/?only=query", "urls"},
        {"http://root.com/?only", ""},
        {"http://root.com/", ""},
        {"http://esc.com/~user/a%2Fb", "urls"},
        {"http://esc.com/~user/a/b", ""},
    };
    ask(p, q, SL_COUNT(q));
    const struct {
        const char *host, *segment, *rest, *lists;
    } at[] = {{"long.com", long_a, "", "long"},   {"long.com", long_a, "/x", "long"},
              {"long.com", long_a, "a", ""},      {"long.com", long_b, "", ""},
              {"longer.com", long_b, "", "long"}, {"longer.com", long_b, "a", ""},
              {"longer.com", long_a, "/tail", ""}};
    for (size_t i = 0; i < SL_COUNT(at); i++) {
        snprintf(text, 4000, "http://%s/%s%s", at[i].host, at[i].segment, at[i].rest);
        ask(p, &(struct question){text, at[i].lists}, 1);
    }
    free(text);
    p->unref(p);
    fixture_fini(&f);
}

TEST(catalogue_lookup__holds_addresses_and_networks)
{
    struct fixture f;
    fixture_init(&f);
    fixture_list(&f, "nets", "plain", "10.0.0.0/8\n10.1.0.0/16\n192.0.2.1\n255.255.255.255\n0.0.0.0/32\n");
    fixture_list(&f, "six", "plain", "2001:db8::/32\n2001:db8::1\nffff::/16\n::/128\n");
    fixture_list(&f, "inner", "plain", "10.1.2.0/24\n10.255.255.255\n");
    struct list_provider *p = fixture_build(&f);
    static const struct question q[] = {
        {"http://10.0.0.0/", "nets"},
        {"http://10.1.2.3/", "inner nets"},
        {"http://10.1.3.0/", "nets"},
        {"http://10.255.255.255/x", "inner nets"},
        {"http://11.0.0.0/", ""},
        {"http://9.255.255.255/", ""},
        {"http://192.0.2.1:8080/", "nets"},
        {"http://192.0.2.2/", ""},
        {"http://255.255.255.255/", "nets"},
        {"http://0.0.0.0/", "nets"},
        {"http://0.0.0.1/", ""},
        {"http://0x0a010203/", "inner nets"},
        {"http://[2001:db8::1]/", "six"},
        {"http://[2001:db8:ffff::]/", "six"},
        {"http://[2001:db9::]/", ""},
        {"http://[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]/", "six"},
        {"http://[::]/", "six"},
        {"[::ffff:10.1.2.3]:443", "inner nets"},
    };
    ask(p, q, SL_COUNT(q));
    p->unref(p);
    fixture_fini(&f);
}

TEST(catalogue_lookup__bounds_hosts_of_127_labels)
{
    struct fixture f;
    char host[260] = "", line[600];
    fixture_init(&f);
    for (int i = 0; i < 126; i++)
        memcpy(host + 2 * i, "a.", 3);
    host[252] = 'b';
    snprintf(line, sizeof line, "%s\n%s\n", host, host + 100);
    fixture_list(&f, "deep", "exact", line);
    struct list_provider *p = fixture_build(&f);
    snprintf(line, sizeof line, "http://%s/", host);
    assert_string_equal(fixture_lists_of(p, line), "deep");
    snprintf(line, sizeof line, "http://%s/", host + 2);
    assert_string_equal(fixture_lists_of(p, line), "");
    snprintf(line, sizeof line, "http://%s/", host + 100);
    assert_string_equal(fixture_lists_of(p, line), "deep");
    p->unref(p);
    fixture_fini(&f);
}

TEST(catalogue_matches__tell_the_most_specific_first)
{
    struct fixture f;
    fixture_init(&f);
    fixture_list(&f, "a", "plain", "example.com\nexample.com/x/y\n");
    fixture_list(&f, "b", "plain", "www.example.com\nexample.com/x\n");
    fixture_list(&f, "c", "exact", "www.example.com\nexample.com\n");
    struct list_provider *p = fixture_build(&f);
    struct sl_url url = {.host = SL_STR("www.example.com"), .path = SL_STR("/x/y/z"), .port = 80};
    struct list_match m[8];
    /* a's own path is covered by its host, so it is not kept apart. */
    assert_int_equal(p->matches(p, &url, m, SL_COUNT(m)), 4);
    static const struct list_match want[] = {
        {1, 2, 1, true}, {2, 3, 0, false}, {1, 3, 0, false}, {0, 2, 0, false}};
    for (size_t i = 0; i < SL_COUNT(want); i++) {
        assert_int_equal(m[i].list, want[i].list);
        assert_int_equal(m[i].labels, want[i].labels);
        assert_int_equal(m[i].pieces, want[i].pieces);
        assert_int_equal(m[i].path, want[i].path);
    }
    assert_int_equal(p->matches(p, &url, m, 1), 1);
    assert_true(m[0].path);
    assert_int_equal(p->matches(p, &url, m, 0), 0);
    p->unref(p);
    fixture_fini(&f);
}

TEST(catalogue_lookup__lets_exceptions_win_where_they_are_more_specific)
{
    static const struct question questions[] = {
        {"http://ads.com/", "adblock"},
        {"http://good.ads.com/", ""},
        {"http://x.good.ads.com/", ""},
        {"http://bad.good.ads.com/", ""}, /* an exception wins over what is below it */
        {"http://must.good.ads.com/", "adblock"},
        {"http://ok.must.good.ads.com/", "adblock"},
        {"http://ads.com/fine/1", ""},
        {"http://ads.com/fines", "adblock"},
        {"http://evil.com/", "rpz"},
        {"http://a.evil.com/", "rpz"},
        {"http://ok.evil.com/", ""},
        {"http://a.ok.evil.com/", "rpz"},
        {"http://10.1.2.3/", "rpz"},
        {"http://10.1.1.1/", ""},
        {"http://10.1.1.2/", "rpz"},
    };
    struct fixture f;
    fixture_init(&f);
    fixture_list(&f, "adblock", "adblock",
                 "||ads.com^\n@@||good.ads.com^\n||bad.good.ads.com^\n||must.good.ads.com^$important\n"
                 "@@||ok.must.good.ads.com^\n@@||ads.com/fine^\n");
    fixture_list(&f, "rpz", "rpz",
                 "evil.com CNAME .\n*.evil.com CNAME .\nok.evil.com CNAME rpz-passthru.\n"
                 "8.0.0.0.10.rpz-ip CNAME .\n32.1.1.1.10.rpz-ip CNAME rpz-passthru.\n");
    struct list_provider *p = fixture_build(&f);
    ask(p, questions, SL_COUNT(questions));
    struct list_match m[4];
    struct sl_url url = {.host = SL_STR("good.ads.com"), .path = SL_STR("/"), .port = 80};
    assert_int_equal(p->matches(p, &url, m, SL_COUNT(m)), 0);
    p->unref(p);
    fixture_fini(&f);
}

TEST(catalogue_provider__names_finds_and_shares)
{
    struct fixture f;
    fixture_init(&f);
    fixture_list(&f, "zeta", "plain", "z.com\n");
    fixture_list(&f, "ut1/ads", "expressions", "^ads[0-9]+\\.\n(banner|popup)s?/\n");
    struct list_provider *p = fixture_build(&f);
    struct catalogue_stats stats;
    struct sl_str pattern;
    int list;
    assert_int_equal(p->count, 2);
    assert_string_equal(p->name(p, 0), "ut1/ads");
    assert_int_equal(p->find(p, SL_STR("zeta")), 1);
    assert_int_equal(p->find(p, SL_STR("ut1/ads")), 0);
    assert_int_equal(p->find(p, SL_STR("ut1")), -1);
    assert_int_equal(p->find(p, SL_STR("")), -1);
    assert_true(p->expression(p, 1, &list, &pattern));
    assert_true(list == 0 && sl_str_eq(pattern, SL_STR("(banner|popup)s?/")));
    assert_false(p->expression(p, 2, &list, &pattern));
    catalogue_stats(p, &stats);
    assert_int_equal(stats.hosts, 1);
    assert_int_equal(stats.expressions, 2);
    assert_true(p->generation != 0);
    p->ref(p);
    p->unref(p);
    assert_string_equal(fixture_lists_of(p, "http://z.com/"), "zeta");
    p->unref(p);
    fixture_fini(&f);
}

TEST(catalogue_empty__answers_nothing)
{
    struct list_provider *p = catalogue_empty();
    struct catalogue_stats stats;
    struct list_match m;
    struct sl_str pattern;
    int list;
    struct sl_url url = {.host = SL_STR("example.com"), .path = SL_STR("/")};
    catalogue_stats(p, &stats);
    assert_int_equal(stats.hosts + p->count, 0);
    assert_int_equal(p->find(p, SL_STR("x")), -1);
    assert_int_equal(p->matches(p, &url, &m, 1), 0);
    assert_string_equal(fixture_lists_of(p, "http://1.2.3.4/"), "");
    assert_false(p->expression(p, 0, &list, &pattern));
    p->unref(p);
}

/* A list of its own for each bit of a host's number: every host is then in a set of its own. */
static void bit_list(struct fixture *f, unsigned bit, unsigned hosts)
{
    struct normal_writer *w;
    struct sl_err err = {0};
    struct catalogue_source *s = &f->sources[f->count++];
    *s = (struct catalogue_source){.name = sl_asprintf("bit-%02u", bit),
                                   .file = sl_asprintf("%s/%u", f->dir, bit)};
    assert_true(normal_create(s->file, &w, &err));
    for (unsigned i = 1; i <= hosts; i++) {
        char host[32];
        snprintf(host, sizeof host, "h%u.example", i);
        if (i >> bit & 1)
            normal_add(w, RECORD_BELOW, sl_cstr(host), SL_STR(""));
    }
    assert_true(normal_finish(&w, s->sha256, &err));
}

TEST(catalogue_build__says_when_lists_overlap_too_much)
{
    static const struct {
        unsigned hosts;
        bool ok;
    } cases[] = {{LAYOUT_MAX_SETS, true}, {LAYOUT_MAX_SETS + 1, false}};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct fixture f;
        struct sl_err err = {0};
        fixture_init(&f);
        for (unsigned bit = 0; bit < 15; bit++)
            bit_list(&f, bit, cases[i].hosts);
        char *path = sl_asprintf("%s/catalogue", f.dir);
        assert_int_equal(catalogue_build(f.sources, f.count, fixture_secret, path, NULL, NULL, &err),
                         cases[i].ok);
        assert_int_equal(fs_exists(path), cases[i].ok);
        if (!cases[i].ok)
            assert_int_equal(err.code, SL_LIMIT);
        free(path);
        fixture_fini(&f);
    }
}

struct ticks {
    uint64_t last, total;
    unsigned count;
};
static void tick(void *arg, uint64_t done, uint64_t total)
{
    struct ticks *t = arg;
    assert_true(done >= t->last && done <= total);
    *t = (struct ticks){done, total, t->count + 1};
}

TEST(catalogue_build__tells_its_progress)
{
    struct fixture f;
    struct sl_err err = {0};
    struct ticks t = {0};
    fixture_init(&f);
    bit_list(&f, 0, 200000);
    char *path = sl_asprintf("%s/catalogue", f.dir);
    assert_true(catalogue_build(f.sources, f.count, fixture_secret, path, tick, &t, &err));
    assert_true(t.count >= 3 && t.last == t.total);
    free(path);
    fixture_fini(&f);
}

static char *read_catalogue(struct fixture *f, size_t *out_n)
{
    struct sl_err err = {0};
    char *data = NULL, *path = sl_asprintf("%s/catalogue", f->dir);
    assert_true(fs_read(path, 1 << 28, &data, out_n, &err));
    free(path);
    return data;
}

TEST(catalogue_build__gives_the_same_bytes_again)
{
    struct fixture f;
    char key[65], again[65];
    size_t n1, n2;
    fixture_init(&f);
    fixture_list(&f, "one", "plain", "a.com\nb.com/x\n10.0.0.0/8\n");
    fixture_list(&f, "two", "plain", "a.com\nc.com\n");
    struct list_provider *p = fixture_build(&f);
    p->unref(p);
    char *first = read_catalogue(&f, &n1);
    catalogue_key(f.sources, f.count, fixture_secret, key);
    struct catalogue_source swap = f.sources[0];
    f.sources[0] = f.sources[1];
    f.sources[1] = swap;
    p = fixture_build(&f);
    p->unref(p);
    char *second = read_catalogue(&f, &n2);
    catalogue_key(f.sources, f.count, fixture_secret, again);
    assert_int_equal(n1, n2);
    assert_memory_equal(first, second, n1);
    assert_string_equal(key, again);
    assert_int_equal(strlen(key), 64);
    uint8_t other[32] = {1};
    catalogue_key(f.sources, f.count, other, again);
    assert_string_not_equal(key, again);
    free(first);
    free(second);
    fixture_fini(&f);
}

TEST(catalogue_build__refuses_what_it_cannot_trust)
{
    struct fixture f;
    struct sl_err err = {0};
    fixture_init(&f);
    fixture_list(&f, "one", "plain", "a.com\n");
    fixture_list(&f, "two", "plain", "b.com\n");
    char *path = sl_asprintf("%s/out", f.dir);
    f.sources[1].sha256[0] ^= 1;
    assert_false(catalogue_build(f.sources, 2, fixture_secret, path, NULL, NULL, &err));
    assert_int_equal(err.code, SL_BAD_INPUT);
    f.sources[1].sha256[0] ^= 1;
    const char *name = f.sources[1].name;
    f.sources[1].name = "one";
    assert_false(catalogue_build(f.sources, 2, fixture_secret, path, NULL, NULL, &err));
    assert_int_equal(err.code, SL_CONFLICT);
    f.sources[1].name = name;
    assert_int_equal(truncate(f.sources[0].file, 20), 0);
    assert_false(catalogue_build(f.sources, 2, fixture_secret, path, NULL, NULL, &err));
    assert_int_equal(err.code, SL_BAD_INPUT);
    unlink(f.sources[0].file);
    assert_false(catalogue_build(f.sources, 2, fixture_secret, path, NULL, NULL, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    assert_false(fs_exists(path));
    free(path);
    fixture_fini(&f);
}

TEST(catalogue_open__refuses_every_flipped_byte)
{
    struct fixture f;
    struct sl_err err = {0};
    struct list_provider *p = NULL;
    size_t n;
    fixture_init(&f);
    fixture_list(&f, "one", "plain", "a.com\nb.com/x\n10.0.0.0/8\n2001:db8::/32\n");
    p = fixture_build(&f);
    p->unref(p);
    char *data = read_catalogue(&f, &n);
    const struct layout_header *h = (const struct layout_header *)(void *)data;
    for (size_t i = 0; i < n; i++) {
        bool inside = i < sizeof *h;
        for (int s = 0; s < SECTION_COUNT; s++)
            inside = inside || (i >= h->section[s].offset && i - h->section[s].offset < h->section[s].bytes);
        if (!inside)
            continue; /* padding between sections says nothing */
        data[i] ^= 1;
        char *path = fixture_write(&f, "bad", data, n);
        data[i] ^= 1;
        assert_false(catalogue_open(path, &p, &err));
        assert_int_equal(err.code, SL_BAD_INPUT);
        free(path);
    }
    for (size_t cut = 0; cut < n; cut += 97) {
        char *path = fixture_write(&f, "bad", data, cut);
        assert_false(catalogue_open(path, &p, &err));
        free(path);
    }
    free(data);
    fixture_fini(&f);
}

/* A disk that loses bits without anybody writing: the seal holds, so opening does not see it. */
TEST(catalogue_open__trusts_the_seal_and_verify_does_not)
{
    struct fixture f;
    struct sl_err err = {0};
    size_t n;
    fixture_init(&f);
    fixture_list(&f, "one", "plain", "a.com\nb.com/x\n10.0.0.0/8\n2001:db8::/32\n");
    struct list_provider *p = fixture_build(&f);
    assert_true(catalogue_verify(p, &err));
    p->unref(p);
    char *data = read_catalogue(&f, &n), *path = sl_asprintf("%s/catalogue", f.dir);
    struct layout_header h;
    struct stat st;
    memcpy(&h, data, sizeof h);
    assert_int_equal(stat(path, &st), 0);
    for (int s = SECTION_HOST_BUCKETS; s < SECTION_EXPRESSIONS; s++) {
        size_t last = h.section[s].offset + h.section[s].bytes - 1;
        if (h.section[s].bytes == 0)
            continue;
        data[last] ^= 1;
        free(fixture_write(&f, "catalogue", data, n));
        data[last] ^= 1;
        assert_false(catalogue_open(path, &p, &err));
        struct timespec times[2] = {st.st_atim, st.st_mtim};
        assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
        assert_true(catalogue_open(path, &p, &err));
        fixture_lists_of(p, "http://b.com/x");
        assert_false(catalogue_verify(p, &err));
        assert_int_equal(err.code, SL_BAD_INPUT);
        p->unref(p);
    }
    free(path);
    free(data);
    fixture_fini(&f);
}

TEST(list_origin_find__names_the_line)
{
    static const struct {
        const char *url;
        unsigned match; /* which of the matches */
        uint64_t line;
        const char *entry;
    } cases[] = {
        {"http://example.com/", 0, 3, "example.com"},
        {"http://a.b.example.com/", 0, 3, "example.com"},
        {"http://www.paths.com/x/y/z?q", 0, 6, "paths.com/x"}, /* which covers the one behind it */
        {"http://paths.com:8080/x", 0, 8, "paths.com:8080/x"},
        {"http://10.1.2.3/", 0, 10, "10.1.2.0/24"},
        {"http://10.9.9.9/", 0, 9, "10.0.0.0/8"},
        {"http://[2001:db8::1]/p/q", 0, 11, "[2001:db8::1]/p"},
    };
    struct fixture f;
    fixture_init(&f);
    fixture_list(&f, "one", "plain",
                 "# head\nother.com\nexample.com\n\nexample.com.\npaths.com/x\nwww.paths.com/x/y/\n"
                 "paths.com:8080/x\n10.0.0.0/8\n10.1.2.0/24 # lab\n[2001:db8::1]/p\n");
    struct list_provider *p = fixture_build(&f);
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_arena arena;
        struct sl_url url;
        struct list_match m[4];
        struct list_origin origin;
        uint64_t budget = 1 << 20;
        sl_arena_init(&arena, 0);
        assert_true(sl_url_parse(sl_cstr(cases[i].url), &arena, &url, NULL));
        assert_true(p->matches(p, &url, m, SL_COUNT(m)) > cases[i].match);
        assert_true(list_origin_find(f.sources[0].file, &url, &m[cases[i].match], &budget, &origin));
        assert_string_equal(origin.entry, cases[i].entry);
        assert_int_equal(origin.line, cases[i].line);
        assert_string_equal(origin.file, "");
        list_origin_fini(&origin);
        budget = 10;
        assert_false(list_origin_find(f.sources[0].file, &url, &m[0], &budget, &origin));
        sl_arena_fini(&arena);
    }
    p->unref(p);
    fixture_fini(&f);
}

/* Builds over and over until it is killed. */
static pid_t start_builder(const struct fixture *f, const char *path)
{
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            if (!catalogue_build(f->sources, f->count, fixture_secret, path, NULL, NULL, NULL))
                _exit(1);
    assert_true(pid > 0);
    return pid;
}

TEST(catalogue_build__killed_at_any_moment_leaves_a_whole_file)
{
    struct fixture f;
    struct sl_err err = {0};
    int status;
    fixture_init(&f);
    bit_list(&f, 0, 20000);
    struct list_provider *p = fixture_build(&f);
    p->unref(p);
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/catalogue", f.dir);
    for (useconds_t i = 0; i < 12; i++) {
        pid_t pid = start_builder(&f, path);
        usleep(1000 + i * 3571);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        if (!catalogue_open(path, &p, &err) || !catalogue_verify(p, &err))
            fail_msg("%s", err.msg);
        assert_string_equal(fixture_lists_of(p, "http://h1.example/"), "bit-00");
        p->unref(p);
    }
    fixture_fini(&f);
}

/* No room: a limit on the size of files fails a write half-way, as a full disk does. */
TEST(catalogue_build__without_room_keeps_the_old_file)
{
    struct fixture f;
    struct sl_err err = {0};
    struct rlimit before, limit;
    fixture_init(&f);
    fixture_list(&f, "old", "plain", "a.com\n");
    struct list_provider *p = fixture_build(&f);
    p->unref(p);
    bit_list(&f, 0, 20000);
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/catalogue", f.dir);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 64 * 1024;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    bool built = catalogue_build(f.sources, f.count, fixture_secret, path, NULL, NULL, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_false(built);
    assert_int_equal(err.code, SL_IO);
    assert_true(catalogue_open(path, &p, &err) && catalogue_verify(p, &err));
    assert_string_equal(fixture_lists_of(p, "http://a.com/"), "old");
    p->unref(p);
    fixture_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(catalogue_lookup__holds_hosts_and_what_is_below),
        cmocka_unit_test(catalogue_lookup__holds_paths_at_boundaries),
        cmocka_unit_test(catalogue_lookup__holds_addresses_and_networks),
        cmocka_unit_test(catalogue_lookup__bounds_hosts_of_127_labels),
        cmocka_unit_test(catalogue_matches__tell_the_most_specific_first),
        cmocka_unit_test(catalogue_lookup__lets_exceptions_win_where_they_are_more_specific),
        cmocka_unit_test(catalogue_provider__names_finds_and_shares),
        cmocka_unit_test(catalogue_empty__answers_nothing),
        cmocka_unit_test(catalogue_build__says_when_lists_overlap_too_much),
        cmocka_unit_test(catalogue_build__tells_its_progress),
        cmocka_unit_test(catalogue_build__gives_the_same_bytes_again),
        cmocka_unit_test(catalogue_build__refuses_what_it_cannot_trust),
        cmocka_unit_test(catalogue_build__killed_at_any_moment_leaves_a_whole_file),
        cmocka_unit_test(catalogue_build__without_room_keeps_the_old_file),
        cmocka_unit_test(list_origin_find__names_the_line),
        cmocka_unit_test(catalogue_open__refuses_every_flipped_byte),
        cmocka_unit_test(catalogue_open__trusts_the_seal_and_verify_does_not),
    };
    return cmocka_run_group_tests_name("policy/lists/catalogue", tests, NULL, NULL);
}
