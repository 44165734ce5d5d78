/* upgrade.c - see upgrade.h and handover.h. */
#include "cli/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "cli/handover.h"
#include "cli/takeover.h"
#include "sluice/clock.h"
#include "sluice/log.h"

enum { PREPARE_MS = 60000, READY_MS = 180000, PROBATION_MS = 3000, STEP_MS = 50, OTHER_WORKERS = 512 };

struct upgrade {
    char **argv;
    pthread_mutex_t lock; /* what follows */
    bool asked, running;
    char *binary; /* NULL: ours */
    char error[240];
};

/* One attempt. */
struct attempt {
    struct gateway *g;
    void (*tick)(void *arg);
    void *arg;
    pid_t pid; /* 0: none */
    int end;
    json_t *sockets;        /* [{"name","fd"}]: what the new one inherits */
    struct sockets own_api; /* further descriptors of the API's listeners, to open it again */
    struct audit_handover audit;
    bool frozen, paused;
};

struct upgrade *upgrade_new(char **argv)
{
    struct upgrade *u = sl_calloc(1, sizeof *u);
    u->argv = argv;
    pthread_mutex_init(&u->lock, NULL);
    return u;
}

void upgrade_free(struct upgrade **u)
{
    if (*u) {
        pthread_mutex_destroy(&(*u)->lock);
        free((*u)->binary);
    }
    sl_freep(u);
}

bool upgrade_ask(struct upgrade *u, const char *binary, struct sl_err *err)
{
    pthread_mutex_lock(&u->lock);
    bool free_now = !u->asked && !u->running;
    if (free_now) {
        u->asked = true;
        free(u->binary);
        u->binary = binary ? sl_strdup(binary) : NULL;
        u->error[0] = '\0';
    }
    pthread_mutex_unlock(&u->lock);
    if (!free_now)
        return sl_fail(err, SL_CONFLICT, "an upgrade is under way");
    kill(getpid(), SIGUSR2); /* wakes the main thread */
    return true;
}

json_t *upgrade_state(struct upgrade *u)
{
    pthread_mutex_lock(&u->lock);
    const char *state = u->asked || u->running ? "running" : *u->error ? "failed" : "none";
    json_t *answer = json_pack("{s:s, s:s?, s:I}", "state", state, "error", *u->error ? u->error : NULL,
                               "pid", (json_int_t)getpid());
    pthread_mutex_unlock(&u->lock);
    return answer;
}

/* ---- starting it ---- */

/* The file that this process was started from; another one may lie there now. */
static char *own_binary(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    struct sl_str text = sl_str(path, n > 0 ? (size_t)n : 0), gone = SL_STR(" (deleted)");
    if (sl_str_ends(text, gone))
        text.n -= gone.n;
    return sl_str_dup(text);
}

static void add_socket(void *arg, const char *name, int fd)
{
    json_array_append_new(arg, json_pack("{s:s, s:i}", "name", name, "fd", fd));
}

static bool is_variable(const char *entry, const char *name)
{
    size_t n = strlen(name);
    return strncmp(entry, name, n) == 0 && entry[n] == '=';
}

/* Ours, without what was meant for this process alone. */
static char **environment_for(int end)
{
    static const char *const ours[] = {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "WATCHDOG_PID",
                                       HANDOVER_VARIABLE};
    size_t count = 0, kept = 0;
    while (environ[count])
        count++;
    char **list = sl_calloc(count + 2, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        bool drop = false;
        for (size_t k = 0; k < SL_COUNT(ours); k++)
            drop |= is_variable(environ[i], ours[k]);
        if (!drop)
            list[kept++] = environ[i];
    }
    list[kept] = sl_asprintf(HANDOVER_VARIABLE "=%d", end);
    return list;
}

static void free_environment(char **list)
{
    size_t last = 0;
    while (list[last + 1])
        last++;
    free(list[last]);
    free(list);
}

/* A descriptor duplicated to its own number stays open in the new process. */
static void inherit(posix_spawn_file_actions_t *actions, const struct attempt *a, int end)
{
    const json_t *item;
    size_t i;
    const int others[] = {end, store_lock(a->g->store), audit_lock(a->g->audit)};
    json_array_foreach(a->sockets, i, item)
    {
        int fd = (int)json_integer_value(json_object_get(item, "fd"));
        posix_spawn_file_actions_adddup2(actions, fd, fd);
    }
    for (i = 0; i < SL_COUNT(others); i++)
        posix_spawn_file_actions_adddup2(actions, others[i], others[i]);
}

