/* test_matrix.c - each way in which a peer can fail, in each state in which it can: what the other side sees,
 * what is recorded, and that nothing is left over. All rows run at the same time, so the table takes as long
 * as its slowest row. */
#include <arpa/inet.h>
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/proxy/conn/play.h"
#include "tests/unit/proxy/conn/rig.h"

#define TENS "0123456789012345678901234567890123456789"
#define LONG TENS TENS TENS TENS /* takes longer than anybody waits when it trickles */

#define GET "GET http://127.0.0.1:@/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
#define UPLOAD \
    "PUT http://127.0.0.1:@/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" /* framing and body follow */
#define SOME "Content-Length: 1000\r\n\r\na beginning"
#define ALL "Content-Length: 8388608\r\n\r\n" FLOOD
#define PIECES "Transfer-Encoding: chunked\r\n\r\n"
#define CONNECT "CONNECT 127.0.0.1:@ HTTP/1.1\r\nHost: x\r\n\r\n" READ_HEAD
#define SOCKET                                                                          \
    "GET http://127.0.0.1:@/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: " \
    "Upgrade\r\n\r\n" READ_HEAD

#define OK READ_HEAD "HTTP/1.1 200 OK\r\n"
#define HINTS READ_HEAD "HTTP/1.1 103 Early Hints\r\n\r\n" HEARD
#define LENGTH OK "Content-Length: 10\r\n\r\nabc" HEARD
#define CHUNKS OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n" HEARD
#define TRAILER CHUNKS "0\r\nX-Sum: " HEARD
#define TO_THE_END OK "\r\nabc" HEARD
#define SWITCH \
    READ_HEAD "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
#define LARGE OK "Content-Length: 8388608\r\n\r\n" FLOOD
#define LARGE_CHUNK OK "Transfer-Encoding: chunked\r\n\r\n800000\r\n" FLOOD "\r\n0\r\n\r\n"
#define ANSWER OK "Content-Length: 5\r\n\r\nhello"

#define NAMED                                                                                              \
    "GET http://nobody.test:@/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" /* no name server answers \
                                                                                  */

#define NOBODY NULL  /* instead of an origin's script: nobody listens */
#define SWAMPED "\n" /* somebody does, but does not get to it */

enum { PORT_MAX = 65536 };

