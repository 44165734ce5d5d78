/* test_figures.c - unit tests of audit/figures.c, count.c and values.c: figures against a plain walk over the
 * same records, whole and after their process was killed. */
#include "tests/support/cmocka_all.h"
#include "tests/support/tmpdir.h"

#include "tests/unit/audit/samples.h"

#include "audit/days.h"
#include "audit/rollup.h"
#include "audit/schema.h"
#include "sluice/figures.h"
#include "sluice/log.h"

enum { COUNT = 5000, DAYS = 4, LIVES = 3, MINUTE = 60, HOUR = 3600 };
static const int64_t SECOND_US = 1000000;

static struct {
    char *dir;
    struct figures_cache *cache; /* of every other query */
    struct sample samples[COUNT];
} world;

/* Anywhere in four days, most of them in a few hours; some whose clock was set back. */
static void make_sample(struct sample *s, uint64_t n)
{
    uint64_t x = n * 31 + 7;
    sample_fill(s, n);
    x = sample_random(&x);
    int64_t seconds = (int64_t)(x % 4 ? x >> 8 : x >> 20) % (x % 4 ? 2 * HOUR : DAYS * 24 * HOUR);
    s->r.time_us = SAMPLE_TIME_US - DAY_US + seconds * SECOND_US + (int64_t)(x % 1000000);
    s->r.id = request_id_make(s->r.time_us, (unsigned)(n % 4), 0);
    if (n % 50 == 0)
        s->r.time_us -= (int64_t)(x % 100) * 3600 * SECOND_US;
    s->r.timing.identify_us = (uint32_t)(x >> 5) % 30;
    s->r.timing.decide_us = x % 100 ? (uint32_t)(x >> 30) % 90 : (uint32_t)(x >> 32);
}

static void append_samples(const char *dir, size_t from, size_t to)
{
    struct audit_config cfg = sample_config(dir);
    struct audit *a;
    struct journal *j;
    struct sl_err err = {0};
    cfg.segment_bytes = 4 * 1024 * 1024;
    if (!audit_start(&cfg, &a, &err) || !journal_open(a, 0, &j, &err))
        fail_msg("%s", err.msg);
    for (size_t i = from; i < to; i++) {
        while (!journal_append(j, &world.samples[i].r, 0))
            journal_tend(j);
        /* Small batches and large ones. */
        if (i % 499 == 0)
            sample_wait_stored(a);
    }
    journal_close(&j);
    audit_stop(&a);
}

static int make_world(void **state)
{
    world.dir = tmpdir_new();
    world.cache = figures_cache_new(0);
    for (size_t i = 0; i < COUNT; i++)
        make_sample(&world.samples[i], i);
    for (size_t i = 0; i < LIVES; i++)
        append_samples(world.dir, COUNT * i / LIVES, COUNT * (i + 1) / LIVES);
    return 0;
}

static int end_world(void **state)
{
    figures_cache_free(&world.cache);
    tmpdir_free(&world.dir);
    return 0;
}

/* ---- the same, said plainly ---- */

static bool is_category(const struct record *r, const char *name)
{
    for (unsigned i = 0; i < r->category_count; i++)
        if (sl_str_eq(r->categories[i], sl_cstr(name)))
            return true;
    return false;
}

static bool any(const struct record *r)
{
    return true;
}

static bool of_user7(const struct record *r)
{
    return sl_str_eq(r->user, SL_STR("user7"));
}

static bool below_example(const struct record *r)
{
    return sl_str_ends(r->host, SL_STR("7.example.com"));
}

static bool blocked_news(const struct record *r)
{
    return r->action == ACTION_BLOCK && is_category(r, "news");
}

static bool not_by_default(const struct record *r)
{
    return r->rule.n != 0;
}

static bool user7_to_news(const struct record *r)
{
    return of_user7(r) && is_category(r, "news");
}

static bool to_page12(const struct record *r)
{
    for (size_t i = 0; i + 7 <= r->path.n; i++)
        if (memcmp(r->path.p + i, "page-12", 7) == 0)
            return true;
    return false;
}

static bool with_fault(const struct record *r)
{
    return r->tls.fault.n != 0;
}

static bool not_expired(const struct record *r)
{
    return !sl_str_eq(r->tls.fault, SL_STR("expired"));
}

