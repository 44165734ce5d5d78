/* check.h - are the parents there? Each is tried at its own times, whether it is used or not: connected to,
 * by TLS where it has to be, and let in where it speaks SOCKS5. What an HTTP parent answers is left to
 * requests. One worker does it for all. */
#ifndef PROXY_PARENT_CHECK_H
#define PROXY_PARENT_CHECK_H

#include "proxy/parent/approach.h"

struct parent_checks;

/* plan: parent and destination are filled in here. A reference to the set is taken. */
struct parent_checks *parent_checks_new(const struct approach_plan *plan, struct parents *parents);
void parent_checks_free(struct parent_checks **c); /* NULL is fine */

#endif
