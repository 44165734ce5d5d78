/* learn.h - what inspected clients and their origins do is told to those who learn which hosts can't be
 * inspected (sluice/learned.h). */
#ifndef PROXY_CONN_LEARN_H
#define PROXY_CONN_LEARN_H

#include "proxy/conn/txn.h"

/* What the policy would have inspected is tunnelled: this was learned of the name that is judged now. */
bool learn_bypasses(struct txn *t);
/* The program behind a CONNECT, on the heap: another authority of ours makes it another one, so that whoever
 * does not know that yet is no proof against hosts. */
char *learn_program(const struct txn *t);
/* A request came out of the tunnel: the client accepts our certificate. */
void learn_asked(struct conn *c);
/* TLS with the client did not come about. */
void learn_refused(struct conn *c, enum tls_fault fault);
/* The client ends its connection. At once, without having asked for anything: it did not like what it saw. */
void learn_left(struct conn *c);
/* The origin insists on a certificate of the client's. */
void learn_origin_asks(struct txn *t);

#endif
