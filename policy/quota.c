/* quota.c - see quota.h. */
#include "policy/quota.h"

#include "policy/civil.h"

const char *const quota_per_words[] = {"user", "client", "group", "all", NULL};
const char *const quota_window_words[] = {"hour", "day", "week", "month", NULL};

/* Hours are cut where clocks show a full hour. Where clocks are set by part of an hour, the piece before and
 * the piece after are windows of their own, or they would overlap. */
static void hour_bounds(const struct zone *z, int64_t time_s, int64_t *start, int64_t *end)
{
    int64_t local = time_s + zone_offset(z, time_s);
    *start = time_s - (local - civil_floor(local, 3600) * 3600);
    *end = *start + 3600;
    int64_t change = zone_change(z, *start, *end - 1);
    if (change <= time_s)
        *start = change;
    else if (change < *end)
        *end = change;
}

void quota_bounds(const struct zone *z, enum quota_window w, int64_t time_s, int64_t *out_start,
                  int64_t *out_end)
{
    if (w == QUOTA_HOUR) {
        hour_bounds(z, time_s, out_start, out_end);
        return;
    }
    int64_t first = civil_floor(time_s + zone_offset(z, time_s), DAY_S), next = first + 1;
    if (w == QUOTA_WEEK) {
        first -= civil_weekday(first);
        next = first + 7;
    } else if (w == QUOTA_MONTH) {
        struct civil c = civil_date(first);
        first = civil_days(c.year, c.month, 1);
        next = civil_days(c.year, c.month + 1, 1);
    }
    *out_start = zone_to_utc(z, first * DAY_S);
    *out_end = zone_to_utc(z, next * DAY_S);
}

int64_t quota_step_s(int64_t rolling_s)
{
    return (rolling_s + QUOTA_STEPS - 1) / QUOTA_STEPS;
}

void quota_step_bounds(int64_t rolling_s, int64_t time_s, int64_t *out_start, int64_t *out_end)
{
    int64_t step_s = quota_step_s(rolling_s);
    *out_start = civil_floor(time_s, step_s) * step_s;
    *out_end = *out_start + step_s;
}
