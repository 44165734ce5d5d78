/* cmd_inspect.c - hosts that can't be inspected, from the shell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "sluice/str.h"

static int learned(struct cli *cli)
{
    static const char *const columns[] = {"host",    "kind", "state", "failures",
                                          "clients", "last", "until", "by"};
    json_t *answer;
    if (!client_call(cli, "GET", "/inspection/learned", NULL, &answer))
        return EXIT_NO;
    print_items(cli, answer, columns, SL_COUNT(columns));
    json_decref(answer);
    return EXIT_DONE;
}

/* Takes the body. */
static int change(struct cli *cli, const char *method, const char *host, json_t *body)
{
    SL_CLEANUP(sl_freep) char *name = client_escape(host);
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("/inspection/learned/%s", name);
    bool ok = client_call(cli, method, path, body, NULL);
    json_decref(body);
    return ok ? EXIT_DONE : EXIT_NO;
}

int cmd_inspect(struct cli *cli, int argc, char **argv)
{
    const char *until = NULL;
    bool for_ever = false;
    const struct cli_option options[] = {{.name = "--until", .value = &until},
                                         {.name = "--for-ever", .flag = &for_ever}};
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 1, 2))
        return EXIT_USAGE;
    if (argc == 1 && strcmp(argv[0], "learned") == 0)
        return learned(cli);
    if (argc != 2)
        return cli_usage(cli, "inspect: learned, accept HOST, dismiss HOST or forget HOST");
    if (strcmp(argv[0], "accept") == 0) {
        json_t *body = json_pack("{s:s, s:s*}", "state", "active", "until", until);
        if (for_ever)
            json_object_set_new(body, "until", json_null());
        return change(cli, "PUT", argv[1], body);
    }
    if (strcmp(argv[0], "dismiss") == 0)
        return change(cli, "PUT", argv[1], json_pack("{s:s}", "state", "dismissed"));
    if (strcmp(argv[0], "forget") == 0)
        return change(cli, "DELETE", argv[1], NULL);
    return cli_usage(cli, "inspect: learned, accept HOST, dismiss HOST or forget HOST");
}
