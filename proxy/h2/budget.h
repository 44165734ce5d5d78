/* budget.h - how often may something happen that brings nothing?
 * So many times at once, and so many a second over time: a count that runs back. A plain value. */
#ifndef PROXY_H2_BUDGET_H
#define PROXY_H2_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct h2_budget {
    uint32_t spent;
    int64_t at_ms; /* when it last ran back */
};

struct h2_allowance {
    uint32_t at_once, per_s;
};

/* False: there is nothing left. */
bool h2_budget_spend(struct h2_budget *b, const struct h2_allowance *of, uint32_t n, int64_t now_ms);
/* Something came of it after all. */
void h2_budget_earn(struct h2_budget *b, uint32_t n);

#endif
