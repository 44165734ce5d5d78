/* text.c - see audit/text.h.
 *
 * Columns are rows of one table for both formats: a name, where the value comes from, and how it is written.
 * JSON escapes as jansson does, so that an export and a page show a record alike. */
#include "audit/text.h"

#include <jansson.h>

#include "sluice/clock.h"

#include "audit/json.h"
#include "audit/pack.h"
#include "audit/record.h"

/* As sl_text_add, which these are called too often for. */
static inline void put(struct sl_text *out, struct sl_str s)
{
    if (out->cap - out->n <= s.n) {
        sl_text_add(out, s);
        return;
    }
    if (s.n)
        memcpy(out->p + out->n, s.p, s.n);
    out->n += s.n;
}

static inline void putch(struct sl_text *out, char c)
{
    put(out, sl_str(&c, 1));
}

static void add_number(struct sl_text *out, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    value = SL_MIN(value, (uint64_t)INT64_MAX);
    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    put(out, sl_str(digits + at, sizeof digits - at));
}

static void add_signed(struct sl_text *out, int64_t value)
{
    if (value < 0)
        sl_text_addf(out, "%lld", (long long)value);
    else
        add_number(out, (uint64_t)value);
}

static uint64_t whole_ms(uint64_t us)
{
    return us / 1000 + (us % 1000 >= 500);
}

/* ---- JSON ---- */

/* Bytes that stand for themselves within a JSON string. */
static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

static void add_escape(struct sl_text *out, char c)
{
    static const char letters[0x20] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    char letter = (unsigned char)c < sizeof letters ? letters[(unsigned char)c] : c;
    if (letter) {
        putch(out, '\\');
        putch(out, letter);
    } else {
        sl_text_addf(out, "\\u%04X", (unsigned char)c);
    }
}

static void add_clean(struct sl_text *out, struct sl_str s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (is_plain(s.p[i]))
            continue;
        put(out, sl_str_sub(s, from, i - from));
        add_escape(out, s.p[i]);
        from = i + 1;
    }
    put(out, sl_str_sub(s, from, s.n));
}

/* How much of s, from its begin, is ASCII that stands for itself: nearly always all of it. */
static size_t plain_length(struct sl_str s)
{
    size_t i = 0;
    while (i < s.n && is_plain(s.p[i]) && (unsigned char)s.p[i] < 0x80)
        i++;
    return i;
}

/* As text_to_json: bytes that are no UTF-8, and NUL, show as \xNN. */
static void add_string(struct sl_text *out, struct sl_str s)
{
    size_t plain = plain_length(s);
    putch(out, '"');
    put(out, sl_str_sub(s, 0, plain));
    s = sl_str_sub(s, plain, SIZE_MAX);
    while (s.n) {
        size_t clean = text_clean_length(s);
        add_clean(out, sl_str_sub(s, 0, clean));
        if (clean == s.n)
            break;
        sl_text_addf(out, "\\\\x%02x", (unsigned char)s.p[clean]);
        s = sl_str_sub(s, clean + 1, SIZE_MAX);
    }
    putch(out, '"');
}

static void key(struct sl_text *out, const char *name)
{
    put(out, out->p[out->n - 1] == '{' ? SL_STR("\"") : SL_STR(",\""));
    put(out, sl_cstr(name));
    put(out, SL_STR("\":"));
}

static void add_null(struct sl_text *out)
{
    put(out, SL_STR("null"));
}

/* The empty text is null. */
static void text_member(struct sl_text *out, const char *name, struct sl_str s)
{
    key(out, name);
    if (s.n)
        add_string(out, s);
    else
        add_null(out);
}

static void number_member(struct sl_text *out, const char *name, uint64_t value)
{
    key(out, name);
    add_number(out, value);
}

static void positive_member(struct sl_text *out, const char *name, uint64_t value)
{
    key(out, name);
    if (value)
        add_number(out, value);
    else
        add_null(out);
}

static void bool_member(struct sl_text *out, const char *name, bool value)
{
    key(out, name);
    put(out, value ? SL_STR("true") : SL_STR("false"));
}

/* A list as it is kept: compact JSON of our own. */
static void names_member(struct sl_text *out, const char *name, struct sl_str names)
{
    key(out, name);
    put(out, names.n ? names : SL_STR("[]"));
}

static void timing_member(struct sl_text *out, const struct record *r)
{
    uint32_t values[TIMING_PHASES];
    timing_values(&r->timing, values);
    key(out, "timing");
    putch(out, '{');
    for (size_t i = 0; i < TIMING_PHASES; i++)
        if (values[i])
            number_member(out, timing_names[i], values[i]);
    number_member(out, "total_us", r->duration_us);
    putch(out, '}');
}

