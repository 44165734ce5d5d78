/* pattern.h - the one door to PCRE2: a set of URL regexes matched together, with limits, behind a
 * required-literal prefilter. Same answers as PCRE2 run one by one; the prefilter only skips patterns that
 * cannot match. Immutable after pattern_set_seal; any thread. */
#ifndef POLICY_PATTERN_H
#define POLICY_PATTERN_H

#include "sluice/err.h"
#include "sluice/str.h"

enum pattern_subject {
    PATTERN_URL,       /* the canonical URL: scheme://host[:port]/path?query */
    PATTERN_SCHEMELESS /* the same without "scheme://" (UT1 and squidGuard expressions) */
};
struct pattern_set;
struct pattern_scratch; /* match data and JIT stack of one thread; serves any set */

struct pattern_set *pattern_set_new(void);
void pattern_set_free(struct pattern_set **set);
/* Compiles caseless UTF-8-agnostic PCRE2 (bytes). Same pattern and subject again gives the same id. Refused
 * with position and reason: syntax errors, over 4 KiB, callouts and (*VERB)s that lift limits, patterns that
 * match the empty text. Ids count from 0. */
bool pattern_set_add(struct pattern_set *set, struct sl_str regex, enum pattern_subject subject,
                     size_t *out_id, struct sl_err *err);
void pattern_set_seal(struct pattern_set *set);
size_t pattern_set_count(const struct pattern_set *set);
size_t pattern_set_always(
    const struct pattern_set *set); /* of them, which no required literal spares a run */
/* Sets bit id for each pattern that matches url; bits has (count + 63) / 64 words, caller-zeroed. scheme_len:
 * bytes of "scheme://" at the front (0: none). A pattern that hits the match limit (10,000) gets its bit in
 * limited[] instead, when that is not NULL. No allocation. */
void pattern_set_match(const struct pattern_set *set, struct pattern_scratch *scratch, struct sl_str url,
                       size_t scheme_len, uint64_t *bits, uint64_t *limited);
struct sl_str pattern_set_text(const struct pattern_set *set, size_t id);

struct pattern_scratch *pattern_scratch_new(void);
void pattern_scratch_free(struct pattern_scratch **scratch);
uint64_t pattern_scratch_limits_hit(
    const struct pattern_scratch *scratch); /* how often a limit ended a match */

#endif
