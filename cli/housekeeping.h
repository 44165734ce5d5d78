/* housekeeping.h - what has to happen now and then while the gateway runs, on a thread of its own: list
 * updates, retention, quota ledger, the authority's dates. */
#ifndef CLI_HOUSEKEEPING_H
#define CLI_HOUSEKEEPING_H

#include "sluice/adminapi.h"
#include "sluice/audit.h"
#include "sluice/ca.h"
#include "sluice/store.h"

struct housekeeping;

bool housekeeping_start(struct store *store, struct audit *audit, struct adminapi *api, struct ca_live *ca,
                        struct housekeeping **out, struct sl_err *err);
/* Before adminapi_stop, which waits for the jobs. NULL is fine. */
void housekeeping_stop(struct housekeeping **h);

#endif
