/* test_fetch.c - unit tests of policy/store/fetch.c, against a server on 127.0.0.1. */
#include "tests/support/cmocka_all.h"

#include "base/fs.h"
#include "httpd.h"
#include "policy/store/fetch.h"
#include "tests/support/tmpdir.h"

static const struct sl_cidr loopback = {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127}}, 96 + 8};

struct world {
    struct httpd httpd;
    char *dir, *path, *url;
    struct fetch_request request;
    struct fetch_answer answer;
    struct sl_err err;
};

static int make_world(void **state)
{
    struct world *w = sl_calloc(1, sizeof *w);
    httpd_start(&w->httpd);
    w->dir = tmpdir_new();
    w->path = tmpdir_path(w->dir, "got");
    w->url = sl_asprintf("http://127.0.0.1:%u/list.txt", w->httpd.port);
    w->request = (struct fetch_request){.url = w->url,
                                        .private_nets = &loopback,
                                        .private_count = 1,
                                        .path = w->path,
                                        .max_bytes = 1 << 20,
                                        .connect_ms = 5000,
                                        .stall_ms = 5000,
                                        .total_ms = 20000};
    *state = w;
    return 0;
}

static int drop_world(void **state)
{
    struct world *w = *state;
    httpd_stop(&w->httpd);
    tmpdir_free(&w->dir);
    free(w->path);
    free(w->url);
    free(w);
    return 0;
}

static void expect_failure(struct world *w, enum sl_code code, const char *part_of_message)
{
    assert_false(fetch_url(&w->request, &w->answer, &w->err));
    if (w->err.code != code || !strstr(w->err.msg, part_of_message))
        fail_msg("%s: %s", sl_code_word(w->err.code), w->err.msg);
    assert_false(fs_exists(w->path));
}

static void fetch__writes_what_it_got(void **state)
{
    struct world *w = *state;
    char *text = NULL;
    size_t n;
    httpd_says(&w->httpd,
               "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nETag: \"v1\"\r\nLast-Modified: Mon, 23 Nov 2026 "
               "09:00:00 GMT\r\n",
               "example.com\n");
    if (!fetch_url(&w->request, &w->answer, &w->err))
        fail_msg("%s", w->err.msg);
    assert_false(w->answer.unchanged);
    assert_int_equal(w->answer.bytes, 12);
    assert_string_equal(w->answer.etag, "\"v1\"");
    assert_string_equal(w->answer.last_modified, "Mon, 23 Nov 2026 09:00:00 GMT");
    assert_true(fs_read(w->path, 100, &text, &n, NULL));
    assert_string_equal(text, "example.com\n");
    assert_true(httpd_was_asked(&w->httpd, "User-Agent: sluice/"));
    assert_false(httpd_was_asked(&w->httpd, "If-None-Match"));
    free(text);
    fetch_answer_fini(&w->answer);
    /* It never writes over a file. */
    assert_false(fetch_url(&w->request, &w->answer, &w->err));
}

static void fetch__asks_only_for_news(void **state)
{
    struct world *w = *state;
    httpd_says(&w->httpd, "HTTP/1.1 200 OK\r\n", "x\n");
    httpd_set(&w->httpd, &w->httpd.conditional);
    w->request.etag = "\"v1\"";
    w->request.last_modified = "Mon, 23 Nov 2026 09:00:00 GMT";
    if (!fetch_url(&w->request, &w->answer, &w->err))
        fail_msg("%s", w->err.msg);
    assert_true(w->answer.unchanged);
    assert_true(httpd_was_asked(&w->httpd, "If-None-Match: \"v1\"\r\n"));
    assert_true(httpd_was_asked(&w->httpd, "If-Modified-Since: Mon, 23 Nov 2026 09:00:00 GMT\r\n"));
    assert_false(fs_exists(w->path));
    fetch_answer_fini(&w->answer);
}

