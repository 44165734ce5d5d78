/* test_consents.c - unit tests of policy/store/consents.c. */
#include "tests/support/cmocka_all.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "policy/store/consents.h"
#include "support.h"

static const uint8_t secret[32] = {4, 5, 6};
static const int64_t now = 1800000000;

struct table {
    char *dir, *path;
    struct consents *consents;
};

static struct consents *open_consents(const char *path, uint32_t most)
{
    struct consents *c = NULL;
    struct sl_err err = {0};
    if (!consents_open(path, secret, most, false, &c, &err))
        fail_msg("%s", err.msg);
    return c;
}

static int make_table(void **state)
{
    struct table *t = sl_calloc(1, sizeof *t);
    t->dir = tmpdir_new();
    t->path = tmpdir_path(t->dir, "consents");
    t->consents = open_consents(t->path, 1000);
    *state = t;
    return 0;
}

static int drop_table(void **state)
{
    struct table *t = *state;
    consents_close(&t->consents);
    tmpdir_free(&t->dir);
    free(t->path);
    free(t);
    return 0;
}

static bool accepted(struct table *t, const char *who, const char *domain, const char *rule, int64_t now_s)
{
    return consents_accepted(t->consents, sl_cstr(who), sl_cstr(domain), sl_cstr(rule), now_s);
}

static void consents__hold_for_one_person_domain_and_rule(void **state)
{
    struct table *t = *state;
    assert_false(accepted(t, "alice", "example.com", "games", now));
    consents_accept(t->consents, SL_STR("alice"), SL_STR("example.com"), SL_STR("games"), now + 3600);
    assert_true(accepted(t, "alice", "example.com", "games", now));
    assert_true(accepted(t, "alice", "example.com", "games", now + 3599));
    assert_false(accepted(t, "alice", "example.com", "games", now + 3600));
    assert_false(accepted(t, "bob", "example.com", "games", now));
    assert_false(accepted(t, "alice", "example.org", "games", now));
    assert_false(accepted(t, "alice", "example.com", "social", now));
}

static void consents__are_prolonged_never_shortened(void **state)
{
    struct table *t = *state;
    struct sl_str who = SL_STR("alice"), domain = SL_STR("example.com"), rule = SL_STR("games");
    consents_accept(t->consents, who, domain, rule, now + 100);
    consents_accept(t->consents, who, domain, rule, now + 50);
    assert_true(consents_accepted(t->consents, who, domain, rule, now + 99));
    consents_accept(t->consents, who, domain, rule, now + 200);
    assert_true(consents_accepted(t->consents, who, domain, rule, now + 199));
}

static void consents__survive_a_restart(void **state)
{
    struct table *t = *state;
    consents_accept(t->consents, SL_STR("alice"), SL_STR("example.com"), SL_STR("games"), now + 3600);
    consents_close(&t->consents);
    t->consents = open_consents(t->path, 1000);
    assert_true(accepted(t, "alice", "example.com", "games", now));
}

static void consents__make_room_when_full(void **state)
{
    struct table *t = *state;
    char who[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(who, sizeof who, "u%d", i);
        consents_accept(t->consents, sl_cstr(who), SL_STR("d"), SL_STR("r"), now + (i < 500 ? 10 : 1000 + i));
    }
    /* Time passes: those of the first half have ended, and give way first. */
    assert_false(accepted(t, "u0", "d", "r", now + 20));
    consents_accept(t->consents, SL_STR("new"), SL_STR("d"), SL_STR("r"), now + 5000);
    assert_true(accepted(t, "new", "d", "r", now + 20));
    for (int i = 500; i < 1000; i++) {
        snprintf(who, sizeof who, "u%d", i);
        assert_true(accepted(t, who, "d", "r", now + 20));
    }
}

static void consents__give_up_the_one_that_ends_soonest(void **state)
{
    struct table *t = *state;
    char who[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(who, sizeof who, "u%d", i);
        consents_accept(t->consents, sl_cstr(who), SL_STR("d"), SL_STR("r"), now + 2000 - i);
    }
    consents_accept(t->consents, SL_STR("new"), SL_STR("d"), SL_STR("r"), now + 10);
    assert_true(accepted(t, "new", "d", "r", now));
    assert_false(accepted(t, "u999", "d", "r", now));
    assert_true(accepted(t, "u998", "d", "r", now));
}

static void *crowd_main(void *arg)
{
    struct table *t = arg;
    char who[16];
    for (int i = 0; i < 3000; i++) {
        snprintf(who, sizeof who, "u%d", i % 1500);
        consents_accept(t->consents, sl_cstr(who), SL_STR("d"), SL_STR("r"), now + i);
        consents_accepted(t->consents, sl_cstr(who), SL_STR("d"), SL_STR("r"), now);
    }
    return NULL;
}

static void consents__stay_whole_in_a_crowd(void **state)
{
    struct table *t = *state;
    pthread_t threads[4];
    for (size_t i = 0; i < SL_COUNT(threads); i++)
        pthread_create(&threads[i], NULL, crowd_main, t);
    for (size_t i = 0; i < SL_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    consents_accept(t->consents, SL_STR("last"), SL_STR("d"), SL_STR("r"), now + 9999);
    assert_true(accepted(t, "last", "d", "r", now));
}

#define IN_TABLE(name) cmocka_unit_test_setup_teardown(name, make_table, drop_table)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TABLE(consents__hold_for_one_person_domain_and_rule),
        IN_TABLE(consents__are_prolonged_never_shortened),
        IN_TABLE(consents__survive_a_restart),
        IN_TABLE(consents__make_room_when_full),
        IN_TABLE(consents__give_up_the_one_that_ends_soonest),
        IN_TABLE(consents__stay_whole_in_a_crowd),
    };
    return cmocka_run_group_tests_name("policy/store/consents", tests, NULL, NULL);
}
