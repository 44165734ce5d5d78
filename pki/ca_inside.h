/* ca_inside.h - an authority as its own sources see it. Private to pki/ca*.c. */
#ifndef PKI_CA_INSIDE_H
#define PKI_CA_INSIDE_H

#include "pki/openssl.h"
#include "sluice/ca.h"

/* Certificate, its key, and what stands above, the next one first; all of them are taken. key_uri "" is our
 * own file. Without a key it is shown and signs nothing, for the reason of key_fault. */
const struct ca *ca_new(X509 *take_cert, EVP_PKEY *take_key, STACK_OF(X509) * take_above, const char *key_uri,
                        const char *key_fault);
bool ca_is_root(X509 *cert); /* self-signed */
/* The certificates above it. Borrowed. */
STACK_OF(X509) * ca_above(const struct ca *ca);

/* ---- ca_key.c ---- */
/* The private key that a URI names. Nobody is asked for a password. */
bool ca_key_open(const char *uri, EVP_PKEY **out, struct sl_err *err);
/* Whether the URI is one that we may keep: a scheme that is known, and no PIN in it. */
bool ca_key_uri_check(struct sl_str uri, struct sl_err *err);

/* ---- ca_check.c ---- */
/* Whether clients can accept what it signs; err names what is wrong with it and what helps. */
bool ca_check(const struct ca *ca, int64_t now_s, struct sl_err *err);

/* ---- ca_file.c: one authority in one file, so that certificate and key are always each other's ---- */
bool ca_file_write(const char *path, const struct ca *ca, struct sl_err *err);
bool ca_file_read(const char *path, const struct ca **out, struct sl_err *err);

#endif
