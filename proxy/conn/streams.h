/* streams.h - requests that come many at a time on one connection: HTTP/2. */
#ifndef PROXY_CONN_STREAMS_H
#define PROXY_CONN_STREAMS_H

#include "proxy/conn/conn.h"

/* Where a connection begins to wait for requests, once what comes before them is over: that depends on what
 * its client has agreed to speak. */
enum conn_state streams_entry(struct conn *c);
/* No further requests on it. */
void streams_goodbye(struct conn *c);
/* The connection ends, and with it its streams. */
void streams_end(struct conn *c);

#endif
