/* date.c - see date.h. */
#include "proxy/http/date.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

static void two_digits(char *p, int v)
{
    p[0] = (char)('0' + v / 10 % 10);
    p[1] = (char)('0' + v % 10);
}

/* The names are ours: strftime would ask the locale. */
static void write_date(int64_t time_s, char out[HTTP_DATE_BYTES])
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t t = (time_t)(time_s < 0 ? 0 : time_s > 253402300799 ? 253402300799 : time_s);
    struct tm tm;
    gmtime_r(&t, &tm);
    memcpy(out, "Mon, 00 Jan 1970 00:00:00 GMT", HTTP_DATE_BYTES);
    memcpy(out, days + tm.tm_wday * 3, 3);
    two_digits(out + 5, tm.tm_mday);
    memcpy(out + 8, months + tm.tm_mon * 3, 3);
    two_digits(out + 12, (tm.tm_year + 1900) / 100);
    two_digits(out + 14, tm.tm_year + 1900);
    two_digits(out + 17, tm.tm_hour);
    two_digits(out + 20, tm.tm_min);
    two_digits(out + 23, tm.tm_sec);
}

/* A thousand answers a second have the same date: each thread keeps the text of its last one. */
void http_date(int64_t time_s, char out[HTTP_DATE_BYTES])
{
    static _Thread_local struct {
        bool known;
        int64_t time_s;
        char text[HTTP_DATE_BYTES];
    } last;
    if (!last.known || last.time_s != time_s)
        write_date(time_s, last.text);
    last.known = true;
    last.time_s = time_s;
    memcpy(out, last.text, HTTP_DATE_BYTES);
}
