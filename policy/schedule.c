/* schedule.c - see schedule.h. */
#include "policy/schedule.h"

#include "policy/civil.h"

enum { DAY_MINUTES = 24 * 60, FORTNIGHT_S = 14 * DAY_S };

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

/* ---- minutes of the week ---- */

static void mark(struct schedule_minutes *m, int day, int from, int to)
{
    for (int i = day % 7 * DAY_MINUTES + from; i < day % 7 * DAY_MINUTES + to; i++)
        m->w[i / 64] |= UINT64_C(1) << (i % 64);
}

static bool marked(const struct schedule_minutes *m, int minute)
{
    return m->w[minute / 64] >> (minute % 64) & 1;
}

void schedule_add(struct schedule *s, struct schedule_span span)
{
    bool over_midnight = span.from > span.to;
    for (int day = 0; day < 7; day++) {
        if (!(span.days >> day & 1))
            continue;
        mark(&s->own, day, span.from, over_midnight ? DAY_MINUTES : span.to);
        if (over_midnight)
            mark(&s->carried, day + 1, 0, span.to);
    }
}

/* ---- asking ---- */

/* What the clocks of the schedule's zone show. */
struct local {
    int64_t day; /* civil_days */
    int minute;  /* of the week */
    int second;  /* of the minute */
};

static struct local local_time(const struct schedule *s, int64_t time_s)
{
    int64_t seconds = time_s + zone_offset(s->zone, time_s), day = civil_floor(seconds, DAY_S);
    int of_day = (int)(seconds - day * DAY_S);
    return (struct local){
        .day = day, .minute = civil_weekday(day) * DAY_MINUTES + of_day / 60, .second = of_day % 60};
}

static bool excepted(const struct schedule *s, int64_t day)
{
    for (size_t i = 0; i < s->except_count && s->except[i] <= day; i++)
        if (s->except[i] == day)
            return true;
    return false;
}

bool schedule_holds(const struct schedule *s, int64_t time_s)
{
    struct local at = local_time(s, time_s);
    return (marked(&s->own, at.minute) && !excepted(s, at.day)) ||
           (marked(&s->carried, at.minute) && !excepted(s, at.day - 1));
}

/* The next moment at which something may change: a span's edge or midnight by these clocks, or the clocks. */
static int64_t next_edge(const struct schedule *s, int64_t time_s)
{
    struct local at = local_time(s, time_s);
    int minute = at.minute, midnight = (at.minute / DAY_MINUTES + 1) * DAY_MINUTES;
    bool own = marked(&s->own, minute), carried = marked(&s->carried, minute);
    do
        minute++;
    while (minute < midnight && marked(&s->own, minute) == own && marked(&s->carried, minute) == carried);
    int64_t edge = time_s + (minute - at.minute) * 60 - at.second;
    return SL_MIN(edge, zone_change(s->zone, time_s, edge));
}

static int64_t change_before(const struct schedule *s, int64_t time_s, int64_t end_s)
{
    bool holds = schedule_holds(s, time_s);
    while (time_s < end_s) {
        time_s = next_edge(s, time_s);
        if (schedule_holds(s, time_s) != holds)
            return time_s;
    }
    return INT64_MAX;
}

int64_t schedule_next_change(const struct schedule *s, int64_t time_s)
{
    /* A week repeats, but for a span that falls into the hour that clocks skip: two weeks show any change.
     * What changes by the calendar alone is near a holiday. */
    int64_t change = change_before(s, time_s, time_s + FORTNIGHT_S);
    for (size_t i = 0; i < s->except_count && change == INT64_MAX; i++) {
        int64_t before = zone_to_utc(s->zone, s->except[i] * DAY_S) - 1;
        if (before > time_s)
            change = change_before(s, before, before + 3 * DAY_S);
    }
    return change;
}
