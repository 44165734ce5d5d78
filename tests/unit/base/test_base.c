/* test_base.c - unit tests of base/base.c and of sluice/list.h. */
#include "tests/support/cmocka_all.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sluice/base.h"
#include "sluice/list.h"

/* Whether fn aborts, tried in a child whose stderr nobody has to read. */
static bool aborts(void (*fn)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        fn();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void assert_a_lie(void)
{
    sl_assert(1 + 1 == 3);
}
static void multiply_too_much(void)
{
    free(sl_reallocarray(NULL, SIZE_MAX / 2, 3));
}
static void grow_too_much(void)
{
    size_t cap = SIZE_MAX / 2 + 1;
    free(sl_grow(NULL, cap, &cap, 1));
}

TEST(sl_assert__aborts)
{
    assert_true(aborts(assert_a_lie));
}

TEST(sl_reallocarray__aborts_when_the_product_overflows)
{
    assert_true(aborts(multiply_too_much));
    assert_true(aborts(grow_too_much));
}

TEST(sl_malloc__gives_memory_even_for_nothing)
{
    void *a = sl_malloc(0), *b = sl_calloc(0, 0), *c = sl_realloc(NULL, 0);
    assert_true(a && b && c);
    free(a);
    free(b);
    free(c);
}

TEST(sl_strndup__stops_at_the_length_or_the_end)
{
    static const struct {
        size_t n;
        const char *copy;
    } cases[] = {{0, ""}, {3, "abc"}, {6, "abcdef"}, {100, "abcdef"}};
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        SL_CLEANUP(sl_freep) char *copy = sl_strndup("abcdef", cases[i].n);
        assert_string_equal(copy, cases[i].copy);
    }
}

TEST(sl_asprintf__formats)
{
    SL_CLEANUP(sl_freep) char *text = sl_asprintf("%s:%d", "a", 7);
    assert_string_equal(text, "a:7");
}

TEST(sl_freep__clears_the_pointer)
{
    char *p = sl_strdup("x");
    sl_freep(&p);
    assert_null(p);
    sl_freep(&p);
}

TEST(sl_closep__closes_once)
{
    int fd = open("/dev/null", O_RDONLY);
    assert_true(fd >= 0);
    int copy = fd;
    sl_closep(&fd);
    assert_int_equal(fd, -1);
    assert_int_equal(fcntl(copy, F_GETFD), -1);
    sl_closep(&fd);
}

TEST(sl_grow__keeps_what_is_there)
{
    int *items = NULL;
    size_t cap = 0;
    for (size_t count = 0; count < 1000; count++) {
        SL_GROW(items, count, &cap);
        assert_true(cap > count);
        items[count] = (int)count;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    free(items);
}

struct item {
    int value;
    struct sl_list link;
};

TEST(sl_list__keeps_order_and_allows_removal_on_the_way)
{
    struct sl_list head;
    struct item items[5];
    sl_list_init(&head);
    assert_true(sl_list_empty(&head));
    for (int i = 0; i < 5; i++) {
        items[i].value = i;
        sl_list_push(&head, &items[i].link);
    }
    SL_LIST_EACH(node, &head)
    if (SL_LIST_ITEM(node, struct item, link)->value % 2 == 0)
        sl_list_remove(node);
    int seen = 0;
    SL_LIST_EACH(node, &head)
    seen = seen * 10 + SL_LIST_ITEM(node, struct item, link)->value;
    assert_int_equal(seen, 13);
    sl_list_remove(&items[0].link); /* in no list any more */
    SL_LIST_EACH(node, &head)
    sl_list_remove(node);
    assert_true(sl_list_empty(&head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sl_assert__aborts),
        cmocka_unit_test(sl_reallocarray__aborts_when_the_product_overflows),
        cmocka_unit_test(sl_malloc__gives_memory_even_for_nothing),
        cmocka_unit_test(sl_strndup__stops_at_the_length_or_the_end),
        cmocka_unit_test(sl_asprintf__formats),
        cmocka_unit_test(sl_freep__clears_the_pointer),
        cmocka_unit_test(sl_closep__closes_once),
        cmocka_unit_test(sl_grow__keeps_what_is_there),
        cmocka_unit_test(sl_list__keeps_order_and_allows_removal_on_the_way),
    };
    return cmocka_run_group_tests_name("base/base", tests, NULL, NULL);
}
