/* fuzz_addr.c - any text as an address, a network, an endpoint, a time, a duration and a size: what is taken
 * has a canonical form that is taken too and means the same. */
#include "sluice/addr.h"
#include "sluice/clock.h"

static void addresses(struct sl_str text)
{
    struct sl_addr a, a2;
    struct sl_cidr net, net2;
    struct sl_endpoint e, e2;
    char buf[SL_ENDPOINT_TEXT];
    if (sl_addr_parse(text, &a))
        sl_assert(sl_addr_parse(sl_cstr(sl_addr_text(a, buf)), &a2) && sl_addr_eq(a, a2));
    if (sl_cidr_parse(text, &net, NULL)) {
        sl_assert(sl_cidr_parse(sl_cstr(sl_cidr_text(net, buf)), &net2, NULL));
        sl_assert(net.bits == net2.bits && sl_addr_eq(net.addr, net2.addr) &&
                  sl_cidr_contains(net, net.addr));
    }
    if (sl_endpoint_parse(text, &e, NULL)) {
        struct sockaddr_storage sa;
        sl_assert(sl_endpoint_parse(sl_cstr(sl_endpoint_text(e, buf)), &e2, NULL));
        sl_assert(e.port == e2.port && sl_addr_eq(e.addr, e2.addr));
        sl_endpoint_to_sockaddr(e, &sa);
        e2 = sl_endpoint_from_sockaddr((struct sockaddr *)&sa);
        sl_assert(e.port == e2.port && sl_addr_eq(e.addr, e2.addr));
    }
}

static void quantities(struct sl_str text)
{
    int64_t time, time2;
    uint64_t size, size2;
    char buf[SL_RFC3339_TEXT];
    sl_time_parse(text, 0, &time);
    if (sl_rfc3339_parse(text, &time))
        sl_rfc3339(time, buf);
    if (sl_duration_parse(text, &time))
        sl_assert(sl_duration_parse(sl_cstr(sl_duration_text(time, buf)), &time2) && time == time2);
    if (sl_size_parse(text, &size))
        sl_assert(sl_size_parse(sl_cstr(sl_size_text(size, buf)), &size2) && size == size2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    addresses(sl_str((const char *)data, size));
    quantities(sl_str((const char *)data, size));
    return 0;
}
