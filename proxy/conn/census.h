/* census.h - what is open on this worker? Tunnels, and transfers that last: a row each, for whoever asks
 * through the API. */
#ifndef PROXY_CONN_CENSUS_H
#define PROXY_CONN_CENSUS_H

#include "sluice/policy.h"
#include "sluice/tunnels.h"

struct plane;

struct census {
    struct census_row {
        int64_t key; /* the greatest comes first */
        json_t *json;
    } * rows;
    size_t count, cap;
    uint64_t total; /* of those that match, shown or not */
};

/* Adds those of this worker: the first `limit` in the query's order. One walk over its connections. */
void census_take(struct plane *p, const struct tunnel_query *q, struct census *out);
/* {"items","total"} of what all workers added; new reference. Ends the census. */
json_t *census_end(struct census *c, const struct tunnel_query *q);
/* Cuts the one whose request has this id; false: there is none. */
bool census_close(struct plane *p, uint64_t id);

#endif
