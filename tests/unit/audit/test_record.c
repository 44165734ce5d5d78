/* test_record.c - unit tests of audit/record.c, json.c and pack.c. */
#include "tests/support/cmocka_all.h"

#include "tests/unit/audit/samples.h"

#include "audit/json.h"
#include "audit/pack.h"
#include "audit/record.h"
#include "audit/segment.h"

/* A record with random texts of up to `most` bytes in every place. */
static void fill_random(struct record *r, uint64_t *rng, char *pool, size_t pool_n, size_t most)
{
    struct sl_str *texts[] = {&r->user,         &r->method,   &r->scheme,     &r->host,  &r->path,
                              &r->query,        &r->rule,     &r->reason,     &r->quota, &r->error,
                              &r->content_type, &r->referrer, &r->user_agent, &r->parent};
    for (size_t i = 0; i < pool_n; i++)
        pool[i] = (char)sample_random(rng);
    memset(r, 0, sizeof *r);
    for (size_t i = 0; i < SL_COUNT(texts); i++) {
        size_t n = sample_random(rng) % (most + 1);
        *texts[i] = sl_str(pool + sample_random(rng) % (pool_n - n), n);
    }
    for (size_t i = 0; i < TLS_TEXTS; i++)
        tls_set_text(&r->tls, i, sl_str(pool + i, sample_random(rng) % (most + 1)));
    if (sample_random(rng) % 4 == 0)
        r->user = sl_str(NULL, 0);
    r->group_count = (unsigned)(sample_random(rng) % (RECORD_MAX_NAMES + 1));
    r->category_count = (unsigned)(sample_random(rng) % (RECORD_MAX_NAMES + 1));
    r->report_count = (unsigned)(sample_random(rng) % (VERDICT_MAX_REPORTS + 1));
    for (unsigned i = 0; i < r->group_count; i++)
        r->groups[i] = sl_str(pool + i, sample_random(rng) % (most + 1));
    for (unsigned i = 0; i < r->category_count; i++)
        r->categories[i] = sl_str(pool + i, sample_random(rng) % (most + 1));
    for (unsigned i = 0; i < r->report_count; i++)
        r->report_only[i] = sl_str(pool + i, sample_random(rng) % (most + 1));
    r->id = sample_random(rng) >> 1 | 1;
    r->time_us = (int64_t)sample_random(rng);
    r->duration_us = sample_random(rng);
    r->timing =
        (struct record_timing){(uint32_t)sample_random(rng), 0, 3, 4, 5, 6, (uint32_t)sample_random(rng)};
    for (size_t i = 0; i < 16; i++)
        r->client.b[i] = r->upstream.addr.b[i] = (uint8_t)sample_random(rng);
    r->client_port = (uint16_t)sample_random(rng);
    r->port = (uint16_t)sample_random(rng);
    r->upstream.port = (uint16_t)sample_random(rng);
    r->upstream.scope = (uint32_t)sample_random(rng);
    r->action = (enum action)(sample_random(rng) % 5);
    r->policy_version = (int64_t)sample_random(rng);
    r->status = (uint16_t)sample_random(rng);
    r->bytes_in = sample_random(rng);
    r->bytes_out = sample_random(rng);
    r->reused = sample_random(rng) % 2;
    r->tls.inspected = sample_random(rng) % 2;
    r->http = (enum record_http)(sample_random(rng) % 4);
}

/* Texts are equal up to a cut. Returns whether one was cut. */
static bool same(struct sl_str sent, struct sl_str got)
{
    assert_true(got.n <= sent.n);
    assert_true(sl_str_eq(sl_str_sub(sent, 0, got.n), got));
    return got.n < sent.n;
}

static bool same_names(const struct sl_str *sent, unsigned sent_n, const struct sl_str *got, unsigned got_n)
{
    bool cut = false;
    assert_int_equal(sent_n, got_n);
    for (unsigned i = 0; i < got_n; i++)
        cut |= same(sent[i], got[i]);
    return cut;
}

