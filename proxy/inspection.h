/* inspection.h - what TLS inspection needs of the whole process: leaves, the TLS that we speak in the place
 * of others, and whom origins are believed by. Made when inspection is on for the first time. */
#ifndef PROXY_INSPECTION_H
#define PROXY_INSPECTION_H

#include "proxy/conn/inspected.h"
#include "sluice/certificate.h"
#include "sluice/settings.h"

/* Makes *i where it is empty and inspection is on; else gives it the figures of s. */
void inspection_configure(struct inspection *i, struct ca_live *ca, const struct settings *s);
void inspection_fini(struct inspection *i);
/* Reads whom origins are believed by; *out stays NULL where inspection is off. Errors name the setting. */
bool inspection_trust(const struct settings *s, struct trust **out, struct sl_err *err);

#endif
