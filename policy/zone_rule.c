/* zone_rule.c - see zone_rule.h. */
#include "policy/zone_rule.h"

#include "policy/civil.h"

/* ---- reading: each take_ takes what it names off the front of *s ---- */

static bool take_char(struct sl_str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = sl_str_sub(*s, 1, s->n);
    return true;
}

static bool take_number(struct sl_str *s, int min, int max, int *out)
{
    size_t digits = 0;
    int value = 0;
    while (digits < s->n && digits < 4 && s->p[digits] >= '0' && s->p[digits] <= '9')
        value = value * 10 + (s->p[digits++] - '0');
    *s = sl_str_sub(*s, digits, s->n);
    *out = value;
    return digits > 0 && value >= min && value <= max;
}

/* "CET" or "<+03>": at least three characters. */
static bool take_name(struct sl_str *s)
{
    bool quoted = take_char(s, '<');
    size_t n = 0;
    for (; n < s->n; n++) {
        char c = s->p[n], l = sl_lower(c);
        bool letter = l >= 'a' && l <= 'z', other = (c >= '0' && c <= '9') || c == '+' || c == '-';
        if (!letter && !(quoted && other))
            break;
    }
    *s = sl_str_sub(*s, n, s->n);
    return n >= 3 && (!quoted || take_char(s, '>'));
}

/* [+-]hh[:mm[:ss]] */
static bool take_clock(struct sl_str *s, int max_hours, int32_t *out)
{
    int sign = take_char(s, '-') ? -1 : 1, h, m = 0, sec = 0;
    if (sign == 1)
        take_char(s, '+');
    if (!take_number(s, 0, max_hours, &h))
        return false;
    if (take_char(s, ':') &&
        (!take_number(s, 0, 59, &m) || (take_char(s, ':') && !take_number(s, 0, 59, &sec))))
        return false;
    *out = sign * (h * 3600 + m * 60 + sec);
    return true;
}

static bool take_day(struct sl_str *s, struct zone_day *out)
{
    if (take_char(s, 'M')) {
        out->kind = ZONE_DAY_MONTH;
        if (!take_number(s, 1, 12, &out->month) || !take_char(s, '.') || !take_number(s, 1, 5, &out->week) ||
            !take_char(s, '.') || !take_number(s, 0, 6, &out->weekday))
            return false;
    } else if (take_char(s, 'J')) {
        out->kind = ZONE_DAY_JULIAN;
        if (!take_number(s, 1, 365, &out->day))
            return false;
    } else {
        out->kind = ZONE_DAY_OF_YEAR;
        if (!take_number(s, 0, 365, &out->day))
            return false;
    }
    out->at_s = 2 * 3600;
    return !take_char(s, '/') || take_clock(s, 167, &out->at_s);
}

bool zone_rule_parse(struct sl_str text, struct zone_rule *out)
{
    struct zone_rule r = {0};
    struct sl_str s = text;
    if (!take_name(&s) || !take_clock(&s, 24, &r.standard))
        return false;
    r.standard = -r.standard; /* POSIX counts west of Greenwich */
    if (s.n > 0) {
        r.has_summer = true;
        r.summer = r.standard + 3600;
        if (!take_name(&s))
            return false;
        if (s.n > 0 && s.p[0] != ',') {
            if (!take_clock(&s, 24, &r.summer))
                return false;
            r.summer = -r.summer;
        }
        if (!take_char(&s, ',') || !take_day(&s, &r.begins) || !take_char(&s, ',') || !take_day(&s, &r.ends))
            return false;
    }
    if (s.n > 0)
        return false;
    *out = r;
    return true;
}

/* ---- asking ---- */

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* The w-th such weekday of the month, 5 being the last. */
static int64_t day_of_month_rule(const struct zone_day *d, int64_t year)
{
    int64_t first = civil_days(year, d->month, 1), next = civil_days(year, d->month + 1, 1);
    int weekday = (d->weekday + 6) % 7; /* Sunday is 0 there, Monday here */
    int64_t day = first + (weekday - civil_weekday(first) + 7) % 7 + 7 * (d->week - 1);
    return day < next ? day : day - 7;
}

/* Local seconds (as if UTC) of this day's change in that year. */
static int64_t change_local(const struct zone_day *d, int64_t year)
{
    int64_t day = 0;
    switch (d->kind) {
    case ZONE_DAY_MONTH:
        day = day_of_month_rule(d, year);
        break;
    case ZONE_DAY_JULIAN:
        day = civil_days(year, 1, 1) + d->day - 1 + (is_leap(year) && d->day > 59);
        break;
    case ZONE_DAY_OF_YEAR:
        day = civil_days(year, 1, 1) + d->day;
        break;
    }
    return day * DAY_S + d->at_s;
}

int32_t zone_rule_offset(const struct zone_rule *r, int64_t utc_s)
{
    if (!r->has_summer)
        return r->standard;
    int64_t year = civil_date(civil_floor(utc_s + r->standard, DAY_S)).year;
    int64_t begins = change_local(&r->begins, year) - r->standard;
    int64_t ends = change_local(&r->ends, year) - r->summer;
    bool summer = begins < ends ? utc_s >= begins && utc_s < ends : utc_s >= begins || utc_s < ends;
    return summer ? r->summer : r->standard;
}
