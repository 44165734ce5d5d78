/* consents.h - opening the table of accepted warnings; its use is in sluice/store.h. */
#ifndef POLICY_STORE_CONSENTS_H
#define POLICY_STORE_CONSENTS_H

#include "sluice/store.h"

enum { CONSENTS_MOST = 65536 };

/* shared: another process has it open, too (slots.h). */
bool consents_open(const char *path, const uint8_t secret[32], uint32_t most, bool shared,
                   struct consents **out, struct sl_err *err);
struct slots *consents_slots(struct consents *t);
void consents_close(struct consents **c);

#endif
