/* days.h - the files of the request log: which there are, what they are called, which day an id belongs to.
 *
 * A record lies in the file of the UTC day in which its id was made, which is when the request began. So the
 * order of files is the order of ids, a cursor is one number, and an id alone tells where its record is. */
#ifndef AUDIT_DAYS_H
#define AUDIT_DAYS_H

#include "sluice/err.h"

#define DAY_US ((int64_t)86400 * 1000000)

struct days {
    int64_t *items; /* days since 1970, rising */
    size_t count, cap;
};

int64_t day_of_id(uint64_t id);
int64_t day_of_time(int64_t wall_us);
uint64_t day_first_id(int64_t day);
/* The ids of a day whose requests can have begun from from_us on and before to_us (0: open), when starts lie
 * at most skew_us from the times of their ids. None: lo is above hi. */
void day_ids(int64_t day, int64_t from_us, int64_t to_us, int64_t skew_us, uint64_t *out_lo,
             uint64_t *out_hi);
/* "<state directory>/audit/audit-2026-11-23.db" on the heap. */
char *day_path(const char *directory, int64_t day);
/* What lies in the folder now; no folder is no days. */
bool days_list(const char *directory, struct days *out, struct sl_err *err);
void days_fini(struct days *d);

#endif
