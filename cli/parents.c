/* parents.c - see cli/parents.h. */
#include "cli/parents.h"

#include "base/crypto.h"
#include "base/parent.h"

static bool is_there(char (*names)[PARENT_NAME_MAX + 1], size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

void parents_tell(const struct settings *s, struct store *store)
{
    char names[PARENTS_MAX][PARENT_NAME_MAX + 1];
    const char *pointers[PARENTS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < s->proxy.parents.count && i < PARENTS_MAX; i++) {
        struct parent_spec spec;
        if (parent_parse(sl_cstr(s->proxy.parents.items[i]), &spec, NULL) &&
            !is_there(names, count, spec.name)) {
            memcpy(names[count], spec.name, sizeof spec.name);
            pointers[count] = names[count];
            count++;
        }
        crypto_wipe(&spec, sizeof spec);
    }
    store_set_parents(store, pointers, count);
}