/* `|` stands between words of which any is right: which one depends on what the kernel tells first. */
static const struct row {
    const char *name, *client, *origin;
    int status;       /* of the final answer that the client got; 0: none */
    const char *body; /* at its end; NULL: whatever page it is */
    enum play_end client_end;
    enum play_end origin_end;
    const char *error; /* of the record; NULL: there is none */
    enum action action;
} rows[] = {
    /* ---- the origin fails; the client does what it should ---- */
    {"resolve: stalls", NAMED, NOBODY, 504, NULL, PLAY_ENDED, PLAY_ANY, "origin-timeout-dns", ACTION_ERROR},
    {"wait for the name: resets", NAMED NAP RESET, NOBODY, 0, NULL, PLAY_LEFT, PLAY_ANY, "client-closed-wait",
     ACTION_ERROR},
    {"connect: refused", GET, NOBODY, 502, NULL, PLAY_ENDED, PLAY_ANY, "origin-connect-refused",
     ACTION_ERROR},
    {"connect: refused, tunnel", CONNECT, NOBODY, 502, NULL, PLAY_ENDED, PLAY_ANY, "origin-connect-refused",
     ACTION_ERROR},
    {"connect: stalls", GET, SWAMPED, 504, NULL, PLAY_ENDED, PLAY_ANY, "origin-connect-timeout",
     ACTION_ERROR},
    {"connect: stalls, tunnel", CONNECT, SWAMPED, 504, NULL, PLAY_ENDED, PLAY_ANY, "origin-connect-timeout",
     ACTION_ERROR},
    {"connect: closes", GET, CLOSE, 502, NULL, PLAY_ENDED, PLAY_ANY,
     "origin-closed-response|origin-reset-send|origin-connect-refused", ACTION_ERROR},
    {"connect: resets", GET, RESET, 502, NULL, PLAY_ENDED, PLAY_ANY,
     "origin-closed-response|origin-reset-send|origin-connect-refused", ACTION_ERROR},
    {"connect: speaks first", GET, "220 mail.example ESMTP\r\n" STALL, 502, NULL, PLAY_ENDED, PLAY_ANY,
     "origin-early-response|origin-invalid-response", ACTION_ERROR},
    {"send head: stalls", GET, STALL, 504, NULL, PLAY_ENDED, PLAY_ANY, "origin-timeout-response",
     ACTION_ERROR},

    {"send body: closes", UPLOAD SOME, READ_HEAD CLOSE, 502, NULL, PLAY_ENDED, PLAY_ANY,
     "origin-closed-response|origin-reset-send", ACTION_ERROR},
    {"send body: resets", UPLOAD SOME, READ_HEAD NAP RESET, 502, NULL, PLAY_ENDED, PLAY_ANY,
     "origin-closed-response|origin-reset-send", ACTION_ERROR},
    {"send body: stalls", UPLOAD ALL, READ_HEAD STALL, 504, NULL, PLAY_ENDED, PLAY_ANY,
     "origin-timeout-send|origin-slow-send", ACTION_ERROR},
    {"send body: half-closes", UPLOAD SOME, READ_HEAD FIN, 502, NULL, PLAY_ENDED, PLAY_ANY,
     "origin-closed-response", ACTION_ERROR},
    {"send body: garbage", UPLOAD SOME, READ_HEAD "garbage\r\n", 502, NULL, PLAY_ENDED, PLAY_ANY,
     "origin-invalid-response", ACTION_ERROR},
    {"send body: answers and reads on", UPLOAD ALL,
     READ_HEAD "HTTP/1.1 413 Large\r\nContent-Length: 2\r\n\r\nno", 413, "no", PLAY_ENDED, PLAY_ANY, "",
     ACTION_ALLOW},
    {"send body: answers and closes", UPLOAD ALL,
     READ_HEAD "HTTP/1.1 413 Large\r\nContent-Length: 2\r\n\r\nno" NAP CLOSE, 413, "no", PLAY_ENDED, PLAY_ANY,
     "", ACTION_ALLOW},
    {"send body: answers and resets", UPLOAD ALL,
     READ_HEAD "HTTP/1.1 413 Large\r\nContent-Length: 2\r\n\r\nno" NAP RESET, 413, "no", PLAY_ENDED, PLAY_ANY,
     "", ACTION_ALLOW},
    {"send body: answers at length, reads on", UPLOAD ALL,
     READ_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na" NAP "b" NAP "c", 200, "abc", PLAY_ENDED,
     PLAY_ANY, "", ACTION_ALLOW},

    {"before the head: closes", GET, READ_HEAD CLOSE, 502, NULL, PLAY_ENDED, PLAY_ANY,
     "origin-closed-response", ACTION_ERROR},
    {"before the head: resets", GET, READ_HEAD NAP RESET, 502, NULL, PLAY_ENDED, PLAY_ANY,
     "origin-closed-response", ACTION_ERROR},
    {"before the head: stalls", GET, READ_HEAD STALL, 504, NULL, PLAY_ENDED, PLAY_ANY,
     "origin-timeout-response", ACTION_ERROR},
    {"before the head: half-closes", GET, READ_HEAD FIN, 502, NULL, PLAY_ENDED, PLAY_ANY,
     "origin-closed-response", ACTION_ERROR},
    {"before the head: garbage", GET, READ_HEAD "\x16\x15\x14\r\n", 502, NULL, PLAY_ENDED, PLAY_ANY,
     "origin-invalid-response", ACTION_ERROR},

    {"head: closes", GET, OK "Content-Le" CLOSE, 502, NULL, PLAY_ENDED, PLAY_ANY, "origin-cut-response",
     ACTION_ERROR},
    {"head: resets", GET, OK "Content-Le" NAP RESET, 502, NULL, PLAY_ENDED, PLAY_ANY, "origin-cut-response",
     ACTION_ERROR},
    {"head: stalls", GET, OK "Content-Le" STALL, 504, NULL, PLAY_ENDED, PLAY_ANY, "origin-timeout-response",
     ACTION_ERROR},
    {"head: trickles", GET,
     OK TRICKLE "X-Long: 01234567890123456789012345678901234567890123456789012345678901234567"
                "0123456789012345678901234567890123456789012345678901234567890123456789",
     504, NULL, PLAY_ENDED, PLAY_ANY, "origin-timeout-response", ACTION_ERROR},
    {"head: garbage", GET, OK "Content-Le\x16", 502, NULL, PLAY_ENDED, PLAY_ANY, "origin-invalid-response",
     ACTION_ERROR},

    {"1xx: closes", GET, HINTS CLOSE, 502, NULL, PLAY_ENDED, PLAY_ANY, "origin-closed-response",
     ACTION_ERROR},
    {"1xx: resets", GET, HINTS RESET, 502, NULL, PLAY_ENDED, PLAY_ANY, "origin-closed-response",
     ACTION_ERROR},
    {"1xx: stalls", GET, HINTS STALL, 504, NULL, PLAY_ENDED, PLAY_ANY, "origin-timeout-response",
     ACTION_ERROR},
    {"1xx: garbage", GET, HINTS "garbage\r\n", 502, NULL, PLAY_ENDED, PLAY_ANY, "origin-invalid-response",
     ACTION_ERROR},
    {"1xx: goes on", GET, HINTS "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, "abc", PLAY_ENDED,
     PLAY_ANY, "", ACTION_ALLOW},

    {"length: closes", GET, LENGTH CLOSE, 200, "abc", PLAY_ENDED, PLAY_ANY, "origin-cut-relay", ACTION_ALLOW},
    {"length: resets", GET, LENGTH RESET, 200, "abc", PLAY_ENDED, PLAY_ANY, "origin-cut-relay", ACTION_ALLOW},
    {"length: stalls", GET, LENGTH STALL, 200, "abc", PLAY_ENDED, PLAY_ANY, "origin-timeout-relay",
     ACTION_ALLOW},
    {"length: trickles", GET, LENGTH TRICKLE "defghij", 200, "abcdefghij", PLAY_ENDED, PLAY_ANY, "",
     ACTION_ALLOW},
    {"length: says more", GET, LENGTH "defghij and more", 200, "abcdefghij", PLAY_ENDED, PLAY_ANY, "",
     ACTION_ALLOW},

    {"chunks: closes", GET, CHUNKS CLOSE, 200, "3\r\nabc\r\n", PLAY_ENDED, PLAY_ANY, "origin-cut-relay",
     ACTION_ALLOW},
    {"chunks: resets", GET, CHUNKS RESET, 200, "3\r\nabc\r\n", PLAY_ENDED, PLAY_ANY, "origin-cut-relay",
     ACTION_ALLOW},
    {"chunks: stalls", GET, CHUNKS STALL, 200, "3\r\nabc\r\n", PLAY_ENDED, PLAY_ANY, "origin-timeout-relay",
     ACTION_ALLOW},
    {"chunks: trickles", GET, CHUNKS TRICKLE "1\r\nd\r\n0\r\n\r\n", 200, "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n",
     PLAY_ENDED, PLAY_ANY, "", ACTION_ALLOW},
    {"chunks: garbage", GET, CHUNKS "garbage\r\n", 200, "3\r\nabc\r\n", PLAY_ENDED, PLAY_ANY,
     "origin-invalid-relay", ACTION_ALLOW},
    {"chunks: says more", GET, CHUNKS "0\r\n\r\nand more", 200, "3\r\nabc\r\n0\r\n\r\n", PLAY_ENDED, PLAY_ANY,
     "", ACTION_ALLOW},

    {"trailer: closes", GET, TRAILER CLOSE, 200, "3\r\nabc\r\n0\r\n", PLAY_ENDED, PLAY_ANY,
     "origin-cut-relay", ACTION_ALLOW},
    {"trailer: resets", GET, TRAILER RESET, 200, "3\r\nabc\r\n0\r\n", PLAY_ENDED, PLAY_ANY,
     "origin-cut-relay", ACTION_ALLOW},
    {"trailer: stalls", GET, TRAILER STALL, 200, "3\r\nabc\r\n0\r\n", PLAY_ENDED, PLAY_ANY,
     "origin-timeout-relay", ACTION_ALLOW},
    {"trailer: trickles", GET, TRAILER TRICKLE "9\r\n\r\n", 200,
     "3\r\nabc\r\n0\r\nX-Sum: 9\r\n\r\n|3\r\nabc\r\n0\r\n\r\n", PLAY_ENDED, PLAY_ANY, "", ACTION_ALLOW},
    {"trailer: garbage", GET, TRAILER "\x16\r\n\r\n", 200, "3\r\nabc\r\n0\r\n", PLAY_ENDED, PLAY_ANY,
     "origin-invalid-relay", ACTION_ALLOW},

    {"to the end: closes", GET, TO_THE_END CLOSE, 200, "abc", PLAY_ENDED, PLAY_ANY, "", ACTION_ALLOW},
    {"to the end: resets", GET, TO_THE_END RESET, 200, "abc", PLAY_RESET, PLAY_ANY, "origin-cut-relay",
     ACTION_ALLOW},
    {"to the end: stalls", GET, TO_THE_END STALL, 200, "abc", PLAY_RESET, PLAY_ANY, "origin-timeout-relay",
     ACTION_ALLOW},
    {"to the end: trickles", GET, TO_THE_END TRICKLE "defghij" CLOSE, 200, "abcdefghij", PLAY_ENDED, PLAY_ANY,
     "", ACTION_ALLOW},

    {"tunnel: closes", CONNECT "hello" READ_SOME, "world" READ_SOME CLOSE, 200, "world", PLAY_ENDED, PLAY_ANY,
     "", ACTION_ALLOW},
    {"tunnel: resets", CONNECT "hello" READ_SOME, "world" READ_SOME NAP RESET, 200, "world", PLAY_RESET,
     PLAY_ANY, "origin-reset-tunnel", ACTION_ALLOW},
    {"tunnel: stalls", CONNECT "hello" READ_SOME, "world" READ_SOME STALL, 200, "world", PLAY_RESET,
     PLAY_RESET, "tunnel-idle", ACTION_ALLOW},
    {"tunnel: trickles", CONNECT "hello" READ_SOME, READ_SOME TRICKLE "world" CLOSE, 200, "world", PLAY_ENDED,
     PLAY_ANY, "", ACTION_ALLOW},
    {"tunnel: half-closes", CONNECT "hello" NAP "later", "world" FIN, 200, "world", PLAY_ANY, PLAY_ENDED, "",
     ACTION_ALLOW},
    {"tunnel: takes nothing", CONNECT FLOOD, STALL, 200, NULL, PLAY_RESET, PLAY_ANY,
     "tunnel-idle|origin-slow-tunnel", ACTION_ALLOW},

    {"websocket: closes", SOCKET "hello", SWITCH "world" READ_SOME CLOSE, 101, "world", PLAY_ENDED, PLAY_ANY,
     "", ACTION_ALLOW},
    {"websocket: resets", SOCKET "hello", SWITCH "world" READ_SOME NAP RESET, 101, "world", PLAY_RESET,
     PLAY_ANY, "origin-reset-tunnel", ACTION_ALLOW},
    {"websocket: stalls", SOCKET "hello", SWITCH "world" READ_SOME STALL, 101, "world", PLAY_RESET,
     PLAY_RESET, "tunnel-idle", ACTION_ALLOW},
    {"websocket: refuses", SOCKET,
     READ_HEAD "HTTP/1.1 403 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno", 403, "no", PLAY_ANY,
     PLAY_ANY, "", ACTION_ALLOW},

    /* ---- the client fails; the origin does what it should ---- */
    {"idle: closes", CLOSE, NOBODY, 0, "", PLAY_LEFT, PLAY_ANY, NULL, 0},
    {"idle: half-closes", FIN, NOBODY, 0, "", PLAY_ENDED, PLAY_ANY, NULL, 0},
    {"idle: resets", RESET, NOBODY, 0, "", PLAY_LEFT, PLAY_ANY, NULL, 0},
    {"idle: stalls", STALL, NOBODY, 0, "", PLAY_ENDED, PLAY_ANY, NULL, 0},

    {"read head: closes", "GET http://127" CLOSE, NOBODY, 0, "", PLAY_LEFT, PLAY_ANY, "client-closed-head",
     ACTION_ERROR},
    {"read head: half-closes", "GET http://127" FIN, NOBODY, 0, "", PLAY_ENDED, PLAY_ANY,
     "client-closed-head", ACTION_ERROR},
    {"read head: resets", "GET http://127" NAP RESET, NOBODY, 0, "", PLAY_LEFT, PLAY_ANY,
     "client-closed-head", ACTION_ERROR},
    {"read head: stalls", "GET http://127" STALL, NOBODY, 408, NULL, PLAY_ENDED, PLAY_ANY,
     "client-timeout-head", ACTION_ERROR},
    {"read head: trickles", TRICKLE "GET http://x/" LONG, NOBODY, 408, NULL, PLAY_ENDED, PLAY_ANY,
     "client-timeout-head", ACTION_ERROR},
    {"read head: garbage", "\x16\x15\x14\x13\r\n\r\n", NOBODY, 400, NULL, PLAY_ENDED, PLAY_ANY,
     "client-malformed-head", ACTION_ERROR},

    {"read body: closes", UPLOAD SOME HEARD CLOSE, READ_HEAD, 0, NULL, PLAY_LEFT, PLAY_RESET,
     "client-closed-send", ACTION_ERROR},
    {"read body: half-closes", UPLOAD SOME HEARD FIN, READ_HEAD, 0, "", PLAY_ENDED, PLAY_RESET,
     "client-closed-send", ACTION_ERROR},
    {"read body: resets", UPLOAD SOME HEARD RESET, READ_HEAD, 0, NULL, PLAY_LEFT, PLAY_RESET,
     "client-closed-send", ACTION_ERROR},
    {"read body: stalls", UPLOAD SOME STALL, READ_HEAD, 408, NULL, PLAY_ENDED, PLAY_RESET,
     "client-timeout-send|client-slow-send", ACTION_ERROR},
    {"read body: stalls after 100", UPLOAD SOME STALL, READ_HEAD "HTTP/1.1 100 Continue\r\n\r\n", 408, NULL,
     PLAY_ENDED, PLAY_RESET, "client-timeout-send|client-slow-send", ACTION_ERROR},
    {"read body: stalls, answered in part", UPLOAD SOME STALL, LENGTH, 200, "abc", PLAY_ENDED, PLAY_RESET,
     "client-timeout-send|client-slow-send", ACTION_ALLOW},
    {"read body: trickles", UPLOAD "Content-Length: 10\r\n\r\n" TRICKLE "0123456789",
     READ_HEAD NAP NAP NAP NAP NAP ANSWER, 200, "hello", PLAY_ENDED, PLAY_ANY, "", ACTION_ALLOW},

    {"read chunks: closes", UPLOAD PIECES "5\r\nab" HEARD CLOSE, READ_HEAD, 0, NULL, PLAY_LEFT, PLAY_RESET,
     "client-closed-send", ACTION_ERROR},
    {"read chunks: half-closes", UPLOAD PIECES "5\r\nab" HEARD FIN, READ_HEAD, 0, "", PLAY_ENDED, PLAY_RESET,
     "client-closed-send", ACTION_ERROR},
    {"read chunks: stalls", UPLOAD PIECES "5\r\nab" STALL, READ_HEAD, 408, NULL, PLAY_ENDED, PLAY_RESET,
     "client-timeout-send|client-slow-send", ACTION_ERROR},
    {"read chunks: garbage", UPLOAD PIECES "5\r\nabcde\r\n" HEARD "zz\r\n", READ_HEAD, 400, NULL, PLAY_ENDED,
     PLAY_RESET, "client-malformed-body", ACTION_ERROR},
    {"read chunks: stalls in the trailer", UPLOAD PIECES "0\r\nX: " STALL, READ_HEAD, 408, NULL, PLAY_ENDED,
     PLAY_RESET, "client-timeout-send|client-slow-send", ACTION_ERROR},

    {"wait: half-closes", GET FIN, NAP ANSWER, 200, "hello", PLAY_ENDED, PLAY_ANY, "", ACTION_ALLOW},
    {"wait: resets", GET HEARD RESET, READ_HEAD, 0, NULL, PLAY_LEFT, PLAY_RESET, "client-closed-wait",
     ACTION_ERROR},
    {"wait for the connection: resets", GET NAP RESET, SWAMPED, 0, NULL, PLAY_LEFT, PLAY_ANY,
     "client-closed-wait", ACTION_ERROR},

    {"take length: resets", GET READ_SOME RESET, LARGE, 200, NULL, PLAY_LEFT, PLAY_ANY, "client-reset-relay",
     ACTION_ALLOW},
    {"take length: closes", GET READ_SOME CLOSE, LARGE, 200, NULL, PLAY_LEFT, PLAY_ANY, "client-reset-relay",
     ACTION_ALLOW},
    {"take length: half-closes", GET FIN, LENGTH "defghij", 200, "abcdefghij", PLAY_ENDED, PLAY_ANY, "",
     ACTION_ALLOW},
    {"take length: stalls", GET READ_SOME STALL, LARGE, 200, NULL, PLAY_RESET, PLAY_ANY,
     "client-timeout-relay|client-slow-relay", ACTION_ALLOW},
    {"take chunks: resets", GET READ_SOME RESET, LARGE_CHUNK, 200, NULL, PLAY_LEFT, PLAY_ANY,
     "client-reset-relay", ACTION_ALLOW},
    {"take chunks: stalls", GET READ_SOME STALL, LARGE_CHUNK, 200, NULL, PLAY_RESET, PLAY_ANY,
     "client-timeout-relay|client-slow-relay", ACTION_ALLOW},

    {"in a tunnel: closes", CONNECT "hello" HEARD CLOSE, "", 200, NULL, PLAY_LEFT, PLAY_ENDED, "",
     ACTION_ALLOW},
    {"in a tunnel: half-closes", CONNECT "hello" FIN, NAP "world", 200, "world", PLAY_ENDED, PLAY_ENDED, "",
     ACTION_ALLOW},
    {"in a tunnel: resets", CONNECT "hello" HEARD RESET, "", 200, NULL, PLAY_LEFT, PLAY_RESET,
     "client-reset-tunnel", ACTION_ALLOW},
    {"in a tunnel: stalls", CONNECT "hello" STALL, READ_SOME, 200, NULL, PLAY_RESET, PLAY_RESET,
     "tunnel-idle", ACTION_ALLOW},
    {"in a tunnel: trickles", CONNECT TRICKLE "hello" FIN, "", 200, NULL, PLAY_ENDED, PLAY_ENDED, "",
     ACTION_ALLOW},
    {"in a tunnel: takes nothing", CONNECT STALL, FLOOD, 200, NULL, PLAY_RESET, PLAY_ANY,
     "tunnel-idle|client-slow-tunnel", ACTION_ALLOW},
    {"in a websocket: closes", SOCKET "hello" HEARD CLOSE, SWITCH, 101, NULL, PLAY_LEFT, PLAY_ENDED, "",
     ACTION_ALLOW},
    {"in a websocket: resets", SOCKET "hello" HEARD RESET, SWITCH, 101, NULL, PLAY_LEFT, PLAY_RESET,
     "client-reset-tunnel", ACTION_ALLOW},

    {"take a page: resets", "GET http://sluice.internal/ HTTP/1.1\r\nHost: x\r\n\r\n" NAP RESET, NOBODY, 0,
     NULL, PLAY_LEFT, PLAY_ANY, "|client-reset-reply", ACTION_ALLOW},
    {"linger: goes on", "GET http://x/ HTTP/3.0\r\n\r\n" FLOOD, NOBODY, 505, NULL, PLAY_ENDED, PLAY_ANY,
     "client-malformed-head", ACTION_ERROR},
};

