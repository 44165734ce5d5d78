/* test_response.c - what an origin may answer, byte by byte: each row is what it sends and what a client gets
 * of it, in full. */
#include "tests/unit/proxy/conn/rig.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"
#define CLOSE "Connection: close\r\n"
#define NAP "\f" /* the origin pauses, so that what came before is relayed by itself */

enum { ENDS = 1, HEAD = 2, UPGRADE = 4, OLD = 8, POOLED = 16, LARGE = 32 };

/* sent: by the origin, which then closes if the row ENDS. got: by a client that said Connection: close,
 * without Via and Date; or, of a page of ours, status and Proxy-Status. error: of the record. POOLED: the
 * origin's connection serves another request. */
static const struct row {
    const char *sent, *got, *error;
    int how;
} rows[] = {
    /* ---- a head that reads one way goes on, in one spelling ---- */
    {OK "Content-Length: 3\r\n\r\nabc", OK "Content-Length: 3\r\n" CLOSE "\r\nabc", "", POOLED},
    {"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 \r\nContent-Length: 0\r\n" CLOSE "\r\n", "",
     POOLED},
    {OK "content-length:  3 \t\r\nX-A:b\r\n\r\nabc", OK "X-A: b\r\nContent-Length: 3\r\n" CLOSE "\r\nabc", "",
     POOLED},
    {OK "Content-Length : 3\r\nX-A\t:b\r\n\r\nabc", OK "X-A: b\r\nContent-Length: 3\r\n" CLOSE "\r\nabc", "",
     POOLED},
    {OK "Connection: x-hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nUpgrade: h2c\r\nProxy-Authenticate: "
        "Basic\r\nContent-Length: 0\r\n\r\n",
     OK "Content-Length: 0\r\n" CLOSE "\r\n", "", POOLED},
    {"HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n",
     "HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n" CLOSE "\r\n", "", POOLED},
    {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", OK "Content-Length: 3\r\n" CLOSE "\r\nabc", "", 0},
    {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc",
     OK "Content-Length: 3\r\n" CLOSE "\r\nabc", "", POOLED},
    {OK "Connection: close\r\nContent-Length: 3\r\n\r\nabc", OK "Content-Length: 3\r\n" CLOSE "\r\nabc", "",
     0},
    {OK "\r\nuntil " NAP "the end", OK CLOSE "\r\nuntil the end", "", ENDS},

    /* ---- one that does not is replaced ---- */
    {"hello", "502 http_protocol_error; details=\"start-line\"", "origin-invalid-response", 0},
    {"<html>no head at all</html>", "502 http_protocol_error; details=\"start-line\"",
     "origin-invalid-response", ENDS},
    {"220 mail.example ESMTP\r\n", "502 http_protocol_error; details=\"start-line\"",
     "origin-invalid-response", 0},
    {"HTTP/2.0 200 OK\r\n\r\n", "502 http_protocol_error; details=\"version\"", "origin-invalid-response", 0},
    {"\r\n" OK "\r\n", "502 http_protocol_error; details=\"start-line\"", "origin-invalid-response", 0},
    {"HTTP/1.1 099 OK\r\n\r\n", "502 http_protocol_error; details=\"status\"", "origin-invalid-response", 0},
    {"HTTP/1.1 2000 OK\r\n\r\n", "502 http_protocol_error; details=\"status\"", "origin-invalid-response", 0},
    {OK "A: b\r\n c\r\n\r\n", "502 http_protocol_error; details=\"folded\"", "origin-invalid-response", 0},
    {OK "A: b\rc\r\n\r\n", "502 http_protocol_error; details=\"bare-cr\"", "origin-invalid-response", 0},
    {OK "A: b\nC: d\r\n\r\n", "502 http_protocol_error; details=\"bare-lf\"", "origin-invalid-response", 0},
    {OK "A: b\x01\r\n\r\n", "502 http_protocol_error; details=\"control-byte\"", "origin-invalid-response",
     0},
    {OK "A B: c\r\n\r\n", "502 http_protocol_error; details=\"field-name\"", "origin-invalid-response", 0},
    {OK "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
     "502 http_protocol_error; details=\"content-length\"", "origin-invalid-response", 0},
    {OK "Content-Length: 3\r\nContent-Length : 3\r\n\r\nabc",
     "502 http_protocol_error; details=\"content-length\"", "origin-invalid-response", 0},
    {OK "Content-Length: 3, 3\r\n\r\nabc", "502 http_protocol_error; details=\"content-length\"",
     "origin-invalid-response", 0},
    {OK "Content-Length: +3\r\n\r\nabc", "502 http_protocol_error; details=\"content-length\"",
     "origin-invalid-response", 0},
    {OK "Content-Length: 0x3\r\n\r\nabc", "502 http_protocol_error; details=\"content-length\"",
     "origin-invalid-response", 0},
    {OK "Content-Length: -1\r\n\r\n", "502 http_protocol_error; details=\"content-length\"",
     "origin-invalid-response", 0},
    {OK "Content-Length:\r\n\r\n", "502 http_protocol_error; details=\"content-length\"",
     "origin-invalid-response", 0},
    {OK "Content-Length: 18446744073709551617\r\n\r\n", "502 http_protocol_error; details=\"content-length\"",
     "origin-invalid-response", 0},
    {OK "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "502 http_protocol_error; details=\"length-and-coding\"", "origin-invalid-response", 0},
    {OK "Content-Length: 3\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
     "502 http_protocol_error; details=\"length-and-coding\"", "origin-invalid-response", 0},
    {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "502 http_protocol_error; details=\"coding-in-1.0\"", "origin-invalid-response", 0},
    {OK "Transfer-Encoding: gzip, chunked\r\n\r\n", "502 http_protocol_error; details=\"coding-unknown\"",
     "origin-invalid-response", 0},
    {OK "Transfer-Encoding: identity\r\n\r\n", "502 http_protocol_error; details=\"coding\"",
     "origin-invalid-response", 0},
    {OK "Transfer-Encoding: chunked, chunked\r\n\r\n", "502 http_protocol_error; details=\"coding\"",
     "origin-invalid-response", 0},
    {OK "Transfer-Encoding: \x0b"
        "chunked\r\n\r\n",
     "502 http_protocol_error; details=\"control-byte\"", "origin-invalid-response", 0},
    {"", "502 connection_terminated", "origin-closed-response", ENDS},
    {OK "Content-", "502 http_response_incomplete", "origin-cut-response", ENDS},
    {"", "502 http_response_header_section_size", "origin-large-response", LARGE},

    /* ---- 1xx ---- */
    {"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" OK "Content-Length: 0\r\n\r\n",
     "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" OK "Content-Length: 0\r\n" CLOSE "\r\n", "", POOLED},
    {"HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n" NAP "HTTP/1.1 102 Processing\r\n\r\n" NAP OK
     "Content-Length: 0\r\n\r\n",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" OK "Content-Length: 0\r\n" CLOSE "\r\n",
     "", POOLED},
    {"HTTP/1.1 103 Early Hints\r\n\r\n" OK "Content-Length: 0\r\n\r\n",
     OK "Content-Length: 0\r\n" CLOSE "\r\n", "", OLD | POOLED},
    {"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nhello" OK "\r\n",
     "502 http_protocol_error; details=\"body-unexpected\"", "origin-invalid-response", 0},
    {"HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "502 http_protocol_error; details=\"body-unexpected\"", "origin-invalid-response", 0},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
     "502 http_protocol_error; details=\"upgrade-unasked\"", "origin-invalid-response", 0},

    /* ---- 101 where it was asked for ---- */
    {"HTTP/1.1 101 Switching Protocols\r\n\r\n", "502 http_protocol_error; details=\"upgrade-wrong\"",
     "origin-invalid-response", UPGRADE},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
     "502 http_protocol_error; details=\"upgrade-wrong\"", "origin-invalid-response", UPGRADE},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
     "502 http_protocol_error; details=\"upgrade-wrong\"", "origin-invalid-response", UPGRADE},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket, h2c\r\nConnection: Upgrade\r\n\r\n",
     "502 http_protocol_error; details=\"upgrade-wrong\"", "origin-invalid-response", UPGRADE},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
     "502 http_protocol_error; details=\"upgrade-wrong\"", "origin-invalid-response", UPGRADE},
    {"HTTP/1.0 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
     "502 http_protocol_error; details=\"upgrade-wrong\"", "origin-invalid-response", UPGRADE},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: "
     "3\r\n\r\nabc",
     "502 http_protocol_error; details=\"body-unexpected\"", "origin-invalid-response", UPGRADE},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\nX-A: b\r\n\r\nframe",
     "HTTP/1.1 101 Switching Protocols\r\nX-A: b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nframe",
     "", UPGRADE | ENDS},
    {"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: "
     "2\r\n\r\nno",
     "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n" CLOSE "\r\nno", "", UPGRADE | POOLED},

    /* ---- answers without a body, and what may follow them ---- */
    {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 204 No Content\r\n" CLOSE "\r\n", "",
     POOLED},
    {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 204 No Content\r\n" CLOSE "\r\n", "",
     0},
    {"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "HTTP/1.1 204 No Content\r\n" CLOSE "\r\n", "", 0},
    {"HTTP/1.1 204 No Content\r\n\r\nhello", "HTTP/1.1 204 No Content\r\n" CLOSE "\r\n", "", 0},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
     "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n" CLOSE "\r\n", "", POOLED},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello",
     "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n" CLOSE "\r\n", "", 0},
    {OK "Content-Length: 5\r\n\r\n", OK "Content-Length: 5\r\n" CLOSE "\r\n", "", HEAD | POOLED},
    {OK "Content-Length: 5\r\n\r\nhello", OK "Content-Length: 5\r\n" CLOSE "\r\n", "", HEAD},
    {CHUNKED, OK CLOSE "\r\n", "", HEAD | POOLED},

    /* ---- bodies that are longer or shorter than they said ---- */
    {OK "Content-Length: 3\r\n\r\nabcdef", OK "Content-Length: 3\r\n" CLOSE "\r\nabc", "", 0},
    {OK "Content-Length: 3\r\n\r\nabc" OK "Content-Length: 6\r\n\r\npoison",
     OK "Content-Length: 3\r\n" CLOSE "\r\nabc", "", 0},
    {OK "Content-Length: 6\r\n\r\nabc" NAP "def" OK "Content-Length: 6\r\n\r\npoison",
     OK "Content-Length: 6\r\n" CLOSE "\r\nabcdef", "", 0},
    {CHUNKED "3\r\nabc\r\n0\r\n\r\n" OK "Content-Length: 6\r\n\r\npoison",
     OK "Transfer-Encoding: chunked\r\n" CLOSE "\r\n3\r\nabc\r\n0\r\n\r\n", "", 0},
    {OK "Content-Length: 6\r\n\r\nabc", OK "Content-Length: 6\r\n" CLOSE "\r\nabc", "origin-cut-relay", ENDS},
    {CHUNKED "6\r\nabc", OK "Transfer-Encoding: chunked\r\n" CLOSE "\r\n6\r\nabc", "origin-cut-relay", ENDS},
    {CHUNKED "3\r\nabc\r\n", OK "Transfer-Encoding: chunked\r\n" CLOSE "\r\n3\r\nabc\r\n", "origin-cut-relay",
     ENDS},
    {CHUNKED "3\r\nabc\r\n0\r\n", OK "Transfer-Encoding: chunked\r\n" CLOSE "\r\n3\r\nabc\r\n0\r\n",
     "origin-cut-relay", ENDS},
    {CHUNKED "3\r\nabc\r\n0\r\nX: y", OK "Transfer-Encoding: chunked\r\n" CLOSE "\r\n3\r\nabc\r\n0\r\n",
     "origin-cut-relay", ENDS},

    /* ---- chunks ---- */
    {CHUNKED "3\r\nabc\r\n0\r\nX: y\r\nContent-Length: 9\r\n\r\n",
     OK "Transfer-Encoding: chunked\r\n" CLOSE "\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n", "", POOLED},
    {CHUNKED "zz\r\n", "502 http_response_transfer_coding; details=\"chunk-size\"", "origin-invalid-relay",
     0},
    {CHUNKED "-1\r\n", "502 http_response_transfer_coding; details=\"chunk-size\"", "origin-invalid-relay",
     0},
    {CHUNKED "0x3\r\nabc\r\n", "502 http_response_transfer_coding; details=\"chunk-size\"",
     "origin-invalid-relay", 0},
    {CHUNKED "10000000000000003\r\nabc\r\n", "502 http_response_transfer_coding; details=\"chunk-size\"",
     "origin-invalid-relay", 0},
    {CHUNKED "3\nabc\r\n", "502 http_response_transfer_coding; details=\"chunk-size\"",
     "origin-invalid-relay", 0},
    {CHUNKED "3\r\nabcd\r\n", "502 http_response_transfer_coding; details=\"chunk-line-end\"",
     "origin-invalid-relay", 0},
    {CHUNKED "3;a=\"\n\"\r\nabc\r\n", "502 http_response_transfer_coding; details=\"chunk-extension\"",
     "origin-invalid-relay", 0},
    {CHUNKED "0\r\nno field\r\n\r\n", "502 http_response_transfer_coding; details=\"trailer\"",
     "origin-invalid-relay", 0},
    {CHUNKED "0\r\n\nX: y\r\n\r\n", "502 http_response_transfer_coding; details=\"trailer\"",
     "origin-invalid-relay", 0},
    {CHUNKED "3\r\nabc\r\n" NAP "zz\r\n", OK "Transfer-Encoding: chunked\r\n" CLOSE "\r\n3\r\nabc\r\n",
     "origin-invalid-relay", 0},
};

