/* test_query.c - unit tests of audit/query.c and filter.c: pages and exports against a plain walk over the
 * same records. */
#include "tests/support/cmocka_all.h"
#include "tests/support/tmpdir.h"

#include <sys/stat.h>

#include "tests/unit/audit/samples.h"

#include "audit/days.h"

/* Enough for several windows in one day, and three days. */
enum { COUNT = 6000, DAYS = 3 };

static struct {
    char *dir;
    struct sample samples[COUNT];
} world;

static void sample_of_day(struct sample *s, uint64_t n)
{
    sample_fill(s, n);
    /* Most of them in the middle day. */
    int64_t day = n < 500 ? 0 : n < COUNT - 500 ? 1 : 2;
    s->r.time_us += day * DAY_US;
    s->r.id = request_id_make(s->r.time_us, (unsigned)(n % 4), 0);
}

static int make_world(void **state)
{
    world.dir = tmpdir_new();
    struct audit_config cfg = sample_config(world.dir);
    struct audit *a;
    struct journal *j;
    cfg.segment_bytes = 8 * 1024 * 1024;
    if (!audit_start(&cfg, &a, NULL) || !journal_open(a, 0, &j, NULL))
        return -1;
    for (size_t i = 0; i < COUNT; i++) {
        sample_of_day(&world.samples[i], i);
        if (!journal_append(j, &world.samples[i].r, 0))
            return -1;
    }
    journal_close(&j);
    audit_stop(&a);
    return 0;
}

static int end_world(void **state)
{
    tmpdir_free(&world.dir);
    return 0;
}

static bool holds(struct sl_str text, struct sl_str part)
{
    for (size_t i = 0; i + part.n <= text.n; i++)
        if (sl_str_ieq(sl_str_sub(text, i, part.n), part))
            return true;
    return false;
}

static bool is_or_below(struct sl_str host, struct sl_str domain)
{
    return sl_str_eq(host, domain) ||
           (host.n > domain.n && sl_str_ends(host, domain) && host.p[host.n - domain.n - 1] == '.');
}

static bool has_name(const struct sl_str *names, unsigned count, struct sl_str name)
{
    for (unsigned i = 0; i < count; i++)
        if (sl_str_eq(names[i], name))
            return true;
    return false;
}

/* What the filter means, said plainly. */
static bool matches(const struct audit_filter *f, const struct record *r)
{
    struct sl_cidr net;
    if (f->client.n && (!sl_cidr_parse(f->client, &net, NULL) || !sl_cidr_contains(net, r->client)))
        return false;
    return (!f->from_us || r->time_us >= f->from_us) && (!f->to_us || r->time_us < f->to_us) &&
           (!f->user.n || (r->user.p && sl_str_eq(f->user, r->user))) &&
           (!f->host.n || is_or_below(r->host, f->host)) &&
           (!f->method.n || sl_str_eq(f->method, r->method)) && (!f->rule.n || sl_str_eq(f->rule, r->rule)) &&
           (!f->category.n || has_name(r->categories, r->category_count, f->category)) &&
           (f->action < 0 || f->action == (int)r->action) && (!f->status_min || r->status >= f->status_min) &&
           (!f->status_max || r->status <= f->status_max) &&
           (!f->q.n || holds(r->host, f->q) || holds(r->path, f->q) || holds(r->user, f->q) ||
            holds(r->rule, f->q));
}

static uint64_t item_id(const json_t *item)
{
    uint64_t id = 0;
    assert_true(request_id_parse(sl_cstr(json_string_value(json_object_get(item, "id"))), &id));
    return id;
}

/* Follows the cursor from page to page and holds every item to the plain walk. deadline_ms may cut pages
 * short. */
