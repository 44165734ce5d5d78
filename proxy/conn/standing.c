/* standing.c - what state adds to the policy's verdict: accepted warnings, used-up quotas, and the charges
 * for this request. Bytes are told to the ledger in batches, so a transfer may pass its limit by one batch.
 */
#include "proxy/conn/txn.h"

enum { BATCH_BYTES = 65536, BATCH_MS = 1000, SUBJECTS_MAX = 16 };

static int64_t now_s(const struct txn *t)
{
    return loop_wall_us(t->conn->plane->loop) / 1000000;
}

/* A quota whose counters can't be kept (the ledger is full) counts as used up: nothing passes uncounted. */
static void refuse_uncounted(struct txn *t, int quota)
{
    t->verdict.action = ACTION_QUOTA;
    t->verdict.reason = REASON_QUOTA;
    t->verdict.quota = quota;
}

static void add_entries(struct txn *t, int quota)
{
    struct plane *p = t->conn->plane;
    struct sl_str subjects[SUBJECTS_MAX];
    char space[SL_ADDR_TEXT];
    size_t n = quota_subjects(t->pin->snapshot, quota, &t->facts, subjects, SUBJECTS_MAX, space);
    for (size_t i = 0; i < n; i++) {
        struct ledger_entry *e = t->entry_count < TXN_ENTRIES_MAX
                                     ? ledger_find(p->ledger, t->pin->snapshot, quota, subjects[i], now_s(t))
                                     : NULL;
        if (!e) {
            refuse_uncounted(t, quota);
            return;
        }
        t->entries[t->entry_count++] = (struct txn_entry){e, quota};
    }
}

void txn_judge(struct txn *t)
{
    struct plane *p = t->conn->plane;
    policy_decide(t->pin->snapshot, p->scratch, &t->facts, &t->verdict);
    judge_standing(p->ledger, p->consents, t->pin->snapshot, &t->facts, &t->verdict);
    t->entry_count = 0;
    t->quota = SL_STR("");
    for (unsigned i = 0; i < t->verdict.quota_count; i++)
        add_entries(t, t->verdict.quotas[i]);
    t->action = t->verdict.action;
    t->reason = sl_cstr(verdict_reason_word(t->verdict.reason));
    if (t->verdict.quota >= 0)
        t->quota = snapshot_quota(t->pin->snapshot, t->verdict.quota)->id;
    if (SL_UNLIKELY(t->verdict.throttle || t->pace))
        pace_follow(t);
}

static void charge(struct txn *t, uint64_t bytes, uint64_t requests)
{
    struct plane *p = t->conn->plane;
    for (size_t i = 0; i < t->entry_count; i++)
        ledger_charge(p->ledger, t->entries[i].entry, t->pin->snapshot, t->entries[i].quota, now_s(t), bytes,
                      requests);
}

/* A quota that refuses (and does not only warn) and is used up; NULL: none. */
static const struct quota_def *exhausted(const struct txn *t)
{
    struct plane *p = t->conn->plane;
    for (size_t i = 0; i < t->entry_count; i++) {
        struct quota_use use;
        const struct quota_def *q = snapshot_quota(t->pin->snapshot, t->entries[i].quota);
        ledger_use(p->ledger, t->entries[i].entry, t->pin->snapshot, t->entries[i].quota, now_s(t), &use);
        if (q->then != ACTION_WARN && quota_exhausted(q, &use))
            return q;
    }
    return NULL;
}

bool txn_quota_changed(const struct txn *t)
{
    return exhausted(t) != NULL;
}

void txn_charge_request(struct txn *t)
{
    if (t->entry_count == 0)
        return;
    charge(t, 0, 1);
    t->charged_ms = loop_now_ms(t->conn->plane->loop);
}

bool txn_charge_bytes(struct txn *t, bool all)
{
    if (t->entry_count == 0)
        return true;
    uint64_t moved = t->bytes_in + t->bytes_out - t->charged;
    int64_t now_ms = loop_now_ms(t->conn->plane->loop);
    bool due = moved >= BATCH_BYTES || (moved > 0 && now_ms - t->charged_ms >= BATCH_MS);
    if (!due && !(all && moved > 0))
        return true;
    t->charged += moved;
    t->charged_ms = now_ms;
    charge(t, moved, 0);
    const struct quota_def *over = all ? NULL : exhausted(t);
    if (over)
        t->quota = over->id;
    return !over;
}
