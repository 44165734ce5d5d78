/* replay.h - front door of replay/: recorded requests judged again. What would have come out otherwise, had
 * another policy been in force? Any thread. */
#ifndef SLUICE_REPLAY_H
#define SLUICE_REPLAY_H

#include <jansson.h>

#include "sluice/audit.h"
#include "sluice/policy.h"

/* A record as facts: everything that was known in the end and is kept. Views into the record and the arena.
 */
struct replay_facts {
    struct sl_url url;
    struct sl_str groups[RECORD_MAX_NAMES]; /* those of the record; a caller may leave some out */
    struct facts facts;
};
/* False: there is no URL that could be judged, since the request could not be read or the record is damaged.
 */
bool replay_facts_read(const struct record *r, struct sl_arena *arena, struct replay_facts *out);
/* Did the policy decide on this request, or did the gateway end it by itself (malformed, no login, a private
 * address), whatever the policy says of it? */
bool replay_by_policy(const struct record *r);
/* The verdict that the gateway would have come to: judged when the request came, again with the address that
 * was dialled, again with what is known of the answer; a refusal ends it. Quotas and accepted warnings, which
 * are state, are left out. */
void replay_judge(const struct snapshot *s, struct policy_scratch *scratch, const struct replay_facts *f,
                  struct verdict *out);

struct replay_plan {
    const char *directory;         /* the state directory */
    const struct snapshot *before; /* judged on the same facts; NULL: what was recorded then */
    const struct snapshot *after;
    int64_t from_us, to_us; /* to excluded */
    unsigned limit;         /* of hosts, rules and users that are listed, most requests first */
    unsigned examples;
    bool (*go_on)(void *arg, uint64_t seen, uint64_t about); /* may be NULL; false cancels: SL_BUSY */
    void *arg;
};
/* The report (new reference):
 * {"from","to","against":"active|record","requests","judged","unjudged","changed","users","users_exact",
 *  "hosts_changed","hosts_exact","other_rule",
 *  "transitions":[{"from","to","requests","users"}],
 *  "hosts":[{"host","before","after","rule_before","rule","requests","users","example"}],
 *  "rules":[{"rule_before","rule","before","after","requests","users","example"}],
 *  "by_user":[{"user","client","requests","hosts"}],
 *  "examples":[ids],"notes":[{"code","requests","text"}]}
 * Counts are exact up to bounds of memory, and say where they are not. */
bool replay_run(const struct replay_plan *plan, json_t **out, struct sl_err *err);

#endif
