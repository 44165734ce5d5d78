/* test_ca_live.c - pki/ca_live.c and ca_set*.c: authorities made, shown, signing, retired, on the disk. */
#include "tests/support/cmocka_all.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "pki/ca_set.h"
#include "tests/support/tmpdir.h"

enum { NOW_S = 1800000000, DAY_S = 86400 };

static char *dir;

static int set_up(void **state)
{
    dir = tmpdir_new();
    return 0;
}

static int tear_down(void **state)
{
    tmpdir_free(&dir);
    return 0;
}

static struct ca_live *open_live(void)
{
    struct ca_live *live;
    struct sl_err err = {0};
    if (!ca_live_open(dir, &live, &err))
        fail_msg("%s", err.msg);
    return live;
}

static const struct ca *create(void)
{
    const struct ca *ca;
    struct sl_err err = {0};
    if (!ca_create(&(struct ca_wish){.days = 1000}, NOW_S, &ca, &err))
        fail_msg("%s", err.msg);
    return ca;
}

/* Makes one and puts it there; the text of its id. */
static void add(struct ca_live *live, char id[CA_ID_TEXT])
{
    struct sl_err err = {0};
    const struct ca *ca = create();
    memcpy(id, ca_facts(ca)->id_text, CA_ID_TEXT);
    if (!ca_live_add(live, ca, NOW_S, &err))
        fail_msg("%s", err.msg);
    ca_unref(&ca);
}

/* "current ID next ID", of this set and of one that is opened now. */
static void assert_states(struct ca_live *live, const char *expected)
{
    struct ca_live *again = open_live(), *both[] = {live, again};
    for (size_t k = 0; k < 2; k++) {
        SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
        struct ca_entry entries[CA_MOST];
        size_t n = ca_live_list(both[k], entries);
        sl_text_add(&text, SL_STR(""));
        for (size_t i = 0; i < n; i++)
            sl_text_addf(&text, "%s%s %s", i ? " " : "", ca_state_word(entries[i].state),
                         ca_facts(entries[i].ca)->id_text);
        assert_string_equal(text.p ? text.p : "", expected);
        ca_entries_fini(entries, n);
    }
    ca_live_close(&again);
}

static void assert_signs(struct ca_live *live, const char *id)
{
    const struct ca *ca = ca_live_get(live);
    assert_string_equal(ca ? ca_facts(ca)->id_text : "none", id);
    assert_true(!ca || ca_key(ca));
    ca_unref(&ca);
}

static size_t files(void)
{
    SL_CLEANUP(sl_freep) char *command = sl_asprintf("%s/ca", dir);
    size_t n = 0;
    struct ca_live *live = open_live();
    struct ca_entry entries[CA_MOST];
    size_t count = ca_live_list(live, entries);
    for (size_t i = 0; i < count; i++) {
        SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/%s.pem", command, ca_facts(entries[i].ca)->id_text);
        n += fs_exists(path);
    }
    ca_entries_fini(entries, count);
    ca_live_close(&live);
    return n;
}

