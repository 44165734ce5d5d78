/* ca_material.h - bytes that somebody gives us: certificates and a private key in PEM, or a PKCS#12 file.
 * Nothing of it is believed yet. Private to pki. */
#ifndef PKI_CA_MATERIAL_H
#define PKI_CA_MATERIAL_H

#include "pki/openssl.h"
#include "sluice/err.h"
#include "sluice/str.h"

enum { CA_MATERIAL_MOST = 1024 * 1024, CA_CERTIFICATES_MOST = 16 };

struct ca_material {
    STACK_OF(X509) * certs; /* in their order; never NULL after a success */
    EVP_PKEY *key;          /* NULL: there was none */
};
/* password p NULL: none. A key in PEM that is locked, or a PKCS#12, needs one that fits. */
bool ca_material_read(struct sl_str data, struct sl_str password, struct ca_material *out,
                      struct sl_err *err);
/* The private key of a PEM text; *out NULL when there is none. */
bool ca_material_key(struct sl_str pem, struct sl_str password, EVP_PKEY **out, struct sl_err *err);
void ca_material_fini(struct ca_material *m);

#endif
