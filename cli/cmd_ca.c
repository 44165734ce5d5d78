/* cmd_ca.c - the certificate authorities from the shell: shown, made, imported, rotated. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/fs.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "sluice/str.h"

enum { FILE_MOST = 1024 * 1024, DAY_S = 86400 };

struct ca_options {
    const char *organisation, *name, *days, *at, *key, *key_uri, *password_file;
    struct cli_values permit, exclude;
    bool pem, now, cancel, back, unconstrained;
};

/* ---- show ---- */

static char *join(const json_t *names)
{
    struct sl_text text = {0};
    const json_t *name;
    size_t i;
    json_array_foreach(names, i, name) sl_text_addf(&text, "%s%s", i ? ", " : "", json_string_value(name));
    return text.p ? text.p : sl_strdup("");
}

static void print_names(const json_t *a, const char *key, const char *label)
{
    char *names = join(json_object_get(a, key));
    if (*names)
        print_line(stdout, "  %-10s %s", label, names);
    free(names);
}

static void print_state(const json_t *a)
{
    const char *state = json_text(a, "state"), *sign_at = json_text(a, "sign_at");
    if (strcmp(state, "current") == 0)
        print_line(stdout, "current: signs since %s", json_text(a, "since"));
    else if (strcmp(state, "retired") == 0)
        print_line(stdout, "retired: signed until %s, is forgotten at %s", json_text(a, "since"),
                   json_text(a, "forget_at"));
    else
        print_line(stdout, "next: %s%s",
                   *sign_at ? "signs from " : "signs when you say so: sluice ca rotate --now", sign_at);
}

static void print_authority(const json_t *a)
{
    const json_t *key = json_object_get(a, "key"), *warning;
    const char *uri = json_text(key, "uri");
    long long left_s = json_integer_value(json_object_get(a, "expires_in_s"));
    size_t i;
    print_state(a);
    print_line(stdout, "  %-10s %s", "subject", json_text(a, "subject"));
    if (!json_is_true(json_object_get(a, "root")))
        print_line(stdout, "  %-10s %s", "issuer", json_text(a, "issuer"));
    print_line(stdout, "  %-10s %.10s to %.10s (%lld days left)", "valid", json_text(a, "not_before"),
               json_text(a, "not_after"), left_s / DAY_S);
    print_line(stdout, "  %-10s %s", "serial", json_text(a, "serial"));
    print_line(stdout, "  %-10s %s", "SHA-256", json_text(a, "sha256"));
    print_line(stdout, "  %-10s %s", "SHA-1", json_text(a, "sha1"));
    print_line(stdout, "  %-10s %s, %s%s", "key", json_text(key, "kind"),
               *uri ? "at " : "in a file of the state directory", uri);
    print_names(a, "permitted", "only for");
    print_names(a, "excluded", "never for");
    json_array_foreach(json_object_get(a, "warnings"), i, warning)
        print_line(stdout, "  %-10s %s", "warning:", json_string_value(warning));
}

static int show(struct cli *cli, const struct ca_options *o)
{
    json_t *answer, *item;
    size_t i;
    if (o->pem)
        return client_print(cli, "/ca.pem") ? EXIT_DONE : EXIT_NO;
    if (!client_call(cli, "GET", "/ca", NULL, &answer))
        return EXIT_NO;
    const json_t *items = json_object_get(answer, "items");
    bool any = json_array_size(items) > 0;
    if (cli->json)
        print_json(answer);
    else if (!any)
        cli_failed("there is no certificate authority yet; make one: sluice ca init");
    else {
        json_array_foreach(items, i, item) print_authority(item);
        printf("\nUsers get the certificate, through the proxy, at %s\n", json_text(answer, "page"));
    }
    json_decref(answer);
    return any ? EXIT_DONE : EXIT_NO;
}

/* What became of one. */
static int tell(struct cli *cli, json_t *take_answer)
{
    if (cli->json)
        print_json(take_answer);
    else
        print_authority(take_answer);
    json_decref(take_answer);
    return EXIT_DONE;
}

