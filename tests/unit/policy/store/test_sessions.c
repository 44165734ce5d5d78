/* test_sessions.c - unit tests of policy/store/sessions.c: a browser stays signed in for so long, across a
 * restart, and not longer. */
#include "tests/support/cmocka_all.h"

#include "base/fs.h"
#include "support.h"

enum { MINUTE = 60 };
static const int64_t start = 1800000000LL * 1000000;

static int64_t after(int64_t seconds)
{
    return start + seconds * 1000000;
}

static const struct actor alice = {{"alice", 5}, {"10.0.0.7", 8}}, bob = {{"bob", 3}, {"10.0.0.8", 8}};

static void put(struct store *s, const char *name, const char *password, enum role role)
{
    const struct admin_edit edit = {.password = sl_cstr(password), .role = role};
    assert_true(store_admin_put(s, sl_cstr(name), &edit, &tester, NULL));
}

static void open_for(struct store *s, const struct actor *who, int64_t now_us, char secret[SESSION_SECRET])
{
    struct store_session session;
    struct sl_err err = {0};
    if (!store_session_open(s, who, SL_STR("Browser/1"), true, now_us, secret, &session, &err))
        fail_msg("%s", err.msg);
    assert_string_equal(session.admin, who->name.p);
}

static bool lives(struct store *s, const char *secret, int64_t now_us)
{
    struct store_session session;
    return store_session_find(s, sl_cstr(secret), now_us, false, &session);
}

static void session__is_what_was_signed_in(void **state)
{
    struct fixture *f = *state;
    char secret[SESSION_SECRET];
    struct store_session found;
    put(f->store, "alice", "long enough for it", ROLE_AUDITOR);
    open_for(f->store, &alice, start, secret);
    assert_int_equal(strlen(secret), SESSION_SECRET - 1);
    assert_true(store_session_find(f->store, sl_cstr(secret), after(1), true, &found));
    assert_string_equal(found.admin, "alice");
    assert_int_equal(found.role, ROLE_AUDITOR);
    assert_false(found.must_change);
    assert_false(lives(f->store, "", after(1)));
    secret[0] = secret[0] == 'A' ? 'B' : 'A';
    assert_false(lives(f->store, secret, after(1)));
}

static void session__ends_when_it_was_idle(void **state)
{
    struct fixture *f = *state;
    char used[SESSION_SECRET], watched[SESSION_SECRET];
    struct store_session session;
    put(f->store, "alice", "long enough for it", ROLE_ADMIN);
    open_for(f->store, &alice, start, used);
    open_for(f->store, &alice, start, watched);
    for (int m = 5; m <= 60; m += 5) {
        assert_true(store_session_find(f->store, sl_cstr(used), after(m * MINUTE), true, &session));
        store_session_find(f->store, sl_cstr(watched), after(m * MINUTE), false, &session);
    }
    assert_false(lives(f->store, watched, after(SESSION_IDLE_S)));
    assert_true(lives(f->store, used, after(60 * MINUTE + SESSION_IDLE_S - 1)));
    assert_false(lives(f->store, used, after(60 * MINUTE + SESSION_IDLE_S)));
}

static void session__ends_however_busy_it_was(void **state)
{
    struct fixture *f = *state;
    char secret[SESSION_SECRET];
    struct store_session session;
    put(f->store, "alice", "long enough for it", ROLE_ADMIN);
    open_for(f->store, &alice, start, secret);
    for (int s = 0; s < SESSION_LIFE_S; s += 10 * MINUTE)
        assert_true(store_session_find(f->store, sl_cstr(secret), after(s), true, &session));
    assert_true(lives(f->store, secret, after(SESSION_LIFE_S - 1)));
    assert_false(lives(f->store, secret, after(SESSION_LIFE_S)));
}

static void session__survives_a_restart_and_is_kept_as_a_hash(void **state)
{
    struct fixture *f = *state;
    char secret[SESSION_SECRET], *bytes;
    size_t n;
    put(f->store, "alice", "long enough for it", ROLE_ADMIN);
    open_for(f->store, &alice, start, secret);
    reopen(f);
    assert_true(lives(f->store, secret, after(1)));
    store_close(&f->store);
    char *path = tmpdir_path(f->state, "state.db");
    assert_true(fs_read(path, 64 << 20, &bytes, &n, NULL));
    assert_null(memmem(bytes, n, secret, strlen(secret)));
    assert_non_null(memmem(bytes, n, "Browser/1", 9)); /* it is the right file */
    free(bytes);
    free(path);
}

