/* document_quotas.c - the quotas of a document: what is counted, for whom, in which window, and what then. */
#include "policy/document_parts.h"

#include "policy/rate.h"
#include "sluice/clock.h"

enum {
    ROLLING_MIN_S = 60,
    ROLLING_MAX_S = 31 * 86400,
    IDLE_GAP_S = 60,
    IDLE_GAP_MAX_S = 3600,
    BACKGROUND_REQUESTS_MAX = 10000,
    EXTENSION_TIMES_MAX = 100
};
static const uint64_t background_bytes_max = 1u << 30;

#define DURATION "{\"type\":\"string\",\"pattern\":\"^[0-9]+(ms|s|m|min|h|d|w)?$\"}"
#define COUNT_ABOVE_0 "{\"type\":\"integer\",\"minimum\":1}"
#define COUNT_UP_TO(most) "{\"type\":\"integer\",\"minimum\":1,\"maximum\":" #most "}"

/* Whole seconds from min_s to max_s; `range` says so in words. */
static void read_seconds(struct reader *r, const json_t *v, int64_t min_s, int64_t max_s, const char *range,
                         int64_t *out_s)
{
    int64_t ms;
    if (!read_is(r, v, JSON_STRING, "a string"))
        return;
    if (sl_duration_parse(read_str(v), &ms) && ms % 1000 == 0 && ms / 1000 >= min_s && ms / 1000 <= max_s)
        *out_s = ms / 1000;
    else
        read_fault(r, "'%s' is no duration %s", json_string_value(v), range);
}

static void read_count(struct reader *r, const json_t *v, int64_t max, uint64_t *out)
{
    int64_t number;
    if (read_number(r, v, 1, max, &number))
        *out = (uint64_t)number;
}

/* ---- window ---- */

static void read_rolling(struct reader *r, const json_t *v, struct quota_def *out)
{
    out->window = QUOTA_ROLLING;
    read_seconds(r, v, ROLLING_MIN_S, ROLLING_MAX_S, "from 1m to 31d, such as 24h", &out->rolling_s);
}

READER(rolling_length, quota_def, read_rolling(r, v, o))

static const struct read_field rolling_fields[] = {
    {"rolling", rolling_length, DURATION, READ_REQUIRED},
};
const struct read_shape document_rolling_shape = {"rolling_window", "a rolling window",
                                                  READ_FIELDS(rolling_fields)};

static void read_window(struct reader *r, const json_t *v, struct quota_def *out)
{
    int word;
    if (json_is_object(v))
        read_object(r, v, &document_rolling_shape, out);
    else if (json_is_string(v) && sl_str_eq(read_str(v), SL_STR("rolling")))
        read_fault(r, "a rolling window has a length; write {\"rolling\": \"24h\"}");
    else if (read_word(r, v, quota_window_words, &word))
        out->window = (enum quota_window)word;
}

/* ---- what does not count as activity ---- */

static void read_background_bytes(struct reader *r, const json_t *v, struct quota_amounts *out)
{
    uint64_t bytes;
    if (!read_size(r, v, &bytes))
        return;
    if (bytes <= background_bytes_max)
        out->bytes = bytes;
    else
        read_fault(r, "more than 1GiB a minute is no background traffic");
}

READER(background_bytes, quota_amounts, read_background_bytes(r, v, o))
READER(background_requests, quota_amounts, read_count(r, v, BACKGROUND_REQUESTS_MAX, &o->requests))

static const struct read_field background_fields[] = {
    {"bytes", background_bytes, SCHEMA_REF("size"), 0},
    {"requests", background_requests, COUNT_UP_TO(10000), 0},
};
const struct read_shape document_background_shape = {"quota_background", "background traffic",
                                                     READ_FIELDS(background_fields)};

static void read_background(struct reader *r, const json_t *v, struct quota_def *out)
{
    read_object(r, v, &document_background_shape, &out->background);
    if (json_is_object(v) && !json_object_get(v, "bytes") && !json_object_get(v, "requests"))
        read_fault(r, "background says nothing; give bytes or requests a minute");
}