static void term(struct audit_filter *f, enum audit_field field, bool except, const char *text,
                 int64_t number)
{
    struct audit_term *t = audit_filter_add(f, field, except);
    assert_non_null(t);
    t->text = sl_cstr(text);
    t->min = t->max = number;
}

static const struct filter_case {
    const char *name;
    bool (*matches)(const struct record *r);
    struct {
        enum audit_field field;
        bool except;
        const char *text;
        int64_t number;
    } terms[10];
    size_t count;
} filters[] = {
    {"all", any, {{0}}, 0},
    {"user", of_user7, {{AUDIT_USER, false, "user7", 0}}, 1},
    {"hosts",
     below_example,
     {{AUDIT_HOST, false, "www7.example.com", 0},
      {AUDIT_HOST, false, "www17.example.com", 0},
      {AUDIT_HOST, false, "www27.example.com", 0},
      {AUDIT_HOST, false, "www37.example.com", 0},
      {AUDIT_HOST, false, "www47.example.com", 0},
      {AUDIT_HOST, false, "www57.example.com", 0},
      {AUDIT_HOST, false, "www67.example.com", 0},
      {AUDIT_HOST, false, "www77.example.com", 0},
      {AUDIT_HOST, false, "www87.example.com", 0},
      {AUDIT_HOST, false, "www97.example.com", 0}},
     10},
    {"outcome",
     blocked_news,
     {{AUDIT_ACTION, false, NULL, ACTION_BLOCK}, {AUDIT_CATEGORY, false, "news", 0}},
     2},
    {"except", not_by_default, {{AUDIT_RULE, true, NULL, 0}}, 1},
    {"two tables", user7_to_news, {{AUDIT_USER, false, "user7", 0}, {AUDIT_CATEGORY, false, "news", 0}}, 2},
    {"text", to_page12, {{AUDIT_Q, false, "PAGE-12", 0}}, 1},
    {"faults", with_fault, {{AUDIT_TLS_FAULT, true, NULL, 0}}, 1},
    {"not expired, or no TLS at all", not_expired, {{AUDIT_TLS_FAULT, true, "expired", 0}}, 1},
};

static bool case_matches(const struct filter_case *c, const struct record *r)
{
    /* Hosts 107, 117... end alike. */
    if (c->matches == below_example && r->host.n > sizeof "www97.example.com" - 1)
        return false;
    return c->matches(r);
}

static struct audit_filter filter_of(const struct filter_case *c)
{
    struct audit_filter f;
    audit_filter_init(&f);
    for (size_t i = 0; i < c->count; i++)
        term(&f, c->terms[i].field, c->terms[i].except, c->terms[i].text, c->terms[i].number);
    return f;
}

static int64_t minute_of(const struct record *r)
{
    return r->time_us / SECOND_US / MINUTE;
}

static bool in_span(const struct figures_span *span, const struct record *r)
{
    return minute_of(r) >= span->from_min && minute_of(r) < span->to_min;
}

static size_t step_of(const struct figures_span *span, const struct record *r)
{
    return (size_t)(minute_of(r) / span->step_min - span->from_min / span->step_min);
}

static struct figures figures_of(const struct record *r)
{
    return (struct figures){.requests = 1,
                            .block = r->action == ACTION_BLOCK,
                            .quota = r->action == ACTION_QUOTA,
                            .warn = r->action == ACTION_WARN,
                            .error = r->action == ACTION_ERROR,
                            .bytes = r->bytes_in + r->bytes_out,
                            .last_min = minute_of(r)};
}

static void add(struct figures *sum, const struct record *r)
{
    struct figures f = figures_of(r);
    figures_add(sum, &f);
}

static void assert_figures(const struct figures *have, const struct figures *want, const char *what)
{
    if (have->requests != want->requests || have->block != want->block || have->quota != want->quota ||
        have->warn != want->warn || have->error != want->error || have->bytes != want->bytes ||
        have->last_min != want->last_min)
        fail_msg("%s: %llu requests %llu bytes, last %lld; wanted %llu, %llu, %lld", what,
                 (unsigned long long)have->requests, (unsigned long long)have->bytes,
                 (long long)have->last_min, (unsigned long long)want->requests,
                 (unsigned long long)want->bytes, (long long)want->last_min);
}

