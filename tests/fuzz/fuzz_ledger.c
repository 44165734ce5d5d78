/* fuzz_ledger.c - the quota ledger's file with any bytes in it: opening and using it must not crash, hang or
 * read outside. The first byte says whether checksums are made right first, so that the code behind them is
 * reached too. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/fs.h"
#include "policy/store/ledger.h"
#include "policy/store/ledger_slot.h"
#include "sluice/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER = 4096, MOST = 256 };
static const uint8_t secret[32] = {1};
static const int64_t now_s = 1795003200;

static struct snapshot *make_snapshot(void)
{
    static const char policy[] = "{\"schema\":1,\"timezone\":\"UTC\",\"default\":{\"then\":\"allow\"},"
                                 "\"quotas\":[{\"id\":\"q\",\"if\":{},\"per\":\"user\","
                                 "\"window\":\"day\",\"bytes\":100,\"then\":\"block\"}]}";
    struct policy_faults faults = {0};
    json_t *doc = json_loads(policy, 0, NULL);
    struct snapshot *s = snapshot_compile(doc, NULL, 1, &faults);
    sl_assert(s);
    json_decref(doc);
    return s;
}

static void fix_checksums(uint8_t *slots, size_t size)
{
    const size_t from = offsetof(struct ledger_slot, window), bytes = sizeof(struct ledger_slot);
    for (size_t at = 0; at + bytes <= size; at += bytes) {
        struct ledger_slot slot;
        memcpy(&slot, slots + at, bytes);
        uint32_t crc = crypto_crc32c(0, slot.head.key, sizeof slot.head.key);
        slot.head.crc = crypto_crc32c(crc, (uint8_t *)&slot + from, bytes - from);
        memcpy(slots + at, &slot, bytes);
    }
}

/* A good file whose slots (or, at will, whose header too) are the input. */
static void write_file(const char *path, const uint8_t *data, size_t size)
{
    struct ledger *l;
    sl_assert(ledger_open(path, secret, MOST, &l, NULL));
    ledger_close(&l);
    uint8_t how = size ? data[0] : 0;
    uint8_t *copy = sl_malloc(size + 1);
    memcpy(copy, data, size);
    if (how & 1)
        fix_checksums(copy + 1, size ? size - 1 : 0);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    off_t at = how & 2 ? 0 : HEADER;
    sl_assert(fd >= 0 && (size < 2 || pwrite(fd, copy + 1, size - 1, at) == (ssize_t)size - 1));
    close(fd);
    free(copy);
}

static void use_it(struct ledger *l, const struct snapshot *s)
{
    struct quota_use use;
    json_decref(ledger_usage(l, s, sl_cstr(NULL), sl_cstr(NULL), now_s));
    for (int i = 0; i < 3; i++) {
        char name[2] = {(char)('a' + i), '\0'};
        struct ledger_entry *e = ledger_find(l, s, 0, sl_cstr(name), now_s);
        if (!e)
            continue;
        ledger_charge(l, e, s, 0, now_s, 10, 1, true);
        ledger_use(l, e, s, 0, now_s, &use);
        sl_assert(use.bytes >= 10);
    }
    ledger_sweep(l, now_s + 30 * 86400);
    ledger_reset(l, sl_cstr(NULL), sl_cstr(NULL), now_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct snapshot *snap;
    char dir[] = "/tmp/fuzz-ledger.XXXXXX", path[64];
    if (!snap)
        snap = make_snapshot();
    if (!mkdtemp(dir))
        return 0;
    sl_log_level(SL_LOG_ERROR);
    snprintf(path, sizeof path, "%s/l", dir);
    write_file(path, data, size);
    struct ledger *l = NULL;
    if (ledger_open(path, secret, MOST, &l, NULL))
        use_it(l, snap);
    ledger_close(&l);
    fs_remove_all(dir, NULL);
    return 0;
}