/* ---- init, rotate ---- */

static json_t *names_json(const struct cli_values *names)
{
    json_t *list = json_array();
    for (size_t i = 0; i < names->count; i++)
        json_array_append_new(list, json_string(names->items[i]));
    return list;
}

/* NULL after saying what is wrong. */
static json_t *wish(struct cli *cli, const struct ca_options *o)
{
    uint64_t days = 0;
    if (o->days && !sl_str_u64(sl_cstr(o->days), 1000000, &days)) {
        cli_usage(cli, "--days '%s' is no number", o->days);
        return NULL;
    }
    json_t *body = json_pack("{s:s*, s:s*}", "organisation", o->organisation, "name", o->name);
    if (body == NULL) {
        cli_usage(cli, "a name is not UTF-8");
        return NULL;
    }
    if (o->days)
        json_object_set_new(body, "days", json_integer((json_int_t)days));
    if (o->permit.count > 0 || o->unconstrained)
        json_object_set_new(body, "permitted", names_json(&o->permit));
    if (o->exclude.count > 0 || o->unconstrained)
        json_object_set_new(body, "excluded", names_json(&o->exclude));
    return body;
}

static void add_when(json_t *body, const struct ca_options *o)
{
    if (o->now || o->at)
        json_object_set_new(body, "sign_at", json_string(o->now ? "now" : o->at));
}

static int post(struct cli *cli, const char *path, json_t *take_body)
{
    json_t *answer;
    bool ok = client_call(cli, "POST", path, take_body, &answer);
    json_decref(take_body);
    return ok ? tell(cli, answer) : EXIT_NO;
}

static int make(struct cli *cli, const struct ca_options *o, const char *path)
{
    json_t *body = wish(cli, o);
    if (body == NULL)
        return EXIT_USAGE;
    add_when(body, o);
    return post(cli, path, body);
}

static int rotate(struct cli *cli, const struct ca_options *o)
{
    if (o->back)
        return post(cli, "/ca/back", NULL);
    if (o->cancel)
        return client_call(cli, "DELETE", "/ca/next", NULL, NULL) ? EXIT_DONE : EXIT_NO;
    return make(cli, o, "/ca/rotate");
}

/* ---- import: what is read here is wiped here ---- */

static void wipe(char **text, size_t n)
{
    if (*text)
        crypto_wipe(*text, n);
    sl_freep(text);
}

static void wipe_members(json_t *body)
{
    static const char *const secret[] = {"pem", "pkcs12", "key", "password"};
    for (size_t i = 0; i < SL_COUNT(secret); i++) {
        const json_t *value = json_object_get(body, secret[i]);
        if (json_string_length(value) > 0) /* the memory is ours alone */
            crypto_wipe((char *)(uintptr_t)json_string_value(value), json_string_length(value));
    }
}

static bool read_file(const char *path, char **out, size_t *out_n)
{
    struct sl_err err = {0};
    if (fs_read(path, FILE_MOST, out, out_n, &err))
        return true;
    cli_failed("%s", err.msg);
    return false;
}

static bool is_pem(struct sl_str data)
{
    return data.n && memmem(data.p, data.n, "-----BEGIN ", strlen("-----BEGIN "));
}

