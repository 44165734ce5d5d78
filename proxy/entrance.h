/* entrance.h - where clients come in: one entry of proxy.listen, and the sockets on which workers take
 * connections for it. Belongs to proxy.c; what workers see of it is immutable. */
#ifndef PROXY_ENTRANCE_H
#define PROXY_ENTRANCE_H

#include "base/listen_spec.h"
#include "sluice/settings.h"
#include "sluice/sockets.h"

struct entrance {
    uint64_t id;               /* never used again while the process lives */
    char *words;               /* the entry, as written */
    struct listen_spec wanted; /* as written: the port may be 0 */
    struct sl_endpoint at;     /* where it really is */
    int *fds; /* one or more for each worker in turn; a worker's own once it was told of them */
    size_t count;
};
struct entrances {
    struct entrance *items;
    size_t count;
};

/* Makes *out for these entries: sockets of `running` (NULL: none) are used again where the address is the
 * same (in what way clients come may be another), those that were given to the process (NULL: none) next, and
 * the others are opened, `workers` for each. *out borrows the
 * former; on failure *out is empty and nothing has happened. */
bool entrances_make(const struct conf_texts *entries, const struct entrances *running, size_t workers,
                    struct sockets *given, struct entrances *out, struct sl_err *err);
/* The one with this id, or NULL. */
const struct entrance *entrances_find(const struct entrances *e, uint64_t id);
/* Closes the sockets of those that are not among `others`: no worker has been told of them. */
void entrances_close(struct entrances *e, const struct entrances *others);
/* Frees the list; sockets stay as they are. */
void entrances_fini(struct entrances *e);

#endif
