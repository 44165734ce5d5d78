/* candidates.h - which rules can match at all, found from the facts instead of by asking each rule, so that
 * the cost of a decision grows with the rules that concern the request.
 *
 * A rule is filed under one clause of its `if`, its key: under each category, each user and so on that the
 * clause names. The key is of a kind that is always known, so a rule that is left out would certainly not
 * have matched, nor have been passed over. Rules without such a clause are always candidates. */
#ifndef POLICY_CANDIDATES_H
#define POLICY_CANDIDATES_H

#include "policy/document.h"
#include "policy/links.h"

struct walk;

struct candidates {
    size_t words;       /* of a set of rules */
    uint64_t *always;   /* rules without a key */
    uint64_t *personal; /* rules filed under users or groups */
    struct links categories, entries, users, groups,
        networks; /* to rules; empty where no rule has such a key. Entries count from
                     the first clause bit of the overlay */
};

void candidates_make(const struct document *doc, struct candidates *out);
void candidates_fini(struct candidates *c);
/* Fills bits (words of them) with a superset of the rules that match or are passed over. */
void candidates_find(struct walk *w, uint64_t *bits);

#endif