struct run {
    const struct row *row;
    pthread_t client, origin;
    int listener, crowd;
    bool plays; /* the origin */
    uint16_t port, client_port;
    struct played at_client, at_origin;
};

static uint16_t port_of(int fd)
{
    struct sockaddr_in sa = {0};
    socklen_t n = sizeof sa;
    sl_assert(getsockname(fd, (struct sockaddr *)&sa, &n) == 0);
    return ntohs(sa.sin_port);
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in sa = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    connect(fd, (struct sockaddr *)&sa, sizeof sa);
    return fd;
}

/* Loopback, a port of the system's choice. Where nobody accepts, one connection fills a backlog of 0. */
static void listen_for(struct run *r)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *script = r->row->origin;
    r->crowd = -1;
    r->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sl_assert(bind(r->listener, (struct sockaddr *)&sa, sizeof sa) == 0);
    r->port = port_of(r->listener);
    r->plays = script != NOBODY && strcmp(script, SWAMPED) != 0;
    if (script != NOBODY)
        sl_assert(listen(r->listener, r->plays ? 8 : 0) == 0);
    if (script != NOBODY && !r->plays)
        r->crowd = connect_to(r->port);
}

static void *origin_main(void *arg)
{
    struct run *r = arg;
    int fd = r->plays ? accept4(r->listener, NULL, NULL, SOCK_CLOEXEC) : -1;
    if (fd >= 0) /* else nobody came, and the listener is closed */
        play(fd, r->row->origin, r->port, &r->at_client, &r->at_origin);
    return NULL;
}

