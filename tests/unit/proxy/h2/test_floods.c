/* test_floods.c - unit tests of proxy/h2: what costs and brings nothing ends a connection, and is counted.
 * The frames are the test's own: no library would send them. */
#include <sys/socket.h>

#include "tests/unit/proxy/h2/world.h"

enum {
    DATA,
    HEADERS,
    PRIORITY,
    RST_STREAM,
    SETTINGS,
    PUSH_PROMISE,
    PING,
    GOAWAY,
    WINDOW_UPDATE,
    CONTINUATION
};
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4 };
enum {
    PROTOCOL_ERROR = 1,
    FLOW_CONTROL_ERROR = 3,
    STREAM_CLOSED = 5,
    FRAME_SIZE = 6,
    COMPRESSION = 9,
    CALM = 11
};

static struct world world;
static struct sl_text seen; /* all that came back */

/* GET https://a.test/ by the static table, but for the authority. */
static const struct sl_str get = {"\x82\x87\x84\x41\x06"
                                  "a.test",
                                  11};

static void drink(void)
{
    char space[65536];
    ssize_t n;
    world_turn(&world);
    while ((n = recv(world.peer, space, sizeof space, MSG_DONTWAIT)) > 0)
        sl_text_add(&seen, sl_str(space, (size_t)n));
}

static void say(struct sl_str bytes)
{
    while (bytes.n > 0 && world.h2) {
        ssize_t n = send(world.peer, bytes.p, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0)
            bytes = sl_str_sub(bytes, (size_t)n, SIZE_MAX);
        drink();
    }
}

static void frame_of(struct sl_text *out, unsigned type, unsigned flags, uint32_t id, struct sl_str payload)
{
    const char head[] = {
        (char)(payload.n >> 16), (char)(payload.n >> 8), (char)payload.n, (char)type, (char)flags,
        (char)(id >> 24),        (char)(id >> 16),       (char)(id >> 8), (char)id};
    sl_text_add(out, sl_str(head, sizeof head));
    sl_text_add(out, payload);
}

static void frame(unsigned type, unsigned flags, uint32_t id, struct sl_str payload)
{
    SL_CLEANUP(sl_text_fini) struct sl_text out = {0};
    frame_of(&out, type, flags, id, payload);
    say(sl_text_str(&out));
}