static void tls_member(struct sl_text *out, const struct record *r)
{
    key(out, "tls");
    if (!tls_known(&r->tls)) {
        add_null(out);
        return;
    }
    putch(out, '{');
    bool_member(out, "inspected", r->tls.inspected);
    for (size_t i = 0; i < TLS_TEXTS; i++)
        text_member(out, tls_texts[i].name, tls_text(&r->tls, i));
    putch(out, '}');
}

static void who_members(struct sl_text *out, const struct row *row)
{
    const struct record *r = &row->r;
    char id[REQUEST_ID_TEXT], time[SL_RFC3339_TEXT], client[SL_ADDR_TEXT];
    text_member(out, "id", sl_cstr(request_id_text(r->id, id)));
    text_member(out, "time", sl_cstr(sl_rfc3339(r->time_us, time)));
    number_member(out, "duration_ms", whole_ms(r->duration_us));
    timing_member(out, r);
    text_member(out, "client",
                sl_addr_none(r->client) ? SL_STR("") : sl_cstr(sl_addr_text(r->client, client)));
    positive_member(out, "client_port", r->client_port);
    key(out, "user"); /* which may be the empty text */
    if (r->user.p)
        add_string(out, r->user);
    else
        add_null(out);
    names_member(out, "groups", row->groups);
}

static void what_members(struct sl_text *out, const struct row *row)
{
    const struct record *r = &row->r;
    text_member(out, "method", r->method);
    text_member(out, "scheme", r->scheme);
    text_member(out, "host", r->host);
    positive_member(out, "port", r->port);
    text_member(out, "path", r->path);
    text_member(out, "query", r->query);
    text_member(out, "action", sl_cstr(action_word(r->action)));
    text_member(out, "rule", r->rule);
    text_member(out, "reason", r->reason);
    text_member(out, "quota", r->quota);
    names_member(out, "categories", row->categories);
    names_member(out, "report_only", row->report_only);
    key(out, "policy_version");
    add_signed(out, r->policy_version);
    positive_member(out, "status", r->status);
}

static void transfer_members(struct sl_text *out, const struct record *r)
{
    char upstream[SL_ENDPOINT_TEXT];
    number_member(out, "bytes_in", r->bytes_in);
    number_member(out, "bytes_out", r->bytes_out);
    text_member(out, "upstream",
                r->upstream.port ? sl_cstr(sl_endpoint_text(r->upstream, upstream)) : SL_STR(""));
    text_member(out, "parent", r->parent);
    bool_member(out, "reused", r->reused);
    text_member(out, "error", r->error);
    tls_member(out, r);
    text_member(out, "http_version", sl_cstr(record_http_text(r->http)));
    text_member(out, "content_type", r->content_type);
    text_member(out, "referrer", r->referrer);
    text_member(out, "user_agent", r->user_agent);
    if (r->truncated)
        bool_member(out, "truncated", true);
}

void text_add_json(struct sl_text *out, const struct row *row)
{
    sl_text_addc(out, '{');
    who_members(out, row);
    what_members(out, row);
    transfer_members(out, &row->r);
    sl_text_add(out, SL_STR("}\n"));
}

/* ---- CSV ---- */

static const char csv_header[] =
    "id,time,duration_ms,client,client_port,user,groups,method,scheme,host,port,path,query,action,rule,"
    "reason,"
    "quota,categories,report_only,policy_version,status,bytes_in,bytes_out,upstream,reused,error,tls_version,"
    "tls_cipher,tls_sni,tls_inspected,tls_fault,content_type,referrer,user_agent,truncated,parent,"
    "tls_issuer,tls_exception,tls_origin_version,tls_origin_cipher,http_version\r\n";

void text_add_csv_header(struct sl_text *out)
{
    put(out, sl_str(csv_header, sizeof csv_header - 1));
}

/* Within quotes; s is valid UTF-8. */
static void add_quoted(struct sl_text *out, struct sl_str s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '"') {
            put(out, sl_str_sub(s, from, i + 1 - from));
            from = i;
        }
    put(out, sl_str_sub(s, from, s.n));
}

/* Nothing in it that has to be looked at more closely. */
static bool is_simple(struct sl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == ',' || s.p[i] == '"' || s.p[i] < ' ' || (unsigned char)s.p[i] >= 0x80)
            return false;
    return s.n == 0 || (s.p[0] != ' ' && s.p[s.n - 1] != ' ');
}

static bool needs_quotes(struct sl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == ',' || s.p[i] == '"' || (unsigned char)s.p[i] < 0x20)
            return true;
    return s.n && (s.p[0] == ' ' || s.p[s.n - 1] == ' ');
}

/* A spreadsheet would run what begins so. */
static bool is_formula(struct sl_str s)
{
    return s.n && memchr("=+-@\t\r", s.p[0], 6);
}