static size_t check_pages(struct audit_filter f, int64_t deadline_ms)
{
    size_t at = f.oldest_first ? 0 : COUNT - 1, found = 0;
    for (;;) {
        struct audit_page page;
        struct sl_err err = {0};
        if (!audit_query(world.dir, &f, deadline_ms, &page, &err))
            fail_msg("%s", err.msg);
        size_t n = json_array_size(page.items);
        assert_true(n <= f.limit);
        assert_true(n == f.limit || page.partial || page.next_id == 0);
        for (size_t i = 0; i < n; i++, found++) {
            while (at < COUNT && !matches(&f, &world.samples[at].r))
                at += f.oldest_first ? 1 : (size_t)-1;
            assert_true(at < COUNT);
            assert_true(item_id(json_array_get(page.items, i)) == world.samples[at].r.id);
            at += f.oldest_first ? 1 : (size_t)-1;
        }
        json_decref(page.items);
        if (page.next_id == 0)
            break;
        assert_true(f.before_id == 0 ||
                    (f.oldest_first ? page.next_id > f.before_id : page.next_id < f.before_id));
        f.before_id = page.next_id;
    }
    for (; at < COUNT; at += f.oldest_first ? 1 : (size_t)-1)
        assert_false(matches(&f, &world.samples[at].r));
    return found;
}

static const struct audit_filter *filters(size_t *out_count)
{
    static struct audit_filter list[24];
    size_t n = 0;
    for (size_t i = 0; i < SL_COUNT(list); i++) {
        audit_filter_init(&list[i]);
        list[i].limit = 700;
    }
    n++; /* everything */
    list[n++].user = SL_STR("user7");
    list[n++].user = SL_STR("nobody-of-that-name");
    list[n++].host = SL_STR("www12.example.com");
    list[n++].host = SL_STR("example.com");
    list[n++].host = SL_STR("xample.com");
    list[n++].host = SL_STR("_ww1.example.com");
    list[n++].client = SL_STR("10.1.0.0/17");
    list[n++].client = SL_STR("::/0");
    list[n++].client = SL_STR("0.0.0.0/0");
    list[n++].category = SL_STR("social");
    list[n++].rule = SL_STR("malware");
    list[n++].method = SL_STR("CONNECT");
    list[n++].action = ACTION_WARN;
    list[n++].action = ACTION_ALLOW;
    list[n].status_min = 400;
    list[n++].status_max = 499;
    list[n++].q = SL_STR("PAGE-12");
    list[n++].q = SL_STR("SER3");
    list[n++].q = SL_STR("%");
    list[n++].q = SL_STR("malw");
    list[n].from_us = SAMPLE_TIME_US + DAY_US + 20 * 1000000;
    list[n++].to_us = SAMPLE_TIME_US + DAY_US + 30 * 1000000;
    list[n++].to_us = SAMPLE_TIME_US + 3 * 1000000 + 1;
    list[n].from_us = SAMPLE_TIME_US + 2 * 1000000;
    list[n].user = SL_STR("user3");
    list[n].category = SL_STR("news");
    list[n].q = SL_STR("www1");
    list[n++].action = ACTION_ALLOW;
    *out_count = n;
    return list;
}

TEST(audit_query__finds_what_a_plain_walk_finds)
{
    size_t count, total = 0;
    const struct audit_filter *list = filters(&count);
    for (size_t i = 0; i < count; i++)
        for (int up = 0; up < 2; up++) {
            struct audit_filter f = list[i];
            f.oldest_first = up;
            total += check_pages(f, 0);
            if (up != (int)i % 2)
                continue;
            f.limit = 61;
            f.from_us = SL_MAX(f.from_us, SAMPLE_TIME_US + DAY_US + 50 * 1000000);
            check_pages(f, 0);
        }
    assert_true(total > 2 * COUNT);
}

/* A deadline that is over at once: every call must still get somewhere, and together they find everything. */
TEST(audit_query__gets_on_whatever_the_deadline)
{
    size_t count;
    const struct audit_filter *list = filters(&count);
    for (size_t i = 0; i < count; i++) {
        struct audit_filter f = list[i];
        f.oldest_first = i % 2;
        check_pages(f, 1);
    }
}

TEST(audit_query__knows_when_that_was_all)
{
    struct audit_filter f;
    struct audit_page page;
    audit_filter_init(&f);
    f.limit = 500; /* as many as the last day has */
    f.from_us = SAMPLE_TIME_US + 2 * DAY_US;
    assert_true(audit_query(world.dir, &f, 0, &page, NULL));
    assert_int_equal(json_array_size(page.items), 500);
    assert_int_equal(page.next_id, 0);
    assert_false(page.partial);
    json_decref(page.items);
}

TEST(audit_query__says_what_is_wrong_with_a_client)
{
    struct audit_filter f;
    struct audit_page page;
    struct sl_err err = {0};
    audit_filter_init(&f);
    f.client = SL_STR("10.0.0.1/8");
    assert_false(audit_query(world.dir, &f, 0, &page, &err));
    assert_int_equal(err.code, SL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "client: "));
}

