/* raw.h - the raw content of a list source, before anybody looks into it: downloaded into fetch/, or where
 * the file lies. */
#ifndef POLICY_STORE_RAW_H
#define POLICY_STORE_RAW_H

#include "policy/store/source.h"

struct raw {
    char *path;
    bool downloaded; /* path is ours to remove */
    bool is_folder;
    bool unchanged; /* the same bytes as last time: not worth a look, and perhaps not even downloaded */
};

/* May take minutes; needs no lock. src gets the new hash and validators. unchanged is only looked for when
 * asked. On failure *out still wants raw_fini. */
bool raw_get(struct store *s, struct source *src, bool ask_unchanged,
             bool (*progress)(void *, uint64_t, uint64_t), void *arg, struct raw *out, struct sl_err *err);
/* A file that somebody writes to while we read it would be stored under a hash that is not its own: asked
 * after reading. */
bool raw_still_same(const struct raw *r, const struct source *src, struct sl_err *err);
void raw_fini(struct raw *r);

#endif
