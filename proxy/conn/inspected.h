/* inspected.h - what a client connection is after its CONNECT, when we speak in the place of the host that it
 * asked for: to whom it leads, as whom its user was let in, and, where there is nothing to be had, what each
 * of its requests is told instead. Belongs to the worker's thread; connections share it by counting. */
#ifndef PROXY_CONN_INSPECTED_H
#define PROXY_CONN_INSPECTED_H

#include "proxy/conn/conn.h"
#include "sluice/verdict.h"

struct certificate;
struct ca_live;
struct leaf;
struct leaves;
struct tls_interceptor;

/* Shared by all workers, from the first time that inspection is on to the end of the process. */
struct inspection {
    struct ca_live *ca;
    struct leaves *leaves;
    struct tls_interceptor *interceptor;
};

struct inspected {
    unsigned refs;
    char *host; /* of the CONNECT, canonical: a name or an address */
    char *name; /* whom TLS is spoken to, and whose certificate is asked for: the SNI, or host */
    char *sni;  /* as the client sent it; "": none */
    char *key; /* what its connections to the origin are found by, with the port: host, and name if another */
    uint16_t port;
    bool ech; /* the name may be another one, which nobody but the origin can read */
    char *user;
    char *program;                    /* of the client, see learn.h */
    int64_t shown_ms;                 /* when our certificate was accepted, or seemed so; 0: not yet */
    bool asked;                       /* a request came out of it */
    uint64_t users_epoch;             /* under which the user was verified */
    const char *version;              /* of TLS with the client; static, "" before it is there */
    const char *cipher;               /* the same */
    const struct certificate *origin; /* NULL: nothing is known of it */
    /* The CONNECT was refused, or failed: then that is the answer to whatever is asked inside. */
    bool refused;
    enum fault fault; /* FAULT_NONE: the verdict refused */
    uint8_t tls_fault;
    struct pin *pin;
    struct verdict verdict;
};

/* Of the CONNECT (or of a redirected connection) that t is, with what its ClientHello has told. */
struct inspected *inspected_new(struct txn *t);
static inline struct inspected *inspected_ref(struct inspected *i)
{
    i->refs++;
    return i;
}
void inspected_unref(struct inspected **i); /* NULL is fine; clears *i */

/* Whether new tunnels may be inspected: it is on, and there is somebody to sign. */
bool inspection_is_on(const struct plane *p);
/* The leaf for it, a reference. NULL: there is none, which the log tells once a
 * minute. */
const struct leaf *inspected_leaf(struct plane *p, const struct inspected *i);
/* Whether its CONNECT would get what it got, under the policy and the users of now. An idle connection of
 * which that is not true is of no use any more. */
bool inspected_stands(struct plane *p, const struct inspected *i, struct sl_addr client);
/* Makes the URL of a request inside. SL_NOT_FOUND: it is for a host that this connection does not lead to. */
bool inspected_url(struct txn *t, struct sl_err *err);

#endif
