/* sieve.h - which of many guards hold, found by a few ANDs over sets of guards instead of by asking each.
 *
 *   guard number        0123456789 ...
 *   category   open     .11..1...1      asks for no category
 *              games    1..1......      names games      │ of the values that the request has,
 *              news     ...11.....      names news       │ the sets are joined with `open` ...
 *   network    open     1111111..1
 *              lan      .......1..                       ... and what is left of each kind is ANDed
 *   moment              1111.11111      valid now, and the schedule holds
 *
 * The sets are made with the snapshot. Only words that are not empty are kept, so memory grows with the
 * values that are written in the document, and the cost of a decision with a 64th of the number of guards.
 *
 * What is left holds, but for guards that have to be asked one by one with match_guard: those with `unless`
 * or with a kind of condition that is no set (ask), and when a fact is not known, those that need it. */
#ifndef POLICY_SIEVE_H
#define POLICY_SIEVE_H

#include "policy/bits.h"
#include "policy/condition.h"
#include "policy/links.h"
#include "policy/names.h"

struct document;
struct walk;

/* For each value a set of guards: the words first[value] .. first[value + 1] - 1, at `at` in the set. */
struct sieve_sets {
    size_t count; /* of values; 0: no guard names one, or this kind is no set */
    uint32_t *first, *at;
    uint64_t *bits;
};
struct sieve_row {
    uint64_t *open; /* guards that do not ask for this kind; NULL: none does */
    struct sieve_sets sets;
};
struct sieve {
    size_t count, words;         /* words of a row: whole steps of a pass */
    const struct guard **guards; /* NULL where a rule is switched off */
    uint64_t *on;
    uint64_t *ask;
    uint64_t *address, *response; /* guards that ask for a fact that is known later, in `unless` too */
    struct sieve_row rows[CONDITION_KINDS];
    uint8_t kinds[CONDITION_KINDS]; /* those that some guard asks for */
    uint32_t kind_count;
    uint16_t *ports; /* where ranges begin or end, sorted: value i is ports[i] .. ports[i + 1] - 1 */
    size_t port_count;
    uint32_t *timed; /* guards that depend on the time */
    size_t timed_count;
};

/* Takes guards. tokens: the methods and schemes that conditions name. */
void sieve_make(const struct document *doc, const struct names *tokens, const struct guard **take_guards,
                size_t count, struct sieve *out);
void sieve_fini(struct sieve *s);
/* The value of a port. */
static inline size_t sieve_port(const struct sieve *s, uint16_t port)
{
    size_t low = 0, high = s->port_count;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (s->ports[mid] <= port)
            low = mid;
        else
            high = mid;
    }
    return low;
}

/* One pass through the guards in order. Sets are joined and ANDed SIEVE_STEP words at a time, when the pass
 * comes there: who finds the deciding rule early leaves the rest alone. */
enum { SIEVE_STEP = 4 };
struct sieve_pass {
    const struct sieve *sieve;
    /* What the time and each kind leave; and by the kinds that are not known: guards that ask for one of
     * these can't hold, and only tell that it is wanted. */
    const uint64_t *rows[1 + CONDITION_KINDS], *moot[CONDITION_KINDS];
    uint32_t row_count, moot_count;
    bool doubtful;    /* a regex ran into its limit: whether its guard holds depends on what the rule does */
    size_t word, end; /* words of the step in left from here on */
    _Alignas(16) uint64_t left[SIEVE_STEP];
    uint64_t rest; /* of the word before */
};
/* moment: the guards that hold at this time. hits: SIEVE_ROWS rows of words. */
enum { SIEVE_ROWS = CONDITION_KINDS };
void sieve_start(struct walk *w, const struct sieve *s, const uint64_t *moment, uint64_t *hits,
                 struct sieve_pass *out);
/* The next guard that holds (*out_sure) or has to be asked; false: there is none. */
bool sieve_next(struct walk *w, struct sieve_pass *p, size_t *out_index, bool *out_sure);

#endif
