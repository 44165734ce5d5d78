/* keep_alive.h - Keep-Alive of an answer: for how long its sender waits for another request on the
 * connection. */
#ifndef PROXY_HTTP_KEEP_ALIVE_H
#define PROXY_HTTP_KEEP_ALIVE_H

#include "proxy/http/head.h"

/* "timeout=5, max=100" is 5000; 0 when it does not say. */
int64_t keep_alive_ms(const struct head *h);

#endif
