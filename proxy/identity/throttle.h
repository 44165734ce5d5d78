/* throttle.h - how many passwords may a client still have checked? Private to proxy/identity.
 * A token is taken before each check and given back when the password was right, so wrong guesses and checks
 * under way count, and people who know their password never run out. Bounded table; any thread. */
#ifndef PROXY_IDENTITY_THROTTLE_H
#define PROXY_IDENTITY_THROTTLE_H

#include "sluice/str.h"

/* Clients may share an address, so they get more at once. Refill: one token every THROTTLE_REFILL_MS. */
enum {
    THROTTLE_CLIENT = 64,
    THROTTLE_USER = 24 /* of one client for one name */,
    THROTTLE_REFILL_MS = 2000,
    THROTTLE_SLOTS = 4096
};

struct throttle;
struct throttle *throttle_new(void);
void throttle_free(struct throttle **t);
/* key: what is counted (address, address and name). False: none left. */
bool throttle_take(struct throttle *t, struct sl_str key, unsigned burst, int64_t now_ms);
void throttle_give_back(struct throttle *t, struct sl_str key, unsigned burst);

#endif
