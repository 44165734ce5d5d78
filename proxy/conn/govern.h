/* govern.h - is what was let in still allowed? Every open tunnel and transfer of a worker is judged again
 * when the policy changed, a schedule or a rule's validity began or ended, a quota of it ran out or was
 * renewed, or its user was removed or got another password; and is closed, or slowed down, as the verdict now
 * says.
 *
 * A sweep looks at each connection of the worker once, a slice of time in each turn of the loop, so that tens
 * of thousands of tunnels hold nobody up. It begins in the turn after a commit, or at the next tick. */
#ifndef PROXY_CONN_GOVERN_H
#define PROXY_CONN_GOVERN_H

#include "proxy/runtime/loop.h"
#include "proxy/runtime/timer.h"

struct governor {
    struct timer tick;      /* an idle worker looks up for it: nobody wakes workers after a commit */
    struct loop_task task;  /* goes on with a sweep in the next turn */
    bool pending;           /* the task is posted */
    bool whole;             /* the sweep judges all; else those whose quota changed */
    size_t left;            /* connections that it has still to look at */
    uint64_t policy, users; /* epochs under which all were judged last */
    int64_t next_change_s;  /* when the verdicts of this policy may change by themselves */
};

struct plane;
void govern_init(struct plane *p);
void govern_fini(struct plane *p);
/* In each turn in which the policy is another than `policy`, or something is left to look at. */
void govern_turn(struct plane *p);

#endif
