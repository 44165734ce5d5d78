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

static void begin(struct entrance *e, const char *words, size_t workers)
{
    e->words = sl_strdup(words);
    e->fds = sl_calloc(workers, sizeof *e->fds);
    memset(e->fds, -1, workers * sizeof *e->fds);
}

static bool open_one(struct entrance *e, const struct entrance *same, size_t workers, struct sl_err *err)
{
    static uint64_t last_id; /* changes are made one at a time */
    if (same) {
        e->id = same->id;
        e->at = same->at;
        memcpy(e->fds, same->fds, workers * sizeof *e->fds);
        return true;
    }
    e->id = ++last_id;
    e->at = e->wanted.at;
    return listen_open(&e->at, e->wanted.kind, e->fds, workers, err);
}

bool entrances_make(const struct conf_texts *entries, const struct entrances *running, size_t workers,
                    struct entrances *out, struct sl_err *err)
{
    bool ok = true;
    *out = (struct entrances){.items = sl_calloc(entries->count + 1, sizeof *out->items)};
    for (size_t i = 0; ok && i < entries->count; i++) {
        struct entrance *e = &out->items[out->count++];
        begin(e, entries->items[i], workers);
        ok = listen_spec_parse(sl_cstr(e->words), &e->wanted, err)
                 ? open_one(e, running_at(running, &e->wanted, out), workers, err)
                 : sl_fail_in(err, "proxy.listen: ");
    }
    if (ok)
        return true;
    entrances_close(out, running, workers);
    entrances_fini(out);
    return false;
}

void entrances_close(struct entrances *e, const struct entrances *others, size_t workers)
{
    for (size_t i = 0; i < e->count; i++)
        for (size_t k = 0; k < workers && !entrances_find(others, e->items[i].id); k++)
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
