/* pattern_code.h - one regex as a program of PCRE2, under the rules and limits that all of them have, with
 * what its matches require. For pattern*.c; the structs have the names under which PCRE2 itself declares
 * them. */
#ifndef POLICY_PATTERN_CODE_H
#define POLICY_PATTERN_CODE_H

#include "policy/pattern_literal.h"

struct pcre2_real_code_8;
struct pcre2_real_match_context_8;
struct pcre2_real_match_data_8;
struct pattern_cost;

struct pattern_fault {
    char why[160];
    size_t at;   /* byte of the regex */
    bool syntax; /* PCRE2's words; else what we do not allow: "matches ..." */
};
/* Immutable, and one for a text: every set and probe in the process that has the regex shares it. */
struct pattern_code {
    struct pcre2_real_code_8 *program;
    bool jit;
    struct pattern_requirement required; /* `second` is left out where it has many texts */
    struct sl_str text;
};
/* A reference, given back with pattern_code_put. NULL when the regex is refused. Any thread. */
const struct pattern_code *pattern_code_get(struct sl_str regex, struct pattern_fault *out);
void pattern_code_put(const struct pattern_code *code); /* NULL is fine */
/* How many there are now; for tests. */
size_t pattern_code_count(void);

/* A text without which nothing matches, the longest where there are several to choose from: people know which
 * part of their regex it is. "": there is none, so that it has to run on every URL. */
struct sl_str pattern_code_literal(const struct pattern_code *code);
/* Whether the URL, in lower case, has a text of `first`; what pattern_index finds for all patterns together.
 */
bool pattern_code_has_first(const struct pattern_code *code, struct sl_str lower);
/* Whether a URL, in lower case, that has one may match at all, as far as that is cheaper to tell than to run.
 */
bool pattern_code_may_match(const struct pattern_code *code, struct sl_str lower);
/* What pattern_cost.c found, false when it has not been asked. */
bool pattern_code_cost(const struct pattern_code *code, struct pattern_cost *out);
void pattern_code_set_cost(const struct pattern_code *code, const struct pattern_cost *cost);
/* What pcre2_match gives, for a subject of any length. */
int pattern_code_match(const struct pattern_code *code, struct sl_str subject,
                       struct pcre2_real_match_data_8 *data, struct pcre2_real_match_context_8 *context);
void pattern_limit(struct pcre2_real_match_context_8 *context);

#endif
