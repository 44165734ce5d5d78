/* tally.h - how often each report-only rule would have acted since the start, counted as records are stored.
 */
#ifndef AUDIT_TALLY_H
#define AUDIT_TALLY_H

#include <jansson.h>

#include "audit/writer.h"

struct tally;

struct tally *tally_new(void);
void tally_free(struct tally **t);
struct batch_observer tally_observer(struct tally *t);
json_t *tally_to_json(struct tally *t); /* {"rule": count}; any thread */

#endif
