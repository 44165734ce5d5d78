/* pattern_literal.h - which texts must stand in whatever a regex matches?
 * A pattern whose every match contains one of a few texts need not run on a URL that contains none of them.
 */
#ifndef POLICY_PATTERN_LITERAL_H
#define POLICY_PATTERN_LITERAL_H

#include "sluice/arena.h"

enum {
    LITERAL_MIN = 3,    /* shorter texts stand in too many URLs to be worth looking for */
    LITERAL_MAX = 64,   /* longer runs are cut: the index needs no more */
    LITERAL_TEXTS = 64, /* alternatives of one pattern */
};

/* Every match of the regex, lower-cased, contains at least one of items. count 0: nothing is known, the
 * pattern must always run. */
struct literals {
    struct sl_str *items;
    size_t count;
};

/* Reads a regex that PCRE2 accepted (bytes, no (*VERB)). Never wrong towards "must contain": what it does not
 * understand gives count 0. The result lives in the arena, which has no cap. */
struct literals literals_required(struct sl_str regex, struct sl_arena *arena);

/* How often the gram at p (n is 3 or 4, lower case) stands at a given place of a URL, as 2^-30ths. An
 * estimate, for choosing. */
uint32_t gram_frequency(const char *p, size_t n);
/* Where the rarest gram of text begins; out is its frequency. Grams have 4 bytes, or 3 when the text has no
 * more. */
size_t gram_rarest(struct sl_str text, uint32_t *out);

#endif
