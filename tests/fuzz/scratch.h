/* scratch.h - a folder for the files of a fuzzer, in memory where there is a place for that; removed when the
 * fuzzer ends. */
#ifndef TESTS_FUZZ_SCRATCH_H
#define TESTS_FUZZ_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"

static const char *scratch_dir(void);

static void scratch_remove(void)
{
    fs_remove_all(scratch_dir(), NULL);
}

static const char *scratch_dir(void)
{
    static char dir[64];
    if (*dir == '\0') {
        snprintf(dir, sizeof dir, "%s/sluice-fuzz-XXXXXX",
                 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        sl_assert(mkdtemp(dir) != NULL && atexit(scratch_remove) == 0);
    }
    return dir;
}

#endif
