/* fuzz_hosts.c - proxy/net/hosts.c: any file makes a table, and whatever is asked of it is answered from the
 * file. */
#include "proxy/net/hosts.h"

#include "sluice/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sl_addr found[8];
    struct sl_str text = sl_str((const char *)data, size);
    struct hosts *h = hosts_parse(text);
    size_t names = hosts_count(h), n = hosts_find(h, sl_str_sub(text, 0, 20), found, SL_COUNT(found));
    sl_assert(n <= names && n <= SL_COUNT(found));
    hosts_unref(&h);
    return 0;
}
