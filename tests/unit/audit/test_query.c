/* test_query.c - unit tests of audit/query.c and filter.c: pages and exports against a plain walk over the
 * same records. */
#include "tests/support/cmocka_all.h"
#include "tests/support/records.h"
#include "tests/support/tmpdir.h"

#include <sys/stat.h>

#include "tests/unit/audit/samples.h"

#include "audit/days.h"
#include "audit/schema.h"

/* Enough for several windows in one day, and three days. */
enum { COUNT = 6000, DAYS = 3 };

static struct {
    char *dir;
    struct sample samples[COUNT];
} world;

static const struct audit_bounds whatever_it_takes;

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

static bool term_holds(const struct audit_term *t, const struct record *r)
{
    struct sl_cidr net;
    switch (t->field) {
    case AUDIT_USER:
        return t->text.p ? r->user.p && sl_str_eq(t->text, r->user) : !r->user.p;
    case AUDIT_CLIENT:
        return sl_cidr_parse(t->text, &net, NULL) && sl_cidr_contains(net, r->client);
    case AUDIT_GROUP:
        return has_name(r->groups, r->group_count, t->text);
    case AUDIT_HOST:
        return is_or_below(r->host, t->text);
    case AUDIT_METHOD:
        return sl_str_eq(t->text, r->method);
    case AUDIT_CATEGORY:
        return t->text.p ? has_name(r->categories, r->category_count, t->text) : r->category_count == 0;
    case AUDIT_RULE:
        return t->text.p ? sl_str_eq(t->text, r->rule) : r->rule.n == 0;
    case AUDIT_ACTION:
        return r->action >= t->min && r->action <= t->max;
    case AUDIT_STATUS:
        return r->status >= t->min && r->status <= t->max;
    case AUDIT_VERSION:
        return r->policy_version >= t->min && r->policy_version <= t->max;
    case AUDIT_TLS_FAULT:
        return t->text.p ? sl_str_eq(t->text, r->tls.fault) : !r->tls.fault.n;
    case AUDIT_TLS_VERSION:
        return t->text.p ? sl_str_eq(t->text, r->tls.version) : !r->tls.version.n;
    case AUDIT_TLS_CIPHER:
        return t->text.p ? sl_str_eq(t->text, r->tls.cipher) : !r->tls.cipher.n;
    case AUDIT_TLS_EXCEPTION:
        return t->text.p ? sl_str_eq(t->text, r->tls.exception) : !r->tls.exception.n;
    case AUDIT_INSPECTED:
        return r->tls.inspected >= t->min && r->tls.inspected <= t->max;
    case AUDIT_Q:
        return holds(r->host, t->text) || holds(r->path, t->text) || holds(r->user, t->text) ||
               holds(r->rule, t->text);
    default:
        fail();
    }
    return false;
}

