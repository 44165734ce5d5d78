/* loop.c - see loop.h. */
#include "proxy/runtime/loop.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sluice/clock.h"

enum { EVENTS_PER_TURN = 256, NO_SLOT = 0 };

struct slot {
    loop_event *event; /* NULL: free */
    void *owner;
    uint32_t generation;
    uint32_t next_free;
};

struct loop {
    int epoll_fd, wake_fd;
    struct loop_hooks hooks;
    int64_t now_us, wall_us;
    struct timer_wheel timers;
    struct slot *slots; /* slot 0 is nobody's */
    size_t slot_count, slot_cap, used;
    uint32_t first_free;
    struct loop_task *deferred, **deferred_end;
    _Atomic(struct loop_task *) posted; /* a stack: newest first */
    atomic_bool stopped;
};

static void read_clocks(struct loop *l)
{
    l->now_us = sl_monotonic_us();
    l->wall_us = sl_wall_us();
}

/* Other threads wrote to the eventfd; what they want is in `posted`. */
static void on_wake(void *owner, uint32_t events)
{
    struct loop *l = owner;
    uint64_t count;
    ssize_t ignored = read(l->wake_fd, &count, sizeof count);
    (void)ignored;
}

static void wake(struct loop *l)
{
    uint64_t one = 1;
    ssize_t ignored = write(l->wake_fd, &one, sizeof one); /* fails only when it is awake anyway */
    (void)ignored;
}

bool loop_new(const struct loop_hooks *hooks, struct loop **out, struct sl_err *err)
{
    struct loop *l = sl_calloc(1, sizeof *l);
    l->hooks = hooks ? *hooks : (struct loop_hooks){0};
    l->deferred_end = &l->deferred;
    l->slots = sl_calloc(1, sizeof *l->slots);
    l->slot_count = l->slot_cap = 1;
    read_clocks(l);
    timer_wheel_init(&l->timers, loop_now_ms(l));
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->epoll_fd < 0 || l->wake_fd < 0 || loop_add(l, l->wake_fd, on_wake, l) == 0) {
        sl_fail_errno(err, SL_IO, errno, "cannot make an event loop");
        loop_free(&l);
        return false;
    }
    *out = l;
    return true;
}

void loop_free(struct loop **lp)
{
    struct loop *l = *lp;
    if (!l)
        return;
    sl_closep(&l->epoll_fd);
    sl_closep(&l->wake_fd);
    free(l->slots);
    sl_freep(lp);
}

int64_t loop_now_us(const struct loop *l)
{
    return l->now_us;
}

int64_t loop_now_ms(const struct loop *l)
{
    return l->now_us / 1000;
}

int64_t loop_wall_us(const struct loop *l)
{
    return l->wall_us;
}

struct timer_wheel *loop_timers(struct loop *l)
{
    return &l->timers;
}

static uint32_t slot_take(struct loop *l)
{
    uint32_t at = l->first_free;
    if (at != NO_SLOT) {
        l->first_free = l->slots[at].next_free;
    } else {
        sl_assert(l->slot_count < UINT32_MAX);
        SL_GROW(l->slots, l->slot_count, &l->slot_cap);
        at = (uint32_t)l->slot_count++;
        l->slots[at] = (struct slot){.generation = 1};
    }
    l->used++;
    return at;
}

static void slot_give(struct loop *l, uint32_t at)
{
    struct slot *s = &l->slots[at];
    s->event = NULL;
    s->owner = NULL;
    s->generation = s->generation == UINT32_MAX ? 1 : s->generation + 1;
    s->next_free = l->first_free;
    l->first_free = at;
    l->used--;
}

/* The slot that id means; NULL when it has been given back since. */
static struct slot *slot_find(struct loop *l, loop_id id)
{
    uint32_t at = (uint32_t)id;
    if (at == NO_SLOT || at >= l->slot_count)
        return NULL;
    struct slot *s = &l->slots[at];
    return s->event && s->generation == id >> 32 ? s : NULL;
}

static loop_id add(struct loop *l, int fd, uint32_t events, loop_event *event, void *owner)
{
    uint32_t at = slot_take(l);
    struct slot *s = &l->slots[at];
    loop_id id = (uint64_t)s->generation << 32 | at;
    struct epoll_event ev = {.events = events, .data.u64 = id};
    s->event = event;
    s->owner = owner;
    if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0) {
        int saved = errno;
        slot_give(l, at);
        errno = saved;
        return 0;
    }
    return id;
}

