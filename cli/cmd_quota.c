/* cmd_quota.c - what was used of quotas, from the shell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "sluice/str.h"

static int usage(struct cli *cli, const char *quota, const char *subject)
{
    static const char *const columns[] = {"quota",    "per",     "subject", "bytes",
                                          "requests", "minutes", "percent", "resets"};
    struct sl_text path = {0};
    json_t *answer;
    sl_text_add(&path, SL_STR("/quotas/usage"));
    client_query(&path, "quota", quota);
    client_query(&path, "subject", subject);
    bool ok = client_call(cli, "GET", path.p, NULL, &answer);
    sl_text_fini(&path);
    if (!ok)
        return EXIT_NO;
    print_items(cli, answer, columns, SL_COUNT(columns));
    json_decref(answer);
    return EXIT_DONE;
}

static int reset(struct cli *cli, const char *quota, const char *subject)
{
    json_t *answer, *body = json_pack("{s:s*, s:s*}", "quota", quota, "subject", subject);
    bool ok = body && client_call(cli, "POST", "/quotas/usage/reset", body, &answer);
    json_decref(body);
    if (!ok)
        return EXIT_NO;
    if (cli->json)
        print_json(answer);
    else
        printf("%d reset\n", (int)json_integer_value(json_object_get(answer, "reset")));
    json_decref(answer);
    return EXIT_DONE;
}

int cmd_quota(struct cli *cli, int argc, char **argv)
{
    const char *quota = NULL, *subject = NULL;
    const struct cli_option options[] = {{"--quota", &quota, NULL}, {"--subject", &subject, NULL}};
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 1, 1))
        return EXIT_USAGE;
    if (strcmp(argv[0], "usage") == 0)
        return usage(cli, quota, subject);
    if (strcmp(argv[0], "reset") == 0)
        return reset(cli, quota, subject);
    return cli_usage(cli, "quota: usage or reset");
}