static json_t *base64_json(struct sl_str data)
{
    char *text = sl_malloc(4 * ((data.n + 2) / 3) + 1);
    size_t n = crypto_base64url(data.p, data.n, text);
    for (size_t i = 0; i < n; i++)
        text[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    json_t *value = json_stringn(text, n);
    wipe(&text, n);
    return value;
}

/* Adds the contents of a file; *inout_locked becomes true when it looks as if it needs a password. */
static bool add_file(json_t *body, const char *path, bool is_key, bool *inout_locked)
{
    char *data = NULL;
    size_t n;
    if (!read_file(path, &data, &n))
        return false;
    bool pem = is_pem(sl_str(data, n));
    *inout_locked |= !pem || memmem(data, n, "ENCRYPTED", strlen("ENCRYPTED"));
    json_t *value = pem ? json_stringn(data, n) : is_key ? NULL : base64_json(sl_str(data, n));
    wipe(&data, n);
    if (value == NULL) {
        cli_failed(is_key ? "%s is no key in PEM" : "%s is no PEM: it has other bytes in it", path);
        return false;
    }
    json_object_set_new(body, is_key ? "key" : pem ? "pem" : "pkcs12", value);
    return true;
}

static char *password_of_file(const char *path)
{
    char *text = NULL;
    size_t n;
    if (!read_file(path, &text, &n))
        return NULL;
    text[strcspn(text, "\r\n")] = '\0';
    return text;
}

/* Asked for when it is needed and nobody gave it; without a terminal the file may have none. */
static bool add_password(json_t *body, const char *file, bool locked)
{
    if (!file && (!locked || !isatty(STDIN_FILENO)))
        return true;
    char *password = file ? password_of_file(file) : cli_password(false, false);
    if (password == NULL)
        return false;
    json_t *value = json_string(password);
    wipe(&password, strlen(password));
    if (value == NULL)
        return cli_failed("the password is not UTF-8"), false;
    json_object_set_new(body, "password", value);
    return true;
}

static int import(struct cli *cli, const struct ca_options *o, const char *file)
{
    json_t *body = json_object(), *answer = NULL;
    bool locked = false;
    if (o->key_uri)
        json_object_set_new(body, "key_uri", json_string(o->key_uri));
    add_when(body, o);
    bool ok = add_file(body, file, false, &locked) && (!o->key || add_file(body, o->key, true, &locked)) &&
              add_password(body, o->password_file, locked) &&
              client_call(cli, "POST", "/ca/import", body, &answer);
    wipe_members(body);
    json_decref(body);
    return ok ? tell(cli, answer) : EXIT_NO;
}

/* ---- which ---- */

static bool makes(const struct ca_options *o)
{
    return o->organisation || o->name || o->days || o->permit.count || o->exclude.count || o->unconstrained;
}

static bool when(const struct ca_options *o)
{
    return o->now || o->at;
}

static bool brings(const struct ca_options *o)
{
    return o->key || o->key_uri || o->password_file;
}

int cmd_ca(struct cli *cli, int argc, char **argv)
{
    struct ca_options o = {0};
    const struct cli_option options[] = {{"--pem", NULL, &o.pem},
                                         {"--organisation", &o.organisation, NULL},
                                         {"--name", &o.name, NULL},
                                         {"--days", &o.days, NULL},
                                         {"--now", NULL, &o.now},
                                         {"--at", &o.at, NULL},
                                         {"--cancel", NULL, &o.cancel},
                                         {"--back", NULL, &o.back},
                                         {"--key", &o.key, NULL},
                                         {"--key-uri", &o.key_uri, NULL},
                                         {"--permit", .values = &o.permit},
                                         {"--exclude", .values = &o.exclude},
                                         {"--password-file", &o.password_file, NULL},
                                         {"--unconstrained", NULL, &o.unconstrained}};
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 1, 2))
        return EXIT_USAGE;
    const char *verb = argv[0], *file = argc > 1 ? argv[1] : NULL;
    bool ends = o.cancel || o.back;
    if (o.now && o.at)
        return cli_usage(cli, "--now and --at say the same thing twice");
    if (!file && strcmp(verb, "show") == 0 && !makes(&o) && !when(&o) && !brings(&o) && !ends)
        return show(cli, &o);
    if (!file && strcmp(verb, "init") == 0 && !o.pem && !when(&o) && !brings(&o) && !ends)
        return make(cli, &o, "/ca");
    if (!file && strcmp(verb, "rotate") == 0 && !o.pem && !brings(&o) &&
        (ends ? !makes(&o) && !when(&o) && o.cancel != o.back : true))
        return rotate(cli, &o);
    if (file && strcmp(verb, "import") == 0 && !o.pem && !makes(&o) && !ends && !(o.key && o.key_uri))
        return import(cli, &o, file);
    return cli_usage(cli, "ca: show, init, import FILE or rotate, with the options of each");
}
