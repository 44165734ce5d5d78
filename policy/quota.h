/* quota.h - words and windows of quotas: which stretch of time an hour, day, week or month is, by the clocks
 * of a zone. What was used up is kept by policy/store; here is only arithmetic. */
#ifndef POLICY_QUOTA_H
#define POLICY_QUOTA_H

#include "policy/zone.h"
#include "sluice/policy.h"

extern const char *const quota_per_words[];    /* by enum quota_per, NULL at the end */
extern const char *const quota_window_words[]; /* by enum quota_window, calendar ones only, NULL at the end */

/* The window that holds time_s, [start, end) in UTC. Windows tile time: the end of one is the start of the
 * next, also where clocks are set. A week starts on Monday. */
void quota_bounds(const struct zone *z, enum quota_window w, int64_t time_s, int64_t *out_start,
                  int64_t *out_end);

/* A rolling window moves on in steps: what was used in one step leaves together, when all of it is older than
 * the window. So an amount counts for the window and at most one step more, never shorter. */
enum { QUOTA_STEPS = 40 };
int64_t quota_step_s(int64_t rolling_s);
void quota_step_bounds(int64_t rolling_s, int64_t time_s, int64_t *out_start, int64_t *out_end);

#endif
