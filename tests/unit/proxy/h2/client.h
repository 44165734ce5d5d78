/* client.h - a client of HTTP/2 at the other end of a world: the same library, as a client. */
#ifndef TESTS_H2_CLIENT_H
#define TESTS_H2_CLIENT_H

#include <nghttp2/nghttp2.h>

#include "tests/unit/proxy/h2/world.h"

enum { REPLIES_MOST = 2048 };

struct reply {
    struct sl_text fields; /* "name: value\n", of all answers; "-\n" between heads */
    struct sl_text body;
    const char *upload; /* what is still to be sent */
    size_t upload_n;
    const char *trailers[2]; /* name and value, behind the upload */
    bool ended, closed;
    uint32_t error;
};

struct client {
    struct world *world;
    nghttp2_session *session;
    struct reply replies[REPLIES_MOST]; /* by number of the stream, half */
    bool hold_windows;                  /* gives nothing back */
    bool goaway;
    uint32_t goaway_error;
    bool refused; /* the library refused what came */
};

void client_begin(struct client *c, struct world *w, const nghttp2_settings_entry *settings, size_t count);
void client_end(struct client *c);
/* Both sides move on until nothing moves any more. */
void client_turn(struct client *c);
/* fields: pairs of name and value, ended by NULL; upload NULL: none. */
struct reply *client_ask(struct client *c, const char *const *fields, const char *upload, size_t upload_n);
struct reply *client_get(struct client *c, const char *path);
int32_t client_id(const struct client *c, const struct reply *r);
const char *reply_text(const struct reply *r);

#endif
