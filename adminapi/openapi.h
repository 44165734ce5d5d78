/* openapi.h - openapi.json as it is compiled into the program. The document is also the table of query
 * parameters: one that it does not name is refused. */
#ifndef ADMINAPI_OPENAPI_H
#define ADMINAPI_OPENAPI_H

#include <stdbool.h>

#include "sluice/str.h"

struct sl_str openapi_document(void);
/* Whether the operation takes the query parameter; path as in the route table. Any thread. */
bool openapi_takes(struct sl_str method, const char *path, struct sl_str parameter);

#endif
