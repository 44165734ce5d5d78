/* clock.c - see sluice/clock.h. Calendar dates are counted here and not by timegm(), which a locale or a TZ
 * could change. */
#include "sluice/clock.h"

#include <stdio.h>
#include <time.h>

enum { DAY_S = 86400 };
/* Longest duration and farthest time that we take: conversions to microseconds can't overflow. */
static const int64_t MOST_MS = (int64_t)1000 * 366 * DAY_S * 1000;

static int64_t read_us(clockid_t id)
{
    struct timespec t;
    sl_assert(clock_gettime(id, &t) == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t sl_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int64_t sl_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t sl_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar. The year begins in March, which puts
 * the leap day last; 400 years are one era of 146097 days. */
static int64_t days_of_date(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = floor_div(year, 400), of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of_days(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = floor_div(days, 146097), of_era = days - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int m = (int)((5 * of_year + 2) / 153);
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = m < 10 ? m + 3 : m - 9;
    *year = y + era * 400 + (*month <= 2);
}

static char *put_digits(char *p, int value, int digits, char behind)
{
    for (int i = digits; i-- > 0; value /= 10)
        p[i] = (char)('0' + value % 10);
    p[digits] = behind;
    return p + digits + 1;
}

const char *sl_rfc3339(int64_t wall_us, char buf[SL_RFC3339_TEXT])
{
    int64_t seconds = floor_div(wall_us, 1000000), days = floor_div(seconds, DAY_S), year;
    int ms = (int)((wall_us % 1000000 + 1000000) % 1000000 / 1000), s = (int)(seconds - days * DAY_S), month,
        day;
    char *p = buf;
    date_of_days(days, &year, &month, &day);
    if (year < 0) {
        *p++ = '-';
        year = -year;
    }
    /* Years have six digits at most; a negative one has its sign among the four. */
    p = put_digits(p, (int)year, year > 99999 ? 6 : year > 9999 ? 5 : p > buf && year < 1000 ? 3 : 4, '-');
    p = put_digits(p, month, 2, '-');
    p = put_digits(p, day, 2, 'T');
    p = put_digits(p, s / 3600, 2, ':');
    p = put_digits(p, s / 60 % 60, 2, ':');
    p = put_digits(p, s % 60, 2, '.');
    p = put_digits(p, ms, 3, 'Z');
    *p = '\0';
    return buf;
}

/* The parsers below take what they know off the front of *s. */
static bool take_char(struct sl_str *s, char c)
{
    if (s->n == 0 || *s->p != c)
        return false;
    *s = sl_str_sub(*s, 1, SIZE_MAX);
    return true;
}

static bool take_number(struct sl_str *s, size_t digits, int min, int max, int *out)
{
    uint64_t value;
    if (s->n < digits || !sl_str_u64(sl_str_sub(*s, 0, digits), (uint64_t)max, &value) || (int)value < min)
        return false;
    *out = (int)value;
    *s = sl_str_sub(*s, digits, SIZE_MAX);
    return true;
}

struct parts {
    int year, month, day, hour, minute, second, us;
};

static bool take_date(struct sl_str *s, struct parts *t)
{
    static const char lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!take_number(s, 4, 0, 9999, &t->year) || !take_char(s, '-') || !take_number(s, 2, 1, 12, &t->month) ||
        !take_char(s, '-') || !take_number(s, 2, 1, lengths[t->month - 1], &t->day))
        return false;
    bool leap = t->year % 4 == 0 && (t->year % 100 != 0 || t->year % 400 == 0);
    return leap || t->month != 2 || t->day != 29;
}

static bool take_fraction(struct sl_str *s, int *out_us)
{
    int us = 0, scale = 100000;
    size_t i = 0;
    for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++, scale /= 10)
        us += (s->p[i] - '0') * scale;
    *out_us = us;
    *s = sl_str_sub(*s, i, SIZE_MAX);
    return i > 0;
}

/* "hh:mm", ":ss" when there, ".fraction" when there. Second 60 (a leap second) counts as the next minute's
 * first. */
static bool take_clock(struct sl_str *s, struct parts *t, bool seconds_optional)
{
    if (!take_number(s, 2, 0, 23, &t->hour) || !take_char(s, ':') || !take_number(s, 2, 0, 59, &t->minute))
        return false;
    if (!take_char(s, ':'))
        return seconds_optional;
    if (!take_number(s, 2, 0, 60, &t->second))
        return false;
    return take_char(s, '.') ? take_fraction(s, &t->us) : true;
}

static bool take_offset(struct sl_str *s, int *out_minutes)
{
    int hours, minutes, sign = take_char(s, '-') ? -1 : 1;
    *out_minutes = 0;
    if (sign > 0 && (take_char(s, 'Z') || take_char(s, 'z')))
        return true;
    if ((sign > 0 && !take_char(s, '+')) || !take_number(s, 2, 0, 23, &hours) || !take_char(s, ':') ||
        !take_number(s, 2, 0, 59, &minutes))
        return false;
    *out_minutes = sign * (hours * 60 + minutes);
    return true;
}

static int64_t us_of_parts(const struct parts *t)
{
    int64_t days = days_of_date(t->year, t->month, t->day);
    return (days * DAY_S + t->hour * 3600 + t->minute * 60 + t->second) * 1000000 + t->us;
}

bool sl_rfc3339_parse(struct sl_str text, int64_t *out_wall_us)
{
    struct parts t = {0};
    int offset;
    if (!take_date(&text, &t) || !(take_char(&text, 'T') || take_char(&text, 't')) ||
        !take_clock(&text, &t, false) || !take_offset(&text, &offset) || text.n)
        return false;
    *out_wall_us = us_of_parts(&t) - (int64_t)offset * 60 * 1000000;
    return true;
}

/* A date, perhaps with a time of day, in the system's time zone. */
static bool local_time_parse(struct sl_str text, int64_t *out_wall_us)
{
    struct parts t = {0};
    if (!take_date(&text, &t))
        return false;
    if (text.n &&
        (!(take_char(&text, ' ') || take_char(&text, 'T')) || !take_clock(&text, &t, true) || text.n))
        return false;
    struct tm tm = {.tm_year = t.year - 1900, .tm_mon = t.month - 1, .tm_mday = t.day, .tm_isdst = -1};
    tm.tm_hour = t.hour;
    tm.tm_min = t.minute;
    tm.tm_sec = t.second;
    *out_wall_us = (int64_t)mktime(&tm) * 1000000 + t.us;
    return true;
}

bool sl_time_parse(struct sl_str text, int64_t now_us, int64_t *out_wall_us)
{
    int64_t ms;
    if (sl_str_eq(text, SL_STR("now"))) {
        *out_wall_us = now_us;
        return true;
    }
    if (take_char(&text, '-')) {
        if (!sl_duration_parse(text, &ms))
            return false;
        *out_wall_us = now_us - ms * 1000;
        return true;
    }
    return sl_rfc3339_parse(text, out_wall_us) || local_time_parse(text, out_wall_us);
}

/* A whole number and what stands behind it. */
static bool number_and_unit(struct sl_str text, uint64_t *out_number, struct sl_str *out_unit)
{
    size_t digits = 0;
    while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
        digits++;
    *out_unit = sl_str_sub(text, digits, SIZE_MAX);
    return sl_str_u64(sl_str_sub(text, 0, digits), UINT64_MAX, out_number);
}

bool sl_duration_parse(struct sl_str text, int64_t *out_ms)
{
    static const struct {
        struct sl_str word;
        int64_t ms;
    } units[] = {{{"", 0}, 1000},     {{"ms", 2}, 1},      {{"s", 1}, 1000},     {{"m", 1}, 60000},
                 {{"min", 3}, 60000}, {{"h", 1}, 3600000}, {{"d", 1}, 86400000}, {{"w", 1}, 604800000}};
    uint64_t number;
    struct sl_str unit;
    if (!number_and_unit(text, &number, &unit))
        return false;
    for (size_t i = 0; i < SL_COUNT(units); i++)
        if (sl_str_eq(unit, units[i].word)) {
            if (number > (uint64_t)(MOST_MS / units[i].ms))
                return false;
            *out_ms = (int64_t)number * units[i].ms;
            return true;
        }
    return false;
}

const char *sl_duration_text(int64_t ms, char buf[SL_RFC3339_TEXT])
{
    /* One day stays 24h, as people say it. */
    static const struct {
        const char *word;
        uint64_t ms, from_ms;
    } units[] = {
        {"d", 86400000, 2 * 86400000}, {"h", 3600000, 0}, {"m", 60000, 0}, {"s", 1000, 0}, {"ms", 1, 0}};
    uint64_t size = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
    size_t i = size == 0 ? 3 : 0;
    while (size % units[i].ms != 0 || size < units[i].from_ms)
        i++;
    snprintf(buf, SL_RFC3339_TEXT, "%s%llu%s", ms < 0 ? "-" : "", (unsigned long long)(size / units[i].ms),
             units[i].word);
    return buf;
}

static const struct {
    struct sl_str word;
    uint64_t bytes;
} sizes[] = {{{"TiB", 3}, (uint64_t)1 << 40},
             {{"GiB", 3}, 1 << 30},
             {{"MiB", 3}, 1 << 20},
             {{"KiB", 3}, 1 << 10},
             {{"TB", 2}, 1000000000000},
             {{"GB", 2}, 1000000000},
             {{"MB", 2}, 1000000},
             {{"KB", 2}, 1000},
             {{"B", 1}, 1},
             {{"", 0}, 1}};

bool sl_size_parse(struct sl_str text, uint64_t *out_bytes)
{
    uint64_t number;
    struct sl_str unit;
    if (!number_and_unit(text, &number, &unit))
        return false;
    for (size_t i = 0; i < SL_COUNT(sizes); i++)
        if (sl_str_ieq(unit, sizes[i].word))
            return !__builtin_mul_overflow(number, sizes[i].bytes, out_bytes);
    return false;
}

const char *sl_size_text(uint64_t bytes, char buf[SL_RFC3339_TEXT])
{
    size_t i = 0;
    if (bytes == 0)
        i = SL_COUNT(sizes) - 1;
    else
        while (bytes % sizes[i].bytes != 0)
            i++;
    /* Below a kilobyte the number stands alone. */
    const char *word = sizes[i].bytes == 1 ? "" : sizes[i].word.p;
    snprintf(buf, SL_RFC3339_TEXT, "%llu%s", (unsigned long long)(bytes / sizes[i].bytes), word);
    return buf;
}
