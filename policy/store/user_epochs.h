/* user_epochs.h - when did each proxy user last change? Counted in changes since the store was opened, so
 * that whoever was verified before a change can be told from whoever was verified after it. Any thread. */
#ifndef POLICY_STORE_USER_EPOCHS_H
#define POLICY_STORE_USER_EPOCHS_H

#include "sluice/str.h"

struct user_epochs;
struct user_epochs *user_epochs_new(void);
void user_epochs_free(struct user_epochs **u);
void user_epochs_note(struct user_epochs *u, struct sl_str name);
/* Some changed, and nobody knows which: all count as changed. */
void user_epochs_note_all(struct user_epochs *u);
/* Of all users. Lock-free. */
uint64_t user_epochs_newest(const struct user_epochs *u);
/* 0: not since the store was opened. */
uint64_t user_epochs_of(struct user_epochs *u, struct sl_str name);

#endif
