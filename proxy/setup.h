/* setup.h - what workers take from the settings: all of it is replaced as a whole at a reload, so that no
 * request meets half of one and half of another. Immutable once workers have it. */
#ifndef PROXY_SETUP_H
#define PROXY_SETUP_H

#include "proxy/entrance.h"
#include "proxy/http/fields.h"
#include "proxy/net/address.h"
#include "proxy/net/hosts.h"
#include "proxy/parent/parents.h"
#include "proxy/tls/server.h"
#include "sluice/certificate.h"

struct setup {
    const struct settings *settings; /* our reference */
    struct hosts *hosts;             /* NULL: none */
    struct parents *parents;         /* our reference */
    struct address_rules addresses;
    struct fields_self self;
    struct sl_endpoint *listeners; /* of the proxy */
    size_t listener_count;
    struct setup_kind {
        uint64_t id; /* of the entrance */
        unsigned kind;
    } * kinds;              /* of listeners */
    struct tls_server *tls; /* for listeners with tls; our reference, NULL: none needs it */
    struct setup_inspection {
        const struct inspection *shared; /* NULL: it was never on */
        struct trust *trust;             /* in origins; good until there is another setup */
        uint32_t trust_number;
    } inspection;
};

/* own: other listeners of the process, never a destination. self: who we are; how we show it is a setting.
 * tls may be NULL. */
struct setup *setup_new(const struct settings *s, const struct entrances *entrances,
                        const struct sl_endpoint *own, size_t own_count, const struct fields_self *self,
                        struct tls_server *tls, struct parents *parents,
                        const struct setup_inspection *inspection);
/* In what way clients come to the entrance of this id: set of enum listen_kind, or `otherwise` where it is
 * none of these settings. */
unsigned setup_kind(const struct setup *s, uint64_t id, unsigned otherwise);
void setup_free(struct setup **s);

#endif
