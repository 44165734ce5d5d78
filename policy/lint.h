/* lint.h - what the sources of lint share. Lint never guesses: what it calls unreachable can't decide,
 * whatever the request. */
#ifndef POLICY_LINT_H
#define POLICY_LINT_H

#include "policy/pattern_cost.h"
#include "policy/snapshot.h"

struct lint {
    const struct snapshot *s;
    const struct lint_hints *hints;
    json_t *notes;
    size_t most;                  /* notes that may still come */
    uint64_t work;                /* that proofs may still take; see lint_cover.c */
    struct sl_arena arena, entry; /* of all notes; of the entry or list that is looked at */
    struct pattern_gauge *gauge;
    struct category_set patterned, excepted,
        empty;                    /* categories with regexes, with exceptions, without anything */
    uint64_t *bits, *one;         /* of the overlay, see lint_cover.c */
    const struct clause *bits_of; /* whose bits these are: many rules are compared with one */
    bool bits_known;
};

enum lint_severity { LINT_INFO, LINT_WARNING };
/* rule "": it is not about one. The message says what is wrong and what to do. */
void lint_note(struct lint *l, enum lint_severity severity, const char *code, const char *pointer,
               struct sl_str rule, const char *fmt, ...) SL_PRINTF(6, 7);
const char *lint_pointer(struct lint *l, const char *fmt, ...) SL_PRINTF(2, 3); /* in the arena */

/* ---- lint_cover.c ---- */
/* How a rule takes a regex in doubt: see match_guard. */
struct cover_side {
    const struct guard *guard;
    bool doubt;
};
/* Whether a matches whenever b does, whatever the facts. False means: not proved. */
bool cover_guard(struct lint *l, struct cover_side a, struct cover_side b);
/* Whether `unless` holds whenever `if` does. */
bool cover_excepted(struct lint *l, struct cover_side g);

/* ---- the checks ---- */
void lint_rules(struct lint *l);      /* lint_rules.c: rules that never decide */
void lint_guards(struct lint *l);     /* lint_guards.c: conditions that never hold */
void lint_names(struct lint *l);      /* lint_names.c: what nobody uses, and categories without contents */
void lint_entries(struct lint *l);    /* lint_entries.c: hosts and regexes, one by one */
void lint_exceptions(struct lint *l); /* lint_exceptions.c: exceptions of inspection */
void lint_headers(struct lint *l); /* lint_headers.c: header rules that reach too far, or what nobody sees */

#endif
