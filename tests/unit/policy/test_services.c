/* test_services.c - unit tests of policy/services.c: each service that is built in, and what a bad file is
 * told.
 */
#include "tests/unit/policy/support.h"

#include <stdio.h>
#include <stdlib.h>

#include "policy/document.h"
#include "policy/services.h"

/* {"schema":1,"headers":[{"id","use","with":the examples}]} */
static json_t *policy_using(const json_t *service)
{
    const json_t *id = json_object_get(service, "id"), *parameter;
    json_t *with = json_object();
    size_t i;
    json_array_foreach(json_object_get(service, "parameters"), i, parameter)
    {
        const json_t *example = json_object_get(parameter, "example");
        bool many = json_is_true(json_object_get(parameter, "many"));
        json_object_set_new(with, json_string_value(json_object_get(parameter, "name")),
                            many ? json_pack("[O, O]", example, example) : json_incref((json_t *)example));
    }
    return json_pack("{s:i, s:[{s:O, s:O, s:o}]}", "schema", 1, "headers", "id", id, "use", id, "with", with);
}

static struct verdict decide(const struct snapshot *s, const char *url)
{
    struct policy_scratch *scratch = policy_scratch_new();
    struct verdict v;
    policy_decide(s, scratch, facts_of(&(struct request){.url = url}), &v);
    policy_scratch_free(&scratch);
    return v;
}

/* Its values are filled in, and nothing else. */
static void check_fields(const struct snapshot *s, const json_t *service)
{
    const struct header_def *def = snapshot_header_rule(s, 0);
    assert_int_equal(def->set_count, json_object_size(json_object_get(service, "set")));
    assert_int_equal(def->query_count, json_object_size(json_object_get(service, "query")));
    for (size_t i = 0; i < def->set_count; i++)
        assert_true(def->set[i].value.n > 0 && sl_str_find(def->set[i].value, '{') == def->set[i].value.n);
}

static void check_host(const struct snapshot *s, const char *host)
{
    bool below = strncmp(host, "*.", 2) == 0;
    const char *name = below ? host + 2 : host;
    char url[300];
    snprintf(url, sizeof url, "https://%s/", name);
    assert_int_equal(decide(s, url).headers[0], 1);
    snprintf(url, sizeof url, "https://below.%s/", name);
    assert_int_equal(decide(s, url).headers[0], below);
    snprintf(url, sizeof url, "https://not%s/", name);
    assert_int_equal(decide(s, url).headers[0], 0);
    snprintf(url, sizeof url, "https://%s.example/", name);
    assert_int_equal(decide(s, url).headers[0], 0);
}

TEST(services__each_reaches_its_hosts_and_no_neighbour)
{
    json_t *all = policy_services(), *service, *host;
    size_t i, j;
    assert_true(json_array_size(all) >= 20);
    json_array_foreach(all, i, service)
    {
        json_t *doc = policy_using(service);
        struct policy_faults faults = {0};
        struct snapshot *s = snapshot_compile(doc, NULL, 1, &faults);
        if (!s)
            fail_msg("%s: %s: %s", json_string_value(json_object_get(service, "id")), faults.items[0].pointer,
                     faults.items[0].message);
        check_fields(s, service);
        json_array_foreach(json_object_get(service, "hosts"), j, host) check_host(s, json_string_value(host));
        snapshot_unref(&s);
        json_decref(doc);
    }
    json_decref(all);
}

TEST(services__are_told_apart_by_id)
{
    json_t *all = policy_services(), *service;
    size_t i;
    json_array_foreach(all, i, service)
    {
        struct sl_str id = read_str(json_object_get(service, "id"));
        assert_true(json_equal(services_find(id)->json, service));
    }
    assert_null(services_find(SL_STR("nobody")));
    json_decref(all);
}

/* All faults as "pointer: message" lines. */
static char *faults_of(const char *file)
{
    json_t *json = document(file);
    struct policy_faults faults = {0};
    struct document keeper = {0};
    struct reader r = {.faults = &faults, .doc = &keeper};
    struct service service;
    struct sl_text text = {0};
    sl_text_add(&text, SL_STR(""));
    service_read(&r, json, &service);
    for (size_t i = 0; i < faults.count; i++)
        sl_text_addf(&text, "%s: %s\n", faults.items[i].pointer, faults.items[i].message);
    policy_faults_fini(&faults);
    sl_text_fini(&r.at);
    sl_arena_fini(&keeper.arena);
    json_decref(json);
    return text.p;
}

TEST(service_read__names_what_is_wrong_in_a_file)
{
    static const struct {
        const char *file, *faults;
    } cases[] = {
        {"{'id':'x','title':'X','kind':'tenant','hosts':['*.x.example'],'set':{'A':'1'},'shows':'s',"
         "'source':['https://x.example/']}",
         ""},
        {"{'id':'x','kind':'tenant','hosts':['X.example','192.0.2.1'],'parameters':[{'name':'p','form':'uuid'"
         ","
         "'example':'1'},{'name':'q','form':'none','example':'1'}],'shows':'s','source':['http://"
         "x'],'more':1}",
         "/hosts/0: 'X.example' is no name of a host in lower case\n"
         "/hosts/1: '192.0.2.1' is no name of a host in lower case\n"
         "/parameters/0: the example is not an ID such as 550e8400-e29b-41d4-a716-446655440000\n"
         "/parameters/1/form: there is no form 'none'\n"
         "/source: 'http://x' is no address of a page\n"
         "/more: unknown key in a service\n"
         ": 'title' is missing\n"
         ": the service does nothing; give set, query or resolve_as\n"},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        SL_CLEANUP(sl_freep) char *faults = faults_of(cases[i].file);
        assert_string_equal(faults, cases[i].faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(services__each_reaches_its_hosts_and_no_neighbour),
        cmocka_unit_test(services__are_told_apart_by_id),
        cmocka_unit_test(service_read__names_what_is_wrong_in_a_file),
    };
    return cmocka_run_group_tests_name("policy/services", tests, NULL, NULL);
}
