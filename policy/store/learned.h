/* learned.h - what the rest of the store does with learned hosts. See sluice/learned.h. */
#ifndef POLICY_STORE_LEARNED_H
#define POLICY_STORE_LEARNED_H

#include "policy/store/refusals.h"

struct learned *learned_new(const uint8_t secret[32]);
void learned_free(struct learned **l);
/* Takes what the rows say; when the store is opened, and when another process may have changed them. */
bool learned_load(struct store *s, struct sl_err *err);
/* Of what was counted, the next that has to be written down; see refusals_take. */
bool learned_take(struct learned *l, struct refusal_sum *out);

#endif
