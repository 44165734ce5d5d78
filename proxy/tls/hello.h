/* hello.h - what a TLS client says first, in the clear: whom it wants to speak to. Read by a parser of our
 * own before any of OpenSSL's has seen a byte, and without a trace in what is passed on. */
#ifndef PROXY_TLS_HELLO_H
#define PROXY_TLS_HELLO_H

#include "sluice/str.h"

/* The longest beginning of a connection in which a whole ClientHello must be, headers of records included.
 * Those with keys of post-quantum algorithms take some 2 KiB. */
enum { HELLO_MAX = 16384, HELLO_NAME_MAX = 255, HELLO_ALPN_MAX = 256 };

struct hello {
    uint8_t name_n, name[HELLO_NAME_MAX]; /* of the server (SNI), as sent; 0: none was named */
    uint16_t alpn_n;
    uint8_t
        alpn[HELLO_ALPN_MAX]; /* protocols offered, each behind a byte that is its length; as many as fit */
    uint16_t version;         /* the best that is offered: 0x0304 is TLS 1.3 */
    bool encrypted;           /* ECH: the name may be another one */
};

enum hello_result { HELLO_DONE, HELLO_MORE, HELLO_BAD };
/* Reads what came so far, from the connection's first byte on; keeps nothing. MORE: ask again with more. What
 * can't become a ClientHello any more is BAD at once. */
enum hello_result hello_parse(struct sl_str bytes, struct hello *out);

static inline struct sl_str hello_name(const struct hello *h)
{
    return sl_str((const char *)h->name, h->name_n);
}

#endif
