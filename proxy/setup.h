/* setup.h - what workers take from the settings: all of it is replaced as a whole at a reload, so that no
 * request meets half of one and half of another. Immutable once workers have it. */
#ifndef PROXY_SETUP_H
#define PROXY_SETUP_H

#include "proxy/entrance.h"
#include "proxy/http/fields.h"
#include "proxy/net/address.h"
#include "proxy/net/hosts.h"

struct setup {
    const struct settings *settings; /* our reference */
    struct hosts *hosts;             /* NULL: none */
    struct address_rules addresses;
    struct fields_self self;
    struct sl_endpoint *listeners; /* of the proxy */
    size_t listener_count;
};

/* own: other listeners of the process, never a destination. self: who we are; how we show it is a setting. */
struct setup *setup_new(const struct settings *s, const struct entrances *entrances,
                        const struct sl_endpoint *own, size_t own_count, const struct fields_self *self);
void setup_free(struct setup **s);

#endif
