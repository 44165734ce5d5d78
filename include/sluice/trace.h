/* trace.h - following one client's connections: what is asked of the data plane. proxy answers it, adminapi
 * asks it; neither knows the other. */
#ifndef SLUICE_TRACE_H
#define SLUICE_TRACE_H

#include "sluice/addr.h"

enum trace_what {
    TRACE_BEGIN, /* or go on: ends by itself TRACE_LASTS_S after the last BEGIN or READ */
    TRACE_READ,
    TRACE_END
};
enum { TRACE_LASTS_S = 60, TRACE_CLIENTS = 4, TRACE_READ_MOST = 1000 };

struct trace_query {
    enum trace_what what;
    struct sl_addr client;
    uint64_t after; /* READ: lines with a greater number; 0: all that are kept */
};

#endif
