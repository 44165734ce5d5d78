/* test_drafts.c - unit tests of policy/store/drafts.c. */
#include "tests/support/cmocka_all.h"

#include "support.h"

#define EMPTY "'schema': 1, 'default': {'then': 'allow'}"
#define RULES(list) "{" EMPTY ", 'rules': [" list "]}"
#define BLOCK(id) "{'id': '" id "', 'if': {}, 'then': 'block'}"

static struct draft draft_of(struct store *s)
{
    struct draft d;
    struct sl_err err = {0};
    if (!store_draft_get(s, &d, &err))
        fail_msg("%s", err.msg);
    return d;
}

static bool put(struct store *s, struct draft *d, const char *quoted, struct sl_err *err)
{
    json_t *doc = json_of(quoted);
    bool ok = store_draft_put(s, d, d->tag.version, doc, &tester, err);
    json_decref(doc);
    return ok;
}

static void must_put(struct store *s, struct draft *d, const char *quoted)
{
    struct sl_err err = {0};
    if (!put(s, d, quoted, &err))
        fail_msg("%s", err.msg);
}

static void apply(struct store *s, const char *quoted)
{
    struct policy_faults faults = {0};
    struct sl_err err = {0};
    json_t *doc = json_of(quoted);
    if (!store_policy_apply(s, doc, SL_STR(""), &tester, -1, NULL, &faults, &err))
        fail_msg("%s", err.msg);
    json_decref(doc);
    policy_faults_fini(&faults);
}

static bool commit(struct store *s, struct draft_tag seen, int64_t *out_version, size_t *out_faults,
                   struct sl_err *err)
{
    struct policy_faults faults = {0};
    bool ok = store_draft_commit(s, seen, &(struct policy_commit){.comment = SL_STR("why"), .by = &tester},
                                 out_version, &faults, err);
    *out_faults = faults.count;
    policy_faults_fini(&faults);
    return ok;
}

static size_t changes_of(struct store *s, const char *action)
{
    struct change_filter f = {.action = sl_cstr(action), .limit = 1000};
    json_t *rows;
    assert_true(store_changes(s, &f, &rows, NULL));
    size_t count = json_array_size(rows);
    json_decref(rows);
    return count;
}

static void store_draft__begins_as_the_active_version(void **state)
{
    struct fixture *f = *state;
    struct draft d = draft_of(f->store);
    json_t *active;
    assert_true(store_policy_get(f->store, 0, &active, NULL));
    assert_true(draft_tag_eq(d.tag, (struct draft_tag){.version = 1}));
    assert_int_equal(d.active, 1);
    assert_true(json_equal(d.document, active));
    json_decref(active);
    draft_fini(&d);
}

static void store_draft_put__keeps_author_time_and_revision(void **state)
{
    struct fixture *f = *state;
    struct draft d = draft_of(f->store), kept;
    must_put(f->store, &d, RULES(BLOCK("a")));
    assert_int_equal(d.tag.revision, 1);
    must_put(f->store, &d, RULES(BLOCK("b")));
    assert_int_equal(d.tag.revision, 2);
    reopen(f);
    kept = draft_of(f->store);
    assert_true(draft_tag_eq(kept.tag, d.tag));
    assert_true(kept.created_us == d.created_us && kept.changed_us == d.changed_us);
    assert_string_equal(kept.author, "tester");
    assert_true(json_equal(kept.document, d.document));
    assert_int_equal(store_policy_version(f->store), 1);
    draft_fini(&d);
    draft_fini(&kept);
}

static void store_draft_put__of_an_equal_document_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct draft d = draft_of(f->store);
    json_t *same = json_deep_copy(d.document);
    assert_true(store_draft_put(f->store, &d, 1, same, &tester, NULL));
    assert_int_equal(d.tag.revision, 0);
    assert_int_equal(changes_of(f->store, "draft.create"), 0);
    json_decref(same);
    draft_fini(&d);
}

static void store_draft_put__refuses_who_has_not_seen_the_last_change(void **state)
{
    struct fixture *f = *state;
    struct draft mine = draft_of(f->store), theirs = draft_of(f->store);
    struct sl_err err = {0};
    must_put(f->store, &theirs, RULES(BLOCK("a")));
    assert_false(put(f->store, &mine, RULES(BLOCK("b")), &err));
    assert_int_equal(err.code, SL_CONFLICT);
    assert_true(draft_tag_eq(mine.tag, (struct draft_tag){.version = 1}));
    assert_non_null(strstr(err.msg, "tester"));
    draft_fini(&mine);
    draft_fini(&theirs);
}

