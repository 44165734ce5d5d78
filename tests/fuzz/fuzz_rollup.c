/* fuzz_rollup.c - deltas and runs that anybody may have written: reading them ends, and what can be read can
 * be written again and is the same. */
#include "audit/rollup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_run(struct sl_str run, int64_t start_min)
{
    struct sum sum = {0}, again = {0};
    struct figures f;
    while (run_next(&run, start_min, &sum.thing, &sum.f)) {
        struct sl_text out = {0};
        run_encode(&sum, 1, start_min, &out);
        struct sl_str rest = sl_text_str(&out);
        again.thing = 0;
        sl_assert(run_next(&rest, start_min, &again.thing, &f) && rest.n == 0);
        sl_assert(again.thing == sum.thing && memcmp(&f, &sum.f, sizeof f) == 0);
        sl_assert(figures_of_action(&f, ACTION_ALLOW) <= f.requests);
        sl_text_fini(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sl_str rest = sl_str((const char *)data, size), run;
    enum rollup_kind kind;
    int64_t minute;
    while (rollup_next_part(&rest, &kind, &minute, &run)) {
        sl_assert(kind < ROLLUP_KINDS && minute >= 0 && minute <= UINT32_MAX);
        check_run(run, minute);
    }
    check_run(sl_str((const char *)data, size), 7);
    return 0;
}
