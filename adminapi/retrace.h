/* retrace.h - why was a recorded request decided so? It is judged again, by the policy version that judged
 * then. */
#ifndef ADMINAPI_RETRACE_H
#define ADMINAPI_RETRACE_H

#include "adminapi/api.h"

struct retrace;

struct retrace *retrace_new(void);
void retrace_free(struct retrace **r);
/* Adds "trace" (null when there can be none), "trace_note" (what may differ from then, or null) and
 * "explained" (what judging again gives) to a record as the log shows it. Any thread. */
void retrace_add(struct api_request *req, json_t *item);

#endif
