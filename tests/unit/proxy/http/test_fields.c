/* test_fields.c - unit tests of proxy/http/fields.c. */
#include "tests/support/cmocka_all.h"

#include <stdlib.h>

#include "proxy/http/fields.h"

static const struct head_limits limits = {.bytes = 65536, .fields = 100};
static const uint8_t secret[32] = {1, 2, 3};

static struct fields_self self_of(bool via, enum forwarded_for mode)
{
    struct fields_self self;
    fields_self_init(&self, secret, via, mode);
    return self;
}

static void parse(struct head *h, const char *text)
{
    head_init(h);
    if (head_parse_request(h, text, strlen(text), limits) != HEAD_DONE)
        fail_msg("%s: %s", text, head_fault_word(h->fault));
}

static void parse_answer(struct head *h, const char *text, enum method method)
{
    head_init(h);
    if (head_parse_response(h, text, strlen(text), limits, method) != HEAD_DONE)
        fail_msg("%s: %s", text, head_fault_word(h->fault));
}

static struct sl_url example(struct sl_arena *arena, const char *text)
{
    struct sl_url url;
    struct sl_err err = {0};
    if (!sl_url_parse(sl_cstr(text), arena, &url, &err))
        fail_msg("%s", err.msg);
    return url;
}

/* The bound is the exact size of the buffer, so ASan proves it. */
static char *build(const struct fields_self *self, const struct fields_request *r)
{
    size_t cap = fields_request_bound(r);
    char *out = malloc(cap);
    size_t n = fields_build_request(self, r, out, cap);
    char *text = sl_str_dup(sl_str(out, n));
    free(out);
    return text;
}

static char *build_answer(const struct fields_self *self, const struct fields_response *r)
{
    size_t cap = fields_response_bound(r);
    char *out = malloc(cap);
    size_t n = fields_build_response(self, r, out, cap);
    char *text = sl_str_dup(sl_str(out, n));
    free(out);
    return text;
}

static struct sl_addr client_of(const char *text)
{
    struct sl_addr a;
    assert_true(sl_addr_parse(sl_cstr(text), &a));
    return a;
}

