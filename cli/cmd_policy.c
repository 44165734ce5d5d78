/* cmd_policy.c - the policy document from the shell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/document.h"
#include "cli/policy.h"

static int show(struct cli *cli, int argc, char **argv)
{
    const char *version = NULL;
    const struct cli_option options[] = {{"--version", &version, NULL}};
    json_t *answer;
    char path[64] = "/policy";
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 0, 0))
        return EXIT_USAGE;
    if (version)
        snprintf(path, sizeof path, "/policy/versions/%.30s", version);
    if (!client_call(cli, "GET", path, NULL, &answer))
        return EXIT_NO;
    print_json(json_object_get(answer, "document"));
    json_decref(answer);
    return EXIT_DONE;
}

/* Prints the answer of validate and test. */
static int print_check(struct cli *cli, const json_t *answer, const char *what)
{
    bool valid = json_is_true(json_object_get(answer, "valid"));
    const json_t *fault;
    size_t i;
    if (cli->json) {
        print_json(answer);
        return valid ? EXIT_DONE : EXIT_NO;
    }
    json_array_foreach(json_object_get(answer, "faults"), i, fault)
        fprintf(stderr, "%s: %s\n", json_text(fault, "pointer")[0] ? json_text(fault, "pointer") : "/",
                json_text(fault, "message"));
    if (valid)
        printf("%s is valid; %d tests passed\n", what,
               (int)json_integer_value(json_object_get(answer, "tests_passed")));
    return valid ? EXIT_DONE : EXIT_NO;
}

/* "warn by social", "allow by default"; what a test does not ask for is left out. */
static char *outcome(const json_t *test, const char *action, const char *rule, const char *otherwise)
{
    char *by = json_cell(test, rule);
    const char *name = strcmp(by, "-") != 0 ? by : otherwise;
    char *out = sl_asprintf("%s%s%s", json_text(test, action), *name ? " by " : "", name);
    free(by);
    return out;
}

static void print_tests(const json_t *tests)
{
    struct table table = {.columns = 5};
    const json_t *test;
    size_t i;
    if (json_array_size(tests) == 0)
        return;
    table_row(&table, (const char *[]){"", "test", "user", "expected", "got"});
    json_array_foreach(tests, i, test)
    {
        const char *title = json_text(test, "title");
        bool ok = json_is_true(json_object_get(test, "ok"));
        char *expected = outcome(test, "expect", "rule", ""),
             *got = outcome(test, "got", "got_rule", "default");
        table_row(&table, (const char *[]){ok ? "ok" : "FAILED", *title ? title : json_text(test, "url"),
                                           json_text(test, "user"), expected, got});
        free(expected);
        free(got);
    }
    table_print(&table);
}

static int check(struct cli *cli, const char *path, const char *file)
{
    json_t *doc = NULL, *answer;
    if (file && (doc = cli_document(file)) == NULL)
        return EXIT_NO;
    bool ok = client_call(cli, "POST", path, doc, &answer);
    json_decref(doc);
    if (!ok)
        return EXIT_NO;
    if (!cli->json)
        print_tests(json_object_get(answer, "tests"));
    int status = print_check(cli, answer, file ? file : "the active policy");
    json_decref(answer);
    return status;
}

static int validate(struct cli *cli, int argc, char **argv)
{
    if (!cli_args(cli, NULL, 0, &argc, argv, 1, 1))
        return EXIT_USAGE;
    return check(cli, "/policy/validate", argv[0]);
}

static int test(struct cli *cli, int argc, char **argv)
{
    if (!cli_args(cli, NULL, 0, &argc, argv, 0, 1))
        return EXIT_USAGE;
    return check(cli, "/policy/test", argc ? argv[0] : NULL);
}

/* A version number, or a file. */
static json_t *side(const char *text)
{
    uint64_t version;
    if (sl_str_u64(sl_cstr(text), INT64_MAX, &version))
        return json_pack("{s:I}", "version", (json_int_t)version);
    json_t *doc = cli_document(text);
    return doc ? json_pack("{s:o}", "document", doc) : NULL;
}

static int diff(struct cli *cli, int argc, char **argv)
{
    json_t *answer, *item;
    size_t i;
    if (!cli_args(cli, NULL, 0, &argc, argv, 2, 2))
        return EXIT_USAGE;
    json_t *before = side(argv[0]), *after = before ? side(argv[1]) : NULL;
    if (after == NULL) {
        json_decref(before);
        return EXIT_NO;
    }
    json_t *body = json_pack("{s:o, s:o}", "before", before, "after", after);
    bool ok = client_call(cli, "POST", "/policy/diff", body, &answer);
    json_decref(body);
    if (!ok)
        return EXIT_NO;
    if (cli->json)
        print_json(json_object_get(answer, "changes"));
    else
        json_array_foreach(json_object_get(answer, "changes"), i, item)
            print_line(stdout, "%s", json_text(item, "text"));
    json_decref(answer);
    return EXIT_DONE;
}

static void print_history(const json_t *items)
{
    struct table table = {.columns = 6};
    const json_t *item;
    size_t i;
    table_row(&table, (const char *[]){"version", "time", "author", "approved by", "", "comment"});
    json_array_foreach(items, i, item)
    {
        char *version = json_cell(item, "version");
        bool active = json_is_true(json_object_get(item, "active"));
        table_row(&table, (const char *[]){version, json_text(item, "time"), json_text(item, "author"),
                                           json_text(item, "approved_by"), active ? "active" : "",
                                           json_text(item, "comment")});
        free(version);
    }
    table_print(&table);
}

static int history(struct cli *cli, int argc, char **argv)
{
    const char *limit = NULL;
    const struct cli_option options[] = {{"--limit", &limit, NULL}};
    struct sl_text path = {0};
    json_t *answer;
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 0, 0))
        return EXIT_USAGE;
    sl_text_add(&path, SL_STR("/policy/versions"));
    client_query(&path, "limit", limit);
    bool ok = client_call(cli, "GET", path.p, NULL, &answer);
    sl_text_fini(&path);
    if (!ok)
        return EXIT_NO;
    if (cli->json)
        print_json(json_object_get(answer, "items"));
    else
        print_history(json_object_get(answer, "items"));
    json_decref(answer);
    return EXIT_DONE;
}

static int schema(struct cli *cli, int argc, char **argv)
{
    json_t *answer;
    if (!cli_args(cli, NULL, 0, &argc, argv, 0, 0))
        return EXIT_USAGE;
    if (!client_call(cli, "GET", "/policy/schema", NULL, &answer))
        return EXIT_NO;
    print_json(answer);
    json_decref(answer);
    return EXIT_DONE;
}

int cmd_policy(struct cli *cli, int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct cli *cli, int argc, char **argv);
    } verbs[] = {{"show", show},
                 {"validate", validate},
                 {"apply", verb_apply},
                 {"diff", diff},
                 {"history", history},
                 {"rollback", verb_rollback},
                 {"confirm", verb_confirm},
                 {"approve", verb_approve},
                 {"reject", verb_reject},
                 {"lint", verb_lint},
                 {"usage", verb_usage},
                 {"test", test},
                 {"schema", schema}};
    for (size_t i = 0; argc > 0 && i < SL_COUNT(verbs); i++)
        if (strcmp(argv[0], verbs[i].name) == 0)
            return verbs[i].run(cli, argc - 1, argv + 1);
    return cli_usage(
        cli, "policy: say what to do: show, validate, apply, diff, history, rollback, confirm, approve, "
             "reject, lint, usage, test or schema");
}