/* Spans of all kinds: on minutes, hours and days or not, long and short, over the ends of what there is. */
static struct figures_span random_span(uint64_t *rng)
{
    static const int64_t lengths_s[] = {MINUTE,    10 * MINUTE, HOUR,         5 * HOUR,
                                        24 * HOUR, 60 * HOUR,   9 * 24 * HOUR};
    static const int64_t steps_s[] = {0, 0, MINUTE, 7 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 24 * HOUR};
    static const int64_t units_s[] = {1, MINUTE, HOUR, 24 * HOUR};
    struct figures_span span;
    int64_t from_us, to_us, step_s;
    do {
        int64_t unit = units_s[sample_random(rng) % SL_COUNT(units_s)] * SECOND_US;
        from_us = SAMPLE_TIME_US - 4 * DAY_US + (int64_t)(sample_random(rng) % (uint64_t)(7 * DAY_US));
        from_us -= from_us % unit;
        to_us = from_us + lengths_s[sample_random(rng) % SL_COUNT(lengths_s)] * SECOND_US;
        step_s = steps_s[sample_random(rng) % SL_COUNT(steps_s)];
    } while (!figures_span(from_us, to_us, step_s, 1 + sample_random(rng) % 200, &span, NULL));
    return span;
}

static void check_over_time(const char *dir, size_t count, const struct figures_span *span,
                            const struct filter_case *c)
{
    struct audit_filter f = filter_of(c);
    struct figures_query q = {.directory = dir, .filter = &f, .span = *span};
    struct figures *have = sl_calloc(span->count, sizeof *have), *want = sl_calloc(span->count, sizeof *want);
    struct sl_err err = {0};
    bool approx = true;
    if (!figures_over_time(&q, have, &approx, &err))
        fail_msg("%s: %s", c->name, err.msg);
    assert_false(approx);
    for (size_t i = 0; i < count; i++)
        if (in_span(span, &world.samples[i].r) && case_matches(c, &world.samples[i].r))
            add(&want[step_of(span, &world.samples[i].r)], &world.samples[i].r);
    for (size_t i = 0; i < span->count; i++)
        assert_figures(&have[i], &want[i], c->name);
    free(have);
    free(want);
}

TEST(figures_over_time__equal_a_plain_walk)
{
    uint64_t rng = 5;
    for (int round = 0; round < 60; round++) {
        struct figures_span span = random_span(&rng);
        check_over_time(world.dir, COUNT, &span, &filters[(size_t)round % SL_COUNT(filters)]);
    }
}

static bool has_tls(const struct record *r)
{
    return r->tls.version.n != 0;
}

/* Does this value stand for the record? */
static bool is_value(const struct record *r, enum figures_by by, const char *name)
{
    char client[SL_ADDR_TEXT];
    switch (by) {
    case FIGURES_BY_ACTION:
        return name && strcmp(name, action_word(r->action)) == 0;
    case FIGURES_BY_CATEGORY:
        return name &&
               (is_category(r, name) || (strcmp(name, "uncategorised") == 0 && r->category_count == 0));
    case FIGURES_BY_RULE:
        return sl_str_eq(r->rule, sl_cstr(name));
    case FIGURES_BY_USER:
        return sl_str_eq(r->user, sl_cstr(name));
    case FIGURES_BY_HOST:
        return sl_str_eq(r->host, sl_cstr(name));
    case FIGURES_BY_INSPECTED:
        return has_tls(r) && strcmp(name, r->tls.inspected ? "inspected" : "tunnelled") == 0;
    case FIGURES_BY_TLS_FAULT:
        return has_tls(r) && sl_str_eq(r->tls.fault, sl_cstr(name));
    case FIGURES_BY_TLS_VERSION:
        return has_tls(r) && sl_str_eq(r->tls.version, sl_cstr(name));
    case FIGURES_BY_TLS_CIPHER:
        return has_tls(r) && sl_str_eq(r->tls.cipher, sl_cstr(name));
    case FIGURES_BY_TLS_ISSUER:
        return has_tls(r) && sl_str_eq(r->tls.issuer, sl_cstr(name));
    case FIGURES_BY_TLS_ORIGIN_VERSION:
        return has_tls(r) && sl_str_eq(r->tls.origin_version, sl_cstr(name));
    case FIGURES_BY_TLS_ORIGIN_CIPHER:
        return has_tls(r) && sl_str_eq(r->tls.origin_cipher, sl_cstr(name));
    default:
        return name && strcmp(name, sl_addr_text(r->client, client)) == 0;
    }
}