TEST(fields_build_request__removes_what_is_between_two_hops)
{
    static const struct {
        const char *in, *url, *out;
    } cases[] = {
        {"GET http://A.example/x?y HTTP/1.1\r\nHost: other\r\nAccept:*/*\r\nX: \t a b \r\n\r\n",
         "http://a.example/x?y", "GET /x?y HTTP/1.1\r\nHost: a.example\r\nAccept: */*\r\nX: a b\r\n\r\n"},
        {"GET http://a.example:81 HTTP/1.1\r\nHost: a\r\nConnection: close, X-Secret\r\nx-secret: "
         "1\r\nKeep-Alive: 3\r\n"
         "Proxy-Connection: x\r\nProxy-Authorization: Basic eA==\r\nProxy-Authenticate: x\r\nUpgrade: "
         "h2c\r\nHTTP2-Settings: x\r\n"
         "TE: gzip\r\nTrailer: x\r\nB: 1\r\n\r\n",
         "http://a.example:81/", "GET / HTTP/1.1\r\nHost: a.example:81\r\nB: 1\r\n\r\n"},
        {"GET http://a/ HTTP/1.1\r\nHost: a\r\nConnection: Host, Content-Length, "
         "Cache-Control\r\nContent-Length: 0\r\n"
         "Cache-Control: no-cache\r\n\r\n",
         "http://a/", "GET / HTTP/1.1\r\nHost: a\r\nCache-Control: no-cache\r\nContent-Length: 0\r\n\r\n"},
        {"POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0012\r\nExpect: 100-continue\r\n\r\n",
         "http://a/", "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 12\r\n\r\n"},
        {"GET http://a/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", "http://a/",
         "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"PUT http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nConnection: "
         "X-Sum\r\n\r\n",
         "http://a/", "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {"GET http://a/ HTTP/1.1\r\nHost: a\r\nContent_Length: 5\r\nTransfer_Encoding: chunked\r\n"
         "X_Forwarded_For: 1.1.1.1\r\nX_Own: 1\r\n\r\n",
         "http://a/", "GET / HTTP/1.1\r\nHost: a\r\nX_Own: 1\r\n\r\n"},
        {"POST http://a/ HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n", "http://a/",
         "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"},
        {"POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:  Chunked\r\nTE: trailers, "
         "gzip\r\nTrailer: X-Sum\r\n\r\n",
         "http://a/",
         "POST / HTTP/1.1\r\nHost: a\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\nTE: "
         "trailers\r\nConnection: TE\r\n\r\n"},
        {"PATCH http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "http://a/",
         "PATCH / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"},
        {"OPTIONS http://a.example HTTP/1.1\r\nHost: a\r\nMax-Forwards: 3\r\n\r\n", "http://a.example/",
         "OPTIONS * HTTP/1.1\r\nHost: a.example\r\nMax-Forwards: 2\r\n\r\n"},
        {"OPTIONS http://a.example/ HTTP/1.1\r\nHost: a\r\n\r\n", "http://a.example/",
         "OPTIONS / HTTP/1.1\r\nHost: a.example\r\n\r\n"},
        {"OPTIONS http://a.example\\x HTTP/1.1\r\nHost: a\r\n\r\n", "http://a.example/x",
         "OPTIONS /x HTTP/1.1\r\nHost: a.example\r\n\r\n"},
        {"OPTIONS http://a.example?x HTTP/1.1\r\nHost: a\r\n\r\n", "http://a.example/?x",
         "OPTIONS /?x HTTP/1.1\r\nHost: a.example\r\n\r\n"},
        {"OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 99999999999999999999\r\n\r\n", "http://a.example/",
         "OPTIONS * HTTP/1.1\r\nHost: a.example\r\nMax-Forwards: 999\r\n\r\n"},
        {"GET http://a/ HTTP/1.1\r\nHost: a\r\nMax-Forwards: 3\r\n\r\n", "http://a/",
         "GET / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 3\r\n\r\n"},
        {"GET http://[::1]:8080/ HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nForwarded: "
         "for=x\r\nX-Real-IP: 1.1.1.1\r\n"
         "X-Sluice-Loop: abc\r\n\r\n",
         "http://[::1]:8080/", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"},
    };
    struct fields_self self = self_of(false, FORWARDED_DELETE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sl_arena arena;
        struct head h;
        sl_arena_init(&arena, 0);
        parse(&h, cases[i].in);
        struct sl_url url = example(&arena, cases[i].url);
        struct fields_request r = {.head = &h, .url = &url, .client = client_of("192.0.2.7")};
        char *out = build(&self, &r);
        assert_string_equal(out, cases[i].out);
        free(out);
        sl_arena_fini(&arena);
    }
}

TEST(fields_build_request__tells_of_the_client_as_set)
{
    static const char in[] =
        "GET http://a/ HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nForwarded: for=x\r\n"
        "X-Forwarded-For: 2.2.2.2, 3.3.3.3\r\nX-Real-IP: 1.1.1.1\r\n\r\n";
#define BEGIN "GET / HTTP/1.1\r\nHost: a\r\n"
    static const struct {
        enum forwarded_for mode;
        const char *client, *out;
    } cases[] = {
        {FORWARDED_DELETE, "192.0.2.7", BEGIN "\r\n"},
        {FORWARDED_TRANSPARENT, "192.0.2.7",
         BEGIN "X-Forwarded-For: 1.1.1.1\r\nForwarded: for=x\r\nX-Forwarded-For: 2.2.2.2, "
               "3.3.3.3\r\nX-Real-IP: 1.1.1.1\r\n\r\n"},
        {FORWARDED_TRUNCATE, "192.0.2.7", BEGIN "X-Forwarded-For: 192.0.2.7\r\n\r\n"},
        {FORWARDED_APPEND, "2001:db8::7",
         BEGIN "Forwarded: for=x\r\nX-Real-IP: 1.1.1.1\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2, 3.3.3.3, "
               "2001:db8::7\r\n\r\n"},
        {FORWARDED_ON_BEHALF, "192.0.2.7", BEGIN "Forwarded: for=x, for=192.0.2.7\r\n\r\n"},
        {FORWARDED_ON_BEHALF, "2001:db8::7", BEGIN "Forwarded: for=x, for=\"[2001:db8::7]\"\r\n\r\n"},
    };
    struct sl_arena arena;
    struct head h;
    sl_arena_init(&arena, 0);
    parse(&h, in);
    struct sl_url url = example(&arena, "http://a/");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fields_self self = self_of(false, cases[i].mode);
        struct fields_request r = {.head = &h, .url = &url, .client = client_of(cases[i].client)};
        char *out = build(&self, &r);
        assert_string_equal(out, cases[i].out);
        free(out);
    }
    sl_arena_fini(&arena);
}

