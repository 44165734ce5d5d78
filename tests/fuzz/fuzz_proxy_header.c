/* fuzz_proxy_header.c - any bytes as the PROXY header of a connection. How they are cut into pieces must not
 * matter: every shorter piece of a header asks for more, and nothing that comes behind it changes what it
 * says. */
#include "proxy/net/proxy_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sl_str all = sl_str((const char *)data, size);
    struct proxy_header whole, part;
    enum proxy_header_result r = proxy_header_parse(all, &whole);
    sl_assert(r != PROXY_HEADER_MORE || size < PROXY_HEADER_MAX);
    for (size_t n = 0; n < SL_MIN(size, (size_t)256); n++) {
        enum proxy_header_result earlier = proxy_header_parse(sl_str_sub(all, 0, n), &part);
        sl_assert(earlier != PROXY_HEADER_DONE ||
                  (r == PROXY_HEADER_DONE && part.length == whole.length && n >= part.length));
        sl_assert(earlier != PROXY_HEADER_BAD || r == PROXY_HEADER_BAD);
    }
    if (r != PROXY_HEADER_DONE)
        return 0;
    sl_assert(whole.length > 0 && whole.length <= SL_MIN(size, (size_t)PROXY_HEADER_MAX));
    sl_assert(proxy_header_parse(sl_str_sub(all, 0, whole.length - 1), &part) == PROXY_HEADER_MORE);
    sl_assert(proxy_header_parse(sl_str_sub(all, 0, whole.length), &part) == PROXY_HEADER_DONE);
    sl_assert(part.told == whole.told && sl_addr_eq(part.client.addr, whole.client.addr));
    return 0;
}
