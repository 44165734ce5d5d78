/* fuzz_head.c - heads of requests and responses: any bytes, whole and in pieces, give the same; what is
 * accepted builds a head that is accepted, and has one reading. Targets go the whole way: parsed, made
 * canonical, sent, parsed again. */
#include <stdlib.h>

#include "proxy/http/fields.h"
#include "proxy/http/query.h"

static const struct head_limits limits = {.bytes = 4096, .fields = 32};

/* A copy without slack, so that ASan sees a byte read too many. */
static char *exact(const uint8_t *data, size_t n)
{
    char *p = malloc(n ? n : 1);
    memcpy(p, data, n);
    return p;
}

static enum head_result parse(struct head *h, const char *p, size_t n, bool response, enum method method)
{
    return response ? head_parse_response(h, p, n, limits, method) : head_parse_request(h, p, n, limits);
}

static void same(const struct head *a, const struct head *b)
{
    sl_assert(a->fault == b->fault && a->length == b->length && a->field_count == b->field_count &&
              a->body == b->body);
    for (unsigned i = 0; i < a->field_count; i++)
        sl_assert(a->fields[i].id == b->fields[i].id &&
                  sl_str_eq(head_value(a, &a->fields[i]), head_value(b, &b->fields[i])));
}

/* No value may hold what ends a line, and all lie inside the head. */
static void sound(const struct head *h, size_t n)
{
    sl_assert(h->length <= n);
    for (unsigned i = 0; i < h->field_count; i++) {
        struct sl_str name = head_name(h, &h->fields[i]), value = head_value(h, &h->fields[i]);
        sl_assert(h->fields[i].value + value.n + 2 <= h->length && name.n > 0);
        sl_assert(!memchr(value.p, '\r', value.n) && !memchr(value.p, '\n', value.n) &&
                  !memchr(value.p, '\0', value.n));
        sl_assert(h->fields[i].id == field_id_of(name));
    }
}

/* What went out has one reading: framing stands once, and nothing in it is left to a lenient parser. */
static void one_meaning(const struct head *h)
{
    static const enum field_id once[] = {
        FIELD_HOST, FIELD_CONTENT_LENGTH, FIELD_TRANSFER_ENCODING, FIELD_EXPECT,
        FIELD_TE,   FIELD_UPGRADE,        FIELD_CONNECTION};
    sl_assert(h->start == 0 && h->minor == 1 && !head_has(h, FIELD_LOOKALIKE));
    sl_assert(!(h->repeated & (UINT64_C(1) << FIELD_LOOKALIKE)));
    for (size_t i = 0; i < SL_COUNT(once); i++)
        sl_assert(!(h->repeated >> once[i] & 1));
    sl_assert(!head_has(h, FIELD_TRANSFER_ENCODING) ||
              sl_str_eq(head_get(h, FIELD_TRANSFER_ENCODING), SL_STR("chunked")));
    sl_assert(!(h->connection & CONN_OPT_OTHER) && !head_has(h, FIELD_PROXY_CONNECTION));
    for (unsigned i = 0; i < h->field_count; i++) /* "Name: value" and nothing between */
        sl_assert(h->fields[i].value_n == 0 ||
                  h->fields[i].value == h->fields[i].name + h->fields[i].name_n + 2u);
}

/* The URL of the target where it is absolute, else one of our own. False: it is refused, so nothing is built.
 */
static bool url_of(const struct head *h, struct sl_arena *arena, struct sl_url *out)
{
    struct sl_err err = {0};
    if (h->form == TARGET_ABSOLUTE)
        return sl_url_parse(head_target(h), arena, out, &err);
    bool all = h->form == TARGET_ASTERISK;
    return sl_url_parse(all ? SL_STR("http://a.example/") : SL_STR("http://[::1]:81/p?q"), arena, out, &err);
}

/* The target that goes out means what was judged. */
static void same_target(const struct fields_request *r, const struct head *again)
{
    SL_CLEANUP(sl_arena_fini) struct sl_arena arena;
    struct sl_url url;
    struct sl_err err = {0};
    struct sl_str target = head_target(again);
    sl_arena_init(&arena, 0);
    if (r->to_proxy) {
        sl_assert(sl_url_parse(target, &arena, &url, &err) && sl_str_eq(url.text, r->url->text));
    } else {
        char *text = sl_arena_printf(&arena, "%.*s://%.*s%.*s", SL_FMT(r->url->scheme),
                                     SL_FMT(head_get(again, FIELD_HOST)),
                                     SL_FMT(again->form == TARGET_ASTERISK ? SL_STR("/") : target));
        sl_assert(sl_url_parse(sl_cstr(text), &arena, &url, &err) && sl_str_eq(url.text, r->url->text));
    }
}

