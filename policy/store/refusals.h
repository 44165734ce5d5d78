/* refusals.h - inspected handshakes that failed, counted by host in fixed memory, however many hosts clients
 * make up. Part of learned.c, which has the rows; here is no clock and no disk. Any thread. */
#ifndef POLICY_STORE_REFUSALS_H
#define POLICY_STORE_REFUSALS_H

#include "sluice/learned.h"

/* 256 sets of four hosts, each with the clients that failed there; a client adds to 16 hosts in a window. */
enum { REFUSALS_HOSTS = 1024, REFUSALS_HOSTS_PER_CLIENT = 16, REFUSALS_WINDOW_S = 24 * 3600 };

struct refusals;
struct refusals *refusals_new(const uint8_t secret[32]);
void refusals_free(struct refusals **r);
/* Two slots are written, without a lock. */
void refusals_worked(struct refusals *r, struct sl_str host, const struct learned_client *c);
void refusals_failed(struct refusals *r, struct sl_str host, enum learned_kind kind,
                     const struct learned_client *c, const struct learn_config *cfg, int64_t now_s);

struct refusal_sum {
    char *host;     /* on the heap */
    bool by_origin; /* most of them: it asks for a client certificate */
    uint64_t failures;
    unsigned clients;
    int64_t first_s, last_s;
};
/* The next host that has come to what the settings ask for, or to twice of what was taken before. */
bool refusals_take(struct refusals *r, struct refusal_sum *out);

#endif
