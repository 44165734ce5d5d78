/* budget.c - see budget.h. */
#include "proxy/h2/budget.h"

#include "sluice/base.h"

/* Whole units run back, and only the time that they took: what is left of a unit is not lost. */
static void run_back(struct h2_budget *b, uint32_t per_s, int64_t now_ms)
{
    uint64_t units = (uint64_t)SL_MAX(now_ms - b->at_ms, (int64_t)0) * per_s / 1000;
    if (b->spent <= units) {
        b->spent = 0;
        b->at_ms = now_ms;
    } else {
        b->spent -= (uint32_t)units;
        b->at_ms += (int64_t)(units * 1000 / per_s);
    }
}

bool h2_budget_spend(struct h2_budget *b, const struct h2_allowance *of, uint32_t n, int64_t now_ms)
{
    run_back(b, of->per_s, now_ms);
    b->spent += SL_MIN(n, of->at_once + 1);
    return b->spent <= of->at_once;
}

void h2_budget_earn(struct h2_budget *b, uint32_t n)
{
    b->spent -= SL_MIN(b->spent, n);
}
