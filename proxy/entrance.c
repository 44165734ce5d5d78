/* entrance.c - see entrance.h. */
#include "proxy/entrance.h"

#include <stdlib.h>

#include "proxy/net/listen.h"

const struct entrance *entrances_find(const struct entrances *e, uint64_t id)
{
    for (size_t i = 0; e && i < e->count; i++)
        if (e->items[i].id == id)
            return &e->items[i];
    return NULL;
}

/* The running one of this address that is not used yet: with port 0 several may have the same. */
static const struct entrance *running_at(const struct entrances *running, const struct listen_spec *wanted,
                                         const struct entrances *taken)
{
    for (size_t i = 0; running && i < running->count; i++) {
        const struct entrance *e = &running->items[i];
        bool same_socket = ((e->wanted.kind ^ wanted->kind) & LISTEN_TPROXY) == 0;
        if (same_socket && e->wanted.at.port == wanted->at.port &&
            sl_addr_eq(e->wanted.at.addr, wanted->at.addr) && !entrances_find(taken, e->id))
            return e;
    }
    return NULL;
}

static void take_all(struct sockets *given, struct entrance *e)
{
    size_t cap = 0;
    int fd = sockets_take(given, "proxy", e->at, &e->at);
    for (; fd >= 0;
         fd = sockets_take(given, "proxy", e->at, NULL)) { /* with the real port: the others of the group */
        SL_GROW(e->fds, e->count, &cap);
        e->fds[e->count++] = fd;
    }
}

/* Every worker has at least one. */
static bool fill_up(struct entrance *e, size_t workers, struct sl_err *err)
{
    size_t there = e->count;
    if (there >= workers)
        return true;
    e->fds = sl_reallocarray(e->fds, workers, sizeof *e->fds);
    if (!listen_join(e->at, e->wanted.kind, e->fds[0], e->fds + there, workers - there, err))
        return false;
    e->count = workers;
    return true;
}

static bool open_one(struct entrance *e, const struct entrance *same, size_t workers, struct sockets *given,
                     struct sl_err *err)
{
    static uint64_t last_id; /* changes are made one at a time */
    e->at = e->wanted.at;
    if (same) {
        e->id = same->id;
        e->at = same->at;
        e->count = same->count;
        e->fds = sl_calloc(e->count, sizeof *e->fds);
        memcpy(e->fds, same->fds, e->count * sizeof *e->fds);
        return true;
    }
    e->id = ++last_id;
    take_all(given, e);
    if (e->count > 0)
        return fill_up(e, workers, err);
    e->fds = sl_calloc(workers, sizeof *e->fds);
    if (!listen_open(&e->at, e->wanted.kind, e->fds, workers, err))
        return false;
    e->count = workers;
    return true;
}

bool entrances_make(const struct conf_texts *entries, const struct entrances *running, size_t workers,
                    struct sockets *given, struct entrances *out, struct sl_err *err)
{
    bool ok = true;
    *out = (struct entrances){.items = sl_calloc(entries->count + 1, sizeof *out->items)};
    for (size_t i = 0; ok && i < entries->count; i++) {
        struct entrance *e = &out->items[out->count++];
        e->words = sl_strdup(entries->items[i]);
        ok = listen_spec_parse(sl_cstr(e->words), &e->wanted, err)
                 ? open_one(e, running_at(running, &e->wanted, out), workers, given, err)
                 : sl_fail_in(err, "proxy.listen: ");
    }
    if (ok)
        return true;
    entrances_close(out, running);
    entrances_fini(out);
    return false;
}

void entrances_close(struct entrances *e, const struct entrances *others)
{
    for (size_t i = 0; i < e->count; i++)
        for (size_t k = 0; k < e->items[i].count && !entrances_find(others, e->items[i].id); k++)
            sl_closep(&e->items[i].fds[k]);
}

void entrances_fini(struct entrances *e)
{
    for (size_t i = 0; i < e->count; i++) {
        free(e->items[i].words);
        free(e->items[i].fds);
    }
    free(e->items);
    *e = (struct entrances){0};
}
