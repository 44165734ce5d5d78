/* io.h - TLS on a sock: the handshake, and what became of it. Afterwards the calls of net/sock.h move what is
 * inside. A sock's thread. */
#ifndef PROXY_TLS_IO_H
#define PROXY_TLS_IO_H

#include "proxy/net/sock.h"
#include "proxy/tls/client.h"
#include "proxy/tls/server.h"
#include "sluice/tls_fault.h"

/* The sock speaks TLS from here on. ahead: bytes that were read from it before (copied). */
void tls_accept(struct sock *s, struct tls_server *server, struct sl_str ahead);

/* Whom we want to speak to. */
struct tls_peer {
    struct sl_str name;  /* is told (SNI), and must stand in the certificate; none: by address */
    struct sl_addr addr; /* without a name: must stand in the certificate */
    uint16_t port;       /* with the name, what a session is kept for */
};
void tls_connect(struct sock *s, struct tls_client *client, const struct tls_peer *peer);

/* Goes on with the handshake. IO_DATA: done. IO_WAIT: run again at the next event. IO_LOST: over, for the
 * reason that tls_fault tells; close the sock. An end of the peer is IO_LOST too. */
enum io_result tls_handshake(struct sock *s);

enum tls_fault tls_fault(const struct sock *s);
bool tls_established(const struct sock *s);

/* Of an established TLS; static or good until the sock is closed. */
const char *tls_version(const struct sock *s); /* "TLSv1.3" */
const char *tls_cipher(const struct sock *s);
struct sl_str tls_alpn(const struct sock *s); /* empty: none was agreed on */
bool tls_resumed(const struct sock *s);
bool tls_asked(
    const struct sock *s); /* of a client's: the peer wants a certificate of ours, which has none */
/* Of a client's: what the peer's certificate is worth. Of a resumed session: what was found when it began.
 * Borrowed, until the sock is closed or it is replaced. While it wants something (certificate.h) the verdict
 * is not the last one; who has got that hands it over. */
const struct certificate *tls_peer_certificate(const struct sock *s);
void tls_set_peer_certificate(struct sock *s, const struct certificate *certificate);
struct trust *tls_trust(const struct sock *s); /* by which it was judged; borrowed */
/* Whom the peer's verified certificate names, NUL-terminated: its user principal name, else its first e-mail
 * address (both of the subject's alternative names), else its common name. False: no certificate, or no name
 * that is UTF-8 without control bytes and fits. */
bool tls_peer_user(const struct sock *s, char *out, size_t room);

#endif
