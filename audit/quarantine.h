/* quarantine.h - a day file that is damaged beyond writing must not hold up the records that come. */
#ifndef AUDIT_QUARANTINE_H
#define AUDIT_QUARANTINE_H

#include "base/db.h"

/* Looks at the day's file, which nobody has open for writing. If its bytes can be read but make no sound
 * database, renames it (and its WAL) to "...db.damaged-SECONDS", says so in the log and returns true: the
 * next record begins a new file. */
bool quarantine_day(const char *directory, int64_t day);

#endif