TEST(fields_build_request__puts_its_element_behind_nothing_that_hides_it)
{
    static const struct {
        const char *earlier, *out;
    } cases[] = {
        {"Forwarded: for=\"[::1]:80\";by=_x, for=\"a\\\"b\"\r\n",
         BEGIN "Forwarded: for=\"[::1]:80\";by=_x, for=\"a\\\"b\", for=192.0.2.7\r\n\r\n"},
        {"Forwarded: for=\"x\r\nForwarded: \"\r\n", BEGIN "Forwarded: for=192.0.2.7\r\n\r\n"},
        {"Forwarded: for=\"x\\\"\r\n", BEGIN "Forwarded: for=192.0.2.7\r\n\r\n"},
        {"Forwarded: for=[::1]\r\n", BEGIN "Forwarded: for=192.0.2.7\r\n\r\n"},
    };
    struct fields_self self = self_of(false, FORWARDED_ON_BEHALF);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sl_arena arena;
        struct head h;
        sl_arena_init(&arena, 0);
        SL_CLEANUP(sl_freep)
        char *in = sl_asprintf("GET http://a/ HTTP/1.1\r\nHost: a\r\n%s\r\n", cases[i].earlier);
        parse(&h, in);
        struct sl_url url = example(&arena, "http://a/");
        struct fields_request r = {.head = &h, .url = &url, .client = client_of("192.0.2.7")};
        SL_CLEANUP(sl_freep) char *out = build(&self, &r);
        assert_string_equal(out, cases[i].out);
        sl_arena_fini(&arena);
    }
}

TEST(fields_build_echo__leaves_secrets_out)
{
    struct sl_arena arena;
    struct head h;
    char out[4096];
    sl_arena_init(&arena, 0);
    parse(
        &h,
        "TRACE http://user:word@A.example/x HTTP/1.1\r\nHost: b\r\nCookie: a=1\r\nAuthorization: Basic x\r\n"
        "Proxy-Authorization: Basic x\r\nX-Api-Key: 1\r\nX_Auth_Token: 1\r\nX-Sluice-Loop: 1\r\nVia: 1.1 "
        "p\r\n"
        "Max-Forwards: 0\r\nX-Own:2\r\n\r\n");
    struct sl_url url = example(&arena, "http://user:word@A.example/x");
    const struct fields_request r = {.head = &h, .url = &url};
    size_t n = fields_build_echo(&r, out, sizeof out);
    out[n] = '\0';
    assert_string_equal(out,
                        "TRACE http://a.example/x HTTP/1.1\r\nHost: b\r\nVia: 1.1 p\r\nMax-Forwards: 0\r\n"
                        "X-Own: 2\r\n\r\n");
    sl_arena_fini(&arena);
}

