/* ledger_slot.h - one counter of the ledger: its layout in the file, and counting in it. For ledger.c,
 * ledger_upgrade.c and usage.c alone.
 *
 *     calendar window:  bytes | requests | minutes of [window_start_s, window_end_s)
 *     rolling window:   a ring of steps (quota.h); [window_start_s, window_end_s) is the step charged now,
 *                       and what counts is the sum of those that the window still touches
 *
 * Both are charged, read and rolled over in one way; who holds the slot how is said with each function. */
#ifndef POLICY_STORE_LEDGER_SLOT_H
#define POLICY_STORE_LEDGER_SLOT_H

#include <assert.h>

#include "policy/quota.h"
#include "policy/store/keyhash.h"
#include "policy/store/slots.h"
#include "sluice/store.h"

/* The steps of a window, and the one it is leaving. */
enum { QUOTA_FIELD = 64, SUBJECT_FIELD = 108, LEDGER_RING = QUOTA_STEPS + 1 };

struct ledger_step {
    _Atomic uint64_t bytes;
    _Atomic uint64_t counts; /* extensions << 56 | minutes << 40 | requests */
};

struct ledger_slot {
    struct slot_head head;
    _Atomic uint64_t bytes, requests, extensions;
    _Atomic uint64_t activity; /* last active second << 32 | active minutes: one atomic step counts both */
    _Atomic uint64_t stir;     /* minute << 48 | requests << 32 | bytes: what that minute saw (background) */
    _Atomic int64_t window_start_s, window_end_s; /* change only alone */
    struct ledger_step ring[LEDGER_RING];
    uint8_t window, quota_n, subject_n, reserved; /* from here on: identity */
    uint32_t rolling_s;
    char quota[QUOTA_FIELD];
    char subject[SUBJECT_FIELD];
    uint8_t room[92];
};
static_assert(sizeof(struct ledger_slot) == 1024, "a slot is a fourth of a page");
static_assert(sizeof(uintptr_t) == 8, "an entry is two 32-bit numbers");

extern const struct slots_spec ledger_spec;

struct ledger {
    struct slots *slots;
    struct keyhash_key key;
};

struct ledger_charge {
    int64_t now_s;
    uint64_t bytes, requests;
};

/* What is charged at now_s belongs into the slot as it stands. Inside the slot. */
bool ledger_slot_current(const struct ledger_slot *e, int64_t now_s);
/* Inside the slot, while it is current. */
void ledger_slot_add(struct ledger_slot *e, const struct quota_def *q, const struct ledger_charge *c);
/* Reads the counters; false when their window is over. Inside the slot. */
bool ledger_slot_read(const struct ledger_slot *e, const struct quota_def *q, int64_t now_s,
                      struct quota_use *out);
/* Goes on to the window or step [start_s, end_s). Alone in the slot. */
void ledger_slot_roll(struct ledger_slot *e, const struct quota_def *q, int64_t start_s, int64_t end_s);
/* One more extension, while it is current. Alone in the slot. */
void ledger_slot_extend(struct ledger_slot *e, const struct quota_def *q);
/* Counts from zero. Alone in the slot. */
void ledger_slot_clear(struct ledger_slot *e);
/* All that the slot holds is older than its window. Inside the slot. */
bool ledger_slot_over(const struct ledger_slot *e, int64_t now_s);

/* Brings the file of an older version, in which a slot had a calendar window only, to this layout. */
bool ledger_upgrade(const char *path, uint64_t owner, struct sl_err *err);

#endif
