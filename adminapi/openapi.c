/* openapi.c - see openapi.h. The assembler puts the file in as it is; CMake names it and rebuilds when it
 * changes. */
#include "adminapi/openapi.h"

#include <ctype.h>
#include <jansson.h>
#include <pthread.h>

__asm__(".section .rodata\n"
        ".global openapi_begin\n"
        ".global openapi_end\n"
        "openapi_begin:\n"
        ".incbin \"" OPENAPI_FILE "\"\n"
        "openapi_end:\n"
        ".byte 0\n"
        ".previous\n");

extern const char openapi_begin[], openapi_end[];

struct sl_str openapi_document(void)
{
    return sl_str(openapi_begin, (size_t)(openapi_end - openapi_begin));
}

/* ---- as a table of parameters ---- */

static json_t *contract; /* parsed once, read by all, freed with the process */

static void parse(void)
{
    struct sl_str text = openapi_document();
    contract = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    sl_assert(contract);
}

/* "#/components/parameters/limit" is followed; anything else stands for itself. */
static const json_t *resolved(const json_t *parameter)
{
    static const char below[] = "#/components/parameters/";
    const char *ref = json_string_value(json_object_get(parameter, "$ref"));
    if (ref == NULL || strncmp(ref, below, sizeof below - 1) != 0)
        return parameter;
    const json_t *components = json_object_get(contract, "components");
    return json_object_get(json_object_get(components, "parameters"), ref + sizeof below - 1);
}

bool openapi_takes(struct sl_str method, const char *path, struct sl_str parameter)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    char key[16];
    const json_t *item;
    size_t i;
    pthread_once(&once, parse);
    snprintf(key, sizeof key, "%.*s", SL_FMT(method));
    for (char *c = key; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    const json_t *operation = json_object_get(json_object_get(json_object_get(contract, "paths"), path), key);
    json_array_foreach(json_object_get(operation, "parameters"), i, item)
    {
        const json_t *p = resolved(item);
        const char *in = json_string_value(json_object_get(p, "in"));
        const char *name = json_string_value(json_object_get(p, "name"));
        if (in && name && strcmp(in, "query") == 0 && sl_str_eq(sl_cstr(name), parameter))
            return true;
    }
    return false;
}
