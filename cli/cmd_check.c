/* cmd_check.c - is everything in order: settings, the files that they name, state, active policy, authority.
 */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "sluice/proxy.h"

static size_t settings_faults(struct cli *cli, json_t *out)
{
    struct conf_faults faults = {0};
    cli->settings = settings_new();
    settings_load(cli->config, cli->settings, &faults);
    struct sl_err err = {0};
    if (faults.count == 0 && !proxy_check(cli->settings, &err))
        conf_fault_add(&faults, cli->config, 0, "%s", err.msg);
    for (size_t i = 0; i < faults.count; i++)
        json_array_append_new(out,
                              json_pack("{s:s, s:s}", "where", "settings", "message", faults.items[i].text));
    size_t n = faults.count;
    conf_faults_fini(&faults);
    return n;
}

/* Opening the state compiles the active policy; validating it again gives every fault, its tests included. */
static bool state_faults(struct cli *cli, json_t *out)
{
    json_t *active = NULL, *result = NULL, *fault;
    size_t i;
    if (!client_call(cli, "GET", "/policy", NULL, &active))
        return false;
    bool ok = client_call(cli, "POST", "/policy/validate", json_object_get(active, "document"), &result);
    json_array_foreach(json_object_get(result, "faults"), i, fault) json_array_append_new(
        out, json_sprintf("policy%s: %s", json_text(fault, "pointer"), json_text(fault, "message")));
    for (i = 0; i < json_array_size(out); i++)
        if (json_is_string(json_array_get(out, i)))
            json_array_set_new(out, i,
                               json_pack("{s:s, s:O}", "where", "policy", "message", json_array_get(out, i)));
    json_decref(active);
    json_decref(result);
    return ok;
}

/* What an administrator should know of the authority; no fault, but with inspection on it is one to have a
 * key that cannot be opened, or none that is valid. */
static bool authority_faults(struct cli *cli, json_t *faults, json_t *warnings)
{
    json_t *answer = NULL, *item, *text;
    size_t i, k;
    if (!client_call(cli, "GET", "/ca", NULL, &answer))
        return false;
    bool needed = json_is_true(json_object_get(answer, "inspection"));
    json_array_foreach(json_object_get(answer, "items"), i, item)
    {
        bool current = strcmp(json_text(item, "state"), "current") == 0;
        bool over = json_integer_value(json_object_get(item, "expires_in_s")) <= 0 ||
                    *json_text(json_object_get(item, "key"), "fault");
        json_array_foreach(json_object_get(item, "warnings"), k, text) json_array_append_new(
            current && needed && over ? faults : warnings,
            json_pack("{s:s, s:o}", "where", "ca", "message",
                      json_sprintf("%s: %s", json_text(item, "subject"), json_string_value(text))));
    }
    json_decref(answer);
    return true;
}

/* ---- the worst case (docs/limits.md) ---- */

static struct proxy_memory bound_of(const struct settings *s)
{
    struct proxy_memory bound;
    proxy_memory_bound(s, (size_t)s->proxy.max_connections, proxy_worker_count(s), &bound);
    return bound;
}

static json_t *memory(const struct settings *s)
{
    struct proxy_memory m = bound_of(s);
    return json_pack("{s:I, s:I, s:I, s:I}", "idle_connection", (json_int_t)m.idle_connection, "connection",
                     (json_int_t)m.connection, "worker", (json_int_t)m.worker, "total", (json_int_t)m.total);
}

static void say_memory(const struct settings *s)
{
    struct proxy_memory m = bound_of(s);
    printf("connections take %llu MiB at the very worst: %lld x %llu KiB, %zu workers x %llu MiB\n",
           (unsigned long long)(m.total >> 20), (long long)s->proxy.max_connections,
           (unsigned long long)(m.connection >> 10), proxy_worker_count(s),
           (unsigned long long)(m.worker >> 20));
}

int cmd_check(struct cli *cli, int argc, char **argv)
{
    if (!cli_args(cli, NULL, 0, &argc, argv, 0, 0))
        return EXIT_USAGE;
    json_t *faults = json_array(), *warnings = json_array(), *fault;
    size_t i;
    /* The state can only be looked for where sound settings say it is. */
    bool opened = settings_faults(cli, faults) == 0 && state_faults(cli, faults) &&
                  authority_faults(cli, faults, warnings);
    bool good = opened && json_array_size(faults) == 0;
    if (cli->json) {
        json_t *o = json_pack("{s:b, s:O, s:O}", "ok", good, "faults", faults, "warnings", warnings);
        if (opened)
            json_object_set_new(o, "memory", memory(cli->settings));
        print_json(o);
        json_decref(o);
    } else {
        if (opened)
            say_memory(cli->settings);
        json_array_foreach(warnings, i, fault)
            print_line(stderr, "sluice: warning: %s", json_text(fault, "message"));
        json_array_foreach(faults, i, fault) print_line(stderr, "sluice: %s", json_text(fault, "message"));
        if (good)
            printf("settings %s, state %s and the active policy are in order\n", cli->config,
                   cli->settings->state.directory);
    }
    json_decref(faults);
    json_decref(warnings);
    return good ? EXIT_DONE : EXIT_NO;
}
