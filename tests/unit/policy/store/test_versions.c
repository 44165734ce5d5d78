/* test_versions.c - unit tests of policy/store/versions.c and of the change log. */
#include "tests/support/cmocka_all.h"

#include <pthread.h>
#include <stdatomic.h>

#include "support.h"

#define EMPTY "'schema': 1, 'default': {'then': 'allow'}"
static const char blocking[] = "{" EMPTY ", 'rules': [{'id': 'all', 'if': {}, 'then': 'block'}]}";
static const char reordered[] =
    "{'rules': [{'then': 'block', 'if': {}, 'id': 'all'}], 'default': {'then': 'allow'}, 'schema': 1}";
static const char warning[] = "{" EMPTY ", 'rules': [{'id': 'all', 'if': {}, 'then': 'warn'}]}";

static bool apply(struct store *s, const char *quoted, int64_t expected, int64_t *out_version,
                  struct sl_err *err)
{
    struct policy_faults faults = {0};
    json_t *doc = json_of(quoted);
    bool ok = store_policy_apply(s, doc, SL_STR("a comment"), &tester, expected, out_version, &faults, err);
    assert_true(ok == (faults.count == 0) || err->code == SL_CONFLICT);
    json_decref(doc);
    policy_faults_fini(&faults);
    return ok;
}

static int64_t live_version(struct store *s)
{
    struct snapshot *snap = policy_live_get(store_live(s));
    int64_t version = snapshot_version(snap);
    snapshot_unref(&snap);
    return version;
}

static json_t *versions(struct store *s, int64_t before, unsigned limit)
{
    json_t *out = NULL;
    struct sl_err err = {0};
    if (!store_policy_versions(s, before, limit, &out, &err))
        fail_msg("%s", err.msg);
    return out;
}

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* A name can vanish from the settings: what is in force stays, and comes back at the next start. */
static void store_policy_apply__wants_parents_that_exist(void **state)
{
    static const char through[] =
        "{" EMPTY ", 'rules': [{'id': 'a', 'if': {}, 'then': 'allow', 'parent': 'eu'}]}";
    struct fixture *f = *state;
    struct sl_err err = {0};
    int64_t version;
    assert_false(apply(f->store, through, -1, &version, &err));
    assert_string_equal(err.msg,
                        "/rules/0/parent: no parent proxy is called 'eu'; write direct, or name it in "
                        "proxy.parent of the settings");
    store_set_parents(f->store, (const char *const[]){"eu"}, 1);
    assert_true(apply(f->store, through, -1, &version, &err));
    store_set_parents(f->store, NULL, 0);
    json_t *missing = store_missing_parents(f->store, NULL);
    assert_int_equal(json_array_size(missing), 1);
    json_decref(missing);
    store_close(&f->store);
    f->store = open_store(f->state);
    assert_int_equal(live_version(f->store), version);
}

static void store__begins_with_version_1(void **state)
{
    struct fixture *f = *state;
    json_t *doc = NULL, *expected = json_of("{" EMPTY "}");
    assert_int_equal(store_policy_version(f->store), 1);
    assert_int_equal(live_version(f->store), 1);
    assert_true(store_policy_get(f->store, 0, &doc, NULL));
    assert_true(json_equal(doc, expected));
    json_decref(doc);
    json_decref(expected);
}

static void apply__makes_a_version_and_swaps(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    int64_t version = 0;
    uint64_t epoch = policy_live_epoch(store_live(f->store));
    assert_true(apply(f->store, blocking, -1, &version, &err));
    assert_int_equal(version, 2);
    assert_int_equal(live_version(f->store), 2);
    assert_true(policy_live_epoch(store_live(f->store)) > epoch);
    reopen(f);
    assert_int_equal(store_policy_version(f->store), 2);
    assert_int_equal(live_version(f->store), 2);
    json_t *doc = NULL, *expected = json_of(blocking);
    assert_true(store_policy_get(f->store, 2, &doc, NULL));
    assert_true(json_equal(doc, expected));
    json_decref(doc);
    json_decref(expected);
}

