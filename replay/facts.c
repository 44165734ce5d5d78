/* facts.c - a record as facts, and the stages in which the gateway judged them. See sluice/replay.h. */
#include "sluice/replay.h"

/* The URL of a record is canonical already, but only a parsed one is known to be: records may be damaged. */
static bool read_url(const struct record *r, bool tunnel, struct sl_arena *arena, struct sl_url *out)
{
    const char *open = "", *close = "", *colon = tunnel ? "" : "://", *mark = r->query.n ? "?" : "";
    struct sl_str scheme = tunnel ? SL_STR("") : r->scheme, path = tunnel ? SL_STR("") : r->path,
                  query = tunnel ? SL_STR("") : r->query;
    size_t n = scheme.n + r->host.n + path.n + query.n + sizeof "://[]:65535?";
    if (r->host.n == 0)
        return false;
    if (memchr(r->host.p, ':', r->host.n)) {
        open = "[";
        close = "]";
    }
    char *text = sl_arena_bytes(arena, n), *p = text;
    if (!text)
        return false;
    const struct sl_str parts[] = {scheme, sl_cstr(colon), sl_cstr(open), r->host, sl_cstr(close)};
    for (size_t i = 0; i < SL_COUNT(parts); i++)
        p = parts[i].n ? mempcpy(p, parts[i].p, parts[i].n) : p;
    *p++ = ':';
    char digits[5];
    size_t count = 0;
    for (unsigned port = r->port; port || count == 0; port /= 10)
        digits[count++] = (char)('0' + port % 10);
    while (count)
        *p++ = digits[--count];
    if (!tunnel) {
        const struct sl_str rest[] = {path, sl_cstr(mark), query};
        for (size_t i = 0; i < SL_COUNT(rest); i++)
            p = rest[i].n ? mempcpy(p, rest[i].p, rest[i].n) : p;
    }
    struct sl_str whole = sl_str(text, (size_t)(p - text));
    return tunnel ? sl_url_parse_authority(whole, arena, out, NULL) : sl_url_parse(whole, arena, out, NULL);
}

/* Did an origin answer, so that the content type (or that there was none) is its own? */
static bool was_answered(const struct record *r)
{
    return r->upstream.port != 0 && r->action == ACTION_ALLOW && r->status != 0 && r->error.n == 0;
}

bool replay_facts_read(const struct record *r, struct sl_arena *arena, struct replay_facts *out)
{
    bool tunnel = sl_str_eq(r->method, SL_STR("CONNECT"));
    if (r->method.n == 0 || sl_addr_none(r->client) || !read_url(r, tunnel, arena, &out->url))
        return false;
    struct facts *f = &out->facts;
    *f = (struct facts){.user = r->user,
                        .groups = out->groups,
                        .group_count = SL_MIN(r->group_count, (unsigned)RECORD_MAX_NAMES),
                        .client = r->client,
                        .time_s = r->time_us / 1000000,
                        .method = r->method,
                        .url = &out->url,
                        .tunnel = tunnel,
                        .user_agent = r->user_agent,
                        .known = FACT_USER,
                        .size = -1};
    memcpy(out->groups, r->groups, f->group_count * sizeof *out->groups);
    if (out->url.host_is_addr || r->upstream.port) {
        f->known |= FACT_ADDRESS;
        f->address = out->url.host_is_addr ? out->url.addr : r->upstream.addr;
    }
    if (was_answered(r) && !tunnel) {
        f->known |= FACT_RESPONSE;
        f->content_type = r->content_type;
    }
    return true;
}

bool replay_by_policy(const struct record *r)
{
    for (int reason = 0; reason < REASON_COUNT; reason++)
        if (sl_str_eq(r->reason, sl_cstr(verdict_reason_word((enum verdict_reason)reason))))
            return true;
    return false;
}

void replay_judge(const struct snapshot *s, struct policy_scratch *scratch, const struct replay_facts *f,
                  struct verdict *out)
{
    struct facts now = f->facts;
    unsigned known = now.known, address = now.url->host_is_addr ? FACT_ADDRESS : 0u;
    now.known = FACT_USER | address;
    policy_decide(s, scratch, &now, out);
    if (out->action == ACTION_ALLOW && out->needs_address && (known & FACT_ADDRESS)) {
        now.known |= FACT_ADDRESS;
        policy_decide(s, scratch, &now, out);
    }
    if (out->action == ACTION_ALLOW && out->needs_response && (known & FACT_RESPONSE)) {
        now.known |= FACT_RESPONSE;
        policy_decide(s, scratch, &now, out);
    }
}
