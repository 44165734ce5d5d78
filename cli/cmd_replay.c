/* cmd_replay.c - what would a policy have made of recorded requests? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "cli/document.h"
#include "sluice/clock.h"

enum { ROWS_SHOWN = 20 };

/* As of diff(1), so that a script can tell "nothing" from "no answer". */
enum { EXIT_SAME = 0, EXIT_OTHERWISE = 1, EXIT_TROUBLE = 2 };

/* ---- the question ---- */

/* A time; or how long ago, with or without the minus. */
static void add_time(json_t *body, const char *key, const char *text)
{
    int64_t ms;
    bool ago = text && sl_duration_parse(sl_cstr(text), &ms) && text[strlen(text) - 1] > '9';
    if (text)
        json_object_set_new(body, key, json_sprintf("%s%s", ago ? "-" : "", text));
}

/* ---- the answer ---- */

static void add_row(struct table *t, const json_t *item, const char *const *keys)
{
    char *cells[8] = {0};
    for (size_t i = 0; i < t->columns; i++)
        cells[i] = json_cell(item, keys[i]);
    table_row(t, (const char *const *)cells);
    for (size_t i = 0; i < t->columns; i++)
        free(cells[i]);
}

/* The first columns of a part of the report; what is left out is told. */
static void print_part(const json_t *report, const char *part, size_t columns, const char *const *headings,
                       const char *const *keys)
{
    const json_t *items = json_object_get(report, part), *item;
    struct table table = {.columns = columns};
    size_t i, count = json_array_size(items);
    if (count == 0)
        return;
    table_row(&table, headings);
    for (i = 0; i < count && i < ROWS_SHOWN; i++) {
        item = json_array_get(items, i);
        add_row(&table, item, keys);
    }
    table_print(&table);
    if (count > ROWS_SHOWN)
        printf("... and more; --json tells them\n");
    printf("\n");
}

static void print_summary(const json_t *report)
{
    char *requests = json_cell(report, "requests"), *judged = json_cell(report, "judged"),
         *changed = json_cell(report, "changed"), *users = json_cell(report, "users"),
         *hosts = json_cell(report, "hosts_changed");
    printf("%s to %s: %s requests, %s judged\n", json_text(report, "from"), json_text(report, "to"), requests,
           judged);
    if (strcmp(changed, "0") == 0)
        printf("None of them would come out otherwise.\n\n");
    else
        printf("%s of them, by %s%s users, on %s%s hosts, would come out otherwise.\n\n", changed,
               json_is_true(json_object_get(report, "users_exact")) ? "" : "more than ", users,
               json_is_true(json_object_get(report, "hosts_exact")) ? "" : "more than ", hosts);
    char *cells[] = {requests, judged, changed, users, hosts};
    for (size_t i = 0; i < SL_COUNT(cells); i++)
        free(cells[i]);
}

static void print_notes(const json_t *report)
{
    const json_t *note;
    size_t i;
    json_array_foreach(json_object_get(report, "notes"), i, note)
    {
        const json_t *requests = json_object_get(note, "requests");
        if (json_is_integer(requests))
            printf("note: %lld requests %s\n", (long long)json_integer_value(requests),
                   json_text(note, "text"));
        else
            printf("note: %s\n", json_text(note, "text"));
    }
}

static void print_report(const json_t *report)
{
    print_summary(report);
    print_part(report, "transitions", 4, (const char *const[]){"before", "after", "requests", "users"},
               (const char *const[]){"from", "to", "requests", "users"});
    print_part(report, "rules", 6,
               (const char *const[]){"before", "after", "by rule", "instead of", "requests", "users"},
               (const char *const[]){"before", "after", "rule", "rule_before", "requests", "users"});
    print_part(report, "hosts", 7,
               (const char *const[]){"host", "before", "after", "by rule", "requests", "users", "example"},
               (const char *const[]){"host", "before", "after", "rule", "requests", "users", "example"});
    print_part(report, "by_user", 4, (const char *const[]){"user", "client", "requests", "hosts"},
               (const char *const[]){"user", "client", "requests", "hosts"});
    print_notes(report);
}

int cmd_replay(struct cli *cli, int argc, char **argv)
{
    const char *policy = NULL, *since = NULL, *until = NULL, *against = NULL;
    const struct cli_option options[] = {{"--policy", &policy, NULL}, {"--since", &since, NULL},
                                         {"--from", &since, NULL},    {"--until", &until, NULL},
                                         {"--to", &until, NULL},      {"--against", &against, NULL}};
    json_t *report;
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 0, 0))
        return EXIT_TROUBLE;
    if (!policy)
        return cli_usage(cli, "replay: which policy? --policy FILE, draft or a version number");
    json_t *body = json_object();
    bool ok = cli_policy(body, policy);
    add_time(body, "from", since);
    add_time(body, "to", until);
    if (against)
        json_object_set_new(body, "against", json_string(against));
    ok = ok && client_job(cli, "POST", "/replay", body, &report);
    json_decref(body);
    if (!ok)
        return EXIT_TROUBLE;
    if (cli->json)
        print_json(report);
    else
        print_report(report);
    bool same = json_integer_value(json_object_get(report, "changed")) == 0;
    json_decref(report);
    return same ? EXIT_SAME : EXIT_OTHERWISE;
}
