/* client.c - see client.h. The same handlers answer both ways, so a command has one code path whether or not
 * the gateway runs. */
#include "cli/client.h"

#include <curl/curl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/fs.h"
#include "cli/parents.h"
#include "cli/privileges.h"
#include "sluice/adminapi.h"
#include "sluice/proxy.h"

enum { STARTING_TRIES = 50, STARTING_PAUSE_US = 100000, BAR = 30 };

struct client {
    CURL *curl; /* a running gateway */
    char *socket_path;
    struct store *store; /* or the state directory itself */
    struct ca_live *ca;
    struct adminapi *api;
    char actor[80];
};

struct answer {
    unsigned status;
    struct sl_text body;
    bool (*each)(void *arg, struct sl_str piece); /* NULL: into body */
    CURL *curl;
};

static size_t received(char *data, size_t size, size_t n, void *arg)
{
    struct answer *a = arg;
    long status = 0;
    curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &status);
    if (a->each && status == 200)
        return a->each(NULL, sl_str(data, size * n)) ? size * n : 0;
    sl_text_add(&a->body, sl_str(data, size * n));
    return size * n;
}

/* False when nobody listens: the gateway does not run (or is still starting). */
static bool call_remote(struct client *c, const char *method, const char *path, const char *body,
                        struct answer *a)
{
    char *url = sl_asprintf("http://localhost/api/v1%s", path);
    struct curl_slist *fields = curl_slist_append(NULL, "Content-Type: application/json");
    fields = curl_slist_append(fields, "Expect:");
    a->curl = c->curl;
    curl_easy_reset(c->curl);
    curl_easy_setopt(c->curl, CURLOPT_UNIX_SOCKET_PATH, c->socket_path);
    curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->curl, CURLOPT_URL, url);
    curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, fields);
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, received);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, a);
    if (body || strcmp(method, "GET") != 0) {
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, body ? body : "");
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(body ? strlen(body) : 0));
    }
    CURLcode rc = curl_easy_perform(c->curl);
    long status = 0;
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    a->status = (unsigned)status;
    curl_slist_free_all(fields);
    free(url);
    return rc == CURLE_OK || (rc == CURLE_WRITE_ERROR && a->each);
}

static void call_local(struct client *c, const char *method, const char *path, const char *body,
                       struct answer *a)
{
    char *full = sl_asprintf("/api/v1%s", path);
    if (a->each) {
        a->status = adminapi_call_stream(c->api, sl_cstr(c->actor), sl_cstr(method), sl_cstr(full),
                                         sl_cstr(body), a->each, NULL);
    } else {
        struct adminapi_answer answer;
        adminapi_call(c->api, sl_cstr(c->actor), sl_cstr(method), sl_cstr(full), sl_cstr(body), &answer);
        a->status = answer.status;
        sl_text_add(&a->body, sl_text_str(&answer.body));
        adminapi_answer_fini(&answer);
    }
    free(full);
}

static bool answers_remote(struct client *c)
{
    struct answer a = {0};
    bool ok = call_remote(c, "GET", "/health", NULL, &a);
    sl_text_fini(&a.body);
    return ok;
}

static bool open_local(struct cli *cli, struct client *c, struct sl_err *err)
{
    const struct settings *s = cli->settings;
    struct audit_config audit = {s->state.directory, s->audit.segment, s->audit.batch_ms,
                                 s->audit.retention_ms};
    struct adminapi_config api = {.settings = s, .hooks = {.preview = proxy_preview}};
    if (!store_open(s->state.directory, &c->store, err))
        return false;
    store_allow_private(c->store, s->proxy.allow_private.items, s->proxy.allow_private.count);
    store_set_page_host(c->store, sl_cstr(s->proxy.page_host));
    parents_tell(s, c->store);
    api.store = c->store;
    if (!audit_recover(&audit, err) || !ca_live_open(s->state.directory, &c->ca, err))
        return false;
    api.ca = c->ca;
    return adminapi_start(&api, &c->api, err);
}

/* The lock tells a gateway that is starting (busy, no socket yet) from none. */
static bool open_either(struct cli *cli, struct client *c, struct sl_err *err)
{
    for (int i = 0; i < STARTING_TRIES; i++) {
        if (answers_remote(c))
            return true;
        if (i == 0 && !privileges_become(cli->settings, err))
            return false;
        if (open_local(cli, c, err)) {
            curl_easy_cleanup(c->curl);
            c->curl = NULL;
            return true;
        }
        if (err->code != SL_BUSY)
            return false;
        usleep(STARTING_PAUSE_US);
    }
    return false;
}

static bool client_open(struct cli *cli)
{
    struct sl_err err = {0};
    struct passwd *me = getpwuid(getuid());
    struct client *c = sl_calloc(1, sizeof *c);
    cli->client = c;
    snprintf(c->actor, sizeof c->actor, "cli:%s", me ? me->pw_name : "?");
    c->socket_path = sl_asprintf("%s/sluice.sock", cli->settings->state.directory);
    c->curl = curl_easy_init();
    sl_assert(c->curl != NULL);
    if (open_either(cli, c, &err))
        return true;
    cli_failed("%s", err.msg);
    client_close(cli);
    return false;
}

void client_close(struct cli *cli)
{
    struct client *c = cli->client;
    if (c == NULL)
        return;
    adminapi_stop(&c->api);
    ca_live_close(&c->ca);
    store_close(&c->store);
    curl_easy_cleanup(c->curl);
    free(c->socket_path);
    free(c);
    cli->client = NULL;
}

