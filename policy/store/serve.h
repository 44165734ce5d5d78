/* serve.h - puts a copy of a list in use: builds the catalogue with it, swaps it in with the rows that say
 * so. Under lists_lock. */
#ifndef POLICY_STORE_SERVE_H
#define POLICY_STORE_SERVE_H

#include "policy/store/history.h"

/* The lists as they would be with this copy instead of the one in use. out_key: its catalogue's. */
bool serve_build(struct store *s, const struct source *src, struct list_copy *copy,
                 void (*progress)(void *arg, uint64_t done, uint64_t total), void *arg,
                 struct list_provider **out, char out_key[65], struct sl_err *err);
/* All or nothing. Takes lists. src becomes the row; its serving and entries are set from the copy, and no
 * other copy waits after that. action and before are for the change log; before is borrowed and may be NULL.
 */
struct serve_change {
    struct source *src;
    const struct list_copy *copy;
    const struct actor *by;
    const char *action;
    json_t *before;
};
bool serve_swap(struct store *s, struct list_provider *lists, const char key[65],
                const struct serve_change *change, struct sl_err *err);

#endif
