/* load_options.h - what the load generator is told. */
#ifndef BENCH_LOAD_OPTIONS_H
#define BENCH_LOAD_OPTIONS_H

#include <netinet/in.h>
#include <stdbool.h>

#include "bench/target.h"

struct load_options {
    struct sockaddr_in proxy;
    size_t connections;
    double seconds, warm_up, rate; /* rate: requests a second, 0: a closed loop */
    unsigned sources;
    bool fresh, tls, hold, verify;
    struct target_form form;
};

/* Reads options and URLs; ends the process when they are wrong. */
void load_options_read(int argc, char **argv, struct load_options *out, struct targets *targets);

#endif
