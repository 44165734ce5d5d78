/* test_pattern.c - unit tests of policy/pattern*.c. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "tests/support/cmocka_all.h"

#include <pcre2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/pattern.h"
#include "policy/pattern_code.h"
#include "sluice/policy.h"

/* ---- required literals ---- */

static const char *literals_of(const char *regex, char out[1024])
{
    struct sl_arena arena;
    size_t n = 0;
    sl_arena_init(&arena, 0);
    struct literals l = pattern_requirement(sl_cstr(regex), &arena).first;
    out[0] = '\0';
    for (size_t i = 0; i < l.count; i++)
        n += (size_t)snprintf(out + n, 1024 - n, "%s%.*s", i ? " " : "", SL_FMT(l.items[i]));
    sl_arena_fini(&arena);
    return out;
}

TEST(pattern_requirement__keeps_runs_and_stays_on_the_safe_side)
{
    static const struct {
        const char *regex, *literals;
    } cases[] = {
        {"foobar", "foobar"},
        {"FooBar", "foobar"},
        {"fo", ""},
        {"ab+cde", "bcde"},
        {"abcx?def", "abcdef abcxdef"},
        {"abc(xyz)?def", "abcdef abcxyzdef"},
        {"abcx*def", "abc"},
        {"abcx+zzz", "xzzz"},
        {"abcx{0,3}zzz", "zzz"},
        {"abcx{0}zzz", "abczzz"},
        {"(?:ab){2}", "abab"},
        {"(?:ab){2,}", "abab"},
        {"xq{3}y", "xqqqy"},
        {"foo.bar", "foo"},
        {"foo\\.bar", "foo.bar"},
        {"foo\\/bar\\-x", "foo/bar-x"},
        {"foo\\dbar\\bqz", "barqz"},
        {"colou?r", "color colour"},
        {"gr[ae]y", "gray grey"},
        {"[Ff]oo", "foo"},
        {"foo[^x]zz", "foo"},
        {"foo[]]zz", "foo]zz"},
        {"foo[^]]zzq", "zzq"},
        {"foo[[:digit:]]zzq", "zzq"},
        {"foo[a-z]zzq", "zzq"},
        {"foo[a-c]", "fooa foob fooc"},
        {"foo[\\]x]", "foo] foox"},
        {"foo|barn", "foo barn"},
        {"foo|ba", ""},
        {"foo|", ""},
        {"(foo|bar)(x|y)", "foox fooy barx bary"},
        {"(?:foo|b.r)", ""},
        {"(?:foo|b.rzz)q", "foo rzz"},
        {"(?=abc)defg", "defg"},
        {"(?!abc)defg", "defg"},
        {"(?<=abc)defg(?<!abc)", "defg"},
        {"(?<name>abc)d", "abcd"},
        {"(?P<name>abc)d", "abcd"},
        {"(?'name'abc)d", "abcd"},
        {"(?>abc)d", "abcd"},
        {"(?|abc|xyz)d", "abcd xyzd"},
        {"(?i)abc", "abc"},
        {"(?-i:ABC)", "abc"},
        {"(?x)a b c", ""},
        {"(?xi)a b c", ""},
        {"abc(?x: d e f)", ""},
        {"\\Qa.c\\E", ""},
        {"(abc)\\1", "abc"},
        {"(abc)(?1)", ""},
        {"(abc)(?R)?", ""},
        {"(a)(?(1)abc|def)", ""},
        {"abc(?#comment)+", ""},
        {"\\x41bcd", "abcd"},
        {"\\x{41}bcd", ""},
        {"\\101bcd", "bcd"},
        {"\\p{Lu}bcd", ""},
        {"abc{", "abc{"},
        {"abc{x}", "abc{x}"},
        {"abc{,3}", ""},
        {"abc}]", "abc}]"},
        {"^$", ""},
        {"^https?://example\\.com/$", "http://example.com/ https://example.com/"},
        {"^https?://[^/]*\\bchat\\b", "chat"},
        {"\\.(jpe?g|png|gif)$", ".jpg .jpeg .png .gif"},
        {"a++bcd", "abcd"},
        {"a+?bcd", "abcd"},
    };
    char out[1024];
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_str got = sl_cstr(literals_of(cases[i].regex, out));
        if (!sl_str_eq(got, sl_cstr(cases[i].literals)))
            fail_msg("'%s' needs '%s', not '%s'", cases[i].regex, got.p, cases[i].literals);
    }
}

