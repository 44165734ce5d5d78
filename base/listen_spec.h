/* listen_spec.h - one entry of proxy.listen: an address and in what way clients come to it. */
#ifndef BASE_LISTEN_SPEC_H
#define BASE_LISTEN_SPEC_H

#include "sluice/addr.h"

enum listen_kind {
    LISTEN_PROXY_PROTOCOL = 1, /* a PROXY header goes first and tells the client's address */
    LISTEN_TLS = 2,            /* clients speak TLS to the proxy */
    LISTEN_REDIRECT = 4, /* connections to others, redirected to us (REDIRECT of iptables and nftables) */
    LISTEN_TPROXY = 8    /* the same, where we hold the address of the others (TPROXY) */
};
enum { LISTEN_TRANSPARENT = LISTEN_REDIRECT | LISTEN_TPROXY };

struct listen_spec {
    struct sl_endpoint at;
    unsigned kind; /* set of enum listen_kind; 0: an explicit proxy, in plain */
};

/* "10.0.0.1:3130 proxy-protocol tls". */
bool listen_spec_parse(struct sl_str text, struct listen_spec *out, struct sl_err *err);

#endif
