/* test_body.c - unit tests of proxy/http/body.c. */
#include "tests/support/cmocka_all.h"

#include <stdlib.h>

#include "proxy/http/body.h"

/* What the peer would get on the wire when the input comes in pieces of that size. */
static enum body_result relay(const char *text, size_t n, size_t piece, struct sl_text *wire,
                              enum body_fault *fault, size_t *out_used)
{
    struct body b;
    enum body_result r = BODY_MORE;
    size_t at = 0;
    body_init(&b, BODY_CHUNKED, 0);
    while (at < n && r == BODY_MORE) {
        size_t take = SL_MIN(piece, n - at), used, sent;
        char *copy = malloc(take);
        memcpy(copy, text + at, take);
        r = body_scan(&b, copy, take, &used, &sent);
        assert_true(sent <= used && used <= take && (r != BODY_MORE || used == take));
        sl_text_add(wire, sl_str(copy, sent));
        free(copy);
        at += used;
    }
    if (r == BODY_END)
        sl_text_add(wire, body_tail(&b));
    *fault = b.fault;
    *out_used = at;
    body_fini(&b);
    return r;
}

TEST(body_scan__relays_chunks_and_filters_trailers)
{
    static const struct {
        const char *in, *out;
        enum body_result result;
        enum body_fault fault;
    } cases[] = {
        {"0\r\n\r\n", "0\r\n\r\n", BODY_END, BODY_OK},
        {"3\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", BODY_END, BODY_OK},
        {"0003\r\nabc\r\nA\r\n0123456789\r\n00\r\n\r\n", "0003\r\nabc\r\nA\r\n0123456789\r\n00\r\n\r\n",
         BODY_END, BODY_OK},
        {"3;a=b;c=\"d\\\"\r\n", "", BODY_BAD, BODY_BAD_EXTENSION},
        {"3;a=\"q;\\\"x\";b\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", BODY_END, BODY_OK},
        {"3 ;a\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", BODY_END, BODY_OK},
        {"1\r\na\r\n2\t; b = c\r\nde\r\n1\r\nf\r\n0;last\r\n\r\n", "1\r\na\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n",
         BODY_END, BODY_OK},
        {"1;x\r\na\r\n0;y\r\nX-Sum: 1\r\n\r\n", "1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n", BODY_END, BODY_OK},
        {"0\r\nContent_Length: 1\r\n\r\n", "0\r\n\r\n", BODY_END, BODY_OK},
        {"0\r\nX-Sum: 1\r\n\r\n", "0\r\nX-Sum: 1\r\n\r\n", BODY_END, BODY_OK},
        {"0\r\nContent-Length: 1\r\nX-Sum: 1\r\nHost: x\r\n\r\n", "0\r\nX-Sum: 1\r\n\r\n", BODY_END, BODY_OK},
        {"0\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\n\r\n", BODY_END, BODY_OK},
        {"0\r\nIf-Match: x\r\n\r\n", "0\r\n\r\n", BODY_END, BODY_OK},
        {"\r\n", "", BODY_BAD, BODY_BAD_SIZE},
        {"g\r\n", "", BODY_BAD, BODY_BAD_SIZE},
        {"-1\r\n", "", BODY_BAD, BODY_BAD_SIZE},
        {"0x3\r\nabc\r\n", "", BODY_BAD, BODY_BAD_SIZE},
        {" 3\r\nabc\r\n", "", BODY_BAD, BODY_BAD_SIZE},
        {"3 \r\nabc\r\n", "", BODY_BAD, BODY_BAD_EXTENSION},
        {"3\nabc\r\n0\r\n\r\n", "", BODY_BAD, BODY_BAD_SIZE},
        {"3\r\r\nabc\r\n", "", BODY_BAD, BODY_BAD_LINE_END},
        {"3;a\nabc\r\n", "", BODY_BAD, BODY_BAD_EXTENSION},
        {"3;a\rb\r\nabc\r\n", "", BODY_BAD, BODY_BAD_LINE_END},
        {"3;a=\"b\r\nabc\r\n", "", BODY_BAD, BODY_BAD_EXTENSION},
        {"3\r\nabcd\r\n", "", BODY_BAD, BODY_BAD_LINE_END},
        {"3\r\nabc\n0\r\n\r\n", "", BODY_BAD, BODY_BAD_LINE_END},
        {"3\r\nabc\r0\r\n\r\n", "", BODY_BAD, BODY_BAD_LINE_END},
        {"ffffffffffffffff\r\n", "", BODY_BAD, BODY_BAD_SIZE},
        {"10000000000000000\r\n", "", BODY_BAD, BODY_BAD_SIZE},
        {"00000000000000003\r\nabc\r\n", "", BODY_BAD, BODY_BAD_SIZE},
        {"0\r\n\n", "", BODY_BAD, BODY_BAD_TRAILER},
        {"0\r\n\rx", "", BODY_BAD, BODY_BAD_LINE_END},
        {"0\r\nno colon\r\n\r\n", "", BODY_BAD, BODY_BAD_TRAILER},
        {"0\r\nX : 1\r\n\r\n", "", BODY_BAD, BODY_BAD_TRAILER},
        {"0\r\nX: 1\r\n folded\r\n\r\n", "", BODY_BAD, BODY_BAD_TRAILER},
        {"0\r\nX: a\x01\r\n\r\n", "", BODY_BAD, BODY_BAD_TRAILER},
        {"0\r\nX: a\nY: b\r\n\r\n", "", BODY_BAD, BODY_BAD_TRAILER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t piece = 1; piece <= strlen(cases[i].in); piece++) {
            SL_CLEANUP(sl_text_fini) struct sl_text wire = {0};
            enum body_fault fault;
            size_t used;
            enum body_result r = relay(cases[i].in, strlen(cases[i].in), piece, &wire, &fault, &used);
            if (r != cases[i].result || fault != cases[i].fault)
                fail_msg("'%s' by %zu: result %d, fault %s", cases[i].in, piece, r, body_fault_word(fault));
            if (r == BODY_END)
                assert_string_equal(wire.p, cases[i].out);
        }
}

TEST(body_drop_trailers__lets_none_pass)
{
    for (int late = 0; late < 2; late++) {
        char text[] = "1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n";
        struct body b;
        size_t used, sent;
        body_init(&b, BODY_CHUNKED, 0);
        if (!late)
            body_drop_trailers(&b);
        assert_int_equal(body_scan(&b, text, sizeof text - 1, &used, &sent), BODY_END);
        if (late)
            body_drop_trailers(&b);
        assert_true(sent == 9 && sl_str_eq(body_tail(&b), SL_STR("\r\n")));
        body_fini(&b);
    }
}

/* A peer that sends a byte a chunk makes us work for six bytes of framing, whatever their number. */
TEST(body_scan__takes_any_number_of_tiny_chunks)
{
    enum { CHUNKS = 200000, PIECE = 16384 };
    static const char chunk[] = "0001;e=f\r\nx\r\n", kept[] = "0001\r\nx\r\n";
    SL_CLEANUP(sl_text_fini) struct sl_text in = {0};
    struct body b;
    size_t at = 0, out = 0, used, sent;
    for (int i = 0; i < CHUNKS; i++)
        sl_text_add(&in, sl_cstr(i < BODY_EXTENSIONS_MAX / 8 ? chunk : kept));
    body_init(&b, BODY_CHUNKED, 0);
    while (at < in.n) {
        assert_int_equal(body_scan(&b, in.p + at, SL_MIN((size_t)PIECE, in.n - at), &used, &sent), BODY_MORE);
        at += used;
        out += sent;
    }
    assert_int_equal(out, CHUNKS * (sizeof kept - 1));
    assert_true(b.payload == CHUNKS && !b.trailer); /* and nothing is kept */
}

TEST(body_scan__leaves_the_next_message)
{
    static const char text[] = "1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n";
    SL_CLEANUP(sl_text_fini) struct sl_text wire = {0};
    enum body_fault fault;
    size_t used;
    assert_int_equal(relay(text, sizeof text - 1, sizeof text - 1, &wire, &fault, &used), BODY_END);
    assert_memory_equal(text + used, "GET /", 5);
    assert_string_equal(wire.p, "1\r\nx\r\n0\r\n\r\n");
}

TEST(body_scan__bounds_extensions_lines_and_trailers)
{
    SL_CLEANUP(sl_text_fini) struct sl_text in = {0}, wire = {0};
    enum body_fault fault;
    size_t used;
    sl_text_add(&in, SL_STR("1;"));
    for (int i = 0; i < BODY_CHUNK_LINE_MAX; i++)
        sl_text_addc(&in, 'a');
    assert_int_equal(relay(in.p, in.n, in.n, &wire, &fault, &used), BODY_BAD);
    assert_int_equal(fault, BODY_TOO_LARGE);

    sl_text_clear(&in); /* many small extensions: a flood of one-byte chunks */
    for (int i = 0; i < BODY_EXTENSIONS_MAX / 100 + 1; i++) {
        sl_text_add(&in, SL_STR("1;"));
        for (int k = 0; k < 100; k++)
            sl_text_addc(&in, 'a');
        sl_text_add(&in, SL_STR("\r\nx\r\n"));
    }
    assert_int_equal(relay(in.p, in.n, 1000, &wire, &fault, &used), BODY_BAD);
    assert_int_equal(fault, BODY_TOO_LARGE);

    sl_text_clear(&in);
    sl_text_add(&in, SL_STR("0\r\n"));
    while (in.n < BODY_TRAILER_MAX * 2)
        sl_text_add(&in, SL_STR("A: b\r\n"));
    assert_int_equal(relay(in.p, in.n, in.n, &wire, &fault, &used), BODY_BAD);
    assert_int_equal(fault, BODY_TOO_LARGE);
}

TEST(body_dechunk__leaves_payload_alone)
{
    for (size_t piece = 1; piece < 40; piece++) {
        char text[] = "5;x=y\r\nhello\r\n7\r\n, world\r\n0\r\nX: y\r\n\r\nrest";
        SL_CLEANUP(sl_text_fini) struct sl_text payload = {0};
        struct body b;
        enum body_result r = BODY_MORE;
        size_t at = 0, used, n;
        body_init(&b, BODY_CHUNKED, 0);
        while (r == BODY_MORE) {
            r = body_dechunk(&b, text + at, SL_MIN(piece, sizeof text - 1 - at), &used, &n);
            sl_text_add(&payload, sl_str(text + at, n));
            at += used;
        }
        assert_int_equal(r, BODY_END);
        assert_string_equal(payload.p, "hello, world");
        assert_string_equal(text + at, "rest");
        assert_int_equal(b.payload, 12);
        body_fini(&b);
    }
}

static enum body_result scan(struct body *b, const char *text, size_t *used, size_t *sent)
{
    char copy[64];
    memcpy(copy, text, strlen(text));
    return body_scan(b, copy, strlen(text), used, sent);
}

TEST(body_scan__counts_lengths)
{
    struct body b;
    size_t used, sent;
    body_init(&b, BODY_LENGTH, 5);
    assert_int_equal(body_run(&b), 5);
    assert_int_equal(scan(&b, "abc", &used, &sent), BODY_MORE);
    assert_int_equal(scan(&b, "defgh", &used, &sent), BODY_END);
    assert_true(used == 2 && sent == 2 && body_ended(&b) && body_tail(&b).n == 0);
    body_init(&b, BODY_LENGTH, 0);
    assert_true(body_ended(&b));
    body_init(&b, BODY_NONE, 0);
    assert_true(body_ended(&b));
    assert_int_equal(scan(&b, "x", &used, &sent), BODY_END);
    assert_int_equal(used, 0);
}

TEST(body_skip__counts_what_was_spliced)
{
    struct body b;
    size_t used, sent;
    body_init(&b, BODY_LENGTH, UINT64_C(1) << 40);
    body_skip(&b, (UINT64_C(1) << 40) - 1);
    assert_int_equal(body_run(&b), 1);
    body_skip(&b, 1);
    assert_true(body_ended(&b));
    body_init(&b, BODY_CHUNKED, 0);
    assert_int_equal(body_run(&b), 0);
    assert_int_equal(scan(&b, "10\r\nab", &used, &sent), BODY_MORE);
    assert_int_equal(body_run(&b), 14);
    body_skip(&b, 14);
    assert_int_equal(scan(&b, "\r\n0\r\n\r\n", &used, &sent), BODY_END);
    assert_int_equal(b.payload, 16);
}

TEST(body_eof__tells_an_end_from_a_cut)
{
    struct body b;
    size_t used, sent;
    body_init(&b, BODY_CLOSE, 0);
    assert_int_equal(body_run(&b), UINT64_MAX);
    assert_int_equal(scan(&b, "abc", &used, &sent), BODY_MORE);
    assert_int_equal(body_eof(&b), BODY_END);
    body_init(&b, BODY_LENGTH, 5);
    assert_int_equal(body_eof(&b), BODY_BAD);
    assert_int_equal(b.fault, BODY_CUT);
    body_init(&b, BODY_CHUNKED, 0);
    assert_int_equal(scan(&b, "0\r\n", &used, &sent), BODY_MORE);
    assert_int_equal(body_eof(&b), BODY_BAD);
}

TEST(body_chunk_head__writes_hex)
{
    static const struct {
        uint64_t n;
        const char *text;
    } cases[] = {{1, "1\r\n"},
                 {15, "f\r\n"},
                 {16, "10\r\n"},
                 {65536, "10000\r\n"},
                 {UINT64_MAX, "ffffffffffffffff\r\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[BODY_CHUNK_HEAD];
        assert_int_equal(body_chunk_head(cases[i].n, out), strlen(cases[i].text));
        assert_memory_equal(out, cases[i].text, strlen(cases[i].text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(body_scan__relays_chunks_and_filters_trailers),
        cmocka_unit_test(body_drop_trailers__lets_none_pass),
        cmocka_unit_test(body_scan__takes_any_number_of_tiny_chunks),
        cmocka_unit_test(body_scan__leaves_the_next_message),
        cmocka_unit_test(body_scan__bounds_extensions_lines_and_trailers),
        cmocka_unit_test(body_dechunk__leaves_payload_alone),
        cmocka_unit_test(body_scan__counts_lengths),
        cmocka_unit_test(body_skip__counts_what_was_spliced),
        cmocka_unit_test(body_eof__tells_an_end_from_a_cut),
        cmocka_unit_test(body_chunk_head__writes_hex),
    };
    return cmocka_run_group_tests_name("proxy/http/body", tests, NULL, NULL);
}
