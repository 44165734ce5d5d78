/* cmd_lists.c - list sources from the shell. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "sluice/str.h"

static char *list_path(const char *name, const char *rest)
{
    char *escaped = client_escape(name), *path = sl_asprintf("/lists/%s%s", escaped, rest);
    free(escaped);
    return path;
}

static void print_sources(const json_t *items)
{
    struct table t = {.columns = 6};
    const json_t *item;
    size_t i;
    table_row(&t, (const char *[]){"name", "entries", "format", "updated", "every", "last error"});
    json_array_foreach(items, i, item)
    {
        char *entries = json_cell(item, "entries"), *every = json_cell(item, "every"),
             *error = json_cell(item, "last_error"), *updated = json_cell(item, "updated");
        table_row(&t, (const char *[]){json_text(item, "name"), entries, json_text(item, "format"), updated,
                                       every, error});
        free(entries);
        free(every);
        free(error);
        free(updated);
    }
    table_print(&t);
}

static void print_parts(const json_t *source)
{
    struct table t = {.columns = 5};
    const json_t *part;
    size_t i;
    table_row(&t, (const char *[]){"list", "hosts", "urls", "expressions", "skipped"});
    json_array_foreach(json_object_get(source, "parts"), i, part)
    {
        char *hosts = json_cell(part, "hosts"), *urls = json_cell(part, "urls"),
             *expressions = json_cell(part, "expressions"), *skipped = json_cell(part, "skipped");
        table_row(&t, (const char *[]){json_text(part, "name"), hosts, urls, expressions, skipped});
        free(hosts);
        free(urls);
        free(expressions);
        free(skipped);
    }
    table_print(&t);
}

static void print_source(struct cli *cli, const json_t *source)
{
    json_t *items;
    if (cli->json) {
        print_json(source);
    } else if (json_is_array(source)) {
        print_sources(source);
    } else {
        items = json_pack("[O]", source);
        print_sources(items);
        json_decref(items);
        putchar('\n');
        print_parts(source);
    }
}

static int add(struct cli *cli, int argc, char **argv)
{
    const char *file = NULL, *url = NULL, *format = NULL, *every = NULL, *category = NULL;
    const struct cli_option options[] = {{"--file", &file, NULL},
                                         {"--url", &url, NULL},
                                         {"--format", &format, NULL},
                                         {"--every", &every, NULL},
                                         {"--category", &category, NULL}};
    char absolute[PATH_MAX];
    json_t *result;
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 1, 1))
        return EXIT_USAGE;
    if ((file == NULL) == (url == NULL))
        return cli_usage(cli, "lists add: give one of --file and --url");
    if (file && realpath(file, absolute) == NULL) /* the gateway has another working directory */
        return cli_failed("%s can't be found", file);
    json_t *body =
        json_pack("{s:s, s:s*, s:s*, s:s*, s:s*, s:s*}", "name", argv[0], "path", file ? absolute : NULL,
                  "url", url, "format", format, "every", every, "category", category);
    bool ok = body && client_job(cli, "POST", "/lists", body, &result);
    json_decref(body);
    if (!ok)
        return EXIT_NO;
    print_source(cli, result);
    json_decref(result);
    return EXIT_DONE;
}

static int update(struct cli *cli, int argc, char **argv)
{
    json_t *result;
    if (!cli_args(cli, NULL, 0, &argc, argv, 0, 1))
        return EXIT_USAGE;
    char *path = list_path(argc ? argv[0] : "*", "/update");
    bool ok = client_job(cli, "POST", path, NULL, &result);
    free(path);
    if (!ok)
        return EXIT_NO;
    print_source(cli, result);
    json_decref(result);
    return EXIT_DONE;
}

static int show(struct cli *cli, int argc, char **argv)
{
    json_t *answer;
    if (!cli_args(cli, NULL, 0, &argc, argv, 0, 1))
        return EXIT_USAGE;
    char *path = argc ? list_path(argv[0], "") : sl_strdup("/lists");
    bool ok = client_call(cli, "GET", path, NULL, &answer);
    free(path);
    if (!ok)
        return EXIT_NO;
    print_source(cli, argc ? answer : json_object_get(answer, "items"));
    json_decref(answer);
    return EXIT_DONE;
}

static int drop(struct cli *cli, int argc, char **argv)
{
    if (!cli_args(cli, NULL, 0, &argc, argv, 1, 1))
        return EXIT_USAGE;
    char *path = list_path(argv[0], "");
    bool ok = client_call(cli, "DELETE", path, NULL, NULL);
    free(path);
    return ok ? EXIT_DONE : EXIT_NO;
}

int cmd_lists(struct cli *cli, int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct cli *cli, int argc, char **argv);
    } verbs[] = {{"add", add}, {"update", update}, {"show", show}, {"remove", drop}};
    for (size_t i = 0; argc > 0 && i < SL_COUNT(verbs); i++)
        if (strcmp(argv[0], verbs[i].name) == 0)
            return verbs[i].run(cli, argc - 1, argv + 1);
    return cli_usage(cli, "lists: say what to do: add, update, show or remove");
}
