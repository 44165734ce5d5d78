/* counts.h - what a replay counts while it runs: requests that would come out otherwise, by host, user, rule
 * and kind of change. counts.c adds, report.c tells. */
#ifndef REPLAY_COUNTS_H
#define REPLAY_COUNTS_H

#include "sluice/replay.h"

#include "replay/tally.h"

enum { ACTIONS = ACTION_ERROR + 1, TRANSITIONS = ACTIONS * ACTIONS };

/* One side of a comparison. */
struct side {
    enum action action;
    struct sl_str rule; /* "" = default */
};
/* A kind of change, as a key. Rules are numbers in counts.rules. */
struct change_key {
    uint32_t before, after;
    int32_t rule_before, rule_after;
};
/* A host and a kind of change. */
struct row_key {
    uint32_t host, change;
};

struct counts {
    uint64_t requests, judged, changed, other_rule;
    /* Why a request could not be judged, or only in part. */
    uint64_t by_gateway, unreadable, cut, tunnels, no_address, no_answer;
    uint64_t transitions[TRANSITIONS], transition_users[TRANSITIONS]; /* before * ACTIONS + after */
    struct tally hosts, users, rules, changes, rows;
    struct pairs pairs;
    bool crowded_hosts, crowded_users, crowded_rows; /* a bound was reached: counts of it are "at least" */
    uint64_t *examples;
    size_t example_count, example_most;
};

void counts_init(struct counts *c, size_t examples);
void counts_fini(struct counts *c);
void counts_change(struct counts *c, const struct record *r, const struct side *before,
                   const struct side *after);
/* The report of replay_run, new reference. */
json_t *counts_report(const struct counts *c, const struct replay_plan *plan);

#endif