static void session__ends_with_what_it_stood_for(void **state)
{
    struct fixture *f = *state;
    char secret[SESSION_SECRET];
    put(f->store, "root", "long enough for it", ROLE_ADMIN);
    put(f->store, "alice", "long enough for it", ROLE_ADMIN);
    open_for(f->store, &alice, start, secret);
    put(f->store, "alice", NULL, ROLE_ADMIN); /* as it was */
    assert_true(lives(f->store, secret, after(1)));
    put(f->store, "alice", NULL, ROLE_VIEWER);
    assert_false(lives(f->store, secret, after(1)));
    open_for(f->store, &alice, start, secret);
    put(f->store, "alice", "another password", ROLE_NONE);
    assert_false(lives(f->store, secret, after(1)));
    open_for(f->store, &alice, start, secret);
    assert_true(store_admin_remove(f->store, SL_STR("alice"), &tester, NULL));
    assert_false(lives(f->store, secret, after(1)));
}

static void session__knows_that_the_password_must_change(void **state)
{
    struct fixture *f = *state;
    char secret[SESSION_SECRET];
    struct store_session session;
    const struct admin_edit first = {.password = SL_STR("long enough for it"),
                                     .role = ROLE_ADMIN,
                                     .set_must_change = true,
                                     .must_change = true};
    const struct admin_edit second = {.password = SL_STR("chosen by me"), .set_must_change = true};
    assert_true(store_admin_put(f->store, SL_STR("alice"), &first, &tester, NULL));
    open_for(f->store, &alice, start, secret);
    assert_true(store_session_find(f->store, sl_cstr(secret), after(1), true, &session));
    assert_true(session.must_change);
    assert_true(store_admin_put(f->store, SL_STR("alice"), &second, &tester, NULL));
    open_for(f->store, &alice, start, secret);
    assert_true(store_session_find(f->store, sl_cstr(secret), after(1), true, &session));
    assert_false(session.must_change);
}

static size_t count(struct store *s, const char *admin, int64_t now_us, char out_first[SESSION_ID])
{
    json_t *items;
    assert_true(store_session_list(s, sl_cstr(admin), now_us, &items, NULL));
    size_t n = json_array_size(items);
    const char *id = json_string_value(json_object_get(json_array_get(items, 0), "id"));
    snprintf(out_first, SESSION_ID, "%s", id ? id : "");
    json_decref(items);
    return n;
}

static void sessions__are_listed_and_ended(void **state)
{
    struct fixture *f = *state;
    char a[SESSION_SECRET], b[SESSION_SECRET], id[SESSION_ID], other[SESSION_ID];
    struct sl_err err = {0};
    put(f->store, "alice", "long enough for it", ROLE_ADMIN);
    put(f->store, "bob", "long enough for it", ROLE_VIEWER);
    open_for(f->store, &alice, start, a);
    open_for(f->store, &bob, start, b);
    assert_int_equal(count(f->store, NULL, after(1), other), 2);
    assert_int_equal(count(f->store, "alice", after(1), id), 1);
    assert_int_equal(count(f->store, "bob", after(SESSION_IDLE_S), other), 0);
    assert_false(store_session_end(f->store, sl_cstr(id), SL_STR("bob"), &bob, &err)); /* not his */
    assert_int_equal(err.code, SL_NOT_FOUND);
    assert_true(lives(f->store, a, after(1)));
    assert_true(store_session_end(f->store, sl_cstr(id), (struct sl_str){0}, &bob, NULL));
    assert_false(lives(f->store, a, after(1)));
    assert_true(lives(f->store, b, after(1)));
}

static void sessions__of_an_account_are_bounded(void **state)
{
    struct fixture *f = *state;
    char first[SESSION_SECRET], last[SESSION_SECRET], id[SESSION_ID];
    put(f->store, "alice", "long enough for it", ROLE_ADMIN);
    open_for(f->store, &alice, start, first);
    for (int i = 1; i <= 40; i++)
        open_for(f->store, &alice, after(i), last);
    assert_int_equal(count(f->store, "alice", after(41), id), 32);
    assert_false(lives(f->store, first, after(41)));
    assert_true(lives(f->store, last, after(41)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(session__is_what_was_signed_in),       CASE(session__ends_when_it_was_idle),
        CASE(session__ends_however_busy_it_was),    CASE(session__survives_a_restart_and_is_kept_as_a_hash),
        CASE(session__ends_with_what_it_stood_for), CASE(session__knows_that_the_password_must_change),
        CASE(sessions__are_listed_and_ended),       CASE(sessions__of_an_account_are_bounded),
    };
    return cmocka_run_group_tests_name("policy/store/sessions", tests, NULL, NULL);
}
