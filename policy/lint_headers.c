/* lint_headers.c - header rules that reach too far, or what nobody sees. */
#include "policy/lint.h"
#include "policy/walk.h"

enum { HOSTS_TRIED = 8 };

/* Whether the condition says in some way to whom requests go. */
static bool names_destination(const struct condition *c)
{
    static const enum condition_kind kinds[] = {CONDITION_HOST,  CONDITION_URL,     CONDITION_CATEGORY,
                                                CONDITION_REGEX, CONDITION_ADDRESS, CONDITION_PORT};
    for (size_t i = 0; i < SL_COUNT(kinds); i++)
        if (condition_clause(c, kinds[i]))
            return true;
    return false;
}

/* What it sets goes to everybody on the web, whom it is none of their business. */
static void check_reach(struct lint *l, const struct doc_header *header, const char *pointer)
{
    const struct header_def *def = &header->def;
    if (def->set_count + def->query_count + def->resolve_as.n == 0 || names_destination(&header->guard.when))
        return;
    if (def->resolve_as.n > 0)
        lint_note(l, LINT_WARNING, "headers-everywhere", pointer, SL_STR(""),
                  "dials %.*s whatever host is asked for; name hosts in \"if\"", SL_FMT(def->resolve_as));
    else
        lint_note(l, LINT_WARNING, "headers-everywhere", pointer, SL_STR(""),
                  "tells every host on the web %.*s; name hosts, urls or categories in \"if\"",
                  SL_FMT(def->set_count ? def->set[0].name : def->query[0].name));
}

/* Whether a tunnel to the host stays closed, for somebody whom no rule names. */
static bool stays_closed(struct lint *l, struct policy_scratch *scratch, struct sl_str host)
{
    struct sl_url url;
    struct verdict v;
    const char *target = sl_arena_printf(&l->entry, "%.*s:443", SL_FMT(host));
    if (!sl_url_parse_authority(sl_cstr(target), &l->entry, &url, NULL))
        return false;
    struct facts facts = {.time_s = l->hints->now_s,
                          .method = SL_STR("CONNECT"),
                          .url = &url,
                          .tunnel = true,
                          .known = FACT_USER,
                          .size = -1};
    policy_decide(l->s, scratch, &facts, &v);
    return !v.inspect;
}

/* Today's web is https: what is set where nobody looks into the tunnel is set hardly ever. */
static void check_seen(struct lint *l, struct policy_scratch *scratch, const struct doc_header *header,
                       const char *pointer)
{
    const struct clause *hosts = condition_clause(&header->guard.when, CONDITION_HOST);
    bool edits = header->def.set_count + header->def.remove_count + header->def.query_count > 0;
    if (!hosts || !edits || header->def.resolve_as.n > 0 || !json_is_array(hosts->json))
        return;
    for (size_t i = 0; i < SL_MIN(json_array_size(hosts->json), (size_t)HOSTS_TRIED); i++) {
        struct sl_str host = read_str(json_array_get(hosts->json, i));
        bool closed = stays_closed(l, scratch, host);
        if (closed)
            lint_note(l, LINT_INFO, "headers-unseen", pointer, SL_STR(""),
                      "`inspection` leaves the tunnel to %.*s closed, so the rule acts on plain http only; "
                      "let it be inspected",
                      SL_FMT(host));
        sl_arena_reset(&l->entry);
        if (closed)
            return;
    }
}

void lint_headers(struct lint *l)
{
    const struct document *doc = &l->s->doc;
    if (doc->header_count == 0)
        return;
    struct policy_scratch *scratch = policy_scratch_new();
    for (size_t i = 0; i < doc->header_count; i++) {
        const char *pointer = lint_pointer(l, "/headers/%zu", i);
        check_reach(l, &doc->headers[i], pointer);
        check_seen(l, scratch, &doc->headers[i], pointer);
    }
    policy_scratch_free(&scratch);
}