/* A tag never means two documents, also when one draft follows another. */
static void store_draft_discard__does_not_use_revisions_again(void **state)
{
    struct fixture *f = *state;
    struct draft d = draft_of(f->store);
    struct sl_err err = {0};
    must_put(f->store, &d, RULES(BLOCK("a")));
    struct draft_tag old = d.tag;
    assert_true(store_draft_discard(f->store, d.tag, &tester, NULL));
    assert_false(store_draft_discard(f->store, d.tag, &tester, &err));
    assert_int_equal(err.code, SL_CONFLICT);
    assert_false(store_draft_discard(f->store, (struct draft_tag){.version = 1}, &tester, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    draft_fini(&d);
    d = draft_of(f->store);
    must_put(f->store, &d, RULES(BLOCK("b")));
    assert_true(d.tag.revision > old.revision);
    draft_fini(&d);
}

static void store_draft_document__remembers_the_latest_revisions(void **state)
{
    enum { PUTS = 60, KEPT = 50 };
    struct fixture *f = *state;
    struct draft d = draft_of(f->store);
    struct sl_err err = {0};
    json_t *doc;
    for (int i = 1; i <= PUTS; i++) {
        char *text = sl_asprintf("{" EMPTY ", 'note': '%d'}", i);
        must_put(f->store, &d, text);
        free(text);
    }
    for (int i = 1; i <= PUTS; i++) {
        struct draft_tag tag = {.version = 1, .revision = i};
        bool kept = store_draft_document(f->store, tag, &doc, &err);
        assert_int_equal(kept, i > PUTS - KEPT);
        if (kept) {
            assert_int_equal(strtol(json_string_value(json_object_get(doc, "note")), NULL, 10), i);
            json_decref(doc);
        } else {
            assert_int_equal(err.code, SL_NOT_FOUND);
        }
    }
    assert_false(
        store_draft_document(f->store, (struct draft_tag){2, PUTS}, &doc, NULL)); /* of another version */
    draft_fini(&d);
}

static void store_draft_put__bounds_the_size(void **state)
{
    enum { LONG = 17 << 20 };
    struct fixture *f = *state;
    struct draft d = draft_of(f->store);
    struct sl_err err = {0};
    char *text = sl_malloc(LONG + 1);
    memset(text, 'x', LONG);
    text[LONG] = '\0';
    json_t *doc = json_pack("{s:s}", "note", text);
    assert_false(store_draft_put(f->store, &d, 1, doc, &tester, &err));
    assert_int_equal(err.code, SL_LIMIT);
    json_decref(doc);
    free(text);
    draft_fini(&d);
}

static void store_draft_authors__names_each_once_in_order(void **state)
{
    static const struct actor anna = {{"anna", 4}, {"::1", 3}}, ben = {{"ben", 3}, {"::1", 3}};
    static const struct actor *const by[] = {&tester, &ben, &anna, &ben};
    struct fixture *f = *state;
    struct draft d = draft_of(f->store);
    json_t *names;
    for (size_t i = 0; i < SL_COUNT(by); i++) {
        json_t *doc = json_pack("{s:i}", "n", (int)i);
        assert_true(store_draft_put(f->store, &d, 1, doc, by[i], NULL));
        json_decref(doc);
    }
    assert_true(store_draft_authors(f->store, (struct draft_tag){1, 1}, &names, NULL));
    assert_int_equal(json_array_size(names), 2);
    assert_string_equal(json_string_value(json_array_get(names, 0)), "ben");
    assert_string_equal(json_string_value(json_array_get(names, 1)), "anna");
    json_decref(names);
    assert_true(store_draft_authors(f->store, (struct draft_tag){1, 0}, &names, NULL));
    assert_int_equal(json_array_size(names), 3);
    json_decref(names);
    draft_fini(&d);
}

static void store_draft_commit__makes_a_version_and_ends_the_draft(void **state)
{
    struct fixture *f = *state;
    struct draft d = draft_of(f->store);
    struct sl_err err = {0};
    size_t faults;
    int64_t version;
    must_put(f->store, &d, RULES(BLOCK("a")));
    assert_true(commit(f->store, d.tag, &version, &faults, &err));
    assert_int_equal(version, 2);
    draft_fini(&d);
    reopen(f);
    d = draft_of(f->store);
    assert_true(draft_tag_eq(d.tag, (struct draft_tag){.version = 2}));
    assert_int_equal(changes_of(f->store, "draft.create"), 1);
    assert_int_equal(changes_of(f->store, "draft.commit"), 1);
    assert_int_equal(changes_of(f->store, "policy.apply"), 1); /* version 1 */
    draft_fini(&d);
}

static void store_draft_commit__refuses_what_does_not_hold(void **state)
{
    struct fixture *f = *state;
    struct draft d = draft_of(f->store);
    struct sl_err err = {0};
    size_t faults;
    int64_t version;
    must_put(f->store, &d, RULES("{'id': 'a', 'if': {'group': 'nobody'}, 'then': 'block'}"));
    assert_false(commit(f->store, d.tag, &version, &faults, &err));
    assert_int_equal(faults, 1);
    must_put(f->store, &d, "{" EMPTY ", 'tests': [{'url': 'http://x/', 'expect': 'block'}]}");
    assert_false(commit(f->store, d.tag, &version, &faults, &err));
    assert_int_equal(faults, 1);
    assert_int_equal(store_policy_version(f->store), 1);
    struct draft kept = draft_of(f->store);
    assert_true(draft_tag_eq(kept.tag, d.tag));
    draft_fini(&kept);
    draft_fini(&d);
}

static void store_draft_commit__refuses_an_older_base(void **state)
{
    struct fixture *f = *state;
    struct draft d = draft_of(f->store), kept;
    struct sl_err err = {0};
    size_t faults;
    int64_t version;
    must_put(f->store, &d, RULES(BLOCK("a")));
    apply(f->store, RULES(BLOCK("b")));
    assert_false(commit(f->store, d.tag, &version, &faults, &err));
    assert_int_equal(err.code, SL_CONFLICT);
    kept = draft_of(f->store);
    assert_true(draft_tag_eq(kept.tag, d.tag));
    assert_int_equal(kept.active, 2);
    /* Rebased, it goes. */
    json_t *doc = json_of(RULES(BLOCK("a") "," BLOCK("b")));
    assert_true(store_draft_put(f->store, &kept, 2, doc, &tester, &err));
    assert_int_equal(kept.tag.version, 2);
    assert_int_equal(changes_of(f->store, "draft.rebase"), 1);
    assert_true(commit(f->store, kept.tag, &version, &faults, &err));
    assert_int_equal(version, 3);
    json_decref(doc);
    draft_fini(&kept);
    draft_fini(&d);
}

static void store_draft_commit__refuses_what_was_not_seen(void **state)
{
    struct fixture *f = *state;
    struct draft d = draft_of(f->store);
    struct sl_err err = {0};
    size_t faults;
    int64_t version;
    assert_false(commit(f->store, d.tag, &version, &faults, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    must_put(f->store, &d, RULES(BLOCK("a")));
    struct draft_tag seen = d.tag;
    must_put(f->store, &d, RULES(BLOCK("b")));
    assert_false(commit(f->store, seen, &version, &faults, &err));
    assert_int_equal(err.code, SL_CONFLICT);
    assert_int_equal(store_policy_version(f->store), 1);
    draft_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(store_draft__begins_as_the_active_version, set_up, tear_down),
        cmocka_unit_test_setup_teardown(store_draft_put__keeps_author_time_and_revision, set_up, tear_down),
        cmocka_unit_test_setup_teardown(store_draft_put__of_an_equal_document_changes_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(store_draft_put__refuses_who_has_not_seen_the_last_change, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(store_draft_discard__does_not_use_revisions_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(store_draft_document__remembers_the_latest_revisions, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(store_draft_put__bounds_the_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(store_draft_authors__names_each_once_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(store_draft_commit__makes_a_version_and_ends_the_draft, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(store_draft_commit__refuses_what_does_not_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(store_draft_commit__refuses_an_older_base, set_up, tear_down),
        cmocka_unit_test_setup_teardown(store_draft_commit__refuses_what_was_not_seen, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("store/drafts", tests, NULL, NULL);
}
