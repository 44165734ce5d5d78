/* cmd_audit.c - the request log from the shell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "sluice/str.h"

/* Names of the filters as options ("--" in front) and as parameters of the API. */
static const char *const filters[] = {"from",     "to",   "user",   "client", "host", "action",
                                      "category", "rule", "status", "method", "q",    "limit"};

static void print_rows(const json_t *items)
{
    struct table t = {.columns = 8};
    const json_t *item;
    size_t i;
    table_row(&t, (const char *[]){"time", "client", "user", "action", "rule", "status", "method", "url"});
    json_array_foreach(items, i, item)
    {
        char *user = json_cell(item, "user"), *rule = json_cell(item, "rule"),
             *status = json_cell(item, "status"), *port = json_cell(item, "port"), *url;
        if (json_text(item, "scheme")[0])
            url = sl_asprintf("%s://%s%s%s%s", json_text(item, "scheme"), json_text(item, "host"),
                              json_text(item, "path"), json_text(item, "query")[0] ? "?" : "",
                              json_text(item, "query"));
        else if (json_text(item, "host")[0])
            url = sl_asprintf("%s:%s", json_text(item, "host"), port);
        else /* refused before a URL could be read */
            url = sl_strdup("-");
        table_row(&t,
                  (const char *[]){json_text(item, "time"), json_text(item, "client"), user,
                                   json_text(item, "action"), rule, status, json_text(item, "method"), url});
        free(user);
        free(rule);
        free(status);
        free(port);
        free(url);
    }
    table_print(&t);
}

static int query(struct cli *cli, const char *path)
{
    json_t *answer;
    if (!client_call(cli, "GET", path, NULL, &answer))
        return EXIT_NO;
    if (cli->json)
        print_json(json_object_get(answer, "items"));
    else
        print_rows(json_object_get(answer, "items"));
    if (json_is_true(json_object_get(answer, "partial")))
        fputs("sluice: the search ran out of time; narrow it by --from and --to, or use audit export\n",
              stderr);
    json_decref(answer);
    return EXIT_DONE;
}

int cmd_audit(struct cli *cli, int argc, char **argv)
{
    const char *values[SL_COUNT(filters)] = {0}, *since = NULL, *until = NULL;
    char names[SL_COUNT(filters)][16];
    struct cli_option options[SL_COUNT(filters) + 2];
    struct sl_text path = {0};
    for (size_t i = 0; i < SL_COUNT(filters); i++) {
        snprintf(names[i], sizeof names[i], "--%s", filters[i]);
        options[i] = (struct cli_option){names[i], &values[i], NULL};
    }
    options[SL_COUNT(filters)] = (struct cli_option){"--since", &since, NULL};
    options[SL_COUNT(filters) + 1] = (struct cli_option){"--until", &until, NULL};
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 1, 1))
        return EXIT_USAGE;
    values[0] = values[0] ? values[0] : since;
    values[1] = values[1] ? values[1] : until;
    bool export = strcmp(argv[0], "export") == 0;
    if (!export && strcmp(argv[0], "query") != 0)
        return cli_usage(cli, "audit: query or export");
    sl_text_addf(&path, "/requests%s", export ? "/export" : "");
    for (size_t i = 0; i < SL_COUNT(filters); i++)
        client_query(&path, filters[i], values[i]);
    int status = export ? (client_print(cli, path.p) ? EXIT_DONE : EXIT_NO) : query(cli, path.p);
    sl_text_fini(&path);
    return status;
}
