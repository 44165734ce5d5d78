/* origins.h - says beside what a list holds in which line of its source that stands. */
#ifndef POLICY_STORE_ORIGINS_H
#define POLICY_STORE_ORIGINS_H

#include "policy/store/inside.h"
#include "sluice/lists.h"

/* Bytes of lists that one question may read: some 3 million entries in a dozen lists. */
#define ORIGINS_BUDGET ((uint64_t)512 << 20)

/* Adds "line", "entry" and, in lists of several files, "file" to item, if the list's file still tells. */
void origins_add(struct store *s, const char *list, const struct sl_url *url, const struct list_match *match,
                 uint64_t *budget, json_t *item);
/* The same for the sources of all steps of a trace, and in words to what the steps say. */
void origins_add_to_trace(struct store *s, const struct sl_url *url, json_t *trace);

#endif
