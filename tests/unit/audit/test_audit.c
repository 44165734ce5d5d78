/* test_audit.c - unit tests of audit/ as a whole: from a worker's journal to what a query shows. */
#include "tests/support/cmocka_all.h"
#include "tests/support/records.h"
#include "tests/support/tmpdir.h"

#include <dirent.h>
#include <pthread.h>
#include <unistd.h>

#include "tests/unit/audit/samples.h"

#include "audit/day.h"
#include "audit/days.h"
#include "audit/json.h"

static int setup(void **state)
{
    *state = tmpdir_new();
    return 0;
}

static int teardown(void **state)
{
    tmpdir_free((char **)state);
    return 0;
}

#define AUDIT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static struct audit *start(const char *dir)
{
    struct audit_config cfg = sample_config(dir);
    struct audit *a = NULL;
    struct sl_err err = {0};
    if (!audit_start(&cfg, &a, &err))
        fail_msg("%s", err.msg);
    return a;
}

static struct journal *open_journal(struct audit *a, unsigned worker)
{
    struct journal *j = NULL;
    struct sl_err err = {0};
    if (!journal_open(a, worker, &j, &err))
        fail_msg("%s", err.msg);
    return j;
}

/* Appends samples first..first+count-1, asking for room as a worker does. */
static void append(struct journal *j, uint64_t first, uint64_t count)
{
    struct sample s;
    for (uint64_t i = 0; i < count; i++) {
        sample_fill(&s, first + i);
        while (!journal_append(j, &s.r, 0)) {
            journal_tend(j);
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        }
        journal_tend(j);
    }
}

static const struct audit_bounds whatever_it_takes;

static struct audit_page query(const char *dir, const struct audit_filter *f)
{
    struct audit_page page = {0};
    struct sl_err err = {0};
    if (!audit_query(dir, f, &whatever_it_takes, &page, &err))
        fail_msg("%s", err.msg);
    return page;
}

static size_t count_files(const char *dir, const char *sub, const char *suffix)
{
    char *path = tmpdir_path(dir, sub);
    DIR *d = opendir(path);
    size_t n = 0;
    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d));)
        n += sl_str_ends(sl_cstr(e->d_name), sl_cstr(suffix));
    closedir(d);
    free(path);
    return n;
}

static bool count_item(void *arg, const json_t *item)
{
    ++*(size_t *)arg;
    return true;
}

static size_t count_records(const char *dir)
{
    struct audit_filter f;
    struct sl_err err = {0};
    size_t n = 0;
    audit_filter_init(&f);
    if (!records_each(dir, &f, count_item, &n, &err))
        fail_msg("%s", err.msg);
    return n;
}

TEST(audit__shows_what_was_appended)
{
    const char *dir = *state;
    struct audit *a = start(dir);
    struct journal *j = open_journal(a, 0);
    append(j, 0, 50);
    sample_wait_stored(a);
    struct audit_filter f;
    audit_filter_init(&f);
    struct audit_page page = query(dir, &f);
    assert_int_equal(json_array_size(page.items), 50);
    assert_int_equal(page.next_id, 0);
    for (size_t i = 0; i < 50; i++) {
        struct sample s;
        sample_fill(&s, 49 - i);
        json_t *expected = record_to_json(&s.r), *item = json_array_get(page.items, i);
        if (!json_equal(expected, item))
            fail_msg("got %s\nexpected %s", json_dumps(item, 0), json_dumps(expected, 0));
        json_decref(expected);
    }
    json_decref(page.items);
    journal_close(&j);
    audit_stop(&a);
    assert_int_equal(count_files(dir, "journal", ".jnl"), 0);
}

TEST(audit__stores_everything_at_stop)
{
    const char *dir = *state;
    struct audit *a = start(dir);
    struct journal *j = open_journal(a, 0), *k = open_journal(a, 1);
    append(j, 0, 3000);
    append(k, 3000, 3000);
    journal_close(&j);
    journal_close(&k);
    audit_stop(&a);
    assert_int_equal(count_records(dir), 6000);
    assert_int_equal(count_files(dir, "journal", ".jnl"), 0);
    a = start(dir);
    struct sample s;
    sample_fill(&s, 5999);
    assert_true(audit_last_id(a) == s.r.id);
    audit_stop(&a);
}

