/* verdict.h - what the policy answers, and because of which rule. Views point into the snapshot that judged:
 * hold a reference to it as long as the verdict is used. */
#ifndef SLUICE_VERDICT_H
#define SLUICE_VERDICT_H

#include "sluice/str.h"

enum {
    POLICY_MAX_CATEGORIES = 512,
    POLICY_MAX_QUOTAS = 128,
    POLICY_MAX_HEADERS = 64,
    VERDICT_MAX_REPORTS = 16
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

/* What an exception of `inspection` makes of an origin whose TLS has a fault. */
enum excuse {
    EXCUSE_NONE,  /* refused: no exception, or one that says block */
    EXCUSE_ALLOW, /* inspected all the same */
    EXCUSE_TUNNEL /* passed on unseen: the client judges for itself */
};                /* words: block allow tunnel */
const char *excuse_word(enum excuse e);

struct rate_def; /* sluice/policy.h */
struct sl_addr;

struct verdict {
    enum action action;
    enum verdict_reason reason;
    int rule;                        /* index in the snapshot, -1 = default */
    unsigned report_count;           /* report_only rules that would have acted, in order; bounded */
    struct sl_str rule_id;           /* "" = default */
    struct sl_str title, message;    /* of the rule, may be empty */
    int64_t warn_for_s;              /* ACTION_WARN: how long an acceptance holds */
    const struct rate_def *throttle; /* of the rule that allows; NULL: none */
    const struct sl_addr *source;    /* from which the rule wants the origin dialled; NULL: any */
    struct sl_str parent;            /* of the rule: which parent proxies, "direct": none; "": no rule says */
    int quota;      /* the one that refuses or warns (REASON_QUOTA, REASON_QUOTA_WARNING), else -1 */
    int slow_quota; /* the exhausted one that throttles, the slowest of them; -1: none */
    struct sl_str resolve_as; /* of a header rule: whose addresses are dialled; "": the host's own */
    bool inspect;             /* what `inspection` says of a tunnel */
    enum excuse excuse;       /* of facts.faults */
    struct sl_str exception;  /* the id of the one that decided about them, "" = default */
    bool needs_address; /* some rule asks for `address` and it was not known: judge again when resolved */
    bool needs_response;
    struct category_set categories;
    uint64_t quotas[POLICY_MAX_QUOTAS / 64];   /* whose condition holds: all are charged; see VERDICT_EACH */
    uint64_t headers[POLICY_MAX_HEADERS / 64]; /* rules that hold; of a tunnel: those with resolve_as */
    int16_t reports[VERDICT_MAX_REPORTS];      /* nothing behind the count is set */
};

static inline bool verdict_holds_none(const uint64_t *set, size_t words)
{
    uint64_t any = 0;
    for (size_t w = 0; w < words; w++)
        any |= set[w];
    return any == 0;
}
/* Each number n of a verdict's set of quotas or headers, in the order of the document. Not left by break. */
#define VERDICT_EACH(n, set)                                                              \
    for (size_t n##_word = 0; n##_word < SL_COUNT(set); n##_word++)                       \
        for (uint64_t n, n##_bits = (set)[n##_word];                                      \
             n##_bits && (n = n##_word * 64 + (unsigned)__builtin_ctzll(n##_bits), true); \
             n##_bits &= n##_bits - 1)

#endif
