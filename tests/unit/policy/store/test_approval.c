/* test_approval.c - unit tests of policy/store/approval.c: drafts that a second person has to approve. */
#include "tests/support/cmocka_all.h"

#include "sluice/clock.h"
#include "support.h"

#define EMPTY "'schema': 1, 'default': {'then': 'allow'}"
static const char blocking[] = "{" EMPTY ", 'rules': [{'id': 'all', 'if': {}, 'then': 'block'}]}";
static const struct actor anna = {.name = {"anna", 4}, .source = {"::1", 3}},
                          ben = {.name = {"ben", 3}, .source = {"::1", 3}},
                          anna_token = {
                              .name = {"token:deploy", 12}, .source = {"::1", 3}, .account = {"anna", 4}};

static struct draft_tag write_draft(struct store *s, const char *quoted, struct sl_err *err)
{
    struct draft d;
    json_t *doc = json_of(quoted);
    assert_true(store_draft_get(s, &d, NULL));
    store_draft_put(s, &d, d.tag.version, doc, &anna, err);
    struct draft_tag tag = d.tag;
    draft_fini(&d);
    json_decref(doc);
    return tag;
}

static bool ask(struct store *s, struct draft_tag tag, struct sl_err *err)
{
    struct policy_commit c = {.comment = SL_STR("please"), .by = &anna, .confirm_ms = 60000};
    return store_draft_request(s, tag, &c, NULL, err);
}

static bool approve(struct store *s, struct draft_tag tag, const struct actor *by, struct sl_err *err)
{
    int64_t version;
    return store_draft_approve(s, tag, SL_STR("fine"), by, &version, NULL, err);
}

static void assert_text(const json_t *object, const char *key, const char *expected)
{
    assert_string_equal(json_string_value(json_object_get(object, key)), expected);
}

static void approval__publishes_for_who_asked(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    struct draft_tag tag = write_draft(f->store, blocking, &err);
    assert_true(ask(f->store, tag, &err));
    assert_int_equal(store_policy_version(f->store), 1);
    reopen(f); /* it waits through a restart */
    assert_true(approve(f->store, tag, &ben, &err));
    assert_int_equal(store_policy_version(f->store), 2);
    json_t *rows = NULL, *log = NULL, *confirm = store_policy_unconfirmed(f->store, sl_wall_us());
    struct change_filter newest = {.limit = 2};
    assert_true(store_policy_versions(f->store, 0, 1, &rows, NULL) &&
                store_changes(f->store, &newest, &log, NULL));
    assert_text(json_array_get(rows, 0), "author", "anna");
    assert_text(json_array_get(rows, 0), "approved_by", "ben");
    assert_text(json_array_get(rows, 0), "comment", "please");
    assert_text(json_array_get(log, 0), "action", "draft.approve");
    assert_text(json_array_get(log, 0), "actor", "ben");
    assert_text(json_array_get(log, 0), "comment", "fine");
    assert_text(json_array_get(log, 1), "action", "draft.request");
    assert_int_equal(json_integer_value(json_object_get(confirm, "version")), 2); /* as it was asked for */
    json_decref(rows);
    json_decref(log);
    json_decref(confirm);
}

static void approval__is_not_for_the_account_that_asked(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    struct draft_tag tag = write_draft(f->store, blocking, &err);
    assert_false(approve(f->store, tag, &ben, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    assert_true(ask(f->store, tag, &err));
    assert_false(approve(f->store, tag, &anna, &err));
    assert_int_equal(err.code, SL_DENIED);
    assert_false(approve(f->store, tag, &anna_token, &err));
    assert_int_equal(err.code, SL_DENIED);
    assert_int_equal(store_policy_version(f->store), 1);
}

static void approval__freezes_the_draft(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    struct draft_tag tag = write_draft(f->store, blocking, &err);
    assert_true(ask(f->store, tag, &err));
    assert_false(ask(f->store, tag, &err));
    struct draft_tag same = write_draft(f->store, "{" EMPTY ", 'note': 'x'}", &err);
    assert_true(draft_tag_eq(tag, same) && err.code == SL_CONFLICT);
    assert_false(store_draft_discard(f->store, tag, &anna, &err));
    assert_true(store_draft_reject(f->store, tag, SL_STR("too wide"), &ben, &err));
    struct draft_tag next = write_draft(f->store, "{" EMPTY ", 'note': 'x'}", &err);
    assert_false(draft_tag_eq(tag, next));
    assert_false(store_draft_reject(f->store, next, SL_STR(""), &ben, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
}

static void approval__is_asked_for_what_holds(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    struct draft_tag tag = write_draft(f->store, "{" EMPTY ", 'surprise': 1}", &err);
    assert_false(ask(f->store, tag, &err));
    assert_int_equal(err.code, SL_BAD_INPUT);
    assert_true(store_draft_discard(f->store, tag, &anna, &err));
}

/* The setting was switched off, or an emergency: whoever commits past the request ends it. */
static void approval__ends_with_a_commit(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    int64_t version;
    struct draft_tag tag = write_draft(f->store, blocking, &err);
    assert_true(ask(f->store, tag, &err));
    struct policy_commit c = {.by = &ben};
    assert_true(store_draft_commit(f->store, tag, &c, &version, NULL, &err));
    tag = write_draft(f->store, "{" EMPTY "}", &err);
    assert_true(ask(f->store, tag, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(approval__publishes_for_who_asked), CASE(approval__is_not_for_the_account_that_asked),
        CASE(approval__freezes_the_draft), CASE(approval__is_asked_for_what_holds),
        CASE(approval__ends_with_a_commit)};
    return cmocka_run_group_tests_name("policy/store/approval", tests, NULL, NULL);
}
