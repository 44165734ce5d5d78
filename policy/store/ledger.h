/* ledger.h - opening the quota ledger; its use is in sluice/store.h.
 *
 * One slot per (quota, kind of window, subject) holds the counters of one window. An entry handed out is
 * index and generation of a slot in the shape of a pointer: after the slot was swept it means nothing and
 * charges nothing (see ledger_sweep). */
#ifndef POLICY_STORE_LEDGER_H
#define POLICY_STORE_LEDGER_H

#include "sluice/store.h"

enum { LEDGER_MOST = 1000000, LEDGER_LATE_S = 120, LEDGER_IDLE_S = 24 * 3600, LEDGER_IDLE_FULL_S = 3600 };

/* shared: another process has it open, too (slots.h). */
bool ledger_open(const char *path, const uint8_t secret[32], uint32_t most, bool shared, struct ledger **out,
                 struct sl_err *err);
struct slots *ledger_slots(struct ledger *t);
void ledger_close(struct ledger **l);
/* A new entry would find no room. */
bool ledger_full(const struct ledger *l);

#endif