static void assert_same(const struct record *a, const struct record *b)
{
    int cut = same(a->user, b->user) + same(a->method, b->method) + same(a->scheme, b->scheme) +
              same(a->host, b->host) + same(a->path, b->path) + same(a->query, b->query) +
              same(a->rule, b->rule) + same(a->reason, b->reason) + same(a->quota, b->quota) +
              same(a->error, b->error) + same(a->parent, b->parent) + same(a->content_type, b->content_type) +
              same(a->referrer, b->referrer) + same(a->user_agent, b->user_agent) +
              same_names(a->groups, a->group_count, b->groups, b->group_count) +
              same_names(a->categories, a->category_count, b->categories, b->category_count) +
              same_names(a->report_only, a->report_count, b->report_only, b->report_count);
    for (size_t i = 0; i < TLS_TEXTS; i++)
        cut += same(tls_text(&a->tls, i), tls_text(&b->tls, i));
    assert_int_equal(b->truncated, cut > 0);
    assert_int_equal(a->user.p == NULL, b->user.p == NULL);
    assert_true(a->id == b->id && a->time_us == b->time_us && a->duration_us == b->duration_us);
    assert_memory_equal(&a->timing, &b->timing, sizeof a->timing);
    assert_true(sl_addr_eq(a->client, b->client) && sl_addr_eq(a->upstream.addr, b->upstream.addr));
    assert_true(a->client_port == b->client_port && a->port == b->port &&
                a->upstream.port == b->upstream.port && a->upstream.scope == b->upstream.scope);
    assert_true(a->action == b->action && a->policy_version == b->policy_version && a->status == b->status);
    assert_true(a->bytes_in == b->bytes_in && a->bytes_out == b->bytes_out);
    assert_true(a->reused == b->reused && a->tls.inspected == b->tls.inspected && a->http == b->http);
}

TEST(record_encode__round_trips_anything)
{
    static char pool[8192];
    uint8_t *out = malloc(RECORD_MAX_BYTES);
    uint64_t rng = 1;
    for (int round = 0; round < 3000; round++) {
        struct record r, back;
        struct sl_str parts[PART_COUNT];
        fill_random(&r, &rng, pool, sizeof pool, round % 3 == 0 ? 6000 : round % 3 == 1 ? 40 : 300);
        size_t size = record_size(&r), n = record_encode(&r, out, SL_MAX(size, record_least()));
        assert_int_equal(n, size);
        assert_true(n <= RECORD_MAX_BYTES);
        assert_true(record_decode(sl_str((char *)out, n), &back, parts));
        assert_same(&r, &back);
    }
    free(out);
}

TEST(record_encode__cuts_to_the_room_there_is)
{
    static char pool[8192];
    uint8_t *out = malloc(RECORD_MAX_BYTES);
    uint64_t rng = 2;
    for (int round = 0; round < 2000; round++) {
        struct record r, back;
        struct sl_str parts[PART_COUNT];
        fill_random(&r, &rng, pool, sizeof pool, 500);
        size_t cap = record_least() + sample_random(&rng) % 2000, n = record_encode(&r, out, cap);
        assert_true(n <= cap);
        assert_true(record_decode(sl_str((char *)out, n), &back, parts));
        assert_same(&r, &back);
    }
    free(out);
}

TEST(record_encode__keeps_short_texts_when_long_lists_must_be_cut)
{
    static char name[4096];
    uint8_t *out = malloc(RECORD_MAX_BYTES);
    struct sample s;
    struct record back;
    struct sl_str parts[PART_COUNT];
    memset(name, 'g', sizeof name);
    sample_fill(&s, 3);
    s.r.group_count = RECORD_MAX_NAMES;
    for (unsigned i = 0; i < RECORD_MAX_NAMES; i++)
        s.r.groups[i] = sl_str(name, sizeof name);
    size_t n = record_encode(&s.r, out, RECORD_MAX_BYTES);
    assert_int_equal(n, RECORD_MAX_BYTES);
    assert_true(record_decode(sl_str((char *)out, n), &back, parts));
    assert_true(back.truncated);
    assert_true(sl_str_eq(back.host, s.r.host) && sl_str_eq(back.path, s.r.path) &&
                sl_str_eq(back.user_agent, s.r.user_agent));
    free(out);
}

TEST(record_bound__is_enough_for_texts_of_that_size)
{
    static char pool[8192];
    uint64_t rng = 3;
    for (int round = 0; round < 2000; round++) {
        struct record r;
        fill_random(&r, &rng, pool, sizeof pool, 300);
        size_t texts = record_size(&r); /* more than the texts alone */
        assert_true(frame_size(record_size(&r)) <= record_bound(texts));
    }
    assert_true(record_bound(0) >= frame_size(record_least()));
    assert_int_equal(record_bound(SIZE_MAX), FRAME_MOST);
}

static void remove_text(uint8_t *out, size_t *n, const char *text)
{
    size_t length = strlen(text);
    uint8_t *at = memmem(out, *n, text, length);
    assert_non_null(at);
    memmove(at - 2, at + length, *n - (size_t)(at + length - out));
    *n -= 2 + length;
}

