/* log.h - the operational log: prose for the administrator at 3 a.m., one line per event on stderr
 * ("area: what happened: values"), with systemd priority prefix when stderr is the journal, a timestamp
 * otherwise. Control bytes in values are escaped. What a client can trigger is rate limited by the caller.
 * Any thread. */
#ifndef SLUICE_LOG_H
#define SLUICE_LOG_H

#include "sluice/base.h"

enum sl_log_level { SL_LOG_ERROR, SL_LOG_WARNING, SL_LOG_NOTICE, SL_LOG_INFO, SL_LOG_DEBUG };

void sl_log_level(enum sl_log_level most_verbose); /* default SL_LOG_NOTICE */
bool sl_log_enabled(enum sl_log_level level);
void sl_log(enum sl_log_level level, const char *area, const char *fmt, ...) SL_PRINTF(3, 4);
#define sl_log_error(area, ...) sl_log(SL_LOG_ERROR, area, __VA_ARGS__)
#define sl_log_warning(area, ...) sl_log(SL_LOG_WARNING, area, __VA_ARGS__)
#define sl_log_notice(area, ...) sl_log(SL_LOG_NOTICE, area, __VA_ARGS__)
#define sl_log_info(area, ...) sl_log(SL_LOG_INFO, area, __VA_ARGS__)
#define sl_log_debug(area, ...) \
    (sl_log_enabled(SL_LOG_DEBUG) ? sl_log(SL_LOG_DEBUG, area, __VA_ARGS__) : (void)0)

#endif
