/* faulty.c - see sluice/faulty.h. */
#include "sluice/faulty.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base.h"
#include "sluice/certificate.h"

enum { NAME = 254 };

struct site {
    char name[NAME];
    struct faulty_host at;
};
/* A few hundred, noted only when something is wrong: a list that is walked needs no order of its own. */
struct faulty_hosts {
    pthread_mutex_t lock;
    struct site *items;
    size_t count, most;
};

struct faulty_hosts *faulty_hosts_new(size_t most)
{
    struct faulty_hosts *f = sl_calloc(1, sizeof *f);
    pthread_mutex_init(&f->lock, NULL);
    f->items = sl_calloc(most, sizeof *f->items);
    f->most = most;
    return f;
}

void faulty_hosts_free(struct faulty_hosts **f)
{
    if (!*f)
        return;
    for (size_t i = 0; i < (*f)->count; i++)
        certificate_unref(&(*f)->items[i].at.certificate);
    free((*f)->items);
    pthread_mutex_destroy(&(*f)->lock);
    sl_freep(f);
}

static struct site *find(const struct faulty_hosts *f, struct sl_str host)
{
    for (size_t i = 0; i < f->count; i++)
        if (sl_str_eq(sl_cstr(f->items[i].name), host))
            return &f->items[i];
    return NULL;
}

/* The one that was seen the longest ago, or a free one. */
static struct site *room(struct faulty_hosts *f)
{
    struct site *oldest = &f->items[0];
    if (f->count < f->most)
        return &f->items[f->count++];
    for (size_t i = 1; i < f->count; i++)
        if (f->items[i].at.seen_us < oldest->at.seen_us)
            oldest = &f->items[i];
    return oldest;
}

void faulty_note(struct faulty_hosts *f, struct sl_str host, uint16_t port, enum tls_fault fault,
                 const struct certificate *certificate, int64_t now_us)
{
    if (host.n == 0 || host.n >= NAME)
        return;
    struct faulty_host made = {port, fault, certificate ? certificate_ref(certificate) : NULL, now_us};
    pthread_mutex_lock(&f->lock);
    struct site *site = find(f, host);
    if (!site) {
        site = room(f);
        memcpy(site->name, host.p, host.n);
        site->name[host.n] = '\0';
    }
    const struct certificate *old = site->at.certificate;
    site->at = made;
    pthread_mutex_unlock(&f->lock);
    certificate_unref(&old);
}

bool faulty_find(struct faulty_hosts *f, struct sl_str host, struct faulty_host *out)
{
    pthread_mutex_lock(&f->lock);
    const struct site *site = find(f, host);
    if (site) {
        *out = site->at;
        if (out->certificate)
            certificate_ref(out->certificate);
    }
    pthread_mutex_unlock(&f->lock);
    return site != NULL;
}

bool faulty_known(struct faulty_hosts *f, struct sl_str host)
{
    pthread_mutex_lock(&f->lock);
    bool known = find(f, host) != NULL;
    pthread_mutex_unlock(&f->lock);
    return known;
}