static void check_value(const struct figures_span *span, const struct filter_case *c, enum figures_by by,
                        const struct figures_value *v)
{
    struct figures total = {0}, *steps = sl_calloc(span->count, sizeof *steps);
    for (size_t i = 0; i < COUNT; i++) {
        const struct record *r = &world.samples[i].r;
        if (!in_span(span, r) || !case_matches(c, r) || !is_value(r, by, v->name))
            continue;
        add(&total, r);
        add(&steps[step_of(span, r)], r);
    }
    assert_figures(&v->total, &total, v->name ? v->name : "none");
    for (size_t i = 0; i < span->count && v->steps; i++)
        assert_figures(&v->steps[i], &steps[i], v->name ? v->name : "none");
    free(steps);
}

static void check_top(const struct figures_span *span, const struct filter_case *c, enum figures_by by,
                      enum figures_metric metric, bool steps)
{
    struct audit_filter f = filter_of(c);
    struct figures_query q = {.directory = world.dir, .filter = &f, .span = *span};
    q.cache = steps || metric == FIGURES_BYTES ? world.cache : NULL;
    struct figures_order order = {.by = by, .metric = metric, .limit = 7, .steps = steps};
    struct figures_table table;
    struct sl_err err = {0};
    struct figures sum = {0}, all = {0};
    if (!figures_top(&q, &order, &table, &err))
        fail_msg("%s: %s", c->name, err.msg);
    assert_true(table.count <= 7 && !table.approx);
    for (size_t i = 0; i < table.count; i++) {
        check_value(span, c, by, &table.items[i]);
        assert_true(figures_metric(&table.items[i].total, metric) > 0);
        assert_true(i == 0 || figures_metric(&table.items[i].total, metric) <=
                                  figures_metric(&table.items[i - 1].total, metric));
        figures_add(&sum, &table.items[i].total);
    }
    /* Nothing is lost in between, though a request counts in each of its categories. */
    figures_add(&sum, &table.others);
    for (size_t i = 0; i < COUNT; i++) {
        const struct record *r = &world.samples[i].r;
        if (!in_span(span, r) || !case_matches(c, r))
            continue;
        if (by >= FIGURES_BY_INSPECTED && !has_tls(r))
            continue;
        add(&all, r);
        if (by == FIGURES_BY_CATEGORY && r->category_count == 2 &&
            !sl_str_eq(r->categories[0], r->categories[1]))
            add(&all, r);
    }
    assert_figures(&sum, &all, "items and others");
    figures_table_fini(&table);
}

TEST(figures_top__equals_a_plain_walk)
{
    uint64_t rng = 9;
    for (int round = 0; round < 78; round++) {
        struct figures_span span = random_span(&rng);
        check_top(&span, &filters[(size_t)round % SL_COUNT(filters)],
                  (enum figures_by)(round % (FIGURES_BY_TLS_ORIGIN_CIPHER + 1)),
                  (enum figures_metric)(sample_random(&rng) % 5), round % 3 == 0);
    }
}

TEST(figures_top__looks_for_a_part_of_a_text)
{
    struct figures_query q = {.directory = world.dir};
    struct figures_order order = {.by = FIGURES_BY_HOST, .part = SL_STR("WW19."), .limit = 20};
    struct figures_table table;
    assert_true(
        figures_span(SAMPLE_TIME_US - 9 * DAY_US, SAMPLE_TIME_US + 9 * DAY_US, 0, 100, &q.span, NULL));
    assert_true(figures_top(&q, &order, &table, NULL));
    assert_int_equal(table.count, 1);
    assert_string_equal(table.items[0].name, "www19.example.com");
    assert_int_equal(table.items[0].total.requests + table.others.requests, COUNT);
    figures_table_fini(&table);
}

