/* support.h - what the store's tests share: policies written down as C strings, and a store in a folder of
 * its own. */
#ifndef TESTS_UNIT_POLICY_STORE_SUPPORT_H
#define TESTS_UNIT_POLICY_STORE_SUPPORT_H

#include <stdio.h>
#include <stdlib.h>

#include "sluice/store.h"
#include "tests/support/tmpdir.h"

#define MAYBE_UNUSED __attribute__((unused))

/* JSON with single quotes for double ones. */
MAYBE_UNUSED static json_t *json_of(const char *quoted)
{
    char *text = sl_strdup(quoted);
    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    json_error_t fault;
    json_t *json = json_loads(text, JSON_DECODE_ANY, &fault);
    if (!json)
        fail_msg("%s: %s", fault.text, text);
    free(text);
    return json;
}

MAYBE_UNUSED static struct snapshot *snapshot_of(const char *quoted, struct list_provider *lists)
{
    struct policy_faults faults = {0};
    json_t *doc = json_of(quoted);
    struct snapshot *s = snapshot_compile(doc, lists, 1, &faults);
    if (!s)
        fail_msg("%s: %s", faults.items[0].pointer, faults.items[0].message);
    json_decref(doc);
    policy_faults_fini(&faults);
    return s;
}

MAYBE_UNUSED static struct store *open_store(const char *dir)
{
    struct store *s = NULL;
    struct sl_err err = {0};
    static const struct sl_cidr loopback = {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127}}, 96 + 8};
    if (!store_open(dir, &s, &err))
        fail_msg("%s", err.msg);
    store_allow_private(s, &loopback, 1); /* where the web server of the tests is */
    return s;
}

static const struct actor tester MAYBE_UNUSED = {{"tester", 6}, {"192.0.2.1", 9}};

/* A folder and an open store in it. */
struct fixture {
    char *dir;
    char *state;
    struct store *store;
};

MAYBE_UNUSED static int set_up(void **state)
{
    struct fixture *f = sl_calloc(1, sizeof *f);
    f->dir = tmpdir_new();
    f->state = tmpdir_path(f->dir, "state");
    f->store = open_store(f->state);
    *state = f;
    return 0;
}

MAYBE_UNUSED static int tear_down(void **state)
{
    struct fixture *f = *state;
    store_close(&f->store);
    tmpdir_free(&f->dir);
    free(f->state);
    free(f);
    return 0;
}

MAYBE_UNUSED static void reopen(struct fixture *f)
{
    store_close(&f->store);
    f->store = open_store(f->state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
