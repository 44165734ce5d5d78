/* names.h - names and their numbers: each distinct text gets the next index. Texts are views that must
 * outlive the table. Built by one thread, then only read: names_find is safe from any thread. */
#ifndef POLICY_NAMES_H
#define POLICY_NAMES_H

#include "sluice/str.h"

struct names {
    struct sl_str *items; /* by index */
    size_t count, cap;
    uint32_t *slots; /* open addressing: index + 1, 0 = free */
    size_t slot_count;
};

/* The index of name; a name that is there already keeps its index. All zero is an empty table. */
size_t names_add(struct names *n, struct sl_str name);
int names_find(const struct names *n, struct sl_str name); /* -1: not there */
void names_fini(struct names *n);

#endif
