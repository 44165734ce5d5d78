/* civil.c - see civil.h. Counts in years that begin in March, so that the leap day is the last of its year.
 */
#include "policy/civil.h"

enum { DAYS_PER_ERA = 146097 /* 400 years */, DAYS_TO_1970 = 719468 /* from 0000-03-01 */ };

int64_t civil_floor(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

int64_t civil_days(int64_t year, int month, int day)
{
    int64_t months = year * 12 + month - 1 - 2; /* whole months since March of year 0 */
    int64_t y = civil_floor(months, 12), m = months - y * 12;
    int64_t era = civil_floor(y, 400), of_era = y - era * 400;
    int64_t of_year = (153 * m + 2) / 5 + day - 1;
    return era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970;
}

struct civil civil_date(int64_t days)
{
    int64_t z = days + DAYS_TO_1970;
    int64_t era = civil_floor(z, DAYS_PER_ERA), of_era = z - era * DAYS_PER_ERA;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int m = (int)((5 * of_year + 2) / 153); /* 0 = March */
    struct civil c = {.month = m < 10 ? m + 3 : m - 9, .day = (int)(of_year - (153 * m + 2) / 5) + 1};
    c.year = era * 400 + y + (c.month <= 2);
    return c;
}

bool civil_parse(struct sl_str text, int64_t *out_days)
{
    uint64_t year, month, day;
    if (text.n != 10 || text.p[4] != '-' || text.p[7] != '-' ||
        !sl_str_u64(sl_str_sub(text, 0, 4), 9999, &year) || !sl_str_u64(sl_str_sub(text, 5, 2), 12, &month) ||
        !sl_str_u64(sl_str_sub(text, 8, 2), 31, &day) || month == 0 || day == 0)
        return false;
    *out_days = civil_days((int64_t)year, (int)month, (int)day);
    return civil_date(*out_days).day == (int)day; /* no 31st in a month of 30 days */
}

int civil_weekday(int64_t days)
{
    int64_t shifted = days + 3; /* 1970-01-01 was a Thursday */
    return (int)(shifted - civil_floor(shifted, 7) * 7);
}