TEST(audit_query__of_no_log_is_empty)
{
    char *dir = tmpdir_new();
    struct audit_filter f;
    struct audit_page page;
    json_t *item;
    struct sl_err err = {0};
    audit_filter_init(&f);
    assert_true(audit_query(dir, &f, 0, &page, NULL));
    assert_int_equal(json_array_size(page.items), 0);
    json_decref(page.items);
    assert_false(audit_get(dir, 77, &item, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    tmpdir_free(&dir);
}

TEST(audit_query__names_a_file_that_is_damaged)
{
    char *dir = tmpdir_new();
    char *sub = tmpdir_path(dir, "audit");
    assert_int_equal(mkdir(sub, 0700), 0);
    char *file = tmpdir_write(sub, "audit-2026-11-23.db",
                              "this is no database but it has some text in it, long enough......");
    struct audit_filter f;
    struct audit_page page;
    struct sl_err err = {0};
    audit_filter_init(&f);
    assert_false(audit_query(dir, &f, 0, &page, &err));
    assert_non_null(strstr(err.msg, "audit-2026-11-23.db"));
    free(file);
    free(sub);
    tmpdir_free(&dir);
}

struct export
{
    size_t at, stop_after;
};

static bool check_export(void *arg, const json_t *item)
{
    struct export *e = arg;
    assert_true(item_id(item) == world.samples[e->at].r.id);
    return ++e->at != e->stop_after;
}

TEST(audit_export__streams_oldest_first_and_stops_when_told)
{
    struct audit_filter f;
    struct export e = {0};
    audit_filter_init(&f);
    assert_true(audit_export(world.dir, &f, check_export, &e, NULL));
    assert_int_equal(e.at, COUNT);
    e = (struct export){.stop_after = 10};
    assert_true(audit_export(world.dir, &f, check_export, &e, NULL));
    assert_int_equal(e.at, 10);
}

TEST(audit_get__finds_each_by_its_id)
{
    for (size_t i = 0; i < COUNT; i += 501) {
        json_t *item = NULL;
        assert_true(audit_get(world.dir, world.samples[i].r.id, &item, NULL));
        assert_true(item_id(item) == world.samples[i].r.id);
        json_decref(item);
    }
}

/* The clock was set back by hours: ids go on ahead of it, and times are still found. */
TEST(audit_query__finds_starts_that_lie_far_from_their_ids)
{
    char *dir = tmpdir_new();
    struct audit_config cfg = sample_config(dir);
    struct audit *a;
    struct journal *j;
    assert_true(audit_start(&cfg, &a, NULL) && journal_open(a, 0, &j, NULL));
    uint64_t last = 0;
    for (uint64_t i = 0; i < 100; i++) {
        struct sample s;
        sample_fill(&s, i);
        if (i >= 50)
            s.r.time_us -= 5 * DAY_US;
        s.r.id = last = request_id_make(s.r.time_us, 0, last);
        assert_true(journal_append(j, &s.r, 0));
    }
    journal_close(&j);
    audit_stop(&a);
    struct audit_filter f;
    struct audit_page page;
    audit_filter_init(&f);
    f.from_us = SAMPLE_TIME_US - 6 * DAY_US;
    f.to_us = SAMPLE_TIME_US - 4 * DAY_US;
    assert_true(audit_query(dir, &f, 0, &page, NULL));
    assert_int_equal(json_array_size(page.items), 50);
    json_decref(page.items);
    tmpdir_free(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audit_query__finds_what_a_plain_walk_finds),
        cmocka_unit_test(audit_query__gets_on_whatever_the_deadline),
        cmocka_unit_test(audit_query__knows_when_that_was_all),
        cmocka_unit_test(audit_query__says_what_is_wrong_with_a_client),
        cmocka_unit_test(audit_query__of_no_log_is_empty),
        cmocka_unit_test(audit_query__names_a_file_that_is_damaged),
        cmocka_unit_test(audit_export__streams_oldest_first_and_stops_when_told),
        cmocka_unit_test(audit_get__finds_each_by_its_id),
        cmocka_unit_test(audit_query__finds_starts_that_lie_far_from_their_ids),
    };
    return cmocka_run_group_tests_name("audit/query", tests, make_world, end_world);
}