static void *client_main(void *arg)
{
    struct run *r = arg;
    struct client c;
    rig_open(&c);
    r->client_port = port_of(c.fd);
    play(c.fd, r->row->client, r->port, &r->at_origin, &r->at_client);
    return NULL;
}

/* ---- what came of it ---- */

static unsigned complaints;

#define COMPLAIN(...) \
    (complaints++, print_error("%s: ", row->name), print_error(__VA_ARGS__), print_error("\n"))

static bool one_of(const char *text, const char *words)
{
    size_t n;
    for (const char *word = words;; word += n + 1) {
        n = strcspn(word, "|");
        if (strlen(text) == n && memcmp(text, word, n) == 0)
            return true;
        if (word[n] == '\0')
            return false;
    }
}

static void check_answer(const struct run *r)
{
    const struct row *row = r->row;
    const char *at = r->at_client.text;
    int status = 0;
    while (sscanf(at, "HTTP/1.1 %d", &status) == 1 && status < 200 && status != 101 && strstr(at, "\r\n\r\n"))
        at = strstr(at, "\r\n\r\n") + 4;
    if (status < 200 && status != 101)
        status = 0;
    const char *end = strstr(at, "\r\n\r\n"), *body = end ? end + 4 : "";
    if (status != row->status || (row->body && !one_of(body, row->body)))
        COMPLAIN("the client got %d '%s', not %d '%s'", status, body, row->status,
                 row->body ? row->body : "...");
    if (row->client_end != PLAY_ANY && r->at_client.end != row->client_end)
        COMPLAIN("the client's connection ended as %d, not %d", r->at_client.end, row->client_end);
    if (row->origin_end != PLAY_ANY && r->at_origin.end != row->origin_end)
        COMPLAIN("the origin's connection ended as %d, not %d", r->at_origin.end, row->origin_end);
}

