/* schedule.h - spans of the week, such as Monday to Friday 08:00-18:00 or every night 22:00-06:00, by the
 * clocks of a zone. Plain values; the caller supplies the time. A span that runs past midnight belongs to the
 * day on which it starts. */
#ifndef POLICY_SCHEDULE_H
#define POLICY_SCHEDULE_H

#include "policy/zone.h"

enum { SCHEDULE_ALL_DAYS = 0x7f };

struct schedule_span {
    uint8_t days; /* bit 0 = Monday */
    int from, to; /* minutes since midnight, `to` excluded; from > to runs past midnight */
};
struct schedule {
    const struct zone *zone;
    const struct schedule_span *spans;
    size_t count;
};

/* "mon-fri", "sat,sun", "fri-mon", "mon-wed,fri", "all". */
bool schedule_days_parse(struct sl_str text, uint8_t *out, struct sl_err *err);
/* "08:30"; "24:00" is the end of the day. */
bool schedule_clock_parse(struct sl_str text, int *out_minute, struct sl_err *err);
bool schedule_holds(const struct schedule *s, int64_t time_s);

#endif
