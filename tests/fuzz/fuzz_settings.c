/* fuzz_settings.c - any bytes as a settings file: every one loads or has a fault, and what loads prints as a
 * file that loads to the same settings. */
#include <stdio.h>
#include <stdlib.h>

#include "sluice/settings.h"

static char *printed(const struct settings *s)
{
    char *text;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    sl_assert(out);
    settings_print(s, out);
    fclose(out);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings first, second;
    struct conf_faults faults = {0};
    if (settings_load_text("input", sl_str((const char *)data, size), &first, &faults)) {
        SL_CLEANUP(sl_freep) char *text = printed(&first);
        sl_assert(settings_load_text("printed", sl_cstr(text), &second, &faults));
        SL_CLEANUP(sl_freep) char *again = printed(&second);
        sl_assert(strcmp(text, again) == 0);
        settings_fini(&second);
    } else {
        sl_assert(faults.count > 0);
    }
    settings_fini(&first);
    conf_faults_fini(&faults);
    return 0;
}
