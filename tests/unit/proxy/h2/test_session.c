/* test_session.c - unit tests of proxy/h2: what a request reads like, and what becomes of its answer. */
#include <stdlib.h>

#include "tests/unit/proxy/h2/client.h"

static struct world world;
static struct client client;

static void begin(void (*serve)(struct served *))
{
    world_begin(&world, serve);
    client_begin(&client, &world, NULL, 0);
}

static void end(void)
{
    client_end(&client);
    world_end(&world);
}

static void serve_hello(struct served *s)
{
    served_answer(s,
                  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: Test\r\nConnection: close\r\n\r\nhello");
}

#define HEAD_OF(method, path) ":method", method, ":scheme", "https", ":authority", "a.test", ":path", path

TEST(stream__reads_as_a_request_of_http_1_1)
{
    const char *fields[] = {
        HEAD_OF("GET", "/x?y=1"), "cookie", "a=1", "accept", "*/*", "cookie", "b=2", "te", "trailers", NULL};
    begin(serve_hello);
    struct reply *r = client_ask(&client, fields, NULL, 0);
    client_turn(&client);
    assert_int_equal(world.count, 1);
    assert_string_equal(world.served[0]->request.p,
                        "GET /x?y=1 HTTP/1.1\r\nHost: a.test\r\nConnection: close, TE\r\nTE: trailers\r\n"
                        "accept: */*\r\nCookie: a=1; b=2\r\n\r\n");
    assert_string_equal(reply_text(r), ":status: 200\ncontent-length: 5\nserver: Test\n");
    assert_string_equal(r->body.p, "hello");
    assert_true(r->ended && r->closed);
    assert_int_equal(r->error, NGHTTP2_NO_ERROR);
    assert_int_equal(world.state, H2_IDLE);
    end();
}

TEST(stream__puts_content_without_length_in_chunks)
{
    const char *fields[] = {HEAD_OF("POST", "/"), NULL};
    begin(NULL);
    struct reply *r = client_ask(&client, fields, "some words", 10);
    r->trailers[0] = "x-sum";
    r->trailers[1] = "1";
    client_turn(&client);
    assert_string_equal(
        world.served[0]->request.p,
        "POST / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        "a\r\nsome words\r\n0\r\nx-sum: 1\r\n\r\n");
    end();
}

TEST(stream__reads_the_same_in_any_pieces)
{
    const char *fields[] = {HEAD_OF("POST", "/"), NULL};
    for (size_t step = 1; step < 12; step++) {
        begin(NULL);
        world.hold_reading = true;
        struct reply *r = client_ask(&client, fields, "some words", 10);
        r->trailers[0] = "x-sum";
        r->trailers[1] = "1";
        client_turn(&client);
        world.served[0]->read_step = step;
        served_go_on(world.served[0]);
        assert_non_null(
            strstr(world.served[0]->request.p, "\r\n\r\na\r\nsome words\r\n0\r\nx-sum: 1\r\n\r\n"));
        end();
    }
}

TEST(stream__keeps_a_length_that_was_told)
{
    const char *fields[] = {HEAD_OF("PUT", "/"), "content-length", "10", NULL};
    begin(NULL);
    client_ask(&client, fields, "some words", 10);
    client_turn(&client);
    assert_non_null(strstr(world.served[0]->request.p, "\r\nContent-Length: 10\r\n\r\nsome words"));
    end();
}

TEST(answer__goes_out_as_frames_however_it_is_framed)
{
    static const struct {
        const char *method, *answer, *fields, *body;
    } cases[] = {
        {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
         ":status: 200\n", "abcde"},
        {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n",
         ":status: 200\n-\nx-sum: 1\n", "abc"},
        {"GET", "HTTP/1.1 200 OK\r\nX-Some: thing\r\n\r\nuntil the end", ":status: 200\nx-some: thing\n",
         "until the end"},
        {"GET", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
         ":status: 103\nlink: </a>\n-\n:status: 200\ncontent-length: 0\n", ""},
        {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", ":status: 200\ncontent-length: 5\n", ""},
        {"GET", "HTTP/1.1 204 No Content\r\nKeep-Alive: x\r\nProxy-Connection: y\r\n\r\n", ":status: 204\n",
         ""},
        {"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: \"a\"\r\n\r\n",
         ":status: 304\ncontent-length: 5\netag: \"a\"\n", ""},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        for (size_t step = 0; step < 40; step++) {
            const char *fields[] = {HEAD_OF(cases[i].method, "/"), NULL};
            begin(NULL);
            struct reply *r = client_ask(&client, fields, NULL, 0);
            client_turn(&client);
            world.served[0]->write_step = step;
            served_answer(world.served[0], cases[i].answer);
            client_turn(&client);
            assert_string_equal(reply_text(r), cases[i].fields);
            assert_string_equal(r->body.p ? r->body.p : "", cases[i].body);
            assert_true(r->ended && r->closed && r->error == NGHTTP2_NO_ERROR && !client.refused);
            end();
        }
    }
}

TEST(answer__that_is_cut_ends_in_a_reset)
{
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
    };
    for (size_t i = 0; i < SL_COUNT(answers); i++) {
        begin(NULL);
        struct reply *r = client_get(&client, "/");
        client_turn(&client);
        served_say(world.served[0], answers[i]);
        served_close(world.served[0]);
        client_turn(&client);
        assert_true(r->closed && !r->ended);
        assert_int_equal(r->error, NGHTTP2_INTERNAL_ERROR);
        assert_int_equal(world.state, H2_IDLE); /* the others go on */
        end();
    }
}

TEST(answer__that_ends_with_its_connection_is_whole_only_in_good_order)
{
    begin(NULL);
    struct reply *a = client_get(&client, "/a"), *b = client_get(&client, "/b");
    client_turn(&client);
    for (size_t i = 0; i < 2; i++)
        served_say(world.served[i], "HTTP/1.1 200 OK\r\n\r\nsome");
    served_abort(world.served[0]);
    served_close(world.served[1]);
    client_turn(&client);
    assert_true(a->closed && !a->ended && a->error == NGHTTP2_INTERNAL_ERROR);
    assert_true(b->closed && b->ended && b->error == NGHTTP2_NO_ERROR);
    end();
}

TEST(answer__larger_than_the_windows_waits_for_them)
{
    static char large[300000];
    SL_CLEANUP(sl_text_fini) struct sl_text answer = {0};
    memset(large, 'x', sizeof large);
    sl_text_addf(&answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", sizeof large);
    sl_text_add(&answer, sl_str(large, sizeof large));
    begin(NULL);
    client.hold_windows = true;
    struct reply *r = client_get(&client, "/");
    client_turn(&client);
    served_answer_n(world.served[0], answer.p, answer.n);
    client_turn(&client);
    assert_int_equal(r->body.n, 65535);
    assert_false(world.served[0]->sock.writable);
    client.hold_windows = false;
    assert_int_equal(nghttp2_session_consume(client.session, 1, r->body.n), 0);
    client_turn(&client);
    assert_int_equal(r->body.n, sizeof large);
    assert_true(r->ended);
    served_close(world.served[0]);
    end();
}

TEST(content__that_nobody_takes_stops_at_the_window_and_goes_on)
{
    static char large[300000];
    const char *fields[] = {HEAD_OF("POST", "/"), NULL};
    memset(large, 'x', sizeof large);
    begin(NULL);
    world.hold_reading = true;
    struct reply *r = client_ask(&client, fields, large, sizeof large);
    client_turn(&client);
    assert_int_equal(sizeof large - r->upload_n, 65535);
    struct reply *other = client_get(&client, "/"); /* who waits holds up nobody else */
    client_turn(&client);
    assert_int_equal(world.count, 2);
    served_go_on(world.served[1]);
    serve_hello(world.served[1]);
    served_go_on(world.served[0]);
    client_turn(&client);
    assert_true(other->ended);
    assert_int_equal(r->upload_n, 0);
    assert_true(world.served[0]->request.n > sizeof large);
    assert_true(sl_str_ends(sl_text_str(&world.served[0]->request), SL_STR("x\r\n0\r\n\r\n")));
    serve_hello(world.served[0]);
    client_turn(&client);
    assert_true(r->closed);
    end();
}

TEST(content__that_is_not_as_long_as_was_told_is_a_reset)
{
    static const char *const lengths[] = {"9", "11"};
    for (size_t i = 0; i < SL_COUNT(lengths); i++) {
        const char *fields[] = {HEAD_OF("POST", "/"), "content-length", lengths[i], NULL};
        begin(NULL);
        struct reply *r = client_ask(&client, fields, "some words", 10);
        client_turn(&client);
        assert_true(r->closed && r->error == NGHTTP2_PROTOCOL_ERROR);
        for (size_t k = 0; k < world.count; k++)
            assert_true(world.served[k]->lost);
        assert_int_equal(world.state, H2_IDLE);
        end();
    }
}

TEST(answer__before_the_request_has_ended_stops_its_upload)
{
    static char large[300000];
    const char *fields[] = {HEAD_OF("POST", "/"), NULL};
    begin(NULL);
    world.hold_reading = true;
    struct reply *r = client_ask(&client, fields, large, sizeof large);
    client_turn(&client);
    served_answer(world.served[0], "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
    client_turn(&client);
    assert_string_equal(r->body.p, "no");
    assert_true(r->ended && r->closed && r->error == NGHTTP2_NO_ERROR);
    assert_true(r->upload_n > 0);
    assert_int_equal(world.state, H2_IDLE);
    end();
}

TEST(stream__that_the_client_resets_is_lost_to_its_owner_at_once)
{
    begin(NULL);
    client_get(&client, "/");
    client_get(&client, "/");
    client_turn(&client);
    served_say(world.served[1], "HTTP/1.1 200 OK\r\n\r\nsome");
    client_turn(&client);
    nghttp2_submit_rst_stream(client.session, NGHTTP2_FLAG_NONE, 1, NGHTTP2_CANCEL);
    nghttp2_submit_rst_stream(client.session, NGHTTP2_FLAG_NONE, 3, NGHTTP2_CANCEL);
    client_turn(&client);
    assert_true(world.served[0]->lost && world.served[1]->lost);
    assert_int_equal(world.state, H2_IDLE);
    end();
}

TEST(connection__that_ends_takes_its_streams_with_it)
{
    begin(NULL);
    client_get(&client, "/");
    client_turn(&client);
    shutdown(world.peer, SHUT_RDWR);
    world_turn(&world);
    assert_int_equal(world.state, H2_OVER);
    assert_true(world.served[0]->lost);
    end();
}

TEST(stream__that_is_refused_may_come_again)
{
    begin(serve_hello);
    world.refuse = true;
    struct reply *r = client_get(&client, "/");
    client_turn(&client);
    assert_true(r->closed && r->error == NGHTTP2_REFUSED_STREAM);
    world.refuse = false;
    r = client_get(&client, "/");
    client_turn(&client);
    assert_string_equal(r->body.p, "hello");
    end();
}

TEST(goodbye__lets_what_is_under_way_end)
{
    begin(NULL);
    struct reply *r = client_get(&client, "/");
    client_turn(&client);
    h2_goodbye(world.h2);
    client_turn(&client);
    assert_true(client.goaway && client.goaway_error == NGHTTP2_NO_ERROR);
    assert_int_equal(world.state, H2_BUSY);
    serve_hello(world.served[0]);
    client_turn(&client);
    assert_string_equal(r->body.p, "hello");
    assert_int_equal(world.state, H2_OVER);
    end();
}

TEST(streams__share_a_slow_connection)
{
    enum { STREAMS = 10 };
    static char large[200000];
    struct reply *replies[STREAMS];
    SL_CLEANUP(sl_text_fini) struct sl_text answer = {0};
    const nghttp2_settings_entry wide = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20};
    memset(large, 'x', sizeof large);
    sl_text_addf(&answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", sizeof large);
    sl_text_add(&answer, sl_str(large, sizeof large));
    world_begin(&world, NULL);
    client_begin(&client, &world, &wide, 1);
    assert_int_equal(nghttp2_session_set_local_window_size(client.session, 0, 0, 1 << 24), 0);
    for (size_t i = 0; i < STREAMS; i++)
        replies[i] = client_get(&client, "/");
    client_turn(&client);
    for (size_t i = 0; i < STREAMS; i++)
        served_say(world.served[i], ""), served_answer_n(world.served[i], answer.p, answer.n);
    /* the first takes what fits into the socket; from then on it goes round */
    bool all_begun = false, one_ended = false;
    for (int i = 0; i < 2000 && !one_ended; i++) {
        uint8_t space[16384];
        ssize_t n = recv(world.peer, space, sizeof space, MSG_DONTWAIT);
        if (n > 0)
            assert_int_equal(nghttp2_session_mem_recv(client.session, space, (size_t)n), n);
        nghttp2_session_send(client.session);
        world_turn(&world);
        size_t begun = 0, ended = 0;
        for (size_t k = 0; k < STREAMS; k++) {
            begun += replies[k]->body.n > 0;
            ended += replies[k]->ended;
        }
        all_begun = begun == STREAMS;
        one_ended = ended > 1;
    }
    assert_true(all_begun);
    client_turn(&client);
    for (size_t i = 0; i < STREAMS; i++)
        assert_int_equal(replies[i]->body.n, sizeof large);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stream__reads_as_a_request_of_http_1_1),
        cmocka_unit_test(stream__puts_content_without_length_in_chunks),
        cmocka_unit_test(stream__reads_the_same_in_any_pieces),
        cmocka_unit_test(stream__keeps_a_length_that_was_told),
        cmocka_unit_test(answer__goes_out_as_frames_however_it_is_framed),
        cmocka_unit_test(answer__that_is_cut_ends_in_a_reset),
        cmocka_unit_test(answer__that_ends_with_its_connection_is_whole_only_in_good_order),
        cmocka_unit_test(answer__larger_than_the_windows_waits_for_them),
        cmocka_unit_test(content__that_nobody_takes_stops_at_the_window_and_goes_on),
        cmocka_unit_test(content__that_is_not_as_long_as_was_told_is_a_reset),
        cmocka_unit_test(answer__before_the_request_has_ended_stops_its_upload),
        cmocka_unit_test(stream__that_the_client_resets_is_lost_to_its_owner_at_once),
        cmocka_unit_test(connection__that_ends_takes_its_streams_with_it),
        cmocka_unit_test(stream__that_is_refused_may_come_again),
        cmocka_unit_test(goodbye__lets_what_is_under_way_end),
        cmocka_unit_test(streams__share_a_slow_connection),
    };
    return cmocka_run_group_tests_name("proxy/h2/session", tests, NULL, NULL);
}
