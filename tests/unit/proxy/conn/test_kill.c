/* test_kill.c - a data plane that is killed loses no request that it answered. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/records.h"
#include "tests/support/tmpdir.h"
#include "tests/unit/proxy/conn/rig.h"

enum { CLIENTS = 8, LIVES = 3, MOST = 100000 };

static char answered[MOST]; /* by number in the path */

struct life {
    pid_t pid;
    char *directory;
    struct sl_endpoint endpoint;
};

struct hello {
    char directory[256];
    struct sl_endpoint endpoint;
};

/* A gateway in a process of its own, which never ends by itself. */
static struct life begin_life(void)
{
    int pipe_fds[2];
    struct hello hello = {0};
    sl_assert(pipe(pipe_fds) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct gateway *g = gateway_start(NULL, "[proxy]\nworkers = 2\n[audit]\nsegment = 256KiB\n");
        strncpy(hello.directory, g->directory, sizeof hello.directory - 1);
        hello.endpoint = g->endpoint;
        sl_assert(write(pipe_fds[1], &hello, sizeof hello) == sizeof hello);
        for (;;)
            pause();
    }
    sl_assert(read(pipe_fds[0], &hello, sizeof hello) == sizeof hello);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    return (struct life){.pid = pid, .directory = sl_strdup(hello.directory), .endpoint = hello.endpoint};
}

/* Requests and answers in turn over some connections until the gateway is gone. */
static size_t ask_until_killed(const struct life *life, uint16_t port, size_t kill_after)
{
    struct client c[CLIENTS];
    size_t next = 0, got = 0;
    for (size_t i = 0; i < CLIENTS; i++)
        client_open(&c[i], life->endpoint);
    for (bool alive = true; alive;) {
        size_t first = next;
        for (size_t i = 0; i < CLIENTS; i++)
            client_sendf(&c[i], "GET http://127.0.0.1:%u/n/%zu HTTP/1.1\r\nHost: x\r\n\r\n", port, next++);
        if (got >= kill_after)
            kill(life->pid, SIGKILL);
        for (size_t i = 0; i < CLIENTS; i++) {
            struct answer *a = client_read(&c[i], false);
            alive &= a->status == 200 && a->whole;
            answered[first + i] = a->status == 200 && a->whole;
            got += (size_t)answered[first + i];
            answer_free(&a);
        }
    }
    for (size_t i = 0; i < CLIENTS; i++)
        client_close(&c[i]);
    waitpid(life->pid, NULL, 0);
    return got;
}

static bool strike(void *arg, const json_t *item)
{
    size_t *seen = arg;
    const char *path = json_string_value(json_object_get(item, "path"));
    size_t n = strtoul(path + 3, NULL, 10);
    assert_true(n < MOST);
    *seen += (size_t)answered[n];
    answered[n] = 0;
    return true;
}

TEST(kill__loses_no_answered_request)
{
    for (size_t i = 0; i < LIVES; i++) {
        struct sl_err err = {0};
        struct audit_filter filter;
        size_t seen = 0;
        memset(answered, 0, sizeof answered);
        struct life life = begin_life(); /* before the origin's threads: fork takes only this one */
        struct origin *o = origin_start(rig_hello);
        size_t got = ask_until_killed(&life, origin_port(o), 500 + i * 1700);
        origin_stop(&o);
        struct audit_config cfg = {.directory = life.directory,
                                   .segment_bytes = 256 << 10,
                                   .batch_ms = 10,
                                   .retention_ms = 86400000};
        if (!audit_recover(&cfg, &err))
            fail_msg("%s", err.msg);
        audit_filter_init(&filter);
        if (!records_each(life.directory, &filter, strike, &seen, &err))
            fail_msg("%s", err.msg);
        assert_int_equal(seen, got);
        tmpdir_free(&life.directory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(kill__loses_no_answered_request)};
    return cmocka_run_group_tests_name("proxy/conn/kill", tests, NULL, NULL);
}