TEST(pattern_requirement__knows_a_second_text)
{
    static const struct {
        const char *regex, *second;
    } cases[] = {
        {"^https?:.*/.*sw[0-9._]", "sw"},
        {"foobar.*quux.*x", "foobar"},
        {"foobar", ""},
        {"foo.*(a|bc)", ""},
        {"foobar.*(quux|zork)x", "foobar"},
        {"(foo.*xyz|bar.*zzz)", ""},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_arena arena;
        struct sl_text got = {0};
        sl_arena_init(&arena, 0);
        struct literals l = pattern_requirement(sl_cstr(cases[i].regex), &arena).second;
        sl_text_add(&got, SL_STR(""));
        for (size_t k = 0; k < l.count; k++)
            sl_text_addf(&got, "%s%.*s", k ? " " : "", SL_FMT(l.items[k]));
        if (strcmp(got.p, cases[i].second) != 0)
            fail_msg("'%s' has '%s' second, not '%s'", cases[i].regex, got.p, cases[i].second);
        sl_text_fini(&got);
        sl_arena_fini(&arena);
    }
}

TEST(pattern_requirement__knows_what_a_match_ends_with)
{
    static const struct {
        const char *regex, *last; /* NULL: not known; else all bytes from '!' to 'z' it may be */
    } cases[] = {
        {"foo", NULL},
        {"foo$", "Oo"},
        {"foo\\z", "Oo"},
        {"foo[0-9]$", "0123456789"},
        {"foo\\d?$", "0123456789Oo"},
        {"fo(?:\\.js|\\.css)$", "Ss"},
        {"(a$|b$)", "ABab"},
        {"(a$|b)", NULL},
        {"a$|b1$", "1Aa"},
        {"a$b?", NULL},
        {"foo$\\b", "Oo"},
        {"foo(?=x$)", NULL},
        {"(?m)foo$", NULL},
        {"foo(?m:a)$", NULL},
        {"(fo)+x*$", "OXox"},
        {"a(.|b)?1{0,3}[^!-y]$", "Zz"},
        {"(a|b|[0-9]{2})*9$", "9"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_arena arena;
        char got[128] = "", *o = got;
        sl_arena_init(&arena, 0);
        struct pattern_requirement r = pattern_requirement(sl_cstr(cases[i].regex), &arena);
        for (unsigned c = '!'; c <= 'z'; c++)
            if (r.last.w[c / 64] >> (c % 64) & 1)
                *o++ = (char)c;
        *o = '\0';
        if (r.has_last != (cases[i].last != NULL) || (r.has_last && strcmp(got, cases[i].last) != 0))
            fail_msg("'%s' ends with '%s', not '%s'", cases[i].regex, r.has_last ? got : "?", cases[i].last);
        sl_arena_fini(&arena);
    }
}

TEST(pattern_requirement__is_bounded_for_patterns_that_multiply)
{
    struct sl_text regex = {0};
    struct sl_arena arena;
    for (int i = 0; i < 500; i++)
        sl_text_add(&regex, SL_STR("[abcdefgh]{9}"));
    sl_arena_init(&arena, 0);
    pattern_requirement(sl_text_str(&regex), &arena);
    assert_true(arena.used < 16 * 1024 * 1024);
    sl_arena_fini(&arena);
    sl_text_fini(&regex);
}

/* ---- sets ---- */

static void add(struct pattern_set *set, const char *regex, enum pattern_subject subject)
{
    size_t id;
    struct sl_err err = {0};
    if (!pattern_set_add(set, sl_cstr(regex), subject, &id, &err))
        fail_msg("%s", err.msg);
}

TEST(pattern_set_match__tells_each_pattern)
{
    struct pattern_set *set = pattern_set_new();
    struct pattern_scratch *scratch = pattern_scratch_new();
    uint64_t bits[1] = {0}, limited[1] = {0};
    add(set, "^http://a\\.example/", PATTERN_URL);
    add(set, "^a\\.example/x", PATTERN_SCHEMELESS);
    add(set, "^a\\.example/x", PATTERN_URL);
    add(set, "X=\\d+$", PATTERN_URL);
    add(set, "(?-i)X=\\d+$", PATTERN_URL);
    add(set, "^http", PATTERN_SCHEMELESS);
    add(set, ".{30}", PATTERN_URL);
    pattern_set_seal(set);
    assert_int_equal(pattern_set_count(set), 7);
    struct sl_str url = SL_STR("http://a.example/x/?x=12");
    pattern_set_match(set, scratch, url, 7, bits, limited);
    assert_int_equal(bits[0], 1 << 0 | 1 << 1 | 1 << 3);
    assert_int_equal(limited[0], 0);
    bits[0] = 0;
    pattern_set_match(set, scratch, SL_STR("b.example:443"), 0, bits, NULL);
    assert_int_equal(bits[0], 0);
    pattern_set_match(set, scratch, sl_str(NULL, 0), 0, bits, NULL);
    assert_int_equal(bits[0], 0);
    pattern_scratch_free(&scratch);
    pattern_set_free(&set);
    assert_null(set);
    assert_null(scratch);
}

TEST(pattern_set_add__gives_the_same_id_again)
{
    struct pattern_set *set = pattern_set_new();
    size_t id;
    char regex[32];
    for (size_t i = 0; i < 400; i++) {
        snprintf(regex, sizeof regex, "pattern%zu\\.", i % 200);
        assert_true(pattern_set_add(set, sl_cstr(regex), PATTERN_URL, &id, NULL));
        assert_int_equal(id, i % 200);
    }
    assert_true(pattern_set_add(set, SL_STR("pattern7\\."), PATTERN_SCHEMELESS, &id, NULL));
    assert_int_equal(id, 200);
    assert_int_equal(pattern_set_count(set), 201);
    assert_true(sl_str_eq(pattern_set_text(set, 7), SL_STR("pattern7\\.")));
    pattern_set_free(&set);
}

TEST(pattern_set_add__says_what_is_wrong)
{
    static const struct {
        const char *regex, *complaint;
    } cases[] = {
        {"foo(bar", "regex 'foo(bar': missing closing parenthesis at byte 7"},
        {"[z-a]", "regex '[z-a]': range out of order in character class at byte 3"},
        {"(?<=a+)b", "regex '(?<=a+)b': lookbehind assertion is not fixed length at byte 0"},
        {"x*", "regex 'x*' matches the empty text, so it would match every URL"},
        {"", "regex '' matches the empty text, so it would match every URL"},
        {"foo|", "regex 'foo|' matches the empty text, so it would match every URL"},
        {"(*NO_JIT)foo",
         "regex '(*NO_JIT)foo' has a (*VERB) or callout, which are not allowed; a literal '(*' is '\\(*'"},
        {"foo(*ACCEPT)bar",
         "regex 'foo(*ACCEPT)bar' has a (*VERB) or callout, which are not allowed; a literal '(*' is '\\(*'"},
        {"\\\\(*UTF)x",
         "regex '\\\\(*UTF)x' has a (*VERB) or callout, which are not allowed; a literal '(*' is '\\(*'"},
        {"a(?C1)b",
         "regex 'a(?C1)b' has a (*VERB) or callout, which are not allowed; a literal '(*' is '\\(*'"},
        {"\x01(", "regex '\\x01(': missing closing parenthesis at byte 2"},
    };
    struct pattern_set *set = pattern_set_new();
    size_t id;
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_err err = {0};
        assert_false(pattern_set_add(set, sl_cstr(cases[i].regex), PATTERN_URL, &id, &err));
        assert_string_equal(err.msg, cases[i].complaint);
        assert_int_equal(err.code, SL_BAD_INPUT);
    }
    assert_true(pattern_set_add(set, SL_STR("foo\\(*bar"), PATTERN_URL, &id, NULL));
    char *large = sl_calloc(1, 4097);
    struct sl_err err = {0};
    memset(large, 'a', 4097);
    assert_false(pattern_set_add(set, sl_str(large, 4097), PATTERN_URL, &id, &err));
    assert_non_null(strstr(err.msg, "is longer than 4096 bytes; split it"));
    assert_true(pattern_set_add(set, sl_str(large, 4096), PATTERN_URL, &id, NULL));
    free(large);
    pattern_set_free(&set);
}

