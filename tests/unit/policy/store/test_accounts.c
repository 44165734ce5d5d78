/* test_accounts.c - unit tests of policy/store/accounts.c and tokens.c. */
#include "tests/support/cmocka_all.h"

#include <time.h>

#include "base/crypto.h"
#include "base/fs.h"
#include "sluice/clock.h"
#include "support.h"

static bool put_user(struct store *s, const char *name, const char *password, bool must_be_new,
                     struct sl_err *err)
{
    return store_user_put(s, sl_cstr(name), sl_cstr(password), must_be_new, &tester, err);
}

static bool put_admin(struct store *s, const char *name, const char *password, enum role role,
                      bool must_be_new, struct sl_err *err)
{
    const struct admin_edit edit = {.password = sl_cstr(password), .role = role, .must_be_new = must_be_new};
    return store_admin_put(s, sl_cstr(name), &edit, &tester, err);
}

static enum role login(struct store *s, const char *name, const char *password)
{
    enum role role = ROLE_ADMIN;
    bool ok = store_admin_verify(s, sl_cstr(name), sl_cstr(password), &role);
    assert_int_equal(ok, role != ROLE_NONE);
    return role;
}

/* The action words of the change log, newest first, without the first start's. */
static void expect_actions(struct store *s, const char *expected)
{
    json_t *rows = NULL, *row;
    struct sl_text got = {0};
    size_t i;
    assert_true(store_changes(s, &(struct change_filter){.limit = 100}, &rows, NULL));
    json_array_foreach(rows, i, row) if (i + 1 < json_array_size(rows))
        sl_text_addf(&got, "%s%s", i ? " " : "", json_string_value(json_object_get(row, "action")));
    assert_string_equal(got.p, expected);
    sl_text_fini(&got);
    json_decref(rows);
}

static void role__words_go_both_ways(void **state)
{
    enum role role;
    for (enum role r = ROLE_VIEWER; r <= ROLE_ADMIN; r++) {
        assert_true(role_parse(sl_cstr(role_word(r)), &role));
        assert_int_equal(role, r);
    }
    assert_false(role_parse(SL_STR("none"), &role));
    assert_false(role_parse(SL_STR(""), &role));
}

static void user__is_verified_by_password(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    uint64_t epoch = store_users_epoch(f->store);
    assert_true(put_user(f->store, "alice", "s3cret", true, &err));
    assert_int_equal(store_users_epoch(f->store), epoch + 1);
    assert_true(store_user_verify(f->store, SL_STR("alice"), SL_STR("s3cret")));
    assert_false(store_user_verify(f->store, SL_STR("alice"), SL_STR("S3cret")));
    assert_false(store_user_verify(f->store, SL_STR("Alice"), SL_STR("s3cret")));
    assert_false(store_user_verify(f->store, SL_STR("bob"), SL_STR("s3cret")));
    assert_false(store_user_verify(f->store, SL_STR(""), SL_STR("")));
    reopen(f);
    assert_true(store_user_verify(f->store, SL_STR("alice"), SL_STR("s3cret")));
}

