/* include.h - lists that take in other lists of the same tree (v2fly's include:, e2guardian's .Include), once
 * all of them are read. */
#ifndef POLICY_LISTS_INCLUDE_H
#define POLICY_LISTS_INCLUDE_H

#include "policy/lists/intake.h"
#include "policy/lists/plan.h"

/* What is known of each list of the plan. */
struct include_list {
    const char *file; /* its own records; NULL: it has none */
    struct intake_include *includes;
    size_t include_count;
    struct intake_attribute *attributes;
    size_t attribute_count;
    struct list_report *report; /* gets faults, and what was included counted */
    uint8_t *sha256;            /* of the file */
};
/* Writes the files of lists with includes again, each with all that it includes, attributes filtered. A
 * circle is reported and goes around once. What is read for it is max_bytes at most, over all lists. */
bool include_all(const struct plan *plan, struct include_list *lists, uint64_t max_bytes, struct sl_err *err);

#endif