TEST(pattern_set_match__limits_patterns_that_backtrack_without_end)
{
    struct pattern_set *set = pattern_set_new();
    struct pattern_scratch *scratch = pattern_scratch_new();
    uint64_t bits[1] = {0}, limited[1] = {0};
    char url[2048];
    memset(url, 'a', sizeof url);
    url[sizeof url - 1] = '!';
    add(set, "(a+)+(?=\\.\\d)", PATTERN_URL);
    add(set, "aaaa", PATTERN_URL);
    add(set, "((a|b)*(a|b)*)*c(?=x)", PATTERN_URL);
    pattern_set_seal(set);
    pattern_set_match(set, scratch, sl_str(url, sizeof url), 0, bits, limited);
    assert_int_equal(bits[0], 1 << 1);
    assert_int_equal(limited[0] & 1, 1);
    assert_int_equal(limited[0] & 1 << 1, 0);
    assert_true(pattern_scratch_limits_hit(scratch) >= 1);
    uint64_t before = pattern_scratch_limits_hit(scratch);
    pattern_set_match(set, scratch, sl_str(url, sizeof url), 0, bits, NULL);
    assert_true(pattern_scratch_limits_hit(scratch) > before);
    pattern_scratch_free(&scratch);
    pattern_set_free(&set);
}

