/* test_routes.c - the route table and openapi.json say the same; paths match as documented. */
#include "tests/support/cmocka_all.h"

#include <ctype.h>
#include <stdio.h>

#include "adminapi/openapi.h"
#include "adminapi/route.h"

static json_t *contract(void)
{
    struct sl_str text = openapi_document();
    json_t *doc = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(doc);
    return doc;
}

static void lower(const char *word, char out[16])
{
    size_t i = 0;
    for (; word[i] && i < 15; i++)
        out[i] = (char)tolower((unsigned char)word[i]);
    out[i] = '\0';
}

TEST(openapi__describes_every_route_with_its_role)
{
    json_t *doc = contract(), *paths = json_object_get(doc, "paths");
    for (size_t i = 0; i < route_count; i++) {
        char method[16];
        lower(routes[i].method, method);
        const json_t *op = json_object_get(json_object_get(paths, routes[i].path), method);
        if (op == NULL)
            fail_msg("openapi.json lacks %s %s", routes[i].method, routes[i].path);
        const char *want = routes[i].role == ROLE_NONE ? "none" : role_word(routes[i].role);
        assert_string_equal(json_string_value(json_object_get(op, "x-role")), want);
        assert_non_null(json_object_get(op, "operationId"));
        assert_non_null(json_object_get(op, "responses"));
    }
    json_decref(doc);
}

TEST(openapi__describes_nothing_else)
{
    json_t *doc = contract(), *item, *op;
    const char *path, *method;
    json_object_foreach(json_object_get(doc, "paths"), path, item)
    {
        json_object_foreach(item, method, op)
        {
            bool found = false;
            for (size_t i = 0; i < route_count; i++) {
                char have[16];
                lower(routes[i].method, have);
                found |= strcmp(routes[i].path, path) == 0 && strcmp(have, method) == 0;
            }
            if (!found)
                fail_msg("openapi.json describes %s %s, which does not exist", method, path);
        }
    }
    json_decref(doc);
}

TEST(openapi_takes__what_the_contract_names)
{
    assert_true(openapi_takes(SL_STR("GET"), "/api/v1/changes", SL_STR("limit")));
    assert_false(openapi_takes(SL_STR("GET"), "/api/v1/changes", SL_STR("limits")));
    assert_false(openapi_takes(SL_STR("GET"), "/api/v1/lists/{name}", SL_STR("name"))); /* of the path */
    assert_false(openapi_takes(SL_STR("PUT"), "/api/v1/changes", SL_STR("limit")));
    assert_false(openapi_takes(SL_STR("GET"), "/api/v1/nothing", SL_STR("limit")));
}

TEST(route_match__decodes_parameters_after_cutting_segments)
{
    static const struct {
        const char *pattern, *path, *param; /* param NULL: no match */
    } cases[] = {
        {"/lists/{name}", "/lists/ut1", "ut1"},      {"/lists/{name}", "/lists/ut1%2Fadult", "ut1/adult"},
        {"/lists/{name}", "/lists/ut1/adult", NULL}, {"/lists/{name}", "/lists/", NULL},
        {"/lists/{name}", "/lists", NULL},           {"/lists/{name}/update", "/lists/%2A/update", "*"},
        {"/lists/{name}", "/lists/%zz", NULL},       {"/lists/{name}", "/lists/%4", NULL},
        {"/files/{rest...}", "/files/a/b", "a/b"},   {"/lists/{name}", "/LISTS/x", NULL},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct sl_arena arena;
        struct sl_str params[API_MAX_PARAMS] = {{0}};
        sl_arena_init(&arena, 0);
        assert_int_equal(route_match(cases[i].pattern, sl_cstr(cases[i].path), &arena, params),
                         cases[i].param != NULL);
        if (cases[i].param)
            assert_true(sl_str_eq(params[0], sl_cstr(cases[i].param)));
        sl_arena_fini(&arena);
    }
}

TEST(query_parse__bounds_and_decodes)
{
    struct api_request req = {0};
    sl_arena_init(&req.arena, 0);
    assert_true(query_parse(&req, SL_STR("q=a+b%20c&limit=5&&flag")));
    assert_true(sl_str_eq(query_text(&req, "q"), SL_STR("a b c")));
    assert_true(sl_str_eq(query_text(&req, "limit"), SL_STR("5")));
    assert_true(query_text(&req, "flag").p != NULL && query_text(&req, "flag").n == 0);
    assert_null(query_text(&req, "absent").p);
    req.query_count = 0;
    assert_false(query_parse(&req, SL_STR("a=%4")));
    char many[4 * API_MAX_QUERY + 8] = "";
    for (int i = 0; i < API_MAX_QUERY + 1; i++)
        memcpy(many + 4 * i, "a=1&", 5);
    req.query_count = 0;
    assert_false(query_parse(&req, sl_cstr(many)));
    sl_arena_fini(&req.arena);
}

static void answers_query(struct sl_str method, const char *path, struct sl_str query, enum role role,
                          unsigned status)
{
    struct api_context ctx = {0};
    struct api_request req = {.ctx = &ctx, .method = method, .path = sl_cstr(path), .role = role};
    struct api_reply reply = {0};
    sl_arena_init(&req.arena, 0);
    route_dispatch(&req, query, &reply);
    assert_int_equal(reply.status, status);
    reply_fini(&reply);
    sl_arena_fini(&req.arena);
}

static void answers(struct sl_str method, const char *path, enum role role, unsigned status)
{
    answers_query(method, path, SL_STR(""), role, status);
}

TEST(route_dispatch__tells_apart_unknown_method_login_and_role)
{
    answers(SL_STR("GET"), "/api/v1/nothing", ROLE_ADMIN, 404);
    answers(SL_STR("DELETE"), "/api/v1/health", ROLE_ADMIN, 405);
    answers(SL_STR("GET"), "/api/v1/openapi.json", ROLE_NONE, 200);
    answers(SL_STR("GET"), "/api/v1/status", ROLE_NONE, 401);
    answers(SL_STR("GET"), "/api/v1/requests", ROLE_VIEWER, 403);
    answers(SL_STR("PUT"), "/api/v1/policy", ROLE_OPERATOR, 403);
    answers_query(SL_STR("GET"), "/api/v1/openapi.json", SL_STR("pretty=1"), ROLE_NONE, 400);
}

TEST(session_show__takes_nobody_for_an_answer_when_asked_to)
{
    answers(SL_STR("GET"), "/api/v1/session", ROLE_NONE, 401);
    answers_query(SL_STR("GET"), "/api/v1/session", SL_STR("optional=true"), ROLE_NONE, 204);
    answers_query(SL_STR("GET"), "/api/v1/session", SL_STR("optional=false"), ROLE_NONE, 401);
    answers_query(SL_STR("GET"), "/api/v1/session", SL_STR("optional=true"), ROLE_VIEWER, 403);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openapi__describes_every_route_with_its_role),
        cmocka_unit_test(openapi__describes_nothing_else),
        cmocka_unit_test(openapi_takes__what_the_contract_names),
        cmocka_unit_test(route_match__decodes_parameters_after_cutting_segments),
        cmocka_unit_test(query_parse__bounds_and_decodes),
        cmocka_unit_test(route_dispatch__tells_apart_unknown_method_login_and_role),
        cmocka_unit_test(session_show__takes_nobody_for_an_answer_when_asked_to),
    };
    return cmocka_run_group_tests_name("adminapi/routes", tests, NULL, NULL);
}
