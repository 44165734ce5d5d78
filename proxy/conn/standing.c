/* standing.c - what state adds to the policy's verdict: accepted warnings, used-up quotas, and the charges
 * for this request.
 *
 * What moves is charged at once, and all that an audit record says before the record is made, so that the
 * ledger knows of every byte that a finished request took, whatever kills the process. Limits are looked at
 * every 64 KiB or second, so a transfer may pass its limit by as much. What is refused is `uncharged`; so has
 * to be a tunnel whose requests are seen inside it (inspection): they are transactions of their own and pay
 * for themselves, and a byte is paid once. */
#include <string.h>

#include "proxy/conn/inspect.h"
#include "proxy/conn/learn.h"
#include "proxy/http/accept.h"

enum { CHECK_BYTES = 65536, CHECK_MS = 1000, SUBJECTS_MAX = 64 };

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

/* Room for n more entries; kept, as a long tunnel is judged many times. */
static bool reserve_entries(struct txn *t, size_t n)
{
    size_t needed = t->entry_count + n;
    if (needed <= t->entry_cap)
        return true;
    size_t cap = SL_MAX(2 * (size_t)t->entry_cap, needed);
    struct txn_entry *more = sl_arena_alloc(&t->arena, cap * sizeof *more);
    if (!more)
        return false;
    if (t->entry_count > 0)
        memcpy(more, t->entries, t->entry_count * sizeof *more);
    t->entries = more;
    t->entry_cap = (uint32_t)cap;
    return true;
}

static void add_entries(struct txn *t, int quota)
{
    struct plane *p = t->conn->plane;
    struct sl_str subjects[SUBJECTS_MAX];
    char space[SL_ADDR_TEXT];
    size_t n = quota_subjects(t->pin->snapshot, quota, &t->facts, subjects, SUBJECTS_MAX, space);
    bool room = reserve_entries(t, n);
    for (size_t i = 0; i < n; i++) {
        struct ledger_entry *e =
            room ? ledger_find(p->ledger, t->pin->snapshot, quota, subjects[i], now_s(t)) : NULL;
        if (!e) {
            refuse_uncounted(t, quota);
            return;
        }
        t->entries[t->entry_count++] = (struct txn_entry){e, quota};
    }
}

/* A person opens pages; what a page fetches for itself names it as referrer and asks for no HTML. Only a
 * person can do something with a warning. */
static bool may_show_warning(const struct txn *t)
{
    return t->method == METHOD_GET &&
           (t->referrer.n == 0 || (t->opening && accept_names_html(t->opening->accept)));
}

/* What the policy would have inspected is tunnelled: our authority may not sign for it. */
static bool constraints_bypass(struct txn *t)
{
    struct sl_str host = t->facts.url->host;
    if (SL_LIKELY(inspect_may_sign(t->conn->plane, host)))
        return false;
    conn_trace(t->conn, "the name constraints of our authority leave %.*s out", SL_FMT(host));
    return true;
}

void txn_judge(struct txn *t)
{
    struct plane *p = t->conn->plane;
    struct verdict *v = &t->verdict;
    policy_decide(t->pin->snapshot, p->scratch, &t->facts, v);
    metrics_set(p->metrics, METRIC_REGEX_LIMITS, policy_scratch_limits_hit(p->scratch));
    judge_standing(p->ledger, p->consents, t->pin->snapshot, &t->facts, v);
    if (v->reason == REASON_QUOTA_WARNING && !may_show_warning(t))
        v->action = ACTION_ALLOW;
    t->entry_count = 0;
    t->quota = SL_STR("");
    VERDICT_EACH(quota, v->quotas)
    add_entries(t, (int)quota);
    if (SL_UNLIKELY(t->tunnel && v->inspect) && (learn_bypasses(t) || constraints_bypass(t)))
        v->inspect = false;
    t->uncharged = v->action != ACTION_ALLOW || inspect_wants(t);
    t->action = v->action;
    t->reason = sl_cstr(verdict_reason_word(v->reason));
    if (v->quota >= 0)
        t->quota = snapshot_quota(t->pin->snapshot, v->quota)->id;
    if (SL_UNLIKELY(v->throttle || v->slow_quota >= 0 || t->pace))
        pace_follow(t);
}

static void charge(struct txn *t, uint64_t bytes, uint64_t requests)
{
    struct plane *p = t->conn->plane;
    for (size_t i = 0; i < t->entry_count && !t->uncharged; i++)
        ledger_charge(p->ledger, t->entries[i].entry, t->pin->snapshot, t->entries[i].quota, now_s(t), bytes,
                      requests);
}

/* A quota that is used up and refuses; NULL: none. out_slow: the one that throttles, as in the verdict. */
static const struct quota_def *exhausted(const struct txn *t, int *out_slow)
{
    struct plane *p = t->conn->plane;
    const struct snapshot *s = t->pin->snapshot;
    *out_slow = -1;
    for (size_t i = 0; i < t->entry_count; i++) {
        struct quota_use use;
        int quota = t->entries[i].quota;
        const struct quota_def *q = snapshot_quota(s, quota);
        ledger_use(p->ledger, t->entries[i].entry, s, quota, now_s(t), &use);
        use.requests -= t->facts.last_counted && use.requests > 0;
        if (!quota_exhausted(q, &use))
            continue;
        if (q->then == ACTION_BLOCK)
            return q;
        if (q->throttle.bytes_per_s)
            *out_slow = quota_slower(s, *out_slow, quota);
    }
    return NULL;
}

bool txn_quota_changed(const struct txn *t)
{
    int slow;
    return exhausted(t, &slow) != NULL || slow != t->verdict.slow_quota;
}

void txn_charge_request(struct txn *t)
{
    if (t->entry_count == 0)
        return;
    int slow;
    charge(t, 0, 1);
    t->facts.last_counted = !t->uncharged && exhausted(t, &slow);
    t->checked_ms = loop_now_ms(t->conn->plane->loop);
}

void txn_charge_all(struct txn *t, uint64_t to_come)
{
    uint64_t total = t->bytes_in + t->bytes_out + to_come;
    if (total <= t->charged)
        return;
    charge(t, total - t->charged, 0);
    t->charged = total;
}

bool txn_charge_bytes(struct txn *t)
{
    if (t->entry_count == 0)
        return true;
    int64_t now_ms = loop_now_ms(t->conn->plane->loop);
    int slow; /* the next sweep sees to it */
    txn_charge_all(t, 0);
    if (t->charged - t->checked < CHECK_BYTES && now_ms - t->checked_ms < CHECK_MS)
        return true;
    t->checked = t->charged;
    t->checked_ms = now_ms;
    const struct quota_def *over = exhausted(t, &slow);
    if (over)
        t->quota = over->id;
    return !over;
}
