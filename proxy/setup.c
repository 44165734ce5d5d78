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
                        const struct sl_endpoint *own, size_t own_count, const struct fields_self *self)
{
    struct setup *s = sl_calloc(1, sizeof *s);
    s->settings = settings_ref(settings);
    s->hosts = read_hosts(settings->dns.hosts);
    s->self = *self;
    s->self.via = settings->proxy.via;
    s->self.forwarded_for = (enum forwarded_for)settings->proxy.forwarded_for;
    s->listeners = sl_calloc(entrances->count + 1, sizeof *s->listeners);
    for (size_t i = 0; i < entrances->count; i++)
        s->listeners[s->listener_count++] = entrances->items[i].at;
    fill_addresses(s, own, own_count);
    return s;
}

void setup_free(struct setup **ref)
{
    struct setup *s = *ref;
    if (!s)
        return;
    address_rules_fini(&s->addresses);
    hosts_unref(&s->hosts);
    free(s->listeners);
    settings_unref(&s->settings);
    sl_freep(ref);
}
