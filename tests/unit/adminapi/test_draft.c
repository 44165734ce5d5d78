/* test_draft.c - unit tests of the draft's resources (draft.c, res_draft.c, res_draft_items.c, res_regex.c)
 * on a real store, without a transport. */
#include "tests/support/cmocka_all.h"

#include "adminapi/route.h"
#include "tests/unit/policy/store/support.h"

struct answer {
    unsigned status;
    char etag[48], location[128];
    json_t *json;
};

struct call {
    const char *method, *path; /* below /api/v1/policy, with query */
    const char *if_match;      /* NULL: not sent */
    const char *body;          /* JSON with ' for "; NULL: none */
    const char *actor;         /* NULL: "anna" */
    enum role role;            /* ROLE_NONE: admin */
};

static struct answer send_text(struct fixture *f, const struct call *c, struct sl_str body)
{
    static const struct settings settings;
    struct api_context ctx = {.store = f->store};
    struct api_request req = {.ctx = &ctx,
                              .settings = &settings,
                              .method = sl_cstr(c->method),
                              .body = body,
                              .if_match = sl_cstr(c->if_match),
                              .role = c->role ? c->role : ROLE_ADMIN,
                              .actor = {sl_cstr(c->actor ? c->actor : "anna"), SL_STR("192.0.2.1")}};
    struct api_reply reply = {.status = 500};
    struct answer out = {0};
    sl_arena_init(&req.arena, 0);
    struct sl_str path = sl_cstr(sl_arena_printf(&req.arena, "/api/v1/policy%s", c->path));
    size_t mark = sl_str_find(path, '?');
    req.path = sl_str_sub(path, 0, mark);
    route_dispatch(&req, mark < path.n ? sl_str_sub(path, mark + 1, path.n) : SL_STR(""), &reply);
    out.status = reply.status;
    snprintf(out.etag, sizeof out.etag, "%s", reply.etag);
    snprintf(out.location, sizeof out.location, "%.100s", reply.location);
    out.json = reply.body.n > 0 ? json_loadb(reply.body.p, reply.body.n, 0, NULL) : NULL;
    reply_fini(&reply);
    sl_arena_fini(&req.arena);
    return out;
}

static struct answer last; /* of this test */

