/* fuzz_parent.c - any bytes as an entry of `parent`: what is taken is whole, and masked it still is an entry.
 */
#include <stdlib.h>

#include "base/parent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct parent_spec spec, again;
    struct sl_err err = {0};
    if (!parent_parse(sl_str((const char *)data, size), &spec, &err)) {
        sl_assert(err.code == SL_BAD_INPUT && *err.msg);
        return 0;
    }
    sl_assert(spec.port > 0 && *spec.host && *spec.name && (*spec.user || !*spec.password));
    SL_CLEANUP(sl_freep) char *shown = sl_str_dup(sl_str((const char *)data, size));
    parent_mask(shown);
    sl_assert(parent_parse(sl_cstr(shown), &again, &err));
    sl_assert(strcmp(spec.host, again.host) == 0 && strcmp(spec.user, again.user) == 0);
    return 0;
}
