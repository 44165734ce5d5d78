/* fuzz_journal.c - a journal segment that anybody may have written: reading it never goes astray, and it
 * ends. */
#include <stdlib.h>

#include "sluice/log.h"

#include "audit/json.h"
#include "audit/record.h"
#include "audit/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What can be read as a record must be one that can be shown and written again. */
static void check(struct sl_str payload)
{
    static uint8_t out[RECORD_MAX_BYTES];
    struct record r, again;
    struct sl_str parts[PART_COUNT];
    if (!record_decode(payload, &r, parts))
        return;
    json_t *item = record_to_json(&r);
    char *text = json_dumps(item, JSON_COMPACT);
    sl_assert(text);
    free(text);
    json_decref(item);
    if (record_size(&r) < RECORD_MAX_BYTES) {
        size_t n = record_encode(&r, out, sizeof out);
        /* Lengths of texts that earlier versions do not have: of a parent, and of the later ones of TLS. */
        size_t added =
            (payload.p[0] < 2 ? 2 : 0) + (payload.p[0] < 3 ? 2 * (TLS_TEXTS - TLS_TEXTS_BEFORE_3) : 0);
        sl_assert(n == payload.n + added && record_decode(sl_str((char *)out, n), &again, parts));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame f;
    sl_log_level(SL_LOG_ERROR);
    check(sl_str((const char *)data, size));
    if (size < SEGMENT_HEAD)
        return 0;
    /* In memory of its own and loaded, as segment_load leaves it; the checksum of the header is not in the
     * way. */
    struct segment *segment = sl_calloc(1, sizeof *segment);
    *segment = (struct segment){
        .bytes = size & ~(size_t)7, .stream = 7, .number = 1, .path = sl_strdup("/nonexistent/fuzz")};
    segment->data = sl_malloc(segment->bytes);
    memcpy(segment->data, data, segment->bytes);
    segment_check(segment, NULL);
    struct stream *s = stream_new(7, true);
    stream_add_old(s, segment);
    uint64_t last = 0;
    while (stream_next(s, &f) == STREAM_RECORD) {
        sl_assert(f.seq > last);
        last = f.seq;
        check(f.payload);
    }
    stream_free(s);
    return 0;
}
