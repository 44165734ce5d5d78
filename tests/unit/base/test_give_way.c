/* test_give_way.c - unit tests of base/give_way.c: what the kernel says of threads afterwards. */
#include "tests/support/cmocka_all.h"

#include <linux/ioprio.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/give_way.h"

static int niceness(void)
{
    return getpriority(PRIO_PROCESS, (id_t)gettid());
}

static long disk_class(void)
{
    return IOPRIO_PRIO_CLASS(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0));
}

static void *give_way_main(void *arg)
{
    int *out = arg;
    assert_true(give_way());
    *out = niceness();
    return NULL;
}

TEST(give_way__is_of_one_thread)
{
    int before = niceness(), within = 0;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, give_way_main, &within), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(within, 10);
    assert_int_equal(niceness(), before);
}

TEST(give_way_disk__is_taken_back)
{
    long before = disk_class();
    int was = give_way_disk();
    if (disk_class() == before)
        skip(); /* a sandbox without such priorities */
    assert_int_equal(disk_class(), IOPRIO_CLASS_IDLE);
    give_back_disk(was);
    assert_int_equal(disk_class(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(give_way__is_of_one_thread),
        cmocka_unit_test(give_way_disk__is_taken_back),
    };
    return cmocka_run_group_tests_name("base/give_way", tests, NULL, NULL);
}
