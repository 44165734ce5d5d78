/* privileges.h - starting as root and going on as the user of the settings. */
#ifndef CLI_PRIVILEGES_H
#define CLI_PRIVILEGES_H

#include "sluice/settings.h"

/* When root and state.user is set: makes the state directory theirs and becomes that user, with their groups.
 * Of root's rights only what the listeners need is kept: to bind ports below 1024 where there is one, to be
 * transparent where one is tproxy; so a reload that adds the first such listener is refused, and needs a
 * restart. Otherwise does nothing. Before any thread is started. */
bool privileges_become(const struct settings *s, struct sl_err *err);
#endif
