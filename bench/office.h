/* office.h - the traffic of an office, for benchmarks: 20,000 hosts of which 1 % take half of the requests,
 * 2,000 users in eight groups, 50 user agents, 5,000 paths; half of it tunnels that may last for minutes. The
 * same number gives the same record. */
#ifndef BENCH_OFFICE_H
#define BENCH_OFFICE_H

#include "sluice/record.h"

void office_open(void); /* once, before anything else */
/* Request number n that began then. Texts live until the process ends. */
void office_record(struct record *r, uint64_t n, uint64_t id, int64_t time_us);

#endif