struct appender {
    struct journal *j;
    uint64_t first, count;
};

static void *run_appender(void *arg)
{
    struct appender *p = arg;
    append(p->j, p->first, p->count);
    return NULL;
}

TEST(audit__takes_records_of_many_workers_at_once)
{
    enum { WORKERS = 4, EACH = 5000 };
    const char *dir = *state;
    struct audit *a = start(dir);
    pthread_t threads[WORKERS];
    struct appender appenders[WORKERS];
    for (unsigned i = 0; i < WORKERS; i++) {
        appenders[i] = (struct appender){open_journal(a, i), i * EACH, EACH};
        assert_int_equal(pthread_create(&threads[i], NULL, run_appender, &appenders[i]), 0);
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
        journal_close(&appenders[i].j);
    }
    sample_wait_stored(a);
    struct audit_status st;
    audit_status(a, &st);
    assert_int_equal(st.appended, WORKERS * EACH);
    assert_int_equal(st.stored, WORKERS * EACH);
    assert_false(st.failing);
    assert_true(st.database_bytes > 0);
    audit_stop(&a);
    assert_int_equal(count_records(dir), WORKERS * EACH);
}

TEST(audit__puts_each_record_into_the_file_of_its_day)
{
    const char *dir = *state;
    struct audit *a = start(dir);
    struct journal *j = open_journal(a, 0);
    for (int64_t day = 3; day >= 0; day--)
        for (uint64_t i = 0; i < 10; i++) {
            struct sample s;
            sample_fill(&s, i);
            s.r.time_us += day * DAY_US;
            s.r.id = request_id_make(s.r.time_us, 0, 0);
            assert_true(journal_append(j, &s.r, 0));
        }
    journal_close(&j);
    audit_stop(&a);
    struct days days;
    assert_true(days_list(dir, &days, NULL));
    assert_int_equal(days.count, 4);
    assert_int_equal(days.items[0], day_of_time(SAMPLE_TIME_US));
    days_fini(&days);
    assert_int_equal(count_records(dir), 40);
}

