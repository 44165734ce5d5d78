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
#include "cli/handover.h"
#include "cli/privileges.h"
#include "cli/takeover.h"
#include "cli/upgrade.h"
#include "sluice/clock.h"
#include "sluice/log.h"

enum { TURN_MS = 1000, DRAIN_STEP_MS = 20, PAT_US = 900000 };

/* The main thread's. */
struct life {
    struct gateway *g;
    sigset_t signals;
    bool watched; /* by systemd */
    bool stuck;   /* some worker's loop does not turn */
    int64_t patted_us;
};

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

/* ---- the watchdog of systemd: it hears of us while every worker turns ---- */

static void pat_watchdog(void *arg)
{
    struct life *life = arg;
    int64_t now_us = sl_monotonic_us();
    if (now_us - life->patted_us < PAT_US)
        return;
    life->patted_us = now_us;
    bool turns = proxy_turns(life->g->proxy);
    if (life->stuck == turns)
        sl_log_error("serve", turns ? "all workers turn again" : "a worker does not turn");
    life->stuck = !turns;
    if (life->watched && turns)
        sd_notify(0, "WATCHDOG=1");
}

/* ---- the end ---- */

static bool is_end(int sig)
{
    return sig == SIGTERM || sig == SIGINT;
}

static int next_signal(struct life *life, int64_t wait_ms)
{
    struct timespec pause = {.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000};
    return sigtimedwait(&life->signals, NULL, &pause);
}

/* Until nothing is open, time is over, or a signal says at once: twice, for one that was replaced by an
 * upgrade and has long. */
static void drain(struct life *life, bool replaced)
{
    struct gateway *g = life->g;
    SL_CLEANUP(settings_unref) const struct settings *s = gateway_settings(g);
    int64_t started_us = sl_monotonic_us(), looked_us = started_us;
    int64_t until_us = started_us + (replaced ? s->proxy.drain_upgrade_ms : s->proxy.drain_ms) * 1000;
    proxy_drain_begin(g->proxy, replaced);
    while (proxy_connections(g->proxy) > 0 && sl_monotonic_us() < until_us) {
        if (is_end(next_signal(life, DRAIN_STEP_MS))) {
            if (!replaced) {
                sl_log_notice("serve", "a second signal: ending at once");
                /* Journals and ledger are files already: nothing is lost but the connections. */
                _exit(EXIT_NO);
            }
            replaced = false;
            proxy_drain_begin(g->proxy, false);
            until_us = SL_MIN(until_us, sl_monotonic_us() + s->proxy.drain_ms * 1000);
        }
        if (g->successor < 0 || sl_monotonic_us() - looked_us < 1000000)
            continue;
        looked_us = sl_monotonic_us();
        upgrade_follow(g);
    }
    unsigned cut = proxy_drain_end(g->proxy);
    if (cut > 0)
        sl_log_warning("serve", "%u connections had not ended in time and were cut", cut);
}

static void end(struct life *life)
{
    sd_notify(0, "STOPPING=1");
    SL_CLEANUP(settings_unref) const struct settings *s = gateway_settings(life->g);
    sl_log_notice("serve", "draining: no new connections; running ones have %lld s",
                  (long long)(s->proxy.drain_ms / 1000));
    drain(life, false);
}

/* ---- one process after another ---- */

static void look_at_old_one(struct life *life)
{
    struct gateway *g = life->g;
    switch (takeover_look(g->takeover)) {
    case TAKEOVER_OURS:
        sd_notifyf(0, "MAINPID=%d", (int)getpid());
        say_ready(g);
        break;
    case TAKEOVER_ALONE:
        audit_others_gone(g->audit);
        store_own(g->store);
        sl_log_notice("serve", "the gateway before this one has ended");
        break;
    case TAKEOVER_NONE:
        break;
    }
}

