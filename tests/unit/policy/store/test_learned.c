/* test_learned.c - unit tests of policy/store/learned*.c and refusals.c: hosts get on the list only by
 * several clients that are inspected elsewhere, and never past an administrator whose rules block them. */
#include "tests/support/cmocka_all.h"

#include "policy/store/learned.h"
#include "sluice/clock.h"
#include "support.h"

enum { FAILURES = 4, CLIENTS = 2 };
static const int64_t now_s = 1800000000, SECOND = 1000000;

static int open_it(void **state)
{
    struct fixture *f = sl_calloc(1, sizeof *f);
    f->dir = tmpdir_new();
    f->state = tmpdir_path(f->dir, "state");
    f->store = open_store(f->state);
    *state = f;
    return 0;
}

static int close_it(void **state)
{
    struct fixture *f = *state;
    store_close(&f->store);
    tmpdir_free(&f->dir);
    free(f->state);
    free(f);
    return 0;
}

static struct learned *begin(struct fixture *f, enum learn_mode mode)
{
    struct learn_config cfg = {mode, FAILURES, CLIENTS, 3600 * 1000};
    learned_configure(store_learned(f->store), &cfg);
    return store_learned(f->store);
}

static struct learned_client client(unsigned number)
{
    return (struct learned_client){
        .addr = {{[10] = 0xff, 0xff, 10, 0, (uint8_t)(number >> 8), (uint8_t)number}},
        .program = SL_STR("App/1")};
}

static void works(struct learned *l, const char *host, unsigned number)
{
    struct learned_client c = client(number);
    learned_worked(l, sl_cstr(host), &c);
}

static void fails(struct learned *l, const char *host, enum learned_kind kind, unsigned number, int times)
{
    struct learned_client c = client(number);
    for (int i = 0; i < times; i++)
        learned_failed(l, sl_cstr(host), kind, &c, now_s);
}

/* The rows after what was counted is written down, as a line each. */
static void assert_rows(struct fixture *f, int64_t at_s, const char *expected)
{
    struct sl_err err = {0};
    struct sl_text have = {0};
    json_t *items, *item;
    size_t i;
    if (!store_learned_tick(f->store, at_s * SECOND, &err) ||
        !store_learned_list(f->store, (struct sl_str){0}, &items, &err))
        fail_msg("%s", err.msg);
    sl_text_add(&have, SL_STR(""));
    json_array_foreach(items, i, item) sl_text_addf(
        &have, "%s %s %s %lld/%lld;", json_string_value(json_object_get(item, "host")),
        json_string_value(json_object_get(item, "kind")), json_string_value(json_object_get(item, "state")),
        json_integer_value(json_object_get(item, "failures")),
        json_integer_value(json_object_get(item, "clients")));
    assert_string_equal(have.p, expected);
    sl_text_fini(&have);
    json_decref(items);
}

/* Two clients that are inspected elsewhere, and refuse here. */
static void learn(struct learned *l, const char *host)
{
    for (unsigned number = 1; number <= CLIENTS; number++) {
        works(l, "other.test", number);
        fails(l, host, LEARNED_REFUSED, number, FAILURES / CLIENTS);
    }
}

TEST(learned__proposes_a_host_that_clients_refuse)
{
    struct learned *l = begin(*state, LEARN_PROPOSE);
    learn(l, "pinned.test");
    assert_rows(*state, now_s, "pinned.test pinned proposed 4/2;");
    assert_false(learned_is_bypass(l, SL_STR("pinned.test"), now_s));
    fails(l, "pinned.test", LEARNED_REFUSED, 1, FAILURES);
    assert_rows(*state, now_s, "pinned.test pinned proposed 8/2;");
}

TEST(learned__counts_no_client_that_does_not_know_our_ca)
{
    struct learned *l = begin(*state, LEARN_APPLY);
    for (unsigned number = 1; number < 100; number++)
        fails(l, "any.test", LEARNED_REFUSED, number, 10);
    for (unsigned number = 1; number < 10; number++) { /* only this host ever worked */
        works(l, "any.test", number);
        fails(l, "any.test", LEARNED_REFUSED, number, 10);
    }
    assert_rows(*state, now_s, "");
}

TEST(learned__counts_no_client_that_got_through)
{
    struct learned *l = begin(*state, LEARN_APPLY);
    for (unsigned number = 1; number < 10; number++) {
        works(l, "other.test", number);
        fails(l, "shop.test", LEARNED_REFUSED, number, 1);
        works(l, "shop.test", number);
        fails(l, "shop.test", LEARNED_REFUSED, number, 10);
    }
    assert_rows(*state, now_s, "");
}

