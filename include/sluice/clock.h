/* clock.h - the only place that reads clocks; everything else is told the time. */
#ifndef SLUICE_CLOCK_H
#define SLUICE_CLOCK_H

#include "sluice/str.h"

int64_t sl_wall_us(void);      /* microseconds since 1970, UTC */
int64_t sl_monotonic_us(void); /* never goes back; for durations and deadlines */
int64_t sl_cpu_ns(void);       /* processor time that this thread has used, nanoseconds */

enum { SL_RFC3339_TEXT = 32 };
/* "2026-11-23T09:00:00.123Z" (milliseconds, UTC). Returns buf. */
const char *sl_rfc3339(int64_t wall_us, char buf[SL_RFC3339_TEXT]);
/* RFC 3339 with any offset, fraction optional. */
bool sl_rfc3339_parse(struct sl_str text, int64_t *out_wall_us);
/* The same, and what people type on a command line: "2026-11-23", "2026-11-23 09:00", "now", "-15m", "-2h",
 * "-7d". */
bool sl_time_parse(struct sl_str text, int64_t now_us, int64_t *out_wall_us);
/* "500ms" "30s" "5m" "2h" "24h" "7d" "2w" -> milliseconds; a bare number is seconds. */
bool sl_duration_parse(struct sl_str text, int64_t *out_ms);
/* "90d", "24h", "30s", "250ms": the largest unit that is exact. */
const char *sl_duration_text(int64_t ms, char buf[SL_RFC3339_TEXT]);
/* "64KiB" "100MB" "2GiB", a bare number is bytes; KB = 1000, KiB = 1024. */
bool sl_size_parse(struct sl_str text, uint64_t *out_bytes);
const char *sl_size_text(uint64_t bytes, char buf[SL_RFC3339_TEXT]);

#endif
