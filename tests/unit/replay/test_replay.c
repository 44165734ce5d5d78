/* test_replay.c - unit tests of replay/: a day of records with known answers, stages, damaged rows. */
#include "tests/support/cmocka_all.h"
#include "tests/support/tmpdir.h"

#include "tests/unit/audit/samples.h"

#include "audit/days.h"
#include "base/db.h"
#include "sluice/replay.h"

/* ---- policies ---- */

/* JSON in which ' stands for ". */
static struct snapshot *compile(const char *text)
{
    struct policy_faults faults = {0};
    char *json = sl_strdup(text);
    for (char *p = json; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_t *doc = json_loads(json, 0, NULL);
    assert_non_null(doc);
    struct snapshot *s = snapshot_compile(doc, NULL, 1, &faults);
    if (!s)
        fail_msg("%s: %s", faults.items[0].pointer, faults.items[0].message);
    json_decref(doc);
    free(json);
    return s;
}

static const char open_to_all[] = "{'schema':1,'default':{'then':'allow'}}";

/* ---- records ---- */

static struct record request(uint64_t n, const char *user, const char *host, const char *path)
{
    struct record r = {.time_us = SAMPLE_TIME_US + (int64_t)n * 1000000,
                       .client = {{[10] = 0xff, 0xff, 10, 0, 0, (uint8_t)(n % 7)}},
                       .user = user ? sl_cstr(user) : sl_str(NULL, 0),
                       .method = SL_STR("GET"),
                       .scheme = SL_STR("http"),
                       .host = sl_cstr(host),
                       .path = sl_cstr(path),
                       .port = 80,
                       .reason = SL_STR("default"),
                       .status = 200,
                       .policy_version = 1,
                       .upstream = {.addr = {{[10] = 0xff, 0xff, 192, 0, 2, 1}}, .port = 80},
                       .content_type = SL_STR("text/html")};
    r.id = request_id_make(r.time_us, 0, 0);
    return r;
}

static char *store(const struct record *records, size_t count)
{
    char *dir = tmpdir_new();
    struct audit_config cfg = sample_config(dir);
    struct audit *a;
    struct journal *j;
    cfg.segment_bytes = 4 * 1024 * 1024;
    assert_true(audit_start(&cfg, &a, NULL) && journal_open(a, 0, &j, NULL));
    for (size_t i = 0; i < count; i++)
        assert_true(journal_append(j, &records[i], 0));
    journal_close(&j);
    audit_stop(&a);
    return dir;
}

static json_t *replay_with(const char *dir, const char *before, const char *after, unsigned limit)
{
    struct snapshot *b = before ? compile(before) : NULL, *a = compile(after);
    struct replay_plan plan = {.directory = dir,
                               .before = b,
                               .after = a,
                               .from_us = SAMPLE_TIME_US,
                               .to_us = SAMPLE_TIME_US + DAY_US,
                               .limit = limit,
                               .examples = 3};
    json_t *report = NULL;
    struct sl_err err = {0};
    if (!replay_run(&plan, &report, &err))
        fail_msg("%s", err.msg);
    snapshot_unref(&a);
    snapshot_unref(&b);
    return report;
}

static json_int_t number(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static json_int_t noted(const json_t *report, const char *code)
{
    size_t i;
    json_t *note;
    json_array_foreach(json_object_get(report, "notes"), i, note)
    {
        if (strcmp(text(note, "code"), code) == 0)
            return json_is_null(json_object_get(note, "requests")) ? -1 : number(note, "requests");
    }
    return 0;
}

/* ---- tests ---- */

TEST(replay__tells_how_many_by_whom_and_where)
{
    enum { N = 1000 };
    static struct record records[N];
    static const char *const users[] = {"alice", "bob", NULL};
    for (size_t i = 0; i < N; i++)
        records[i] = request(i, users[i % 3], i % 10 == 0 ? "chat.example" : "news.example", "/");
    char *dir = store(records, N);
    json_t *report = replay_with(dir, open_to_all,
                                 "{'schema':1,'rules':[{'id':'chat','if':{'host':['chat.example']},'unless':{"
                                 "'user':['bob']},'then':'block'}]}",
                                 10);
    /* 100 requests to chat.example; i % 30 tells whose: 34 alice (0), 33 bob (10), 33 by clients (20). */
    assert_int_equal(number(report, "requests"), N);
    assert_int_equal(number(report, "judged"), N);
    size_t by_clients = 0, clients = 0, seen = 0;
    for (size_t i = 0; i < N; i += 10)
        if (i % 3 == 2) {
            by_clients++;
            clients += !(seen >> (i % 7) & 1);
            seen |= (size_t)1 << (i % 7);
        }
    assert_int_equal(number(report, "changed"), 34 + by_clients);
    assert_int_equal(number(report, "users"), 1 + clients);
    assert_int_equal(number(report, "hosts_changed"), 1);
    assert_true(json_is_true(json_object_get(report, "users_exact")));
    const json_t *host = json_array_get(json_object_get(report, "hosts"), 0),
                 *move = json_array_get(json_object_get(report, "transitions"), 0),
                 *first = json_array_get(json_object_get(report, "by_user"), 0);
    assert_string_equal(text(host, "host"), "chat.example");
    assert_string_equal(text(host, "before"), "allow");
    assert_string_equal(text(host, "after"), "block");
    assert_string_equal(text(host, "rule"), "chat");
    assert_true(json_is_null(json_object_get(host, "rule_before")));
    assert_int_equal(number(host, "users"), 1 + clients);
    char id[REQUEST_ID_TEXT];
    assert_string_equal(text(host, "example"), request_id_text(records[0].id, id));
    assert_string_equal(text(move, "from"), "allow");
    assert_string_equal(text(move, "to"), "block");
    assert_int_equal(number(move, "requests"), number(report, "changed"));
    assert_int_equal(number(move, "users"), number(report, "users"));
    assert_string_equal(text(first, "user"), "alice");
    assert_int_equal(number(first, "requests"), 34);
    assert_int_equal(json_array_size(json_object_get(report, "examples")), 3);
    json_decref(report);
    tmpdir_free(&dir);
}

TEST(replay__sees_no_change_where_there_is_none)
{
    static const char same[] = "{'schema':1,'rules':[{'id':'a','if':{'host':['x.example']},'then':'block'}]}",
                      renamed[] =
                          "{'schema':1,'rules':[{'id':'b','if':{'host':['x.example']},'then':'block'}]}";
    struct record records[] = {request(0, "alice", "x.example", "/"), request(1, "alice", "y.example", "/")};
    char *dir = store(records, SL_COUNT(records));
    json_t *report = replay_with(dir, same, renamed, 10);
    assert_int_equal(number(report, "changed"), 0);
    assert_int_equal(number(report, "users"), 0);
    assert_int_equal(number(report, "other_rule"), 1);
    assert_int_equal(json_array_size(json_object_get(report, "hosts")), 0);
    json_decref(report);
    tmpdir_free(&dir);
}

TEST(replay__takes_groups_from_the_policies_not_from_then)
{
    static const char in[] = "{'schema':1,'groups':{'staff':['alice'],'ldap':[]},'rules':["
                             "{'id':'s','if':{'group':['staff']},'then':'block'}]}",
                      out[] = "{'schema':1,'groups':{'staff':['carol'],'ldap':[]},'rules':["
                              "{'id':'s','if':{'group':['staff']},'then':'block'},"
                              "{'id':'l','if':{'group':['ldap']},'then':'warn'}]}";
    struct record records[] = {request(0, "alice", "x.example", "/"), request(1, "dave", "x.example", "/")};
    records[0].groups[0] = SL_STR("staff"); /* as the policy of then said */
    records[1].groups[0] = SL_STR("ldap");  /* as the identity source said */
    records[0].group_count = records[1].group_count = 1;
    char *dir = store(records, SL_COUNT(records));
    json_t *report = replay_with(dir, in, out, 10);
    assert_int_equal(number(report, "changed"), 2);
    const json_t *moves = json_object_get(report, "transitions");
    assert_string_equal(text(json_array_get(moves, 0), "to"), "warn");  /* allow -> warn */
    assert_string_equal(text(json_array_get(moves, 1), "to"), "allow"); /* block -> allow */
    json_decref(report);
    tmpdir_free(&dir);
}

TEST(replay__tells_what_it_could_not_judge)
{
    static const char asks[] =
        "{'schema':1,'rules':[{'id':'a','if':{'address':['192.0.2.0/24']},'then':'block'},"
        "{'id':'t','if':{'content_type':['video/*']},'then':'block'},"
        "{'id':'s','if':{'size_over':'1MiB'},'then':'block'}]}";
    struct record records[] = {
        request(0, "alice", "x.example", "/"), request(1, "alice", "x.example", "/"),
        request(2, "alice", "x.example", "/"), request(3, "alice", "x.example", ""),
        request(4, "alice", "", "/"),          request(5, "alice", "video.example", "/"),
    };
    records[1].upstream = (struct sl_endpoint){0}; /* refused then: never dialled, never answered */
    records[1].action = ACTION_BLOCK;
    records[1].rule = SL_STR("then");
    records[1].reason = SL_STR("rule");
    records[2].reason = SL_STR("private-address");
    records[3].method = SL_STR("CONNECT");
    records[3].scheme = SL_STR("");
    records[5].upstream.addr.b[12] = 198;
    records[5].content_type = SL_STR("Video/MP4; x=y");
    char *dir = store(records, SL_COUNT(records));
    json_t *report = replay_with(dir, open_to_all, asks, 10);
    assert_int_equal(number(report, "requests"), 6);
    assert_int_equal(number(report, "judged"), 4);
    assert_int_equal(number(report, "unjudged"), 2);
    assert_int_equal(number(report, "changed"), 3); /* by address, the tunnel by address, by type */
    assert_int_equal(noted(report, "gateway"), 1);
    assert_int_equal(noted(report, "unreadable"), 1);
    assert_int_equal(noted(report, "tunnel"), 1);
    assert_int_equal(noted(report, "address"), 1);
    assert_int_equal(noted(report, "answer"), 1);
    assert_int_equal(noted(report, "size"), -1);
    assert_int_equal(noted(report, "state"), 0);
    json_decref(report);
    tmpdir_free(&dir);
}

TEST(replay__against_the_record_compares_what_rules_said_then)
{
    struct record records[] = {
        request(0, "alice", "a.example", "/"), request(1, "alice", "b.example", "/"),
        request(2, "alice", "c.example", "/"), request(3, "alice", "d.example", "/"),
        request(4, "alice", "e.example", "/"),
    };
    records[0].action = ACTION_BLOCK;
    records[0].reason = SL_STR("rule");
    records[0].rule = SL_STR("old");
    records[1].reason = SL_STR("continued"); /* warned of, accepted */
    records[1].rule = SL_STR("soft");
    records[2].action = ACTION_QUOTA; /* allowed by the rules */
    records[2].reason = SL_STR("quota");
    records[3].action = ACTION_ERROR; /* let through; the origin failed */
    records[4].action = ACTION_WARN;  /* by the quota, not by a rule */
    records[4].reason = SL_STR("quota-warning");
    char *dir = store(records, SL_COUNT(records));
    json_t *report = replay_with(dir, NULL, open_to_all, 10);
    assert_string_equal(text(report, "against"), "record");
    assert_int_equal(number(report, "changed"), 2);
    const json_t *moves = json_object_get(report, "transitions");
    assert_string_equal(text(json_array_get(moves, 0), "from"), "block");
    assert_string_equal(text(json_array_get(moves, 1), "from"), "warn");
    json_decref(report);
    tmpdir_free(&dir);
}

TEST(replay__keeps_to_its_time)
{
    struct record records[] = {request(0, "alice", "x.example", "/"),
                               request(7200, "alice", "x.example", "/")};
    char *dir = store(records, SL_COUNT(records));
    struct snapshot *open = compile(open_to_all);
    struct replay_plan plan = {.directory = dir,
                               .after = open,
                               .before = open,
                               .from_us = SAMPLE_TIME_US + 3600 * (int64_t)1000000,
                               .to_us = SAMPLE_TIME_US + DAY_US};
    json_t *report;
    assert_true(replay_run(&plan, &report, NULL));
    assert_int_equal(number(report, "requests"), 1);
    json_decref(report);
    snapshot_unref(&open);
    tmpdir_free(&dir);
}

static bool once(void *arg, uint64_t seen, uint64_t about)
{
    unsigned *asked = arg;
    assert_true(about >= seen);
    return ++*asked < 2;
}

TEST(replay__ends_when_it_is_cancelled)
{
    enum { N = 3000 };
    static struct record records[N];
    for (size_t i = 0; i < N; i++)
        records[i] = request(i, "alice", "x.example", "/");
    char *dir = store(records, N);
    struct snapshot *open = compile(open_to_all);
    unsigned asked = 0;
    struct replay_plan plan = {.directory = dir,
                               .before = open,
                               .after = open,
                               .from_us = SAMPLE_TIME_US,
                               .to_us = SAMPLE_TIME_US + DAY_US,
                               .go_on = once,
                               .arg = &asked};
    json_t *report = NULL;
    struct sl_err err = {0};
    assert_false(replay_run(&plan, &report, &err));
    assert_int_equal(err.code, SL_BUSY);
    assert_int_equal(asked, 2);
    snapshot_unref(&open);
    tmpdir_free(&dir);
}

/* Values that no gateway writes, in every column, and references to nothing. */
TEST(replay__survives_damaged_rows)
{
    static const char *const damage[] = {
        "UPDATE requests SET path = x'00ff', query = 17 WHERE id % 5 = 0",
        "UPDATE requests SET upstream = 'text', flags = 'x' WHERE id % 5 = 1",
        "UPDATE requests SET who = -1, target = 9223372036854775807 WHERE id % 7 = 0",
        "UPDATE requests SET outcome = 0, content_type = -9, user_agent = 'a' WHERE id % 7 = 1",
        "UPDATE whos SET groups = '[1, null, {}, \"x\"' WHERE id = 1",
        "UPDATE whos SET groups = '[1, null, {}, \"x\"]', client = x'01' WHERE id = 2",
        "UPDATE whos SET user = x'fffe00', client = x'' WHERE id = 3",
        "UPDATE targets SET host = x'ff00', port = -7 WHERE id = 1",
        "UPDATE targets SET host = '[::1', scheme = '://' WHERE id = 2",
        "UPDATE targets SET host = '::1', method = NULL, port = 70000 WHERE id = 3",
        "UPDATE outcomes SET action = 99, reason = 5, rule = x'ff' WHERE id = 1",
        "UPDATE outcomes SET action = 'x', reason = NULL WHERE id = 2",
        "UPDATE blocks SET rows = -1, first = 0, last = 9223372036854775807",
    };
    enum { N = 300 };
    static struct sample samples[N];
    static struct record records[N];
    for (size_t i = 0; i < N; i++) {
        sample_fill(&samples[i], i);
        records[i] = samples[i].r;
    }
    char *dir = store(records, N);
    char *path = day_path(dir, day_of_time(SAMPLE_TIME_US));
    struct db *db;
    assert_true(db_open(path, DB_READ_WRITE, NULL, &db, NULL));
    for (size_t i = 0; i < SL_COUNT(damage); i++) {
        struct sl_err err = {0};
        if (!db_exec(db, damage[i], &err))
            fail_msg("%s: %s", damage[i], err.msg);
        json_t *report = replay_with(dir, i % 2 ? open_to_all : NULL,
                                     "{'schema':1,'rules':[{'id':'x','if':{'regex':['a+b'],"
                                     "'user':['x']},'then':'block'}]}",
                                     1000);
        assert_int_equal(number(report, "requests"), N);
        char *dumped = json_dumps(report, 0);
        assert_non_null(dumped);
        free(dumped);
        json_decref(report);
    }
    db_close(&db);
    free(path);
    tmpdir_free(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replay__tells_how_many_by_whom_and_where),
        cmocka_unit_test(replay__sees_no_change_where_there_is_none),
        cmocka_unit_test(replay__takes_groups_from_the_policies_not_from_then),
        cmocka_unit_test(replay__tells_what_it_could_not_judge),
        cmocka_unit_test(replay__against_the_record_compares_what_rules_said_then),
        cmocka_unit_test(replay__keeps_to_its_time),
        cmocka_unit_test(replay__ends_when_it_is_cancelled),
        cmocka_unit_test(replay__survives_damaged_rows),
    };
    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
