/* schema.h - what a day file looks like. */
#ifndef AUDIT_SCHEMA_H
#define AUDIT_SCHEMA_H

#include "base/db.h"

extern const struct db_schema audit_day_schema;

#endif
