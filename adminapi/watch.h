/* watch.h - until when a connection of the admin API may be busy with one thing: sending a head, sending a
 * body, being idle, taking its answer.
 *
 * libmicrohttpd knows only how long a connection is silent, so a client that sends a byte now and then would
 * keep its thread for ever. One thread looks at all connections once a second and shuts down those whose time
 * is over; their own threads then see the end. */
#ifndef ADMINAPI_WATCH_H
#define ADMINAPI_WATCH_H

#include "sluice/err.h"

struct watch;
struct watched; /* one connection */

bool watch_new(struct watch **out, struct sl_err *err);
void watch_free(struct watch **watch); /* every connection has been removed before */
struct watched *watch_add(struct watch *watch, int fd, int64_t deadline_us);
/* Before its descriptor is closed, so that no other connection is ever shut down in its place. */
void watch_remove(struct watch *watch, struct watched **connection);
/* Of the monotonic clock; 0: as long as it takes (a handler runs). Any thread. */
void watch_until(struct watched *connection, int64_t deadline_us);
/* Shuts down what is overdue; the thread's own step, here for tests. Returns how many. */
unsigned watch_sweep(struct watch *watch, int64_t now_us);

#endif
