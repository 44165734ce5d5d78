/* learning.c - see learning.h. */
#include "cli/learning.h"

#include "sluice/learned.h"

void learning_tell(const struct settings *s, struct store *store)
{
    struct learn_config cfg = {.mode = (enum learn_mode)s->inspect.learn,
                               .failures = (unsigned)s->inspect.learn_failures,
                               .clients = (unsigned)s->inspect.learn_clients,
                               .for_ms = s->inspect.learn_for_ms};
    learned_configure(store_learned(store), &cfg);
}