TEST(audit__keeps_both_records_of_one_id)
{
    const char *dir = *state;
    struct audit *a = start(dir);
    struct journal *j = open_journal(a, 0);
    struct sample s;
    sample_fill(&s, 1);
    for (int i = 0; i < 3; i++)
        assert_true(journal_append(j, &s.r, 0));
    sample_wait_stored(a);
    json_t *item = NULL;
    for (uint64_t i = 0; i < 3; i++) {
        assert_true(audit_get(dir, s.r.id + i, &item, NULL));
        json_decref(item);
    }
    struct sl_err err = {0};
    assert_false(audit_get(dir, s.r.id + 3, &item, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    journal_close(&j);
    audit_stop(&a);
}

TEST(audit__counts_report_only_rules)
{
    const char *dir = *state;
    struct audit *a = start(dir);
    struct journal *j = open_journal(a, 0);
    append(j, 0, 500);
    sample_wait_stored(a);
    int expected = 0;
    for (uint64_t i = 0; i < 500; i++) {
        struct sample s;
        sample_fill(&s, i);
        expected += s.r.report_count == 1;
    }
    json_t *counts = audit_report_counts(a);
    assert_int_equal(json_integer_value(json_object_get(counts, "iso")), expected);
    json_decref(counts);
    journal_close(&j);
    audit_stop(&a);
}

TEST(audit__lets_one_process_write)
{
    const char *dir = *state;
    struct audit *a = start(dir), *b = NULL;
    struct audit_config cfg = sample_config(dir);
    struct sl_err err = {0};
    assert_false(audit_start(&cfg, &b, &err));
    assert_int_equal(err.code, SL_BUSY);
    assert_false(audit_recover(&cfg, &err));
    assert_int_equal(err.code, SL_BUSY);
    audit_stop(&a);
    assert_true(audit_recover(&cfg, &err));
}

TEST(audit_enforce_retention__deletes_days_that_are_past_it)
{
    const char *dir = *state;
    struct audit_config cfg = sample_config(dir);
    struct audit *a = NULL;
    cfg.retention_ms = 2 * 86400000;
    assert_true(audit_start(&cfg, &a, NULL));
    struct journal *j = open_journal(a, 0);
    for (int64_t day = 0; day < 6; day++) {
        struct sample s;
        sample_fill(&s, 1);
        s.r.time_us += day * DAY_US;
        s.r.id = request_id_make(s.r.time_us, 0, 0);
        assert_true(journal_append(j, &s.r, 0));
    }
    sample_wait_stored(a);
    int64_t now = SAMPLE_TIME_US + 5 * DAY_US;
    assert_int_equal(audit_enforce_retention(a, now), 3);
    assert_int_equal(audit_enforce_retention(a, now), 0);
    assert_int_equal(count_records(dir), 3);
    /* A record of a long-lived tunnel may still come for a day that is gone. */
    append(j, 7, 1);
    sample_wait_stored(a);
    assert_int_equal(count_records(dir), 4);
    assert_int_equal(audit_enforce_retention(a, now), 1);
    journal_close(&j);
    audit_stop(&a);
    assert_int_equal(count_files(dir, "audit", ".db"), 3);
}

TEST(audit__keeps_hostile_texts_byte_by_byte)
{
    static char long_text[6000];
    static const struct sl_str texts[] = {
        {"'; DROP TABLE requests; --", 26},
        {"a\0b", 3},
        {"\xff\xfe\x80", 3},
        {"\xed\xa0\x80", 3},
        {"%_\\\"", 4},
        {"\r\n\x1b[31m", 7},
        {"\xf0\x9f\x92\xa9", 4},
        {"\\x41", 4},
        {long_text, sizeof long_text},
        {"[\"json\"]", 8},
    };
    const char *dir = *state;
    memset(long_text, 'x', sizeof long_text);
    struct audit *a = start(dir);
    struct journal *j = open_journal(a, 0);
    for (size_t i = 0; i < SL_COUNT(texts); i++) {
        struct sample s;
        sample_fill(&s, i);
        s.r.user = s.r.host = s.r.path = s.r.user_agent = s.r.referrer = s.r.groups[0] = s.r.categories[0] =
            texts[i];
        s.r.group_count = s.r.category_count = 1;
        assert_true(journal_append(j, &s.r, 0));
    }
    sample_wait_stored(a);
    for (size_t i = 0; i < SL_COUNT(texts); i++) {
        struct sample s;
        struct sl_str kept = sl_str_sub(texts[i], 0, RECORD_MAX_TEXT);
        json_t *item, *text = text_to_json(kept);
        sample_fill(&s, i);
        assert_true(audit_get(dir, s.r.id, &item, NULL));
        static const char *const fields[] = {"user", "host", "path", "user_agent", "referrer"};
        for (size_t k = 0; k < SL_COUNT(fields); k++)
            assert_true(json_equal(json_object_get(item, fields[k]), text));
        assert_true(json_equal(json_array_get(json_object_get(item, "groups"), 0), text));
        assert_true(json_equal(json_array_get(json_object_get(item, "categories"), 0), text));
        assert_int_equal(json_is_true(json_object_get(item, "truncated")), kept.n != texts[i].n);
        char *dump = json_dumps(item, JSON_ENSURE_ASCII);
        json_t *again = json_loads(dump, 0, NULL);
        assert_non_null(again);
        free(dump);
        json_decref(again);
        json_decref(text);
        json_decref(item);
    }
    journal_close(&j);
    audit_stop(&a);
}

/* The numbers of the samples that the tail shows, in its order. */
static size_t tail(struct audit *a, const struct audit_filter *f, uint64_t *position, int64_t wait_ms,
                   uint64_t *out, bool *out_partial)
{
    struct audit_page page;
    struct sl_err err = {0};
    if (!audit_tail(a, f, position, wait_ms, &whatever_it_takes, &page, &err))
        fail_msg("%s", err.msg);
    size_t n = json_array_size(page.items);
    for (size_t i = 0; i < n; i++)
        out[i] =
            (uint64_t)json_integer_value(json_object_get(json_array_get(page.items, i), "policy_version"));
    *out_partial = page.partial;
    json_decref(page.items);
    return n;
}

static void append_numbered(struct journal *j, uint64_t n)
{
    struct sample s;
    sample_fill(&s, n);
    s.r.policy_version = (int64_t)n;
    assert_true(journal_append(j, &s.r, 0));
    journal_tend(j);
}

/* Follows the cursor, and appends more before each page; the numbers of what it sees go to out. */
static size_t follow(const char *dir, struct audit *a, struct journal *j, bool oldest_first, uint64_t *next,
                     uint64_t *out)
{
    struct audit_filter f;
    size_t n = 0;
    audit_filter_init(&f);
    f.oldest_first = oldest_first;
    f.limit = 40;
    do {
        for (int i = 0; i < 15 && *next < 500; i++)
            append_numbered(j, (*next)++);
        sample_wait_stored(a);
        struct audit_page page = query(dir, &f);
        for (size_t i = 0; i < json_array_size(page.items); i++)
            out[n++] = (uint64_t)json_integer_value(
                json_object_get(json_array_get(page.items, i), "policy_version"));
        f.before_id = page.next_id;
        json_decref(page.items);
    } while (f.before_id);
    return n;
}

TEST(audit_query__loses_and_doubles_nothing_while_rows_come)
{
    const char *dir = *state;
    struct audit *a = start(dir);
    struct journal *j = open_journal(a, 0);
    static uint64_t seen[1000];
    uint64_t next = 0;
    while (next < 300)
        append_numbered(j, next++);
    size_t n = follow(dir, a, j, false, &next, seen);
    assert_int_equal(n, 315);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(seen[i], n - 1 - i);
    n = follow(dir, a, j, true, &next, seen);
    assert_int_equal(n, next);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(seen[i], i);
    journal_close(&j);
    audit_stop(&a);
}

TEST(audit_tail__shows_what_began_long_ago_and_ends_now)
{
    const char *dir = *state;
    struct audit *a = start(dir);
    struct journal *j = open_journal(a, 0);
    struct audit_filter f;
    uint64_t numbers[1000], position = audit_tail_position(a);
    bool partial;
    audit_filter_init(&f);
    assert_int_equal(tail(a, &f, &position, 0, numbers, &partial), 0);
    static const uint64_t order[] = {50, 51, 7, 20000000, 52};
    for (size_t i = 0; i < SL_COUNT(order); i++)
        append_numbered(j, order[i]);
    size_t n = 0;
    while (n < SL_COUNT(order))
        n += tail(a, &f, &position, 5000, numbers + n, &partial);
    assert_false(partial);
    assert_int_equal(n, SL_COUNT(order));
    /* Of one batch, days come one after the other; within a day it is the order in which they ended. */
    uint64_t last_of_day = 0;
    for (size_t i = 0; i < n; i++)
        if (numbers[i] != 20000000) {
            static const uint64_t of_day[] = {50, 51, 7, 52};
            assert_int_equal(numbers[i], of_day[last_of_day++]);
        }
    assert_int_equal(tail(a, &f, &position, 0, numbers, &partial), 0);
    journal_close(&j);
    audit_stop(&a);
}

TEST(audit_tail__filters_waits_and_says_what_it_missed)
{
    const char *dir = *state;
    struct audit *a = start(dir);
    struct journal *j = open_journal(a, 0);
    struct audit_filter f;
    uint64_t numbers[1000], position = audit_tail_position(a), old = 12345;
    bool partial;
    audit_filter_init(&f);
    struct audit_term *t = audit_filter_add(&f, AUDIT_ACTION, false);
    t->min = t->max = ACTION_BLOCK;
    uint64_t expected = 0;
    for (uint64_t i = 0; i < 200; i++) {
        struct sample s;
        sample_fill(&s, i);
        expected += s.r.action == ACTION_BLOCK;
        append_numbered(j, i);
    }
    uint64_t found = 0;
    for (size_t n; (n = tail(a, &f, &position, found < expected ? 5000 : 50, numbers, &partial));)
        found += n;
    assert_int_equal(found, expected);
    audit_filter_init(&f);
    assert_int_equal(tail(a, &f, &old, 0, numbers, &partial), 100);
    assert_true(partial);
    assert_int_equal(numbers[0], 0);
    assert_int_equal(tail(a, &f, &old, 0, numbers, &partial), 100);
    assert_false(partial);
    audit_filter_add(&f, AUDIT_CLIENT, false)->text = SL_STR("nonsense");
    struct audit_page page;
    assert_false(audit_tail(a, &f, &position, 0, &whatever_it_takes, &page, NULL));
    journal_close(&j);
    audit_stop(&a);
}

static struct audit *take_over(const char *dir, struct audit *old, struct audit_handover *h)
{
    struct audit_config cfg = sample_config(dir);
    struct audit *a = NULL;
    struct sl_err err = {0};
    audit_hand_over(old, h);
    struct audit_handover from = *h;
    from.lock_fd = dup(h->lock_fd);
    cfg.from = &from;
    if (!audit_start(&cfg, &a, &err))
        fail_msg("%s", err.msg);
    return a;
}

/* The old one's journals grow over several segments while the new one stores what they get. */
TEST(audit_hand_over__has_another_store_the_journals_that_go_on)
{
    const char *dir = *state;
    struct audit *old = start(dir);
    struct journal *a = open_journal(old, 0);
    struct audit_handover h;
    append(a, 0, 100);
    struct audit *new = take_over(dir, old, &h);
    struct journal *b = open_journal(new, 512);
    for (uint64_t i = 0; i < 20; i++) {
        append(a, 100 + i * 100, 100);
        append(b, 10000 + i * 100, 100);
    }
    journal_close(&a);
    audit_stop(&old);
    audit_others_gone(new);
    journal_close(&b);
    audit_stop(&new);
    assert_int_equal(count_records(dir), 4100);
    assert_int_equal(count_files(dir, "journal", ".jnl"), 0);
    free(h.streams);
}

TEST(audit_take_back__stores_what_both_have_left)
{
    const char *dir = *state;
    struct audit *old = start(dir);
    struct journal *a = open_journal(old, 0);
    struct audit_handover h;
    append(a, 0, 100);
    struct audit *new = take_over(dir, old, &h);
    struct journal *b = open_journal(new, 512);
    append(a, 100, 100);
    append(b, 10000, 100);
    sample_wait_stored(new);
    struct audit_handover again; /* stops storing, as if it had died */
    audit_hand_over(new, &again);
    append(b, 10100, 100);
    journal_close(&b);
    audit_stop(&new);
    audit_take_back(old);
    append(a, 200, 100);
    journal_close(&a);
    audit_stop(&old);
    assert_int_equal(count_records(dir), 500);
    assert_int_equal(count_files(dir, "journal", ".jnl"), 0);
    free(h.streams);
    free(again.streams);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AUDIT_TEST(audit__shows_what_was_appended),
        AUDIT_TEST(audit__stores_everything_at_stop),
        AUDIT_TEST(audit__takes_records_of_many_workers_at_once),
        AUDIT_TEST(audit__puts_each_record_into_the_file_of_its_day),
        AUDIT_TEST(audit__keeps_both_records_of_one_id),
        AUDIT_TEST(audit__counts_report_only_rules),
        AUDIT_TEST(audit_query__loses_and_doubles_nothing_while_rows_come),
        AUDIT_TEST(audit_tail__shows_what_began_long_ago_and_ends_now),
        AUDIT_TEST(audit_tail__filters_waits_and_says_what_it_missed),
        AUDIT_TEST(audit__lets_one_process_write),
        AUDIT_TEST(audit_enforce_retention__deletes_days_that_are_past_it),
        AUDIT_TEST(audit__keeps_hostile_texts_byte_by_byte),
        AUDIT_TEST(audit_hand_over__has_another_store_the_journals_that_go_on),
        AUDIT_TEST(audit_take_back__stores_what_both_have_left),
    };
    return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
