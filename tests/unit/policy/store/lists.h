/* lists.h - what the tests of list sources share: lists written as files, and what the store makes of them.
 */
#ifndef TESTS_UNIT_POLICY_STORE_LISTS_H
#define TESTS_UNIT_POLICY_STORE_LISTS_H

#include <dirent.h>

#include "base/fs.h"
#include "support.h"

MAYBE_UNUSED static bool add_list(struct fixture *f, const char *name, const char *path, struct sl_err *err)
{
    struct list_source_spec spec = {.name = sl_cstr(name), .path = sl_cstr(path)};
    return store_list_add(f->store, &spec, &tester, NULL, NULL, NULL, err);
}

MAYBE_UNUSED static void must_add(struct fixture *f, const char *name, const char *path)
{
    struct sl_err err = {0};
    if (!add_list(f, name, path, &err))
        fail_msg("%s", err.msg);
}

MAYBE_UNUSED static bool add_url(struct fixture *f, const char *name, const char *url, int64_t every_ms,
                                 struct sl_err *err)
{
    struct list_source_spec spec = {.name = sl_cstr(name), .url = sl_cstr(url), .every_ms = every_ms};
    return store_list_add(f->store, &spec, &tester, NULL, NULL, NULL, err);
}

/* True when it loaded; *out_changed when the content was new. */
MAYBE_UNUSED static bool update(struct fixture *f, const char *name, bool *out_changed, struct sl_err *err)
{
    json_t *shown = NULL;
    bool ok = store_list_update(f->store, sl_cstr(name), &tester, NULL, NULL, &shown, err);
    *out_changed = json_is_true(json_object_get(shown, "changed"));
    json_decref(shown);
    return ok;
}

MAYBE_UNUSED static char *write_file(struct fixture *f, const char *name, const char *text)
{
    return tmpdir_write(f->dir, name, text);
}

/* A list file of `count` hosts whose names begin with prefix. */
MAYBE_UNUSED static char *write_hosts(struct fixture *f, const char *name, const char *prefix, int count)
{
    struct sl_text text = {0};
    for (int i = 0; i < count; i++)
        sl_text_addf(&text, "%s%d.example\n", prefix, i);
    char *path = write_file(f, name, text.p ? text.p : "\n");
    sl_text_fini(&text);
    return path;
}

MAYBE_UNUSED static char *write_below(struct fixture *f, const char *folder, const char *name,
                                      const char *text)
{
    SL_CLEANUP(sl_freep) char *dir = tmpdir_path(f->dir, folder);
    assert_true(fs_mkdir_all(dir, 0700, NULL));
    return tmpdir_write(dir, name, text);
}

MAYBE_UNUSED static void apply(struct fixture *f, const char *quoted)
{
    struct sl_err err = {0};
    json_t *doc = json_of(quoted);
    if (!store_policy_apply(f->store, doc, SL_STR(""), &tester, -1, NULL, NULL, &err))
        fail_msg("%s", err.msg);
    json_decref(doc);
}

MAYBE_UNUSED static enum action decide(struct fixture *f, const char *text)
{
    struct sl_arena arena;
    struct sl_url url;
    struct verdict v;
    sl_arena_init(&arena, 0);
    assert_true(sl_url_parse(sl_cstr(text), &arena, &url, NULL));
    struct facts facts = {.method = SL_STR("GET"), .url = &url, .time_s = 1800000000, .size = -1};
    struct snapshot *snap = policy_live_get(store_live(f->store));
    struct policy_scratch *scratch = policy_scratch_new();
    policy_decide(snap, scratch, &facts, &v);
    policy_scratch_free(&scratch);
    snapshot_unref(&snap);
    sl_arena_fini(&arena);
    return v.action;
}

MAYBE_UNUSED static json_t *show(struct fixture *f, const char *name)
{
    json_t *out = NULL;
    struct sl_err err = {0};
    if (!store_list_show(f->store, sl_cstr(name), &out, &err))
        fail_msg("%s", err.msg);
    return out;
}

MAYBE_UNUSED static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

MAYBE_UNUSED static json_int_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

MAYBE_UNUSED static void expect_error_kept(struct fixture *f, const char *name, const char *part)
{
    json_t *shown = show(f, name);
    if (!strstr(text_of(shown, "last_error"), part))
        fail_msg("'%s' has no '%s'", text_of(shown, "last_error"), part);
    json_decref(shown);
}

/* Files in a folder of the state directory. */
MAYBE_UNUSED static unsigned files_in(struct fixture *f, const char *folder)
{
    unsigned count = 0;
    SL_CLEANUP(sl_freep) char *path = tmpdir_path(f->state, folder);
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));)
        count += e->d_name[0] != '.';
    if (d)
        closedir(d);
    return count;
}

#define BLOCK_BAD                                                                            \
    "{'schema': 1, 'default': {'then': 'allow'}, 'categories': {'bad': {'lists': ['bad']}}," \
    " 'rules': [{'id': 'bad', 'if': {'category': ['bad']}, 'then': 'block'}]}"

#endif