TEST(learned__needs_several_clients)
{
    struct learned *l = begin(*state, LEARN_APPLY);
    works(l, "other.test", 1);
    fails(l, "pinned.test", LEARNED_REFUSED, 1, 1000);
    assert_rows(*state, now_s, "");
    /* One user at many addresses is one; so is a network of IPv6. */
    for (unsigned number = 1; number < 10; number++) {
        struct learned_client c = client(number),
                              six = {.addr = {{0x20, 1, 0xd, 0xb8, [15] = (uint8_t)number}}};
        c.user = SL_STR("mallory");
        learned_failed(l, SL_STR("asks.test"), LEARNED_CLIENT_CERTIFICATE, &c, now_s);
        learned_failed(l, SL_STR("six.test"), LEARNED_CLIENT_CERTIFICATE, &six, now_s);
    }
    assert_rows(*state, now_s, "");
    fails(l, "asks.test", LEARNED_CLIENT_CERTIFICATE, 77, 1);
    assert_rows(*state, now_s, "asks.test client-certificate active 10/2;");
}

/* A program under another authority of ours is another one: conn/learn.c puts the authority's id before it.
 */
TEST(learned__tells_programs_of_one_client_apart)
{
    struct learned *l = begin(*state, LEARN_APPLY);
    for (unsigned number = 1; number < 10; number++) {
        struct learned_client c = client(number);
        works(l, "other.test", number);
        c.program = SL_STR("App/2");
        learned_failed(l, SL_STR("shop.test"), LEARNED_REFUSED, &c, now_s);
    }
    assert_rows(*state, now_s, "");
}

TEST(learned__applies_until_a_time)
{
    struct learned *l = begin(*state, LEARN_APPLY);
    struct learned_view view = {0};
    assert_false(learned_bypasses(l, &view, SL_STR("pinned.test"), now_s));
    learn(l, "pinned.test");
    assert_rows(*state, now_s, "pinned.test pinned active 4/2;");
    assert_true(learned_bypasses(l, &view, SL_STR("pinned.test"), now_s));
    assert_false(learned_bypasses(l, &view, SL_STR("www.pinned.test"), now_s));
    assert_false(learned_bypasses(l, &view, SL_STR("pinned.test"), now_s + 3600));
    assert_rows(*state, now_s + 3601, "");
    assert_false(learned_bypasses(l, &view, SL_STR("pinned.test"), now_s));
    learned_view_fini(&view);
}

TEST(learned__leaves_blocked_categories_to_an_administrator)
{
    struct fixture *f = *state;
    struct learned *l = begin(f, LEARN_APPLY);
    struct sl_err err = {0};
    struct policy_faults faults = {0};
    int64_t version;
    json_t *items,
        *doc = json_of(
            "{'schema':1,'categories':{'games':{'hosts':['games.test','play.test']}},'rules':[{'id':'r',"
            "'if':{'category':['games'],'user':['bob']},'then':'block'}]}");
    if (!store_policy_apply(f->store, doc, SL_STR("test"), &tester, -1, &version, &faults, &err))
        fail_msg("%s", err.msg);
    learn(l, "www.games.test");
    learn(l, "bank.test");
    assert_rows(f, now_s, "www.games.test pinned proposed 4/2;bank.test pinned active 4/2;");
    assert_true(store_learned_list(f->store, SL_STR("www.games.test"), &items, NULL));
    assert_non_null(
        strstr(json_string_value(json_object_get(json_array_get(items, 0), "note")), "category games"));
    json_decref(items);
    json_decref(doc);
    policy_faults_fini(&faults);
}

TEST(learned__is_decided_by_an_administrator)
{
    struct fixture *f = *state;
    struct learned *l = begin(f, LEARN_PROPOSE);
    struct sl_err err = {0};
    learn(l, "pinned.test");
    assert_rows(f, now_s, "pinned.test pinned proposed 4/2;");
    assert_false(store_learned_decide(f->store, SL_STR("other.test"), LEARNED_ACTIVE, 0, &tester, &err));
    assert_int_equal(err.code, SL_NOT_FOUND);
    assert_true(store_learned_decide(f->store, SL_STR("pinned.test"), LEARNED_ACTIVE, 0, &tester, NULL));
    assert_true(learned_is_bypass(l, SL_STR("pinned.test"), now_s));
    assert_int_equal(learned_count(l), 1);
    store_close(&f->store);
    f->store = open_store(f->state);
    l = begin(f, LEARN_APPLY);
    assert_true(learned_is_bypass(l, SL_STR("pinned.test"), now_s));
    assert_true(store_learned_decide(f->store, SL_STR("pinned.test"), LEARNED_DISMISSED, 0, &tester, NULL));
    assert_false(learned_is_bypass(l, SL_STR("pinned.test"), now_s));
    learn(l, "pinned.test"); /* what was dismissed stays so */
    assert_rows(f, now_s, "pinned.test pinned dismissed 4/2;");
    assert_true(store_learned_decide(f->store, SL_STR("pinned.test"), LEARNED_PROPOSED, 0, &tester, NULL));
    assert_rows(f, now_s, "pinned.test pinned proposed 4/2;");
    assert_true(store_learned_forget(f->store, SL_STR("pinned.test"), &tester, NULL));
    assert_rows(f, now_s, "");
    assert_false(store_learned_forget(f->store, SL_STR("pinned.test"), &tester, &err));
}

