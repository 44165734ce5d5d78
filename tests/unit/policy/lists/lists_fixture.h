/* lists_fixture.h - a temporary folder with list files in it, and a catalogue built from them. */
#ifndef TESTS_LISTS_FIXTURE_H
#define TESTS_LISTS_FIXTURE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "sluice/lists.h"
#include "tests/support/cmocka_all.h"

static const uint8_t fixture_secret[32] = "0123456789abcdef0123456789abcde";

struct fixture {
    char dir[64];
    struct catalogue_source sources[128];
    size_t count;
};

static inline void fixture_init(struct fixture *f)
{
    *f = (struct fixture){0};
    snprintf(f->dir, sizeof f->dir, "/tmp/sluice-lists-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
}

static inline void fixture_fini(struct fixture *f)
{
    struct sl_err err;
    for (size_t i = 0; i < f->count; i++) {
        free((char *)f->sources[i].name);
        free((char *)f->sources[i].file);
    }
    assert_true(fs_remove_all(f->dir, &err));
}

/* Writes a file below the folder, making folders on the way; returns its path, to be freed. */
static inline char *fixture_write(struct fixture *f, const char *name, const void *data, size_t n)
{
    char *path = sl_asprintf("%s/%s", f->dir, name);
    for (char *p = path + strlen(f->dir) + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        mkdir(path, 0700);
        *p = '/';
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, n), n);
    close(fd);
    return path;
}

/* Imports text as list `name`, to be built later. */
static inline void fixture_list(struct fixture *f, const char *name, const char *format, const char *text)
{
    struct list_import imp;
    struct sl_err err = {0};
    char *path = fixture_write(f, "raw", text, strlen(text));
    if (!list_import(path, format, f->dir, 1 << 30, NULL, NULL, &imp, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(imp.count, 1);
    struct catalogue_source *s = &f->sources[f->count++];
    *s = (struct catalogue_source){.name = sl_strdup(name), .file = sl_strdup(imp.parts[0].file)};
    memcpy(s->sha256, imp.parts[0].sha256, 32);
    list_import_fini(&imp);
    free(path);
}

static inline struct list_provider *fixture_build(struct fixture *f)
{
    struct sl_err err = {0};
    struct list_provider *p = NULL;
    char *path = sl_asprintf("%s/catalogue", f->dir);
    if (!catalogue_build(f->sources, f->count, fixture_secret, path, NULL, NULL, &err) ||
        !catalogue_open(path, &p, &err))
        fail_msg("%s", err.msg);
    free(path);
    return p;
}

/* The names of the lists that hold url (or "host:port", a tunnel), in order, with spaces between. */
static inline const char *fixture_lists_of(const struct list_provider *p, const char *url)
{
    static char names[4096];
    struct sl_arena arena;
    struct sl_url u;
    struct sl_err err = {0};
    uint64_t bits[256] = {0};
    size_t n = 0;
    sl_arena_init(&arena, 0);
    bool ok = strstr(url, "://") != NULL ? sl_url_parse(sl_cstr(url), &arena, &u, &err)
                                         : sl_url_parse_authority(sl_cstr(url), &arena, &u, &err);
    if (!ok)
        fail_msg("%s: %s", url, err.msg);
    p->lookup(p, &u, bits);
    names[0] = '\0';
    for (size_t i = 0; i < p->count; i++)
        if (bits[i / 64] >> i % 64 & 1)
            n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", n > 0 ? " " : "", p->name(p, (int)i));
    sl_arena_fini(&arena);
    return names;
}

#endif