/* Journals that earlier gateways left behind, or still write while they are replaced, are stored. */
TEST(record_decode__reads_records_of_earlier_versions)
{
    uint8_t out[4096];
    struct sample s;
    struct record back;
    struct sl_str parts[PART_COUNT];
    sample_fill(&s, 3);
    static const char *const marks[] = {"{a}", "{b}", "{c}", "{d}"};
    s.r.parent = SL_STR("{here}");
    s.r.http = RECORD_HTTP_UNKNOWN;
    for (size_t i = 0; i < SL_COUNT(marks); i++)
        tls_set_text(&s.r.tls, TLS_TEXTS_BEFORE_3 + i, sl_cstr(marks[i]));
    size_t n = record_encode(&s.r, out, sizeof out);
    for (size_t i = 0; i < SL_COUNT(marks); i++) {
        remove_text(out, &n, marks[i]);
        tls_set_text(&s.r.tls, TLS_TEXTS_BEFORE_3 + i, SL_STR(""));
    }
    assert_false(record_decode(sl_str((char *)out, n), &back, parts));
    out[0] = 2;
    assert_true(record_decode(sl_str((char *)out, n), &back, parts));
    assert_same(&s.r, &back);
    remove_text(out, &n, "{here}");
    assert_false(record_decode(sl_str((char *)out, n), &back, parts));
    out[0] = 1;
    assert_true(record_decode(sl_str((char *)out, n), &back, parts));
    s.r.parent = SL_STR("");
    assert_same(&s.r, &back);
}

TEST(record_decode__refuses_what_is_cut_or_changed_in_length)
{
    uint8_t out[4096];
    struct sample s;
    struct record back;
    struct sl_str parts[PART_COUNT];
    for (uint64_t i = 0; i < 40; i++) {
        sample_fill(&s, i);
        size_t n = record_encode(&s.r, out, sizeof out);
        for (size_t k = 0; k < n; k++) {
            /* On the heap, so that the sanitizer sees a read behind the end. */
            char *copy = malloc(k ? k : 1);
            memcpy(copy, out, k);
            assert_false(record_decode(sl_str(copy, k), &back, parts));
            free(copy);
        }
        out[n] = 0;
        assert_false(record_decode(sl_str((char *)out, n + 1), &back, parts));
    }
    assert_false(record_decode(sl_str(NULL, 0), &back, parts));
}

TEST(record_decode__never_reads_astray)
{
    uint64_t rng = 4;
    uint8_t out[4096];
    struct sample s;
    for (int round = 0; round < 20000; round++) {
        struct record back;
        struct sl_str parts[PART_COUNT];
        sample_fill(&s, (uint64_t)round);
        size_t n = record_encode(&s.r, out, sizeof out);
        for (int k = 0; k < 3; k++)
            out[sample_random(&rng) % n] = (uint8_t)sample_random(&rng);
        char *copy = malloc(n);
        memcpy(copy, out, n);
        if (record_decode(sl_str(copy, n), &back, parts)) {
            json_t *item = record_to_json(&back);
            char *text = json_dumps(item, 0);
            assert_non_null(text);
            free(text);
            json_decref(item);
        }
        free(copy);
    }
}

TEST(record_to_json__has_every_field)
{
    static const char *const fields[] = {
        "id",          "time",           "duration_ms", "timing",       "client",    "user",
        "groups",      "method",         "scheme",      "host",         "port",      "path",
        "query",       "action",         "rule",        "reason",       "quota",     "categories",
        "report_only", "policy_version", "status",      "bytes_in",     "bytes_out", "upstream",
        "reused",      "error",          "tls",         "content_type", "referrer",  "user_agent"};
    struct record nothing = {.id = 1, .user = {NULL, 0}};
    json_t *item = record_to_json(&nothing);
    for (size_t i = 0; i < SL_COUNT(fields); i++)
        assert_non_null(json_object_get(item, fields[i]));
    static const char *const nulls[] = {
        "client", "user",   "method",   "scheme", "host", "port",         "path",     "query",     "rule",
        "quota",  "status", "upstream", "error",  "tls",  "content_type", "referrer", "user_agent"};
    for (size_t i = 0; i < SL_COUNT(nulls); i++)
        assert_true(json_is_null(json_object_get(item, nulls[i])));
    assert_string_equal(json_string_value(json_object_get(item, "action")), "allow");
    json_decref(item);
}

TEST(record_to_json__shows_values_as_documented)
{
    struct record r = {
        .id = request_id_make(SAMPLE_TIME_US, 0, 0), .time_us = SAMPLE_TIME_US + 123456, .duration_us = 1500};
    r.timing.wait_us = 900;
    r.client = (struct sl_addr){{[10] = 0xff, 0xff, 10, 0, 0, 1}};
    r.user = SL_STR("alice");
    r.upstream.addr = r.client;
    r.upstream.port = 443;
    r.tls.version = SL_STR("TLSv1.3");
    r.http = RECORD_HTTP_2;
    r.action = ACTION_BLOCK;
    json_t *item = record_to_json(&r), *expected;
    static const struct {
        const char *field, *json;
    } cases[] = {{"time", "\"2026-11-23T09:00:00.123Z\""},
                 {"duration_ms", "2"},
                 {"timing", "{\"wait_us\": 900, \"total_us\": 1500}"},
                 {"client", "\"10.0.0.1\""},
                 {"user", "\"alice\""},
                 {"upstream", "\"10.0.0.1:443\""},
                 {"action", "\"block\""},
                 {"groups", "[]"},
                 {"tls", "{\"version\": \"TLSv1.3\", \"cipher\": null, \"sni\": null, \"inspected\": false, "
                         "\"fault\": null, \"issuer\": null, \"exception\": null, "
                         "\"origin_version\": null, \"origin_cipher\": null}"},
                 {"http_version", "\"2\""}};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        expected = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
        assert_true(json_equal(json_object_get(item, cases[i].field), expected));
        json_decref(expected);
    }
    json_decref(item);
}

