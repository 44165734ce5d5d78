/* authority.h - the certificate authority in the life of the gateway: there when inspection needs it, changed
 * by the clock, and never ending unannounced. */
#ifndef CLI_AUTHORITY_H
#define CLI_AUTHORITY_H

#include "sluice/ca.h"
#include "sluice/settings.h"
#include "sluice/store.h"

/* With inspection on: makes the first authority when there is none; false when the one that signs cannot. */
bool authority_ready(struct ca_live *live, const struct settings *s, struct store *store, struct sl_err *err);

/* What was said of its end, so that it is said once at each step and daily in the last week. */
struct authority_watch {
    int step;
    int64_t said_s, failed_s;
};
/* What is due by the clock, with a word in log and change log. Every few seconds; one thread. */
void authority_tend(struct ca_live *live, struct store *store, struct authority_watch *w, int64_t now_s);

#endif
