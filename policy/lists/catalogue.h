/* catalogue.h - an opened catalogue: views of the mapped sections, checked so that no lookup can leave them.
 */
#ifndef POLICY_LISTS_CATALOGUE_H
#define POLICY_LISTS_CATALOGUE_H

#include <stdatomic.h>

#include "policy/lists/layout.h"
#include "sluice/lists.h"

struct name_table {
    const struct bucket *buckets;
    uint32_t homes; /* 0: an empty table */
    const char *names;
};
struct address_table {
    const uint8_t *keys; /* big-endian, ascending */
    const uint16_t *sets;
    size_t count;
};
struct catalogue {
    struct list_provider provider; /* first, so that one can be had from the other */
    atomic_uint refs;
    void *map; /* NULL: the catalogue without lists */
    size_t map_size;
    uint64_t key[2];
    struct name_table hosts, paths;
    const uint32_t *set_start;
    const uint16_t *members;
    struct address_table v4, v6;
    bool has_ports;
    const struct layout_list *lists;
    const char *text;
    const struct layout_expression *expressions;
    size_t expression_count;
    const char *expression_text;
    struct catalogue_stats stats;
};

/* catalogue_check.c: sets the views of c from c->map; false and err for whatever a lookup could trip over. */
bool catalogue_check(struct catalogue *c, const char *path, struct sl_err *err);

/* lookup.c: see struct list_provider. */
void catalogue_lookup(const struct list_provider *p, const struct sl_url *url, uint64_t *bits);
size_t catalogue_matches(const struct list_provider *p, const struct sl_url *url, struct list_match *out,
                         size_t max);

#endif
