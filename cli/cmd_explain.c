/* cmd_explain.c - the decision on a URL, with every step that led to it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "cli/document.h"
#include "sluice/str.h"

enum { BATCH_BYTES = 16 * 1024, URLS_MOST = 10000, TRACES_MOST = 50 }; /* the API takes as many at once */

struct question {
    const char *user, *client, *method, *at, *policy, *user_agent, *address, *content_type, *size;
    struct cli_values groups, faults;
};

/* What all URLs share. NULL after saying why. */
static json_t *body_of(const struct question *q)
{
    const struct {
        const char *name, *value;
    } members[] = {{"user", q->user},       {"client", q->client},
                   {"method", q->method},   {"at", q->at},
                   {"address", q->address}, {"user_agent", q->user_agent},
                   {"size", q->size},       {"content_type", q->content_type}};
    json_t *body = json_object(), *groups = json_array(), *faults = json_array();
    for (size_t i = 0; i < SL_COUNT(members); i++)
        if (members[i].value &&
            json_object_set_new(body, members[i].name, json_string(members[i].value)) != 0) {
            cli_failed("%s is not UTF-8", members[i].name);
            json_decref(groups);
            json_decref(faults);
            json_decref(body);
            return NULL;
        }
    for (size_t i = 0; i < q->groups.count; i++)
        json_array_append_new(groups, json_string(q->groups.items[i]));
    for (size_t i = 0; i < q->faults.count; i++)
        json_array_append_new(faults, json_string(q->faults.items[i]));
    json_object_set_new(body, "groups", groups);
    json_object_set_new(body, "fault", faults);
    if (q->policy && !cli_policy(body, q->policy)) {
        json_decref(body);
        return NULL;
    }
    return body;
}

static bool allowed(const json_t *answer)
{
    return strcmp(json_text(answer, "action"), "allow") == 0;
}

static void print_answer(const json_t *answer)
{
    const json_t *step;
    size_t i;
    char *rule = json_cell(answer, "rule"), *categories = json_cell(answer, "categories"),
         *quota = json_cell(answer, "quota");
    printf("%s", json_text(answer, "action"));
    if (strcmp(rule, "-") != 0)
        printf(" by rule %s", rule);
    else if (strcmp(quota, "-") != 0 && strcmp(json_text(answer, "action"), "quota") == 0)
        printf(" by quota %s", quota);
    else
        printf(" by default");
    printf("  (policy version %lld)\ncategories: %s\n",
           (long long)json_integer_value(json_object_get(answer, "policy_version")), categories);
    const json_t *fault = json_object_get(answer, "fault");
    if (json_is_object(fault)) {
        char *exception = json_cell(fault, "exception");
        print_line(stdout, "fault of TLS: %s, by exception %s", json_text(fault, "then"), exception);
        free(exception);
    }
    json_array_foreach(json_object_get(answer, "trace"), i, step)
    {
        char *id = json_cell(step, "id");
        print_line(stdout, "  %-10s %-20s %-13s %s", json_text(step, "step"), id, json_text(step, "result"),
                   json_text(step, "because"));
        free(id);
    }
    free(rule);
    free(categories);
    free(quota);
}

static int one(struct cli *cli, json_t *body, const char *url)
{
    json_t *answer;
    if (json_object_set_new(body, "url", json_string(url)) != 0)
        return cli_failed("the URL is not UTF-8");
    if (!client_call(cli, "POST", "/explain", body, &answer))
        return EXIT_NO;
    if (cli->json)
        print_json(answer);
    else
        print_answer(answer);
    int status = allowed(answer) ? EXIT_DONE : EXIT_NO;
    json_decref(answer);
    return status;
}

/* ---- many ---- */

/* Asks about `urls`, prints a line for each and empties the list. False: there is no answer. *status is
 * EXIT_NO once a URL could not be judged. */
