/* load.h - a new copy of one list source: fetched, imported, checked, built into the catalogue, swapped in;
 * or nothing at all. */
#ifndef POLICY_STORE_LOAD_H
#define POLICY_STORE_LOAD_H

#include "policy/store/source.h"

enum load_kind {
    LOAD_ADD,    /* a new source */
    LOAD_UPDATE, /* the same source again: may turn out unchanged, must not shrink */
    LOAD_REPLACE /* the administrator asked for exactly this copy: no questions */
};

/* src: the row as it shall be (for an update as it was read); on success it is as stored. Fetches without a
 * lock, then takes lists_lock: a slow provider holds up nobody. A failed update leaves its error with the
 * source. out_changed may be NULL. */
bool load_source(struct store *s, struct source *src, enum load_kind kind, const struct actor *by,
                 store_progress *progress, void *arg, bool *out_changed, struct sl_err *err);

#endif
