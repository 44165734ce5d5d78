/* learning.h - what the settings say about hosts that can't be inspected. */
#ifndef CLI_LEARNING_H
#define CLI_LEARNING_H

#include "sluice/settings.h"
#include "sluice/store.h"

void learning_tell(const struct settings *s, struct store *store);

#endif