TEST(fields_build_request__sends_absolute_form_and_credentials_to_a_parent)
{
    struct sl_arena arena;
    struct head h;
    sl_arena_init(&arena, 0);
    parse(&h, "GET http://a/x HTTP/1.1\r\nHost: a\r\nVia: 1.0 p\r\nX-Sluice-Loop: ffff\r\n\r\n");
    struct sl_url url = example(&arena, "http://a/x");
    struct fields_self self = self_of(false, FORWARDED_DELETE), open = self_of(true, FORWARDED_DELETE);
    struct fields_request r = {.head = &h,
                               .url = &url,
                               .to_proxy = true,
                               .proxy_authorization = SL_STR("Basic eA=="),
                               .close = true};
    SL_CLEANUP(sl_freep) char *out = build(&self, &r), *wanted = NULL;
    wanted = sl_asprintf(
        "GET http://a/x HTTP/1.1\r\nHost: a\r\nVia: 1.0 p\r\nX-Sluice-Loop: ffff\r\nX-Sluice-Loop: %s\r\n"
        "Proxy-Authorization: Basic eA==\r\nConnection: close\r\n\r\n",
        self.marker);
    assert_string_equal(out, wanted);
    r.proxy_authorization.p = NULL;
    r.upgrade = true;
    SL_CLEANUP(sl_freep) char *out2 = build(&open, &r), *wanted2 = NULL;
    wanted2 = sl_asprintf(
        "GET http://a/x HTTP/1.1\r\nHost: a\r\nVia: 1.0 p\r\nX-Sluice-Loop: ffff\r\nVia: 1.1 %s\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        open.pseudonym);
    assert_string_equal(out2, wanted2);
    parse(&h, "OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n"); /* "*" is for the last proxy to write */
    url = example(&arena, "http://a");
    r = (struct fields_request){.head = &h, .url = &url, .to_proxy = true};
    SL_CLEANUP(sl_freep) char *out3 = build(&open, &r);
    assert_true(sl_str_starts(sl_cstr(out3), SL_STR("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n")));
    sl_arena_fini(&arena);
}

TEST(fields_build_request__applies_edits_but_never_to_framing)
{
    struct sl_arena arena;
    struct head h;
    sl_arena_init(&arena, 0);
    parse(&h, "GET http://a/ HTTP/1.1\r\nHost: a\r\nCookie: x\r\nA: old\r\nB: 1\r\nX_own: "
              "1\r\nContent-Length: 0\r\n\r\n");
    struct sl_url url = example(&arena, "http://a/");
    struct fields_self self = self_of(false, FORWARDED_DELETE);
    struct fields_edit edits[] = {{SL_STR("a"), SL_STR("new")},
                                  {SL_STR("COOKIE"), {0}},
                                  {SL_STR("Host"), SL_STR("evil")},
                                  {SL_STR("Content-Length"), {0}},
                                  {SL_STR("Connection"), SL_STR("evil")},
                                  {SL_STR("Max-Forwards"), SL_STR("9")},
                                  {SL_STR("X-Own"), {0}}};
    struct fields_request r = {.head = &h, .url = &url, .edits = edits, .edit_count = SL_COUNT(edits)};
    SL_CLEANUP(sl_freep) char *out = build(&self, &r);
    assert_string_equal(out, "GET / HTTP/1.1\r\nHost: a\r\nB: 1\r\nContent-Length: 0\r\na: new\r\n\r\n");
    sl_arena_fini(&arena);
}

TEST(fields_build_request__takes_another_query)
{
    static const struct {
        const char *url;
        struct sl_str query;
        const char *origin, *parent;
    } cases[] = {
        {"http://a/p?q", {NULL, 0}, "GET /p?q ", "GET http://a/p?q "},
        {"http://a/p?q", {"x=1", 3}, "GET /p?x=1 ", "GET http://a/p?x=1 "},
        {"http://a/p", {"x=1", 3}, "GET /p?x=1 ", "GET http://a/p?x=1 "},
        {"http://a/p?q", {"", 0}, "GET /p ", "GET http://a/p "},
    };
    struct sl_arena arena;
    struct head h;
    sl_arena_init(&arena, 0);
    parse(&h, "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n");
    struct fields_self self = self_of(false, FORWARDED_DELETE);
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_url url = example(&arena, cases[i].url);
        struct fields_request r = {.head = &h, .url = &url, .query = cases[i].query};
        SL_CLEANUP(sl_freep) char *direct = build(&self, &r);
        r.to_proxy = true;
        SL_CLEANUP(sl_freep) char *by_parent = build(&self, &r);
        assert_true(sl_str_starts(sl_cstr(direct), sl_cstr(cases[i].origin)));
        assert_true(sl_str_starts(sl_cstr(by_parent), sl_cstr(cases[i].parent)));
    }
    sl_arena_fini(&arena);
}

TEST(fields_request_bound__suffices_for_untidy_fields)
{
    struct sl_arena arena;
    struct sl_text text = {0};
    struct head h;
    sl_arena_init(&arena, 0);
    sl_text_add(&text, SL_STR("OPTIONS http://a/ HTTP/1.1\r\nHost:a\r\nMax-Forwards:00000000000007\r\n"));
    for (int i = 0; i < 90; i++)
        sl_text_add(&text, SL_STR("x:\r\n"));
    sl_text_add(&text, SL_STR("\r\n"));
    parse(&h, text.p);
    struct sl_url url = example(&arena, "http://a/");
    struct fields_self self = self_of(true, FORWARDED_APPEND);
    struct fields_request r = {
        .head = &h, .url = &url, .client = client_of("2001:db8:1111:2222:3333:4444:5555:6666")};
    free(build(&self, &r));
    sl_text_fini(&text);
    sl_arena_fini(&arena);
}

