/* constraints.h - name constraints of authorities: for which hosts may they sign? (RFC 5280, 4.2.1.10).
 * Private to pki. */
#ifndef PKI_CONSTRAINTS_H
#define PKI_CONSTRAINTS_H

#include <openssl/x509v3.h>

#include "sluice/str.h"

/* host is a name or an address, lower case; nc NULL allows every one. */
bool constraints_allow(const NAME_CONSTRAINTS *nc, struct sl_str host);
/* The DNS names of a list, on the heap with the array; *out_n how many. */
char **constraints_names(const STACK_OF(GENERAL_SUBTREE) * list, size_t *out_n);

#endif