TEST(pattern_set_match__reads_long_urls_to_their_end)
{
    struct pattern_set *set = pattern_set_new();
    struct pattern_scratch *scratch = pattern_scratch_new();
    size_t n = 65536;
    char *url = sl_malloc(n);
    memset(url, 'x', n);
    add(set, "needle$", PATTERN_URL);
    add(set, "abc$", PATTERN_URL);
    pattern_set_seal(set);
    for (size_t cut = 0; cut < 9; cut++) {
        uint64_t bits[1] = {0};
        memcpy(url + n - cut - 6, "NEEDLE", 6);
        pattern_set_match(set, scratch, sl_str(url, n - cut), 0, bits, NULL);
        assert_int_equal(bits[0], 1);
        bits[0] = 0;
        memcpy(url + n - cut - 6, "xxxABC", 6);
        pattern_set_match(set, scratch, sl_str(url, n - cut), 0, bits, NULL);
        assert_int_equal(bits[0], 2);
        bits[0] = 0;
        pattern_set_match(set, scratch, sl_str(url, n - cut - 1), 0, bits, NULL);
        assert_int_equal(bits[0], 0);
    }
    free(url);
    pattern_scratch_free(&scratch);
    pattern_set_free(&set);
}

TEST(pattern_code__is_shared_while_somebody_has_it)
{
    struct pattern_set *one = pattern_set_new(), *other = pattern_set_new();
    struct pattern_fault fault;
    char regex[32];
    size_t id;
    assert_int_equal(pattern_code_count(), 0);
    for (size_t i = 0; i < 200; i++) {
        snprintf(regex, sizeof regex, "shared%zu\\.", i);
        add(one, regex, PATTERN_URL);
        add(other, regex, i % 2 ? PATTERN_URL : PATTERN_SCHEMELESS);
        add(other, regex, PATTERN_URL);
    }
    assert_int_equal(pattern_code_count(), 200);
    assert_false(pattern_set_add(one, SL_STR("(shared"), PATTERN_URL, &id, NULL));
    const struct pattern_code *code = pattern_code_get(SL_STR("shared7\\."), &fault);
    assert_int_equal(pattern_code_count(), 200);
    pattern_set_free(&one);
    assert_int_equal(pattern_code_count(), 200);
    pattern_set_free(&other);
    assert_int_equal(pattern_code_count(), 1);
    assert_true(sl_str_eq(code->text, SL_STR("shared7\\.")));
    assert_true(sl_str_eq(code->required.first.items[0], SL_STR("shared7.")));
    pattern_code_put(code);
    assert_int_equal(pattern_code_count(), 0);
}

