/* tmpdir.h - a folder of the test's own, removed with everything in it. */
#ifndef TESTS_SUPPORT_TMPDIR_H
#define TESTS_SUPPORT_TMPDIR_H

/* Makes a new empty folder, mode 0700, in $TMPDIR or /tmp. The path is on the heap. */
char *tmpdir_new(void);
/* Removes it and everything below, frees the path and clears the pointer. */
void tmpdir_free(char **path);
/* "path/name" on the heap. */
char *tmpdir_path(const char *dir, const char *name);
/* Writes a file there; returns its path, on the heap. */
char *tmpdir_write(const char *dir, const char *name, const char *text);

#endif
