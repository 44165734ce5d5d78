/* fuzz_zone.c - any bytes as a TZif file, and as a POSIX rule. What must hold for a zone that was taken:
 * offsets stay within a day or so, and every quota window holds its moment. */
#include <stdlib.h>

#include "policy/quota.h"
#include "policy/zone.h"

static void ask(struct zone *z)
{
    static const int64_t moments[] = {-4000000000, -1, 0, 1795424400, 4102444800, 32503680000};
    for (size_t i = 0; i < SL_COUNT(moments); i++) {
        int32_t offset = zone_offset(z, moments[i]);
        sl_assert(offset >= -26 * 3600 && offset <= 26 * 3600);
        zone_to_utc(z, moments[i]);
        int64_t start, end;
        quota_bounds(z, QUOTA_HOUR, moments[i], &start, &end);
        sl_assert(start <= moments[i] && end > moments[i]);
    }
    zone_free(&z);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zone *z;
    struct sl_err err;
    if (zone_parse(SL_STR("fuzz"), data, size, &z, &err))
        ask(z);
    if (zone_from_rule(sl_str((const char *)data, size), &z, &err))
        ask(z);
    return 0;
}
