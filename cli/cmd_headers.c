/* cmd_headers.c - header rules: the services that they can use, and whether they do what they say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "cli/document.h"
#include "sluice/str.h"

static json_t *catalogue(struct cli *cli)
{
    json_t *answer, *items;
    if (!client_call(cli, "GET", "/inspection/catalogue", NULL, &answer))
        return NULL;
    items = json_incref(json_object_get(answer, "items"));
    json_decref(answer);
    return items;
}

/* "a, b" */
static char *joined(const json_t *texts, const char *member)
{
    struct sl_text out = {0};
    const json_t *item;
    size_t i;
    sl_text_add(&out, SL_STR(""));
    json_array_foreach(texts, i, item)
        sl_text_addf(&out, "%s%s", i ? ", " : "", member ? json_text(item, member) : json_string_value(item));
    return out.p;
}

static void print_services(const json_t *items)
{
    struct table table = {.columns = 4};
    const json_t *item;
    size_t i;
    table_row(&table, (const char *[]){"service", "what", "with", "used by"});
    json_array_foreach(items, i, item)
    {
        char *with = joined(json_object_get(item, "parameters"), "name"),
             *used = joined(json_object_get(item, "used_by"), NULL);
        table_row(&table, (const char *[]){json_text(item, "id"), json_text(item, "title"), with, used});
        free(with);
        free(used);
    }
    table_print(&table);
}

static int list(struct cli *cli, int argc, char **argv)
{
    if (!cli_args(cli, NULL, 0, &argc, argv, 0, 0))
        return EXIT_USAGE;
    json_t *items = catalogue(cli);
    if (!items)
        return EXIT_NO;
    if (cli->json)
        print_json(items);
    else
        print_services(items);
    json_decref(items);
    return EXIT_DONE;
}

/* ---- one service ---- */

static void print_some(const char *what, const json_t *texts)
{
    char *all = joined(texts, NULL);
    if (*all)
        print_line(stdout, "%-10s  %s", what, all);
    free(all);
}

static void print_edits(const char *what, const json_t *edits)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)edits, name, value)
        print_line(stdout, "%-10s  %s: %s", what, name, json_string_value(value));
}

static void print_parameters(const json_t *parameters)
{
    const json_t *item;
    size_t i;
    json_array_foreach(parameters, i, item)
        print_line(stdout, "%-10s  %s%s: %s, such as %s", "with", json_text(item, "name"),
                   json_is_true(json_object_get(item, "many")) ? " (one or more)" : "",
                   json_text(item, "title"), json_text(item, "example"));
}

/* As it would stand in a policy. */
static void print_rule(const json_t *service)
{
    json_t *with = json_object(), *item;
    size_t i;
    json_array_foreach(json_object_get(service, "parameters"), i, item)
        json_object_set(with, json_text(item, "name"), json_object_get(item, "example"));
    json_t *rule =
        json_pack("{s:O, s:O}", "id", json_object_get(service, "id"), "use", json_object_get(service, "id"));
    if (json_object_size(with) > 0)
        json_object_set(rule, "with", with);
    char *text = json_dumps(rule, 0);
    print_line(stdout, "%-10s  \"headers\": [%s]", "policy", text);
    free(text);
    json_decref(rule);
    json_decref(with);
}

static void print_service(const json_t *service)
{
    print_line(stdout, "%s", json_text(service, "title"));
    print_some("hosts", json_object_get(service, "hosts"));
    print_edits("sets", json_object_get(service, "set"));
    print_edits("query", json_object_get(service, "query"));
    if (*json_text(service, "resolve_as"))
        print_line(stdout, "%-10s  %s, also in tunnels that are not inspected", "dials",
                   json_text(service, "resolve_as"));
    print_parameters(json_object_get(service, "parameters"));
    print_line(stdout, "%-10s  %s", "users see", json_text(service, "shows"));
    if (*json_text(service, "note"))
        print_line(stdout, "%-10s  %s", "note", json_text(service, "note"));
    print_some("source", json_object_get(service, "source"));
    print_some("used by", json_object_get(service, "used_by"));
    print_rule(service);
}