static const char *text_of(const json_t *record, const char *key)
{
    const char *text = json_string_value(json_object_get(record, key));
    return text ? text : "";
}

static void check_record(const struct run *r, const json_t *record)
{
    const struct row *row = r->row;
    const struct played *client = &r->at_client;
    uint64_t in = (uint64_t)json_integer_value(json_object_get(record, "bytes_in"));
    uint64_t out = (uint64_t)json_integer_value(json_object_get(record, "bytes_out"));
    if (!row->error != !record)
        COMPLAIN(record ? "there is a record" : "there is no record");
    if (!record)
        return;
    if (!one_of(text_of(record, "error"), row->error))
        COMPLAIN("recorded as '%s', not '%s'", text_of(record, "error"), row->error);
    if (strcmp(text_of(record, "action"), action_word(row->action)) != 0)
        COMPLAIN("action '%s', not '%s'", text_of(record, "action"), action_word(row->action));
    if (client->end != PLAY_LEFT && json_integer_value(json_object_get(record, "status")) != row->status)
        COMPLAIN("status %lld, not %d", (long long)json_integer_value(json_object_get(record, "status")),
                 row->status);
    if (client->end == PLAY_ENDED && out != client->received)
        COMPLAIN("%llu bytes went out by the record, %llu came", (unsigned long long)out,
                 (unsigned long long)client->received);
    bool tunnel = row->status == 101 || strncmp(row->client, "CONNECT", 7) == 0;
    if (tunnel && client->end == PLAY_ENDED && !*row->error ? in != client->sent : in > client->sent)
        COMPLAIN("%llu bytes came in by the record, %llu were sent", (unsigned long long)in,
                 (unsigned long long)client->sent);
}