TEST(text_to_json__is_always_valid)
{
    static const struct {
        struct sl_str text;
        const char *shown;
    } cases[] = {
        {{"plain", 5}, "plain"},
        {{"", 0}, ""},
        {{"a\0b", 3}, "a\\x00b"},
        {{"\xff", 1}, "\\xff"},
        {{"\xc3\xa9", 2}, "\xc3\xa9"},
        {{"\xc3", 1}, "\\xc3"},
        {{"x\xe2\x82", 3}, "x\\xe2\\x82"},
        {{"\xe2\x82\xac!", 4}, "\xe2\x82\xac!"},
        {{"\xc0\xaf", 2}, "\\xc0\\xaf"},                   /* overlong */
        {{"\xed\xa0\x80", 3}, "\\xed\\xa0\\x80"},          /* surrogate */
        {{"\xf4\x90\x80\x80", 4}, "\\xf4\\x90\\x80\\x80"}, /* past the last character */
        {{"\n", 1}, "\n"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        json_t *text = text_to_json(cases[i].text);
        assert_string_equal(json_string_value(text), cases[i].shown);
        json_decref(text);
    }
    assert_true(json_is_null(text_to_json(sl_str(NULL, 0))));
}

TEST(timing_unpack__reads_what_pack_writes)
{
    uint64_t rng = 5;
    uint8_t bytes[TIMING_BYTES];
    for (int round = 0; round < 1000; round++) {
        struct record_timing t = {0}, back;
        uint32_t *values = &t.identify_us;
        for (size_t i = 0; i < TIMING_PHASES; i++)
            values[i] = sample_random(&rng) % 3
                            ? (uint32_t)(sample_random(&rng) >> (32 + sample_random(&rng) % 32))
                            : 0;
        size_t n = timing_pack(&t, bytes);
        timing_unpack(sl_str((char *)bytes, n), &back);
        assert_memory_equal(&t, &back, sizeof t);
    }
    struct record_timing none;
    timing_unpack(sl_str("\xff\xff\xff\xff\xff\xff\xff", 7), &none);
    timing_unpack(sl_str(NULL, 0), &none);
    assert_int_equal(none.relay_us, 0);
}

TEST(unpack_endpoint__reads_what_pack_writes)
{
    static const char *const texts[] = {"192.0.2.7:443", "[2001:db8::1]:8080", "[fe80::1%3]:1", "0.0.0.0:1",
                                        "[::]:9"};
    uint8_t bytes[PACKED_ENDPOINT];
    for (size_t i = 0; i < SL_COUNT(texts); i++) {
        struct sl_endpoint e, back;
        assert_true(sl_endpoint_parse(sl_cstr(texts[i]), &e, NULL));
        back = unpack_endpoint(sl_str((char *)bytes, pack_endpoint(e, bytes)));
        assert_true(sl_addr_eq(e.addr, back.addr) && e.port == back.port);
        assert_true(e.scope == back.scope);
    }
    assert_int_equal(pack_endpoint((struct sl_endpoint){.scope = 4}, bytes), 0);
    for (size_t n = 0; n <= 32; n++)
        unpack_endpoint(sl_str("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unpack_endpoint__reads_what_pack_writes),
        cmocka_unit_test(record_encode__round_trips_anything),
        cmocka_unit_test(record_encode__cuts_to_the_room_there_is),
        cmocka_unit_test(record_encode__keeps_short_texts_when_long_lists_must_be_cut),
        cmocka_unit_test(record_bound__is_enough_for_texts_of_that_size),
        cmocka_unit_test(record_decode__reads_records_of_earlier_versions),
        cmocka_unit_test(record_decode__refuses_what_is_cut_or_changed_in_length),
        cmocka_unit_test(record_decode__never_reads_astray),
        cmocka_unit_test(record_to_json__has_every_field),
        cmocka_unit_test(record_to_json__shows_values_as_documented),
        cmocka_unit_test(text_to_json__is_always_valid),
        cmocka_unit_test(timing_unpack__reads_what_pack_writes),
    };
    return cmocka_run_group_tests_name("audit/record", tests, NULL, NULL);
}
