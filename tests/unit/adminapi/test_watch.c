/* test_watch.c - connections whose time is over are shut down, others never. */
#include "tests/support/cmocka_all.h"

#include <sys/socket.h>
#include <unistd.h>

#include "adminapi/watch.h"

static bool ended(int peer)
{
    char c;
    return recv(peer, &c, 1, MSG_DONTWAIT) == 0;
}

TEST(watch_sweep__shuts_down_what_is_overdue)
{
    const int64_t far = INT64_MAX / 2; /* the thread's own clock never comes there */
    struct watch *watch;
    struct watched *c[3];
    struct sl_err err = {0};
    int ends[3][2];
    assert_true(watch_new(&watch, &err));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]), 0);
        c[i] = watch_add(watch, ends[i][0], far + 10 * i);
    }
    watch_until(c[2], 0); /* a handler runs: as long as it takes */
    assert_int_equal(watch_sweep(watch, far - 1), 0);
    assert_int_equal(watch_sweep(watch, far), 1);
    assert_true(ended(ends[0][1]));
    assert_false(ended(ends[1][1]));
    assert_int_equal(watch_sweep(watch, far + 100), 1);
    assert_true(ended(ends[1][1]));
    assert_false(ended(ends[2][1]));
    for (int i = 0; i < 3; i++) {
        watch_remove(watch, &c[i]);
        assert_null(c[i]);
        close(ends[i][0]);
        close(ends[i][1]);
    }
    watch_free(&watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(watch_sweep__shuts_down_what_is_overdue)};
    return cmocka_run_group_tests_name("adminapi/watch", tests, NULL, NULL);
}