static bool by_row(struct origin_request *r)
{
    char text[2048];
    size_t at;
    if (sscanf(r->path, "/row/%zu", &at) != 1) { /* leaves nothing in the pool */
        origin_send(r, OK CLOSE "Content-Length: 5\r\n\r\nhello");
        return false;
    }
    const struct row *row = &rows[at];
    for (int i = 0; row->how & LARGE && i < 100; i++)
        origin_sendf(r, "%sX-%d: %01000d\r\n", i == 0 ? OK : "", i, i);
    snprintf(text, sizeof text, "%s", row->sent);
    for (char *rest = text, *piece; (piece = strsep(&rest, NAP));) {
        origin_send(r, piece);
        if (rest)
            rig_nap_ms(20);
    }
    return !(row->how & ENDS);
}

/* All that comes until the gateway closes. */
static void read_all(struct client *c, struct sl_text *out)
{
    char byte;
    while (client_read_bytes(c, &byte, 1))
        sl_text_addc(out, byte);
    sl_text_addc(out, '\0');
}

/* Takes the line that begins so out of the text. */
static void drop_line(char *text, const char *begin)
{
    for (char *line; (line = strstr(text, begin));) {
        char *next = strstr(line, "\r\n") + 2;
        memmove(line, next, strlen(next) + 1);
    }
}