TEST(learned__is_told_by_the_change_log_and_by_explain)
{
    struct fixture *f = *state;
    struct learned *l = begin(f, LEARN_APPLY);
    struct change_filter all = {.action = SL_STR("inspection"), .limit = 10};
    struct policy_faults faults = {0};
    struct sl_arena arena;
    struct sl_url url;
    int64_t version;
    json_t *changes, *answer, *doc = json_of("{'schema':1,'inspection':{'default':'inspect'}}");
    assert_true(store_policy_apply(f->store, doc, SL_STR("test"), &tester, -1, &version, &faults, NULL));
    learn(l, "pinned.test");
    assert_rows(f, now_s, "pinned.test pinned active 4/2;");
    assert_true(store_changes(f->store, &all, &changes, NULL));
    assert_string_equal(json_string_value(json_object_get(json_array_get(changes, 0), "action")),
                        "inspection.learned.apply");
    sl_arena_init(&arena, 0);
    assert_true(sl_url_parse_loose(SL_STR("https://pinned.test/"), &arena, &url, NULL));
    struct facts facts = {.url = &url, .time_s = now_s, .method = SL_STR("CONNECT")};
    assert_true(store_explain(f->store, NULL, &facts, &answer, NULL));
    assert_true(json_is_false(json_object_get(answer, "inspect")));
    char *text = json_dumps(json_object_get(answer, "trace"), 0);
    assert_non_null(strstr(text, "can't be inspected"));
    free(text);
    json_decref(answer);
    json_decref(changes);
    json_decref(doc);
    sl_arena_fini(&arena);
    policy_faults_fini(&faults);
}

/* Whatever clients make up, memory and rows stay within bounds, and hosts that many fail at stay counted. */
TEST(learned__holds_against_clients_that_make_up_hosts)
{
    struct learned *l = begin(*state, LEARN_APPLY);
    char host[64];
    works(l, "other.test", 1);
    fails(l, "pinned.test", LEARNED_REFUSED, 1, 2);
    fails(l, "asks.test", LEARNED_CLIENT_CERTIFICATE, 1, 2);
    works(l, "other.test", 2);
    fails(l, "pinned.test", LEARNED_REFUSED, 2, 1);
    fails(l, "asks.test", LEARNED_CLIENT_CERTIFICATE, 2, 1);
    for (unsigned i = 0; i < 40000; i++) {
        snprintf(host, sizeof host, "made-up-%u.test", i);
        fails(l, host, LEARNED_CLIENT_CERTIFICATE, 1000 + i % 20, 1);
    }
    assert_rows(*state, now_s, "");
    fails(l, "pinned.test", LEARNED_REFUSED, 2, 1);
    fails(l, "asks.test", LEARNED_CLIENT_CERTIFICATE, 2, 1);
    assert_rows(*state, now_s, "asks.test client-certificate active 4/2;pinned.test pinned active 4/2;");
}

TEST(learned__counts_nothing_when_it_is_off_or_long_ago)
{
    struct learned *l = begin(*state, LEARN_OFF);
    learn(l, "pinned.test");
    assert_rows(*state, now_s, "");
    begin(*state, LEARN_PROPOSE);
    works(l, "other.test", 1);
    works(l, "other.test", 2);
    fails(l, "pinned.test", LEARNED_REFUSED, 1, FAILURES);
    struct learned_client c = client(2);
    learned_failed(l, SL_STR("pinned.test"), LEARNED_REFUSED, &c, now_s + REFUSALS_WINDOW_S + 1);
    assert_rows(*state, now_s, "");
}

#define IN_STORE(name) cmocka_unit_test_setup_teardown(name, open_it, close_it)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORE(learned__proposes_a_host_that_clients_refuse),
        IN_STORE(learned__counts_no_client_that_does_not_know_our_ca),
        IN_STORE(learned__counts_no_client_that_got_through),
        IN_STORE(learned__needs_several_clients),
        IN_STORE(learned__tells_programs_of_one_client_apart),
        IN_STORE(learned__applies_until_a_time),
        IN_STORE(learned__leaves_blocked_categories_to_an_administrator),
        IN_STORE(learned__is_decided_by_an_administrator),
        IN_STORE(learned__is_told_by_the_change_log_and_by_explain),
        IN_STORE(learned__holds_against_clients_that_make_up_hosts),
        IN_STORE(learned__counts_nothing_when_it_is_off_or_long_ago),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
