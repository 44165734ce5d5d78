/* secure.h - a client that speaks TLS: blocking, verifies nothing, may show a certificate. */
#ifndef TESTS_PROXY_SECURE_H
#define TESTS_PROXY_SECURE_H

#include "sluice/addr.h"

struct secure;

/* ---- as a server ---- */

/* A certificate for localhost and 127.0.0.1 that is its own authority, in files of the folder; *out_ini is
 * the line of [inspect] that trusts it, on the heap. */
struct secure_server;
struct secure_server *secure_server_new(const char *folder, char **out_ini);
void secure_server_free(struct secure_server **s);
/* TLS on fd, which it closes at the end; NULL: the handshake failed. */
struct secure *secure_accept(struct secure_server *s, int fd);
/* Reads until `until` has come; what came, a text of this thread. */
const char *secure_hear(struct secure *s, const char *until);
void secure_say(struct secure *s, const char *text);

/* ---- as a client ---- */

/* Sends a CONNECT, reads its answer, and speaks TLS behind it. NULL: it was not let in. */
struct secure *secure_tunnel(struct sl_endpoint to, const char *connect);

/* What a client says first, for this host: how many bytes are in out. */
size_t secure_hello(const char *host, unsigned char *out, size_t room);
/* head: what goes first in plain ("" for nothing). certificate and key: PEM, or NULL. NULL: the handshake
 * failed. */
struct secure *secure_open(struct sl_endpoint to, const char *head, const char *certificate, const char *key);
void secure_close(struct secure **s); /* with close_notify */
/* Sends a request and reads until `until` has come; a static text of all that came. */
const char *secure_ask(struct secure *s, const char *request, const char *until);

/* Whether a client with this certificate (NULL: none) gets no answer: of TLS 1.3 it learns that only when it
 * reads. */
bool secure_refused(struct sl_endpoint to, const char *certificate, const char *key);

/* A self-signed certificate of a person; san as OpenSSL writes it, "email:ann@example.com". Texts on the
 * heap. */
void person_make(const char *common_name, const char *san, char **out_certificate, char **out_key);
/* The same of a server, in files of the folder; ini lines that name them, on the heap. */
char *secure_ini(const char *folder);

#endif
