/* give_way.c - see give_way.h. Linux keeps both priorities for each thread; of the second glibc knows
 * nothing. */
#include "base/give_way.h"

#include <linux/ioprio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NICENESS = 10, THIS_THREAD = 0 };

bool give_way(void)
{
    return setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS) == 0;
}

int give_way_disk(void)
{
    long before = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, THIS_THREAD);
    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, THIS_THREAD, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
    return (int)before;
}

void give_back_disk(int before)
{
    if (before >= 0)
        syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, THIS_THREAD, before);
}