static void *get_and_put(void *arg)
{
    const struct pattern_code *codes[32];
    struct pattern_fault fault;
    char regex[32];
    for (unsigned round = 0; round < 20; round++) {
        for (size_t i = 0; i < SL_COUNT(codes); i++) {
            snprintf(regex, sizeof regex, "thread%zu\\.", (i * 7 + round) % 40);
            codes[i] = pattern_code_get(sl_cstr(regex), &fault);
        }
        for (size_t i = 0; i < SL_COUNT(codes); i++)
            pattern_code_put(codes[i]);
    }
    return NULL;
}

TEST(pattern_code__serves_threads)
{
    pthread_t threads[4];
    for (size_t i = 0; i < SL_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, get_and_put, NULL), 0);
    for (size_t i = 0; i < SL_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(pattern_code_count(), 0);
}

TEST(pattern_set__of_nothing_matches_nothing)
{
    struct pattern_set *set = pattern_set_new();
    struct pattern_scratch *scratch = pattern_scratch_new();
    pattern_set_seal(set);
    pattern_set_match(set, scratch, SL_STR("http://a.example/"), 7, NULL, NULL);
    pattern_scratch_free(&scratch);
    pattern_set_free(&set);
    pattern_set_free(&set);
    pattern_scratch_free(&scratch);
}

/* ---- the same answers as PCRE2 one by one ---- */

static uint64_t dice = 88172645463325252u;
static unsigned pick(unsigned n)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (unsigned)(dice % n);
}

#define PICK(list) (list)[pick(SL_COUNT(list))]

static void random_sequence(struct sl_text *out, unsigned depth);

static void random_item(struct sl_text *out, unsigned depth)
{
    static const char *const atoms[] = {
        "a",      "b",           "ab",       "abc",   "Foo", "\\.", "/",    ".",      "\\d",    "\\w",
        "[ab]",   "[^a]",        "[a-c]",    "[0-9]", "\\b", "\\B", "^",    "$",      "\\/",    "[.]",
        "[\\w.]", "[]a]",        "\\x61",    "{",     "bar", "com", "-",    "\\-",    "[a-]",   "\\1",
        "\\K",    "[[:alpha:]]", "\\Qab\\E", "\\141", "}",   "1",   "(?i)", "(?-i)",  "(?s)",   "(?m)",
        "\\s",    "\\D",         "\\z",      "\\Z",   "$",   "$",   "\\h",  "[B\\d]", "[^\\]]", "(?=a)",
        "(?!b)",  "(?<=a)",      "(?<!b)",   "\\A",   "\\z",
    };
    static const char *const heads[] = {"(",   "(?:", "(?i:",  "(?-i:", "(?>",    "(?|",
                                        "(?=", "(?!", "(?x: ", "(?<n>", "(?s-i:", "(?m:"};
    if (depth == 0 || pick(5)) {
        sl_text_add(out, sl_cstr(PICK(atoms)));
        return;
    }
    sl_text_add(out, sl_cstr(PICK(heads)));
    random_sequence(out, depth - 1);
    for (unsigned more = pick(3); more; more--) {
        sl_text_addc(out, '|');
        random_sequence(out, depth - 1);
    }
    sl_text_addc(out, ')');
}