TEST(figures_users__counts_each_once)
{
    uint64_t rng = 3;
    for (int round = 0; round < 20; round++) {
        struct figures_query q = {.directory = world.dir, .span = random_span(&rng)};
        q.cache = round % 2 ? world.cache : NULL;
        uint64_t *have = sl_calloc(q.span.count, sizeof *have), all, seen_ever = 0;
        bool approx;
        uint64_t *seen = sl_calloc(q.span.count, sizeof *seen);
        assert_true(figures_users(&q, have, &all, &approx, NULL));
        assert_false(approx);
        for (size_t i = 0; i < COUNT; i++) {
            const struct record *r = &world.samples[i].r;
            unsigned number;
            if (!in_span(&q.span, r) || r->user.n == 0)
                continue;
            assert_int_equal(sscanf(r->user.p, "user%u", &number), 1);
            seen[step_of(&q.span, r)] |= (uint64_t)1 << number;
            seen_ever |= (uint64_t)1 << number;
        }
        for (size_t i = 0; i < q.span.count; i++)
            assert_int_equal(have[i], __builtin_popcountll(seen[i]));
        assert_int_equal(all, __builtin_popcountll(seen_ever));
        free(have);
        free(seen);
    }
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

TEST(figures_own_time__is_right_to_an_eighth)
{
    uint64_t rng = 8;
    static uint64_t times[COUNT];
    for (int round = 0; round < 20; round++) {
        struct figures_query q = {.directory = world.dir, .span = random_span(&rng)};
        uint64_t *steps = sl_calloc(q.span.count, sizeof *steps), all;
        bool approx;
        size_t n = 0;
        unsigned percent = (unsigned)(1 + sample_random(&rng) % 100);
        assert_true(figures_own_time(&q, percent, steps, &all, &approx, NULL));
        for (size_t i = 0; i < COUNT; i++) {
            const struct record *r = &world.samples[i].r;
            if (in_span(&q.span, r))
                times[n++] = (uint64_t)r->timing.identify_us + r->timing.decide_us;
        }
        qsort(times, n, sizeof *times, compare);
        uint64_t want = n ? times[(n * percent + 99) / 100 - 1] : 0;
        assert_true(all >= want && all <= want + want / 8);
        free(steps);
    }
}

TEST(own_time_class__orders_all_times)
{
    unsigned before = 0;
    for (uint64_t us = 0; us < 5000000; us += us / 100 + 1) {
        unsigned class = own_time_class(us);
        assert_true(class >= before && class < OWN_TIME_CLASSES);
        assert_true(own_time_most(class) >= us && own_time_most(class) <= us + us / 8);
        assert_int_equal(own_time_class(own_time_most(class)), class);
        assert_int_equal(own_time_class(own_time_most(class) + 1), class + 1);
        before = class;
    }
    assert_true(own_time_class(2 * (uint64_t)UINT32_MAX) < OWN_TIME_CLASSES);
    assert_int_equal(own_time_class(UINT64_MAX), OWN_TIME_CLASSES - 1);
}

TEST(figures_span__chooses_and_refuses)
{
    static const struct {
        int64_t from_us, to_us, step_s;
        size_t points, count; /* count 0: refused */
        int64_t step_min;
    } cases[] = {
        {DAY_US, 2 * DAY_US, 0, 48, 48, 30},
        {DAY_US, 2 * DAY_US, 0, 47, 24, 60},
        {DAY_US, DAY_US + 1, 0, 48, 1, 1},
        {DAY_US + 59 * 60 * 1000000L, DAY_US + 61 * 60 * 1000000L, 3600, 48, 2, 60},
        {100 * DAY_US, 130 * DAY_US, 0, 120, 120, 360},
        {0, (int64_t)250000000000 * 1000000, 0, 120, 0, 0}, /* eight thousand years in steps of one */
        {0, (int64_t)253402300799 * 1000000, 0, 120, 0, 0},
        {DAY_US, DAY_US, 0, 48, 0, 0},
        {2 * DAY_US, DAY_US, 0, 48, 0, 0},
        {-1, DAY_US, 0, 48, 0, 0},
        {INT64_MIN, INT64_MAX, 0, 48, 0, 0},
        {DAY_US, INT64_MAX, 60, 48, 0, 0},
        {DAY_US, 2 * DAY_US, 61, 48, 0, 0},
        {DAY_US, 2 * DAY_US, -60, 48, 0, 0},
        {DAY_US, 2 * DAY_US, INT64_MAX / 60 * 60, 48, 0, 0},
        {DAY_US, 2 * DAY_US, 60, 48, 0, 0},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct figures_span span = {0};
        struct sl_err err = {0};
        bool ok =
            figures_span(cases[i].from_us, cases[i].to_us, cases[i].step_s, cases[i].points, &span, &err);
        if (ok != (cases[i].count > 0) || span.count != cases[i].count || span.step_min != cases[i].step_min)
            fail_msg("case %zu: %zu steps of %lld minutes: %s", i, span.count, (long long)span.step_min,
                     err.msg);
    }
}

TEST(figures__of_no_log_are_zero)
{
    char *dir = tmpdir_new();
    struct figures_query q = {.directory = dir};
    struct figures_order order = {.by = FIGURES_BY_USER, .limit = 10, .steps = true};
    struct figures_table table;
    struct figures steps[48];
    uint64_t numbers[48], all;
    bool approx;
    assert_true(figures_span(SAMPLE_TIME_US, SAMPLE_TIME_US + DAY_US, 0, 48, &q.span, NULL));
    assert_true(figures_over_time(&q, steps, &approx, NULL));
    assert_true(figures_users(&q, numbers, &all, &approx, NULL) && all == 0);
    assert_true(figures_own_time(&q, 95, numbers, &all, &approx, NULL) && all == 0);
    assert_true(figures_top(&q, &order, &table, NULL));
    assert_int_equal(table.count + steps[0].requests + steps[47].requests, 0);
    figures_table_fini(&table);
    tmpdir_free(&dir);
}

TEST(figures__keep_to_their_deadline)
{
    struct audit_filter f = filter_of(&filters[SL_COUNT(filters) - 1]);
    struct figures_query q = {.directory = world.dir, .filter = &f, .deadline_ms = 1};
    struct figures steps[100];
    struct sl_err err = {0};
    bool approx;
    assert_true(
        figures_span(SAMPLE_TIME_US - 9 * DAY_US, SAMPLE_TIME_US + 9 * DAY_US, 0, 100, &q.span, NULL));
    if (!figures_over_time(&q, steps, &approx, &err))
        assert_int_equal(err.code, SL_LIMIT);
}

/* When there are too many rows to look at, those that are looked at stand for all. */
TEST(figures__of_some_rows_come_near)
{
    struct audit_filter f;
    audit_filter_init(&f);
    term(&f, AUDIT_USER, true, "user7", 0);
    term(&f, AUDIT_ACTION, true, NULL, ACTION_BLOCK);
    struct figures_query q = {.directory = world.dir, .filter = &f, .rows_most = COUNT / 4};
    struct figures exact[100], steps[100], all = {0}, estimate = {0};
    bool approx;
    assert_true(figures_span(SAMPLE_TIME_US - DAY_US, SAMPLE_TIME_US, 0, 100, &q.span, NULL));
    assert_true(figures_over_time(&q, steps, &approx, NULL));
    assert_true(approx);
    q.rows_most = 0;
    assert_true(figures_over_time(&q, exact, &approx, NULL));
    assert_false(approx);
    for (size_t i = 0; i < q.span.count; i++) {
        figures_add(&all, &exact[i]);
        figures_add(&estimate, &steps[i]);
    }
    assert_in_range(estimate.requests, all.requests - all.requests / 10, all.requests + all.requests / 10);
    assert_in_range(estimate.bytes, all.bytes - all.bytes / 5, all.bytes + all.bytes / 5);
}

/* Of so few rows all are looked at, since columns tell which can match. */
TEST(figures__of_few_among_many_rows_are_exact)
{
    static const size_t cases[] = {5, 6}; /* two tables; and a text, of which columns tell nothing */
    struct figures_span span;
    assert_true(figures_span(SAMPLE_TIME_US - 9 * DAY_US, SAMPLE_TIME_US + 9 * DAY_US, 0, 100, &span, NULL));
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        const struct filter_case *c = &filters[cases[i]];
        struct audit_filter f = filter_of(c);
        struct figures_query q = {.directory = world.dir, .filter = &f, .span = span, .rows_most = COUNT / 2};
        struct figures steps[100], sum = {0}, want = {0};
        bool approx;
        assert_true(figures_over_time(&q, steps, &approx, NULL));
        assert_int_equal(approx, i == 1);
        for (size_t k = 0; k < span.count; k++)
            figures_add(&sum, &steps[k]);
        for (size_t k = 0; k < COUNT; k++)
            if (case_matches(c, &world.samples[k].r))
                add(&want, &world.samples[k].r);
        if (!approx)
            assert_figures(&sum, &want, c->name);
        assert_true(want.requests > 0);
    }
}

