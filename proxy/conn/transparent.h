/* transparent.h - connections to others that the kernel has redirected to us: where they wanted to go, what
 * they ask for, and whether both fit together.
 *
 * A client that is redirected says for whom its request is (Host, or the server name of TLS) and has shown
 * where it goes (the original destination). Nothing makes both belong together: whoever believes the name
 * alone lets any script reach what the name may (CVE-2009-0801). So the request goes to the original
 * destination, nowhere else; where the name's addresses do not contain that, it must be allowed by its name
 * and by its address, and its connection serves nobody else. */
#ifndef PROXY_CONN_TRANSPARENT_H
#define PROXY_CONN_TRANSPARENT_H

#include "proxy/conn/conn.h"

struct txn;

/* Where the client of fd wanted to go. False: nowhere but to us. */
bool transparent_destination(const struct plane *p, unsigned kind, int fd, struct sl_endpoint *out);
/* Whether TLS is spoken there: as CONNECT has it, by the port. */
bool transparent_is_tls(const struct plane *p, struct sl_endpoint destination);
/* Makes the URL of a request in plain: of its Host, and the port of the destination. */
bool transparent_url(struct txn *t, struct sl_err *err);
/* Fills targets (as targets_choose does) with the original destination, once it is known whether the name has
 * that address. */
enum fault transparent_choose(struct txn *t, enum resolve_result result, const struct resolved *answer,
                              bool *out_wait);

#endif
