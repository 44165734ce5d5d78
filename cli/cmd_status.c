/* cmd_status.c - how the gateway does. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "sluice/str.h"

/* A row of an array: "name=ads state=ok entries=2". */
static void print_row(const json_t *row, int depth)
{
    const char *key;
    json_t *value;
    struct sl_text line = {0};
    json_object_foreach((json_t *)(uintptr_t)row, key, value)
    {
        char *text = json_cell(row, key);
        sl_text_addf(&line, " %s=%s", key, text);
        free(text);
    }
    print_line(stdout, "%*s-%s", depth * 2, "", line.p ? line.p : "");
    sl_text_fini(&line);
}

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
        } else if (json_is_object(json_array_get(value, 0))) {
            const json_t *row;
            size_t i;
            putchar('\n');
            json_array_foreach(value, i, row) print_row(row, depth + 1);
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
