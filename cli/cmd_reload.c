/* cmd_reload.c - the running gateway reads its settings file again. */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/client.h"

static void print_changes(const json_t *changes, const char *what)
{
    const json_t *c;
    size_t i;
    json_array_foreach(changes, i, c) print_line(stdout, "%s: %s = %s  (was: %s)", what, json_text(c, "key"),
                                                 json_text(c, "after"), json_text(c, "before"));
}

static void print_faults(const json_t *problem)
{
    const json_t *fault;
    size_t i;
    cli_failed("%s", json_text(problem, "detail"));
    json_array_foreach(json_object_get(problem, "faults"), i, fault)
        print_line(stderr, "  %s", json_text(fault, "message"));
}

int cmd_reload(struct cli *cli, int argc, char **argv)
{
    unsigned status;
    json_t *answer;
    if (!cli_args(cli, NULL, 0, &argc, argv, 0, 0))
        return EXIT_USAGE;
    if (!client_try(cli, "POST", "/settings/reload", NULL, &status, &answer))
        return EXIT_NO;
    const json_t *applied = json_object_get(answer, "applied"),
                 *later = json_object_get(answer, "next_start");
    if (status != 200)
        print_faults(answer);
    else if (cli->json)
        print_json(answer);
    else if (json_array_size(applied) + json_array_size(later) == 0)
        puts("no setting has another value; the hosts file, name servers and certificates were read again");
    print_changes(cli->json ? NULL : applied, "in force");
    print_changes(cli->json ? NULL : later, "counts at the next start");
    json_decref(answer);
    return status == 200 ? EXIT_DONE : EXIT_NO;
}
