/* zone.h - a time zone as a value: the offset from UTC at any moment, past or far future, by our own reading
 * of the system's tz database (RFC 8536). localtime() would need the environment and a lock. Immutable once
 * made; any thread. */
#ifndef POLICY_ZONE_H
#define POLICY_ZONE_H

#include "sluice/err.h"
#include "sluice/str.h"

struct zone;

/* "Europe/Berlin": a name of the tz database; "UTC" works without one. Names can't leave the database's
 * folder. */
bool zone_load(struct sl_str name, struct zone **out, struct sl_err *err);
/* What the system uses: $TZ, else /etc/localtime, else UTC. Never fails. */
struct zone *zone_system(void);
/* From the bytes of a TZif file of version 2 or later; name is for messages and zone_name. */
bool zone_parse(struct sl_str name, const void *tzif, size_t n, struct zone **out, struct sl_err *err);
/* From a POSIX rule: "CET-1CEST,M3.5.0,M10.5.0/3". */
bool zone_from_rule(struct sl_str rule, struct zone **out, struct sl_err *err);
void zone_free(struct zone **z);
struct sl_str zone_name(const struct zone *z);

/* Seconds to add to UTC. */
int32_t zone_offset(const struct zone *z, int64_t utc_s);
/* The first moment at which clocks show local_s (seconds since 1970 as if UTC); where clocks skip it, the
 * moment of the skip. */
int64_t zone_to_utc(const struct zone *z, int64_t local_s);
/* The first moment in (from, to] whose offset differs from the one at `from`; `to` + 1 when there is none. At
 * most one change may lie between. */
int64_t zone_change(const struct zone *z, int64_t from, int64_t to);

#endif
