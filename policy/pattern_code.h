/* pattern_code.h - one regex as a program of PCRE2, under the rules and limits that all of them have. For
 * pattern*.c; the structs have the names under which PCRE2 itself declares them. */
#ifndef POLICY_PATTERN_CODE_H
#define POLICY_PATTERN_CODE_H

#include "sluice/str.h"

struct pcre2_real_code_8;
struct pcre2_real_match_context_8;

struct pattern_fault {
    char why[160];
    size_t at;   /* byte of the regex */
    bool syntax; /* PCRE2's words; else what we do not allow: "matches ..." */
};
/* NULL when it is refused. Freed with pcre2_code_free. */
struct pcre2_real_code_8 *pattern_compile(struct sl_str regex, struct pattern_fault *out);
void pattern_limit(struct pcre2_real_match_context_8 *context);

#endif
