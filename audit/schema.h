/* schema.h - what a day file looks like. */
#ifndef AUDIT_SCHEMA_H
#define AUDIT_SCHEMA_H

#include "base/db.h"

extern const struct db_schema audit_day_schema;
/* Opens a day file for reading rows. One of an earlier version, which nobody has written to since, shows
 * columns that came later as NULL. */
bool audit_day_read(const char *path, struct db **out, struct sl_err *err);

#endif
