/* ledger_slot.h - the layout of one counter in the ledger's file; for ledger.c and usage.c alone. */
#ifndef POLICY_STORE_LEDGER_SLOT_H
#define POLICY_STORE_LEDGER_SLOT_H

#include <assert.h>

#include "policy/store/keyhash.h"
#include "policy/store/slots.h"
#include "sluice/store.h"

enum { QUOTA_FIELD = 64, SUBJECT_FIELD = 108 };

struct ledger_slot {
    struct slot_head head;
    _Atomic uint64_t bytes, requests;
    _Atomic uint64_t minutes; /* last active minute << 32 | how many: one atomic step counts a minute once */
    _Atomic int64_t window_start_s, window_end_s; /* change only alone */
    uint8_t window, quota_n, subject_n, reserved; /* from here on: identity */
    char quota[QUOTA_FIELD];
    char subject[SUBJECT_FIELD];
};
static_assert(sizeof(struct ledger_slot) == 256, "a slot is four cache lines");
static_assert(sizeof(uintptr_t) == 8, "an entry is two 32-bit numbers");

struct ledger {
    struct slots *slots;
    struct keyhash_key key;
};

/* The window of the slot is the one that holds now_s. Inside the slot. */
bool ledger_slot_current(const struct ledger_slot *e, int64_t now_s);
/* Reads the counters; false when their window is over. Inside the slot. */
bool ledger_slot_read(const struct ledger_slot *e, int64_t now_s, struct quota_use *out);
/* Counts from zero. Alone in the slot. */
void ledger_slot_clear(struct ledger_slot *e);

#endif
