/* inside.h - what the sources of this folder share: OpenSSL's objects behind our names. Not for others. */
#ifndef PROXY_TLS_INSIDE_H
#define PROXY_TLS_INSIDE_H

#include <openssl/ssl.h>

#include "proxy/net/sock.h"
#include "proxy/tls/server.h"
#include "sluice/certificate.h"
#include "sluice/tls_fault.h"

struct tls_client;

/* Most bytes in a row that may be about TLS itself: no handshake takes that many, and who goes on changing
 * keys would keep OpenSSL busy without end. */
enum { TLS_BARREN_MAX = 256 * 1024 };

/* How long a session of a client can be resumed. */
enum { TLS_SESSION_S = 2 * 3600 };

/* The TLS of one sock. */
struct tls {
    struct sock_tls net; /* first: what proxy/net knows */
    SSL *ssl;
    struct sock *sock;         /* during a call: it may have moved since the last one */
    struct tls_client *client; /* keeps the session; NULL: we are the server */
    unsigned alpn;             /* of servers: set of enum tls_alpn that may be chosen */
    struct sl_str ahead; /* read by others before TLS began, not yet taken; the copy begins at ahead_copy */
    char *ahead_copy;
    uint32_t barren; /* bytes read since the last that were for us */
    uint32_t sealed; /* bytes in a record that the kernel has not taken whole; must be offered again */
    bool established;
    bool closing; /* our close_notify is due */
    bool eof;     /* the kernel has told the end */
    bool lost;    /* the kernel has told an error */
    enum tls_fault fault;
    /* Of clients. */
    char *session_key; /* name and port */
    char *name;        /* whom we want; "": addr */
    struct sl_addr addr;
    SSL_SESSION *session;                  /* came, and waits for the certificate to be judged */
    const struct certificate *certificate; /* what is known of the peer's */
    bool asked;                            /* the peer wants a certificate of ours */
};

/* bio.c: OpenSSL's way to the socket. */
BIO *tls_bio_new(struct tls *t);
/* fault.c: what the call that just failed means. */
enum tls_fault tls_fault_now(const struct tls *t);
/* io.c: puts a new TLS on s, that says first ahead (copied) was read. */
struct tls *tls_new(struct sock *s, SSL_CTX *ctx, struct sl_str ahead);
/* client.c: the handshake is over; false: the certificate is not taken, and t->fault says why. */
bool tls_client_verify(struct tls *t);
/* The TLS ends; its session may have been kept. */
void tls_client_leave(struct tls *t);
/* context.c: what both sides have in common. NULL: no memory. */
SSL_CTX *tls_context_new(const SSL_METHOD *method);
/* The same for servers: its struct tls says what ALPN may choose. */
SSL_CTX *tls_server_context_new(void);

#endif