TEST(ca_live__begins_empty)
{
    struct ca_live *live = open_live();
    struct sl_err err = {0};
    assert_null(ca_live_get(live));
    assert_false(ca_live_schedule(live, NOW_S, NOW_S, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    ca_live_close(&live);
}

TEST(ca_live__rotates_with_overlap)
{
    struct ca_live *live = open_live();
    struct sl_err err = {0};
    char a[CA_ID_TEXT], b[CA_ID_TEXT], expected[200];
    add(live, a);
    assert_signs(live, a);
    add(live, b);
    snprintf(expected, sizeof expected, "current %s next %s", a, b);
    assert_states(live, expected);
    assert_signs(live, a);

    const struct ca *held = ca_live_get(live); /* a handshake that goes on meanwhile */
    assert_true(ca_live_schedule(live, NOW_S, NOW_S, &err));
    assert_signs(live, b);
    snprintf(expected, sizeof expected, "current %s retired %s", b, a);
    assert_states(live, expected);
    assert_string_equal(ca_facts(held)->id_text, a);
    ca_unref(&held);

    assert_true(ca_live_back(live, NOW_S + DAY_S, &err));
    snprintf(expected, sizeof expected, "current %s next %s", a, b);
    assert_states(live, expected);
    assert_true(ca_live_cancel(live, &err));
    assert_int_equal(files(), 1);
    ca_live_close(&live);
}

TEST(ca_live__signs_by_the_clock_and_forgets_when_leaves_have_ended)
{
    struct ca_live *live = open_live();
    struct sl_err err = {0};
    char a[CA_ID_TEXT], b[CA_ID_TEXT], expected[100];
    bool changed;
    add(live, a);
    add(live, b);
    assert_true(ca_live_schedule(live, NOW_S + 7 * DAY_S, NOW_S, &err));
    assert_true(ca_live_tick(live, NOW_S + 7 * DAY_S - 1, &changed, &err) && !changed);
    assert_signs(live, a);
    assert_true(ca_live_tick(live, NOW_S + 7 * DAY_S, &changed, &err) && changed);
    assert_signs(live, b);

    int64_t over_s = NOW_S + (7 + CA_LEAF_DAYS_MOST) * (int64_t)DAY_S;
    assert_true(ca_live_tick(live, over_s - 1, &changed, &err) && !changed);
    assert_true(ca_live_tick(live, over_s, &changed, &err) && changed);
    snprintf(expected, sizeof expected, "current %s", b);
    assert_states(live, expected);
    assert_false(ca_live_back(live, over_s, &err));
    ca_live_close(&live);
}

TEST(ca_live__a_further_next_one_takes_the_place)
{
    struct ca_live *live = open_live();
    char a[CA_ID_TEXT], b[CA_ID_TEXT], c[CA_ID_TEXT], expected[100];
    add(live, a);
    add(live, b);
    add(live, c);
    snprintf(expected, sizeof expected, "current %s next %s", a, c);
    assert_states(live, expected);
    SL_CLEANUP(sl_freep) char *gone = sl_asprintf("%s/ca/%s.pem", dir, b);
    assert_false(fs_exists(gone));
    ca_live_close(&live);
}

TEST(ca_live__keeps_at_most_so_many)
{
    struct ca_live *live = open_live();
    struct sl_err err = {0};
    struct ca_entry entries[CA_MOST];
    char id[CA_ID_TEXT];
    for (int i = 0; i < CA_MOST + 3; i++) {
        add(live, id);
        assert_true(i == 0 || ca_live_schedule(live, NOW_S, NOW_S, &err));
    }
    size_t n = ca_live_list(live, entries);
    assert_int_equal(n, CA_MOST);
    assert_signs(live, id);
    ca_entries_fini(entries, n);
    ca_live_close(&live);
}

TEST(ca_live__keys_are_nobody_elses)
{
    struct ca_live *live = open_live(), *refused;
    struct sl_err err = {0};
    struct stat st;
    char id[CA_ID_TEXT];
    add(live, id);
    SL_CLEANUP(sl_freep) char *folder = sl_asprintf("%s/ca", dir);
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/ca/%s.pem", dir, id);
    assert_true(stat(folder, &st) == 0 && (st.st_mode & 0777) == 0700);
    assert_true(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
    chmod(path, 0640);
    assert_false(ca_live_open(dir, &refused, &err));
    assert_non_null(strstr(err.msg, "chmod 600"));
    assert_false(ca_live_reload(live, &err));
    assert_signs(live, id); /* what runs stays as it was */
    chmod(path, 0600);
    assert_true(ca_live_reload(live, &err));
    ca_live_close(&live);
}

TEST(ca_live__says_what_is_damaged)
{
    struct ca_live *live = open_live();
    struct sl_err err = {0};
    char id[CA_ID_TEXT];
    add(live, id);
    ca_live_close(&live);
    SL_CLEANUP(sl_freep) char *list = sl_asprintf("%s/ca/authorities", dir);
    SL_CLEANUP(sl_freep)
    char *twice =
        sl_asprintf("current %s since=1 sign=0 until=0\ncurrent %s since=1 sign=0 until=0\n", id, id);
    SL_CLEANUP(sl_freep) char *other = sl_strdup("current 0123456789abcdef since=1 sign=0 until=0\n");
    const struct {
        const char *text, *says;
    } cases[] = {{"nonsense\n", "'nonsense' is no authority's state"},
                 {twice, "two authorities are current"},
                 {other, "cannot open"},
                 {"next ../../etc/passwdx since=1 sign=0 until=0\n", "is no authority's state"}};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        assert_true(fs_write_atomic(list, cases[i].text, strlen(cases[i].text), 0600, &err));
        assert_false(ca_live_open(dir, &live, &err));
        if (!strstr(err.msg, cases[i].says))
            fail_msg("'%s' instead of '%s'", err.msg, cases[i].says);
    }
}

TEST(ca_live__a_failed_change_leaves_no_key)
{
    struct ca_live *live = open_live();
    struct sl_err err = {0};
    char id[CA_ID_TEXT];
    add(live, id);
    SL_CLEANUP(sl_freep) char *folder = sl_asprintf("%s/ca/authorities", dir);
    assert_int_equal(unlink(folder), 0);
    assert_int_equal(mkdir(folder, 0700), 0); /* which nothing can be renamed over */
    const struct ca *ca = create();
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/ca/%s.pem", dir, ca_facts(ca)->id_text);
    assert_false(ca_live_add(live, ca, NOW_S, &err));
    assert_false(fs_exists(path));
    assert_signs(live, id);
    ca_unref(&ca);
    ca_live_close(&live);
}

TEST(ca_live__follows_another_process)
{
    struct ca_live *live = open_live(), *other = open_live();
    struct sl_err err = {0};
    char a[CA_ID_TEXT], b[CA_ID_TEXT];
    add(other, a);
    assert_null(ca_live_get(live));
    assert_true(ca_live_follow(live, &err));
    assert_signs(live, a);
    add(other, b);
    assert_true(ca_live_schedule(other, NOW_S, NOW_S, &err) && ca_live_follow(live, &err));
    assert_signs(live, b);
    ca_live_close(&other);
    ca_live_close(&live);
}

static void *ask(void *arg)
{
    struct ca_live *live = arg;
    for (int i = 0; i < 2000; i++) {
        const struct ca *ca = ca_live_get(live);
        struct ca_entry entries[CA_MOST];
        size_t n = ca_live_list(live, entries);
        sl_assert(ca && ca_key(ca) && n > 0 && entries[0].state == CA_CURRENT);
        ca_entries_fini(entries, n);
        ca_unref(&ca);
    }
    return NULL;
}

TEST(ca_live__is_asked_while_it_changes)
{
    struct ca_live *live = open_live();
    struct sl_err err = {0};
    pthread_t threads[2];
    char id[CA_ID_TEXT];
    add(live, id);
    for (size_t i = 0; i < SL_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, live), 0);
    for (int i = 0; i < 10; i++) {
        add(live, id);
        assert_true(ca_live_schedule(live, NOW_S, NOW_S, &err));
        assert_true(ca_live_back(live, NOW_S, &err) && ca_live_cancel(live, &err) &&
                    ca_live_reload(live, &err));
    }
    for (size_t i = 0; i < SL_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    ca_live_close(&live);
}

#define LIVE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE_TEST(ca_live__begins_empty),
        LIVE_TEST(ca_live__rotates_with_overlap),
        LIVE_TEST(ca_live__signs_by_the_clock_and_forgets_when_leaves_have_ended),
        LIVE_TEST(ca_live__a_further_next_one_takes_the_place),
        LIVE_TEST(ca_live__keeps_at_most_so_many),
        LIVE_TEST(ca_live__keys_are_nobody_elses),
        LIVE_TEST(ca_live__says_what_is_damaged),
        LIVE_TEST(ca_live__a_failed_change_leaves_no_key),
        LIVE_TEST(ca_live__follows_another_process),
        LIVE_TEST(ca_live__is_asked_while_it_changes),
    };
    return cmocka_run_group_tests_name("pki/ca_live", tests, NULL, NULL);
}
