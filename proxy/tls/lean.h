/* lean.h - an established TLS 1.3 connection without OpenSSL's object for it.
 *
 * That object takes 13 kB and 10,000 instructions a record, nearly all of them for what can only happen in a
 * handshake. So when that is over, and nothing is half read or half written, keys and numbers of the next
 * records move to a struct of some hundred bytes, and the object goes. What may still come (data, alerts,
 * changes of keys, tickets, which are passed over) is little enough to be read here. TLS 1.2 stays with
 * OpenSSL. */
#ifndef PROXY_TLS_LEAN_H
#define PROXY_TLS_LEAN_H

#include "proxy/tls/records.h"

struct ssl_ctx_st;
struct tls;
struct lean;

/* What is noted of a handshake for the time after it. */
struct lean_notes;
/* Has OpenSSL tell of secrets and records. */
void lean_prepare(struct ssl_ctx_st *ctx);
struct lean_notes *lean_notes_new(void);
void lean_notes_free(struct lean_notes **n); /* wipes; NULL is fine */
/* Bytes came from the peer: where records end is noted. */
void lean_note_read(struct lean_notes *n, const char *p, size_t bytes);

/* Goes on without the SSL if that can be done now; otherwise nothing changes. */
void lean_take_over(struct tls *t);

#endif
