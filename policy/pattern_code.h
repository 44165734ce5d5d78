/* pattern_code.h - one regex as a program of PCRE2, under the rules and limits that all of them have, with
 * what its matches require. For pattern*.c; the structs have the names under which PCRE2 itself declares
 * them. */
#ifndef POLICY_PATTERN_CODE_H
#define POLICY_PATTERN_CODE_H

#include "policy/pattern_literal.h"

struct pcre2_real_code_8;
struct pcre2_real_match_context_8;
struct pcre2_real_match_data_8;

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

/* What pcre2_match gives, for a subject of any length. */
int pattern_code_match(const struct pattern_code *code, struct sl_str subject,
                       struct pcre2_real_match_data_8 *data, struct pcre2_real_match_context_8 *context);
void pattern_limit(struct pcre2_real_match_context_8 *context);

#endif