static void random_sequence(struct sl_text *out, unsigned depth)
{
    static const char *const quantifiers[] = {"?",   "*",  "+",  "{2}", "{0,2}", "{1,}",
                                              "{0}", "??", "+?", "*+",  "{2,3}", "{,2}"};
    for (unsigned items = 1 + pick(5); items; items--) {
        random_item(out, depth);
        if (pick(4) == 0)
            sl_text_add(out, sl_cstr(PICK(quantifiers)));
    }
}

static void random_url(struct sl_text *out)
{
    static const char *const pieces[] = {"a",   "b", "ab", "abc", "foo", "FOO", "Foo", "bar",
                                         "BAR", ".", "/",  "-",   "1",   "c",   "com", "{",
                                         "}",   "x", "?",  "=",   "_",   "]",   "ABC"};
    sl_text_clear(out);
    sl_text_add(out, pick(2) ? SL_STR("http://") : SL_STR("https://"));
    for (unsigned n = pick(16); n; n--)
        sl_text_add(out, sl_cstr(PICK(pieces)));
}

/* The answer on one pattern without any of our code; -1 when a limit ended it. It runs as machine code too:
 * PCRE2 10.42's JIT and its interpreter disagree on a few artificial patterns, such as "(1|)b*1", and that is
 * not what is tested here. */
