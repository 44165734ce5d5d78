/* loop.h - one thread's events: descriptors, deadlines, tasks from other threads.
 *
 * A descriptor is registered once, edge-triggered, for everything it can tell (IN, OUT, RDHUP), and never
 * changed again: what it last said is remembered by its owner (net/sock.h). epoll carries `generation << 32 |
 * slot`; a slot that is given back gets the next generation, so an event for something closed in the same
 * batch finds nobody.
 *
 * Everything here belongs to the loop's thread, except loop_post and loop_stop. */
#ifndef PROXY_RUNTIME_LOOP_H
#define PROXY_RUNTIME_LOOP_H

#include "proxy/runtime/timer.h"
#include "sluice/err.h"

struct loop;

typedef uint64_t loop_id; /* generation << 32 | slot; 0 is nobody */
typedef void loop_event(void *owner, uint32_t events);

/* Work to be done later; lives in its owner. */
struct loop_task {
    struct loop_task *next;
    void (*run)(struct loop_task *t);
};

struct loop_hooks {
    void *arg;
    void (*turn)(void *arg); /* after the events and deadlines of a turn; may be NULL */
};

bool loop_new(const struct loop_hooks *hooks, struct loop **out, struct sl_err *err);
void loop_free(struct loop **l);
/* Turns until loop_stop. */
void loop_run(struct loop *l);
/* One turn that waits at most wait_ms; for tests. */
void loop_turn(struct loop *l, int64_t wait_ms);
void loop_stop(struct loop *l); /* any thread */

/* Clocks, read once per turn. */
int64_t loop_now_us(const struct loop *l);  /* monotonic */
int64_t loop_now_ms(const struct loop *l);  /* the same, of timers */
int64_t loop_wall_us(const struct loop *l); /* since 1970 */
struct timer_wheel *loop_timers(struct loop *l);

/* Registers fd for IN, OUT and RDHUP, edge-triggered. 0 when the system refuses (errno). The loop does not
 * own fd. */
loop_id loop_add(struct loop *l, int fd, loop_event *event, void *owner);
/* The same, level-triggered and for these events only: listeners and foreign libraries. */
loop_id loop_watch(struct loop *l, int fd, uint32_t events, loop_event *event, void *owner);
/* Changes the events of loop_watch. */
void loop_watch_for(struct loop *l, loop_id id, int fd, uint32_t events);
/* Hands the registration to another owner without telling the kernel. */
void loop_rebind(struct loop *l, loop_id id, loop_event *event, void *owner);
/* Forgets it; clears *id; 0 is fine. fd must be closed by the caller right after, which ends its
 * registration, or be taken out with loop_unwatch. */
void loop_drop(struct loop *l, loop_id *id);
void loop_unwatch(struct loop *l, loop_id *id, int fd);

/* Runs t at the end of this turn, in order. t may free itself. */
void loop_defer(struct loop *l, struct loop_task *t);
/* Runs t on the loop's thread, soon. Any thread; t must not be pending already. */
void loop_post(struct loop *l, struct loop_task *t);
size_t loop_count(const struct loop *l); /* registered descriptors, the loop's own excepted */

#endif
