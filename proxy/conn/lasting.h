/* lasting.h - are both ends of a tunnel still there? Tunnels that have lasted a while are probed by TCP
 * keepalive: clients fall asleep, and firewalls forget connections without telling anybody. */
#ifndef PROXY_CONN_LASTING_H
#define PROXY_CONN_LASTING_H

struct plane;
struct txn;

void lasting_init(struct plane *p);
void lasting_fini(struct plane *p);
/* A tunnel has opened; it has ended. */
void lasting_begin(struct txn *t);
void lasting_end(struct txn *t);

#endif
