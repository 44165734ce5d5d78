/* values.h - users, hosts, rules: what the things of day files stand for, as numbers that are the same in all
 * files.
 *
 * A file's small tables are read once: what was found is kept for the next query, told by the file's own
 * seed, and only what has been added since is read. Without that a month's hosts would be a million rows each
 * time. */
#ifndef AUDIT_VALUES_H
#define AUDIT_VALUES_H

#include "base/db.h"

#include "audit/kept.h"
#include "audit/rollup.h"

/* The first numbers: no user, no rule; and texts that there is no room for. */
enum { NUMBER_NONE, NUMBER_OTHER, NUMBERS_FIRST };

/* Of one file and dimension: what its things stand for. A copy, so that others may add to the cache
 * meanwhile. */
struct value_map {
    struct db *db;
    enum figures_by by;
    struct figures_cache *cache;
    uint32_t *refs; /* by thing: 0 not known, else a number + 1, or where in lists its numbers stand */
    size_t ref_count;
    uint32_t *lists; /* how many, and they */
    size_t list_count, list_cap;
    uint32_t one; /* what was found last */
};
enum rollup_kind values_kind(enum figures_by by);
/* Between values_begin and values_end the numbers of a cache stay what they are. */
void values_begin(struct figures_cache *c);
void values_end(struct figures_cache *c);
bool value_map_init(struct value_map *m, struct db *db, enum figures_by by, struct figures_cache *c,
                    struct sl_err *err);
void value_map_fini(struct value_map *m);
/* At least one number. Good until the next call. */
bool value_map_find(struct value_map *m, uint64_t thing, const uint32_t **out, size_t *out_count,
                    struct sl_err *err);

/* What was counted by these numbers; forgotten when they are. */
struct kept *values_kept(struct figures_cache *c);
bool values_full(struct figures_cache *c);
/* Does its text hold this part, in either case? Nothing holds only "". */
bool values_hold(struct figures_cache *c, uint32_t number, struct sl_str part);
/* As the log shows it; NULL for the first numbers. */
char *values_text(struct figures_cache *c, uint32_t number);

#endif