static bool nobody_waits(void *arg)
{
    ++*(unsigned *)arg;
    return true;
}

TEST(figures__are_not_counted_when_nobody_waits)
{
    unsigned asked = 0;
    struct figures_query q = {.directory = world.dir, .gone = nobody_waits, .gone_arg = &asked};
    struct figures steps[100];
    struct sl_err err = {0};
    bool approx;
    assert_true(
        figures_span(SAMPLE_TIME_US - 9 * DAY_US, SAMPLE_TIME_US + 9 * DAY_US, 0, 100, &q.span, NULL));
    assert_false(figures_over_time(&q, steps, &approx, &err));
    assert_int_equal(err.code, SL_LIMIT);
    assert_int_equal(asked, 1);
}

/* What a version without rollups left behind. */
static void forget_rollups(const char *dir)
{
    struct days days;
    assert_true(days_list(dir, &days, NULL));
    for (size_t i = 0; i < days.count; i++) {
        char *path = day_path(dir, days.items[i]);
        struct db *db;
        assert_true(db_open(path, DB_READ_WRITE, &audit_day_schema, &db, NULL));
        assert_true(
            db_exec(db,
                    "DROP TABLE rollups; DROP TABLE rollup_deltas; DELETE FROM meta WHERE key = 'rollups';"
                    "DROP TABLE blocks; DROP TABLE block_columns;"
                    "ALTER TABLE outcomes DROP COLUMN parent; ALTER TABLE tls DROP COLUMN issuer;"
                    "ALTER TABLE tls DROP COLUMN exception; ALTER TABLE tls DROP COLUMN origin_version;"
                    "ALTER TABLE tls DROP COLUMN origin_cipher; PRAGMA user_version = 1",
                    NULL));
        db_close(&db);
        free(path);
    }
    days_fini(&days);
}