static void fetch__refuses_bad_answers(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *head, *body;
        enum sl_code code;
        const char *message;
    } cases[] = {
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n", "gone", SL_UNAVAILABLE, "answered 404"},
        {"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n", "", SL_UNAVAILABLE, "answered 500"},
        {"HTTP/1.1 206 Partial\r\nContent-Length: 4\r\n", "part", SL_UNAVAILABLE, "answered 206"},
        {"HTTP/1.1 304 Not Modified\r\n", "", SL_UNAVAILABLE, "answered 304"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n", "cut", SL_UNAVAILABLE, "cannot fetch"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", "a\r\nhalf", SL_UNAVAILABLE, "cannot fetch"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n", "", SL_LIMIT, "is larger than 1048576 bytes"},
        {"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n", "", SL_UNAVAILABLE,
         "cannot fetch"},
        {"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n", "", SL_UNAVAILABLE, "redirects"},
        {"nonsense\r\n", "", SL_UNAVAILABLE, "cannot fetch"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        httpd_says(&w->httpd, cases[i].head, cases[i].body);
        expect_failure(w, cases[i].code, cases[i].message);
    }
}

static void fetch__stops_an_endless_answer(void **state)
{
    struct world *w = *state;
    char body[8192];
    memset(body, 'x', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    httpd_says(&w->httpd, "HTTP/1.1 200 OK\r\n", body);
    httpd_set(&w->httpd, &w->httpd.endless);
    expect_failure(w, SL_LIMIT, "is larger than 1048576 bytes");
}

static void fetch__stops_when_it_takes_too_long(void **state)
{
    struct world *w = *state;
    httpd_says(&w->httpd, "", "");
    httpd_set(&w->httpd, &w->httpd.hang);
    w->request.total_ms = 200;
    expect_failure(w, SL_UNAVAILABLE, "cannot fetch");
}

static bool say_no(void *arg, uint64_t done, uint64_t total)
{
    return false;
}

static void fetch__stops_when_told(void **state)
{
    struct world *w = *state;
    httpd_says(&w->httpd, "", "");
    httpd_set(&w->httpd, &w->httpd.hang);
    w->request.progress = say_no;
    expect_failure(w, SL_BUSY, "stopped");
}

static void fetch__takes_no_proxy_from_the_environment(void **state)
{
    struct world *w = *state;
    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
    httpd_says(&w->httpd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", "x\n");
    bool ok = fetch_url(&w->request, &w->answer, &w->err);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    if (!ok)
        fail_msg("%s", w->err.msg);
    fetch_answer_fini(&w->answer);
}

TEST(fetch_check_url__wants_http_and_a_host)
{
    static const struct {
        const char *url;
        bool good;
    } cases[] = {
        {"http://example.com/a", true}, {"HTTPS://example.com", true},
        {"ftp://example.com/", false},  {"file:///etc/passwd", false},
        {"http:///path", false},        {"http://", false},
        {"http://a b/", false},         {"http://a/\r\nX: y", false},
        {"example.com", false},         {"", false},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_err err = {0};
        if (fetch_check_url(sl_cstr(cases[i].url), &err) != cases[i].good)
            fail_msg("'%s': %s", cases[i].url, err.msg);
    }
}

/* The server is on 127.0.0.1, which nobody allowed; by whatever name. */
static void fetch__dials_public_addresses_only(void **state)
{
    struct world *w = *state;
    static const char *const hosts[] = {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1"};
    w->request.private_count = 0;
    httpd_says(&w->httpd, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n", "bad.example\n");
    for (size_t i = 0; i < SL_COUNT(hosts); i++) {
        SL_CLEANUP(sl_freep) char *url = sl_asprintf("http://%s:%u/", hosts[i], w->httpd.port);
        w->request.url = url;
        expect_failure(w, SL_DENIED, " is loopback; to fetch from there, name it in proxy.allow_private");
    }
}

/* A public server must not send us into our own network either. */
static void fetch__looks_at_redirects_too(void **state)
{
    struct world *w = *state;
    SL_CLEANUP(sl_freep)
    char *head =
        sl_asprintf("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://169.254.169.254/\r\n");
    httpd_says(&w->httpd, head, "");
    expect_failure(w, SL_DENIED, "its address 169.254.169.254 is metadata;");
}

TEST(fetch_public_url__hides_credentials)
{
    static const struct {
        const char *url, *shown;
    } cases[] = {
        {"https://user:pass@example.com/a@b", "https://***@example.com/a@b"},
        {"https://example.com/a@b", "https://example.com/a@b"},
        {"https://u@x@example.com?q", "https://***@example.com?q"},
        {"https://example.com/get?edition=a&key=s3cret&x", "https://example.com/get?edition=***&key=***&x"},
        {"https://example.com/a#part?b=c", "https://example.com/a"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        char *shown = fetch_public_url(cases[i].url);
        assert_string_equal(shown, cases[i].shown);
        free(shown);
    }
}

#define IN_WORLD(name) cmocka_unit_test_setup_teardown(name, make_world, drop_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(fetch__writes_what_it_got),
        IN_WORLD(fetch__asks_only_for_news),
        IN_WORLD(fetch__refuses_bad_answers),
        IN_WORLD(fetch__dials_public_addresses_only),
        IN_WORLD(fetch__looks_at_redirects_too),
        IN_WORLD(fetch__stops_an_endless_answer),
        IN_WORLD(fetch__stops_when_it_takes_too_long),
        IN_WORLD(fetch__stops_when_told),
        IN_WORLD(fetch__takes_no_proxy_from_the_environment),
        cmocka_unit_test(fetch_check_url__wants_http_and_a_host),
        cmocka_unit_test(fetch_public_url__hides_credentials),
    };
    return cmocka_run_group_tests_name("policy/store/fetch", tests, NULL, NULL);
}
