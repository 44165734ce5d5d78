/* give_way.h - work that takes seconds and must not slow down requests. */
#ifndef BASE_GIVE_WAY_H
#define BASE_GIVE_WAY_H

#include "sluice/base.h"

/* The calling thread gets less of the processor than requests do, for the rest of its life: without
 * privilege there is no way back. False: it keeps the priority it has. */
bool give_way(void);
/* What it reads and writes comes after everybody else's, where the disk's scheduler knows priorities. Not
 * while it holds what a request may wait for. Returns what give_back_disk wants. */
int give_way_disk(void);
void give_back_disk(int before);

#endif
