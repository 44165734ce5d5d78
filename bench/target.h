/* target.h - which requests does the load generator send? Made once, so that sending one is a single send().
 */
#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct target {
    char *url;
    char *name;              /* of the host; NULL: an address */
    char *request, *connect; /* connect: what opens the tunnel, NULL without tunnels */
    size_t request_n, connect_n;
    int status;      /* expected */
    uint64_t length; /* of the body, expected with status 200; UINT64_MAX: any */
    uint64_t upload; /* bytes of the body that goes with the request */
};

/* What all requests of a run have in common. */
struct target_form {
    bool tunnel;
    const char *login; /* user:password, for the proxy; NULL: none */
    uint64_t upload;   /* PUT with a body of so many bytes, which is not in `request`; 0: GET */
};

struct targets {
    struct target *items;
    size_t count, cap;
};

/* Adds "URL" or "URL STATUS" (200 without). The length is known from the origin's paths /b/LENGTH and
 * /c/LENGTH. False when that is no http URL. */
bool targets_add(struct targets *t, const char *line, const struct target_form *form);
/* Adds each line of a file; "-" is standard input. Ends the process when that fails. */
void targets_read(struct targets *t, const char *path, const struct target_form *form);
void targets_fini(struct targets *t);

#endif
