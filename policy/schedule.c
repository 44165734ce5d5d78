/* schedule.c - see schedule.h. */
#include "policy/schedule.h"

#include "policy/civil.h"

static int day_number(struct sl_str text)
{
    static const char days[][4] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    for (int i = 0; i < 7; i++)
        if (sl_str_ieq(text, sl_cstr(days[i])))
            return i;
    return -1;
}

/* "mon" or "fri-mon". */
static bool range_parse(struct sl_str text, uint8_t *days)
{
    size_t dash = sl_str_find(text, '-');
    int from = day_number(sl_str_trim(sl_str_sub(text, 0, dash))), to = from;
    if (dash < text.n)
        to = day_number(sl_str_trim(sl_str_sub(text, dash + 1, text.n)));
    if (from < 0 || to < 0)
        return false;
    for (int d = from;; d = (d + 1) % 7) {
        *days = (uint8_t)(*days | 1 << d);
        if (d == to)
            return true;
    }
}

bool schedule_days_parse(struct sl_str text, uint8_t *out, struct sl_err *err)
{
    if (sl_str_ieq(text, SL_STR("all"))) {
        *out = SCHEDULE_ALL_DAYS;
        return true;
    }
    uint8_t days = 0;
    struct sl_str rest = text, part;
    while (sl_str_split(&rest, ',', &part))
        if (!range_parse(sl_str_trim(part), &days))
            return sl_fail(err, SL_BAD_INPUT, "days '%.*s' are not written like mon-fri, sat,sun or all",
                           SL_FMT(text));
    if (days == 0)
        return sl_fail(err, SL_BAD_INPUT, "days are empty; write them like mon-fri, or all");
    *out = days;
    return true;
}

bool schedule_clock_parse(struct sl_str text, int *out_minute, struct sl_err *err)
{
    uint64_t h, m;
    if (text.n == 5 && text.p[2] == ':' && sl_str_u64(sl_str_sub(text, 0, 2), 24, &h) &&
        sl_str_u64(sl_str_sub(text, 3, 2), 59, &m) && h * 60 + m <= 24 * 60) {
        *out_minute = (int)(h * 60 + m);
        return true;
    }
    return sl_fail(err, SL_BAD_INPUT, "time '%.*s' is not written like 08:30 (24:00 is the end of the day)",
                   SL_FMT(text));
}

static bool span_holds(const struct schedule_span *span, int weekday, int minute)
{
    bool today = span->days >> weekday & 1, yesterday = span->days >> (weekday + 6) % 7 & 1;
    if (span->from < span->to)
        return today && minute >= span->from && minute < span->to;
    return (today && minute >= span->from) || (yesterday && minute < span->to);
}

bool schedule_holds(const struct schedule *s, int64_t time_s)
{
    int64_t local = time_s + zone_offset(s->zone, time_s), day = civil_floor(local, DAY_S);
    int minute = (int)((local - day * DAY_S) / 60), weekday = civil_weekday(day);
    for (size_t i = 0; i < s->count; i++)
        if (span_holds(&s->spans[i], weekday, minute))
            return true;
    return false;
}