/* The answer lives until the next call. */
static struct answer call(struct fixture *f, struct call c)
{
    SL_CLEANUP(sl_freep) char *body = sl_strdup(c.body ? c.body : "");
    for (char *p = body; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_decref(last.json);
    last = send_text(f, &c, sl_cstr(body));
    return last;
}

#define CALL(...) call(f, (struct call){__VA_ARGS__})

/* A member by path: "current/changes/0/text". NULL: not there. */
static const json_t *at(struct answer a, const char *path)
{
    struct sl_str rest = sl_cstr(path), part;
    const json_t *value = a.json;
    uint64_t index;
    while (value && sl_str_split(&rest, '/', &part)) {
        char key[64];
        snprintf(key, sizeof key, "%.*s", SL_FMT(part));
        value = json_is_array(value) && sl_str_u64(part, 1000, &index) ? json_array_get(value, index)
                                                                       : json_object_get(value, key);
    }
    return value;
}

static const char *text_at(struct answer a, const char *path)
{
    const char *text = json_string_value(at(a, path));
    return text ? text : "(none)";
}

#define DOCUMENT                                                                                       \
    "{'schema':1,'default':{'then':'allow'},'categories':{'social':{'hosts':['s.example']}},'rules':[" \
    "{'id':'a','if':{'category':['social']},'then':'block'},{'id':'b','if':{},'then':'allow'},"        \
    "{'id':'c','if':{'host':['c.example']},'then':'warn'}]}"

/* Version 2 is DOCUMENT. */
static int set_up_policy(void **state)
{
    set_up(state);
    struct fixture *f = *state;
    struct policy_faults faults = {0};
    struct sl_err err;
    json_t *doc = json_of(DOCUMENT);
    bool ok = store_policy_apply(f->store, doc, SL_STR(""), &tester, -1, NULL, &faults, &err);
    json_decref(doc);
    policy_faults_fini(&faults);
    return ok ? 0 : -1;
}

static int tear_down_policy(void **state)
{
    json_decref(last.json);
    last = (struct answer){0};
    return tear_down(state);
}

static void draft__wants_to_know_what_was_seen(void **state)
{
    struct fixture *f = *state;
    static const char *const paths[][2] = {{"PUT", "/draft"},
                                           {"DELETE", "/draft"},
                                           {"POST", "/draft/commit"},
                                           {"POST", "/draft/rebase"},
                                           {"POST", "/draft/rules"},
                                           {"PUT", "/draft/rules/a"},
                                           {"DELETE", "/draft/rules/a"},
                                           {"POST", "/draft/rules/a/move"}};
    for (size_t i = 0; i < SL_COUNT(paths); i++) {
        assert_int_equal(CALL(paths[i][0], paths[i][1]).status, 428);
        assert_int_equal(CALL(paths[i][0], paths[i][1], "\"v1\"").status, 412);
        assert_int_equal(CALL(paths[i][0], paths[i][1], "W/\"v2\"").status, 412);
        assert_int_equal(CALL(paths[i][0], paths[i][1], "\"v2.0\"").status, 412);
        assert_int_equal(CALL(paths[i][0], paths[i][1], "\"v99999999999999999999\"").status, 412);
        assert_int_equal(CALL(paths[i][0], paths[i][1], "*", .role = ROLE_AUDITOR).status, 403);
    }
    assert_int_equal(CALL("POST", "/draft/commit", "*", .role = ROLE_OPERATOR).status, 403);
}

static void draft__tells_who_came_late_what_changed(void **state)
{
    struct fixture *f = *state;
    struct answer a = CALL("DELETE", "/draft/rules/b", "\"v2\"");
    assert_int_equal(a.status, 200);
    assert_string_equal(a.etag, "\"v2.1\"");
    a = CALL("PUT", "/draft/rules/c", "\"v2.1\"", "{'if':{'host':['c.example']},'then':'block'}", "ben");
    assert_int_equal(a.status, 200);
    /* Who saw the active version. */
    a = CALL("DELETE", "/draft/rules/a", "\"v2\"");
    assert_int_equal(a.status, 412);
    assert_string_equal(a.etag, "\"v2.2\"");
    assert_string_equal(text_at(a, "current/etag"), "\"v2.2\"");
    assert_string_equal(text_at(a, "current/author"), "ben");
    assert_string_equal(text_at(a, "current/authors/0"), "anna");
    assert_string_equal(text_at(a, "current/authors/1"), "ben");
    assert_string_equal(text_at(a, "current/changes/0/text"), "Rule 'b' removed");
    assert_string_equal(text_at(a, "current/changes/1/text"),
                        "Rule 'c' changed: then is \"block\", was \"warn\"");
    /* Who saw the first revision. */
    a = CALL("DELETE", "/draft/rules/a", "\"v2.1\"");
    assert_int_equal(json_array_size(at(a, "current/changes")), 1);
    assert_int_equal(json_array_size(at(a, "current/authors")), 1);
    /* Who saw what nobody remembers. */
    a = CALL("DELETE", "/draft/rules/a", "\"v1.77\"");
    assert_int_equal(a.status, 412);
    assert_true(json_is_null(at(a, "current/changes")));
    /* A commit is a change too. */
    assert_int_equal(CALL("POST", "/draft/commit", "\"v2.2\"", "{'comment':'x'}").status, 200);
    a = CALL("DELETE", "/draft/rules/a", "\"v2.1\"");
    assert_string_equal(text_at(a, "current/etag"), "\"v3\"");
    assert_int_equal(json_array_size(at(a, "current/changes")), 1);
}

/* Each kind can be added, shown, replaced, removed, and refuses what is faulty or there already. */
static void draft_items__of_each_kind_are_alike(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *kind, *good, *better, *faulty;
    } kinds[] = {
        {"rules", "{'id':'x','if':{},'then':'block'}", "{'then':'warn','section':'S','enabled':false}",
         "{'id':'y','then':'bloc'}"},
        {"categories", "{'id':'x','hosts':['x.example']}", "{'title':'X','hosts':['y.example']}",
         "{'id':'y','hosts':['*']}"},
        {"quotas", "{'id':'x','per':'user','window':'day','bytes':'1GiB'}",
         "{'per':'all','window':'week','requests':5}", "{'id':'y','per':'user','window':'day'}"},
        {"networks", "{'id':'x','items':['10.0.0.0/8']}", "{'items':['::1']}",
         "{'id':'y','items':['10.0.0.1/8']}"},
        {"groups", "{'id':'x','items':['bob']}", "{'items':[]}", "{'id':'y','items':['']}"},
        {"schedules", "{'id':'x','spans':[{'days':'mon-fri'}]}", "{'timezone':'UTC','spans':[]}",
         "{'id':'y','spans':[{'from':'25:00'}]}"},
        {"headers", "{'id':'x','set':{'X-A':'1'}}", "{'remove':['Cookie']}", "{'id':'y','set':{'Via':'1'}}"},
        {"inspection-rules", "{'id':'x','if':{'host':['x.example']},'then':'inspect'}", "{'then':'tunnel'}",
         "{'id':'y','then':'block'}"},
    };
    for (size_t i = 0; i < SL_COUNT(kinds); i++) {
        char all[64], one[64];
        snprintf(all, sizeof all, "/draft/%s", kinds[i].kind);
        snprintf(one, sizeof one, "/draft/%s/x", kinds[i].kind);
        assert_int_equal(CALL("GET", one).status, 404);
        assert_int_equal(CALL("PUT", one, "*", kinds[i].better).status, 404);
        struct answer a = CALL("POST", all, "*", kinds[i].good);
        assert_int_equal(a.status, 201);
        assert_string_equal(text_at(a, "item/id"), "x");
        assert_int_equal(json_array_size(at(a, "faults")), 0);
        assert_true(sl_str_ends(sl_cstr(a.location), sl_cstr(one)));
        assert_int_equal(CALL("POST", all, "*", kinds[i].good).status, 409);
        a = CALL("POST", all, "*", kinds[i].faulty);
        assert_int_equal(a.status, 422);
        const char *root = text_at(a, "item_pointer"), *pointer = text_at(a, "faults/0/pointer");
        assert_true(sl_str_starts(sl_cstr(pointer), sl_cstr(root)));
        a = CALL("PUT", one, "*", kinds[i].better);
        assert_int_equal(a.status, 200);
        assert_string_equal(text_at(a, "item/id"), "x");
        a = CALL("GET", all);
        const json_t *items = at(a, "items"), *end = json_array_get(items, json_array_size(items) - 1);
        assert_string_equal(json_string_value(json_object_get(end, "id")), "x");
        assert_int_equal(CALL("PUT", one, "*", "{'id':'other'}").status, 400);
        assert_int_equal(CALL("DELETE", one, "*").status, 200);
        assert_int_equal(CALL("DELETE", one, "*").status, 404);
    }
    /* All undone: nothing is left of it. */
    struct answer a = CALL("GET", "/draft");
    assert_int_equal(json_array_size(at(a, "changes")), 0);
    assert_int_equal(CALL("POST", "/draft/commit", "*", "{'comment':'nothing'}").status, 422);
}

