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

enum { HEADER = 4096, MOST = 256, OLD_SLOT = 256 };
enum { CHECKSUMS = 1, FROM_HEADER = 2, OLD = 4 }; /* the first byte */
static const uint8_t secret[32] = {1};
static const int64_t now_s = 1795003200;

static struct snapshot *make_snapshot(void)
{
    static const char policy[] = "{\"schema\":1,\"timezone\":\"UTC\",\"default\":{\"then\":\"allow\"},"
                                 "\"quotas\":[{\"id\":\"q\",\"if\":{},\"per\":\"user\","
                                 "\"window\":\"day\",\"bytes\":100,\"extension\":{\"bytes\":9}},"
                                 "{\"id\":\"r\",\"if\":{},\"per\":\"user\","
                                 "\"window\":{\"rolling\":\"24h\"},\"minutes\":9,\"extension\":"
                                 "{\"minutes\":9,\"times\":9},\"background\":{\"bytes\":5}}]}";
    struct policy_faults faults = {0};
    json_t *doc = json_loads(policy, 0, NULL);
    struct snapshot *s = snapshot_compile(doc, NULL, 1, &faults);
    sl_assert(s);
    json_decref(doc);
    return s;
}

static void fix_checksums(uint8_t *slots, size_t size)
{
    for (size_t at = 0; at + sizeof(struct ledger_slot) <= size; at += sizeof(struct ledger_slot)) {
        struct ledger_slot slot;
        memcpy(&slot, slots + at, sizeof slot);
        slot.head.crc = slots_crc(&ledger_spec, &slot.head);
        memcpy(slots + at, &slot, sizeof slot);
    }
}

/* Those of the first version: checksum over the key and from byte 80 on. */
static void fix_old_checksums(uint8_t *slots, size_t size)
{
    for (size_t at = 0; at + OLD_SLOT <= size; at += OLD_SLOT) {
        uint32_t crc = crypto_crc32c(0, slots + at + 8, 16);
        crc = crypto_crc32c(crc, slots + at + 80, OLD_SLOT - 80);
        memcpy(slots + at + 4, &crc, sizeof crc);
    }
}

static void make_header_old(int fd)
{
    uint8_t header[28];
    const uint32_t bytes = OLD_SLOT;
    sl_assert(pread(fd, header, sizeof header, 0) == sizeof header);
    memcpy(header, "slquota", 8);
    memcpy(header + 12, &bytes, sizeof bytes);
    uint32_t crc = crypto_crc32c(0, header, 24);
    memcpy(header + 24, &crc, sizeof crc);
    sl_assert(pwrite(fd, header, sizeof header, 0) == sizeof header);
}

/* A good file whose slots (or, at will, whose header too) are the input. */
static void write_file(const char *path, const uint8_t *data, size_t size)
{
    struct ledger *l;
    sl_assert(ledger_open(path, secret, MOST, false, &l, NULL));
    ledger_close(&l);
    uint8_t how = size ? data[0] : 0;
    uint8_t *copy = sl_malloc(size + 1);
    memcpy(copy, data, size);
    if (how & CHECKSUMS)
        (how & OLD ? fix_old_checksums : fix_checksums)(copy + 1, size ? size - 1 : 0);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    off_t at = how & FROM_HEADER ? 0 : HEADER;
    if (how & OLD)
        make_header_old(fd);
    sl_assert(fd >= 0 && (size < 2 || pwrite(fd, copy + 1, size - 1, at) == (ssize_t)size - 1));
    close(fd);
    free(copy);
}

static void use_quota(struct ledger *l, const struct snapshot *s, int quota, const char *subject)
{
    struct quota_use use;
    struct ledger_entry *e = ledger_find(l, s, quota, sl_cstr(subject), now_s);
    if (!e)
        return;
    ledger_use(l, e, s, quota, now_s, &use);
    ledger_charge(l, e, s, quota, now_s, 10, 1);
    ledger_extend(l, e, s, quota, now_s, use.extensions);
    ledger_use(l, e, s, quota, now_s, &use);
    sl_assert(use.bytes >= 10);
}

static void use_it(struct ledger *l, const struct snapshot *s)
{
    json_decref(ledger_usage(l, s, sl_cstr(NULL), sl_cstr(NULL), now_s));
    for (int i = 0; i < 6; i++) {
        char name[2] = {(char)('a' + i / 2), '\0'};
        use_quota(l, s, i % 2, name);
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
    if (ledger_open(path, secret, MOST, false, &l, NULL))
        use_it(l, snap);
    ledger_close(&l);
    fs_remove_all(dir, NULL);
    return 0;
}