static void user__changes_and_goes(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    assert_true(put_user(f->store, "alice", "one", true, &err));
    assert_false(put_user(f->store, "alice", "two", true, &err));
    assert_int_equal(err.code, SL_CONFLICT);
    assert_true(put_user(f->store, "alice", "two", false, &err));
    assert_false(store_user_verify(f->store, SL_STR("alice"), SL_STR("one")));
    assert_true(store_user_verify(f->store, SL_STR("alice"), SL_STR("two")));
    json_t *rows = NULL;
    assert_true(store_user_list(f->store, (struct sl_str){0}, &rows, &err));
    assert_int_equal(json_array_size(rows), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "name")), "alice");
    json_decref(rows);
    uint64_t epoch = store_users_epoch(f->store);
    assert_true(store_user_remove(f->store, SL_STR("alice"), &tester, &err));
    assert_true(store_users_epoch(f->store) > epoch);
    assert_false(store_user_remove(f->store, SL_STR("alice"), &tester, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    assert_false(store_user_verify(f->store, SL_STR("alice"), SL_STR("two")));
    expect_actions(f->store, "user.remove user.passwd user.add");
}

static void account__names_and_passwords_have_rules(void **state)
{
    struct fixture *f = *state;
    char longest[66], password[258];
    memset(longest, 'x', sizeof longest - 1);
    longest[65] = '\0';
    memset(password, 'p', sizeof password - 1);
    password[257] = '\0';
    const char *const bad_names[] = {"", "a:b", " a", "a ", "a\nb", "\xff", "a\x7f", longest};
    struct sl_err err = {0};
    for (size_t i = 0; i < SL_COUNT(bad_names); i++) {
        assert_false(put_user(f->store, bad_names[i], "password", false, &err));
        assert_false(put_admin(f->store, bad_names[i], "a good password", ROLE_ADMIN, false, &err));
    }
    assert_false(put_user(f->store, "a", "", false, &err));
    assert_false(put_user(f->store, "a", password, false, &err));
    assert_false(put_admin(f->store, "a", "1234567", ROLE_ADMIN, false, &err));
    assert_false(put_admin(f->store, "a", "12345678901", ROLE_ADMIN, false, &err));
    assert_string_equal(err.msg, "the password is too short: at least 12 bytes");
    assert_true(put_admin(f->store, "a", "123456789012", ROLE_ADMIN, false, &err));
    assert_true(put_user(f->store, longest + 1, password + 1, false, &err));
    assert_true(put_user(f->store, "J\xc3\xb6rg M\xc3\xbcller", "x", false, &err));
    assert_true(store_user_verify(f->store, sl_cstr(longest + 1), sl_cstr(password + 1)));
    assert_false(store_user_verify(f->store, sl_cstr(longest + 1), sl_cstr(password)));
}

/* CPU time of this thread: a busy machine changes nothing. */
static int64_t cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t cost_us(struct store *s, const char *name)
{
    int64_t best = INT64_MAX;
    for (int i = 0; i < 5; i++) {
        int64_t start = cpu_us();
        store_user_verify(s, sl_cstr(name), SL_STR("wrong"));
        best = SL_MIN(best, cpu_us() - start);
    }
    return best;
}

static void user__unknown_costs_as_much_as_known(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    assert_true(put_user(f->store, "alice", "s3cret", true, &err));
    int64_t known = cost_us(f->store, "alice"), unknown = cost_us(f->store, "nobody");
    /* Generous: without the decoy the unknown one is a thousand times cheaper. */
    assert_true(unknown > known / 3 && known > unknown / 3);
}

static void admin__has_a_role(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    assert_int_equal(store_admin_count(f->store), 0);
    assert_false(put_admin(f->store, "root", "long enough for it", ROLE_NONE, true, &err));
    assert_true(put_admin(f->store, "root", "long enough for it", ROLE_ADMIN, true, &err));
    assert_true(put_admin(f->store, "eve", "long enough too", ROLE_VIEWER, true, &err));
    assert_int_equal(store_admin_count(f->store), 2);
    assert_int_equal(login(f->store, "root", "long enough for it"), ROLE_ADMIN);
    assert_int_equal(login(f->store, "eve", "long enough too"), ROLE_VIEWER);
    assert_int_equal(login(f->store, "eve", "long enough for it"), ROLE_NONE);
    assert_int_equal(login(f->store, "nobody", "long enough for it"), ROLE_NONE);
    /* A new password keeps the role, a new role the password. */
    assert_true(put_admin(f->store, "eve", "another one of mine", ROLE_NONE, false, &err));
    assert_int_equal(login(f->store, "eve", "another one of mine"), ROLE_VIEWER);
    assert_true(put_admin(f->store, "eve", NULL, ROLE_OPERATOR, false, &err));
    assert_int_equal(login(f->store, "eve", "another one of mine"), ROLE_OPERATOR);
    assert_false(put_admin(f->store, "new", NULL, ROLE_OPERATOR, false, &err));
    enum role role;
    assert_true(store_admin_role(f->store, SL_STR("eve"), &role));
    assert_int_equal(role, ROLE_OPERATOR);
    assert_false(store_admin_role(f->store, SL_STR("nobody"), &role));
    expect_actions(f->store, "admin.change admin.passwd admin.add admin.add");
}

static void admin__the_last_one_stays(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    assert_true(put_admin(f->store, "root", "long enough for it", ROLE_ADMIN, true, &err));
    assert_true(put_admin(f->store, "eve", "long enough for it", ROLE_VIEWER, true, &err));
    assert_false(put_admin(f->store, "root", NULL, ROLE_VIEWER, false, &err));
    assert_int_equal(err.code, SL_CONFLICT);
    assert_false(store_admin_remove(f->store, SL_STR("root"), &tester, &err));
    assert_int_equal(err.code, SL_CONFLICT);
    assert_int_equal(login(f->store, "root", "long enough for it"), ROLE_ADMIN);
    assert_true(store_admin_remove(f->store, SL_STR("eve"), &tester, &err));
    assert_false(store_admin_remove(f->store, SL_STR("eve"), &tester, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    assert_true(put_admin(f->store, "second", "long enough for it", ROLE_ADMIN, true, &err));
    assert_true(store_admin_remove(f->store, SL_STR("root"), &tester, &err));
    json_t *rows = NULL;
    assert_true(store_admin_list(f->store, &rows, &err));
    assert_int_equal(json_array_size(rows), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "role")), "admin");
    json_decref(rows);
}

static void token__is_shown_once_and_verified(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    char token[64], other[64], name[128];
    enum role role;
    assert_true(put_admin(f->store, "root", "long enough for it", ROLE_ADMIN, true, &err));
    assert_true(
        store_token_add(f->store, SL_STR("root"), SL_STR("deploy"), ROLE_OPERATOR, 0, &tester, token, &err));
    assert_int_equal(strncmp(token, "slc_", 4), 0);
    assert_true(store_token_verify(f->store, sl_cstr(token), &role, name, NULL));
    assert_int_equal(role, ROLE_OPERATOR);
    assert_string_equal(name, "deploy");
    assert_false(
        store_token_add(f->store, SL_STR("root"), SL_STR("deploy"), ROLE_VIEWER, 0, &tester, other, &err));
    assert_int_equal(err.code, SL_CONFLICT);
    token[10] = token[10] == 'a' ? 'b' : 'a';
    assert_false(store_token_verify(f->store, sl_cstr(token), &role, name, NULL));
    assert_int_equal(role, ROLE_NONE);
    assert_false(store_token_verify(f->store, SL_STR("slc_"), &role, name, NULL));
    assert_false(store_token_verify(f->store, SL_STR(""), &role, name, NULL));
}

static void token__ends(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    char past[64], future[64], name[128];
    enum role role;
    int64_t now = sl_wall_us();
    assert_true(put_admin(f->store, "root", "long enough for it", ROLE_ADMIN, true, &err));
    assert_true(put_admin(f->store, "eve", "long enough for it", ROLE_ADMIN, true, &err));
    assert_true(
        store_token_add(f->store, SL_STR("eve"), SL_STR("a"), ROLE_VIEWER, now - 1, &tester, past, &err));
    assert_true(store_token_add(f->store, SL_STR("eve"), SL_STR("b"), ROLE_ADMIN, now + 3600000000, &tester,
                                future, &err));
    assert_false(store_token_verify(f->store, sl_cstr(past), &role, name, NULL));
    assert_true(store_token_verify(f->store, sl_cstr(future), &role, name, NULL));
    /* With its account's rights its own go. */
    assert_true(put_admin(f->store, "eve", NULL, ROLE_AUDITOR, false, &err));
    assert_true(store_token_verify(f->store, sl_cstr(future), &role, name, NULL));
    assert_int_equal(role, ROLE_AUDITOR);
    assert_false(
        store_token_add(f->store, SL_STR("eve"), SL_STR("c"), ROLE_OPERATOR, 0, &tester, past, &err));
    assert_int_equal(err.code, SL_DENIED);
    assert_true(store_admin_remove(f->store, SL_STR("eve"), &tester, &err));
    assert_false(store_token_verify(f->store, sl_cstr(future), &role, name, NULL));
    assert_false(store_token_add(f->store, SL_STR("eve"), SL_STR("c"), ROLE_VIEWER, 0, &tester, past, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
}

static void token__is_removed_by_id(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    char token[64], name[128];
    enum role role;
    json_t *rows = NULL;
    assert_true(put_admin(f->store, "root", "long enough for it", ROLE_ADMIN, true, &err));
    assert_true(
        store_token_add(f->store, SL_STR("root"), SL_STR("deploy"), ROLE_ADMIN, 0, &tester, token, &err));
    assert_true(store_token_list(f->store, &rows, &err));
    assert_int_equal(json_array_size(rows), 1);
    char *id = sl_strdup(json_string_value(json_object_get(json_array_get(rows, 0), "id")));
    char *shown = json_dumps(rows, 0);
    assert_null(strstr(shown, token + 4));
    free(shown);
    json_decref(rows);
    assert_true(store_token_remove(f->store, sl_cstr(id), &tester, &err));
    assert_false(store_token_remove(f->store, sl_cstr(id), &tester, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    assert_false(store_token_verify(f->store, sl_cstr(token), &role, name, NULL));
    expect_actions(f->store, "token.remove token.add admin.add");
    free(id);
}

/* Nothing that opens a door lies in the file. */
static void secrets__stay_out_of_the_database(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = {0};
    char token[64];
    char *text = NULL, *path = tmpdir_path(f->state, "state.db");
    size_t n = 0;
    assert_true(put_user(f->store, "alice", "users-secret", true, &err));
    assert_true(put_admin(f->store, "root", "admins-secret", ROLE_ADMIN, true, &err));
    assert_true(
        store_token_add(f->store, SL_STR("root"), SL_STR("deploy"), ROLE_ADMIN, 0, &tester, token, &err));
    store_close(&f->store);
    assert_true(fs_read(path, 1 << 24, &text, &n, &err));
    assert_non_null(memmem(text, n, "$argon2id$", 10));
    assert_null(memmem(text, n, "users-secret", 12));
    assert_null(memmem(text, n, "admins-secret", 13));
    assert_null(memmem(text, n, token + 4, strlen(token) - 4));
    free(text);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(role__words_go_both_ways),
        CASE(user__is_verified_by_password),
        CASE(user__changes_and_goes),
        CASE(account__names_and_passwords_have_rules),
        CASE(user__unknown_costs_as_much_as_known),
        CASE(admin__has_a_role),
        CASE(admin__the_last_one_stays),
        CASE(token__is_shown_once_and_verified),
        CASE(token__ends),
        CASE(token__is_removed_by_id),
        CASE(secrets__stay_out_of_the_database),
    };
    return cmocka_run_group_tests_name("policy/store/accounts", tests, NULL, NULL);
}
