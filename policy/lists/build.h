/* build.h - what the sources of the builder share: everything that goes into one catalogue. */
#ifndef POLICY_LISTS_BUILD_H
#define POLICY_LISTS_BUILD_H

#include "policy/lists/layout.h"
#include "policy/lists/networks.h"
#include "policy/lists/sets.h"
#include "policy/lists/tree.h"
#include "sluice/lists.h"

struct build {
    struct catalogue_source *sources; /* sorted by name: the index is the number of the list */
    size_t count;
    bool *has_exceptions; /* of each list */
    struct tree tree;
    struct sets *sets;
    struct networks v4, v6;
    struct stretches v4_flat, v6_flat;
    struct layout_expression *expressions;
    size_t expression_count, expression_cap;
    struct sl_text expression_text;
    uint32_t max_pieces;
    uint16_t *final_set; /* number in sets -> number in the file */
    struct layout_header header;
    void (*progress)(void *arg, uint64_t done, uint64_t total);
    void *progress_arg;
    uint64_t done, total; /* bytes */
};

/* write.c: all sections and the header. */
bool build_write(struct build *b, int fd, const char *path, struct sl_err *err);

#endif
