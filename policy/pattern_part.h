/* pattern_part.h - what is known of a part of a regex, and what is known of parts put together?
 * The algebra behind pattern_literal.c, which knows the syntax. Plain values; texts live in the arena of the
 * budget. */
#ifndef POLICY_PATTERN_PART_H
#define POLICY_PATTERN_PART_H

#include "policy/pattern_literal.h"

/* Bounds time and memory for patterns that multiply without end: once spent, whatever was derived is
 * worthless. */
struct pattern_budget {
    struct sl_arena *arena;
    size_t texts; /* made so far */
    bool spent;
};
/* Any match contains one of texts; count 0: nothing is known, and cost is UINT64_MAX. */
struct pattern_need {
    struct literals texts;
    uint64_t cost; /* expected hits, lower is better */
};
struct pattern_part {
    bool exact; /* texts are all that the part can match, then there is at least one */
    struct literals texts;
    struct pattern_need first, second; /* not exact: two independent needs, the better one first */
    struct byte_set last;              /* what a match that is not empty may end with */
    bool maybe_empty;                  /* a match may be empty */
    bool anchored;                     /* a match ends where the subject ends */
};
struct pattern_sequence {
    bool whole;          /* run covers the sequence from its beginning */
    struct literals run; /* what the parts since the last break can match */
    struct pattern_need first, second;
    struct byte_set last;
    bool maybe_empty, anchored;
};

void byte_set_add(struct byte_set *set, unsigned char from, unsigned char to); /* both included */
void byte_set_invert(struct byte_set *set);

struct pattern_part pattern_part_nothing(struct pattern_budget *b); /* matches the empty text only */
struct pattern_part pattern_part_end(struct pattern_budget *b);     /* '$' */
struct pattern_part pattern_part_byte(struct pattern_budget *b, char c);
struct pattern_part pattern_part_set(struct pattern_budget *b, struct byte_set set); /* one byte of the set */
struct pattern_part pattern_part_any(void); /* anything, perhaps empty */
/* a or b. */
struct pattern_part pattern_part_or(struct pattern_budget *b, struct pattern_part one,
                                    struct pattern_part other);
/* What must stand in a match, exact or not. */
struct pattern_need pattern_part_need(const struct pattern_part *part);

void pattern_sequence_init(struct pattern_sequence *s, struct pattern_budget *b);
/* The part min to max times, behind what is there (max SIZE_MAX: no bound). */
void pattern_sequence_add(struct pattern_sequence *s, struct pattern_budget *b,
                          const struct pattern_part *part, size_t min, size_t max);
struct pattern_part pattern_sequence_end(struct pattern_sequence *s, struct pattern_budget *b);

#endif
