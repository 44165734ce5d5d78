/* walk.h - one decision under way: the facts, what was derived from them so far, and the verdict that grows.
 * Lives on the stack of policy_decide. decide.c walks; categories.c and match.c answer its questions;
 * explain.c listens. */
#ifndef POLICY_WALK_H
#define POLICY_WALK_H

#include "policy/snapshot.h"

struct policy_scratch {
    struct pattern_scratch *patterns;
    uint64_t *words; /* as the snapshot's layout says; grows, never shrinks */
    size_t word_count;
    /* For this snapshot and [from, until) the bits of schedules and moments are found. */
    struct moment {
        uint64_t serial;
        int64_t from, until;
    } moment;
};

/* Facts that are derived when the first clause asks. */
enum ready {
    READY_USER = 1 << 0,
    READY_GROUPS = 1 << 1,
    READY_NETWORKS = 1 << 2,
    READY_ADDRESSES = 1 << 3,
    READY_EXTENSION = 1 << 4
};

struct walk {
    const struct snapshot *s;
    const struct facts *facts;
    struct policy_scratch *scratch;
    struct verdict *out;
    bool hidden;      /* path, query and type can't be seen */
    bool has_entries; /* some entry of the policy itself holds: the overlay's bits are not all 0 */
    bool by_path;     /* path or query may have put the URL into a category: hide them, and look again */
    /* A regex that ran into its match limit may or may not match. out->categories has the categories of such
     * regexes, `sure` does not. See match_guard for how rules take it. */
    bool in_doubt;
    struct category_set sure;
    unsigned ready;
    int user, extension; /* numbers of the names, -1 when nothing mentions them */
    unsigned unknown;    /* kinds (1 << enum condition_kind) that the last match_guard had to pass over */
    bool every;          /* ask every guard, sieve none: who listens wants to hear of each */
    json_t *trace;       /* array of steps; NULL: nobody listens */
};

enum outcome {
    OUTCOME_MATCHED,
    OUTCOME_NOT_MATCHED,
    OUTCOME_NOT_VALID,
    OUTCOME_PASSED_OVER,
    OUTCOME_EXCEPTED
};
enum holds { HOLDS_NO, HOLDS_YES, HOLDS_UNKNOWN };

void walk_start(struct walk *w, const struct snapshot *s, struct policy_scratch *scratch,
                const struct facts *facts, struct verdict *out);
/* The whole decision; policy_decide and policy_explain differ in w->trace only. */
void walk_decide(struct walk *w);

/* categories.c: fills out->categories, sure and the bits of overlay, lists and patterns. */
void walk_categorise(struct walk *w);

/* match.c: whether the guard lets its rule act. doubt: whether a regex in doubt counts as a match for `if`
 * (and then as none for `unless`). out_why is the clause that decided against it, or one that is not known;
 * NULL when there is none. */
enum outcome match_guard(struct walk *w, const struct guard *g, bool doubt, const struct clause **out_why);
enum holds match_clause(struct walk *w, const struct clause *c, bool doubt);
/* The extension of the last path segment, "" when it has none. */
struct sl_str match_extension(const struct sl_url *url);
bool match_glob(struct sl_str pattern, struct sl_str text);
/* Facts as numbers and bits, derived once. */
bool match_user_known(const struct walk *w);
int match_user(struct walk *w);             /* -1: nobody whom the policy mentions */
int match_extension_number(struct walk *w); /* -1: none that the policy mentions */
const uint64_t *match_groups(struct walk *w);
const uint64_t *match_networks(struct walk *w);
/* The address that `address` clauses look at; false: not known yet. */
bool match_address(const struct walk *w, struct sl_addr *out);
const uint64_t *match_address_bits(struct walk *w, struct sl_addr address);

/* moment.c: finds what the time decides, unless the scratch has it. */
void moment_find(struct walk *w);

static inline uint64_t *walk_bits(const struct walk *w, uint32_t offset)
{
    return w->scratch->words + offset;
}

/* explain.c; call them only when w->trace. */
void explain_categories(struct walk *w);
void explain_guard(struct walk *w, const char *step, struct sl_str id, const struct guard *g,
                   enum outcome outcome, bool doubt, const char *matched_word, const char *then,
                   const struct clause *why);
/* elsewhere: the guard holds, but the service that the rule uses has not this very host. */
void explain_header(struct walk *w, const struct doc_header *header, bool elsewhere, enum outcome outcome,
                    const struct clause *why);
/* covers: it is for all that is wrong. */
void explain_exception(struct walk *w, const struct doc_exception *e, bool covers, enum outcome outcome,
                       const struct clause *why);
void explain_off(struct walk *w, const char *step, struct sl_str id, const char *then);
void explain_default(struct walk *w, const char *step, const char *then);

#endif
