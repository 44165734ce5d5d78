/* standing.c - what only state knows about a decision: warnings that were accepted, quotas that are used up.
 * policy_decide stays pure; this adds the rest, for the proxy and for `explain` alike. Reads only: a question
 * never makes an entry. */
#include <inttypes.h>

#include "policy/store/ledger.h"

enum { SUBJECTS_MOST = 64, QUOTA_WARN_S = 3600 };

/* In place of the domain for which a warning was accepted; no host is called so. */
#define WARNED_WHERE SL_STR("/warn_at")

static uint64_t extended(uint64_t limit, uint64_t each, unsigned times)
{
    unsigned __int128 sum = (unsigned __int128)each * times + limit;
    return limit == 0 ? 0 : sum > INT64_MAX && limit <= INT64_MAX ? INT64_MAX : (uint64_t)sum;
}

struct quota_amounts quota_limit(const struct quota_def *q, const struct quota_use *use)
{
    const struct quota_amounts *each = &q->extension.amounts;
    unsigned times = (unsigned)SL_MIN((uint64_t)use->extensions, q->extension.times);
    return (struct quota_amounts){.bytes = extended(q->limit.bytes, each->bytes, times),
                                  .requests = extended(q->limit.requests, each->requests, times),
                                  .minutes = extended(q->limit.minutes, each->minutes, times)};
}

bool quota_exhausted(const struct quota_def *q, const struct quota_use *use)
{
    struct quota_amounts limit = quota_limit(q, use);
    return (limit.bytes && use->bytes >= limit.bytes) ||
           (limit.requests && use->requests >= limit.requests) ||
           (limit.minutes && use->minutes >= limit.minutes);
}

static unsigned percent_of(uint64_t used, uint64_t limit)
{
    if (!limit)
        return 0;
    unsigned __int128 percent = (unsigned __int128)used * 100 / limit;
    return percent > UINT32_MAX ? UINT32_MAX : (unsigned)percent;
}

unsigned quota_percent(const struct quota_def *q, const struct quota_use *use)
{
    struct quota_amounts limit = quota_limit(q, use);
    unsigned bytes = percent_of(use->bytes, limit.bytes),
             requests = percent_of(use->requests, limit.requests),
             minutes = percent_of(use->minutes, limit.minutes), most = SL_MAX(bytes, requests);
    return SL_MAX(most, minutes);
}

static size_t add_groups(struct sl_str *out, size_t count, size_t max, const struct sl_str *more,
                         size_t more_count)
{
    for (size_t i = 0; i < more_count && count < max; i++) {
        bool known = false;
        for (size_t j = 0; j < count && !known; j++)
            known = sl_str_eq(out[j], more[i]);
        if (!known)
            out[count++] = more[i];
    }
    return count;
}

size_t quota_subjects(const struct snapshot *s, int quota, const struct facts *facts, struct sl_str *out,
                      size_t max, char buf[SL_ADDR_TEXT])
{
    if (max == 0)
        return 0;
    switch (snapshot_quota(s, quota)->per) {
    case QUOTA_PER_ALL:
        out[0] = SL_STR("all");
        return 1;
    case QUOTA_PER_GROUP: {
        size_t count = facts->user.n ? snapshot_groups_of(s, facts->user, out, max) : 0;
        return add_groups(out, count, max, facts->groups, facts->group_count);
    }
    case QUOTA_PER_USER:
        if (facts->user.n) {
            out[0] = facts->user;
            return 1;
        }
        break; /* nobody we know: the client answers for it */
    case QUOTA_PER_CLIENT:
        break;
    }
    out[0] = sl_cstr(sl_addr_text(facts->client, buf));
    return 1;
}

enum fill { FILL_SOME, FILL_MUCH, FILL_ALL };

/* How full this quota is for the one of its subjects that used most: FILL_MUCH from `warn_at` on. No room for
 * a new entry counts as used up: what cannot be counted is not let through. */
static enum fill fill_of(struct ledger *l, const struct snapshot *s, int quota, const struct facts *facts)
{
    const struct quota_def *q = snapshot_quota(s, quota);
    struct sl_str subjects[SUBJECTS_MOST];
    char buf[SL_ADDR_TEXT];
    size_t count = quota_subjects(s, quota, facts, subjects, SUBJECTS_MOST, buf);
    enum fill fill = FILL_SOME;
    for (size_t i = 0; i < count; i++) {
        struct quota_use use;
        struct ledger_entry *e = ledger_peek(l, s, quota, subjects[i], facts->time_s);
        if (!e && ledger_full(l))
            return FILL_ALL;
        ledger_use(l, e, s, quota, facts->time_s, &use);
        use.requests -= facts->last_counted && use.requests > 0;
        if (e && quota_exhausted(q, &use))
            return FILL_ALL;
        if (e && q->warn_at && quota_percent(q, &use) >= q->warn_at)
            fill = FILL_MUCH;
    }
    return fill;
}

