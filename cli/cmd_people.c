/* cmd_people.c - proxy users, console accounts and tokens from the shell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "sluice/str.h"

static char *person_path(const char *kind, const char *name)
{
    char *escaped = client_escape(name), *path = sl_asprintf("/%s/%s", kind, escaped);
    free(escaped);
    return path;
}

struct put_options {
    const char *role; /* NULL: as it is */
    bool create;      /* refuse a name that exists */
    bool must_change; /* the password, at the next sign-in */
    bool from_stdin;
};

/* Asks for a password and sends it. */
static int put(struct cli *cli, const char *kind, const char *name, struct put_options o)
{
    char *password = cli_password(o.from_stdin, true);
    if (password == NULL)
        return EXIT_NO;
    json_t *body = json_pack("{s:s, s:s*}", "password", password, "role", o.role);
    if (body && o.create)
        json_object_set_new(body, "create", json_true());
    if (body && o.must_change)
        json_object_set_new(body, "must_change_password", json_true());
    char *path = person_path(kind, name);
    bool ok =
        body ? client_call(cli, "PUT", path, body, NULL) : (cli_failed("the password is not UTF-8"), false);
    memset(password, 0, strlen(password));
    free(password);
    free(path);
    json_decref(body);
    return ok ? EXIT_DONE : EXIT_NO;
}

static int list(struct cli *cli, const char *kind, const char *const *columns, size_t count)
{
    struct table t = {.columns = count};
    char path[32];
    json_t *answer, *item;
    size_t i;
    snprintf(path, sizeof path, "/%s", kind);
    if (!client_call(cli, "GET", path, NULL, &answer))
        return EXIT_NO;
    if (cli->json) {
        print_json(json_object_get(answer, "items"));
    } else {
        table_row(&t, columns);
        json_array_foreach(json_object_get(answer, "items"), i, item)
        {
            char *cells[4] = {0};
            for (size_t k = 0; k < count; k++)
                cells[k] = json_cell(item, columns[k]);
            table_row(&t, (const char *const *)cells);
            for (size_t k = 0; k < count; k++)
                free(cells[k]);
        }
        table_print(&t);
    }
    json_decref(answer);
    return EXIT_DONE;
}

static int remove_person(struct cli *cli, const char *kind, const char *name)
{
    char *path = person_path(kind, name);
    bool ok = client_call(cli, "DELETE", path, NULL, NULL);
    free(path);
    return ok ? EXIT_DONE : EXIT_NO;
}

int cmd_user(struct cli *cli, int argc, char **argv)
{
    static const char *const columns[] = {"name", "created", "changed"};
    bool from_stdin = false;
    const struct cli_option options[] = {{"--password-stdin", NULL, &from_stdin}};
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 1, 2))
        return EXIT_USAGE;
    const char *verb = argv[0], *name = argc > 1 ? argv[1] : NULL;
    if (strcmp(verb, "list") == 0 && name == NULL)
        return list(cli, "users", columns, SL_COUNT(columns));
    if (name && strcmp(verb, "add") == 0)
        return put(cli, "users", name, (struct put_options){.create = true, .from_stdin = from_stdin});
    if (name && strcmp(verb, "passwd") == 0)
        return put(cli, "users", name, (struct put_options){.from_stdin = from_stdin});
    if (name && strcmp(verb, "remove") == 0)
        return remove_person(cli, "users", name);
    return cli_usage(cli, "user: add NAME, passwd NAME, remove NAME or list");
}

static int token(struct cli *cli, const char *admin, const char *role, const char *name, const char *expires)
{
    json_t *answer, *body = json_pack("{s:s, s:s*, s:s*, s:s*}", "admin", admin, "role", role, "name", name,
                                      "expires", expires);
    bool ok = body && client_call(cli, "POST", "/tokens", body, &answer);
    json_decref(body);
    if (!ok)
        return EXIT_NO;
    if (cli->json)
        print_json(answer);
    else
        puts(json_text(answer, "token"));
    json_decref(answer);
    return EXIT_DONE;
}

int cmd_admin(struct cli *cli, int argc, char **argv)
{
    static const char *const columns[] = {"name", "role", "created", "last_login"};
    struct put_options o = {0};
    const char *label = NULL, *expires = NULL;
    const struct cli_option options[] = {{"--password-stdin", NULL, &o.from_stdin},
                                         {"--must-change", NULL, &o.must_change},
                                         {"--role", &o.role, NULL},
                                         {"--name", &label, NULL},
                                         {"--expires", &expires, NULL}};
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 1, 2))
        return EXIT_USAGE;
    const char *verb = argv[0], *name = argc > 1 ? argv[1] : NULL;
    if (strcmp(verb, "list") == 0 && name == NULL)
        return list(cli, "admins", columns, SL_COUNT(columns));
    if (name && strcmp(verb, "add") == 0) {
        o.create = true;
        o.role = o.role ? o.role : "viewer";
        return put(cli, "admins", name, o);
    }
    if (name && strcmp(verb, "passwd") == 0)
        return put(cli, "admins", name, o);
    if (name && strcmp(verb, "remove") == 0)
        return remove_person(cli, "admins", name);
    if (name && strcmp(verb, "token") == 0)
        return token(cli, name, o.role, label, expires);
    return cli_usage(cli, "admin: add NAME, passwd NAME, remove NAME, token NAME or list");
}
