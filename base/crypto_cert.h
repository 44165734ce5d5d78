/* crypto_cert.h - a self-signed certificate for a server of our own, made and read. Any thread. */
#ifndef BASE_CRYPTO_CERT_H
#define BASE_CRYPTO_CERT_H

#include "sluice/addr.h"
#include "sluice/err.h"
#include "sluice/str.h"

enum { CERT_NAMES = 64, CERT_FINGERPRINT = 96 };

/* What the certificate is for; the first name is its subject. */
struct cert_names {
    const char *names[CERT_NAMES];
    size_t name_count;
    struct sl_addr addrs[CERT_NAMES];
    size_t addr_count;
};
/* P-256, for TLS servers only, valid from an hour before now_s. PEM texts on the heap. Names that are no host
 * names are left out; without any the subject is "sluice". */
bool cert_make(const struct cert_names *names, int64_t now_s, unsigned days, char **out_cert, char **out_key,
               struct sl_err *err);

struct cert_info {
    int64_t not_before_s, not_after_s;
    char fingerprint[CERT_FINGERPRINT]; /* SHA-256 as browsers show it: "AB:CD:..." */
    bool covers;                        /* all of the names asked for */
};
/* The first certificate of a PEM text; names NULL: covers is true. */
bool cert_read(struct sl_str pem, const struct cert_names *names, struct cert_info *out, struct sl_err *err);

#endif
