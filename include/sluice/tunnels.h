/* tunnels.h - a question about what is open now: tunnels, and transfers that last. proxy answers it, adminapi
 * asks it; neither knows the other. */
#ifndef SLUICE_TUNNELS_H
#define SLUICE_TUNNELS_H

#include "sluice/str.h"

enum tunnel_kind { TUNNEL_CONNECT, TUNNEL_UPGRADE, TUNNEL_DOWNLOAD, TUNNEL_UPLOAD, TUNNEL_KINDS };
/* words: tunnel upgrade download upload */

enum tunnel_order { TUNNELS_NEWEST, TUNNELS_OLDEST, TUNNELS_TRAFFIC, TUNNELS_ORDERS };

struct tunnel_query {
    struct sl_str user, rule, client; /* exactly; p NULL: any. rule "": the default */
    struct sl_str host;               /* or below it; p NULL: any */
    int kind;                         /* enum tunnel_kind; -1: any */
    bool throttled;                   /* only those that a throttle slows down */
    enum tunnel_order order;
    size_t limit; /* of the answer; the others are counted */
};

#endif