loop_id loop_add(struct loop *l, int fd, loop_event *event, void *owner)
{
    return add(l, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, event, owner);
}

loop_id loop_watch(struct loop *l, int fd, uint32_t events, loop_event *event, void *owner)
{
    return add(l, fd, events, event, owner);
}

void loop_watch_for(struct loop *l, loop_id id, int fd, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.u64 = id};
    sl_assert(slot_find(l, id));
    sl_assert(epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, fd, &ev) == 0);
}

void loop_rebind(struct loop *l, loop_id id, loop_event *event, void *owner)
{
    struct slot *s = slot_find(l, id);
    sl_assert(s);
    s->event = event;
    s->owner = owner;
}

void loop_drop(struct loop *l, loop_id *id)
{
    if (*id == 0)
        return;
    sl_assert(slot_find(l, *id));
    slot_give(l, (uint32_t)*id);
    *id = 0;
}

void loop_unwatch(struct loop *l, loop_id *id, int fd)
{
    if (*id == 0)
        return;
    epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, fd, NULL); /* fails when its library closed it already: as good */
    loop_drop(l, id);
}

void loop_defer(struct loop *l, struct loop_task *t)
{
    t->next = NULL;
    *l->deferred_end = t;
    l->deferred_end = &t->next;
}

void loop_post(struct loop *l, struct loop_task *t)
{
    struct loop_task *top = atomic_load_explicit(&l->posted, memory_order_relaxed);
    do
        t->next = top;
    while (!atomic_compare_exchange_weak_explicit(&l->posted, &top, t, memory_order_release,
                                                  memory_order_relaxed));
    if (!top) /* whoever put the first one there wakes; the loop takes all at once */
        wake(l);
}

static void run_posted(struct loop *l)
{
    if (!atomic_load_explicit(&l->posted, memory_order_relaxed))
        return;
    struct loop_task *t = atomic_exchange_explicit(&l->posted, NULL, memory_order_acquire), *in_order = NULL;
    while (t) {
        struct loop_task *next = t->next;
        t->next = in_order;
        in_order = t;
        t = next;
    }
    while (in_order) {
        struct loop_task *next = in_order->next; /* run may free it, or post it again */
        in_order->run(in_order);
        in_order = next;
    }
}

static void run_deferred(struct loop *l)
{
    while (l->deferred) {
        struct loop_task *t = l->deferred;
        l->deferred = t->next;
        if (!l->deferred)
            l->deferred_end = &l->deferred;
        t->run(t);
    }
}

static int wait_time(const struct loop *l, int64_t wait_ms)
{
    int64_t next = timer_wheel_next(&l->timers);
    int64_t left = next == TIMER_NEVER ? INT32_MAX : SL_MAX(next - loop_now_ms(l), 0);
    if (wait_ms >= 0)
        left = SL_MIN(left, wait_ms);
    return left >= INT32_MAX ? -1 : (int)left;
}

void loop_turn(struct loop *l, int64_t wait_ms)
{
    struct epoll_event events[EVENTS_PER_TURN];
    bool pending = atomic_load_explicit(&l->posted, memory_order_relaxed) != NULL;
    int n = epoll_wait(l->epoll_fd, events, EVENTS_PER_TURN, pending ? 0 : wait_time(l, wait_ms));
    sl_assert(n >= 0 || errno == EINTR);
    read_clocks(l);
    for (int i = 0; i < n; i++) {
        struct slot *s = slot_find(l, events[i].data.u64);
        if (s)
            s->event(s->owner, events[i].events);
    }
    timer_wheel_run(&l->timers, loop_now_ms(l));
    run_posted(l);
    if (l->hooks.turn)
        l->hooks.turn(l->hooks.arg);
    run_deferred(l);
}

void loop_run(struct loop *l)
{
    while (!atomic_load_explicit(&l->stopped, memory_order_acquire))
        loop_turn(l, -1);
}

void loop_stop(struct loop *l)
{
    atomic_store_explicit(&l->stopped, true, memory_order_release);
    wake(l);
}

size_t loop_count(const struct loop *l)
{
    return l->used - (l->wake_fd >= 0);
}
