/* fuzz_replay.c - main() of a fuzz target without libFuzzer: feeds it every file named, and every file of
 * every folder named, in order of their names. Arguments that begin with '-' are libFuzzer's and ignored. A
 * corpus that is missing or empty is a failure: a replay of nothing proves nothing. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LARGEST_INPUT = 16 << 20 };

static bool replay_file(const char *path, size_t *count)
{
    char *data;
    size_t n;
    struct sl_err err = {0};
    if (!fs_read(path, LARGEST_INPUT, &data, &n, &err)) {
        fprintf(stderr, "fuzz_replay: %s\n", err.msg);
        return false;
    }
    /* A copy of exactly n bytes: the sanitizer sees a read behind the end, which fs_read's NUL would hide. */
    uint8_t *exact = sl_malloc(n);
    if (n)
        memcpy(exact, data, n);
    free(data);
    /* The last name on stderr is the input that crashed. */
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    (*count)++;
    return true;
}

static int visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static bool replay(const char *path, size_t *count)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        perror(path);
        return false;
    }
    if (!S_ISDIR(st.st_mode))
        return replay_file(path, count);
    struct dirent **entries;
    int n = scandir(path, &entries, visible, alphasort);
    bool ok = n > 0;
    if (!ok)
        fprintf(stderr, "fuzz_replay: %s is empty\n", path);
    for (int i = 0; i < n; i++) {
        SL_CLEANUP(sl_freep) char *below = sl_asprintf("%s/%s", path, entries[i]->d_name);
        ok = replay(below, count) && ok;
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return ok;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    bool ok = true;
    for (int i = 1; i < argc; i++)
        if (argv[i][0] != '-')
            ok = replay(argv[i], &count) && ok;
    printf("%zu inputs replayed\n", count);
    return ok && count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
