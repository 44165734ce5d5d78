/* verdict.h - what the policy answers, and because of which rule. Views point into the snapshot that judged:
 * hold a reference to it as long as the verdict is used. */
#ifndef SLUICE_VERDICT_H
#define SLUICE_VERDICT_H

#include "sluice/str.h"

enum {
    POLICY_MAX_CATEGORIES = 512,
    POLICY_MAX_QUOTAS = 128,
    POLICY_MAX_HEADERS = 64,
    VERDICT_MAX_REPORTS = 16,
    VERDICT_MAX_QUOTAS = POLICY_MAX_QUOTAS, /* none may be dropped: a quota that is not charged never ends */
    VERDICT_MAX_HEADERS = POLICY_MAX_HEADERS
};

struct category_set {
    uint64_t w[POLICY_MAX_CATEGORIES / 64];
};

enum action {
    ACTION_ALLOW,
    ACTION_BLOCK,
    ACTION_WARN,
    ACTION_QUOTA,
    ACTION_ERROR
}; /* words: allow block warn quota error */
const char *action_word(enum action a);
bool action_parse(struct sl_str word, enum action *out);

/* Why, as a word in the audit record: "rule", "default", "continued" (a warning was accepted), "quota", ...
 */
enum verdict_reason {
    REASON_DEFAULT,
    REASON_RULE,
    REASON_CONTINUED,
    REASON_QUOTA,
    REASON_QUOTA_WARNING,
    REASON_COUNT
};
const char *verdict_reason_word(enum verdict_reason r);

struct rate_def; /* sluice/policy.h */
struct sl_addr;

struct verdict {
    enum action action;
    enum verdict_reason reason;
    int rule;                        /* index in the snapshot, -1 = default */
    struct sl_str rule_id;           /* "" = default */
    struct sl_str title, message;    /* of the rule, may be empty */
    int64_t warn_for_s;              /* ACTION_WARN: how long an acceptance holds */
    const struct rate_def *throttle; /* of the rule that allows; NULL: none */
    const struct sl_addr *source;    /* from which the rule wants the origin dialled; NULL: any */
    struct sl_str parent;            /* of the rule: which parent proxies, "direct": none; "": no rule says */
    int quota;          /* the one that refuses or warns (REASON_QUOTA, REASON_QUOTA_WARNING), else -1 */
    int slow_quota;     /* the exhausted one that throttles, the slowest of them; -1: none */
    bool inspect;       /* what `inspection` says of a tunnel */
    bool needs_address; /* some rule asks for `address` and it was not known: judge again when resolved */
    bool needs_response;
    struct category_set categories;
    unsigned report_count; /* report_only rules that would have acted, in order; bounded */
    unsigned quota_count;  /* quotas whose condition holds: all are charged */
    unsigned header_count; /* header rules that hold, in order; none for a tunnel or an https URL */
    /* Last, and nothing behind the counts is set: clearing these would cost more than most decisions. */
    int16_t reports[VERDICT_MAX_REPORTS];
    uint8_t quotas[VERDICT_MAX_QUOTAS];
    uint8_t headers[VERDICT_MAX_HEADERS];
};

#endif
