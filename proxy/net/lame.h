/* lame.h - which addresses did not answer lately: they are tried last for a while, so that one request pays
 * for a dead server of several, or for IPv6 that leads nowhere, and not each. A bounded table of one worker;
 * what falls out of it is merely tried in its turn again. */
#ifndef PROXY_NET_LAME_H
#define PROXY_NET_LAME_H

#include "proxy/runtime/loop.h"
#include "sluice/addr.h"

struct lame;

struct lame *lame_new(struct loop *l);
void lame_free(struct lame **l);                        /* NULL is fine */
void lame_note(struct lame *l, struct sl_endpoint e);   /* it failed, or another one had to overtake it */
void lame_forget(struct lame *l, struct sl_endpoint e); /* it answers */
/* Moves those that are lame at this port to the end; both parts keep their order. */
void lame_last(const struct lame *l, struct sl_addr *addrs, unsigned n, uint16_t port);

#endif