static struct sl_str who_of(const struct facts *facts, char buf[SL_ADDR_TEXT])
{
    return facts->user.n ? facts->user : sl_cstr(sl_addr_text(facts->client, buf));
}

static bool accepted(struct consents *c, const struct facts *facts, struct sl_str rule)
{
    char buf[SL_ADDR_TEXT];
    return consents_accepted(c, who_of(facts, buf), sl_host_registrable(facts->url->host), rule,
                             facts->time_s);
}

bool quota_warned(struct consents *c, const struct facts *facts, const struct quota_def *q)
{
    char buf[SL_ADDR_TEXT];
    return consents_accepted(c, who_of(facts, buf), WARNED_WHERE, q->id, facts->time_s);
}

void quota_note_warned(struct consents *c, const struct snapshot *s, const struct facts *facts,
                       const struct quota_def *q)
{
    char buf[SL_ADDR_TEXT];
    int64_t start_s, end_s = facts->time_s + q->rolling_s;
    if (q->window != QUOTA_ROLLING)
        snapshot_quota_window(s, q, facts->time_s, &start_s, &end_s);
    consents_accept(c, who_of(facts, buf), WARNED_WHERE, q->id, end_s);
}

static void stop_for_quota(const struct snapshot *s, int quota, struct verdict *v)
{
    const struct quota_def *q = snapshot_quota(s, quota);
    v->reason = REASON_QUOTA;
    v->quota = quota;
    v->title = q->title;
    v->message = q->message;
    if (q->then == ACTION_WARN) {
        /* The continue page accepts "this warning" by rule_id: for a quota that is the quota's id. */
        v->action = ACTION_WARN;
        v->rule_id = q->id;
        v->warn_for_s = QUOTA_WARN_S;
    } else {
        v->action = ACTION_QUOTA;
    }
}

/* Nobody sees a page in a tunnel: it goes on, and the reason tells why it might have been a warning. */
static void warn_of_quota(const struct snapshot *s, int quota, const struct facts *facts, struct verdict *v)
{
    const struct quota_def *q = snapshot_quota(s, quota);
    v->reason = REASON_QUOTA_WARNING;
    v->quota = quota;
    if (facts->tunnel)
        return;
    v->action = ACTION_WARN;
    v->title = q->title;
    v->message = q->message;
    v->warn_for_s = 0;
}

int quota_slower(const struct snapshot *s, int a, int b)
{
    if (a < 0)
        return b;
    return snapshot_quota(s, b)->throttle.bytes_per_s < snapshot_quota(s, a)->throttle.bytes_per_s ? b : a;
}

void judge_standing(struct ledger *l, struct consents *c, const struct snapshot *s, const struct facts *facts,
                    struct verdict *v)
{
    if (v->action == ACTION_WARN && accepted(c, facts, v->rule_id)) {
        v->action = ACTION_ALLOW;
        v->reason = REASON_CONTINUED;
    }
    if (v->action != ACTION_ALLOW || verdict_holds_none(v->quotas, SL_COUNT(v->quotas)))
        return;
    int warn = -1, soon = -1;
    VERDICT_EACH(number, v->quotas)
    {
        int quota = (int)number;
        const struct quota_def *q = snapshot_quota(s, quota);
        enum fill fill = fill_of(l, s, quota, facts);
        if (fill == FILL_ALL && q->then == ACTION_BLOCK) {
            stop_for_quota(s, quota, v);
            return;
        }
        if (fill == FILL_ALL && q->throttle.bytes_per_s)
            v->slow_quota = quota_slower(s, v->slow_quota, quota);
        if (fill == FILL_ALL && q->then == ACTION_WARN) {
            if (warn < 0 && !accepted(c, facts, q->id))
                warn = quota;
        } else if (fill != FILL_SOME && q->warn_at && soon < 0 && !quota_warned(c, facts, q)) {
            soon = quota;
        }
    }
    if (warn >= 0)
        stop_for_quota(s, warn, v);
    else if (soon >= 0)
        warn_of_quota(s, soon, facts, v);
}