static void draft_items__stand_where_they_are_put(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *body, *order; /* of a b c after moving b */
        unsigned status;
    } moves[] = {
        {"{'to':'top'}", "bac", 200},
        {"{'to':'bottom'}", "acb", 200},
        {"{'before':null}", "acb", 200},
        {"{'before':'a'}", "bac", 200},
        {"{'before':'b'}", "abc", 200},
        {"{'before':'c'}", "abc", 200},
        {"{'before':'z'}", "abc", 400},
        {"{'to':'up'}", "abc", 400},
        {"{}", "abc", 400},
        {"{'before':'a','to':'top'}", "abc", 400},
        {"{'behind':'a'}", "abc", 400},
        {"[]", "abc", 400},
    };
    for (size_t i = 0; i < SL_COUNT(moves); i++) {
        char order[8] = "";
        assert_int_equal(CALL("POST", "/draft/rules/b/move", "*", moves[i].body).status, moves[i].status);
        struct answer a = CALL("GET", "/draft/rules");
        for (size_t k = 0; k < 3; k++)
            order[k] = *json_string_value(json_object_get(json_array_get(at(a, "items"), k), "id"));
        assert_string_equal(order, moves[i].order);
        CALL("DELETE", "/draft", "*");
    }
    struct answer a = CALL("POST", "/draft/rules?before=b", "*", "{'id':'n','then':'block'}");
    assert_int_equal(json_integer_value(at(a, "item/index")), 1);
    assert_int_equal(CALL("POST", "/draft/rules?before=z", "*", "{'id':'m','then':'block'}").status, 400);
    assert_int_equal(CALL("POST", "/draft/groups?before=z", "*", "{'id':'m','items':[]}").status, 400);
    assert_int_equal(CALL("POST", "/draft/categories/social/move", "*", "{'to':'top'}").status, 409);
    assert_int_equal(CALL("POST", "/draft/rules/z/move", "*", "{'to':'top'}").status, 404);
}

