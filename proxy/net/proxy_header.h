/* proxy_header.h - the first bytes of a connection that a load balancer hands on: the PROXY protocol of
 * HAProxy, versions 1 (a line) and 2 (binary). They tell from where the client really comes. */
#ifndef PROXY_NET_PROXY_HEADER_H
#define PROXY_NET_PROXY_HEADER_H

#include "sluice/addr.h"
#include "sluice/str.h"

/* The longest header taken: 16 bytes, the addresses, and extensions (TLVs), which are skipped. */
enum { PROXY_HEADER_MAX = 4096 };

struct proxy_header {
    size_t length; /* of the header; what follows is the client's */
    bool told;     /* false: the balancer speaks for itself (LOCAL, a health check) or does not know */
    struct sl_endpoint client, destination;
};

enum proxy_header_result { PROXY_HEADER_DONE, PROXY_HEADER_MORE, PROXY_HEADER_BAD };
/* Reads what came so far, from the connection's first byte on; keeps nothing. MORE: ask again with more. What
 * can't become a header any more is BAD at once. */
enum proxy_header_result proxy_header_parse(struct sl_str bytes, struct proxy_header *out);

#endif
