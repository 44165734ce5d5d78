/* schedule.h - spans of the week, such as Monday to Friday 08:00-18:00 or every night 22:00-06:00, by the
 * clocks of a zone. Plain values; the caller supplies the time. A span that runs past midnight belongs to the
 * day on which it starts: on a holiday it does not begin, and one that began the evening before runs out. */
#ifndef POLICY_SCHEDULE_H
#define POLICY_SCHEDULE_H

#include "policy/zone.h"

enum { SCHEDULE_ALL_DAYS = 0x7f };

struct schedule_span {
    uint8_t days; /* bit 0 = Monday */
    int from, to; /* minutes since midnight, `to` excluded; from > to runs past midnight */
};
enum { SCHEDULE_WEEK_MINUTES = 7 * 24 * 60 };
/* A set of minutes of the week by local clocks, from Monday 00:00. */
struct schedule_minutes {
    uint64_t w[(SCHEDULE_WEEK_MINUTES + 63) / 64];
};
struct schedule {
    const struct zone *zone;
    /* Spans in which the minute's own day began, and those that ran into it from the day before. */
    struct schedule_minutes own, carried;
    const int64_t *except; /* days (civil_days) on which no span begins, sorted */
    size_t except_count;
};

/* "mon-fri", "sat,sun", "fri-mon", "mon-wed,fri", "all". */
bool schedule_days_parse(struct sl_str text, uint8_t *out, struct sl_err *err);
/* "08:30"; "24:00" is the end of the day. */
bool schedule_clock_parse(struct sl_str text, int *out_minute, struct sl_err *err);
void schedule_add(struct schedule *s, struct schedule_span span);
bool schedule_holds(const struct schedule *s, int64_t time_s);
/* The first second after time_s at which it begins or ceases to hold; INT64_MAX: never. */
int64_t schedule_next_change(const struct schedule *s, int64_t time_s);

#endif
