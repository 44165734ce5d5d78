/* alternatives.h - the other places where an origin says that it can be reached (Alt-Svc, RFC 7838): those
 * over QUIC would lead clients past the gateway. */
#ifndef PROXY_HTTP_ALTERNATIVES_H
#define PROXY_HTTP_ALTERNATIVES_H

#include "sluice/str.h"

/* Writes the value of an Alt-Svc field without its alternatives over QUIC (HTTP/3, its drafts, Google's own)
 * to out, which has room for value, and returns the length; 0: nothing is left. Of what can't be read nothing
 * is.
 */
size_t alternatives_without_quic(struct sl_str value, char *out);

#endif
