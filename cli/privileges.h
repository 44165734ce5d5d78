/* privileges.h - starting as root and going on as the user of the settings. */
#ifndef CLI_PRIVILEGES_H
#define CLI_PRIVILEGES_H

#include "sluice/settings.h"

/* When root and state.user is set: makes the state directory theirs and becomes that user, keeping of root's
 * rights only that to bind ports below 1024, so that listeners can be bound after the state was opened as the
 * right user. Otherwise does nothing. Before any thread is started. */
bool privileges_become(const struct settings *s, struct sl_err *err);
#endif
