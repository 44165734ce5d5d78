/* body.c - reading what came: JSON bodies and query parameters, checked before a handler sees them. */
#include "adminapi/api.h"

#include "sluice/clock.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = sl_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct sl_str query_decode(struct sl_arena *arena, struct sl_str text, bool plus_is_space)
{
    char *out = sl_arena_bytes(arena, text.n + 1);
    size_t n = 0;
    if (out == NULL)
        return (struct sl_str){0};
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '%') {
            out[n++] = plus_is_space && text.p[i] == '+' ? ' ' : text.p[i];
            continue;
        }
        int high = i + 2 < text.n ? hex_value(text.p[i + 1]) : -1;
        int low = i + 2 < text.n ? hex_value(text.p[i + 2]) : -1;
        if (high < 0 || low < 0)
            return (struct sl_str){0};
        out[n++] = (char)(high * 16 + low);
        i += 2;
    }
    out[n] = '\0';
    return sl_str(out, n);
}

const char *query_encode(struct sl_arena *arena, struct sl_str text)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = sl_arena_bytes(arena, 3 * text.n + 1);
    size_t n = 0;
    if (out == NULL)
        return "";
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool plain = (c >= '0' && c <= '9') || (sl_lower((char)c) >= 'a' && sl_lower((char)c) <= 'z') ||
                     c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            out[n++] = (char)c;
            continue;
        }
        out[n++] = '%';
        out[n++] = hex[c >> 4];
        out[n++] = hex[c & 15];
    }
    out[n] = '\0';
    return out;
}

bool query_parse(struct api_request *req, struct sl_str text)
{
    struct sl_str part;
    while (text.n > 0 && sl_str_split(&text, '&', &part)) {
        if (part.n == 0)
            continue;
        if (req->query_count == API_MAX_QUERY)
            return false;
        size_t eq = sl_str_find(part, '=');
        struct api_query *q = &req->query[req->query_count];
        q->name = query_decode(&req->arena, sl_str_sub(part, 0, eq), true);
        q->value =
            eq < part.n ? query_decode(&req->arena, sl_str_sub(part, eq + 1, part.n), true) : SL_STR("");
        if (q->name.p == NULL || q->value.p == NULL)
            return false;
        req->query_count++;
    }
    return true;
}

struct sl_str query_text(const struct api_request *req, const char *name)
{
    for (unsigned i = 0; i < req->query_count; i++)
        if (sl_str_eq(req->query[i].name, sl_cstr(name)))
            return req->query[i].value;
    return (struct sl_str){0};
}

bool query_number(const struct api_request *req, const char *name, uint64_t min, uint64_t max,
                  uint64_t *inout, struct api_reply *reply)
{
    struct sl_str text = query_text(req, name);
    uint64_t value;
    if (text.p == NULL)
        return true;
    if (!sl_str_u64(text, max, &value) || value < min) {
        reply_problem(reply, 400, "%s=%.*s is not a number from %llu to %llu", name,
                      (int)SL_MIN(text.n, (size_t)40), text.p, (unsigned long long)min,
                      (unsigned long long)max);
        return false;
    }
    *inout = value;
    return true;
}

bool query_time(const struct api_request *req, const char *name, int64_t *inout_us, struct api_reply *reply)
{
    struct sl_str text = query_text(req, name);
    if (text.p == NULL || sl_time_parse(text, sl_wall_us(), inout_us))
        return true;
    reply_problem(reply, 400, "%s=%.*s is not a time such as 2026-11-23T09:00:00Z or -2h", name,
                  (int)SL_MIN(text.n, (size_t)60), text.p);
    return false;
}

json_t *body_object(struct api_request *req, struct api_reply *reply, const char *const *allowed)
{
    json_error_t why;
    json_t *object = json_loadb(req->body.p ? req->body.p : "", req->body.n, JSON_REJECT_DUPLICATES, &why);
    if (object == NULL) {
        reply_problem(reply, 400, "the body is not JSON: line %d, column %d: %s", why.line, why.column,
                      why.text);
        return NULL;
    }
    if (!json_is_object(object)) {
        reply_problem(reply, 400, "the body has to be a JSON object");
        json_decref(object);
        return NULL;
    }
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        size_t i = 0;
        while (allowed && allowed[i] && strcmp(allowed[i], key) != 0)
            i++;
        if (allowed && allowed[i] == NULL) {
            reply_problem(reply, 400, "unknown member \"%.60s\"; see /api/v1/openapi.json", key);
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

struct sl_str api_member(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return sl_str(json_string_value(value), json_string_length(value));
}

bool body_text(const json_t *object, const char *key, struct sl_str *out, struct api_reply *reply)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL || json_is_null(value)) {
        *out = SL_STR("");
        return true;
    }
    if (!json_is_string(value)) {
        reply_problem(reply, 400, "\"%s\" has to be a text", key);
        return false;
    }
    *out = sl_str(json_string_value(value), json_string_length(value));
    return true;
}
