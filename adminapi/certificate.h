/* certificate.h - the certificate that the admin listeners show: the one of the settings, or, where TLS is
 * needed and none is set, one that we make ourselves, keep in the state directory and renew in time. */
#ifndef ADMINAPI_CERTIFICATE_H
#define ADMINAPI_CERTIFICATE_H

#include "sluice/settings.h"

/* It is renewed at a start, so what is left after one has to last until the next. */
enum { CERTIFICATE_DAYS = 825, CERTIFICATE_RENEW_DAYS = 400, CERTIFICATE_TEXT = 96 };

/* PEM texts on the heap; NULL: plain HTTP, which only loopback listeners get. */
struct certificate {
    char *chain, *key;
    bool made;                          /* by us */
    char fingerprint[CERTIFICATE_TEXT]; /* SHA-256 of the certificate */
    int64_t not_after_s;
};
/* Reads or makes it. One of ours is made again when it ends within CERTIFICATE_RENEW_DAYS, lacks a name, or
 * can't be read. */
bool certificate_open(const struct settings *settings, int64_t now_s, struct certificate *out,
                      struct sl_err *err);
void certificate_fini(struct certificate *c);

#endif