static void check(const struct row *row, size_t at, char *got)
{
    char page[256] = "", status[256] = "";
    drop_line(got, "Via: ");
    drop_line(got, "Date: ");
    const char *field = strstr(got, "Proxy-Status: sluice; error=");
    if (field) {
        sscanf(field, "Proxy-Status: sluice; error=%255[^\r]", status);
        snprintf(page, sizeof page, "%.3s %.200s", got + sizeof "HTTP/1.1", status);
    }
    if (strcmp(row->got, field ? page : got) != 0)
        fail_msg("row %zu: %s\ngot:\n%s\nnot:\n%s", at, row->sent, field ? page : got, row->got);
}

static void ask(struct client *c, const struct row *row, size_t at)
{
    client_sendf(c, "%s http://127.0.0.1:%u/row/%zu HTTP/1.%d\r\nHost: x\r\n%s\r\n",
                 row->how & HEAD ? "HEAD" : "GET", origin_port(rig_origin), at, !(row->how & OLD),
                 row->how & UPGRADE ? "Upgrade: websocket\r\nConnection: Upgrade, close\r\n" : CLOSE);
}

static void check_records(void)
{
    json_t *records = gateway_records(rig_gateway, 2 * SL_COUNT(rows));
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *r = json_array_get(records, i);
        const char *error = json_string_value(json_object_get(r, "error"));
        size_t at;
        if (sscanf(json_string_value(json_object_get(r, "path")), "/row/%zu", &at) != 1)
            continue;
        if (strcmp(error ? error : "", rows[at].error) != 0)
            fail_msg("row %zu: %s\nrecorded: %s, not %s", at, rows[at].sent, error, rows[at].error);
    }
    json_decref(records);
}

