/* policy_commit.c - policy versions from the shell: apply, roll back, confirm, approve. */
#include <stdio.h>
#include <string.h>

#include "cli/client.h"
#include "cli/document.h"
#include "cli/policy.h"
#include "sluice/str.h"

/* ---- making versions ---- */

struct commit_options {
    const char *comment, *confirm_within;
    bool override;
};

static bool take_options(struct cli *cli, struct commit_options *o, int *argc, char **argv)
{
    const struct cli_option options[] = {{"--comment", &o->comment, NULL},
                                         {"--confirm-within", &o->confirm_within, NULL},
                                         {"--override", NULL, &o->override}};
    *o = (struct commit_options){.comment = ""};
    return cli_args(cli, options, SL_COUNT(options), argc, argv, 1, 1);
}

static json_t *body_of(const struct commit_options *o)
{
    json_t *body = json_pack("{s:s}", "comment", o->comment);
    if (o->confirm_within)
        json_object_set_new(body, "confirm_within", json_string(o->confirm_within));
    if (o->override)
        json_object_set_new(body, "override", json_true());
    return body;
}

static void say(const json_t *answer)
{
    const json_t *confirm = json_object_get(answer, "confirm"), *request = json_object_get(answer, "request");
    if (request)
        printf("the draft waits for approval by a second person: sluice policy approve, or the console\n");
    else
        printf("version %lld is active\n", (long long)json_integer_value(json_object_get(answer, "version")));
    if (json_is_object(confirm))
        printf("unless it is confirmed, version %lld comes back at %s: sluice policy confirm\n",
               (long long)json_integer_value(json_object_get(confirm, "restores")),
               json_text(confirm, "until"));
}

/* Sends a change that makes a version, and says which. */
static int change(struct cli *cli, const char *method, const char *path, json_t *take_body)
{
    json_t *answer;
    bool ok = client_call(cli, method, path, take_body, &answer);
    json_decref(take_body);
    if (!ok)
        return EXIT_NO;
    if (answer == NULL)
        printf("the draft can be edited again\n"); /* 204: a request was rejected or withdrawn */
    else if (cli->json)
        print_json(answer);
    else
        say(answer);
    json_decref(answer);
    return EXIT_DONE;
}

int verb_apply(struct cli *cli, int argc, char **argv)
{
    struct commit_options options;
    json_t *doc;
    if (!take_options(cli, &options, &argc, argv))
        return EXIT_USAGE;
    if ((doc = cli_document(argv[0])) == NULL)
        return EXIT_NO;
    json_t *body = body_of(&options);
    json_object_set_new(body, "document", doc);
    return change(cli, "PUT", "/policy", body);
}

int verb_rollback(struct cli *cli, int argc, char **argv)
{
    struct commit_options options;
    uint64_t version;
    if (!take_options(cli, &options, &argc, argv))
        return EXIT_USAGE;
    if (!sl_str_u64(sl_cstr(argv[0]), INT64_MAX, &version))
        return cli_usage(cli, "'%s' is not a version number", argv[0]);
    json_t *body = body_of(&options);
    json_object_set_new(body, "version", json_integer((json_int_t)version));
    return change(cli, "POST", "/policy/rollback", body);
}

/* ---- confirm ---- */

/* The version that waits; 0: none. */
static json_int_t waiting_version(struct cli *cli)
{
    json_t *answer;
    if (!client_call(cli, "GET", "/policy", NULL, &answer))
        return -1;
    json_int_t version = json_integer_value(json_object_get(json_object_get(answer, "confirm"), "version"));
    json_decref(answer);
    return version;
}

int verb_confirm(struct cli *cli, int argc, char **argv)
{
    const char *comment = "";
    const struct cli_option options[] = {{"--comment", &comment, NULL}};
    uint64_t named = 0;
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 0, 1))
        return EXIT_USAGE;
    if (argc && !sl_str_u64(sl_cstr(argv[0]), INT64_MAX, &named))
        return cli_usage(cli, "'%s' is not a version number", argv[0]);
    json_int_t version = argc ? (json_int_t)named : waiting_version(cli);
    if (version < 0)
        return EXIT_NO;
    if (version == 0)
        return cli_failed("no version waits to be confirmed");
    return change(cli, "POST", "/policy/confirm",
                  json_pack("{s:I, s:s}", "version", version, "comment", comment));
}

/* ---- approve ---- */

static void print_changes(const json_t *draft)
{
    const json_t *item, *request = json_object_get(draft, "request");
    size_t i;
    print_line(stderr, "%s asks to publish: %s", json_text(request, "by"), json_text(request, "comment"));
    json_array_foreach(json_object_get(draft, "changes"), i, item)
        print_line(stderr, "  %s", json_text(item, "text"));
}

/* What is approved is the draft as it is shown now: it is frozen while it waits. */
static int judge(struct cli *cli, int argc, char **argv, const char *path)
{
    const char *comment = "";
    const struct cli_option options[] = {{"--comment", &comment, NULL}};
    json_t *draft;
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 0, 0))
        return EXIT_USAGE;
    if (!client_call(cli, "GET", "/policy/draft", NULL, &draft))
        return EXIT_NO;
    int status;
    if (!json_is_object(json_object_get(draft, "request"))) {
        status = cli_failed("no draft waits for approval");
    } else {
        print_changes(draft);
        status = change(cli, "POST", path,
                        json_pack("{s:s, s:s}", "comment", comment, "etag", json_text(draft, "etag")));
    }
    json_decref(draft);
    return status;
}

int verb_approve(struct cli *cli, int argc, char **argv)
{
    return judge(cli, argc, argv, "/policy/draft/approve");
}

int verb_reject(struct cli *cli, int argc, char **argv)
{
    return judge(cli, argc, argv, "/policy/draft/reject");
}