/* What the filter means, said plainly. */
static bool matches(const struct audit_filter *f, const struct record *r)
{
    bool asked[AUDIT_FIELDS] = {0}, met[AUDIT_FIELDS] = {0};
    for (unsigned i = 0; i < f->term_count; i++) {
        const struct audit_term *t = &f->terms[i];
        bool holds_now = term_holds(t, r);
        if (t->except && holds_now)
            return false;
        asked[t->field] |= !t->except;
        met[t->field] |= !t->except && holds_now;
    }
    for (int i = 0; i < AUDIT_FIELDS; i++)
        if (asked[i] && !met[i])
            return false;
    return (!f->from_us || r->time_us >= f->from_us) && (!f->to_us || r->time_us < f->to_us);
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
        const struct audit_bounds bounds = {.deadline_ms = deadline_ms};
        if (!audit_query(world.dir, &f, &bounds, &page, &err))
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

/* Values of each field: some that many records have, some that few or none have. */
static const struct audit_term terms[] = {
    {.field = AUDIT_USER, .text = SL_STR("user7")},
    {.field = AUDIT_USER, .text = SL_STR("user3")},
    {.field = AUDIT_USER, .text = SL_STR("nobody-of-that-name")},
    {.field = AUDIT_USER},
    {.field = AUDIT_CLIENT, .text = SL_STR("10.1.0.0/17")},
    {.field = AUDIT_CLIENT, .text = SL_STR("10.1.200.7")},
    {.field = AUDIT_CLIENT, .text = SL_STR("::/0")},
    {.field = AUDIT_CLIENT, .text = SL_STR("0.0.0.0/0")},
    {.field = AUDIT_GROUP, .text = SL_STR("Domain Users")},
    {.field = AUDIT_GROUP, .text = SL_STR("staff")},
    {.field = AUDIT_HOST, .text = SL_STR("www12.example.com")},
    {.field = AUDIT_HOST, .text = SL_STR("example.com")},
    {.field = AUDIT_HOST, .text = SL_STR("xample.com")},
    {.field = AUDIT_HOST, .text = SL_STR("_ww1.example.com")},
    {.field = AUDIT_METHOD, .text = SL_STR("CONNECT")},
    {.field = AUDIT_CATEGORY, .text = SL_STR("social")},
    {.field = AUDIT_CATEGORY, .text = SL_STR("ads")},
    {.field = AUDIT_CATEGORY},
    {.field = AUDIT_RULE, .text = SL_STR("malware")},
    {.field = AUDIT_RULE, .text = SL_STR("no-such-rule")},
    {.field = AUDIT_RULE},
    {.field = AUDIT_ACTION, .min = ACTION_WARN, .max = ACTION_WARN},
    {.field = AUDIT_ACTION, .min = ACTION_ALLOW, .max = ACTION_ALLOW},
    {.field = AUDIT_STATUS, .min = 400, .max = 499},
    {.field = AUDIT_STATUS, .min = 200, .max = 200},
    {.field = AUDIT_VERSION, .min = 7, .max = 7},
    {.field = AUDIT_VERSION, .min = 8, .max = 9},
    {.field = AUDIT_TLS_FAULT, .text = SL_STR("expired")},
    {.field = AUDIT_TLS_FAULT},
    {.field = AUDIT_TLS_VERSION, .text = SL_STR("TLSv1.3")},
    {.field = AUDIT_TLS_CIPHER},
    {.field = AUDIT_TLS_EXCEPTION, .text = SL_STR("old-printer")},
    {.field = AUDIT_INSPECTED, .min = 0, .max = 0},
    {.field = AUDIT_INSPECTED, .min = 1, .max = 1},
    {.field = AUDIT_Q, .text = SL_STR("PAGE-12")},
    {.field = AUDIT_Q, .text = SL_STR("SER3")},
    {.field = AUDIT_Q, .text = SL_STR("%")},
    {.field = AUDIT_Q, .text = SL_STR("malw")},
    {.field = AUDIT_Q, .text = SL_STR("www1")},
};
enum { FILTERS = 2 * SL_COUNT(terms) + 60 };

static void add(struct audit_filter *f, size_t term, bool except)
{
    struct audit_term *t = audit_filter_add(f, terms[term].field, except);
    *t = terms[term];
    t->except = except;
}

/* Filter number n: everything; each term alone and refused; then anything at random. */
static struct audit_filter filter_number(size_t n)
{
    struct audit_filter f;
    uint64_t seed = n;
    audit_filter_init(&f);
    f.limit = 700;
    if (n < 2 * SL_COUNT(terms)) {
        if (n)
            add(&f, n / 2, n % 2);
        return f;
    }
    for (size_t i = sample_random(&seed) % 5; i > 0; i--)
        add(&f, sample_random(&seed) % SL_COUNT(terms), sample_random(&seed) % 3 == 0);
    if (sample_random(&seed) % 3 == 0)
        f.from_us = SAMPLE_TIME_US + DAY_US + (int64_t)(sample_random(&seed) % 60) * 1000000;
    if (sample_random(&seed) % 3 == 0)
        f.to_us = SAMPLE_TIME_US + (int64_t)(sample_random(&seed) % 3) * DAY_US +
                  (int64_t)(sample_random(&seed) % 60) * 1000000 + 1;
    return f;
}

/* Three pages from anywhere in the log, either way, held to the plain walk. */
static size_t check_some_pages(struct audit_filter f, uint64_t seed)
{
    size_t start = sample_random(&seed) % COUNT, found = 0;
    f.oldest_first = sample_random(&seed) % 2;
    f.before_id = world.samples[start].r.id;
    f.limit = 1 + sample_random(&seed) % 150;
    size_t step = f.oldest_first ? 1 : (size_t)-1, at = start + step;
    for (int pages = 0; pages < 3; pages++) {
        struct audit_page page;
        assert_true(audit_query(world.dir, &f, &whatever_it_takes, &page, NULL));
        for (size_t i = 0; i < json_array_size(page.items); i++, found++, at += step) {
            while (at < COUNT && !matches(&f, &world.samples[at].r))
                at += step;
            assert_true(at < COUNT);
            assert_true(item_id(json_array_get(page.items, i)) == world.samples[at].r.id);
        }
        json_decref(page.items);
        f.before_id = page.next_id;
        if (f.before_id == 0)
            break;
    }
    for (; f.before_id == 0 && at < COUNT; at += step)
        assert_false(matches(&f, &world.samples[at].r));
    return found;
}

TEST(audit_query__finds_what_a_plain_walk_finds)
{
    size_t total = check_pages(filter_number(0), 0);
    for (size_t i = 0; i < FILTERS; i++)
        total += check_some_pages(filter_number(i), i);
    assert_true(total > 2 * COUNT);
}

/* A deadline that is over at once: every call must still get somewhere, and together they find everything. */
TEST(audit_query__gets_on_whatever_the_deadline)
{
    for (size_t i = 1; i < FILTERS; i += 11) {
        struct audit_filter f = filter_number(i);
        f.oldest_first = i % 2;
        check_pages(f, 1);
    }
}

static bool always(void *arg)
{
    ++*(size_t *)arg;
    return true;
}

TEST(audit_query__ends_when_nobody_waits)
{
    struct audit_filter f;
    struct audit_page page;
    size_t asked = 0;
    const struct audit_bounds bounds = {.gone = always, .arg = &asked};
    audit_filter_init(&f);
    add(&f, 2, false);
    f.limit = 1;
    assert_true(audit_query(world.dir, &f, &bounds, &page, NULL));
    assert_true(page.partial && page.next_id && asked == 1);
    json_decref(page.items);
}

TEST(audit_query__knows_when_that_was_all)
{
    struct audit_filter f;
    struct audit_page page;
    audit_filter_init(&f);
    f.limit = 500; /* as many as the last day has */
    f.from_us = SAMPLE_TIME_US + 2 * DAY_US;
    assert_true(audit_query(world.dir, &f, &whatever_it_takes, &page, NULL));
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
    audit_filter_add(&f, AUDIT_CLIENT, false)->text = SL_STR("10.0.0.1/8");
    assert_false(audit_query(world.dir, &f, &whatever_it_takes, &page, &err));
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
    assert_true(audit_query(dir, &f, &whatever_it_takes, &page, NULL));
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
    assert_false(audit_query(dir, &f, &whatever_it_takes, &page, &err));
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
    assert_true(records_each(world.dir, &f, check_export, &e, NULL));
    assert_int_equal(e.at, COUNT);
    e = (struct export){.stop_after = 10};
    assert_true(records_each(world.dir, &f, check_export, &e, NULL));
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

/* A day file of a version that knew neither parents nor both sides of TLS, and that nobody has opened for
 * writing since. */
TEST(audit_query__reads_files_without_later_columns)
{
    char *dir = tmpdir_new();
    struct audit_config cfg = sample_config(dir);
    struct audit *a;
    struct journal *j;
    struct sample s;
    struct db *db;
    struct audit_page page;
    struct audit_filter f;
    json_t *item;
    sample_fill(&s, 0);
    s.r.parent = SL_STR("cache");
    assert_true(audit_start(&cfg, &a, NULL));
    assert_true(journal_open(a, 0, &j, NULL));
    assert_true(journal_append(j, &s.r, 0));
    journal_close(&j);
    audit_stop(&a);
    assert_true(audit_get(dir, s.r.id, &item, NULL));
    assert_string_equal(json_string_value(json_object_get(item, "parent")), "cache");
    json_decref(item);

    char *path = day_path(dir, day_of_id(s.r.id));
    assert_true(db_open(path, DB_READ_WRITE, &audit_day_schema, &db, NULL));
    assert_true(db_exec(db,
                        "ALTER TABLE outcomes DROP COLUMN parent; ALTER TABLE tls DROP COLUMN issuer;"
                        "ALTER TABLE tls DROP COLUMN exception; ALTER TABLE tls DROP COLUMN origin_version;"
                        "ALTER TABLE tls DROP COLUMN origin_cipher; PRAGMA user_version = 3",
                        NULL));
    db_close(&db);
    free(path);
    audit_filter_init(&f);
    audit_filter_add(&f, AUDIT_RULE, true)->text = SL_STR("no-such-rule");
    assert_true(audit_query(dir, &f, &(struct audit_bounds){0}, &page, NULL));
    assert_int_equal(json_array_size(page.items), 1);
    item = json_array_get(page.items, 0);
    assert_true(item_id(item) == s.r.id && json_is_null(json_object_get(item, "parent")));
    json_decref(page.items);
    tmpdir_free(&dir);
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
    assert_true(audit_query(dir, &f, &whatever_it_takes, &page, NULL));
    assert_int_equal(json_array_size(page.items), 50);
    json_decref(page.items);
    tmpdir_free(&dir);
}

TEST(day_ids__narrows_by_time_as_far_as_starts_can_tell)
{
    const int64_t day = 20000, noon = day * DAY_US + DAY_US / 2;
    const uint64_t first = day_first_id(day), last = day_first_id(day + 1) - 1;
    const struct {
        int64_t from_us, to_us, skew_us;
        uint64_t lo, hi;
    } cases[] = {
        {0, 0, 0, first, last},
        {noon, 0, 0, request_id_floor(noon), last},
        {0, noon, 0, first, request_id_floor(noon + 1000)},
        {noon, noon, 1000000, request_id_floor(noon - 1000000), request_id_floor(noon + 1001000)},
        {noon, noon, DAY_US, first, last},
        {noon, noon, INT64_MAX, first, last},
        {noon, noon, INT64_MAX - noon, first, last},
        {INT64_MIN, INT64_MAX, 1, first, last},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        uint64_t lo, hi;
        day_ids(day, cases[i].from_us, cases[i].to_us, cases[i].skew_us, &lo, &hi);
        assert_true(lo == cases[i].lo && hi == cases[i].hi);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audit_query__finds_what_a_plain_walk_finds),
        cmocka_unit_test(audit_query__gets_on_whatever_the_deadline),
        cmocka_unit_test(audit_query__ends_when_nobody_waits),
        cmocka_unit_test(audit_query__knows_when_that_was_all),
        cmocka_unit_test(audit_query__says_what_is_wrong_with_a_client),
        cmocka_unit_test(audit_query__of_no_log_is_empty),
        cmocka_unit_test(audit_query__names_a_file_that_is_damaged),
        cmocka_unit_test(audit_query__reads_files_without_later_columns),
        cmocka_unit_test(audit_export__streams_oldest_first_and_stops_when_told),
        cmocka_unit_test(audit_get__finds_each_by_its_id),
        cmocka_unit_test(audit_query__finds_starts_that_lie_far_from_their_ids),
        cmocka_unit_test(day_ids__narrows_by_time_as_far_as_starts_can_tell),
    };
    return cmocka_run_group_tests_name("audit/query", tests, make_world, end_world);
}
