/* parents.h - which parent proxies rules may name. */
#ifndef CLI_PARENTS_H
#define CLI_PARENTS_H

#include "sluice/settings.h"
#include "sluice/store.h"

/* Tells the store the names of the settings' parents, each once. */
void parents_tell(const struct settings *s, struct store *store);

#endif
