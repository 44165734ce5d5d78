/* describe.h - what is in a certificate, as text for people. Texts are on the heap; control bytes are
 * escaped, so that a hostile certificate may be shown. Private to pki. */
#ifndef PKI_DESCRIBE_H
#define PKI_DESCRIBE_H

#include <openssl/x509.h>

#include "sluice/str.h"

/* "CN=Example Root, O=Example Ltd", the most specific part first; at most 1 KiB. */
char *describe_name(const X509_NAME *name);
char *describe_part(const X509_NAME *name, int nid); /* NID_commonName, ...; "" when it has none */
char *describe_serial(const X509 *cert);             /* hex, upper case */
/* "EC P-256", "RSA 2048", "ED25519"; NULL is "unknown key". */
char *describe_key(const EVP_PKEY *key);
char *describe_signature(const X509 *cert); /* "ecdsa-with-SHA256" */
/* "AB:CD:..."; out has 3 bytes for each one of the digest. */
void describe_fingerprint(const X509 *cert, const EVP_MD *digest, char *out);
/* A text of a certificate that has to be ASCII, on the heap; what is none is shown as '?'. */
char *describe_ascii(const ASN1_STRING *text);
int64_t describe_seconds(const ASN1_TIME *time); /* since 1970 */

#endif
