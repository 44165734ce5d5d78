/* kept.h - what was counted of day files, for the next query, as long as the files are what they were.
 *
 * A part is what some files add up to: figures by number (values.h; or a class of times) and step. It is
 * found by a key that names everything it depends on, the state of its files (db_stamp) included; so nothing
 * has to be told when a file changes: its parts are never found again, and go when there is no room. Any
 * thread. */
#ifndef AUDIT_KEPT_H
#define AUDIT_KEPT_H

#include <pthread.h>

#include "base/db.h"

#include "audit/sums.h"

struct kept_key {
    uint64_t words[2];
};
struct kept_sum {
    uint32_t number, step; /* steps since 1970 */
    struct figures f;
};
struct kept_part {
    struct kept_key key;
    unsigned refs; /* under the lock, as `used` */
    uint64_t used;
    size_t count;
    struct kept_sum items[];
};
struct kept {
    pthread_mutex_t lock;
    uint64_t seed; /* of keys, so that nobody can prepare two that are the same */
    struct kept_part **parts;
    size_t count, cap, bytes;
    uint64_t clock;
    struct kept_skew {
        struct kept_key key;
        int64_t skew_us;
    } * skews; /* how far rows of a file lie out of its day */
    size_t skew_count, skew_cap;
};

void kept_init(struct kept *k);
void kept_fini(struct kept *k);
struct kept_key kept_key(const struct kept *k, const void *data, size_t n);
/* NULL when there is none; else to be released. */
struct kept_part *kept_find(struct kept *k, struct kept_key key);
struct kept_part *kept_part_new(struct kept_key key, size_t count);
/* Others may find it from now on; the caller goes on to hold it. One that is too large is not kept. */
void kept_add(struct kept *k, struct kept_part *part);
void kept_release(struct kept *k, struct kept_part **part);
void kept_clear(struct kept *k); /* who holds a part goes on to hold it */

bool kept_find_skew(struct kept *k, struct kept_key file, int64_t *out_us);
void kept_add_skew(struct kept *k, struct kept_key file, int64_t skew_us);

#endif
