/* record.c - how does a record become bytes, and bytes a record? See audit/record.h.
 *
 *   version flags client_port id time duration timing bytes | who | target | outcome | tls | upstream | type
 * | agent | path query referrer
 *
 * Journals of an earlier gateway may hold version 1, which has no parent behind the outcome's error, and
 * version 2, whose TLS ends with the fault and whose flags know no HTTP.
 *
 * Numbers are little-endian. Writing keeps no state but where it stands; reading remembers the first fault
 * and turns what follows into nothing, so both read as the list that the format is. */
#include "audit/record.h"

#include "sluice/audit.h"

#include "audit/segment.h"

enum { OLDEST = 1, VERSION = 3, CUT = 0x8000, LENGTH_BYTES = 2 };
enum { FLAG_REUSED = 1, FLAG_HTTP_SHIFT = 1, FLAGS_KNOWN = 7 }; /* two bits of enum record_http */
/* Texts that stand alone, and the lists of names. */
enum { TEXTS = 14 + TLS_TEXTS, LISTS = 3, NAMES_MAX = 2 * RECORD_MAX_NAMES + VERDICT_MAX_REPORTS };

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are written as they lie in memory");

struct fixed {
    uint8_t version, flags;
    uint16_t client_port;
    uint64_t id;
    int64_t time_us;
    uint64_t duration_us;
    struct record_timing timing;
    uint64_t bytes_in, bytes_out;
} __attribute__((packed));
struct fixed_outcome {
    uint8_t action;
    uint16_t status;
    int64_t policy_version;
} __attribute__((packed));
struct fixed_upstream {
    uint8_t addr[16];
    uint16_t port;
    uint32_t scope;
} __attribute__((packed));

/* All that is not the bytes of texts: client 16, user or null 1, port 2, inspected 1, and a count for each
 * list. */
enum {
    FIXED = sizeof(struct fixed) + 16 + 1 + 2 + sizeof(struct fixed_outcome) + 1 +
            sizeof(struct fixed_upstream) + LISTS + TEXTS * LENGTH_BYTES
};

const struct tls_text tls_texts[TLS_TEXTS] = {
    {"version", offsetof(struct record_tls, version)},
    {"cipher", offsetof(struct record_tls, cipher)},
    {"sni", offsetof(struct record_tls, sni)},
    {"fault", offsetof(struct record_tls, fault)},
    {"issuer", offsetof(struct record_tls, issuer)},
    {"exception", offsetof(struct record_tls, exception)},
    {"origin_version", offsetof(struct record_tls, origin_version)},
    {"origin_cipher", offsetof(struct record_tls, origin_cipher)},
};

const char *record_http_text(enum record_http http)
{
    static const char *const texts[] = {"", "1.0", "1.1", "2"};
    return texts[http];
}

static size_t kept(size_t n)
{
    return SL_MIN(n, (size_t)RECORD_MAX_TEXT);
}

static size_t names_count(const struct record *r)
{
    return SL_MIN(r->group_count, (unsigned)RECORD_MAX_NAMES) +
           SL_MIN(r->category_count, (unsigned)RECORD_MAX_NAMES) +
           SL_MIN(r->report_count, (unsigned)VERDICT_MAX_REPORTS);
}

static size_t tls_size(const struct record_tls *tls)
{
    size_t n = 0;
    if (!tls_known(tls))
        return 0;
    for (size_t i = 0; i < TLS_TEXTS; i++)
        n += kept(tls_text(tls, i).n);
    return n;
}

static size_t texts_size(const struct record *r)
{
    return kept(r->user.n) + kept(r->method.n) + kept(r->scheme.n) + kept(r->host.n) + kept(r->path.n) +
           kept(r->query.n) + kept(r->rule.n) + kept(r->reason.n) + kept(r->quota.n) + kept(r->error.n) +
           kept(r->content_type.n) + kept(r->referrer.n) + kept(r->user_agent.n) + kept(r->parent.n) +
           tls_size(&r->tls);
}

static size_t list_size(const struct sl_str *names, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += kept(names[i].n);
    return n;
}

static size_t names_size(const struct record *r)
{
    return list_size(r->groups, SL_MIN(r->group_count, (unsigned)RECORD_MAX_NAMES)) +
           list_size(r->categories, SL_MIN(r->category_count, (unsigned)RECORD_MAX_NAMES)) +
           list_size(r->report_only, SL_MIN(r->report_count, (unsigned)VERDICT_MAX_REPORTS));
}

static size_t overhead(const struct record *r)
{
    return FIXED + names_count(r) * LENGTH_BYTES;
}

size_t record_size(const struct record *r)
{
    return SL_MIN(overhead(r) + texts_size(r) + names_size(r), (size_t)RECORD_MAX_BYTES);
}

size_t record_least(void)
{
    return FIXED + NAMES_MAX * LENGTH_BYTES;
}