TEST(response__is_passed_on_as_one_that_this_parser_would_take_or_not_at_all)
{
    rig_begin(by_row, NULL, NULL);
    for (size_t i = 0; i < SL_COUNT(rows); i++) {
        struct sl_text got = {0};
        const struct row *row = &rows[i];
        struct client c;
        rig_open(&c);
        ask(&c, row, i);
        read_all(&c, &got);
        client_close(&c);
        check(row, i, got.p);
        unsigned before = origin_connections(rig_origin);
        rig_open(&c); /* whoever comes next gets what he asked for */
        client_sendf(&c, "GET http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\n\r\n", origin_port(rig_origin));
        rig_expect(&c, 200, "hello");
        client_close(&c);
        if (origin_connections(rig_origin) - before != !(row->how & POOLED))
            fail_msg("row %zu: %s\nthe connection is %skept", i, row->sent, row->how & POOLED ? "not " : "");
        sl_text_fini(&got);
    }
    check_records();
    rig_end();
}

/* ---- 1xx without end ---- */

enum { INTERIMS = 100, INTERIM_BYTES = 60000 };

static bool chatters(struct origin_request *r)
{
    int count = INTERIMS + (strcmp(r->path, "/endless") == 0);
    for (int i = 0; i < count; i++)
        origin_sendf(r, "HTTP/1.1 103 Early Hints\r\nX-Number: %d\r\n\r\n", i);
    return origin_answer(r, "done");
}