TEST(day_files_without_rollups__are_counted_by_their_rows_and_then_have_some)
{
    char *dir = tmpdir_new();
    uint64_t rng = 12;
    append_samples(dir, 0, 2000);
    forget_rollups(dir);
    for (int round = 0; round < 6; round++) {
        struct figures_span span = random_span(&rng);
        check_over_time(dir, 2000, &span, &filters[round]);
    }
    struct figures_query q = {.directory = dir, .cache = world.cache};
    uint64_t users[48], all;
    bool approx;
    assert_true(figures_span(SAMPLE_TIME_US - 9 * DAY_US, SAMPLE_TIME_US + 9 * DAY_US, 0, 48, &q.span, NULL));
    assert_true(figures_users(&q, users, &all, &approx, NULL));
    assert_int_equal(all, 40);
    append_samples(dir, 2000, 3000);
    struct figures_table table;
    struct figures_order order = {.by = FIGURES_BY_HOST, .limit = 300};
    assert_true(figures_top(&q, &order, &table, NULL));
    assert_int_equal(table.count, 200);
    figures_table_fini(&table);
    for (int round = 0; round < 12; round++) {
        struct figures_span span = random_span(&rng);
        check_over_time(dir, 3000, &span, &filters[(size_t)round % SL_COUNT(filters)]);
    }
    tmpdir_free(&dir);
}

int main(void)
{
    sl_log_level(SL_LOG_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_over_time__equal_a_plain_walk),
        cmocka_unit_test(figures_top__equals_a_plain_walk),
        cmocka_unit_test(figures_top__looks_for_a_part_of_a_text),
        cmocka_unit_test(figures_users__counts_each_once),
        cmocka_unit_test(figures_own_time__is_right_to_an_eighth),
        cmocka_unit_test(own_time_class__orders_all_times),
        cmocka_unit_test(figures_span__chooses_and_refuses),
        cmocka_unit_test(figures__of_no_log_are_zero),
        cmocka_unit_test(figures__keep_to_their_deadline),
        cmocka_unit_test(figures__of_some_rows_come_near),
        cmocka_unit_test(figures__of_few_among_many_rows_are_exact),
        cmocka_unit_test(figures__are_not_counted_when_nobody_waits),
        cmocka_unit_test(day_files_without_rollups__are_counted_by_their_rows_and_then_have_some),
    };
    return cmocka_run_group_tests_name("audit/figures", tests, make_world, end_world);
}
