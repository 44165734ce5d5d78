/* values.h - users, hosts, rules: texts that things of day files stand for, each with one number over all
 * files.
 */
#ifndef AUDIT_VALUES_H
#define AUDIT_VALUES_H

#include "base/db.h"

#include "audit/rollup.h"

/* The first numbers: no user, rule, category; and every text that is not wanted. */
enum { NUMBER_NONE, NUMBER_OTHER, NUMBERS_FIRST, NUMBERS_MOST = 1000000 };

struct values {
    struct value_text {
        char *p;
        size_t n;
        uint64_t hash;
    } * items; /* as stored; [0] and [1] are empty */
    size_t count, cap;
    uint32_t *slots;
    size_t slot_count;
    uint64_t seed;
    struct sl_str part; /* only texts that hold this, in either case */
    bool closed;        /* no new ones */
    bool full;          /* some did not fit */
};
void values_init(struct values *v, struct sl_str part);
void values_fini(struct values *v);
uint32_t values_at(struct values *v, struct sl_str text); /* made if need be; "" is NUMBER_NONE */

/* Of one file: what its things stand for. */
struct value_map {
    struct db *db;
    enum figures_by by;
    struct values *values;
    struct value_list {
        uint32_t first, count; /* in numbers; count 0: not known yet */
    } * lists;                 /* by thing */
    size_t list_count;
    uint32_t *numbers;
    size_t number_count, number_cap;
    uint64_t asked;
    bool loaded;
};
enum rollup_kind values_kind(enum figures_by by);
bool value_map_init(struct value_map *m, struct db *db, enum figures_by by, struct values *values,
                    struct sl_err *err);
void value_map_fini(struct value_map *m);
/* At least one number. Good until the next call. */
bool value_map_find(struct value_map *m, uint64_t thing, const uint32_t **out, size_t *out_count,
                    struct sl_err *err);
/* As the log shows it. */
char *values_text(const struct values *v, enum figures_by by, uint32_t number);

#endif
