/* tmpdir.c - see tmpdir.h. */
#include "tests/support/tmpdir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"

char *tmpdir_new(void)
{
    const char *base = getenv("TMPDIR");
    char *path = sl_asprintf("%s/sluice-test.XXXXXX", base && *base ? base : "/tmp");
    sl_assert(mkdtemp(path));
    return path;
}

void tmpdir_free(char **path)
{
    struct sl_err err = {0};
    if (!*path)
        return;
    if (!fs_remove_all(*path, &err))
        fprintf(stderr, "tmpdir: %s\n", err.msg);
    sl_freep(path);
}

char *tmpdir_path(const char *dir, const char *name)
{
    return sl_asprintf("%s/%s", dir, name);
}

char *tmpdir_write(const char *dir, const char *name, const char *text)
{
    char *path = tmpdir_path(dir, name);
    FILE *f = fopen(path, "w");
    sl_assert(f && fwrite(text, 1, strlen(text), f) == strlen(text) && fclose(f) == 0);
    return path;
}
