/* json.c - what does a record look like outside? See audit/json.h. */
#include "audit/json.h"

#include <stdlib.h>

#include "sluice/clock.h"

#include "audit/pack.h"
#include "audit/record.h"

/* Length of the UTF-8 sequence at p, or 0 when there is none: no overlong forms, surrogates or values past
 * U+10FFFF. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return 1;
    size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || length > n)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    bool bad = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
               (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f);
    return bad ? 0 : length;
}

size_t text_clean_length(struct sl_str s)
{
    size_t i = 0, n;
    while (i < s.n && s.p[i] && (n = utf8_length((const unsigned char *)s.p + i, s.n - i)))
        i += n;
    return i;
}

json_t *text_to_json(struct sl_str s)
{
    if (!s.p)
        return json_null();
    size_t clean = text_clean_length(s);
    if (clean == s.n)
        return json_stringn_nocheck(s.p, s.n);
    struct sl_text out = {0};
    for (;;) {
        sl_text_add(&out, sl_str_sub(s, 0, clean));
        s = sl_str_sub(s, clean, SIZE_MAX);
        if (s.n == 0)
            break;
        sl_text_addf(&out, "\\x%02x", (unsigned char)*s.p);
        s = sl_str_sub(s, 1, SIZE_MAX);
        clean = text_clean_length(s);
    }
    json_t *text = json_stringn_nocheck(out.p, out.n);
    sl_text_fini(&out);
    return text;
}

static json_t *names_array(const struct sl_str *names, unsigned count)
{
    json_t *array = json_array();
    for (unsigned i = 0; i < count; i++)
        json_array_append_new(array, text_to_json(names[i]));
    return array;
}

char *names_to_json(const struct sl_str *names, unsigned count)
{
    if (count == 0)
        return NULL;
    json_t *array = names_array(names, count);
    char *text = json_dumps(array, JSON_COMPACT);
    json_decref(array);
    sl_assert(text);
    return text;
}

static void set(json_t *object, const char *key, json_t *value)
{
    sl_assert(value && json_object_set_new_nocheck(object, key, value) == 0);
}

/* The empty text is null: nothing was there. */
static void set_text(json_t *object, const char *key, struct sl_str s)
{
    set(object, key, s.n ? text_to_json(s) : json_null());
}

static void set_number(json_t *object, const char *key, uint64_t value)
{
    set(object, key, json_integer((json_int_t)SL_MIN(value, (uint64_t)INT64_MAX)));
}

static void set_positive(json_t *object, const char *key, uint64_t value)
{
    if (value)
        set_number(object, key, value);
    else
        set(object, key, json_null());
}

/* Phases that did not happen are left out. */
static json_t *timing_object(const struct record *r)
{
    uint32_t values[TIMING_PHASES];
    json_t *timing = json_object();
    timing_values(&r->timing, values);
    for (size_t i = 0; i < TIMING_PHASES; i++)
        if (values[i])
            set_number(timing, timing_names[i], values[i]);
    set_number(timing, "total_us", r->duration_us);
    return timing;
}

static json_t *tls_object(const struct record *r)
{
    if (!tls_known(&r->tls))
        return json_null();
    json_t *tls = json_object();
    set(tls, "inspected", json_boolean(r->tls.inspected));
    for (size_t i = 0; i < TLS_TEXTS; i++)
        set_text(tls, tls_texts[i].name, tls_text(&r->tls, i));
    return tls;
}

static void set_times(json_t *item, const struct record *r)
{
    char id[REQUEST_ID_TEXT], time[SL_RFC3339_TEXT];
    set(item, "id", json_string(request_id_text(r->id, id)));
    set(item, "time", json_string(sl_rfc3339(r->time_us, time)));
    set_number(item, "duration_ms", r->duration_us / 1000 + (r->duration_us % 1000 >= 500));
    set(item, "timing", timing_object(r));
}

static void set_client(json_t *item, const struct record *r, json_t *groups)
{
    char client[SL_ADDR_TEXT];
    if (sl_addr_none(r->client))
        set(item, "client", json_null());
    else
        set(item, "client", json_string(sl_addr_text(r->client, client)));
    set_positive(item, "client_port", r->client_port);
    set(item, "user", text_to_json(r->user));
    set(item, "groups", groups ? json_incref(groups) : json_array());
}

static void set_target(json_t *item, const struct record *r)
{
    set_text(item, "method", r->method);
    set_text(item, "scheme", r->scheme);
    set_text(item, "host", r->host);
    set_positive(item, "port", r->port);
    set_text(item, "path", r->path);
    set_text(item, "query", r->query);
}

static void set_outcome(json_t *item, const struct record *r, json_t *categories, json_t *report_only)
{
    set(item, "action", json_string(action_word(r->action)));
    set_text(item, "rule", r->rule);
    set_text(item, "reason", r->reason);
    set_text(item, "quota", r->quota);
    set(item, "categories", categories ? json_incref(categories) : json_array());
    set(item, "report_only", report_only ? json_incref(report_only) : json_array());
    set(item, "policy_version", json_integer(r->policy_version));
    set_positive(item, "status", r->status);
}

static void set_transfer(json_t *item, const struct record *r)
{
    char upstream[SL_ENDPOINT_TEXT];
    set_number(item, "bytes_in", r->bytes_in);
    set_number(item, "bytes_out", r->bytes_out);
    if (r->upstream.port)
        set(item, "upstream", json_string(sl_endpoint_text(r->upstream, upstream)));
    else
        set(item, "upstream", json_null());
    set_text(item, "parent", r->parent);
    set(item, "reused", json_boolean(r->reused));
    set_text(item, "error", r->error);
    set(item, "tls", tls_object(r));
    set_text(item, "http_version", sl_cstr(record_http_text(r->http)));
    set_text(item, "content_type", r->content_type);
    set_text(item, "referrer", r->referrer);
    set_text(item, "user_agent", r->user_agent);
}

json_t *record_to_json_with(const struct record *r, json_t *groups, json_t *categories, json_t *report_only)
{
    json_t *item = json_object();
    set_times(item, r);
    set_client(item, r, groups);
    set_target(item, r);
    set_outcome(item, r, categories, report_only);
    set_transfer(item, r);
    if (r->truncated)
        set(item, "truncated", json_true());
    return item;
}

json_t *record_to_json(const struct record *r)
{
    json_t *groups = names_array(r->groups, r->group_count);
    json_t *categories = names_array(r->categories, r->category_count);
    json_t *report_only = names_array(r->report_only, r->report_count);
    json_t *item = record_to_json_with(r, groups, categories, report_only);
    json_decref(groups);
    json_decref(categories);
    json_decref(report_only);
    return item;
}