static int oracle(pcre2_code *code, pcre2_match_data *data, pcre2_match_context *context, struct sl_str text)
{
    int rc = pcre2_match(code, (PCRE2_SPTR)text.p, text.n, 0, 0, data, context);
    return rc >= 0 ? 1 : rc == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

enum { SET = 100, URLS = 150 };

/* One random set against URLS random texts. Returns how many patterns matched. */
static size_t compare_random_set(void)
{
    struct pattern_set *set = pattern_set_new();
    struct pattern_scratch *scratch = pattern_scratch_new();
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_code *codes[SET];
    bool schemeless[SET];
    struct sl_text text = {0};
    size_t id, hits = 0;
    pcre2_set_match_limit(context, 1000000);
    while (pattern_set_count(set) < SET) {
        sl_text_clear(&text);
        random_sequence(&text, 3);
        enum pattern_subject subject = pick(2) ? PATTERN_URL : PATTERN_SCHEMELESS;
        size_t before = pattern_set_count(set);
        int rc;
        PCRE2_SIZE at;
        if (!pattern_set_add(set, sl_text_str(&text), subject, &id, NULL) || pattern_set_count(set) == before)
            continue;
        codes[id] = pcre2_compile((PCRE2_SPTR)text.p, text.n, PCRE2_CASELESS, &rc, &at, NULL);
        assert_non_null(codes[id]);
        pcre2_jit_compile(codes[id], PCRE2_JIT_COMPLETE);
        schemeless[id] = subject == PATTERN_SCHEMELESS;
    }
    pattern_set_seal(set);
    for (int k = 0; k < URLS; k++) {
        uint64_t bits[(SET + 63) / 64] = {0}, limited[(SET + 63) / 64] = {0};
        random_url(&text);
        size_t scheme_len = text.p[4] == 's' ? 8 : 7;
        pattern_set_match(set, scratch, sl_text_str(&text), scheme_len, bits, limited);
        for (size_t i = 0; i < SET; i++) {
            struct sl_str subject =
                schemeless[i] ? sl_str_sub(sl_text_str(&text), scheme_len, SIZE_MAX) : sl_text_str(&text);
            int wanted = oracle(codes[i], data, context, subject);
            bool got = bits[i / 64] >> (i % 64) & 1;
            if (limited[i / 64] >> (i % 64) & 1 || wanted < 0)
                continue;
            if (got != wanted)
                fail_msg("'%.*s' on '%s': set says %d, PCRE2 %d", SL_FMT(pattern_set_text(set, i)), text.p,
                         got, wanted);
            hits += got;
        }
    }
    for (size_t i = 0; i < SET; i++)
        pcre2_code_free(codes[i]);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    sl_text_fini(&text);
    pattern_scratch_free(&scratch);
    pattern_set_free(&set);
    return hits;
}

TEST(pattern_set_match__agrees_with_pcre2_one_by_one)
{
    size_t hits = 0;
    const char *mode = getenv("SLUICE_TEST_LONG");
    int rounds = mode && strcmp(mode, "1") == 0 ? 1000 : 30;
    for (int round = 0; round < rounds; round++)
        hits += compare_random_set();
    assert_true(hits > 10000);
}

/* ---- probes ---- */

static struct pattern_probe *probe(const char *regex)
{
    struct pattern_probe_fault fault;
    struct pattern_probe *p = pattern_probe_new(sl_cstr(regex), &fault);
    if (!p)
        fail_msg("%s: %s", regex, fault.message);
    return p;
}

TEST(pattern_probe__says_where_it_matches)
{
    static const struct {
        const char *regex, *text;
        enum pattern_probe_result result;
        size_t start, end;
    } cases[] = {
        {"/cart/[0-9]+$", "http://shop.example/cart/77", PROBE_YES, 19, 27},
        {"/cart/[0-9]+$", "http://shop.example/cart/", PROBE_NO, 0, 0},
        {"SHOP", "http://shop.example/", PROBE_YES, 7, 11},
        {"shop\\Kx", "http://shopx/", PROBE_YES, 11, 12},
        {"(a+)+$", "http://h/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", PROBE_LIMIT, 0, 0},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct pattern_probe *p = probe(cases[i].regex);
        size_t start = 0, end = 0;
        assert_int_equal(pattern_probe_match(p, sl_cstr(cases[i].text), &start, &end), cases[i].result);
        assert_true(start == cases[i].start && end == cases[i].end);
        pattern_probe_free(&p);
    }
}

TEST(pattern_probe__points_at_the_fault)
{
    static const struct {
        const char *regex, *message;
        size_t position;
    } cases[] = {
        {"ab(c", "missing closing parenthesis", 4},
        {"x(*UTF)", "it has a (*VERB) or callout, which are not allowed; a literal '(*' is '\\(*'", 1},
        {"a?", "it matches the empty text, so it would match every URL", 0},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct pattern_probe_fault fault;
        assert_null(pattern_probe_new(sl_cstr(cases[i].regex), &fault));
        assert_string_equal(fault.message, cases[i].message);
        assert_int_equal(fault.position, cases[i].position);
    }
}

/* A pattern that can be made to backtrack shows it on one of its texts; a plain one on none. */
static int64_t ticks(void)
{
    static int64_t now;
    return now += 1000;
}

TEST(pattern_probe_cost__tells_how_often_it_runs_and_what_backtracks)
{
    static const struct {
        const char *regex;
        bool always, heavy, hopeless, everything;
        unsigned runs_least, runs_most;
    } cases[] = {
        {"(a+)+$", true, true, false, false, 0, 30},
        {"(x+x+)+y", true, true, false, false, 0, 256},
        {"ads/(\\w+\\d*)*\\?q", false, true, false, false, 0, 40},
        {"([a-z]+)*=1$", true, true, false, false, 0, 256},
        {"^(.+)+[#~]", true, true, true, false, 256, 256},
        {"/cart/[0-9]+$", false, false, false, false, 0, 0},
        {"^https?://[^/]*\\bchat\\b", false, false, false, false, 0, 10},
        {"example\\.com", false, false, false, false, 1, 100},
        {"^[a-z]+:", true, false, false, true, 256, 256},
        {"^[a-z]+://", false, false, false, true, 256, 256},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct pattern_probe *p = probe(cases[i].regex);
        struct pattern_cost cost, again;
        pattern_probe_cost(p, ticks, &cost);
        pattern_probe_cost(p, ticks, &again);
        if (cost.always != cases[i].always || cost.heavy != cases[i].heavy ||
            cost.runs < cases[i].runs_least || cost.runs > cases[i].runs_most ||
            (cost.given_up * 4 >= cost.urls) != cases[i].hopeless ||
            (cost.matches == cost.urls) != cases[i].everything)
            fail_msg("%s: always %d, heavy %d, runs %u, given up %u, matches %u", cases[i].regex, cost.always,
                     cost.heavy, cost.runs, cost.given_up, cost.matches);
        assert_memory_equal(&cost, &again, sizeof cost);
        assert_true(cost.run_ns > 0 && pattern_cost_url_ns(&cost) <= cost.run_ns);
        pattern_probe_free(&p);
    }
}

TEST(pattern_probe_warnings__name_what_is_often_meant_otherwise)
{
    static const struct {
        const char *regex, *has; /* NULL: nothing */
    } cases[] = {
        {"example.com", "the '.' at byte 7 stands for any character; write \\. for a dot"},
        {"example\\.com", NULL},
        {"a.*b.+c.?d.{2}e", NULL},
        {"[a.b]x.y", "the '.' at byte 6"},
        {".*ads", "'.*' at the beginning"},
        {"^.*ads", "'.*' at the beginning"},
        {"ads/.*$", "'.*' at the end"},
        {"ads\\.*$", NULL},
        {"^www", "write ^https?://"},
        {"^https?://x", NULL},
        {"Ads", "case makes no difference"},
        {"\\Wads", NULL},
        {"a b", "%20"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct pattern_probe *p = probe(cases[i].regex);
        json_t *warnings = pattern_probe_warnings(p);
        const char *first = json_string_value(json_array_get(warnings, 0));
        assert_int_equal(json_array_size(warnings), cases[i].has != NULL);
        if (cases[i].has && !strstr(first, cases[i].has))
            fail_msg("%s: %s", cases[i].regex, first);
        json_decref(warnings);
        pattern_probe_free(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pattern_requirement__keeps_runs_and_stays_on_the_safe_side),
        cmocka_unit_test(pattern_requirement__knows_a_second_text),
        cmocka_unit_test(pattern_requirement__knows_what_a_match_ends_with),
        cmocka_unit_test(pattern_requirement__is_bounded_for_patterns_that_multiply),
        cmocka_unit_test(pattern_set_match__tells_each_pattern),
        cmocka_unit_test(pattern_set_add__gives_the_same_id_again),
        cmocka_unit_test(pattern_set_add__says_what_is_wrong),
        cmocka_unit_test(pattern_set_match__limits_patterns_that_backtrack_without_end),
        cmocka_unit_test(pattern_set_match__reads_long_urls_to_their_end),
        cmocka_unit_test(pattern_code__is_shared_while_somebody_has_it),
        cmocka_unit_test(pattern_code__serves_threads),
        cmocka_unit_test(pattern_set__of_nothing_matches_nothing),
        cmocka_unit_test(pattern_set_match__agrees_with_pcre2_one_by_one),
        cmocka_unit_test(pattern_probe__says_where_it_matches),
        cmocka_unit_test(pattern_probe__points_at_the_fault),
        cmocka_unit_test(pattern_probe_cost__tells_how_often_it_runs_and_what_backtracks),
        cmocka_unit_test(pattern_probe_warnings__name_what_is_often_meant_otherwise),
    };
    return cmocka_run_group_tests_name("policy/pattern", tests, NULL, NULL);
}
