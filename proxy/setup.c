/* setup.c - see setup.h. */
#include "proxy/setup.h"

#include <stdlib.h>

#include "sluice/log.h"

static struct hosts *read_hosts(const char *path)
{
    struct sl_err err = {0};
    if (*path == '\0')
        return NULL;
    struct hosts *h = hosts_read(path, &err);
    if (!h)
        sl_log_warning("proxy", "names: going on without a hosts file: %s", err.msg);
    return h;
}

static void fill_addresses(struct setup *s, const struct sl_endpoint *own, size_t own_count)
{
    size_t count = s->listener_count + own_count;
    struct sl_endpoint *all = sl_calloc(count + 1, sizeof *all);
    memcpy(all, s->listeners, s->listener_count * sizeof *all);
    memcpy(all + s->listener_count, own, own_count * sizeof *all);
    address_rules_init(&s->addresses, &s->settings->proxy.allow_private, &s->settings->proxy.nat64_prefixes,
                       all, count);
    free(all);
}

struct setup *setup_new(const struct settings *settings, const struct entrances *entrances,
                        const struct sl_endpoint *own, size_t own_count, const struct fields_self *self,
                        struct tls_server *tls, struct parents *parents,
                        const struct setup_inspection *inspection)
{
    struct setup *s = sl_calloc(1, sizeof *s);
    s->settings = settings_ref(settings);
    s->hosts = read_hosts(settings->dns.hosts);
    s->parents = parents_ref(parents);
    s->self = *self;
    s->self.via = settings->proxy.via;
    s->self.forwarded_for = (enum forwarded_for)settings->proxy.forwarded_for;
    s->listeners = sl_calloc(entrances->count + 1, sizeof *s->listeners);
    s->kinds = sl_calloc(entrances->count + 1, sizeof *s->kinds);
    for (size_t i = 0; i < entrances->count; i++) {
        const struct entrance *e = &entrances->items[i];
        s->kinds[i] = (struct setup_kind){e->id, e->wanted.kind};
        s->listeners[s->listener_count++] = e->at;
    }
    s->tls = tls ? tls_server_ref(tls) : NULL;
    s->inspection = *inspection;
    fill_addresses(s, own, own_count);
    return s;
}

unsigned setup_kind(const struct setup *s, uint64_t id, unsigned otherwise)
{
    for (size_t i = 0; i < s->listener_count; i++)
        if (s->kinds[i].id == id)
            return s->kinds[i].kind;
    return otherwise;
}

void setup_free(struct setup **ref)
{
    struct setup *s = *ref;
    if (!s)
        return;
    address_rules_fini(&s->addresses);
    hosts_unref(&s->hosts);
    parents_unref(&s->parents);
    free(s->listeners);
    free(s->kinds);
    tls_server_unref(&s->tls);
    settings_unref(&s->settings);
    sl_freep(ref);
}
