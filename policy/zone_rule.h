/* zone_rule.h - a POSIX TZ rule such as "CET-1CEST,M3.5.0,M10.5.0/3": how a zone goes on for ever. */
#ifndef POLICY_ZONE_RULE_H
#define POLICY_ZONE_RULE_H

#include "sluice/str.h"

struct zone_day {
    enum { ZONE_DAY_MONTH, ZONE_DAY_JULIAN, ZONE_DAY_OF_YEAR } kind;
    int month, week, weekday; /* Mm.w.d: week 5 is the last, weekday 0 is Sunday */
    int day;                  /* Jn from 1 without leap days; n from 0 with them */
    int32_t at_s;             /* local clock, may be negative or over a day */
};
struct zone_rule {
    int32_t standard, summer; /* offsets from UTC */
    bool has_summer;
    struct zone_day begins, ends; /* of summer time */
};

bool zone_rule_parse(struct sl_str text, struct zone_rule *out);
int32_t zone_rule_offset(const struct zone_rule *r, int64_t utc_s);

#endif
