/* document.c - see document.h. */
#include "cli/document.h"

#include <stdlib.h>

#include "base/fs.h"
#include "cli/cli.h"
#include "sluice/str.h"

enum { DOCUMENT_MAX = 15 * 1024 * 1024 };

json_t *cli_document(const char *path)
{
    struct sl_err err = {0};
    json_error_t why;
    char *text;
    size_t n;
    if (!fs_read(path, DOCUMENT_MAX, &text, &n, &err)) {
        cli_failed("%s", err.msg);
        return NULL;
    }
    json_t *doc = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
    if (doc == NULL)
        cli_failed("%s:%d:%d: %s", path, why.line, why.column, why.text);
    free(text);
    return doc;
}

bool cli_policy(json_t *body, const char *text)
{
    uint64_t version;
    if (strcmp(text, "draft") == 0)
        return json_object_set_new(body, "draft", json_true()) == 0;
    if (sl_str_u64(sl_cstr(text), INT64_MAX, &version))
        return json_object_set_new(body, "version", json_integer((json_int_t)version)) == 0;
    json_t *document = cli_document(text);
    return document && json_object_set_new(body, "policy", document) == 0;
}
