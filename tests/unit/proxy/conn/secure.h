/* secure.h - a client that speaks TLS: blocking, verifies nothing, may show a certificate. */
#ifndef TESTS_PROXY_SECURE_H
#define TESTS_PROXY_SECURE_H

#include "sluice/addr.h"

struct secure;
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
