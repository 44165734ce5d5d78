/* fuzz_cookie.c - adminapi/cookie.c: any field gives nothing or a part of itself behind the name and '='. The
 * first byte says where the name ends. */
#include "adminapi/cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sl_str text = sl_str((const char *)data + (size > 0), size - (size > 0));
    size_t n = size > 0 ? data[0] % 16 : 0;
    struct sl_str name = sl_str_sub(text, 0, n), field = sl_str_sub(text, n, text.n);
    struct sl_str value = cookie_value(field, name);
    if (value.p == NULL)
        return 0;
    sl_assert(value.p > field.p && value.p + value.n <= field.p + field.n);
    sl_assert(sl_str_find(value, ';') == value.n);
    return 0;
}