static int spawn(struct attempt *a, const char *binary, char **argv, int end)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    char **environment = environment_for(end);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    inherit(&actions, a, end);
    int error = posix_spawn(&a->pid, binary, &actions, &attributes, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    free_environment(environment);
    return error;
}

static bool start(struct attempt *a, const char *binary, char **argv, struct sl_err *err)
{
    int pair[2];
    a->sockets = json_array();
    proxy_sockets(a->g->proxy, add_socket, a->sockets);
    adminapi_sockets(a->g->api, add_socket, a->sockets);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return sl_fail_errno(err, SL_IO, errno, "cannot make a pair of sockets");
    a->end = pair[0];
    int error = spawn(a, binary, argv, pair[1]);
    close(pair[1]);
    if (error != 0)
        a->pid = 0;
    return error == 0 || sl_fail_errno(err, SL_IO, error, "cannot start %s", binary);
}

/* ---- talking to it ---- */

static bool told_to_end(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 && (sigismember(&pending, SIGTERM) || sigismember(&pending, SIGINT));
}

static bool fail_with(const json_t *message, const char *meanwhile, struct sl_err *err)
{
    const char *why = json_string_value(json_object_get(message, "why"));
    return sl_fail(err, SL_UNAVAILABLE, "the new gateway %s%s%s", meanwhile, why ? ": " : "", why ? why : "");
}

/* Waits for this word. */
static bool await(struct attempt *a, const char *word, int most_ms, struct sl_err *err)
{
    for (int waited = 0; waited < most_ms; waited += STEP_MS) {
        json_t *message;
        enum handover_news news = handover_hear(a->end, STEP_MS, &message);
        bool is = news == HANDOVER_NEWS && handover_is(message, word);
        if (news != HANDOVER_SILENCE && !is)
            fail_with(message, "ended before it served; its last words are in the log", err);
        json_decref(message);
        if (news != HANDOVER_SILENCE)
            return is;
        a->tick(a->arg);
        if (told_to_end())
            return sl_fail(err, SL_CONFLICT, "the gateway is told to end");
    }
    return sl_fail(err, SL_UNAVAILABLE, "the new gateway did not say '%s' within %d s", word, most_ms / 1000);
}

/* Does it live on? What crashes at its first request crashes now. */
static bool lives(struct attempt *a, struct sl_err *err)
{
    for (int waited = 0; waited < PROBATION_MS; waited += STEP_MS) {
        json_t *message;
        enum handover_news news = handover_hear(a->end, STEP_MS, &message);
        json_decref(message);
        a->tick(a->arg);
        if (news == HANDOVER_GONE)
            return sl_fail(err, SL_UNAVAILABLE, "the new gateway died within %d s", PROBATION_MS / 1000);
    }
    return true;
}

/* ---- giving, and taking back ---- */

static void keep_socket(void *arg, const char *name, int fd)
{
    struct attempt *a = arg;
    struct sl_err err = {0};
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0 || !sockets_add(&a->own_api, name, copy, &err)) {
        sl_log_error("serve", "upgrade: a listener of the API could not be kept: %s", err.msg);
        sl_closep(&copy);
    }
}

/* From here on nobody changes anything: API, jobs and housekeeping rest, and nothing is stored. What callers
 * of the API send meanwhile waits in the backlog. */
static void freeze(struct attempt *a)
{
    struct gateway *g = a->g;
    adminapi_sockets(g->api, keep_socket, a);
    store_interrupt(g->store);
    housekeeping_stop(&g->housekeeping);
    adminapi_leave(&g->api);
    store_resume(g->store);
    store_share(g->store);
    audit_hand_over(g->audit, &a->audit);
    a->frozen = true;
}

static json_t *streams_json(const struct audit_handover *audit)
{
    json_t *list = json_array();
    char text[20];
    for (size_t i = 0; i < audit->stream_count; i++) {
        snprintf(text, sizeof text, "%llx", (unsigned long long)audit->streams[i]);
        json_array_append_new(list, json_string(text));
    }
    return list;
}

