/* ends.h - two ends of a TCP connection on loopback, one loop, certificates made for them. */
#ifndef TESTS_UNIT_PROXY_TLS_ENDS_H
#define TESTS_UNIT_PROXY_TLS_ENDS_H

#include "proxy/tls/io.h"

/* A certificate made for the test; days may be in the past. PEM texts on the heap. */
struct made_cert {
    char *certificate, *key;
};
void made_cert(struct made_cert *out, const char *name, const char *addr, int64_t shift_s);
void made_cert_fini(struct made_cert *c);

struct end {
    struct sock sock;
    enum io_result result; /* of the handshake */
};

struct ends {
    struct loop *loop;
    struct end client, server;
    struct buf_pool bufs;
};
/* Connected, registered, nothing said. */
void ends_open(struct ends *e);
void ends_close(struct ends *e);
/* Turns until both handshakes are over, or nothing happens any more. Ends without TLS are left alone. */
void ends_handshake(struct ends *e);
/* Turns the loop a little. */
void ends_turn(struct ends *e);
/* Sends all of text from one end and reads it at the other. */
void ends_say(struct ends *e, struct end *from, struct end *to, struct sl_str text);
/* Reads at most room bytes once; turns until there is something. */
enum io_result ends_read(struct ends *e, struct end *at, char *out, size_t room, size_t *out_n);

struct tls_server *server_of(const struct made_cert *c);
struct tls_client *client_that_trusts(const struct made_cert *c);

#endif