/* Of this process; files are the audit trail's and come and go. */
static unsigned open_sockets(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned n = 0;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        char target[16] = "";
        n += readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1) > 0 &&
             strncmp(target, "socket:", 7) == 0;
    }
    closedir(dir);
    return n;
}

static void check_nothing_is_left(unsigned sockets)
{
    rig_wait_metric("sluice_client_connections", 0);
    rig_wait_metric("sluice_tunnels", 0);
    rig_wait_metric("sluice_upstream_connections", 0);
    rig_wait_metric("sluice_buffer_bytes_in_use", 0);
    assert_int_equal(gateway_metric(rig_gateway, "sluice_client_connections_idle"), 0);
    assert_int_equal(gateway_metric(rig_gateway, "sluice_upstream_connections_idle"), 0);
    assert_int_equal(gateway_metric(rig_gateway, "sluice_throttled"), 0);
    assert_int_equal(gateway_metric(rig_gateway, "sluice_audit_lost_total"), 0);
    assert_in_range(open_sockets(), 0, sockets + 1); /* the resolver keeps one */
}

TEST(matrix__each_fault_in_each_state_is_seen_recorded_and_leaves_nothing)
{
    static struct run runs[SL_COUNT(rows)];
    static json_t *by_port[PORT_MAX];
    size_t recorded = 1;
    int names = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0); /* a name server that says nothing */
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    sl_assert(bind(names, (struct sockaddr *)&sa, sizeof sa) == 0);
    char *ini = sl_asprintf(
        "[proxy]\ntimeout_head = 1500ms\ntimeout_idle = 1500ms\ntimeout_connect = 1500ms\ntimeout_response = "
        "1500ms\n"
        "timeout_body = 1500ms\ntimeout_tunnel_idle = 1500ms\nmin_rate = 0\npool_idle = 0s\n[dns]\nhosts =\n"
        "servers = 127.0.0.1:%u\ntimeout = 1500ms\n",
        port_of(names));
    rig_begin(rig_hello, NULL, ini);
    free(ini);
    struct client first;
    rig_open(&first);
    rig_get(&first, "/");
    rig_expect(&first, 200, "hello");
    client_close(&first);
    rig_wait_metric("sluice_client_connections", 0);
    unsigned sockets = open_sockets();
    for (size_t i = 0; i < SL_COUNT(rows); i++) {
        runs[i].row = &rows[i];
        listen_for(&runs[i]);
        recorded += rows[i].error != NULL;
    }
    for (size_t i = 0; i < SL_COUNT(rows); i++) {
        sl_assert(pthread_create(&runs[i].client, NULL, client_main, &runs[i]) == 0);
        sl_assert(pthread_create(&runs[i].origin, NULL, origin_main, &runs[i]) == 0);
    }
    for (size_t i = 0; i < SL_COUNT(rows); i++) {
        pthread_join(runs[i].client, NULL);
        shutdown(runs[i].listener, SHUT_RDWR);
        pthread_join(runs[i].origin, NULL);
        close(runs[i].listener);
        if (runs[i].crowd >= 0)
            close(runs[i].crowd);
    }
    json_t *records = gateway_records(rig_gateway, recorded);
    for (size_t i = 0; i < json_array_size(records); i++)
        by_port[json_integer_value(json_object_get(json_array_get(records, i), "client_port"))] =
            json_array_get(records, i);
    for (size_t i = 0; i < SL_COUNT(rows); i++) {
        check_answer(&runs[i]);
        check_record(&runs[i], by_port[runs[i].client_port]);
    }
    assert_int_equal(complaints, 0);
    assert_int_equal(json_array_size(records), recorded);
    json_decref(records);
    check_nothing_is_left(sockets);
    rig_end();
    close(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrix__each_fault_in_each_state_is_seen_recorded_and_leaves_nothing),
    };
    return cmocka_run_group_tests_name("proxy/conn/matrix", tests, NULL, NULL);
}
