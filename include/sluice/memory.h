/* memory.h - the most memory that connections can take by the settings, whatever clients and origins do;
 * bytes. What policy, lists, audit and the admin API take comes on top, and so do the kernel's socket buffers
 * (docs/limits.md). */
#ifndef SLUICE_MEMORY_H
#define SLUICE_MEMORY_H

#include <stdint.h>

struct proxy_memory {
    uint64_t idle_connection, connection, worker, total;
};

#endif