static void draft_items__report_what_a_removal_breaks(void **state)
{
    struct fixture *f = *state;
    struct answer a = CALL("DELETE", "/draft/categories/social", "*");
    assert_int_equal(a.status, 200);
    assert_string_equal(text_at(a, "faults/0/pointer"), "/rules/0/if/category/0");
    a = CALL("POST", "/draft/validate");
    assert_true(json_is_false(at(a, "valid")));
    a = CALL("POST", "/draft/commit", "*", "{'comment':'x'}");
    assert_int_equal(a.status, 422);
    assert_int_equal(json_array_size(at(a, "faults")), 1);
    /* A rule that is broken can be moved, and mended. */
    assert_int_equal(CALL("POST", "/draft/rules/a/move", "*", "{'to':'bottom'}").status, 200);
    assert_int_equal(
        CALL("PUT", "/draft/rules/a", "*", "{'if':{'category':['social']},'then':'warn'}").status, 422);
    a = CALL("PUT", "/draft/rules/a", "*", "{'if':{},'then':'warn'}");
    assert_int_equal(json_array_size(at(a, "faults")), 0);
}

static void draft_items__take_any_name_of_a_group(void **state)
{
    struct fixture *f = *state;
    struct answer a = CALL("POST", "/draft/groups", "*", "{'id':'CN=a/b ~c,DC=x%','items':['u']}");
    assert_int_equal(a.status, 201);
    assert_string_equal(a.location, "/api/v1/policy/draft/groups/CN%3Da%2Fb%20~c%2CDC%3Dx%25");
    assert_string_equal(text_at(CALL("GET", "/draft/groups/CN%3Da%2Fb%20~c%2CDC%3Dx%25"), "items/0"), "u");
    a = CALL("PUT", "/draft/groups/CN%3Da%2Fb%20~c%2CDC%3Dx%25", "*", "{'items':[5]}");
    assert_string_equal(text_at(a, "item_pointer"), "/groups/CN=a~1b ~0c,DC=x%");
    assert_int_equal(CALL("GET", "/draft/groups/a%00b").status, 404);
    assert_int_equal(CALL("DELETE", "/draft/groups/a%00b", "*").status, 404);
}

/* ---- hostile documents ---- */

static void draft__survives_any_document(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *body;
        unsigned status;
    } documents[] = {
        {"", 400},
        {"[]", 400},
        {"5", 400},
        {"{'rules':[],'rules':[]}", 400},
        {"{'a':'\\u0000'}", 400},
        {"{}", 200},
        {"{'rules':{},'categories':[],'quotas':5,'networks':null,'groups':'x','schedules':true,'headers':{}}",
         200},
        {"{'rules':[1,null,[],{},{'id':5},{'id':'a'},{'id':'a'}],'groups':{'':[],'a':5}}", 200},
    };
    static const char *const kinds[] = {"rules",  "categories", "quotas", "networks",
                                        "groups", "schedules",  "headers"};
    for (size_t i = 0; i < SL_COUNT(documents); i++) {
        assert_int_equal(CALL("PUT", "/draft", "*", documents[i].body).status, documents[i].status);
        for (size_t k = 0; k < SL_COUNT(kinds); k++) {
            char all[64], one[64], move[64];
            snprintf(all, sizeof all, "/draft/%s", kinds[k]);
            snprintf(one, sizeof one, "/draft/%s/a", kinds[k]);
            snprintf(move, sizeof move, "/draft/%s/a/move", kinds[k]);
            assert_in_range(CALL("GET", all).status, 200, 409);
            assert_in_range(CALL("GET", one).status, 200, 409);
            assert_in_range(CALL("POST", all, "*", "{'id':'n','items':[]}").status, 201, 422);
            assert_in_range(CALL("PUT", one, "*", "{'items':[]}").status, 200, 422);
            assert_in_range(CALL("POST", move, "*", "{'to':'top'}").status, 200, 409);
            assert_in_range(CALL("DELETE", one, "*").status, 200, 409);
        }
        assert_int_equal(CALL("POST", "/draft/validate").status, 200);
    }
    assert_int_equal(CALL("GET", "/draft/tests").status, 404);
}