static int show(struct cli *cli, int argc, char **argv)
{
    int status = EXIT_NO;
    const json_t *item;
    size_t i;
    if (!cli_args(cli, NULL, 0, &argc, argv, 1, 1))
        return EXIT_USAGE;
    json_t *items = catalogue(cli);
    if (!items)
        return EXIT_NO;
    json_array_foreach(items, i, item)
    {
        if (strcmp(json_text(item, "id"), argv[0]) != 0)
            continue;
        if (cli->json)
            print_json(item);
        else
            print_service(item);
        status = EXIT_DONE;
    }
    json_decref(items);
    return status == EXIT_DONE ? status : cli_failed("there is no service '%s'", argv[0]);
}

/* ---- trying rules ---- */

/* "NAME: value; ...", and the request line where the rule sets parameters. */
static char *sent_text(const json_t *test)
{
    struct sl_text out = {0};
    const char *name;
    json_t *value;
    sl_text_add(&out, SL_STR(""));
    json_object_foreach(json_object_get(test, "sent"), name, value)
        sl_text_addf(&out, "%s%s: %s", out.n ? "; " : "", name, json_string_value(value));
    if (out.n == 0)
        sl_text_addf(&out, "%s", json_text(test, "request"));
    return out.p;
}

static void add_tests(struct table *table, const json_t *rule)
{
    const json_t *test;
    size_t i;
    json_array_foreach(json_object_get(rule, "tests"), i, test)
    {
        bool ok = json_is_true(json_object_get(test, "ok")),
             neighbour = json_is_true(json_object_get(test, "neighbour"));
        const char *seen = json_is_true(json_object_get(test, "inspected")) ? "inspected" : "closed tunnel";
        char *sent = sent_text(test), *dialled = json_cell(test, "dialled"),
             *what = sl_asprintf("%s%s%s", neighbour ? "left alone" : sent, *dialled != '-' ? ", dials " : "",
                                 *dialled != '-' ? dialled : "");
        table_row(table,
                  (const char *[]){ok ? "ok" : "FAILED", json_text(rule, "rule"), json_text(test, "url"),
                                   seen, ok ? what : json_text(test, "message")});
        free(what);
        free(dialled);
        free(sent);
    }
}

static void print_tests(const json_t *rules)
{
    struct table table = {.columns = 5};
    const json_t *rule;
    size_t i;
    table_row(&table, (const char *[]){"", "rule", "request", "tunnel", "what is sent"});
    json_array_foreach(rules, i, rule)
    {
        add_tests(&table, rule);
        if (*json_text(rule, "message"))
            table_row(&table, (const char *[]){"FAILED", json_text(rule, "rule"), "", "",
                                               json_text(rule, "message")});
    }
    table_print(&table);
}

static int test(struct cli *cli, int argc, char **argv)
{
    const char *policy = NULL;
    const struct cli_option options[] = {{"--policy", &policy, NULL}};
    json_t *answer, *body = json_object();
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 0, 1)) {
        json_decref(body);
        return EXIT_USAGE;
    }
    if (argc)
        json_object_set_new(body, "rule", json_string(argv[0]));
    bool ok = (policy == NULL || cli_policy(body, policy)) &&
              client_call(cli, "POST", "/policy/headers/test", body, &answer);
    json_decref(body);
    if (!ok)
        return EXIT_NO;
    if (cli->json)
        print_json(answer);
    else
        print_tests(json_object_get(answer, "rules"));
    int status = json_is_true(json_object_get(answer, "ok")) ? EXIT_DONE : EXIT_NO;
    json_decref(answer);
    return status;
}

int cmd_headers(struct cli *cli, int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct cli *cli, int argc, char **argv);
    } verbs[] = {{"list", list}, {"show", show}, {"test", test}};
    for (size_t i = 0; argc > 0 && i < SL_COUNT(verbs); i++)
        if (strcmp(argv[0], verbs[i].name) == 0)
            return verbs[i].run(cli, argc - 1, argv + 1);
    return cli_usage(cli, "headers: list, show or test");
}
