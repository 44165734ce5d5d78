/* entries.h - lists as diff and merge see them. Of things with ids (rules, quotas, header rules): what is
 * where, and which kept their order. Of things without: which there are. Takes any JSON; the arrays of
 * entries must outlive them. */
#ifndef POLICY_ENTRIES_H
#define POLICY_ENTRIES_H

#include <jansson.h>

#include "policy/names.h"

struct entry {
    const json_t *value;
    size_t index; /* in its own array */
    int partner;  /* index in the other array, -1: none */
    bool stays;   /* in order with the others that stay; the rest moved */
};
struct entries {
    struct entry *items;
    size_t count;
    struct names ids; /* number i is that of items[i] */
};

/* False when some element has no id of its own: then the array can only be taken as a whole. NULL is an empty
 * array. *out is to be given to entries_fini in any case. */
bool entries_read(const json_t *array, struct entries *out);
void entries_fini(struct entries *e);
/* Finds the partners of `after` in `before`, and the fewest that moved. */
void entries_pair(const struct entries *before, struct entries *after);

/* The elements of an array as text, so that they can be looked up whatever they are. */
struct elements {
    char **texts; /* in the order of the array */
    size_t count;
    struct names names;
};
/* NULL is an empty array. */
void elements_read(const json_t *array, struct elements *out);
void elements_fini(struct elements *e);

#endif