/* A little deeper than is allowed, and deeper than our reader goes. */
static void draft__bounds_depth(void **state)
{
    enum { FLAT = 31, DEEP = 33, DEEPEST = 2047, TOO_DEEP = 4000 };
    struct fixture *f = *state;
    static const int depths[] = {FLAT, DEEP, DEEPEST, TOO_DEEP};
    for (size_t i = 0; i < SL_COUNT(depths); i++) {
        struct sl_text document = {0}, item = {0};
        sl_text_addf(&document, "{\"note\":");
        sl_text_addf(&item, "{\"id\":\"deep\",\"note\":");
        for (int d = 0; d < depths[i]; d++) {
            sl_text_addc(&document, '[');
            sl_text_addc(&item, '[');
        }
        for (int d = 0; d < depths[i]; d++) {
            sl_text_addc(&document, ']');
            sl_text_addc(&item, ']');
        }
        sl_text_addc(&document, '}');
        sl_text_addc(&item, '}');
        struct call put = {"PUT", "/draft", "*"}, post = {"POST", "/draft/rules", "*"};
        struct answer a = send_text(f, &put, sl_text_str(&document));
        assert_int_equal(a.status, depths[i] == FLAT ? 200 : 400);
        json_decref(a.json);
        a = send_text(f, &post, sl_text_str(&item));
        assert_int_equal(a.status, depths[i] == TOO_DEEP ? 400 : 422);
        json_decref(a.json);
        assert_int_equal(CALL("GET", "/draft").status, 200);
        sl_text_fini(&document);
        sl_text_fini(&item);
    }
}

/* ---- rebase, commit ---- */

static void apply_past(struct fixture *f, const char *quoted)
{
    struct policy_faults faults = {0};
    struct sl_err err;
    json_t *doc = json_of(quoted);
    assert_true(store_policy_apply(f->store, doc, SL_STR(""), &tester, -1, NULL, &faults, &err));
    json_decref(doc);
}

#define PASSED                                                                                         \
    "{'schema':1,'default':{'then':'block'},'categories':{'social':{'hosts':['s.example']}},'rules':[" \
    "{'id':'a','if':{'category':['social']},'then':'warn'},{'id':'b','if':{},'then':'allow'},"         \
    "{'id':'c','if':{'host':['c.example']},'then':'warn'}]}"

static void draft_commit__says_what_passed_it(void **state)
{
    struct fixture *f = *state;
    CALL("DELETE", "/draft/rules/b", "*");
    apply_past(f, PASSED);
    struct answer a = CALL("POST", "/draft/commit", "*", "{'comment':'why'}");
    assert_int_equal(a.status, 409);
    assert_int_equal(json_integer_value(at(a, "active_version")), 3);
    assert_int_equal(json_array_size(at(a, "changes")), 2);
    a = CALL("POST", "/draft/rebase", "*");
    assert_int_equal(a.status, 200);
    assert_int_equal(json_integer_value(at(a, "base_version")), 3);
    assert_string_equal(text_at(a, "document/default/then"), "block");
    assert_int_equal(json_array_size(at(a, "changes")), 1);
    a = CALL("POST", "/draft/commit", a.etag, "{'comment':'why'}");
    assert_int_equal(a.status, 200);
    assert_string_equal(a.etag, "\"v4\"");
}

static void draft_rebase__names_conflicts_and_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct answer before = CALL("PUT", "/draft/rules/a", "*", "{'if':{},'then':'allow'}");
    char etag[48];
    snprintf(etag, sizeof etag, "%s", before.etag);
    apply_past(f, PASSED);
    struct answer a = CALL("POST", "/draft/rebase", "*");
    assert_int_equal(a.status, 409);
    assert_string_equal(text_at(a, "conflicts/0"), "/rules/a");
    assert_string_equal(CALL("GET", "/draft").etag, etag);
}

static void draft_commit__wants_a_reason_and_passing_tests(void **state)
{
    struct fixture *f = *state;
    char longer[600];
    CALL("PUT", "/draft", "*",
         "{'schema':1,'tests':[{'url':'http://x/','expect':'block'},{'url':'http://x/"
         "','expect':'allow','title':'T'}]}");
    snprintf(longer, sizeof longer, "{'comment':'%0501d'}", 0);
    static const char *const reasons[] = {"{}", "{'comment':' '}", "{'comment':5}", "{'why':'x'}"};
    for (size_t i = 0; i < SL_COUNT(reasons); i++)
        assert_int_equal(CALL("POST", "/draft/commit", "*", reasons[i]).status, 400);
    assert_int_equal(CALL("POST", "/draft/commit", "*", longer).status, 400);
    struct answer a = CALL("POST", "/draft/commit", "*", "{'comment':'x'}");
    assert_int_equal(a.status, 422);
    assert_string_equal(text_at(a, "faults/0/pointer"), "/tests/0");
    a = CALL("POST", "/draft/validate");
    assert_true(json_is_false(at(a, "valid")) && json_is_false(at(a, "tests/0/ok")));
    assert_string_equal(text_at(a, "tests/0/message"), "expected block, got allow by default");
    assert_true(json_is_true(at(a, "tests/1/ok")) && json_is_null(at(a, "tests/1/message")));
    assert_string_equal(text_at(a, "tests/1/title"), "T");
    assert_int_equal(store_policy_version(f->store), 2);
}