static bool give(struct attempt *a, struct sl_err *err)
{
    struct gateway *g = a->g;
    json_t *go =
        json_pack("{s:s, s:I, s:s, s:i, s:i, s:i, s:o, s:O}", "say", "go", "pid", (json_int_t)getpid(),
                  "directory", store_directory(g->store), "store_lock", store_lock(g->store), "audit_lock",
                  a->audit.lock_fd, "first_worker", g->first_worker ? 0 : OTHER_WORKERS, "streams",
                  streams_json(&a->audit), "sockets", a->sockets);
    return handover_say(a->end, go) || fail_with(NULL, "ended before it served", err);
}

/* No matter how far it came. */
static void take_back(struct attempt *a)
{
    struct gateway *g = a->g;
    struct sl_err err = {0};
    if (a->pid) {
        kill(a->pid, SIGKILL);
        waitpid(a->pid, NULL, 0);
    }
    if (a->paused)
        proxy_pause(g->proxy, false);
    if (!a->frozen)
        return;
    store_own(g->store);
    audit_take_back(g->audit);
    upgrade_follow(g);
    if (!gateway_open_api(g, &a->own_api, &err) ||
        !housekeeping_start(g->store, g->audit, g->api, g->ca, &g->housekeeping, &err))
        sl_log_error("serve", "the gateway goes on without its API: %s", err.msg);
}

static bool replace(struct attempt *a, const char *binary, char **argv, struct sl_err *err)
{
    if (a->g->takeover && a->g->takeover->before)
        return sl_fail(err, SL_CONFLICT, "the gateway before this one, process %d, still ends what it began",
                       (int)a->g->takeover->before);
    if (!start(a, binary, argv, err) || !await(a, "prepared", PREPARE_MS, err))
        return false;
    freeze(a);
    if (!give(a, err) || !await(a, "ready", READY_MS, err))
        return false;
    a->paused = true;
    proxy_pause(a->g->proxy, true);
    return lives(a, err);
}

static void fini(struct attempt *a)
{
    sockets_fini(&a->own_api);
    json_decref(a->sockets);
    free(a->audit.streams);
}

/* Takes what was asked for. */
static char *begin(struct upgrade *u)
{
    pthread_mutex_lock(&u->lock);
    u->running = true;
    u->asked = false;
    char *binary = u->binary ? sl_strdup(u->binary) : own_binary();
    sl_freep(&u->binary);
    pthread_mutex_unlock(&u->lock);
    return binary;
}

static void end(struct upgrade *u, const struct sl_err *err)
{
    pthread_mutex_lock(&u->lock);
    u->running = false;
    snprintf(u->error, sizeof u->error, "%s", err->msg);
    pthread_mutex_unlock(&u->lock);
}

bool upgrade_run(struct upgrade *u, struct gateway *g, void (*tick)(void *arg), void *arg)
{
    struct attempt a = {.g = g, .tick = tick, .arg = arg, .end = -1};
    struct sl_err err = {0};
    SL_CLEANUP(sl_freep) char *binary = begin(u);
    sl_log_notice("serve", "upgrade: starting %s", binary);
    pthread_mutex_lock(&g->change_lock);
    bool ok = replace(&a, binary, u->argv, &err);
    if (!ok)
        take_back(&a);
    pthread_mutex_unlock(&g->change_lock);
    end(u, &err);
    if (ok) {
        sd_notifyf(0, "MAINPID=%d", (int)a.pid);
        handover_say(a.end, json_pack("{s:s}", "say", "yours"));
        g->successor = a.end; /* closed when this process ends: the new one sees it */
        sl_log_notice("serve", "upgrade: process %d serves; this one ends what it began", (int)a.pid);
    } else {
        sl_log_error("serve", "upgrade failed, this process goes on: %s", err.msg);
        sl_closep(&a.end);
    }
    fini(&a);
    return ok;
}

void upgrade_follow(struct gateway *g)
{
    struct sl_err err = {0};
    if (!store_follow(g->store, &err) || !ca_live_follow(g->ca, &err))
        sl_log_warning("serve", "changes of the other process are not seen yet: %s", err.msg);
}
