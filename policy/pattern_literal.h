/* pattern_literal.h - what must be true of whatever a regex matches?
 * A pattern whose every match contains one of a few texts need not run on a URL that contains none of them.
 */
#ifndef POLICY_PATTERN_LITERAL_H
#define POLICY_PATTERN_LITERAL_H

#include "sluice/arena.h"

enum {
    LITERAL_MIN = 3,    /* shorter texts stand in too many URLs to be worth indexing */
    LITERAL_MAX = 64,   /* longer runs are cut: the index needs no more */
    LITERAL_TEXTS = 64, /* alternatives of one pattern */
};

/* One of these texts, lower case. count 0: nothing is known. */
struct literals {
    struct sl_str *items;
    size_t count;
};
struct byte_set {
    uint64_t w[4];
};

/* True of each subject that the regex matches, once its lower-case form is looked at. */
struct pattern_requirement {
    struct literals
        first; /* contains one of these, of LITERAL_MIN bytes and more; none: the pattern must always run */
    struct literals second; /* and one of these too, of 2 bytes and more */
    bool has_last;
    struct byte_set last; /* the last byte, unless that is a control byte (a newline may follow '$') */
};
/* Reads a regex that PCRE2 accepted (bytes, no (*VERB)). Never wrong towards "must": what it does not
 * understand yields nothing. Texts live in the arena, which has no cap. */
struct pattern_requirement pattern_requirement(struct sl_str regex, struct sl_arena *arena);

/* ---- pattern_gram.c ---- */

/* How often the gram at p (n bytes, 2 to 4, lower case) stands at a given place of a URL, as 2^-30ths. An
 * estimate, for choosing. */
uint32_t pattern_gram_frequency(const char *p, size_t n);
/* Where the rarest gram of text begins; out is its frequency. Grams have 4 bytes, or what a shorter text has.
 */
size_t pattern_gram_rarest(struct sl_str text, uint32_t *out);

#endif
