/* cmd_audit.c - the request log from the shell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "sluice/str.h"

/* Filters, as options with "--" or "--not-" in front and as parameters of the API. */
static const char *const filters[] = {"user",       "client",         "group",     "host",
                                      "action",     "category",       "rule",      "status",
                                      "method",     "policy_version", "tls_fault", "tls_version",
                                      "tls_cipher", "tls_exception",  "inspected", "q"};
enum { FILTERS = SL_COUNT(filters), OTHERS = 6, PAGE_MOST = 1000 };

/* As a browser writes it: the port where it is not that of the scheme. */
static char *url_of(const json_t *item, const char *port)
{
    const char *scheme = json_text(item, "scheme"), *host = json_text(item, "host"),
               *query = json_text(item, "query");
    bool usual = strcmp(port, strcmp(scheme, "https") == 0 ? "443" : "80") == 0;
    if (scheme[0])
        return sl_asprintf("%s://%s%s%s%s%s%s", scheme, host, usual ? "" : ":", usual ? "" : port,
                           json_text(item, "path"), query[0] ? "?" : "", query);
    return host[0] ? sl_asprintf("%s:%s", host, port) : sl_strdup("-"); /* "-": no URL could be read */
}

static void print_rows(const json_t *items)
{
    struct table t = {.columns = 8};
    const json_t *item;
    size_t i;
    table_row(&t, (const char *[]){"time", "client", "user", "action", "rule", "status", "method", "url"});
    json_array_foreach(items, i, item)
    {
        char *user = json_cell(item, "user"), *rule = json_cell(item, "rule"),
             *status = json_cell(item, "status"), *port = json_cell(item, "port"), *url = url_of(item, port);
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

/* Adds one page to items and moves the cursor (on the heap, NULL at the end). */
static bool add_page(struct cli *cli, const char *path, json_t *items, uint64_t limit, char **cursor)
{
    struct sl_text full = {0};
    char number[24];
    json_t *answer;
    snprintf(number, sizeof number, "%llu", (unsigned long long)limit);
    sl_text_add(&full, sl_cstr(path));
    client_query(&full, "limit", number);
    client_query(&full, "cursor", *cursor);
    bool ok = client_call(cli, "GET", full.p, NULL, &answer);
    sl_text_fini(&full);
    sl_freep(cursor);
    if (!ok)
        return false;
    const char *next = json_string_value(json_object_get(answer, "cursor"));
    *cursor = next ? sl_strdup(next) : NULL;
    json_array_extend(items, json_object_get(answer, "items"));
    json_decref(answer);
    return true;
}

/* Goes on from page to page, however long the search takes. */
static int query(struct cli *cli, const char *path, uint64_t limit)
{
    json_t *items = json_array();
    char *cursor = NULL;
    bool ok;
    do
        ok = add_page(cli, path, items, SL_MIN(limit - json_array_size(items), (uint64_t)PAGE_MOST), &cursor);
    while (ok && cursor && json_array_size(items) < limit);
    free(cursor);
    if (ok && cli->json)
        print_json(items);
    else if (ok)
        print_rows(items);
    json_decref(items);
    return ok ? EXIT_DONE : EXIT_NO;
}

/* What may be asked, by the names of its options. */
struct question {
    struct cli_values values[2 * FILTERS]; /* of each filter, and of its refusal behind it */
    const char *from, *to, *limit, *format;
    char names[2 * FILTERS][24];
    struct cli_option options[2 * FILTERS + OTHERS];
};

static void name_options(struct question *q)
{
    const struct cli_option others[OTHERS] = {
        {.name = "--from", .value = &q->from},   {.name = "--since", .value = &q->from},
        {.name = "--to", .value = &q->to},       {.name = "--until", .value = &q->to},
        {.name = "--limit", .value = &q->limit}, {.name = "--format", .value = &q->format}};
    for (size_t i = 0; i < 2 * FILTERS; i++) {
        snprintf(q->names[i], sizeof q->names[i], i % 2 ? "--not-%s" : "--%s", filters[i / 2]);
        for (char *c = q->names[i]; *c; c++)
            *c = *c == '_' ? '-' : *c;
        q->options[i] = (struct cli_option){.name = q->names[i], .values = &q->values[i]};
    }
    memcpy(q->options + 2 * FILTERS, others, sizeof others);
}

static void add_filters(struct sl_text *path, const struct question *q)
{
    client_query(path, "from", q->from);
    client_query(path, "to", q->to);
    for (size_t i = 0; i < 2 * FILTERS; i++) {
        SL_CLEANUP(sl_freep) char *name = sl_asprintf("%s%s", filters[i / 2], i % 2 ? "!" : "");
        for (size_t k = 0; k < q->values[i].count; k++)
            client_query(path, name, q->values[i].items[k]);
    }
}

int cmd_audit(struct cli *cli, int argc, char **argv)
{
    struct question q = {0};
    struct sl_text path = {0};
    uint64_t limit = 100;
    name_options(&q);
    if (!cli_args(cli, q.options, SL_COUNT(q.options), &argc, argv, 1, 1))
        return EXIT_USAGE;
    bool export = strcmp(argv[0], "export") == 0;
    if (!export && strcmp(argv[0], "query") != 0)
        return cli_usage(cli, "audit: query or export");
    if (export ? q.limit != NULL : q.format != NULL)
        return cli_usage(cli, export ? "an export has no limit" : "--format is for export");
    if (q.limit && (!sl_str_u64(sl_cstr(q.limit), UINT32_MAX, &limit) || limit == 0))
        return cli_usage(cli, "--limit %s is no number of requests", q.limit);
    sl_text_addf(&path, "/requests%s", export ? "/export" : "");
    add_filters(&path, &q);
    client_query(&path, "format", q.format);
    int status = export ? (client_print(cli, path.p) ? EXIT_DONE : EXIT_NO) : query(cli, path.p, limit);
    sl_text_fini(&path);
    return status;
}