static void apply__keeps_the_version_of_an_equal_document(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    int64_t version = 0;
    assert_true(apply(f->store, blocking, -1, &version, &err));
    uint64_t epoch = policy_live_epoch(store_live(f->store));
    assert_true(apply(f->store, reordered, -1, &version, &err));
    assert_int_equal(version, 2);
    assert_int_equal(policy_live_epoch(store_live(f->store)), epoch);
}

static void apply__changes_nothing_when_there_is_a_fault(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *doc, *pointer;
    } cases[] = {
        {"{}", ""},
        {"{" EMPTY ", 'surprise': 1}", "/surprise"},
        {"{" EMPTY ", 'rules': [{'id': 'x', 'if': {'category': ['nowhere']}, 'then': 'block'}]}",
         "/rules/0/if/category/0"},
        {"{" EMPTY ", 'categories': {'c': {'lists': ['nowhere']}}}", "/categories/c/lists/0"},
        {"{" EMPTY ", 'tests': [{'url': 'http://example.com/', 'expect': 'block'}]}", "/tests/0"},
        {"[]", ""},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct policy_faults faults = {0};
        struct sl_err err = {0};
        int64_t version = 0;
        json_t *doc = json_of(cases[i].doc);
        assert_false(store_policy_apply(f->store, doc, SL_STR(""), &tester, -1, &version, &faults, &err));
        assert_int_equal(err.code, SL_BAD_INPUT);
        assert_true(faults.count > 0);
        if (*cases[i].pointer)
            assert_string_equal(faults.items[0].pointer, cases[i].pointer);
        assert_false(store_policy_check(f->store, doc, NULL, NULL, &err));
        json_decref(doc);
        policy_faults_fini(&faults);
    }
    assert_int_equal(store_policy_version(f->store), 1);
    assert_int_equal(live_version(f->store), 1);
    json_t *rows = versions(f->store, 0, 100);
    assert_int_equal(json_array_size(rows), 1);
    json_decref(rows);
}

static void apply__refuses_when_somebody_was_faster(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    int64_t version = 0;
    assert_true(apply(f->store, blocking, 1, &version, &err));
    assert_false(apply(f->store, warning, 1, &version, &err));
    assert_int_equal(err.code, SL_CONFLICT);
    assert_string_equal(err.msg, "policy version 2 is active, not 1: somebody changed it meanwhile");
    assert_true(apply(f->store, warning, 2, &version, &err));
    assert_int_equal(version, 3);
}

static void rollback__makes_a_new_version_of_the_old_document(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    int64_t version = 0;
    assert_true(apply(f->store, blocking, -1, &version, &err));
    assert_true(
        store_policy_rollback(f->store, 1, &(struct policy_commit){.by = &tester}, &version, NULL, &err));
    assert_int_equal(version, 3);
    json_t *first = NULL, *now = NULL, *rows = versions(f->store, 0, 2);
    assert_true(store_policy_get(f->store, 1, &first, NULL) && store_policy_get(f->store, 0, &now, NULL));
    assert_true(json_equal(first, now));
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(text(json_array_get(rows, 0), "comment"), "roll back to version 1");
    assert_string_equal(text(json_array_get(rows, 0), "author"), "tester");
    assert_true(json_is_true(json_object_get(json_array_get(rows, 0), "active")));
    assert_true(json_is_false(json_object_get(json_array_get(rows, 1), "active")));
    json_t *changes = NULL;
    assert_true(store_changes(f->store, &(struct change_filter){.limit = 1}, &changes, NULL));
    const json_t *after = json_object_get(json_array_get(changes, 0), "after");
    assert_int_equal(json_integer_value(json_object_get(after, "restores")), 1);
    json_decref(changes);
    json_decref(first);
    json_decref(now);
    json_decref(rows);
    assert_false(
        store_policy_rollback(f->store, 99, &(struct policy_commit){.by = &tester}, &version, NULL, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    assert_false(
        store_policy_rollback(f->store, 0, &(struct policy_commit){.by = &tester}, &version, NULL, &err));
    assert_true(
        store_policy_rollback(f->store, 1, &(struct policy_commit){.by = &tester}, &version, NULL, &err));
    assert_int_equal(version, 3);
}

static void versions__come_in_pages(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    for (int i = 0; i < 6; i++)
        assert_true(apply(f->store, i % 2 ? warning : blocking, -1, NULL, &err));
    json_t *rows = versions(f->store, 5, 3);
    assert_int_equal(json_array_size(rows), 3);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 0), "version")), 4);
    json_decref(rows);
}

