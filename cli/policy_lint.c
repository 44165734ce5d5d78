/* policy_lint.c - what is odd about a policy, and what its rules did. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/client.h"
#include "cli/document.h"
#include "cli/policy.h"

static void print_notes(const json_t *notes)
{
    struct table table = {.columns = 4};
    const json_t *note;
    size_t i;
    table_row(&table, (const char *[]){"severity", "code", "where", "what"});
    json_array_foreach(notes, i, note)
        table_row(&table, (const char *[]){json_text(note, "severity"), json_text(note, "code"),
                                           json_text(note, "pointer"), json_text(note, "message")});
    table_print(&table);
}

/* Exit status 1 when there are warnings, so that a script can stand on it; notes for information alone are 0.
 */
int verb_lint(struct cli *cli, int argc, char **argv)
{
    json_t *doc = NULL, *answer;
    if (!cli_args(cli, NULL, 0, &argc, argv, 0, 1))
        return EXIT_USAGE;
    if (argc && (doc = cli_document(argv[0])) == NULL)
        return EXIT_NO;
    bool ok = client_call(cli, "POST", "/policy/lint", doc, &answer);
    json_decref(doc);
    if (!ok)
        return EXIT_NO;
    const json_t *notes = json_object_get(answer, "notes");
    if (cli->json)
        print_json(notes);
    else if (json_array_size(notes) == 0)
        printf("nothing to remark\n");
    else
        print_notes(notes);
    int status = json_integer_value(json_object_get(answer, "warnings")) ? EXIT_NO : EXIT_DONE;
    json_decref(answer);
    return status;
}

int verb_usage(struct cli *cli, int argc, char **argv)
{
    static const char *const columns[] = {"rule",     "hits_24h", "hits_7d",
                                          "hits_30d", "last_hit", "would_have_acted"};
    struct table table = {.columns = SL_COUNT(columns)};
    json_t *answer;
    const json_t *item;
    size_t i;
    if (!cli_args(cli, NULL, 0, &argc, argv, 0, 0))
        return EXIT_USAGE;
    if (!client_call(cli, "GET", "/policy/usage", NULL, &answer))
        return EXIT_NO;
    if (cli->json) {
        print_json(json_object_get(answer, "items"));
    } else {
        table_row(&table, (const char *[]){"rule", "24 h", "7 d", "30 d", "last", "would have acted"});
        json_array_foreach(json_object_get(answer, "items"), i, item)
        {
            char *cells[SL_COUNT(columns)];
            for (size_t c = 0; c < SL_COUNT(columns); c++)
                cells[c] = json_cell(item, columns[c]);
            table_row(&table, (const char *const *)cells);
            for (size_t c = 0; c < SL_COUNT(columns); c++)
                free(cells[c]);
        }
        table_print(&table);
    }
    json_decref(answer);
    return EXIT_DONE;
}
