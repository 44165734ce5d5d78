/* cmd_upgrade.c - the running gateway replaces itself by another binary. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/client.h"

enum { TRIES = 3000, PAUSE_US = 100000 };

/* What became of it: asked until the new process says that it stays, or the old one that it failed. While the
 * API changes hands a connection may end unanswered; the next one waits until somebody answers. */
static json_t *outcome(struct cli *cli)
{
    json_t *state = NULL;
    for (int i = 0; i < TRIES; i++) {
        if (client_ask(cli, "/upgrade", &state)) {
            if (strcmp(json_text(state, "state"), "running") != 0)
                return state;
            json_decref(state);
        }
        usleep(PAUSE_US);
    }
    return NULL;
}

int cmd_upgrade(struct cli *cli, int argc, char **argv)
{
    const char *binary = NULL;
    const struct cli_option options[] = {{"--binary", &binary, NULL}};
    json_t *begun = NULL;
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 0, 0))
        return EXIT_USAGE;
    SL_CLEANUP(sl_freep) char *path = binary ? realpath(binary, NULL) : NULL;
    if (binary && !path)
        return cli_failed("there is no file %s", binary);
    json_t *body = path ? json_pack("{s:s}", "binary", path) : json_object();
    bool ok = client_call(cli, "POST", "/upgrade", body, &begun);
    json_decref(body);
    if (!ok)
        return EXIT_NO;
    json_int_t before = json_integer_value(json_object_get(begun, "pid"));
    json_decref(begun);
    json_t *state = outcome(cli);
    if (state == NULL)
        return cli_failed("nobody says what became of the upgrade; see the log");
    bool done = json_integer_value(json_object_get(state, "pid")) != before;
    if (cli->json)
        print_json(state);
    else if (done)
        printf("process %lld serves; process %lld ends what it began\n",
               (long long)json_integer_value(json_object_get(state, "pid")), (long long)before);
    else
        cli_failed("the gateway goes on as it was: %s", json_text(state, "error"));
    json_decref(state);
    return done ? EXIT_DONE : EXIT_NO;
}
