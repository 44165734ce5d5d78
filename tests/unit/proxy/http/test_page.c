/* test_page.c - unit tests of proxy/http/page*.c, accept.c and escape.c. */
#include "tests/support/cmocka_all.h"

#include <jansson.h>
#include <stdlib.h>

#include "proxy/http/accept.h"
#include "proxy/http/escape.h"
#include "proxy/http/page.h"

static const uint8_t key[32] = {7};

TEST(accept_form__takes_what_is_named)
{
    static const struct {
        const char *accept;
        enum page_form form;
    } cases[] = {
        {NULL, FORM_HTML},
        {"*/*", FORM_HTML},
        {"text/plain", FORM_TEXT},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", FORM_HTML},
        {"image/avif,image/webp,*/*;q=0.8", FORM_HTML},
        {"application/json", FORM_JSON},
        {"application/problem+json, */*;q=0.1", FORM_JSON},
        {"application/json, text/plain, */*", FORM_JSON},
        {"application/vnd.x+json;q=0.2, text/html;q=0.1", FORM_JSON},
        {"TEXT/HTML;Q=0.5, application/json;q=0.4", FORM_HTML},
        {"text/html;q=0", FORM_TEXT},
        {"text/html;q=0, application/json;q=0", FORM_TEXT},
        {"text/html;level=1;q=0.001", FORM_HTML},
        {"text/html;q=bad", FORM_TEXT},
        {"text/plain, text/html;q=0.9", FORM_TEXT},
        {"text/plain;q=0.9, text/html", FORM_HTML},
        {"+json", FORM_HTML},
        {",;,=;q=1,/", FORM_HTML},
        {"text/html;q=", FORM_HTML},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (accept_form(sl_cstr(cases[i].accept)) != cases[i].form)
            fail_msg("%s", cases[i].accept);
}

TEST(escape__leaves_nothing_dangerous)
{
    static const struct {
        void (*escape)(struct sl_text *, struct sl_str);
        const char *in, *out;
    } cases[] = {
        {escape_html, "<a href=\"x\" b='y'>&amp;", "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;"},
        {escape_html, "a\r\nb\x01",
         "a\xef\xbf\xbd\xef\xbf\xbd"
         "b\xef\xbf\xbd"},
        {escape_html, "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"},
        {escape_html, "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
        {escape_html, "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
        {escape_html, "\xed\xa0\x80x", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx"},
        {escape_html, "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {escape_json, "a\"\\\n<", "\"a\\\"\\\\\\n\\u003c\""},
        {escape_plain, "a\nb<",
         "a\xef\xbf\xbd"
         "b<"},
        {escape_sf_string, "a\"\\\xc3\xa9\r", "\"a\\\"\\\\???\""},
        {escape_field, "a\r\nX: b\tc", "aX: bc"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SL_CLEANUP(sl_text_fini) struct sl_text t = {0};
        cases[i].escape(&t, sl_cstr(cases[i].in));
        assert_string_equal(t.p, cases[i].out);
    }
    SL_CLEANUP(sl_text_fini) struct sl_text t = {0};
    escape_html_short(&t, SL_STR("0123456789\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"), 12);
    assert_string_equal(t.p, "01234567\xe2\x80\xa6\xc3\xa4\xc3\xa4");
}

/* Splits an answer; checks that its head is whole and its length true. */
static struct head read_answer(const struct sl_text *t, struct sl_str *body, enum method method)
{
    struct head h;
    head_init(&h);
    if (head_parse_response(&h, t->p, t->n, (struct head_limits){65536, 100}, METHOD_GET) != HEAD_DONE)
        fail_msg("not a head: %s", head_fault_word(h.fault));
    *body = sl_str(t->p + h.length, t->n - h.length);
    assert_true(h.has_length);
    assert_int_equal(body->n, method == METHOD_HEAD ? 0 : h.content_length);
    return h;
}

static struct sl_str field_named(const struct head *h, const char *name)
{
    for (unsigned i = 0; i < h->field_count; i++)
        if (sl_str_ieq(head_name(h, &h->fields[i]), sl_cstr(name)))
            return head_value(h, &h->fields[i]);
    return sl_str(NULL, 0);
}

/* Every value that a stranger could choose, hostile. */
#define EVIL "<script>alert(\"x\")</script>'\r\nX-Evil: 1\x01\xff"

static struct certificate_member members[] = {
    {.subject = "CN = old.test",
     .issuer = "CN = Intermediate",
     .serial = "0a",
     .key = "P-256",
     .signature = "ecdsa-with-SHA256",
     .fingerprint = "00ff",
     .from_s = 1780000000,
     .until_s = 1795300000,
     .faults = (tls_faults)1 << TLS_FAULT_EXPIRED},
    {.subject = "CN = Intermediate",
     .issuer = "CN = Root",
     .serial = "0b",
     .key = "RSA 2048",
     .signature = "sha256WithRSAEncryption",
     .fingerprint = "11ff",
     .until_s = 1895300000,
     .fetched = true},
};
static const struct sl_str names_[] = {SL_STR("old.test"), SL_STR("www.old.test")};
static const struct certificate expired = {.fault = TLS_FAULT_EXPIRED,
                                           .faults = (tls_faults)1 << TLS_FAULT_EXPIRED |
                                                     (tls_faults)1 << TLS_FAULT_WRONG_NAME,
                                           .names = names_,
                                           .name_count = 2,
                                           .members = members,
                                           .member_count = 2};

static struct page evil_page(enum page_kind kind)
{
    static const struct certificate_member evil_members[] = {
        {.subject = EVIL, .issuer = EVIL, .serial = EVIL, .key = EVIL, .signature = EVIL, .fingerprint = "<"},
        {.subject = "",
         .issuer = "",
         .serial = "",
         .key = "",
         .signature = "",
         .until_s = INT64_MAX / 1000000}};
    static const struct sl_str evil_names[] = {SL_STR(EVIL)};
    static const struct certificate evil = {.fault = TLS_FAULT_WRONG_NAME,
                                            .names = evil_names,
                                            .name_count = 1,
                                            .members = evil_members,
                                            .member_count = 2};
    static const struct sl_str names[] = {SL_STR(EVIL), SL_STR("b")}, challenge = SL_STR("Basic realm=\"x\"");
    static struct page_quota quota = {.bytes = 5,
                                      .bytes_limit = 10,
                                      .minutes_limit = 3,
                                      .requests_limit = 1,
                                      .percent = 250,
                                      .resets_s = 1795500000};
    quota.id = quota.title = quota.per = SL_STR(EVIL);
    return (struct page){.kind = kind,
                         .request_id = "0k5x2v9qh3m7t",
                         .now_s = 1795474800,
                         .method = METHOD_GET,
                         .minor = 1,
                         .url = SL_STR(EVIL),
                         .host = SL_STR(EVIL),
                         .user = SL_STR(EVIL),
                         .client = SL_STR(EVIL),
                         .rule_id = SL_STR(EVIL),
                         .rule_title = SL_STR(EVIL),
                         .message = SL_STR(EVIL),
                         .category_names = names,
                         .category_titles = names,
                         .category_count = 2,
                         .detail = SL_STR(EVIL),
                         .detail_word = "word",
                         .quotas = &quota,
                         .quota_count = 1,
                         .continue_url = SL_STR(EVIL),
                         .warn_for_s = 3600,
                         .challenges = &challenge,
                         .challenge_count = 1,
                         .page_host = "sluice.internal",
                         .tls_fault = TLS_FAULT_WRONG_NAME,
                         .certificate = &evil,
                         .content = SL_STR("x"),
                         .content_type = SL_STR("text/plain")};
}

TEST(page_build__escapes_every_value_in_every_form)
{
    static const char *const accepts[] = {"text/html", "application/json", "text/plain"};
    for (unsigned kind = 0; kind < PAGE_KIND_COUNT; kind++)
        for (size_t a = 0; a < 3; a++) {
            SL_CLEANUP(sl_text_fini) struct sl_text t = {0};
            struct page p = evil_page(kind);
            struct sl_str body;
            p.accept = sl_cstr(accepts[a]);
            assert_int_equal(page_build(&p, &t), page_status(kind));
            struct head h = read_answer(&t, &body, METHOD_GET);
            assert_int_equal(h.status, page_status(kind));
            assert_null(field_named(&h, "X-Evil").p);
            assert_true(sl_str_starts(field_named(&h, "Proxy-Status"), SL_STR("sluice; error=")));
            assert_true(sl_str_eq(field_named(&h, "X-Sluice-Request"), SL_STR("0k5x2v9qh3m7t")));
            assert_true(sl_str_eq(field_named(&h, "Connection"), SL_STR("close")));
            if (a < 2) /* plain text may say anything: nosniff */
                assert_null(memmem(body.p, body.n, "<script>", 8));
            if (a == 1 && kind != PAGE_CONTENT && kind != PAGE_TRACE && kind != PAGE_OPTIONS) {
                json_t *doc = json_loadb(body.p, body.n, 0, NULL);
                assert_non_null(doc);
                assert_int_equal(json_integer_value(json_object_get(doc, "status")), page_status(kind));
                json_decref(doc);
            }
        }
}

TEST(page_build__answers_head_without_a_body)
{
    SL_CLEANUP(sl_text_fini) struct sl_text get = {0}, head = {0};
    struct sl_str body;
    struct page p = evil_page(PAGE_BLOCK);
    p.accept = SL_STR("text/html");
    p.keep_alive = true;
    page_build(&p, &get);
    p.method = METHOD_HEAD;
    page_build(&p, &head);
    struct head h = read_answer(&head, &body, METHOD_HEAD);
    assert_int_equal(body.n, 0);
    assert_null(field_named(&h, "Connection").p);
    assert_memory_equal(get.p, head.p, head.n);
    p = evil_page(PAGE_METHOD); /* of a page with buttons */
    p.takes_post = true;
    sl_text_clear(&head);
    page_build(&p, &head);
    h = read_answer(&head, &body, METHOD_GET);
    assert_true(sl_str_eq(field_named(&h, "Allow"), SL_STR("GET, HEAD, POST")));
}

TEST(page_build__says_what_each_case_needs)
{
    static const struct {
        enum page_kind kind;
        unsigned status;
        const char *field, *value;
    } cases[] = {
        {PAGE_BLOCK, 403, "Proxy-Status", "sluice; error=http_request_denied; details=\"rule r1\""},
        {PAGE_WARN, 403, "Cache-Control", "no-store"},
        {PAGE_QUOTA, 403, "Proxy-Status", "sluice; error=http_request_denied; details=\"quota q1\""},
        {PAGE_LOGIN, 407, "Proxy-Authenticate", "Basic realm=\"Sluice\", charset=\"UTF-8\""},
        {PAGE_LOGIN_BUSY, 503, "Retry-After", "2"},
        {PAGE_MALFORMED, 400, "Proxy-Status", "sluice; error=http_request_error; details=\"bare-lf\""},
        {PAGE_TOO_LARGE, 431, "Content-Type", "text/html; charset=utf-8"},
        {PAGE_UNSUPPORTED, 501, "Proxy-Status", "sluice; error=http_request_error; details=\"bare-lf\""},
        {PAGE_VERSION, 505, "Date", "Mon, 23 Nov 2026 23:00:00 GMT"},
        {PAGE_PRIVATE, 403, "Proxy-Status", "sluice; error=destination_ip_prohibited; details=\"bare-lf\""},
        {PAGE_LOOP, 508, "Proxy-Status", "sluice; error=proxy_loop_detected; details=\"bare-lf\""},
        {PAGE_DNS_NONE, 502, "Proxy-Status", "sluice; error=dns_error; details=\"bare-lf\""},
        {PAGE_REFUSED, 502, "Proxy-Status", "sluice; error=connection_refused; details=\"bare-lf\""},
        {PAGE_CONNECT_TIMEOUT, 504, "Proxy-Status", "sluice; error=connection_timeout; details=\"bare-lf\""},
        {PAGE_ORIGIN_INVALID, 502, "Proxy-Status", "sluice; error=http_protocol_error; details=\"bare-lf\""},
        {PAGE_OVERLOAD, 503, "Retry-After", "5"},
        {PAGE_CONTINUE, 302, "Location", "http://a.example/"},
        {PAGE_METHOD, 405, "Allow", "GET, HEAD"},
        {PAGE_LENGTH, 411, "Proxy-Status", "sluice; error=http_request_error; details=\"bare-lf\""},
        {PAGE_OPTIONS, 200, "Allow", "CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, TRACE"},
        {PAGE_CONTENT, 200, "Content-Type", "application/x-ns-proxy-autoconfig"},
    };
    static const struct sl_str challenge = SL_STR("Basic realm=\"Sluice\", charset=\"UTF-8\"");
    static const struct page_quota quota = {.id = SL_STR("q1")};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SL_CLEANUP(sl_text_fini) struct sl_text t = {0};
        struct sl_str body;
        struct page p = {.kind = cases[i].kind,
                         .now_s = 1795474800,
                         .method = METHOD_GET,
                         .minor = 1,
                         .rule_id = SL_STR("r1"),
                         .detail_word = "bare-lf",
                         .quotas = &quota,
                         .quota_count = 1,
                         .challenges = &challenge,
                         .challenge_count = 1,
                         .continue_url = SL_STR("http://a.example/"),
                         .content = SL_STR("x"),
                         .content_type = SL_STR("application/x-ns-proxy-autoconfig")};
        assert_int_equal(page_build(&p, &t), cases[i].status);
        struct head h = read_answer(&t, &body, METHOD_GET);
        if (!sl_str_eq(field_named(&h, cases[i].field), sl_cstr(cases[i].value)))
            fail_msg("%s: %.*s", cases[i].field, SL_FMT(field_named(&h, cases[i].field)));
    }
}

TEST(page_build__tells_reason_rule_categories_and_message)
{
    static const char *const accepts[] = {"text/html", "application/json", "text/plain"};
    static const char *const words[] = {"r-social",          "Social at work", "Social networks",
                                        "Keep it short.",    "0k5x2v9qh3m7t",  "bob",
                                        "http://a.example/x"};
    static const struct sl_str names[] = {SL_STR("social")}, titles[] = {SL_STR("Social networks")};
    for (size_t a = 0; a < 3; a++) {
        SL_CLEANUP(sl_text_fini) struct sl_text t = {0};
        struct page p = {.kind = PAGE_BLOCK,
                         .request_id = "0k5x2v9qh3m7t",
                         .now_s = 1795474800,
                         .rule_id = SL_STR("r-social"),
                         .rule_title = SL_STR("Social at work"),
                         .message = SL_STR("Keep it short."),
                         .category_names = names,
                         .category_titles = titles,
                         .category_count = 1,
                         .user = SL_STR("bob"),
                         .url = SL_STR("http://a.example/x"),
                         .accept = sl_cstr(accepts[a])};
        page_build(&p, &t);
        for (size_t w = 0; w < sizeof words / sizeof *words; w++)
            assert_non_null(strstr(t.p, words[w]));
    }
}

TEST(page_build__tells_use_and_reset_of_a_quota)
{
    setenv("TZ", "UTC", 1);
    SL_CLEANUP(sl_text_fini) struct sl_text t = {0};
    struct page_quota q = {
        SL_STR("video"),           SL_STR("Video"), SL_STR("user"),      .bytes = 1610612736,
        .bytes_limit = 2147483648, .minutes = 60,   .minutes_limit = 60, .percent = 100,
        .resets_s = 1795478400};
    struct page p = {.kind = PAGE_QUOTA,
                     .now_s = 1795474800,
                     .accept = SL_STR("text/plain"),
                     .quotas = &q,
                     .quota_count = 1};
    page_build(&p, &t);
    assert_non_null(strstr(t.p, "1.5 GiB of 2 GiB, 60 of 60 minutes, for you (100 %)"));
    assert_non_null(strstr(t.p, "tomorrow at 00:00 (2026-11-24T00:00:00+00:00)"));
}

TEST(page_build__shows_the_chain_and_what_is_wrong_with_it)
{
    static const char *const accepts[] = {"text/html", "application/json", "text/plain"};
    static const char *const words[] = {"CN = old.test", "CN = Intermediate", "CN = Root", "00ff", "11ff"};
    setenv("TZ", "UTC", 1);
    for (size_t a = 0; a < 3; a++) {
        SL_CLEANUP(sl_text_fini) struct sl_text t = {0};
        struct page p = {.kind = PAGE_ORIGIN_TLS,
                         .now_s = 1795474800,
                         .tls_fault = TLS_FAULT_EXPIRED,
                         .certificate = &expired,
                         .detail_word = "expired",
                         .accept = sl_cstr(accepts[a])};
        assert_int_equal(page_build(&p, &t), 502);
        for (size_t w = 0; w < sizeof words / sizeof *words; w++)
            assert_non_null(strstr(t.p, words[w]));
        assert_non_null(
            strstr(t.p, "Proxy-Status: sluice; error=tls_certificate_error; details=\"expired\"\r\n"));
        assert_non_null(strstr(t.p, "It expired on 21 November 2026, 2 days ago."));
        if (a == 1)
            assert_non_null(strstr(t.p,
                                   "\"tls\":{\"fault\":\"expired\",\"faults\":[\"wrong-name\",\"expired\"],"
                                   "\"faulty\":0,\"names\":[\"old.test\",\"www.old.test\"],\"chain\":[{"));
    }
}

TEST(page_build__names_every_fault_of_tls)
{
    for (int f = TLS_FAULT_NONE + 1; f < TLS_FAULT_COUNT; f++) {
        SL_CLEANUP(sl_text_fini) struct sl_text t = {0};
        struct page p = {.kind = PAGE_ORIGIN_TLS, .tls_fault = (enum tls_fault)f, .certificate = &expired};
        struct sl_str body;
        page_build(&p, &t);
        struct head h = read_answer(&t, &body, METHOD_GET);
        bool of_certificate = tls_fault_is_of_certificate((enum tls_fault)f) || f == TLS_FAULT_NO_CERTIFICATE;
        bool said = sl_str_eq(field_named(&h, "Proxy-Status"), SL_STR("sluice; error=tls_certificate_error"));
        assert_true(said == of_certificate);
        assert_null(strstr(t.p, "(null)"));
    }
}

TEST(page_of_fault__keeps_the_status)
{
    for (unsigned f = HEAD_OK + 1; f < HEAD_STATUS; f++)
        assert_int_equal(page_status(page_of_fault(f)), head_fault_status(f));
}

/* ---- continue links ---- */

static const struct continue_link link_ = {.who = SL_STR("bob"),
                                           .domain = SL_STR("social.example"),
                                           .rule = SL_STR("social-work"),
                                           .url = SL_STR("http://www.social.example/x?a=1&b=2"),
                                           .warn_for_s = 3600,
                                           .expires_s = 1000};

static struct sl_str query_of(const struct sl_text *t)
{
    return sl_str_sub(sl_text_str(t), sl_str_find(sl_text_str(t), '?') + 1, t->n);
}

TEST(continue_link__comes_back_as_it_was_made)
{
    SL_CLEANUP(sl_text_fini) struct sl_text t = {0}, scratch = {0};
    struct continue_link out;
    continue_link_make(key, "sluice.internal", &link_, &t);
    assert_true(sl_str_starts(sl_text_str(&t), SL_STR("http://sluice.internal/continue?t=")));
    assert_true(continue_link_verify(key, query_of(&t), SL_STR("bob"), 999, &scratch, &out));
    assert_true(sl_str_eq(out.domain, link_.domain) && sl_str_eq(out.rule, link_.rule) &&
                sl_str_eq(out.url, link_.url));
    assert_int_equal(out.warn_for_s, 3600);
    assert_null(strstr(t.p, "bob"));
}

TEST(continue_link__holds_for_who_when_and_what_was_signed)
{
    SL_CLEANUP(sl_text_fini) struct sl_text t = {0}, scratch = {0};
    struct continue_link out;
    uint8_t other_key[32] = {8};
    continue_link_make(key, "sluice.internal", &link_, &t);
    struct sl_str query = query_of(&t);
    assert_false(continue_link_verify(key, query, SL_STR("eve"), 999, &scratch, &out));
    assert_false(continue_link_verify(key, query, SL_STR("bob"), 1000, &scratch, &out));
    assert_false(
        continue_link_verify(key, query, SL_STR("bob"), 1000 - CONTINUE_LIVES_S - 1, &scratch, &out));
    assert_false(continue_link_verify(other_key, query, SL_STR("bob"), 999, &scratch, &out));
    assert_false(continue_link_verify(key, SL_STR(""), SL_STR("bob"), 999, &scratch, &out));
    assert_false(continue_link_verify(key, SL_STR("t="), SL_STR("bob"), 999, &scratch, &out));
    assert_false(continue_link_verify(key, SL_STR("t=."), SL_STR("bob"), 999, &scratch, &out));
    assert_false(
        continue_link_verify(key, SL_STR("u=http://evil/&t=!!.!!"), SL_STR("bob"), 999, &scratch, &out));
    for (size_t i = 2; i < query.n; i++) { /* no byte can be changed or cut */
        SL_CLEANUP(sl_freep) char *forged = sl_str_dup(query);
        forged[i] = forged[i] == 'A' ? 'B' : 'A';
        assert_false(continue_link_verify(key, sl_str(forged, query.n), SL_STR("bob"), 999, &scratch, &out));
        assert_false(continue_link_verify(key, sl_str(forged, i), SL_STR("bob"), 999, &scratch, &out));
    }
}

TEST(continue_link__carries_a_long_url)
{
    SL_CLEANUP(sl_text_fini) struct sl_text t = {0}, url = {0}, scratch = {0};
    struct continue_link l = link_, out;
    sl_text_add(&url, SL_STR("http://a.example/"));
    for (int i = 0; i < 3000; i++)
        sl_text_addf(&url, "%d", i);
    l.url = sl_text_str(&url);
    l.rule = SL_STR("");
    continue_link_make(key, "sluice.internal", &l, &t);
    assert_true(continue_link_verify(key, query_of(&t), SL_STR("bob"), 999, &scratch, &out));
    assert_true(sl_str_eq(out.url, l.url) && out.rule.n == 0);
}

TEST(extend_link__works_for_its_subject_for_ten_minutes)
{
    static const uint8_t mine[32] = {7}, other[32] = {8};
    struct sl_text link = {0}, scratch = {0};
    struct extend_link l = {.subject = SL_STR("alice"),
                            .quota = SL_STR("video"),
                            .window_s = 86400,
                            .taken = 2,
                            .expires_s = 1000 + EXTEND_LIVES_S},
                       got;
    extend_link_make(mine, &l, &link);
    struct sl_str url = sl_text_str(&link), query = sl_str_sub(url, sl_str_find(url, '?') + 1, url.n);
    assert_true(extend_link_verify(mine, query, SL_STR("alice"), 1000, &scratch, &got));
    assert_true(sl_str_eq(got.quota, SL_STR("video")) && got.window_s == 86400 && got.taken == 2);
    assert_false(extend_link_verify(mine, query, SL_STR("bob"), 1000, &scratch, &got));
    assert_false(extend_link_verify(other, query, SL_STR("alice"), 1000, &scratch, &got));
    assert_false(extend_link_verify(mine, query, SL_STR("alice"), 1000 + EXTEND_LIVES_S, &scratch, &got));
    assert_false(extend_link_verify(mine, SL_STR("t=bm9uZQ.bm9uZQ"), SL_STR("alice"), 1000, &scratch, &got));
    struct continue_link as;
    assert_false(
        continue_link_verify(mine, query, SL_STR("alice"), 1000, &scratch, &as)); /* another purpose */
    sl_text_fini(&link);
    sl_text_fini(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accept_form__takes_what_is_named),
        cmocka_unit_test(escape__leaves_nothing_dangerous),
        cmocka_unit_test(page_build__escapes_every_value_in_every_form),
        cmocka_unit_test(page_build__answers_head_without_a_body),
        cmocka_unit_test(page_build__says_what_each_case_needs),
        cmocka_unit_test(page_build__tells_reason_rule_categories_and_message),
        cmocka_unit_test(page_build__tells_use_and_reset_of_a_quota),
        cmocka_unit_test(page_build__shows_the_chain_and_what_is_wrong_with_it),
        cmocka_unit_test(page_build__names_every_fault_of_tls),
        cmocka_unit_test(page_of_fault__keeps_the_status),
        cmocka_unit_test(continue_link__comes_back_as_it_was_made),
        cmocka_unit_test(continue_link__holds_for_who_when_and_what_was_signed),
        cmocka_unit_test(continue_link__carries_a_long_url),
        cmocka_unit_test(extend_link__works_for_its_subject_for_ten_minutes),
    };
    return cmocka_run_group_tests_name("proxy/http/page", tests, NULL, NULL);
}