/* Serves until it is told to end, or replaced. */
static void live(struct life *life)
{
    for (;;) {
        int sig = next_signal(life, TURN_MS);
        pat_watchdog(life);
        look_at_old_one(life);
        if (is_end(sig)) {
            end(life);
            return;
        }
        if (sig == SIGHUP)
            reload(life->g);
        if (sig == SIGUSR2 && upgrade_run(life->g->upgrade, life->g, pat_watchdog, life)) {
            drain(life, true);
            return;
        }
    }
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
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR2};
    sigemptyset(signals);
    for (size_t i = 0; i < SL_COUNT(numbers); i++)
        sigaddset(signals, numbers[i]);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
}

/* Listeners that systemd opened: named "proxy" or "admin" (FileDescriptorName), each the address of an entry
 * of the settings. One that fits none is taken for a mistake. */
static bool take_activated(struct sockets *given, struct sl_err *err)
{
    char **names = NULL;
    bool ok = true;
    int count = sd_listen_fds_with_names(1, &names);
    if (count < 0)
        return sl_fail_errno(err, SL_IO, -count, "the sockets that systemd announced are not there");
    for (int i = 0; i < count; i++) {
        const char *name = names[i];
        if (ok && strcmp(name, "proxy") != 0 && strcmp(name, "admin") != 0)
            ok = sl_fail(err, SL_BAD_INPUT,
                         "systemd passed a socket named '%s'; FileDescriptorName has to be proxy or admin",
                         name);
        ok = ok && sockets_add(given, name, SD_LISTEN_FDS_START + i, err);
        free(names[i]);
    }
    free(names);
    return ok;
}

static bool all_taken(const struct sockets *given, struct sl_err *err)
{
    char text[SL_ENDPOINT_TEXT];
    for (size_t i = 0; i < given->count; i++)
        if (given->items[i].fd >= 0)
            return sl_fail(
                err, SL_BAD_INPUT, "systemd passed the %s socket %s, which %s.listen does not have",
                given->items[i].name, sl_endpoint_text(given->items[i].at, text), given->items[i].name);
    return true;
}

static bool open_gateway(struct gateway *g, struct sl_err *err)
{
    if (!privileges_become(g->settings, err) || !takeover_begin(g->takeover, g->settings, err) ||
        !take_activated(&g->takeover->given, err) || !gateway_open(g, err))
        return false;
    if (g->takeover->end < 0 && !all_taken(&g->takeover->given, err))
        return false;
    takeover_ready(g->takeover);
    return true;
}

static int serve(struct gateway *g, struct life *life)
{
    struct sl_err err = {0};
    if (!open_gateway(g, &err)) {
        handover_failed(err.msg);
        return cli_failed("%s", err.msg);
    }
    say_fingerprint(g);
    if (g->takeover->before == 0)
        say_ready(g); /* else when the old one has gone aside */
    live(life);
    return EXIT_DONE;
}

int cmd_serve(struct cli *cli, int argc, char **argv)
{
    struct takeover takeover = {.end = -1};
    struct gateway g = {.config = cli->config, .takeover = &takeover};
    struct life life = {.g = &g};
    uint64_t watchdog_us = 0;
    if (!take_arguments(cli, &g.overrides, argc, argv))
        return EXIT_USAGE;
    g.settings = settings_ref(cli->settings);
    g.upgrade = upgrade_new(cli->argv);
    block_signals(&life.signals);
    life.watched = sd_watchdog_enabled(0, &watchdog_us) > 0;
    umask(0077);
    sl_log_level(g.settings->log.level);
    raise_descriptor_limit();
    share_heaps(g.settings);
    if (getuid() == 0 && g.settings->state.user[0] == '\0')
        sl_log_warning("serve", "running as root: set state.user to the user that the gateway should become");
    int status = serve(&g, &life);
    gateway_close(&g);
    takeover_fini(&takeover);
    upgrade_free(&g.upgrade);
    settings_unref(&g.settings);
    return status;
}
