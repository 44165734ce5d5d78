/* openapi.h - openapi.json as it is compiled into the program. */
#ifndef ADMINAPI_OPENAPI_H
#define ADMINAPI_OPENAPI_H

#include "sluice/str.h"

struct sl_str openapi_document(void);

#endif
