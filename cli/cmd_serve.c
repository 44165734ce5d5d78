/* cmd_serve.c - the gateway's life: settings -> privileges -> everything is opened in order (gateway.c) ->
 * ready; then this thread only waits for signals.
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

#include "cli/gateway.h"
#include "cli/privileges.h"
#include "sluice/clock.h"
#include "sluice/log.h"

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

static void reload(struct gateway *g)
{
    json_t *faults;
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)sl_monotonic_us());
    json_t *answer = gateway_reload(g, &faults); /* which logs what came of it */
    if (answer)
        sl_log_notice("serve", "the settings of %s are in force", g->config);
    json_decref(answer);
    json_decref(faults);
    sd_notify(0, "READY=1");
}

static void *drain_main(void *arg)
{
    struct gateway *g = arg;
    unsigned cut = proxy_drain(g->proxy, g->settings->proxy.drain_ms);
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
                  (long long)(g->settings->proxy.drain_ms / 1000));
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

static bool take_arguments(struct cli *cli, struct overrides *out, int argc, char **argv)
{
    const struct cli_option options[] = {{"--listen", &out->listen, NULL},
                                         {"--admin", &out->admin, NULL},
                                         {"--state", &out->state, NULL},
                                         {"--console", &out->console, NULL}};
    struct sl_err err = {0};
    if (!cli_args(cli, options, SL_COUNT(options), &argc, argv, 0, 0))
        return false;
    if (!overrides_apply(out, cli->settings, &err)) {
        cli_usage(cli, "%s", err.msg);
        return false;
    }
    return true;
}

/* Threads inherit the mask, so only the main thread's wait ever takes one of these. */
static void block_signals(sigset_t *signals)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
    sigemptyset(signals);
    for (size_t i = 0; i < SL_COUNT(numbers); i++)
        sigaddset(signals, numbers[i]);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
}

int cmd_serve(struct cli *cli, int argc, char **argv)
{
    struct gateway g = {.config = cli->config};
    struct sl_err err = {0};
    sigset_t signals;
    if (!take_arguments(cli, &g.overrides, argc, argv))
        return EXIT_USAGE;
    g.settings = settings_ref(cli->settings);
    block_signals(&signals);
    umask(0077);
    sl_log_level(g.settings->log.level);
    raise_descriptor_limit();
    share_heaps(g.settings);
    if (getuid() == 0 && g.settings->state.user[0] == '\0')
        sl_log_warning("serve", "running as root: set state.user to the user that the gateway should become");
    int status = EXIT_DONE;
    if (privileges_become(g.settings, &err) && gateway_open(&g, &err)) {
        say_fingerprint(&g);
        say_ready(&g);
        wait_for_end(&g, &signals);
    } else {
        status = cli_failed("%s", err.msg);
    }
    gateway_close(&g);
    settings_unref(&g.settings);
    return status;
}
