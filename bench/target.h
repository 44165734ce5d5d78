/* target.h - which requests does the load generator send? Made once, so that sending one is a single send().
 */
#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct target {
    char *url;
    char *request, *connect; /* connect: what opens the tunnel, NULL without tunnels */
    size_t request_n, connect_n;
    int status;      /* expected */
    uint64_t length; /* of the body, expected with status 200; UINT64_MAX: any */
};

struct targets {
    struct target *items;
    size_t count, cap;
};

/* Adds "URL" or "URL STATUS" (200 without). The length is known from the origin's path /b/LENGTH. False when
 * that is no http URL. */
bool targets_add(struct targets *t, const char *line, bool tunnel);
/* Adds each line of a file; "-" is standard input. Ends the process when that fails. */
void targets_read(struct targets *t, const char *path, bool tunnel);
void targets_fini(struct targets *t);

#endif
