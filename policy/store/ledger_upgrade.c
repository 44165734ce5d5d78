/* ledger_upgrade.c - the ledger's file as the first version wrote it, read once more: slots of 256 bytes with
 * one calendar window each. */
#include <string.h>

#include "policy/store/ledger_slot.h"
#include "policy/store/mapfile.h"

struct slot_v1 {
    struct slot_head head;
    uint64_t bytes, requests;
    uint64_t minutes; /* last active minute << 32 | how many */
    int64_t window_start_s, window_end_s;
    uint8_t window, quota_n, subject_n, reserved; /* from here on: identity */
    char quota[QUOTA_FIELD];
    char subject[SUBJECT_FIELD];
};
static_assert(sizeof(struct slot_v1) == 256, "as it was written");

static const struct slots_spec spec_v1 = {.slot_bytes = sizeof(struct slot_v1),
                                          .identity_offset = offsetof(struct slot_v1, window)};

/* A free slot, and one whose checksum fails, is left behind. */
static bool convert(const void *unit, void *out)
{
    struct slot_v1 old;
    struct ledger_slot *e = out;
    memcpy(&old, unit, sizeof old);
    if (atomic_load(&old.head.used) != 1 || old.head.crc != slots_crc(&spec_v1, &old.head))
        return false;
    uint64_t last_s = (old.minutes >> 32) * 60 + 59;
    memcpy(&e->head, &old.head, sizeof e->head);
    e->bytes = old.bytes;
    e->requests = old.requests;
    e->activity = last_s << 32 | (old.minutes & UINT32_MAX);
    e->window_start_s = old.window_start_s;
    e->window_end_s = old.window_end_s;
    e->window = old.window;
    e->quota_n = old.quota_n;
    e->subject_n = old.subject_n;
    memcpy(e->quota, old.quota, sizeof e->quota);
    memcpy(e->subject, old.subject, sizeof e->subject);
    e->head.crc = slots_crc(&ledger_spec, &e->head);
    return true;
}

bool ledger_upgrade(const char *path, uint64_t owner, struct sl_err *err)
{
    const struct mapfile_layout from = {"slquota", sizeof(struct slot_v1)},
                                to = {ledger_spec.magic, ledger_spec.slot_bytes};
    return mapfile_upgrade(path, &from, &to, owner, convert, err);
}