/* ---- what users may add themselves ---- */

READER(extension_bytes, quota_extension, read_size(r, v, &o->amounts.bytes))
READER(extension_minutes, quota_extension, read_count(r, v, INT64_MAX, &o->amounts.minutes))
READER(extension_requests, quota_extension, read_count(r, v, INT64_MAX, &o->amounts.requests))
READER(extension_times, quota_extension, read_count(r, v, EXTENSION_TIMES_MAX, &o->times))

static const struct read_field extension_fields[] = {
    {"bytes", extension_bytes, SCHEMA_REF("size"), 0},
    {"minutes", extension_minutes, COUNT_ABOVE_0, 0},
    {"requests", extension_requests, COUNT_ABOVE_0, 0},
    {"times", extension_times, COUNT_UP_TO(100), 0},
};
const struct read_shape document_extension_shape = {"quota_extension", "an extension",
                                                    READ_FIELDS(extension_fields)};

static void read_extension(struct reader *r, const json_t *v, struct quota_def *out)
{
    out->extension.times = 1;
    read_object(r, v, &document_extension_shape, &out->extension);
}

/* One person must not be able to take more for others. An amount without its limit would do nothing. */
static void check_extension(struct reader *r, const json_t *quota, const struct quota_def *q)
{
    static const char *const amounts[] = {"bytes", "minutes", "requests"};
    const json_t *extension = json_object_get(quota, "extension");
    size_t given = 0, mark;
    if (!json_is_object(extension))
        return;
    mark = read_enter(r, "extension");
    for (size_t i = 0; i < SL_COUNT(amounts); i++) {
        if (!json_object_get(extension, amounts[i]))
            continue;
        given++;
        if (!json_object_get(quota, amounts[i]))
            read_fault(r, "the quota has no limit of %s that could be extended", amounts[i]);
    }
    if (given == 0)
        read_fault(r, "the extension adds nothing; give bytes, minutes or requests");
    if (q->per == QUOTA_PER_GROUP || q->per == QUOTA_PER_ALL)
        read_fault(r, "one person would take more for everybody; an extension needs \"per\": \"user\" or "
                      "\"client\"");
    read_leave(r, mark);
}

/* ---- a quota ---- */

static void read_per(struct reader *r, const json_t *v, struct quota_def *out)
{
    int word;
    if (read_word(r, v, quota_per_words, &word))
        out->per = (enum quota_per)word;
}

static void read_warn_at(struct reader *r, const json_t *v, unsigned *out)
{
    int64_t number;
    if (read_number(r, v, 1, 100, &number))
        *out = (unsigned)number;
}

READER(then_throttle, quota_def, rate_read(r, v, &o->throttle))

static const struct read_field then_fields[] = {
    {"throttle", then_throttle, SCHEMA_RATE, READ_REQUIRED},
};
const struct read_shape document_quota_throttle_shape = {"quota_throttle", "the end of a quota",
                                                         READ_FIELDS(then_fields)};

static void read_then(struct reader *r, const json_t *v, struct quota_def *out)
{
    static const char *const words[] = {"block", "warn", NULL};
    int word;
    if (json_is_object(v)) {
        out->then = ACTION_ALLOW;
        read_object(r, v, &document_quota_throttle_shape, out);
    } else if (read_word(r, v, words, &word)) {
        out->then = word == 0 ? ACTION_BLOCK : ACTION_WARN;
    }
}

