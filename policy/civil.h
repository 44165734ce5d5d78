/* civil.h - dates as day numbers: the proleptic Gregorian calendar, days counted from 1970-01-01. Plain
 * arithmetic. */
#ifndef POLICY_CIVIL_H
#define POLICY_CIVIL_H

#include "sluice/str.h"

enum { DAY_S = 86400 };

struct civil {
    int64_t year;
    int month, day; /* from 1 */
};

int64_t civil_days(int64_t year, int month, int day); /* month may run over: 13 is January of the next year */
struct civil civil_date(int64_t days);
bool civil_parse(struct sl_str text, int64_t *out_days); /* "2026-12-01" */
int civil_weekday(int64_t days);                         /* 0 = Monday */
/* Division that rounds down, also below zero. */
int64_t civil_floor(int64_t value, int64_t by);

#endif
