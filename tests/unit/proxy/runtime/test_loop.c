/* test_loop.c - unit tests of proxy/runtime/loop.c. */
#include "proxy/runtime/loop.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"

struct end {
    struct loop *loop;
    int fd;
    loop_id id;
    unsigned events;
    struct end *closes; /* closed when this one has an event */
};

static void end_close(struct end *e)
{
    loop_drop(e->loop, &e->id);
    sl_closep(&e->fd);
}

static void end_event(void *owner, uint32_t events)
{
    struct end *e = owner;
    e->events++;
    if (e->closes && e->closes->id)
        end_close(e->closes);
}

static void pair(struct loop *l, struct end *e, int *out_peer)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    *e = (struct end){.loop = l, .fd = fds[0]};
    e->id = loop_add(l, e->fd, end_event, e);
    assert_true(e->id != 0);
    *out_peer = fds[1];
}

TEST(loop__a_stale_event_finds_nobody)
{
    struct loop *l = NULL;
    struct end a, b;
    int to_a, to_b;
    assert_true(loop_new(NULL, &l, NULL));
    pair(l, &a, &to_a);
    pair(l, &b, &to_b);
    loop_turn(l, 0); /* the first events: writable */
    a.events = b.events = 0;
    a.closes = &b;
    b.closes = &a;
    assert_int_equal(write(to_a, "x", 1), 1);
    assert_int_equal(write(to_b, "x", 1), 1);
    loop_turn(l, 0); /* one batch: whoever comes first closes the other */
    assert_int_equal(a.events + b.events, 1);
    end_close(a.events ? &a : &b);
    assert_int_equal(loop_count(l), 0);
    close(to_a);
    close(to_b);
    loop_free(&l);
}

TEST(loop__a_reused_slot_has_a_new_id)
{
    struct loop *l = NULL;
    struct end a, b;
    int to_a, to_b;
    assert_true(loop_new(NULL, &l, NULL));
    pair(l, &a, &to_a);
    loop_id old = a.id;
    end_close(&a);
    close(to_a);
    pair(l, &b, &to_b);
    assert_int_equal((uint32_t)old, (uint32_t)b.id);
    assert_true(old != b.id);
    end_close(&b);
    close(to_b);
    loop_free(&l);
}

TEST(loop_rebind__moves_a_descriptor_to_another_owner)
{
    struct loop *l = NULL;
    struct end a, other = {0};
    int to_a;
    assert_true(loop_new(NULL, &l, NULL));
    pair(l, &a, &to_a);
    loop_turn(l, 0);
    a.events = 0;
    loop_rebind(l, a.id, end_event, &other);
    assert_int_equal(write(to_a, "x", 1), 1);
    loop_turn(l, 0);
    assert_int_equal(a.events, 0);
    assert_int_equal(other.events, 1);
    end_close(&a);
    close(to_a);
    loop_free(&l);
}

struct job {
    struct loop_task task;
    unsigned number, *last, *count;
};

static void job_run(struct loop_task *t)
{
    struct job *j = SL_CONTAINER(t, struct job, task);
    assert_true(j->number > *j->last);
    *j->last = j->number;
    ++*j->count;
    free(j);
}

static struct job *job_new(unsigned number, unsigned *last, unsigned *count)
{
    struct job *j = sl_calloc(1, sizeof *j);
    *j = (struct job){.task.run = job_run, .number = number, .last = last, .count = count};
    return j;
}

enum { POSTS = 5000, POSTERS = 3 };
struct poster {
    struct loop *loop;
    unsigned last, count;
};

static void *post_many(void *arg)
{
    struct poster *p = arg;
    for (unsigned i = 1; i <= POSTS; i++)
        loop_post(p->loop, &job_new(i, &p->last, &p->count)->task);
    return NULL;
}

TEST(loop_post__keeps_the_order_of_each_thread)
{
    struct loop *l = NULL;
    struct poster posters[POSTERS];
    pthread_t threads[POSTERS];
    assert_true(loop_new(NULL, &l, NULL));
    for (size_t i = 0; i < POSTERS; i++) {
        posters[i] = (struct poster){.loop = l};
        assert_int_equal(pthread_create(&threads[i], NULL, post_many, &posters[i]), 0);
    }
    for (unsigned turns = 0; posters[0].count + posters[1].count + posters[2].count < POSTS * POSTERS;
         turns++) {
        assert_true(turns < 1000000);
        loop_turn(l, 1000);
    }
    for (size_t i = 0; i < POSTERS; i++)
        pthread_join(threads[i], NULL);
    loop_free(&l);
}

TEST(loop_defer__runs_in_order_at_the_end_of_the_turn)
{
    struct loop *l = NULL;
    unsigned last = 0, count = 0;
    assert_true(loop_new(NULL, &l, NULL));
    for (unsigned i = 1; i <= 3; i++)
        loop_defer(l, &job_new(i, &last, &count)->task);
    assert_int_equal(count, 0);
    loop_turn(l, 0);
    assert_int_equal(count, 3);
    loop_free(&l);
}

static void *run_loop(void *arg)
{
    loop_run(arg);
    return NULL;
}

TEST(loop_stop__ends_a_loop_that_waits)
{
    struct loop *l = NULL;
    pthread_t thread;
    assert_true(loop_new(NULL, &l, NULL));
    assert_int_equal(pthread_create(&thread, NULL, run_loop, l), 0);
    loop_stop(l);
    pthread_join(thread, NULL);
    loop_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loop__a_stale_event_finds_nobody),
        cmocka_unit_test(loop__a_reused_slot_has_a_new_id),
        cmocka_unit_test(loop_rebind__moves_a_descriptor_to_another_owner),
        cmocka_unit_test(loop_post__keeps_the_order_of_each_thread),
        cmocka_unit_test(loop_defer__runs_in_order_at_the_end_of_the_turn),
        cmocka_unit_test(loop_stop__ends_a_loop_that_waits),
    };
    return cmocka_run_group_tests_name("proxy/runtime/loop", tests, NULL, NULL);
}