static void hard_cell(struct sl_text *out, struct sl_str s)
{
    bool quotes = needs_quotes(s);
    if (quotes)
        putch(out, '"');
    if (is_formula(s))
        putch(out, '\'');
    while (s.n) {
        size_t clean = text_clean_length(s);
        add_quoted(out, sl_str_sub(s, 0, clean));
        if (clean < s.n)
            sl_text_addf(out, "\\x%02x", (unsigned char)s.p[clean]);
        s = sl_str_sub(s, clean + 1, SIZE_MAX);
    }
    put(out, quotes ? SL_STR("\",") : SL_STR(","));
}

static void text_cell(struct sl_text *out, struct sl_str s)
{
    if (!is_simple(s) || is_formula(s)) {
        hard_cell(out, s);
        return;
    }
    put(out, s);
    putch(out, ',');
}

static void number_cell(struct sl_text *out, uint64_t value)
{
    add_number(out, value);
    putch(out, ',');
}

static void positive_cell(struct sl_text *out, uint64_t value)
{
    if (value)
        add_number(out, value);
    putch(out, ',');
}

static void bool_cell(struct sl_text *out, bool value)
{
    put(out, value ? SL_STR("true,") : SL_STR("false,"));
}

static void names_cell(struct sl_text *out, struct sl_str names)
{
    struct sl_text joined = {0};
    /* Mostly none, or one of a few letters: ["news"]. */
    struct sl_str only = sl_str_sub(names, 2, names.n < 4 ? 0 : names.n - 4);
    if (only.n == 0 || (is_simple(only) && !is_formula(only) && !memchr(only.p, '\\', only.n))) {
        put(out, only);
        putch(out, ',');
        return;
    }
    json_t *array = names.n ? json_loadb(names.p, names.n, 0, NULL) : NULL, *name;
    size_t i;
    json_array_foreach(array, i, name)
    {
        if (i)
            sl_text_addc(&joined, ' ');
        sl_text_add(&joined, sl_str(json_string_value(name), json_string_length(name)));
    }
    text_cell(out, sl_text_str(&joined));
    json_decref(array);
    sl_text_fini(&joined);
}

static void who_cells(struct sl_text *out, const struct row *row)
{
    const struct record *r = &row->r;
    char id[REQUEST_ID_TEXT], time[SL_RFC3339_TEXT], client[SL_ADDR_TEXT];
    text_cell(out, sl_cstr(request_id_text(r->id, id)));
    text_cell(out, sl_cstr(sl_rfc3339(r->time_us, time)));
    number_cell(out, whole_ms(r->duration_us));
    text_cell(out, sl_addr_none(r->client) ? SL_STR("") : sl_cstr(sl_addr_text(r->client, client)));
    positive_cell(out, r->client_port);
    text_cell(out, r->user);
    names_cell(out, row->groups);
}

static void what_cells(struct sl_text *out, const struct row *row)
{
    const struct record *r = &row->r;
    text_cell(out, r->method);
    text_cell(out, r->scheme);
    text_cell(out, r->host);
    positive_cell(out, r->port);
    text_cell(out, r->path);
    text_cell(out, r->query);
    text_cell(out, sl_cstr(action_word(r->action)));
    text_cell(out, r->rule);
    text_cell(out, r->reason);
    text_cell(out, r->quota);
    names_cell(out, row->categories);
    names_cell(out, row->report_only);
    add_signed(out, r->policy_version);
    putch(out, ',');
    positive_cell(out, r->status);
}

static void transfer_cells(struct sl_text *out, const struct record *r)
{
    char upstream[SL_ENDPOINT_TEXT];
    number_cell(out, r->bytes_in);
    number_cell(out, r->bytes_out);
    text_cell(out, r->upstream.port ? sl_cstr(sl_endpoint_text(r->upstream, upstream)) : SL_STR(""));
    bool_cell(out, r->reused);
    text_cell(out, r->error);
    text_cell(out, r->tls.version);
    text_cell(out, r->tls.cipher);
    text_cell(out, r->tls.sni);
    bool_cell(out, r->tls.inspected);
    text_cell(out, r->tls.fault);
    text_cell(out, r->content_type);
    text_cell(out, r->referrer);
    text_cell(out, r->user_agent);
    bool_cell(out, r->truncated);
    text_cell(out, r->parent);
    for (size_t i = TLS_TEXTS_BEFORE_3; i < TLS_TEXTS; i++)
        text_cell(out, tls_text(&r->tls, i));
    text_cell(out, sl_cstr(record_http_text(r->http)));
    out->n--; /* the comma */
    sl_text_add(out, SL_STR("\r\n"));
}

void text_add_csv(struct sl_text *out, const struct row *row)
{
    who_cells(out, row);
    what_cells(out, row);
    transfer_cells(out, &row->r);
}
