/* catalogue.h - an opened catalogue: views of the mapped sections. What is small was checked when it was
 * opened; what grows with the entries (buckets, names, addresses) perhaps not yet, so lookups stay inside
 * whatever they find there. */
#ifndef POLICY_LISTS_CATALOGUE_H
#define POLICY_LISTS_CATALOGUE_H

#include <stdatomic.h>

#include "policy/lists/layout.h"
#include "sluice/lists.h"

/* What stands in a URL's host before the name that was found: members hold or not depending on it, so a set
 * of members makes so many rows of a struct list_table. */
enum rest { REST_NONE, REST_WWW, REST_OTHER, REST_COUNT };
struct name_table {
    const struct bucket *buckets;
    uint32_t homes; /* 0: an empty table */
    uint32_t count; /* of buckets, homes and those behind them */
    const char *names;
    uint64_t names_n;
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
    uint32_t sets;
    struct address_table v4, v6;
    bool has_ports;
    const struct layout_list *lists;
    const char *text;
    const struct layout_expression *expressions;
    size_t expression_count;
    const char *expression_text;
    struct catalogue_stats stats;
};

/* catalogue_check.c: sets the views of c from c->map; false and err when the file is none, or its small
 * sections are not as they were built. */
bool catalogue_check(struct catalogue *c, const char *path, struct sl_err *err);
/* The large sections. Reads the whole file. */
bool catalogue_check_content(const struct catalogue *c, const char *path, struct sl_err *err);

/* Marks the file, complete and just written, as known to be good; see catalogue.c. */
bool catalogue_seal(int fd);

/* lookup.c: see struct list_provider. */
void catalogue_lookup(const struct list_provider *p, const struct sl_url *url, uint64_t *bits);
bool catalogue_gather(const struct list_provider *p, const struct sl_url *url, const struct list_table *t,
                      uint64_t *out);
void catalogue_row(const struct list_provider *p, size_t row, uint64_t *holds, uint64_t *excepts);
size_t catalogue_matches(const struct list_provider *p, const struct sl_url *url, struct list_match *out,
                         size_t max);

#endif