size_t record_bound(size_t variable_text_bytes)
{
    size_t payload = SL_MIN(variable_text_bytes, (size_t)RECORD_MAX_BYTES) + record_least();
    return frame_size(SL_MIN(payload, (size_t)RECORD_MAX_BYTES));
}

struct out {
    uint8_t *p;
    size_t texts_left, names_left; /* bytes that texts, and of these the names in lists, may still take */
};

static void put(struct out *o, const void *data, size_t n)
{
    memcpy(o->p, data, n);
    o->p += n;
}

static size_t put_cut(struct out *o, struct sl_str s, size_t most)
{
    size_t n = SL_MIN(kept(s.n), most);
    uint16_t length = (uint16_t)(n | (n < s.n ? CUT : 0));
    put(o, &length, sizeof length);
    if (n)
        put(o, s.p, n);
    o->texts_left -= n;
    return n;
}

static void put_text(struct out *o, struct sl_str s)
{
    put_cut(o, s, o->texts_left);
}

static void put_names(struct out *o, const struct sl_str *names, unsigned count, unsigned most)
{
    uint8_t n = (uint8_t)SL_MIN(count, most);
    put(o, &n, 1);
    for (unsigned i = 0; i < n; i++)
        o->names_left -= put_cut(o, names[i], SL_MIN(o->names_left, o->texts_left));
}

static void put_fixed(struct out *o, const struct record *r)
{
    struct fixed f = {.version = VERSION,
                      .flags = (uint8_t)((r->reused ? FLAG_REUSED : 0) | r->http << FLAG_HTTP_SHIFT),
                      .client_port = r->client_port,
                      .id = r->id,
                      .time_us = r->time_us,
                      .duration_us = r->duration_us,
                      .timing = r->timing,
                      .bytes_in = r->bytes_in,
                      .bytes_out = r->bytes_out};
    put(o, &f, sizeof f);
}

static void put_who(struct out *o, const struct record *r)
{
    uint8_t has_user = r->user.p != NULL;
    put(o, r->client.b, sizeof r->client.b);
    put(o, &has_user, 1);
    put_text(o, r->user);
    put_names(o, r->groups, r->group_count, RECORD_MAX_NAMES);
}

static void put_target(struct out *o, const struct record *r)
{
    put(o, &r->port, sizeof r->port);
    put_text(o, r->method);
    put_text(o, r->scheme);
    put_text(o, r->host);
}

static void put_outcome(struct out *o, const struct record *r)
{
    struct fixed_outcome f = {(uint8_t)r->action, r->status, r->policy_version};
    put(o, &f, sizeof f);
    put_text(o, r->rule);
    put_text(o, r->reason);
    put_text(o, r->quota);
    put_text(o, r->error);
    put_text(o, r->parent);
    put_names(o, r->categories, r->category_count, RECORD_MAX_NAMES);
    put_names(o, r->report_only, r->report_count, VERDICT_MAX_REPORTS);
}

static void put_tls(struct out *o, const struct record *r)
{
    static const uint8_t none[1 + TLS_TEXTS * LENGTH_BYTES];
    uint8_t inspected = r->tls.inspected;
    if (!tls_known(&r->tls)) {
        put(o, none, sizeof none);
        return;
    }
    put(o, &inspected, 1);
    for (size_t i = 0; i < TLS_TEXTS; i++)
        put_text(o, tls_text(&r->tls, i));
}

static void put_upstream(struct out *o, const struct record *r)
{
    struct fixed_upstream f = {.port = r->upstream.port, .scope = r->upstream.scope};
    memcpy(f.addr, r->upstream.addr.b, sizeof f.addr);
    put(o, &f, sizeof f);
}

size_t record_encode(const struct record *r, uint8_t *out, size_t cap)
{
    sl_assert(cap >= record_least());
    struct out o = {.p = out, .texts_left = SL_MIN(cap, (size_t)RECORD_MAX_BYTES) - overhead(r)};
    size_t alone = texts_size(r);
    o.names_left = o.texts_left > alone ? o.texts_left - alone : 0;
    put_fixed(&o, r);
    put_who(&o, r);
    put_target(&o, r);
    put_outcome(&o, r);
    put_tls(&o, r);
    put_text(&o, r->content_type);
    put_text(&o, r->user_agent);
    put_upstream(&o, r);
    put_text(&o, r->path);
    put_text(&o, r->query);
    put_text(&o, r->referrer);
    return (size_t)(o.p - out);
}

struct in {
    const uint8_t *p, *end;
    uint8_t version;
    bool bad, cut;
};

/* Copies the next n bytes; zeros once anything was wrong. */
static void get(struct in *in, void *out, size_t n)
{
    if (in->bad || (size_t)(in->end - in->p) < n) {
        in->bad = true;
        memset(out, 0, n);
        return;
    }
    memcpy(out, in->p, n);
    in->p += n;
}

