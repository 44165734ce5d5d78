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
    struct table t = {.columns = 7};
    const json_t *item;
    size_t i;
    table_row(&t, (const char *[]){"name", "state", "entries", "format", "updated", "every", "last error"});
    json_array_foreach(items, i, item)
    {
        char *entries = json_cell(item, "entries"), *every = json_cell(item, "every"),
             *error = json_cell(item, "last_error"), *updated = json_cell(item, "updated");
        table_row(&t, (const char *[]){json_text(item, "name"), json_text(item, "state"), entries,
                                       json_text(item, "format"), updated, every, error});
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

static void print_examples(const json_t *held, const char *key, char sign)
{
    const json_t *example;
    size_t i;
    json_array_foreach(json_object_get(held, key), i, example)
        print_line(stdout, "  %c %s", sign, json_string_value(example));
}

/* What waits, why, and what can be done about it. */
static void print_held(const json_t *source)
{
    const json_t *held = json_object_get(source, "held");
    const char *name = json_text(source, "name");
    if (!json_is_object(held))
        return;
    char *added = json_cell(held, "added"), *removed = json_cell(held, "removed");
    putchar('\n');
    print_line(stdout, "A new copy is held for approval: %s.", json_text(held, "reason"));
    print_line(stdout, "It adds %s entries and removes %s:", added, removed);
    print_examples(held, "added_examples", '+');
    print_examples(held, "removed_examples", '-');
    print_line(stdout, "sluice lists approve %s, or sluice lists discard %s", name, name);
    free(added);
    free(removed);
}

static void print_pin(const json_t *source)
{
    const json_t *pinned = json_object_get(source, "pinned");
    if (!json_is_object(pinned))
        return;
    putchar('\n');
    print_line(stdout, "Rolled back by %s at %s, and not updated until it is resumed: sluice lists resume %s",
               json_text(pinned, "by"), json_text(pinned, "since"), json_text(source, "name"));
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
        print_held(source);
        print_pin(source);
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

/* Of one source, or of many. */
static size_t held_in(const json_t *result)
{
    const json_t *source;
    size_t i, held = json_is_object(json_object_get(result, "held"));
    json_array_foreach(result, i, source) held += json_is_object(json_object_get(source, "held"));
    return held;
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
    size_t held = held_in(result);
    json_decref(result);
    return held ? cli_failed("new copies that wait for approval: %zu; those before serve", held) : EXIT_DONE;
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

/* ---- copies ---- */

static void print_versions(const json_t *items)
{
    struct table t = {.columns = 7};
    const json_t *item;
    size_t i;
    table_row(&t, (const char *[]){"version", "time", "by", "what", "entries", "added", "removed"});
    json_array_foreach(items, i, item)
    {
        char *version = json_cell(item, "version"), *time = json_cell(item, "time"),
             *entries = json_cell(item, "entries"), *added = json_cell(item, "added"),
             *removed = json_cell(item, "removed"), *restores = json_cell(item, "restores");
        bool again = json_is_integer(json_object_get(item, "restores"));
        char *what =
            sl_asprintf("%s%s%s%s", json_text(item, "action"), again ? " of " : "", again ? restores : "",
                        json_is_true(json_object_get(item, "serving")) ? ", in use" : "");
        table_row(&t,
                  (const char *[]){version, time, json_text(item, "author"), what, entries, added, removed});
        char *all[] = {version, time, entries, added, removed, restores, what};
        for (size_t k = 0; k < SL_COUNT(all); k++)
            free(all[k]);
    }
    table_print(&t);
}

static int history(struct cli *cli, int argc, char **argv)
{
    json_t *answer;
    if (!cli_args(cli, NULL, 0, &argc, argv, 1, 1))
        return EXIT_USAGE;
    char *path = list_path(argv[0], "/versions");
    bool ok = client_call(cli, "GET", path, NULL, &answer);
    free(path);
    if (!ok)
        return EXIT_NO;
    if (cli->json)
        print_json(json_object_get(answer, "items"));
    else
        print_versions(json_object_get(answer, "items"));
    json_decref(answer);
    return EXIT_DONE;
}

static int choose(struct cli *cli, const char *name, const char *rest, const json_t *body)
{
    json_t *result;
    char *path = list_path(name, rest);
    bool ok = client_job(cli, "POST", path, body, &result);
    free(path);
    if (!ok)
        return EXIT_NO;
    print_source(cli, result);
    json_decref(result);
    return EXIT_DONE;
}

static int approve(struct cli *cli, int argc, char **argv)
{
    return cli_args(cli, NULL, 0, &argc, argv, 1, 1) ? choose(cli, argv[0], "/approve", NULL) : EXIT_USAGE;
}

/* The version that serves, and the newest before it; 0: there is none. */
static bool version_before(struct cli *cli, const char *name, json_int_t *out)
{
    json_t *answer;
    char *path = list_path(name, "/versions");
    bool ok = client_call(cli, "GET", path, NULL, &answer);
    free(path);
    *out = ok ? json_integer_value(
                    json_object_get(json_array_get(json_object_get(answer, "items"), 1), "version"))
              : 0;
    json_decref(answer);
    return ok;
}

static int roll_back(struct cli *cli, int argc, char **argv)
{
    const char *to = NULL;
    const struct cli_option options[] = {{"--to", &to, NULL}};
    json_int_t version;
    if (!cli_args(cli, options, 1, &argc, argv, 1, 1))
        return EXIT_USAGE;
    if (to == NULL && !version_before(cli, argv[0], &version))
        return EXIT_NO;
    uint64_t number = to ? 0 : (uint64_t)version;
    if (to && !sl_str_u64(sl_cstr(to), INT32_MAX, &number))
        return cli_usage(cli, "lists rollback: --to takes the number of a version");
    if (number == 0)
        return cli_failed("there is no version before the one in use");
    json_t *body = json_pack("{s:I}", "version", (json_int_t)number);
    int status = choose(cli, argv[0], "/rollback", body);
    json_decref(body);
    return status;
}

static int remove_below(struct cli *cli, int argc, char **argv, const char *rest)
{
    if (!cli_args(cli, NULL, 0, &argc, argv, 1, 1))
        return EXIT_USAGE;
    char *path = list_path(argv[0], rest);
    bool ok = client_call(cli, "DELETE", path, NULL, NULL);
    free(path);
    return ok ? EXIT_DONE : EXIT_NO;
}

static int drop(struct cli *cli, int argc, char **argv)
{
    return remove_below(cli, argc, argv, "");
}

static int discard(struct cli *cli, int argc, char **argv)
{
    return remove_below(cli, argc, argv, "/held");
}

static int resume(struct cli *cli, int argc, char **argv)
{
    return remove_below(cli, argc, argv, "/pin");
}

static json_t *whole_number(const char *text)
{
    uint64_t number;
    return text && sl_str_u64(sl_cstr(text), INT32_MAX, &number) ? json_integer((json_int_t)number) : NULL;
}

static json_t *hosts_json(const struct cli_values *hosts)
{
    json_t *out = json_array();
    for (size_t i = 0; i < hosts->count; i++)
        if (*hosts->items[i])
            json_array_append_new(out, json_string(hosts->items[i]));
    return hosts->count ? out : (json_decref(out), NULL);
}

static int checks(struct cli *cli, int argc, char **argv)
{
    const char *keep = NULL, *shrink = NULL, *grow = NULL;
    struct cli_values never = {0};
    const struct cli_option options[] = {{"--keep", &keep, NULL},
                                         {"--shrink", &shrink, NULL},
                                         {"--grow", &grow, NULL},
                                         {"--never", .values = &never}};
    json_t *answer;
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 1, 1))
        return EXIT_USAGE;
    json_t *body = json_pack("{s:o*, s:o*, s:o*, s:o*}", "keep", whole_number(keep), "shrink",
                             whole_number(shrink), "grow", whole_number(grow), "never", hosts_json(&never));
    if ((keep != NULL) + (shrink != NULL) + (grow != NULL) + (never.count > 0) !=
        (int)json_object_size(body)) {
        json_decref(body);
        return cli_usage(cli, "lists checks: --keep, --shrink and --grow take whole numbers");
    }
    char *path = list_path(argv[0], "/checks");
    bool ok = client_call(cli, "PUT", path, body, &answer);
    free(path);
    json_decref(body);
    if (!ok)
        return EXIT_NO;
    print_json(json_object_get(answer, "checks"));
    json_decref(answer);
    return EXIT_DONE;
}

int cmd_lists(struct cli *cli, int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct cli *cli, int argc, char **argv);
    } verbs[] = {{"add", add},         {"update", update},   {"show", show},       {"remove", drop},
                 {"history", history}, {"approve", approve}, {"discard", discard}, {"rollback", roll_back},
                 {"resume", resume},   {"checks", checks}};
    for (size_t i = 0; argc > 0 && i < SL_COUNT(verbs); i++)
        if (strcmp(argv[0], verbs[i].name) == 0)
            return verbs[i].run(cli, argc - 1, argv + 1);
    return cli_usage(cli, "lists: say what to do: add, update, show, history, approve, discard, rollback, "
                          "resume, checks or remove");
}
