/* standing.c - what only state knows about a decision: warnings that were accepted, quotas that are used up.
 * policy_decide stays pure; this adds the rest, for the proxy and for `explain` alike. Reads only: a question
 * never makes an entry. */
#include <inttypes.h>

#include "policy/store/ledger.h"

enum { SUBJECTS_MOST = 64, QUOTA_WARN_S = 3600 };

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

/* Whether this quota is used up for any of its subjects. No room for a new entry counts as used up: what
 * cannot be counted is not let through. */
static bool used_up(struct ledger *l, const struct snapshot *s, int quota, const struct facts *facts)
{
    struct sl_str subjects[SUBJECTS_MOST];
    char buf[SL_ADDR_TEXT];
    size_t count = quota_subjects(s, quota, facts, subjects, SUBJECTS_MOST, buf);
    for (size_t i = 0; i < count; i++) {
        struct quota_use use;
        struct ledger_entry *e = ledger_peek(l, s, quota, subjects[i], facts->time_s);
        if (!e && ledger_full(l))
            return true;
        ledger_use(l, e, s, quota, facts->time_s, &use);
        if (e && quota_exhausted(snapshot_quota(s, quota), &use))
            return true;
    }
    return false;
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

static void stop_for_quota(const struct quota_def *q, int quota, struct verdict *v)
{
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

void judge_standing(struct ledger *l, struct consents *c, const struct snapshot *s, const struct facts *facts,
                    struct verdict *v)
{
    if (v->action == ACTION_WARN && accepted(c, facts, v->rule_id)) {
        v->action = ACTION_ALLOW;
        v->reason = REASON_CONTINUED;
    }
    if (v->action != ACTION_ALLOW)
        return;
    int warn = -1;
    for (unsigned i = 0; i < v->quota_count; i++) {
        int quota = v->quotas[i];
        const struct quota_def *q = snapshot_quota(s, quota);
        if ((q->then == ACTION_WARN && (warn >= 0 || accepted(c, facts, q->id))) ||
            !used_up(l, s, quota, facts))
            continue;
        if (q->then != ACTION_WARN) {
            stop_for_quota(q, quota, v);
            return;
        }
        warn = quota;
    }
    if (warn >= 0)
        stop_for_quota(snapshot_quota(s, warn), warn, v);
}
