/* cmd_serve.c - the gateway's life: everything is opened in order, then this thread only waits for signals
 * and keeps house.
 *
 *   settings -> privileges -> store (policy, lists) -> audit (recovery) -> proxy (listeners, workers) ->
 * admin API -> ready
 *
 * Whatever fails before "ready" ends the program with what was opened closed again; nothing is served by half
 * a gateway. */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/housekeeping.h"
#include "cli/parents.h"
#include "cli/privileges.h"
#include "sluice/adminapi.h"
#include "sluice/clock.h"
#include "sluice/log.h"
#include "sluice/proxy.h"

struct gateway {
    struct cli *cli;
    struct store *store;
    struct audit *audit;
    struct proxy *_Atomic proxy; /* the API's hooks ask while it is still starting */
    struct adminapi *api;
    struct housekeeping *housekeeping;
    char *socket_path;
};

static json_t *hook_status(void *arg)
{
    const struct proxy *proxy = ((struct gateway *)arg)->proxy;
    return proxy ? proxy_status(proxy) : json_null();
}

static void hook_metrics(void *arg, struct sl_text *out)
{
    const struct proxy *proxy = ((struct gateway *)arg)->proxy;
    if (proxy)
        proxy_metrics(proxy, out);
}

static json_t *hook_listeners(void *arg)
{
    const struct proxy *proxy = ((struct gateway *)arg)->proxy;
    json_t *list = json_array();
    struct sl_endpoint e;
    char text[SL_ENDPOINT_TEXT];
    for (size_t i = 0; proxy && proxy_listener(proxy, i, &e); i++)
        json_array_append_new(list, json_string(sl_endpoint_text(e, text)));
    return list;
}

static json_t *hook_trace(void *arg, const struct trace_query *q)
{
    struct proxy *proxy = ((struct gateway *)arg)->proxy;
    return proxy ? proxy_trace(proxy, q) : NULL;
}

static json_t *hook_tunnels(void *arg, const struct tunnel_query *q)
{
    struct proxy *proxy = ((struct gateway *)arg)->proxy;
    return proxy ? proxy_tunnels(proxy, q) : NULL;
}

static bool hook_tunnel_close(void *arg, uint64_t id)
{
    struct proxy *proxy = ((struct gateway *)arg)->proxy;
    return proxy && proxy_tunnel_close(proxy, id);
}

/* Descriptors bound what the data plane may hold (it says so when they are few); the hard limit is ours to
 * use. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* The admin listeners are never a destination, so their real addresses have to be known before a worker runs:
 * the API starts first, its hooks answer once the proxy is there. */
static bool open_all(struct gateway *g, struct sl_err *err)
{
    struct settings *s = &g->cli->settings;
    struct audit_config audit = {s->state.directory, s->audit.segment, s->audit.batch_ms,
                                 s->audit.retention_ms};
    if (!store_open(s->state.directory, &g->store, err) || !audit_start(&audit, &g->audit, err))
        return false;
    store_allow_private(g->store, s->proxy.allow_private.items, s->proxy.allow_private.count);
    store_set_page_host(g->store, sl_cstr(s->proxy.page_host));
    parents_tell(s, g->store);
    struct adminapi_config api = {.settings = s,
                                  .settings_file = g->cli->config,
                                  .store = g->store,
                                  .audit = g->audit,
                                  .socket_path = g->socket_path,
                                  .tcp = true,
                                  .hooks = {.arg = g,
                                            .status = hook_status,
                                            .metrics = hook_metrics,
                                            .tunnels = hook_tunnels,
                                            .tunnel_close = hook_tunnel_close,
                                            .trace = hook_trace,
                                            .listeners = hook_listeners}};
    if (!adminapi_start(&api, &g->api, err))
        return false;
    struct proxy_config proxy = {.settings = s, .store = g->store, .audit = g->audit};
    while (proxy.own_count < SL_COUNT(proxy.own) &&
           adminapi_listener(g->api, proxy.own_count, &proxy.own[proxy.own_count]))
        proxy.own_count++;
    struct proxy *started;
    if (!proxy_start(&proxy, &started, err))
        return false;
    g->proxy = started;
    return housekeeping_start(g->store, g->audit, g->api, &g->housekeeping, err);
}

static void close_all(struct gateway *g)
{
    if (g->store)
        store_interrupt(g->store); /* a download in a job must not hold the end */
    housekeeping_stop(&g->housekeeping);
    adminapi_stop(&g->api);
    struct proxy *proxy = g->proxy;
    proxy_stop(&proxy);
    audit_stop(&g->audit);
    store_close(&g->store);
    free(g->socket_path);
}

/* Whoever opens the console the first time compares it with what the browser shows. */
static void say_fingerprint(const struct gateway *g)
{
    bool made;
    const char *fingerprint = adminapi_fingerprint(g->api, &made);
    if (fingerprint)
        fprintf(stderr, "sluice: certificate sha256=%s%s\n", fingerprint,
                made ? " (self-signed, made by the gateway)" : "");
}

static void say_ready(struct gateway *g)
{
    struct sl_endpoint e;
    char text[SL_ENDPOINT_TEXT];
    struct sl_text line = {0};
    sl_text_addf(&line, "sluice: ready");
    for (size_t i = 0; proxy_listener(g->proxy, i, &e); i++)
        sl_text_addf(&line, " proxy=%s", sl_endpoint_text(e, text));
    for (size_t i = 0; adminapi_listener(g->api, i, &e); i++)
        sl_text_addf(&line, " admin=%s", sl_endpoint_text(e, text));
    fprintf(stderr, "%s\n", line.p);
    sd_notifyf(0, "READY=1\nSTATUS=%s", line.p + strlen("sluice: "));
    sl_text_fini(&line);
}

