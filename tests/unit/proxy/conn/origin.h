/* origin.h - an HTTP origin of a test: a thread per connection, a function that says what it does with a
 * request. */
#ifndef TESTS_PROXY_ORIGIN_H
#define TESTS_PROXY_ORIGIN_H

#include "sluice/str.h"

struct origin;

struct origin_request {
    int fd;
    struct origin *origin;
    const char *head; /* NUL-terminated, with the empty line */
    const char *path;
    unsigned number;     /* of the request on this connection, from 1 */
    unsigned connection; /* from 1 */
    const char *early;   /* bytes read behind the head */
    size_t early_n;
};
/* True: the connection is kept for another request. */
typedef bool origin_handler(struct origin_request *r);

struct origin *origin_start(origin_handler *handler);
void origin_stop(
    struct origin **o); /* waits for its connections to end: the gateway has to let go of them first */
uint16_t origin_port(const struct origin *o);
/* What the newest request's head was; copied into out. */
void origin_last_head(struct origin *o, char *out, size_t cap);
unsigned origin_requests(struct origin *o);
unsigned origin_connections(struct origin *o);

/* For handlers. */
void origin_send(struct origin_request *r, const char *text);
void origin_send_bytes(struct origin_request *r, const void *data, size_t n);
void origin_sendf(struct origin_request *r, const char *fmt, ...) SL_PRINTF(2, 3);
/* Reads exactly n bytes of body (early ones first). False: it ended before. */
bool origin_read(struct origin_request *r, void *out, size_t n);
/* 200 with this body. */
bool origin_answer(struct origin_request *r, const char *body);

#endif
