/* client.h - an HTTP client of a test: blocking, byte-exact, gives up after ten seconds. */
#ifndef TESTS_PROXY_CLIENT_H
#define TESTS_PROXY_CLIENT_H

#include "sluice/addr.h"

struct client {
    int fd;
    char *in; /* read and not yet taken */
    size_t n, cap;
};

struct answer {
    int status; /* 0: the connection ended before a whole head */
    char head[16384];
    char *body;
    size_t body_n;
    bool whole; /* the body ended as announced */
};

void client_open(struct client *c, struct sl_endpoint to);
void client_close(struct client *c);
void client_abort(struct client *c); /* with a reset */
void client_send(struct client *c, const char *text);
void client_send_bytes(struct client *c, const void *data, size_t n);
void client_sendf(struct client *c, const char *fmt, ...) SL_PRINTF(2, 3);
/* Reads an answer: the head, and a body by its framing. no_body: to a HEAD. Free with answer_free. */
struct answer *client_read(struct client *c, bool no_body);
/* Exactly n raw bytes; false when it ended before. */
bool client_read_bytes(struct client *c, void *out, size_t n);
/* Whether the peer closed (or reset) within ten seconds without sending more. */
bool client_closed(struct client *c);
void answer_free(struct answer **a);
/* Value of a field, in a static buffer; "" when it is not there. */
const char *answer_field(const struct answer *a, const char *name);

#endif
