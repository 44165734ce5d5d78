/* test_log.c - unit tests of base/log.c. Each case logs in a child whose stderr is a pipe that we read. */
#include "tests/support/cmocka_all.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sluice/log.h"
#include "sluice/str.h"

/* What fn logs, on the heap. With journal set the child believes that stderr is systemd's stream. */
static char *logged(void (*fn)(void), bool journal)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct stat st;
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        fstat(STDERR_FILENO, &st);
        SL_CLEANUP(sl_freep)
        char *stream = sl_asprintf("%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
        setenv("JOURNAL_STREAM", journal ? stream : "1:2", 1);
        fn();
        _exit(0);
    }
    close(ends[1]);
    struct sl_text text = {0};
    char piece[4096];
    ssize_t n;
    sl_text_add(&text, SL_STR(""));
    while ((n = read(ends[0], piece, sizeof piece)) > 0)
        sl_text_add(&text, sl_str(piece, (size_t)n));
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    return text.p;
}

static void hello(void)
{
    sl_log_notice("proxy", "listening: %s", "127.0.0.1:3128");
}

TEST(sl_log__stamps_lines_unless_the_journal_does)
{
    SL_CLEANUP(sl_freep) char *plain = logged(hello, false), *journal = logged(hello, true);
    int year, at = 0;
    sscanf(plain, "%4d-%*2d-%*2dT%*2d:%*2d:%*2d.%*3dZ %n", &year, &at);
    assert_string_equal(plain + at, "notice proxy: listening: 127.0.0.1:3128\n");
    assert_true(year >= 2024);
    assert_string_equal(journal, "<5>proxy: listening: 127.0.0.1:3128\n");
}

static void hostile(void)
{
    sl_log_error("a", "%s",
                 "x\ny\r\x1b[31m\x7f\xc2\x9b"
                 "0 \xff\xc0\x80\xed\xa0\x80 \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 \xe2\x82");
}

TEST(sl_log__escapes_what_a_terminal_would_obey)
{
    SL_CLEANUP(sl_freep) char *text = logged(hostile, true);
    assert_string_equal(text, "<3>a: x\\x0ay\\x0d\\x1b[31m\\x7f\\xc2\\x9b0 \\xff\\xc0\\x80\\xed\\xa0\\x80 "
                              "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 \\xe2\\x82\n");
}

static void levels(void)
{
    sl_log_info("a", "hidden");
    sl_log_level(SL_LOG_DEBUG);
    sl_log_debug("a", "seen");
    sl_log_level(SL_LOG_ERROR);
    sl_log_warning("a", "hidden");
}

TEST(sl_log__keeps_quiet_below_its_level)
{
    SL_CLEANUP(sl_freep) char *text = logged(levels, true);
    assert_string_equal(text, "<7>a: seen\n");
}

static void endless(void)
{
    SL_CLEANUP(sl_freep) char *text = sl_malloc(100000);
    memset(text, 1, 99999);
    text[99999] = '\0';
    sl_log_error("a", "%s", text);
}

TEST(sl_log__cuts_long_lines)
{
    SL_CLEANUP(sl_freep) char *text = logged(endless, true);
    assert_true(strlen(text) <= 4096);
    assert_true(sl_str_ends(sl_cstr(text), SL_STR("...\n")));
    assert_int_equal(sl_str_find(sl_cstr(text), '\n'), strlen(text) - 1);
}

static void *chatter(void *arg)
{
    for (int i = 0; i < 200; i++)
        sl_log_error("a", "%0300d", 0);
    return NULL;
}
static void many_threads(void)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, chatter, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

TEST(sl_log__lines_of_threads_do_not_mix)
{
    SL_CLEANUP(sl_freep) char *text = logged(many_threads, true);
    struct sl_str rest = sl_cstr(text), line;
    int whole = 0;
    while (sl_str_split(&rest, '\n', &line) && line.n) {
        assert_int_equal(line.n, strlen("<3>a: ") + 300);
        whole++;
    }
    assert_int_equal(whole, 800);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sl_log__stamps_lines_unless_the_journal_does),
        cmocka_unit_test(sl_log__escapes_what_a_terminal_would_obey),
        cmocka_unit_test(sl_log__keeps_quiet_below_its_level),
        cmocka_unit_test(sl_log__cuts_long_lines),
        cmocka_unit_test(sl_log__lines_of_threads_do_not_mix),
    };
    return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