static uint8_t get_byte(struct in *in, uint8_t most)
{
    uint8_t value;
    get(in, &value, 1);
    in->bad |= value > most;
    return value;
}

static struct sl_str get_text(struct in *in)
{
    uint16_t length;
    get(in, &length, sizeof length);
    size_t n = length & ~(unsigned)CUT;
    if (in->bad || n > RECORD_MAX_TEXT || (size_t)(in->end - in->p) < n) {
        in->bad = true;
        return SL_STR("");
    }
    in->cut |= (length & CUT) != 0;
    struct sl_str s = sl_str((const char *)in->p, n);
    in->p += n;
    return s;
}

static unsigned get_names(struct in *in, struct sl_str *out, unsigned most)
{
    unsigned count = get_byte(in, (uint8_t)most);
    for (unsigned i = 0; i < count && !in->bad; i++)
        out[i] = get_text(in);
    return in->bad ? 0 : count;
}

static void get_fixed(struct in *in, struct record *r)
{
    struct fixed f;
    get(in, &f, sizeof f);
    in->version = f.version;
    in->bad |= f.version < OLDEST || f.version > VERSION || (f.flags & ~FLAGS_KNOWN) || f.id == 0 ||
               f.id > INT64_MAX;
    r->reused = f.flags & FLAG_REUSED;
    r->http = (enum record_http)((f.flags & FLAGS_KNOWN) >> FLAG_HTTP_SHIFT);
    r->client_port = f.client_port;
    r->id = f.id;
    r->time_us = f.time_us;
    r->duration_us = f.duration_us;
    r->timing = f.timing;
    r->bytes_in = f.bytes_in;
    r->bytes_out = f.bytes_out;
}

static void get_who(struct in *in, struct record *r)
{
    get(in, r->client.b, sizeof r->client.b);
    bool has_user = get_byte(in, 1);
    r->user = get_text(in);
    in->bad |= !has_user && r->user.n;
    if (!has_user)
        r->user.p = NULL;
    r->group_count = get_names(in, r->groups, RECORD_MAX_NAMES);
}

static void get_target(struct in *in, struct record *r)
{
    get(in, &r->port, sizeof r->port);
    r->method = get_text(in);
    r->scheme = get_text(in);
    r->host = get_text(in);
}

static void get_outcome(struct in *in, struct record *r)
{
    struct fixed_outcome f;
    get(in, &f, sizeof f);
    in->bad |= f.action > ACTION_ERROR;
    r->action = (enum action)f.action;
    r->status = f.status;
    r->policy_version = f.policy_version;
    r->rule = get_text(in);
    r->reason = get_text(in);
    r->quota = get_text(in);
    r->error = get_text(in);
    r->parent = in->version >= 2 ? get_text(in) : SL_STR("");
    r->category_count = get_names(in, r->categories, RECORD_MAX_NAMES);
    r->report_count = get_names(in, r->report_only, VERDICT_MAX_REPORTS);
}

static void get_tls(struct in *in, struct record *r)
{
    size_t known = in->version >= 3 ? TLS_TEXTS : TLS_TEXTS_BEFORE_3;
    r->tls.inspected = get_byte(in, 1);
    for (size_t i = 0; i < TLS_TEXTS; i++)
        tls_set_text(&r->tls, i, i < known ? get_text(in) : SL_STR(""));
}

static void get_upstream(struct in *in, struct record *r)
{
    struct fixed_upstream f;
    get(in, &f, sizeof f);
    memcpy(r->upstream.addr.b, f.addr, sizeof f.addr);
    r->upstream.port = f.port;
    r->upstream.scope = f.scope;
}

static void get_content_type(struct in *in, struct record *r)
{
    r->content_type = get_text(in);
}

static void get_agent(struct in *in, struct record *r)
{
    r->user_agent = get_text(in);
}

bool record_decode(struct sl_str data, struct record *out, struct sl_str parts[PART_COUNT])
{
    static void (*const get_part[PART_COUNT])(struct in *, struct record *) = {
        [PART_WHO] = get_who,
        [PART_TARGET] = get_target,
        [PART_OUTCOME] = get_outcome,
        [PART_TLS] = get_tls,
        [PART_CONTENT_TYPE] = get_content_type,
        [PART_AGENT] = get_agent,
    };
    const uint8_t *start = (const uint8_t *)data.p;
    struct in in = {.p = start, .end = start ? start + data.n : NULL};
    get_fixed(&in, out);
    for (int i = 0; i < PART_COUNT; i++) {
        const uint8_t *from = in.p;
        get_part[i](&in, out);
        parts[i] = sl_str((const char *)from, (size_t)(in.p - from));
    }
    get_upstream(&in, out);
    out->path = get_text(&in);
    out->query = get_text(&in);
    out->referrer = get_text(&in);
    out->truncated = in.cut;
    return !in.bad && in.p == in.end;
}