TEST(interim__answers_pass_in_order_until_they_are_too_many)
{
    struct client c;
    rig_begin(chatters, NULL, NULL);
    rig_open(&c);
    rig_get(&c, "/");
    for (int i = 0; i < INTERIMS; i++) {
        struct answer *a = client_read(&c, false);
        assert_int_equal(a->status, 103);
        assert_int_equal(strtol(answer_field(a, "X-Number"), NULL, 10), i);
        answer_free(&a);
    }
    rig_expect(&c, 200, "done");
    rig_get(&c, "/endless");
    for (int i = 0; i < INTERIMS; i++)
        rig_expect(&c, 103, NULL);
    rig_expect(&c, 502, NULL);
    assert_string_equal(rig_recorded(2, "error"), "origin-invalid-response");
    client_close(&c);
    rig_end();
}

static bool long_hints(struct origin_request *r)
{
    char *text = sl_malloc(INTERIM_BYTES);
    int n = snprintf(text, INTERIM_BYTES, "HTTP/1.1 103 Early Hints\r\n");
    for (int i = 0; n < INTERIM_BYTES - 2000; i++)
        n += snprintf(text + n, INTERIM_BYTES - (size_t)n, "Link-%d: %01000d\r\n", i, i);
    n += snprintf(text + n, INTERIM_BYTES - (size_t)n, "\r\n");
    for (int i = 0; i < INTERIMS; i++)
        origin_send_bytes(r, text, (size_t)n);
    free(text);
    return origin_answer(r, "done");
}

/* Whoever asks and does not read. */
TEST(interim__answers_do_not_pile_up_before_a_client_that_takes_none)
{
    struct client c;
    int small = 4096;
    rig_begin(long_hints, NULL, "[proxy]\ntimeout_response = 500ms\n");
    rig_open(&c);
    setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    rig_get(&c, "/");
    assert_string_equal(rig_recorded(1, "error"), "client-timeout-interim");
    assert_true(gateway_metric(rig_gateway, "sluice_buffer_bytes") < 1 << 20);
    client_close(&c);
    rig_end();
}

/* ---- answers to nothing ---- */

static _Atomic int pooled_fd; /* of the origin */

static bool notes_its_socket(struct origin_request *r)
{
    pooled_fd = r->fd;
    return rig_hello(r);
}

static void say(int fd, const char *text)
{
    ssize_t n = write(fd, text, strlen(text));
    (void)n;
    rig_nap_ms(20);
}

/* Stops this process, gateway and all, and lets a client ask and the origin answer, in this order, before it
 * goes on: the worker finds both at once. */
static void while_stopped(int client, const char *request, int origin, const char *answer)
{
    pid_t self = getpid(), helper = fork();
    if (helper == 0) {
        kill(self, SIGSTOP);
        rig_nap_ms(20);
        say(client, request);
        say(origin, answer);
        kill(self, SIGCONT);
        _exit(0);
    }
    waitpid(helper, NULL, 0);
}

TEST(response__that_came_before_the_request_answers_nothing)
{
    struct client c, next;
    char request[256];
    rig_begin(notes_its_socket, NULL, NULL);
    snprintf(request, sizeof request, "GET http://127.0.0.1:%u/ HTTP/1.1\r\nHost: x\r\n\r\n",
             origin_port(rig_origin));
    rig_open(&c);
    rig_open(&next);
    rig_get(&c, "/");
    rig_expect(&c, 200, "hello");
    rig_wait_metric("sluice_upstream_connections_idle", 1);
    while_stopped(next.fd, request, pooled_fd, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
    rig_expect(&next, 200, "hello");
    assert_int_equal(gateway_metric(rig_gateway, "sluice_upstream_retries_total"), 1);
    assert_int_equal(origin_connections(rig_origin), 2);
    client_close(&c);
    client_close(&next);
    rig_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(response__is_passed_on_as_one_that_this_parser_would_take_or_not_at_all),
        cmocka_unit_test(interim__answers_pass_in_order_until_they_are_too_many),
        cmocka_unit_test(interim__answers_do_not_pile_up_before_a_client_that_takes_none),
        cmocka_unit_test(response__that_came_before_the_request_answers_nothing),
    };
    return cmocka_run_group_tests_name("proxy/conn/response", tests, NULL, NULL);
}
