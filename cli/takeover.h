/* takeover.h - the new one of two gateways: it gets listeners and state from the one before. */
#ifndef CLI_TAKEOVER_H
#define CLI_TAKEOVER_H

#include "cli/gateway.h"

/* What the old one gave; all zero, with fds -1, when there is none. */
struct takeover {
    int end;              /* of the pair; -1: nobody */
    _Atomic bool ours;    /* it is certain that we stay */
    _Atomic pid_t before; /* the old process; 0: none, or gone */
    struct sockets given;
    int store_lock;
    struct audit_handover audit;
    unsigned first_worker;
};

/* Says that we are prepared, and waits to be let. False: the old one changed its mind, or gave what does not
 * fit these settings. Nothing to do when we replace nobody. */
bool takeover_begin(struct takeover *t, const struct settings *s, struct sl_err *err);
/* We serve. */
void takeover_ready(struct takeover *t);
/* Looks what the old one says; now and then. TAKEOVER_OURS: once, when it is certain that we stay.
 * TAKEOVER_ALONE: once, when it has gone; the caller tells the state. */
enum takeover_news { TAKEOVER_NONE, TAKEOVER_OURS, TAKEOVER_ALONE };
enum takeover_news takeover_look(struct takeover *t);
void takeover_fini(struct takeover *t);

#endif