static bool ask(struct cli *cli, json_t *body, json_t *urls, int *status)
{
    json_t *answer, *item;
    size_t i;
    if (json_array_size(urls) == 0)
        return true;
    if (!client_call(cli, "POST", "/explain/batch", body, &answer))
        return false;
    json_array_foreach(json_object_get(answer, "items"), i, item)
    {
        if (json_object_get(item, "error"))
            *status = EXIT_NO;
        json_dumpf(item, stdout, JSON_COMPACT);
        fputc('\n', stdout);
    }
    fflush(stdout);
    json_decref(answer);
    json_array_clear(urls);
    return true;
}

/* A bad line gives {"url","error"} in its place, so that answers and questions stay in step. */
static void add_line(json_t *urls, struct sl_str line)
{
    line = sl_str_trim(line);
    if (line.n == 0)
        return;
    json_t *url = json_stringn(line.p, line.n);
    json_array_append_new(urls, url ? url : json_null()); /* no UTF-8 */
}

/* Takes whole lines, `most` at most, off the front of *text. */
static void take_lines(struct sl_text *text, json_t *urls, size_t most, bool end)
{
    size_t from = 0;
    while (json_array_size(urls) < most) {
        struct sl_str rest = sl_str_sub(sl_text_str(text), from, SIZE_MAX);
        size_t n = sl_str_find(rest, '\n');
        if (n == rest.n && !(end && n))
            break;
        add_line(urls, sl_str_sub(rest, 0, n));
        from += SL_MIN(n + 1, rest.n);
    }
    if (from)
        memmove(text->p, text->p + from, text->n - from);
    text->n -= from;
}

/* Asks about all lines of *text. False: there is no answer. */
static bool ask_lines(struct cli *cli, json_t *body, struct sl_text *text, bool end, int *status)
{
    json_t *urls = json_object_get(body, "urls");
    size_t most = json_object_get(body, "trace") ? TRACES_MOST : URLS_MOST;
    bool full = true;
    while (full) {
        take_lines(text, urls, most, end);
        full = json_array_size(urls) == most;
        if (!ask(cli, body, urls, status))
            return false;
    }
    return true;
}

/* As much at a time as there is to read: a program that waits for each answer gets it. */
static int batch(struct cli *cli, json_t *body)
{
    struct sl_text text = {0};
    int status = EXIT_DONE;
    ssize_t n;
    bool ok = true;
    char *buffer = sl_calloc(BATCH_BYTES, 1);
    json_object_set_new(body, "urls", json_array());
    while (ok && (n = read(STDIN_FILENO, buffer, BATCH_BYTES)) > 0) {
        sl_text_add(&text, sl_str(buffer, (size_t)n));
        ok = ask_lines(cli, body, &text, false, &status);
    }
    ok = ok && ask_lines(cli, body, &text, true, &status);
    sl_text_fini(&text);
    free(buffer);
    return ok ? status : EXIT_NO;
}

int cmd_explain(struct cli *cli, int argc, char **argv)
{
    struct question q = {0};
    bool many = false, trace = false;
    const struct cli_option options[] = {
        {.name = "--user", .value = &q.user},
        {.name = "--group", .values = &q.groups},
        {.name = "--client", .value = &q.client},
        {.name = "--method", .value = &q.method},
        {.name = "--at", .value = &q.at},
        {.name = "--policy", .value = &q.policy},
        {.name = "--user-agent", .value = &q.user_agent},
        {.name = "--address", .value = &q.address},
        {.name = "--content-type", .value = &q.content_type},
        {.name = "--size", .value = &q.size},
        {.name = "--fault", .values = &q.faults},
        {.name = "--batch", .flag = &many},
        {.name = "--trace", .flag = &trace},
    };
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 0, 1))
        return EXIT_USAGE;
    if (many ? argc != 0 : argc != 1)
        return cli_usage(cli, many ? "--batch reads URLs from standard input" : "explain: which URL?");
    json_t *body = body_of(&q);
    if (body == NULL)
        return EXIT_NO;
    if (trace && many)
        json_object_set_new(body, "trace", json_true());
    int status = many ? batch(cli, body) : one(cli, body, argv[0]);
    json_decref(body);
    return status;
}