/* Names each setting that differs and only counts at the next start. */
static void report_changes(const struct settings *old, const struct settings *new)
{
    char *before = NULL, *after = NULL;
    size_t before_n, after_n;
    FILE *f = open_memstream(&before, &before_n);
    settings_print(old, f);
    fclose(f);
    f = open_memstream(&after, &after_n);
    settings_print(new, f);
    fclose(f);
    struct sl_str a = sl_str(before, before_n), b = sl_str(after, after_n), x, y;
    while (sl_str_split(&a, '\n', &x) && sl_str_split(&b, '\n', &y))
        if (!sl_str_eq(x, y) && !sl_str_starts(y, SL_STR("level")))
            sl_log_notice("serve", "settings: '%.*s' takes effect at the next start", SL_FMT(y));
    free(before);
    free(after);
}

static void reload(struct gateway *g)
{
    struct settings fresh;
    struct conf_faults faults = {0};
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)sl_monotonic_us());
    bool ok = settings_load(g->cli->config, &fresh, &faults);
    for (size_t i = 0; i < faults.count; i++)
        sl_log_error("serve", "settings not taken over: %s", faults.items[i].text);
    conf_faults_fini(&faults);
    if (ok) {
        sl_log_level(fresh.log.level);
        report_changes(&g->cli->settings, &fresh);
        proxy_reload_names(g->proxy);
        sl_log_notice("serve", "settings read again: log level and names are in force");
    }
    settings_fini(&fresh);
    sd_notify(0, "READY=1");
}

static void *drain_main(void *arg)
{
    struct gateway *g = arg;
    unsigned cut = proxy_drain(g->proxy, g->cli->settings.proxy.drain_ms);
    if (cut > 0)
        sl_log_warning("serve", "%u connections had not ended within proxy.drain and were cut", cut);
    kill(getpid(), SIGUSR1); /* wakes the waiting thread */
    return NULL;
}

/* Waits for the end of draining, or a second request to end. */
static void drain(struct gateway *g, const sigset_t *signals)
{
    pthread_t thread;
    int sig;
    sd_notify(0, "STOPPING=1");
    sl_log_notice("serve", "draining: no new connections; running ones have %lld s",
                  (long long)(g->cli->settings.proxy.drain_ms / 1000));
    if (pthread_create(&thread, NULL, drain_main, g) != 0)
        return;
    do {
        sig = sigwaitinfo(signals, NULL);
    } while (sig == SIGHUP || (sig < 0 && errno == EINTR));
    if (sig == SIGUSR1) {
        pthread_join(thread, NULL);
        return;
    }
    sl_log_notice("serve", "a second signal: ending at once");
    _exit(EXIT_NO); /* journals and ledger are files already: nothing is lost but the connections */
}

static void wait_for_end(struct gateway *g, const sigset_t *signals)
{
    uint64_t watchdog_us = 0;
    bool watched = sd_watchdog_enabled(0, &watchdog_us) > 0;
    for (;;) {
        struct timespec pause = {.tv_sec = 1};
        int sig = sigtimedwait(signals, NULL, &pause);
        if (sig == SIGTERM || sig == SIGINT)
            break;
        if (sig == SIGHUP)
            reload(g);
        if (watched)
            sd_notify(0, "WATCHDOG=1");
    }
    drain(g, signals);
}

/* Each connection of the admin API has a thread, and glibc would give every one of them a heap of its own
 * that keeps the largest document it ever saw. One for each worker and one for all others are enough. */
static void share_heaps(const struct settings *s)
{
    long workers = s->proxy.workers > 0 ? s->proxy.workers : sysconf(_SC_NPROCESSORS_ONLN);
    mallopt(M_ARENA_MAX, (int)workers + 1);
}

int cmd_serve(struct cli *cli, int argc, char **argv)
{
    const char *listen_on = NULL, *admin = NULL, *state = NULL, *console = NULL;
    const struct cli_option options[] = {{"--listen", &listen_on, NULL},
                                         {"--admin", &admin, NULL},
                                         {"--state", &state, NULL},
                                         {"--console", &console, NULL}};
    struct gateway g = {.cli = cli};
    struct sl_err err = {0};
    sigset_t signals;
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 0, 0))
        return EXIT_USAGE;
    if (!settings_set(&cli->settings, "proxy.listen", listen_on, &err) ||
        !settings_set(&cli->settings, "admin.listen", admin, &err) ||
        !settings_set(&cli->settings, "admin.console", console, &err) ||
        !settings_set(&cli->settings, "state.directory", state, &err))
        return cli_usage(cli, "%s", err.msg);
    /* Threads inherit the mask, so only the wait below ever takes one of these. */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    umask(0077);
    sl_log_level(cli->settings.log.level);
    raise_descriptor_limit();
    share_heaps(&cli->settings);
    if (getuid() == 0 && cli->settings.state.user[0] == '\0')
        sl_log_warning("serve", "running as root: set state.user to the user that the gateway should become");
    g.socket_path = sl_asprintf("%s/sluice.sock", cli->settings.state.directory);
    int status = EXIT_DONE;
    if (privileges_become(&cli->settings, &err) && open_all(&g, &err)) {
        say_fingerprint(&g);
        say_ready(&g);
        wait_for_end(&g, &signals);
    } else {
        status = cli_failed("%s", err.msg);
    }
    close_all(&g);
    return status;
}