static bool call(struct cli *cli, const char *method, const char *path, const json_t *body, struct answer *a)
{
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    bool ok = cli->client || client_open(cli);
    if (ok && cli->client->api)
        call_local(cli->client, method, path, text, a);
    else if (ok && !call_remote(cli->client, method, path, text, a)) {
        cli_failed("the gateway went away while it was asked");
        ok = false;
    }
    if (text)
        crypto_wipe(text, strlen(text)); /* passwords, and keys of authorities */
    free(text);
    return ok;
}

bool client_try(struct cli *cli, const char *method, const char *path, const json_t *body,
                unsigned *out_status, json_t **out)
{
    struct answer a = {0};
    bool ok = call(cli, method, path, body, &a);
    *out_status = a.status;
    *out = ok && a.body.n > 0 ? json_loadb(a.body.p, a.body.n, JSON_DECODE_ANY, NULL) : NULL;
    sl_text_fini(&a.body);
    return ok;
}

bool client_ask(struct cli *cli, const char *path, json_t **out)
{
    struct answer a = {0};
    bool ok = cli->client && cli->client->curl && call_remote(cli->client, "GET", path, NULL, &a);
    *out = ok && a.status == 200 ? json_loadb(a.body.p, a.body.n, 0, NULL) : NULL;
    sl_text_fini(&a.body);
    return *out != NULL;
}

static void print_problem(const json_t *problem, unsigned status)
{
    const json_t *fault;
    size_t i;
    if (problem)
        cli_failed("%s", json_text(problem, "detail"));
    else
        cli_failed("the gateway answered with status %u", status);
    json_array_foreach(json_object_get(problem, "faults"), i, fault)
        fprintf(stderr, "  %s: %s\n", json_text(fault, "pointer")[0] ? json_text(fault, "pointer") : "/",
                json_text(fault, "message"));
}

bool client_call(struct cli *cli, const char *method, const char *path, const json_t *body, json_t **out)
{
    unsigned status;
    json_t *answer;
    if (out)
        *out = NULL;
    if (!client_try(cli, method, path, body, &status, &answer))
        return false;
    if (status >= 300 || status < 200)
        print_problem(answer, status);
    else if (out) {
        *out = answer;
        return true;
    }
    json_decref(answer);
    return status >= 200 && status < 300;
}

static bool to_stdout(void *arg, struct sl_str piece)
{
    return fwrite(piece.p, 1, piece.n, stdout) == piece.n;
}

bool client_print(struct cli *cli, const char *path)
{
    struct answer a = {.each = to_stdout};
    bool ok = call(cli, "GET", path, NULL, &a);
    if (ok && a.status != 200) {
        json_t *problem = json_loadb(a.body.p ? a.body.p : "", a.body.n, 0, NULL);
        print_problem(problem, a.status);
        json_decref(problem);
        ok = false;
    }
    sl_text_fini(&a.body);
    return ok;
}

/* "ads  import  [=======>            ]  38 %", written over itself. */
static void show_progress(const json_t *job)
{
    char bar[BAR + 1];
    double share = json_number_value(json_object_get(job, "progress"));
    int full = (int)(share * BAR);
    if (!isatty(STDERR_FILENO))
        return;
    for (int i = 0; i < BAR; i++)
        bar[i] = (char)(i < full ? '=' : i == full ? '>' : ' ');
    bar[BAR] = '\0';
    fprintf(stderr, "\r\033[K%s  %-7s  [%s] %3d %%", json_text(job, "subject"), json_text(job, "phase"), bar,
            (int)(share * 100));
}

/* The first Ctrl-C cancels the job that is waited for, a second one ends the command. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    interrupted = 1;
    signal(number, SIG_DFL);
}

static void cancel_when_interrupted(struct cli *cli, const char *job)
{
    unsigned status;
    json_t *answer;
    if (!interrupted)
        return;
    interrupted = 0;
    if (client_try(cli, "DELETE", job, NULL, &status, &answer))
        json_decref(answer);
}

bool client_job(struct cli *cli, const char *method, const char *path, const json_t *body, json_t **out)
{
    json_t *answer = NULL;
    char where[64];
    *out = NULL;
    if (!client_call(cli, method, path, body, &answer))
        return false;
    snprintf(where, sizeof where, "/jobs/%.20s", json_text(answer, "job"));
    json_decref(answer);
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
    for (;;) {
        cancel_when_interrupted(cli, where);
        if (!client_call(cli, "GET", where, NULL, &answer))
            return false;
        if (strcmp(json_text(answer, "state"), "running") != 0)
            break;
        show_progress(answer);
        json_decref(answer);
        usleep(50000);
    }
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    bool done = strcmp(json_text(answer, "state"), "done") == 0;
    if (done)
        *out = json_incref(json_object_get(answer, "result"));
    else
        cli_failed("%s", json_text(answer, "error"));
    json_decref(answer);
    return done;
}

char *client_escape(const char *text)
{
    struct sl_text out = {0};
    sl_text_add(&out, SL_STR(""));
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        bool plain = (*p >= '0' && *p <= '9') || ((*p | 32) >= 'a' && (*p | 32) <= 'z') || strchr("-._~", *p);
        if (plain)
            sl_text_addc(&out, (char)*p);
        else
            sl_text_addf(&out, "%%%02X", *p);
    }
    return out.p ? out.p : sl_strdup("");
}

void client_query(struct sl_text *path, const char *name, const char *value)
{
    if (value == NULL)
        return;
    char *escaped = client_escape(value);
    sl_text_addf(path, "%c%s=%s", path->n > 0 && memchr(path->p, '?', path->n) ? '&' : '?', name, escaped);
    free(escaped);
}