READER(quota_id, doc_quota, document_unique(r, v, &r->doc->quota_ids, &o->def.id))
READER(quota_if, doc_quota, condition_read(r, v, &o->guard.when))
READER(quota_unless, doc_quota, document_read_unless(r, v, &o->guard))
READER(quota_from, doc_quota, validity_read_from(r, v, &o->guard.valid))
READER(quota_until, doc_quota, validity_read_until(r, v, &o->guard.valid))
READER(quota_per, doc_quota, read_per(r, v, &o->def))
READER(quota_window, doc_quota, read_window(r, v, &o->def))
READER(quota_bytes, doc_quota, read_size(r, v, &o->def.limit.bytes))
READER(quota_minutes, doc_quota, read_count(r, v, INT64_MAX, &o->def.limit.minutes))
READER(quota_requests, doc_quota, read_count(r, v, INT64_MAX, &o->def.limit.requests))
READER(quota_idle_gap, doc_quota,
       read_seconds(r, v, IDLE_GAP_S, IDLE_GAP_MAX_S, "from 1m to 1h, such as 5m", &o->def.idle_gap_s))
READER(quota_background, doc_quota, read_background(r, v, &o->def))
READER(quota_warn_at, doc_quota, read_warn_at(r, v, &o->def.warn_at))
READER(quota_extension, doc_quota, read_extension(r, v, &o->def))
READER(quota_message, doc_quota, read_text(r, v, DOCUMENT_MESSAGE_MAX, &o->def.message))
READER(quota_then, doc_quota, read_then(r, v, &o->def))

static const struct read_field quota_fields[] = {
    {"id", quota_id, SCHEMA_REF("id"), READ_REQUIRED},
    {"if", quota_if, SCHEMA_REF("condition"), 0},
    {"unless", quota_unless, SCHEMA_REF("condition"), 0},
    {"from", quota_from, VALIDITY_SCHEMA, 0},
    {"until", quota_until, VALIDITY_SCHEMA, 0},
    {"per", quota_per, "{\"enum\":[\"user\",\"client\",\"group\",\"all\"]}", READ_REQUIRED},
    {"window", quota_window,
     "{\"anyOf\":[{\"enum\":[\"hour\",\"day\",\"week\",\"month\"]}," SCHEMA_REF("rolling_window") "]}",
     READ_REQUIRED},
    {"bytes", quota_bytes, SCHEMA_REF("size"), 0},
    {"minutes", quota_minutes, COUNT_ABOVE_0, 0},
    {"requests", quota_requests, COUNT_ABOVE_0, 0},
    {"idle_gap", quota_idle_gap,
     "{\"type\":\"string\",\"pattern\":\"^[0-9]+(ms|s|m|min|h|d|w)?$\",\"default\":\"60s\","
     "\"description\":\"a pause up to this long counts as minutes of activity, 1m to 1h\"}",
     0},
    {"background", quota_background, SCHEMA_REF("quota_background"), 0},
    {"warn_at", quota_warn_at, COUNT_UP_TO(100), 0},
    {"extension", quota_extension, SCHEMA_REF("quota_extension"), 0},
    {"message", quota_message, SCHEMA_MESSAGE, 0},
    {"then", quota_then,
     "{\"anyOf\":[{\"enum\":[\"block\",\"warn\"]}," SCHEMA_REF("quota_throttle") "],\"default\":\"block\"}",
     0},
};
const struct read_shape document_quota_shape = {"quota", "a quota", READ_FIELDS(quota_fields)};

static void read_quota(struct reader *r, const json_t *item, void *out)
{
    struct doc_quota *q = &r->doc->quotas[r->doc->quota_count++];
    q->def.then = ACTION_BLOCK;
    q->def.idle_gap_s = IDLE_GAP_S;
    q->def.title = read_title(item);
    read_object(r, item, &document_quota_shape, q);
    validity_check(r, q->guard.valid);
    q->def.throttle.per = q->def.per;
    if (json_is_object(item) && !json_object_get(item, "bytes") && !json_object_get(item, "minutes") &&
        !json_object_get(item, "requests"))
        read_fault(r, "the quota has no limit; give bytes, minutes or requests");
    check_extension(r, item, &q->def);
}

void document_read_quotas(struct reader *r, const json_t *v, struct document *doc)
{
    doc->quotas = document_items(r, json_array_size(v), POLICY_MAX_QUOTAS, sizeof *doc->quotas);
    read_array(r, v, POLICY_MAX_QUOTAS, read_quota, NULL);
}