static void begin(void)
{
    sl_text_clear(&seen);
    world_begin(&world, NULL);
    say(SL_STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    frame(SETTINGS, 0, 0, SL_STR(""));
}

static void end(void)
{
    world_end(&world);
    sl_text_fini(&seen);
}

/* The error of the GOAWAY that came; -1: none did. */
static int goaway(void)
{
    size_t at = 0;
    drink();
    while (at + 9 <= seen.n) {
        const unsigned char *p = (const unsigned char *)seen.p + at;
        size_t n = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
        if (p[3] == GOAWAY)
            return p[16];
        at += 9 + n;
    }
    return -1;
}

static void expect_end(int error, enum metric counter)
{
    assert_int_equal(goaway(), error);
    assert_int_equal(world.state, H2_OVER);
    if (counter)
        assert_int_equal(world_metric(&world, counter), 1);
}

TEST(flood__of_resets_is_told_to_calm_down)
{
    static const struct sl_str cancel = {"\0\0\0\x08", 4};
    begin();
    for (uint32_t id = 1; id < 4000 && world.h2; id += 2) {
        frame(HEADERS, END_HEADERS | END_STREAM, id, get);
        frame(RST_STREAM, 0, id, cancel);
    }
    expect_end(CALM, METRIC_LIMIT_HTTP2_RESETS);
    for (size_t i = 0; i < world.count; i++)
        assert_true(world.served[i]->lost);
    end();
}

TEST(flood__of_resets_in_one_read_asks_nobody)
{
    static const struct sl_str cancel = {"\0\0\0\x08", 4};
    SL_CLEANUP(sl_text_fini) struct sl_text burst = {0};
    begin();
    for (uint32_t id = 1; id < 200; id += 2) {
        frame_of(&burst, HEADERS, END_HEADERS | END_STREAM, id, get);
        frame_of(&burst, RST_STREAM, 0, id, cancel);
    }
    say(sl_text_str(&burst));
    assert_int_equal(world.count, 0);
    assert_int_equal(world.state, H2_IDLE);
    end();
}

/* Resets that the client makes us send are as many as its own. */
TEST(flood__of_faults_that_make_us_reset_is_told_to_calm_down)
{
    static const struct sl_str too_much = {"\x7f\xff\xff\xff", 4};
    begin();
    for (uint32_t id = 1; id < 4000 && world.h2; id += 2) {
        frame(HEADERS, END_HEADERS, id, get);
        frame(WINDOW_UPDATE, 0, id, too_much);
    }
    expect_end(CALM, METRIC_LIMIT_HTTP2_RESETS);
    end();
}

TEST(flood__of_malformed_requests_is_told_to_calm_down)
{
    static const struct sl_str no_path = {"\x82\x87", 2};
    begin();
    for (uint32_t id = 1; id < 4000 && world.h2; id += 2)
        frame(HEADERS, END_HEADERS | END_STREAM, id, no_path);
    expect_end(CALM, METRIC_LIMIT_HTTP2_RESETS);
    assert_int_equal(world.count, 0);
    end();
}

TEST(flood__of_frames_that_bring_nothing_is_told_to_calm_down)
{
    static const struct {
        unsigned type, flags;
        uint32_t id;
        struct sl_str payload;
    } cases[] = {
        {PING, 0, 0, {"12345678", 8}},
        {PING, ACK, 0, {"12345678", 8}},
        {SETTINGS, 0, 0, {"", 0}},
        {SETTINGS, 0, 0, {"\0\x01\0\0\x10\0\0\x01\0\0\0\0", 12}}, /* the table of fields, full and empty */
        {SETTINGS, 0, 0, {"\0\x04\0\0\0\0", 6}},
        {PRIORITY, 0, 1, {"\0\0\0\0\x10", 5}},
        {PRIORITY, 0, 7, {"\0\0\0\0\x10", 5}},
        {DATA, 0, 1, {"", 0}},
        {WINDOW_UPDATE, 0, 0, {"\0\0\0\x01", 4}},
        {WINDOW_UPDATE, 0, 1, {"\0\0\0\x01", 4}},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        SL_CLEANUP(sl_text_fini) struct sl_text burst = {0};
        begin();
        frame(HEADERS, END_HEADERS, 1, get);
        for (int k = 0; k < 100; k++)
            frame_of(&burst, cases[i].type, cases[i].flags, cases[i].id, cases[i].payload);
        for (int k = 0; k < 40 && world.h2; k++)
            say(sl_text_str(&burst));
        expect_end(CALM, METRIC_LIMIT_HTTP2_FRAMES);
        end();
    }
}

/* A client that never reads is not answered without end: what waits to be sent is bounded. */
TEST(flood__that_is_never_read_stops_being_read)
{
    SL_CLEANUP(sl_text_fini) struct sl_text burst = {0};
    begin();
    for (int k = 0; k < 100; k++)
        frame_of(&burst, PING, 0, 0, SL_STR("12345678"));
    for (int k = 0; k < 1000 && world.h2; k++) {
        send(world.peer, burst.p, burst.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        world_turn(&world);
    }
    assert_true(world.bufs.in_use <= 2 * BUF_SMALL);
    end();
}

/* A block of fields that goes on without end. */
TEST(flood__of_continuations_ends_the_connection)
{
    static char filler[16384];
    memset(filler, 0x90, sizeof filler); /* accept-encoding, of the static table */
    begin();
    frame(HEADERS, 0, 1, get);
    for (int i = 0; i < 1000 && world.h2; i++)
        frame(CONTINUATION, 0, 1, sl_str(filler, sizeof filler));
    assert_int_equal(world.state, H2_OVER);
    assert_int_equal(world_metric(&world, METRIC_LIMIT_HTTP2_FIELDS), 1);
    assert_int_equal(world.count, 0);
    end();
}

TEST(flood__of_small_continuations_ends_the_connection)
{
    begin();
    frame(HEADERS, 0, 1, SL_STR(""));
    for (int i = 0; i < 4000 && world.h2; i++)
        frame(CONTINUATION, 0, 1, SL_STR(""));
    expect_end(CALM, METRIC_LIMIT_HTTP2_FIELDS);
    end();
}

/* What an idle connection keeps is given back, and a block under way is not among it. */
TEST(fields__may_come_in_pieces_while_nothing_else_is_under_way)
{
    begin();
    frame(HEADERS, END_STREAM, 1, sl_str_sub(get, 0, 3));
    for (size_t i = 3; i < get.n; i += 2)
        frame(CONTINUATION, i + 2 == get.n ? END_HEADERS : 0, 1, sl_str_sub(get, i, 2));
    assert_int_equal(world.count, 1);
    assert_string_equal(world.served[0]->request.p,
                        "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n");
    end();
}

/* One long entry in the table of fields, then a byte for each time it is meant. */
TEST(bomb__of_compressed_fields_is_a_head_that_is_too_long)
{
    enum { LONG = 3900, TIMES = 8000 };
    SL_CLEANUP(sl_text_fini) struct sl_text block = {0};
    static char value[LONG];
    memset(value, 'v', sizeof value);
    sl_text_add(&block, get);
    sl_text_add(&block, SL_STR("\x40\x01x\x7f\xbd\x1d")); /* a literal that is kept: 127 + 61 + 29 * 128 */
    sl_text_add(&block, sl_str(value, LONG));
    for (int i = 0; i < TIMES; i++)
        sl_text_addc(&block, (char)0xbe);
    begin();
    frame(HEADERS, END_HEADERS | END_STREAM, 1, sl_text_str(&block));
    assert_int_equal(world.count, 1);
    assert_in_range(world.served[0]->request.n, 65536, 3 * 65536);
    assert_int_equal(world.state, H2_BUSY);
    end();
}

TEST(streams__more_than_are_allowed_are_refused_or_end_the_connection)
{
    begin();
    for (uint32_t id = 1; id < 1000 && world.h2; id += 2)
        frame(HEADERS, END_HEADERS | END_STREAM, id, get);
    assert_in_range(world.count, 1, 100);
    assert_true(world_metric(&world, METRIC_LIMIT_HTTP2_STREAMS) > 0);
    end();
}

/* What is against the protocol ends the connection, or the stream, and never us. */
TEST(frames__against_the_protocol_are_faults_of_the_connection)
{
    static const struct {
        const char *why;
        unsigned type, flags;
        uint32_t id;
        struct sl_str payload;
        int error;
    } cases[] = {
        {"an even number",
         HEADERS,
         END_HEADERS | END_STREAM,
         2,
         {"\x82\x87\x84\x41\x01"
          "a",
          6},
         PROTOCOL_ERROR},
        {"number 0",
         HEADERS,
         END_HEADERS | END_STREAM,
         0,
         {"\x82\x87\x84\x41\x01"
          "a",
          6},
         PROTOCOL_ERROR},
        {"content of nothing", DATA, 0, 5, {"x", 1}, PROTOCOL_ERROR},
        {"content of number 0", DATA, 0, 0, {"x", 1}, PROTOCOL_ERROR},
        {"a reset of what never was", RST_STREAM, 0, 5, {"\0\0\0\0", 4}, PROTOCOL_ERROR},
        {"a reset of the wrong size", RST_STREAM, 0, 1, {"\0\0\0", 3}, FRAME_SIZE},
        {"a promise", PUSH_PROMISE, END_HEADERS, 1, {"\0\0\0\x02\x82", 5}, PROTOCOL_ERROR},
        {"a continuation of nothing", CONTINUATION, END_HEADERS, 1, {"\x82", 1}, PROTOCOL_ERROR},
        {"settings of the wrong size", SETTINGS, 0, 0, {"\0\0\0", 3}, FRAME_SIZE},
        {"settings of a stream", SETTINGS, 0, 1, {"", 0}, PROTOCOL_ERROR},
        {"a window that is too large", SETTINGS, 0, 0, {"\0\x04\xff\xff\xff\xff", 6}, FLOW_CONTROL_ERROR},
        {"a frame size that is too small", SETTINGS, 0, 0, {"\0\x05\0\0\0\x01", 6}, PROTOCOL_ERROR},
        {"push that is neither on nor off", SETTINGS, 0, 0, {"\0\x02\0\0\0\x02", 6}, PROTOCOL_ERROR},
        {"windows that overflow", WINDOW_UPDATE, 0, 0, {"\x7f\xff\xff\xff", 4}, FLOW_CONTROL_ERROR},
        {"a window of nothing", WINDOW_UPDATE, 0, 0, {"\0\0\0\0", 4}, PROTOCOL_ERROR},
        {"a ping of the wrong size", PING, 0, 0, {"1234", 4}, FRAME_SIZE},
        {"a ping of a stream", PING, 0, 1, {"12345678", 8}, PROTOCOL_ERROR},
        {"fields that mean nothing",
         HEADERS,
         END_HEADERS | END_STREAM,
         3,
         {"\xff\xff\xff\xff\x7f", 5},
         COMPRESSION},
        {"a field of no index", HEADERS, END_HEADERS | END_STREAM, 3, {"\x80", 1}, COMPRESSION},
        {"padding longer than its frame", DATA, 8, 1, {"\x09x", 2}, PROTOCOL_ERROR},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        begin();
        frame(HEADERS, END_HEADERS, 1, get);
        frame(cases[i].type, cases[i].flags, cases[i].id, cases[i].payload);
        int error = goaway();
        if (error != cases[i].error || world.state != H2_OVER)
            fail_msg("%s: %d", cases[i].why, error);
        end();
    }
}

TEST(preface__that_is_none_ends_the_connection)
{
    world_begin(&world, NULL);
    say(SL_STR("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_int_equal(world.state, H2_OVER);
    end();
}

TEST(frame__longer_than_was_allowed_ends_the_connection)
{
    static char large[16385];
    begin();
    frame(HEADERS, END_HEADERS, 1, get);
    frame(DATA, 0, 1, sl_str(large, sizeof large));
    expect_end(FRAME_SIZE, 0);
    end();
}

/* A window of one byte: each byte costs a frame, and whoever asks for many so is told to calm down. */
TEST(windows__of_a_byte_do_not_keep_us_busy)
{
    begin();
    frame(SETTINGS, 0, 0, SL_STR("\0\x04\0\0\0\x01"));
    frame(HEADERS, END_HEADERS | END_STREAM, 1, get);
    served_say(world.served[0],
               "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\nsome that never goes out at this rate");
    drink();
    assert_int_equal(world.served[0]->answer_n - world.served[0]->written, 36);
    for (int i = 0; i < 4000 && world.h2; i++)
        frame(WINDOW_UPDATE, 0, 1, SL_STR("\0\0\0\x01"));
    expect_end(CALM, METRIC_LIMIT_HTTP2_FRAMES);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flood__of_resets_is_told_to_calm_down),
        cmocka_unit_test(flood__of_resets_in_one_read_asks_nobody),
        cmocka_unit_test(flood__of_faults_that_make_us_reset_is_told_to_calm_down),
        cmocka_unit_test(flood__of_malformed_requests_is_told_to_calm_down),
        cmocka_unit_test(flood__of_frames_that_bring_nothing_is_told_to_calm_down),
        cmocka_unit_test(flood__that_is_never_read_stops_being_read),
        cmocka_unit_test(flood__of_continuations_ends_the_connection),
        cmocka_unit_test(flood__of_small_continuations_ends_the_connection),
        cmocka_unit_test(fields__may_come_in_pieces_while_nothing_else_is_under_way),
        cmocka_unit_test(bomb__of_compressed_fields_is_a_head_that_is_too_long),
        cmocka_unit_test(streams__more_than_are_allowed_are_refused_or_end_the_connection),
        cmocka_unit_test(frames__against_the_protocol_are_faults_of_the_connection),
        cmocka_unit_test(preface__that_is_none_ends_the_connection),
        cmocka_unit_test(frame__longer_than_was_allowed_ends_the_connection),
        cmocka_unit_test(windows__of_a_byte_do_not_keep_us_busy),
    };
    return cmocka_run_group_tests_name("proxy/h2/floods", tests, NULL, NULL);
}
