/* sets.h - sets of members, each distinct one held once while a catalogue is built: a number stands for a
 * set. A set is a path in a trie of ascending members, so adding a member is one hash probe. */
#ifndef POLICY_LISTS_SETS_H
#define POLICY_LISTS_SETS_H

#include "policy/lists/layout.h"

struct sets;
struct sets *sets_new(void);
void sets_free(struct sets **s);
/* The set that has member besides those of set; 0 is the empty set. */
uint32_t sets_with(struct sets *s, uint32_t set, uint16_t member);
uint32_t sets_without(struct sets *s, uint32_t set, uint16_t member);
bool sets_has(const struct sets *s, uint32_t set, uint16_t member);
/* The members of a set from the greatest down: while (sets_pop(s, &set, &member)). */
bool sets_pop(const struct sets *s, uint32_t *set, uint16_t *out_member);
uint32_t sets_count(const struct sets *s); /* numbers are below it */

#endif
