/* cmd_explain.c - the decision on a URL, with every step that led to it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "cli/document.h"
#include "sluice/str.h"

struct question {
    const char *user, *client, *method, *at, *policy_file, *user_agent;
    json_t *policy;
};

static json_t *body_of(const struct question *q, const char *url)
{
    const struct {
        const char *name, *value;
    } members[] = {{"url", url},          {"user", q->user}, {"client", q->client},
                   {"method", q->method}, {"at", q->at},     {"user_agent", q->user_agent}};
    json_t *body = json_object();
    for (size_t i = 0; i < SL_COUNT(members); i++)
        if (members[i].value &&
            json_object_set_new(body, members[i].name, json_string(members[i].value)) != 0) {
            cli_failed("%s is not UTF-8", members[i].name);
            json_decref(body);
            return NULL;
        }
    if (q->policy)
        json_object_set(body, "policy", q->policy);
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
    json_array_foreach(json_object_get(answer, "trace"), i, step)
    {
        char *id = json_cell(step, "id");
        printf("  %-10s %-20s %-13s %s\n", json_text(step, "step"), id, json_text(step, "result"),
               json_text(step, "because"));
        free(id);
    }
    free(rule);
    free(categories);
    free(quota);
}

static int one(struct cli *cli, const struct question *q, const char *url)
{
    json_t *answer, *body = body_of(q, url);
    if (body == NULL)
        return EXIT_NO;
    bool ok = client_call(cli, "POST", "/explain", body, &answer);
    json_decref(body);
    if (!ok)
        return EXIT_NO;
    if (cli->json)
        print_json(answer);
    else
        print_answer(answer);
    int status = allowed(answer) ? EXIT_DONE : EXIT_NO;
    json_decref(answer);
    return status;
}

/* A bad line gives {"url","error"} in its place, so that answers and questions stay in step. */
static int batch(struct cli *cli, const struct question *q)
{
    char *line = NULL;
    size_t cap = 0;
    int status = EXIT_DONE;
    while (getline(&line, &cap, stdin) > 0) {
        json_t *answer = NULL, *body;
        unsigned code = 0;
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '\0' || (body = body_of(q, line)) == NULL)
            continue;
        bool ok = client_try(cli, "POST", "/explain", body, &code, &answer);
        json_decref(body);
        if (!ok) {
            status = EXIT_NO;
            break;
        }
        if (code != 200) {
            json_t *problem = json_pack("{s:s}", "error", json_text(answer, "detail"));
            json_decref(answer);
            answer = problem;
            status = EXIT_NO;
        }
        json_object_set_new(answer, "url", json_string(line));
        json_dumpf(answer, stdout, JSON_COMPACT);
        fputc('\n', stdout);
        json_decref(answer);
    }
    free(line);
    return status;
}

int cmd_explain(struct cli *cli, int argc, char **argv)
{
    struct question q = {0};
    bool many = false;
    const struct cli_option options[] = {
        {"--user", &q.user, NULL}, {"--client", &q.client, NULL},      {"--method", &q.method, NULL},
        {"--at", &q.at, NULL},     {"--policy", &q.policy_file, NULL}, {"--user-agent", &q.user_agent, NULL},
        {"--batch", NULL, &many},
    };
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 0, 1))
        return EXIT_USAGE;
    if (many ? argc != 0 : argc != 1)
        return cli_usage(cli, many ? "--batch reads URLs from standard input" : "explain: which URL?");
    if (q.policy_file && (q.policy = cli_document(q.policy_file)) == NULL)
        return EXIT_NO;
    int status = many ? batch(cli, &q) : one(cli, &q, argv[0]);
    json_decref(q.policy);
    return status;
}
