/* upgrade.h - the old one of two gateways: it starts the new one, gives it listeners and state, and goes; or
 * takes everything back. Main thread, but for upgrade_ask and upgrade_state. */
#ifndef CLI_UPGRADE_H
#define CLI_UPGRADE_H

#include "cli/gateway.h"

struct upgrade;

/* argv: how this process was started, argv[0] included; borrowed. */
struct upgrade *upgrade_new(char **argv);
void upgrade_free(struct upgrade **u);

/* Asks the main thread for one, with another binary (NULL: that of this process, as it now lies on the disk).
 * Any thread. False: one is under way. */
bool upgrade_ask(struct upgrade *u, const char *binary, struct sl_err *err);
/* {"state": "none|running|failed", "error": TEXT or null, "pid": this process}. Any thread. */
json_t *upgrade_state(struct upgrade *u);

/* Does what was asked. True: the new one serves, and g has to end what it began (upgrade_follow, now and
 * then) and go. False: all is as it was, and the log says why. tick(arg) is called a few times a second. */
bool upgrade_run(struct upgrade *u, struct gateway *g, void (*tick)(void *arg), void *arg);
/* In the old one, while it drains: what the new one has changed. */
void upgrade_follow(struct gateway *g);

#endif