/* What a peer makes of the head that was built in exactly as much room as was asked for. */
static struct head *read_again(const char *out, size_t n)
{
    struct head *again = malloc(sizeof *again);
    head_init(again);
    sl_assert(head_parse_request(again, out, n, (struct head_limits){1 << 20, HEAD_FIELDS_MAX}) == HEAD_DONE);
    sl_assert(again->length == n);
    return again;
}

static void build_echo(const struct fields_request *r)
{
    size_t cap = fields_request_bound(r);
    char *out = malloc(cap);
    size_t n = fields_build_echo(r, out, cap);
    sl_assert(n >= 4 && memcmp(out + n - 4, "\r\n\r\n", 4) == 0);
    free(out);
}

static void send_request(const struct head *h, const struct sl_url *url)
{
    static const uint8_t secret[32];
    static struct fields_self self;
    if (!self.pseudonym[0])
        fields_self_init(&self, secret, true, FORWARDED_ON_BEHALF);
    struct fields_request r = {
        .head = h, .url = url, .to_proxy = h->length & 1, .upgrade = head_wants_upgrade(h)};
    size_t cap = fields_request_bound(&r);
    char *out = malloc(cap);
    struct head *again = read_again(out, fields_build_request(&self, &r, out, cap));
    bool empty = h->body == BODY_NONE && method_means_content(h->method); /* says so on the way out */
    sl_assert(again->body == (empty ? BODY_LENGTH : h->body) && again->method == h->method);
    sl_assert(again->content_length == h->content_length && fields_loop(&self, again));
    one_meaning(again);
    same_target(&r, again);
    build_echo(&r);
    free(again);
    free(out);
}

/* With parameters set the head is still one, and setting them again changes nothing. */
static void edit_query(const struct head *h, const struct sl_url *url)
{
    static const struct fields_self self = {.via = false};
    static const struct query_edit edits[] = {{SL_STR("q"), {NULL, 0}}, {SL_STR("a b"), SL_STR("a%20b=1")}};
    SL_CLEANUP(sl_text_fini) struct sl_text once = {0};
    SL_CLEANUP(sl_text_fini) struct sl_text twice = {0};
    query_rewrite(url->query, edits, SL_COUNT(edits), &once);
    query_rewrite(sl_text_str(&once), edits, SL_COUNT(edits), &twice);
    sl_assert(sl_str_eq(sl_text_str(&once), sl_text_str(&twice)));
    struct fields_request r = {.head = h, .url = url, .to_proxy = h->length & 1, .query = sl_text_str(&once)};
    size_t cap = fields_request_bound(&r);
    char *out = malloc(cap);
    free(read_again(out, fields_build_request(&self, &r, out, cap)));
    free(out);
}

static void build_request(const struct head *h)
{
    struct sl_arena arena;
    struct sl_url url;
    sl_arena_init(&arena, 0);
    if (h->form != TARGET_AUTHORITY && url_of(h, &arena, &url)) {
        send_request(h, &url);
        edit_query(h, &url);
    }
    sl_arena_fini(&arena);
}

static void build_response(const struct head *h)
{
    static const struct fields_self self = {.via_line[1] = "Via: 1.1 sluice-00000000\r\n",
                                            .via_line[0] = "Via: 1.0 sluice-00000000\r\n",
                                            .via = true};
    struct fields_response r = {
        .head = h, .client_minor = 1, .keep_alive = h->keep_alive, .framing = h->body, .now_s = 1};
    size_t cap = fields_response_bound(&r);
    char *out = malloc(cap);
    size_t n = fields_build_response(&self, &r, out, cap);
    struct head *again = malloc(sizeof *again);
    head_init(again);
    sl_assert(head_parse_response(again, out, n, (struct head_limits){1 << 20, HEAD_FIELDS_MAX},
                                  METHOD_GET) == HEAD_DONE);
    sl_assert(again->length == n && again->status == h->status);
    free(again);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    bool response = data[0] & 1;
    enum method method = data[0] & 2 ? METHOD_HEAD : data[0] & 4 ? METHOD_CONNECT : METHOD_GET;
    size_t step = 1 + (data[0] >> 3), n = size - 1;
    char *text = exact(data + 1, n);
    struct head *whole = malloc(sizeof *whole), *pieces = malloc(sizeof *pieces);
    head_init(whole);
    head_init(pieces);
    enum head_result r = parse(whole, text, n, response, method), r2 = HEAD_MORE;
    for (size_t at = 0; r2 == HEAD_MORE && at < n;) {
        at = SL_MIN(at + step, n);
        char *copy = exact(data + 1, at);
        r2 = parse(pieces, copy, at, response, method);
        head_rebase(pieces, text);
        free(copy);
    }
    sl_assert(n == 0 || r == r2);
    if (n > 0)
        same(whole, pieces);
    sound(whole, r == HEAD_DONE ? n : SIZE_MAX);
    if (r == HEAD_DONE)
        response ? build_response(whole) : build_request(whole);
    free(whole);
    free(pieces);
    free(text);
    return 0;
}
