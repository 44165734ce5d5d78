/* verdict.c - the words of sluice/verdict.h, in one table each. */
#include "sluice/verdict.h"

static const char *const actions[] = {
    [ACTION_ALLOW] = "allow", [ACTION_BLOCK] = "block", [ACTION_WARN] = "warn",
    [ACTION_QUOTA] = "quota", [ACTION_ERROR] = "error",
};
static const char *const reasons[REASON_COUNT] = {
    [REASON_DEFAULT] = "default",     [REASON_RULE] = "rule",
    [REASON_CONTINUED] = "continued", [REASON_QUOTA_WARNING] = "quota-warning",
    [REASON_QUOTA] = "quota",
};

const char *action_word(enum action a)
{
    sl_assert((size_t)a < SL_COUNT(actions));
    return actions[a];
}

bool action_parse(struct sl_str word, enum action *out)
{
    for (size_t i = 0; i < SL_COUNT(actions); i++) {
        if (sl_str_eq(word, sl_cstr(actions[i]))) {
            *out = (enum action)i;
            return true;
        }
    }
    return false;
}

const char *verdict_reason_word(enum verdict_reason r)
{
    sl_assert((size_t)r < REASON_COUNT);
    return reasons[r];
}
