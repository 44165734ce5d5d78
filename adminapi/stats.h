/* stats.h - what every question about figures shares: its time, its patience, and how trouble is told. */
#ifndef ADMINAPI_STATS_H
#define ADMINAPI_STATS_H

#include "adminapi/api.h"
#include "sluice/figures.h"

/* from, to and step; `back_us` before now is the preset of from. False: problem in reply. */
bool stats_span(struct api_request *req, int64_t back_us, size_t points, struct figures_span *out,
                struct api_reply *reply);
/* filter: NULL for all; it and req have to outlive the query. */
struct figures_query stats_query(struct api_request *req, const struct figures_span *span,
                                 const struct audit_filter *filter);
void stats_trouble(struct api_reply *reply, const struct sl_err *err);
json_t *stats_number(uint64_t value);
json_t *stats_minute(int64_t minutes); /* since 1970, as a time */

#endif
