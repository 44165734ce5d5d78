/* validity.h - from when until when a rule is valid: `from` and `until`, as a time with its offset or as a
 * date by the clocks of the policy's zone. */
#ifndef POLICY_VALIDITY_H
#define POLICY_VALIDITY_H

#include "policy/read.h"
#include "policy/zone.h"

struct validity {
    bool has_from, has_until;
    int64_t from_s,
        until_s; /* seconds since 1970; `until` is excluded, and of a date it is the next midnight */
    struct sl_str from, until; /* as written, for people */
};

/* The member `from` or `until` of a rule. *valid is made when there was neither before. */
void validity_read_from(struct reader *r, const json_t *v, struct validity **valid);
void validity_read_until(struct reader *r, const json_t *v, struct validity **valid);
/* A rule that could never be valid is a fault. valid may be NULL: always valid. */
void validity_check(struct reader *r, const struct validity *valid);
/* The first second after time_s at which it begins or ends; INT64_MAX: none. */
int64_t validity_next_change(const struct validity *valid, int64_t time_s);

static inline bool validity_begun(const struct validity *v, int64_t time_s)
{
    return !v->has_from || time_s >= v->from_s;
}
static inline bool validity_ended(const struct validity *v, int64_t time_s)
{
    return v->has_until && time_s >= v->until_s;
}
static inline bool validity_holds(const struct validity *v, int64_t time_s)
{
    return validity_begun(v, time_s) && !validity_ended(v, time_s);
}

#define VALIDITY_SCHEMA                                                           \
    "{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt].*)?$\"," \
    "\"examples\":[\"2026-12-01\",\"2026-12-01T08:00:00+01:00\"]}"

#endif
