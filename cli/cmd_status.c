/* cmd_status.c - how the gateway does. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/client.h"

/* Nested objects as indented "key: value" lines. */
static void print_tree(const json_t *object, int depth)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        printf("%*s%s:", depth * 2, "", key);
        if (json_is_object(value)) {
            putchar('\n');
            print_tree(value, depth + 1);
        } else {
            char *text = json_cell(object, key);
            printf(" %s\n", text);
            free(text);
        }
    }
}

int cmd_status(struct cli *cli, int argc, char **argv)
{
    json_t *answer;
    if (!cli_args(cli, NULL, 0, &argc, argv, 0, 0))
        return EXIT_USAGE;
    if (!client_call(cli, "GET", "/status", NULL, &answer))
        return EXIT_NO;
    if (cli->json)
        print_json(answer);
    else
        print_tree(answer, 0);
    json_decref(answer);
    return EXIT_DONE;
}