static void check__runs_the_tests_and_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    size_t passed = 0;
    json_t *doc = json_of("{" EMPTY ", 'tests': [{'url': 'http://a.example/', 'expect': 'allow'},"
                          " {'url': 'http://b.example/', 'expect': 'allow'}]}");
    assert_true(store_policy_check(f->store, doc, NULL, &passed, &err));
    assert_int_equal(passed, 2);
    assert_int_equal(store_policy_version(f->store), 1);
    struct policy_faults faults = {0};
    struct snapshot *snap = store_policy_compile(f->store, doc, &faults);
    assert_non_null(snap);
    snapshot_unref(&snap);
    json_decref(doc);
}

static void changes__tell_who_did_what(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    assert_true(apply(f->store, blocking, -1, NULL, &err));
    assert_false(apply(f->store, "{}", -1, NULL, &err));
    json_t *rows = NULL;
    assert_true(store_changes(f->store, &(struct change_filter){.limit = 100}, &rows, &err));
    assert_int_equal(json_array_size(rows), 2);
    json_t *row = json_array_get(rows, 0), *first = json_array_get(rows, 1);
    assert_string_equal(text(row, "actor"), "tester");
    assert_string_equal(text(row, "source"), "192.0.2.1");
    assert_string_equal(text(row, "action"), "policy.apply");
    assert_string_equal(text(row, "subject"), "2");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(row, "before"), "version")), 1);
    assert_string_equal(text(row, "comment"), "a comment");
    assert_string_equal(text(first, "actor"), "system");
    int64_t id = json_integer_value(json_object_get(row, "id"));
    json_decref(rows);
    assert_true(store_changes(f->store, &(struct change_filter){.before = id, .limit = 100}, &rows, &err));
    assert_int_equal(json_array_size(rows), 1);
    json_decref(rows);
}

struct race {
    struct store *s;
    const char *doc;
    _Atomic int made;
};

static void *race_main(void *arg)
{
    struct race *r = arg;
    for (int i = 0; i < 10; i++) {
        struct sl_err err = {0};
        int64_t version = 0;
        json_t *doc = json_of(i % 2 ? blocking : warning);
        if (store_policy_apply(r->s, doc, SL_STR(""), NULL, store_policy_version(r->s), &version, NULL, &err))
            atomic_fetch_add(&r->made, 1);
        json_decref(doc);
        struct snapshot *snap = policy_live_get(store_live(r->s));
        sl_assert(snapshot_version(snap) >= 1);
        snapshot_unref(&snap);
    }
    return NULL;
}

static void apply__keeps_order_in_a_crowd(void **state)
{
    struct fixture *f = *state;
    struct race race = {.s = f->store};
    pthread_t threads[4];
    for (size_t i = 0; i < SL_COUNT(threads); i++)
        pthread_create(&threads[i], NULL, race_main, &race);
    for (size_t i = 0; i < SL_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(live_version(f->store), store_policy_version(f->store));
    json_t *rows = versions(f->store, 0, 100);
    assert_int_equal(json_array_size(rows), store_policy_version(f->store));
    json_decref(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(store__begins_with_version_1),
        CASE(store_policy_apply__wants_parents_that_exist),
        CASE(apply__makes_a_version_and_swaps),
        CASE(apply__keeps_the_version_of_an_equal_document),
        CASE(apply__changes_nothing_when_there_is_a_fault),
        CASE(apply__refuses_when_somebody_was_faster),
        CASE(rollback__makes_a_new_version_of_the_old_document),
        CASE(versions__come_in_pages),
        CASE(check__runs_the_tests_and_changes_nothing),
        CASE(changes__tell_who_did_what),
        CASE(apply__keeps_order_in_a_crowd),
    };
    return cmocka_run_group_tests_name("policy/store/versions", tests, NULL, NULL);
}
