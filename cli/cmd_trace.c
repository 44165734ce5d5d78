/* cmd_trace.c - what one client's connections go through, as it happens. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "sluice/clock.h"

static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
    interrupted = 1;
}

static void print_trace(const struct cli *cli, const json_t *answer)
{
    const json_t *line;
    size_t i;
    long long lost = (long long)json_integer_value(json_object_get(answer, "lost"));
    if (lost > 0 && !cli->json)
        fprintf(stderr, "sluice: %lld lines came too fast and are lost\n", lost);
    json_array_foreach(json_object_get(answer, "lines"), i, line)
    {
        if (cli->json) {
            char *text = json_dumps(line, JSON_COMPACT);
            puts(text);
            free(text);
            continue;
        }
        const char *time = json_text(line, "time");
        print_line(stdout, "%.12s  #%-6lld %-13s  %s", time + (strlen(time) > 11 ? 11 : 0),
                   (long long)json_integer_value(json_object_get(line, "connection")),
                   json_text(line, "request"), json_text(line, "text"));
    }
    fflush(stdout);
}

/* Reads on until the time is over, Ctrl-C, or the gateway is gone. */
static bool follow(struct cli *cli, const char *path, int64_t until_us)
{
    long long after = 0;
    while (!interrupted && sl_monotonic_us() < until_us) {
        json_t *answer;
        char wait[24];
        int64_t left_s = (until_us - sl_monotonic_us() + 999999) / 1000000;
        snprintf(wait, sizeof wait, "%lld", (long long)SL_MIN(left_s, (int64_t)1));
        char *full = sl_asprintf("%s?after=%lld&wait=%s", path, after, wait);
        bool ok = client_call(cli, "GET", full, NULL, &answer);
        free(full);
        if (!ok)
            return false;
        print_trace(cli, answer);
        after = (long long)json_integer_value(json_object_get(answer, "next"));
        json_decref(answer);
    }
    return true;
}

int cmd_trace(struct cli *cli, int argc, char **argv)
{
    const char *client = NULL, *lasts = NULL;
    const struct cli_option options[] = {{"--client", &client, NULL}, {"--for", &lasts, NULL}};
    int64_t lasts_ms = 0;
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 0, 0))
        return EXIT_USAGE;
    if (!client)
        return cli_usage(cli, "whom? --client 10.1.2.3");
    if (lasts && !sl_duration_parse(sl_cstr(lasts), &lasts_ms))
        return cli_usage(cli, "--for %s is no time such as 30s or 5m", lasts);
    char *name = client_escape(client), *path = sl_asprintf("/traces/%s", name);
    struct sigaction act = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    bool ok = client_call(cli, "PUT", path, NULL, NULL);
    if (ok && !cli->json)
        fprintf(stderr, "sluice: following %s; Ctrl-C ends it\n", client);
    ok = ok && follow(cli, path, lasts ? sl_monotonic_us() + lasts_ms * 1000 : INT64_MAX);
    if (ok)
        client_call(cli, "DELETE", path, NULL, NULL);
    free(path);
    free(name);
    return ok ? EXIT_DONE : EXIT_NO;
}