TEST(fields_build_connect__carries_what_finds_loops)
{
    struct sl_arena arena;
    struct sl_err err = {0};
    struct sl_url url;
    struct head h;
    char out[4096];
    sl_arena_init(&arena, 0);
    parse(&h, "CONNECT a.example:443 HTTP/1.1\r\nHost: x\r\nVia: 1.1 p\r\nProxy-Authorization: Basic "
              "secret\r\nUser-Agent: curl\r\n\r\n");
    assert_true(sl_url_parse_authority(SL_STR("a.example:443"), &arena, &url, &err));
    struct fields_self self = self_of(true, FORWARDED_DELETE);
    size_t n = fields_build_connect(&self, &url, SL_STR("Basic eA=="), &h, out, sizeof out);
    SL_CLEANUP(sl_freep)
    char *wanted = sl_asprintf("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nVia: 1.1 "
                               "p\r\nUser-Agent: curl\r\nVia: 1.1 %s\r\n"
                               "Proxy-Authorization: Basic eA==\r\n\r\n",
                               self.pseudonym);
    assert_int_equal(n, strlen(wanted));
    assert_memory_equal(out, wanted, n);
    sl_arena_fini(&arena);
}

TEST(fields_loop__finds_ourselves)
{
    struct fields_self self = self_of(true, FORWARDED_DELETE), off = self_of(false, FORWARDED_DELETE);
    uint8_t other_secret[32] = {9};
    struct fields_self other;
    fields_self_init(&other, other_secret, true, FORWARDED_DELETE);
    assert_string_equal(self.pseudonym, off.pseudonym);
    assert_string_not_equal(self.pseudonym, other.pseudonym);
    assert_string_not_equal(self.marker, off.marker);
    char hops[2000] = "1.1 a";
    for (size_t i = 0; i < FIELDS_VIA_HOPS_MAX; i++)
        memcpy(hops + 5 + 7 * i, ", 1.1 a", sizeof ", 1.1 a");
    const struct {
        const char *field, *value;
        bool loop;
    } cases[] = {
        {"X", self.pseudonym, false},
        {"Via", "1.1 sluice-00000000", false},
        {"Via", other.pseudonym, false},
        {"Via", "1.0 fred, 1.1 p.example.net", false},
        {"Via", sl_asprintf("1.1 %s", self.pseudonym), true},
        {"Via", sl_asprintf("1.0 fred, HTTP/1.1 %s (Sluice)", self.pseudonym), true},
        {"Via", sl_asprintf("1.0 fred,1.1   %s , 1.1 x", self.pseudonym), true},
        {"Via", hops, true},
        {"X-Sluice-Loop", self.marker, true},
        {"X-Sluice-Loop", off.marker, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct head h;
        SL_CLEANUP(sl_freep)
        char *text = sl_asprintf("GET http://a/ HTTP/1.1\r\nHost: a\r\n%s: %s\r\n\r\n", cases[i].field,
                                 cases[i].value);
        parse(&h, text);
        if (fields_loop(&self, &h) != cases[i].loop)
            fail_msg("%s: %s", cases[i].field, cases[i].value);
    }
    for (size_t i = 4; i < 7; i++)
        free((char *)(uintptr_t)cases[i].value);
}

TEST(fields_max_forwards__counts_for_trace_and_options)
{
    static const struct {
        const char *text;
        int hops;
    } cases[] = {{"TRACE http://a/ HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n", 0},
                 {"OPTIONS http://a/ HTTP/1.1\r\nHost: a\r\nMax-Forwards: 7\r\n\r\n", 7},
                 {"OPTIONS http://a/ HTTP/1.1\r\nHost: a\r\nMax-Forwards: 18446744073709551617\r\n\r\n",
                  FIELDS_MAX_FORWARDS},
                 {"GET http://a/ HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n", -1},
                 {"TRACE http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct head h;
        parse(&h, cases[i].text);
        assert_int_equal(fields_max_forwards(&h), cases[i].hops);
    }
}

TEST(fields_build_response__frames_for_the_client)
{
    static const struct {
        const char *in;
        struct fields_response r;
        enum method method;
        const char *out;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: "
         "5\r\nDate: d\r\n\r\n",
         {.client_minor = 1, .keep_alive = true, .framing = BODY_LENGTH},
         METHOD_GET,
         "HTTP/1.1 200 OK\r\nDate: d\r\nContent-Length: 5\r\n\r\n"},
        {"HTTP/1.0 200 OK\r\nProxy-Status: far; error=dns_error\r\nContent-Length: 5\r\n\r\n",
         {.client_minor = 0, .keep_alive = true, .framing = BODY_LENGTH},
         METHOD_GET,
         "HTTP/1.1 200 OK\r\nProxy-Status: far; error=dns_error\r\nContent-Length: 5\r\nConnection: "
         "keep-alive\r\n\r\n"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n",
         {.client_minor = 1, .keep_alive = true, .framing = BODY_CHUNKED},
         METHOD_GET,
         "HTTP/1.1 200 OK\r\nTrailer: X\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n",
         {.client_minor = 0, .framing = BODY_CLOSE},
         METHOD_GET,
         "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
         {.client_minor = 1, .keep_alive = true, .framing = BODY_NONE},
         METHOD_HEAD,
         "HTTP/1.1 200 OK\r\n\r\n"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
         {.client_minor = 1, .keep_alive = true, .framing = BODY_NONE},
         METHOD_HEAD,
         "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
        {"HTTP/1.1 204 \r\nContent-Length: 5\r\n\r\n",
         {.client_minor = 1, .keep_alive = true, .framing = BODY_NONE},
         METHOD_GET,
         "HTTP/1.1 204 \r\n\r\n"},
        {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
         {.client_minor = 1, .framing = BODY_NONE, .now_s = 1},
         METHOD_GET,
         "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"},
        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
         "Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
         {.client_minor = 1, .upgrade = true, .framing = BODY_NONE},
         METHOD_GET,
         "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\nUpgrade: websocket\r\nConnection: "
         "Upgrade\r\n\r\n"},
        {"HTTP/1.1 200 OK\r\nAlt-Svc: h3=\":443\"\r\nalt-svc: h2=\":1\", h3=\":443\"\r\nAlternate-Protocol: "
         "443:quic\r\nAlt_Svc: h3=\":443\"\r\nContent-Length: 0\r\n\r\n",
         {.client_minor = 1, .keep_alive = true, .framing = BODY_LENGTH},
         METHOD_GET,
         "HTTP/1.1 200 OK\r\nalt-svc: h2=\":1\"\r\nContent-Length: 0\r\n\r\n"},
        {"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nProxy-Authentication-Info: x\r\nWWW-Authenticate: "
         "y\r\nContent-Length: 0\r\n\r\n",
         {.client_minor = 1, .framing = BODY_LENGTH},
         METHOD_GET,
         "HTTP/1.1 407 No\r\nWWW-Authenticate: y\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"},
        {"HTTP/1.1 200\r\n\r\n",
         {.client_minor = 1, .keep_alive = true, .framing = BODY_CHUNKED, .now_s = 784111777},
         METHOD_GET,
         "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n"},
    };
    struct fields_self self = self_of(false, FORWARDED_DELETE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct head h;
        parse_answer(&h, cases[i].in, cases[i].method);
        struct fields_response r = cases[i].r;
        r.head = &h;
        char *out = build_answer(&self, &r);
        assert_string_equal(out, cases[i].out);
        free(out);
    }
}

TEST(fields_build_response__adds_via_and_edits)
{
    struct head h;
    struct fields_self self = self_of(true, FORWARDED_DELETE);
    struct fields_edit edits[] = {{SL_STR("Server"), {0}}, {SL_STR("X-Frame-Options"), SL_STR("DENY")}};
    parse_answer(&h, "HTTP/1.0 200 OK\r\nServer: x\r\nContent-Length: 1\r\n\r\n", METHOD_GET);
    struct fields_response r = {.head = &h,
                                .client_minor = 1,
                                .keep_alive = true,
                                .framing = BODY_LENGTH,
                                .edits = edits,
                                .edit_count = 2};
    SL_CLEANUP(sl_freep) char *out = build_answer(&self, &r), *wanted = NULL;
    wanted =
        sl_asprintf("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nVia: 1.0 %s\r\nX-Frame-Options: DENY\r\n\r\n",
                    self.pseudonym);
    assert_string_equal(out, wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_build_request__removes_what_is_between_two_hops),
        cmocka_unit_test(fields_build_request__tells_of_the_client_as_set),
        cmocka_unit_test(fields_build_request__puts_its_element_behind_nothing_that_hides_it),
        cmocka_unit_test(fields_build_echo__leaves_secrets_out),
        cmocka_unit_test(fields_build_request__sends_absolute_form_and_credentials_to_a_parent),
        cmocka_unit_test(fields_build_request__applies_edits_but_never_to_framing),
        cmocka_unit_test(fields_build_request__takes_another_query),
        cmocka_unit_test(fields_request_bound__suffices_for_untidy_fields),
        cmocka_unit_test(fields_build_connect__carries_what_finds_loops),
        cmocka_unit_test(fields_loop__finds_ourselves),
        cmocka_unit_test(fields_max_forwards__counts_for_trace_and_options),
        cmocka_unit_test(fields_build_response__frames_for_the_client),
        cmocka_unit_test(fields_build_response__adds_via_and_edits),
    };
    return cmocka_run_group_tests_name("proxy/http/fields", tests, NULL, NULL);
}