static void diff__takes_the_draft(void **state)
{
    struct fixture *f = *state;
    CALL("POST", "/draft/rules/c/move", "*", "{'to':'top'}");
    struct answer a = CALL("POST", "/diff", NULL, "{'before':{'version':2},'after':{'draft':true}}");
    assert_int_equal(json_array_size(at(a, "changes")), 1);
    assert_string_equal(text_at(a, "changes/0/text"), "Rule 'c' moved from position 3 to 1");
    static const char *const bad[] = {"{'before':{'version':2},'after':{'draft':false}}",
                                      "{'before':{'version':2},'after':{'draft':true,'version':2}}",
                                      "{'before':{'version':2},'after':{}}", "{'before':{'version':2}}"};
    for (size_t i = 0; i < SL_COUNT(bad); i++)
        assert_int_equal(CALL("POST", "/diff", NULL, bad[i]).status, 400);
}

/* ---- regex ---- */

static void regex__is_tried_whatever_it_is(void **state)
{
    struct fixture *f = *state;
    struct answer a = CALL("POST", "/regex", NULL,
                           "{'pattern':'/cart/[0-9]+$','samples':['shop.example/cart/77','(no url)']}");
    assert_true(json_is_true(at(a, "ok")));
    assert_string_equal(text_at(a, "samples/0/text"), "http://shop.example/cart/77");
    assert_int_equal(json_integer_value(at(a, "samples/0/match/0")), 19);
    assert_int_equal(json_integer_value(at(a, "samples/0/match/1")), 27);
    assert_true(json_is_null(at(a, "samples/1/match")));
    assert_string_equal(text_at(a, "literal"), "/cart/");
    assert_string_equal(text_at(a, "cost/class"), "cheap");
    a = CALL("POST", "/regex", NULL, "{'pattern':'a(b'}", .role = ROLE_VIEWER);
    assert_true(json_is_false(at(a, "ok")) && json_is_null(at(a, "cost")));
    assert_int_equal(json_integer_value(at(a, "error/position")), 3);
    a = CALL("POST", "/regex", NULL, "{'pattern':'.'}", .role = ROLE_VIEWER);
    assert_string_equal(text_at(a, "cost/class"), "always-run");
    assert_true(json_is_null(at(a, "recent"))); /* hosts are for auditors */
    a = CALL("POST", "/regex", NULL, "{'pattern':'(a+)+$'}");
    assert_string_equal(text_at(a, "cost/class"), "heavy");
    static const char *const bad[] = {"{}", "{'pattern':5}", "{'pattern':'a','samples':'b'}",
                                      "{'pattern':'a','samples':[5]}", "{'pattern':'a','more':1}"};
    for (size_t i = 0; i < SL_COUNT(bad); i++)
        assert_int_equal(CALL("POST", "/regex", NULL, bad[i]).status, 400);
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, set_up_policy, tear_down_policy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(draft__wants_to_know_what_was_seen),
        TEST_OF(draft__tells_who_came_late_what_changed),
        TEST_OF(draft_items__of_each_kind_are_alike),
        TEST_OF(draft_items__stand_where_they_are_put),
        TEST_OF(draft_items__report_what_a_removal_breaks),
        TEST_OF(draft_items__take_any_name_of_a_group),
        TEST_OF(draft__survives_any_document),
        TEST_OF(draft__bounds_depth),
        TEST_OF(draft_commit__says_what_passed_it),
        TEST_OF(draft_rebase__names_conflicts_and_changes_nothing),
        TEST_OF(draft_commit__wants_a_reason_and_passing_tests),
        TEST_OF(diff__takes_the_draft),
        TEST_OF(regex__is_tried_whatever_it_is),
    };
    return cmocka_run_group_tests_name("adminapi/draft", tests, NULL, NULL);
}
