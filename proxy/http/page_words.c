/* page_words.c - numbers and moments for people (page_body.h). Local time is that of the gateway. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/rate.h"
#include "proxy/http/page_body.h"

const char *page_words_bytes(uint64_t n, char buf[PAGE_WORDS])
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;
    double v = (double)n;
    for (; v >= 1024 && unit + 1 < SL_COUNT(units); unit++)
        v /= 1024;
    bool whole = unit == 0 || v >= 100 || (uint64_t)(v * 10) % 10 == 0;
    if (n == 1)
        snprintf(buf, PAGE_WORDS, "1 byte");
    else
        snprintf(buf, PAGE_WORDS, whole ? "%.0f %s" : "%.1f %s", whole ? (double)(uint64_t)v : v,
                 units[unit]);
    return buf;
}

const char *page_words_duration(int64_t s, char buf[PAGE_WORDS])
{
    static const struct {
        int64_t s;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    size_t i = 0;
    while (i + 1 < SL_COUNT(units) && (s < units[i].s || s % units[i].s != 0))
        i++;
    long long count = s / units[i].s;
    snprintf(buf, PAGE_WORDS, "%lld %s%s", count, units[i].name, count == 1 ? "" : "s");
    return buf;
}

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};

static int64_t day_number(const struct tm *tm)
{
    struct tm utc = {.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday, .tm_hour = 12};
    return (int64_t)timegm(&utc) / 86400;
}

static void say_time(const struct tm *at, const struct tm *now, char buf[PAGE_WORDS])
{
    static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};
    int64_t ahead = day_number(at) - day_number(now);
    if (ahead == 0 || ahead == 1)
        snprintf(buf, PAGE_WORDS, "%s at %02d:%02d", ahead == 0 ? "today" : "tomorrow", at->tm_hour,
                 at->tm_min);
    else if (at->tm_year == now->tm_year || (ahead > 0 && ahead < 60))
        snprintf(buf, PAGE_WORDS, "on %s, %d %s at %02d:%02d", days[at->tm_wday], at->tm_mday,
                 months[at->tm_mon], at->tm_hour, at->tm_min);
    else
        snprintf(buf, PAGE_WORDS, "on %d %s %d at %02d:%02d", at->tm_mday, months[at->tm_mon],
                 at->tm_year + 1900, at->tm_hour, at->tm_min);
}

const char *page_words_time(int64_t at_s, int64_t now_s, char buf[PAGE_WORDS])
{
    time_t at = (time_t)at_s, now = (time_t)now_s;
    struct tm tm = {0}, tm_now = {0};
    localtime_r(&at, &tm);
    localtime_r(&now, &tm_now);
    say_time(&tm, &tm_now, buf);
    return buf;
}

const char *page_words_resets(const struct page_quota *q, int64_t now_s, char buf[PAGE_WORDS])
{
    if (q->zone.n == 0)
        return page_words_time(q->resets_s, now_s, buf);
    time_t at = (time_t)(q->resets_s + q->resets_zone_s), now = (time_t)(now_s + q->zone_s);
    struct tm tm = {0}, tm_now = {0};
    gmtime_r(&at, &tm);
    gmtime_r(&now, &tm_now);
    say_time(&tm, &tm_now, buf);
    size_t n = strlen(buf);
    snprintf(buf + n, PAGE_WORDS - n, " (%.*s)", (int)SL_MIN(q->zone.n, (size_t)40), q->zone.p);
    return buf;
}

const char *page_words_date(int64_t at_s, char buf[PAGE_WORDS])
{
    time_t at = (time_t)at_s;
    struct tm tm = {0};
    if (!gmtime_r(&at, &tm))
        return "?";
    snprintf(buf, PAGE_WORDS, "%d %s %d", tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900);
    return buf;
}

const char *page_words_moment(int64_t at_s, char buf[PAGE_WORDS])
{
    time_t at = (time_t)at_s;
    struct tm tm = {0};
    localtime_r(&at, &tm);
    snprintf(buf, PAGE_WORDS, "%d %s %d, %02d:%02d:%02d %.8s", tm.tm_mday, months[tm.tm_mon],
             tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_zone ? tm.tm_zone : "");
    return buf;
}

static void say_rfc3339(const struct tm *tm, long offset_s, char buf[PAGE_WORDS])
{
    long minutes = offset_s / 60;
    snprintf(buf, PAGE_WORDS, "%04d-%02d-%02dT%02d:%02d:%02d%c%02ld:%02ld", tm->tm_year + 1900,
             tm->tm_mon + 1, tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec, minutes < 0 ? '-' : '+',
             labs(minutes) / 60, labs(minutes) % 60);
}

const char *page_rfc3339_local(int64_t at_s, char buf[PAGE_WORDS])
{
    time_t at = (time_t)at_s;
    struct tm tm = {0};
    localtime_r(&at, &tm);
    say_rfc3339(&tm, tm.tm_gmtoff, buf);
    return buf;
}

const char *page_rfc3339_resets(const struct page_quota *q, char buf[PAGE_WORDS])
{
    if (q->zone.n == 0)
        return page_rfc3339_local(q->resets_s, buf);
    time_t at = (time_t)(q->resets_s + q->resets_zone_s);
    struct tm tm = {0};
    gmtime_r(&at, &tm);
    say_rfc3339(&tm, q->resets_zone_s, buf);
    return buf;
}

const char *page_words_change(const struct page_quota *q)
{
    bool empty = q->bytes == 0 && q->minutes == 0 && q->requests == 0;
    if (!q->resets_s || (q->rolling_s && empty))
        return NULL;
    if (!q->rolling_s)
        return "Starts anew";
    return q->percent >= 100 ? "Room again" : "Less from";
}

const char *page_words_then(const struct page_quota *q, char buf[PAGE_WORDS])
{
    char rate[RATE_TEXT];
    if (q->then == ACTION_WARN)
        return "At the limit you are asked before you go on.";
    if (q->then != ACTION_ALLOW)
        return "At the limit it stops.";
    size_t digits = strspn(rate_text(q->bytes_per_s, rate), "0123456789");
    snprintf(buf, PAGE_WORDS, "At the limit it goes on at %.*s %s.", (int)digits, rate, rate + digits);
    return buf;
}

void page_words_extension(struct sl_text *out, const struct page_quota *q)
{
    char words[PAGE_WORDS];
    const char *comma = "";
    if (q->extension.bytes) {
        sl_text_addf(out, "%s", page_words_bytes(q->extension.bytes, words));
        comma = " and ";
    }
    if (q->extension.minutes) {
        sl_text_addf(out, "%s%llu minute%s", comma, (unsigned long long)q->extension.minutes,
                     q->extension.minutes == 1 ? "" : "s");
        comma = " and ";
    }
    if (q->extension.requests)
        sl_text_addf(out, "%s%llu request%s", comma, (unsigned long long)q->extension.requests,
                     q->extension.requests == 1 ? "" : "s");
}

void page_words_quota(struct sl_text *out, const struct page_quota *q)
{
    char used[PAGE_WORDS], limit[PAGE_WORDS];
    const char *comma = "";
    if (q->bytes_limit) {
        sl_text_addf(out, "%s of %s", page_words_bytes(q->bytes, used),
                     page_words_bytes(q->bytes_limit, limit));
        comma = ", ";
    }
    if (q->minutes_limit) {
        sl_text_addf(out, "%s%llu of %llu minutes", comma, (unsigned long long)q->minutes,
                     (unsigned long long)q->minutes_limit);
        comma = ", ";
    }
    if (q->requests_limit)
        sl_text_addf(out, "%s%llu of %llu requests", comma, (unsigned long long)q->requests,
                     (unsigned long long)q->requests_limit);
}

const char *page_words_per(struct sl_str per)
{
    if (sl_str_eq(per, SL_STR("user")))
        return "for you";
    if (sl_str_eq(per, SL_STR("client")))
        return "for this device";
    if (sl_str_eq(per, SL_STR("group")))
        return "shared by your group";
    return "shared by everyone";
}
