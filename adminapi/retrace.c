/* retrace.c - see retrace.h.
 *
 * Facts of the record are the request, who asked with which groups, when, and the address that was dialled.
 * The policy is the version's document; its lists are today's, for old ones are not kept, and quotas and
 * accepted warnings stand as they do now. Where that may tell another story than the record, the note says
 * so: the record is the truth. Compiled versions are kept, the few that were asked for last. */
#include "adminapi/retrace.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "sluice/clock.h"
#include "sluice/replay.h"

enum { KEPT = 3, NOTE_NAMES = 3 };

struct retrace {
    pthread_mutex_t lock;
    struct kept {
        int64_t version;
        char generation[24]; /* of the lists it was compiled with */
        struct snapshot *snapshot;
        uint64_t used;
    } kept[KEPT];
    uint64_t uses;
};

struct retrace *retrace_new(void)
{
    struct retrace *r = sl_calloc(1, sizeof *r);
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

void retrace_free(struct retrace **r)
{
    if (!*r)
        return;
    for (size_t i = 0; i < KEPT; i++)
        snapshot_unref(&(*r)->kept[i].snapshot);
    pthread_mutex_destroy(&(*r)->lock);
    sl_freep(r);
}

/* ---- the version, compiled ---- */

static struct snapshot *find_kept(struct retrace *r, int64_t version, const char *generation)
{
    struct snapshot *found = NULL;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < KEPT && !found; i++)
        if (r->kept[i].snapshot && r->kept[i].version == version &&
            strcmp(r->kept[i].generation, generation) == 0) {
            r->kept[i].used = ++r->uses;
            found = snapshot_ref(r->kept[i].snapshot);
        }
    pthread_mutex_unlock(&r->lock);
    return found;
}

static void keep(struct retrace *r, int64_t version, const char *generation, struct snapshot *snapshot)
{
    pthread_mutex_lock(&r->lock);
    struct kept *oldest = &r->kept[0];
    for (size_t i = 1; i < KEPT; i++)
        if (r->kept[i].used < oldest->used)
            oldest = &r->kept[i];
    snapshot_unref(&oldest->snapshot);
    oldest->version = version;
    snprintf(oldest->generation, sizeof oldest->generation, "%s", generation);
    oldest->snapshot = snapshot_ref(snapshot);
    oldest->used = ++r->uses;
    pthread_mutex_unlock(&r->lock);
}

static struct snapshot *compile(struct store *store, int64_t version, struct sl_text *note)
{
    struct policy_faults faults = {0};
    struct sl_err err = {0};
    json_t *document;
    if (version <= 0 || !store_policy_get(store, version, &document, &err)) {
        sl_text_addf(note, "Policy version %lld, which judged, is not kept.", (long long)version);
        return NULL;
    }
    struct snapshot *snapshot = store_policy_compile(store, document, &faults);
    if (!snapshot)
        sl_text_addf(note, "Policy version %lld can't be compiled with today's lists: %s: %s.",
                     (long long)version, faults.count ? faults.items[0].pointer : "/",
                     faults.count ? faults.items[0].message : "");
    policy_faults_fini(&faults);
    json_decref(document);
    return snapshot;
}

/* A new reference; NULL when there is none, and the note says why. */
static struct snapshot *version_of(struct api_context *ctx, int64_t version, struct sl_text *note)
{
    struct snapshot *live = policy_live_get(store_live(ctx->store));
    if (live && snapshot_version(live) == version)
        return live;
    snapshot_unref(&live);
    json_t *lists = store_lists_status(ctx->store);
    const char *text = json_string_value(json_object_get(lists, "generation")),
               *generation = text ? text : "";
    struct snapshot *snapshot = find_kept(ctx->retrace, version, generation);
    if (!snapshot && (snapshot = compile(ctx->store, version, note)))
        keep(ctx->retrace, version, generation, snapshot);
    json_decref(lists);
    return snapshot;
}

/* ---- facts ---- */

/* What facts need of a record, from its object in the log. Views into item. */
static struct record record_of(const json_t *item)
{
    const json_t *names = json_object_get(item, "groups");
    struct record r = {.user = api_member(item, "user"),
                       .method = api_member(item, "method"),
                       .scheme = api_member(item, "scheme"),
                       .host = api_member(item, "host"),
                       .path = api_member(item, "path"),
                       .query = api_member(item, "query"),
                       .port = (uint16_t)json_integer_value(json_object_get(item, "port")),
                       .status = (uint16_t)json_integer_value(json_object_get(item, "status")),
                       .reason = api_member(item, "reason"),
                       .error = api_member(item, "error"),
                       .content_type = api_member(item, "content_type"),
                       .user_agent = api_member(item, "user_agent")};
    for (; r.group_count < SL_MIN(json_array_size(names), (size_t)RECORD_MAX_NAMES); r.group_count++) {
        const json_t *name = json_array_get(names, r.group_count);
        r.groups[r.group_count] = sl_str(json_string_value(name), json_string_length(name));
    }
    if (!action_parse(api_member(item, "action"), &r.action))
        r.action = ACTION_ERROR;
    sl_addr_parse(api_member(item, "client"), &r.client);
    sl_rfc3339_parse(api_member(item, "time"), &r.time_us);
    if (!sl_endpoint_parse(api_member(item, "upstream"), &r.upstream, NULL))
        r.upstream = (struct sl_endpoint){0};
    return r;
}

/* ---- what may differ ---- */

/* Does some category of the document use this source, whole or in part? */
static bool uses_source(const json_t *document, struct sl_str source)
{
    const char *name;
    json_t *category, *list;
    size_t i;
    json_object_foreach(json_object_get(document, "categories"), name, category)
    {
        json_array_foreach(json_object_get(category, "lists"), i, list)
        {
            struct sl_str text = sl_cstr(json_string_value(list));
            if (sl_str_eq(text, source) || (sl_str_starts(text, source) && text.p[source.n] == '/'))
                return true;
        }
    }
    return false;
}

static void note_lists(struct store *store, const struct snapshot *snapshot, const json_t *item,
                       struct sl_text *note)
{
    json_t *sources = NULL, *source;
    int64_t then_us, updated_us;
    size_t i, named = 0;
    if (!sl_rfc3339_parse(api_member(item, "time"), &then_us) ||
        !store_list_show(store, (struct sl_str){0}, &sources, NULL))
        return;
    json_array_foreach(sources, i, source)
    {
        struct sl_str name = api_member(source, "name");
        if (!sl_rfc3339_parse(api_member(source, "updated"), &updated_us) || updated_us <= then_us ||
            !uses_source(snapshot_document(snapshot), name))
            continue;
        if (named++ < NOTE_NAMES)
            sl_text_addf(note, "%s%.*s", named == 1 ? "Lists have changed since: " : ", ", SL_FMT(name));
    }
    if (named)
        sl_text_addf(note, named > NOTE_NAMES ? " and %zu more." : ".", named - NOTE_NAMES);
    json_decref(sources);
}

static void sentence(struct sl_text *note, const char *text)
{
    if (note->n)
        sl_text_addc(note, ' ');
    sl_text_add(note, sl_cstr(text));
}

static bool is_word(const json_t *item, const char *name, const char *word)
{
    return sl_str_eq(api_member(item, name), sl_cstr(word));
}

static void note_differences(const json_t *item, const struct record *record, const json_t *now,
                             const struct snapshot *snapshot, struct sl_text *note)
{
    if (!replay_by_policy(record))
        sentence(note, "The gateway itself ended this request, whatever the policy says of it.");
    else if (!json_equal(json_object_get(item, "action"), json_object_get(now, "action")) ||
             !json_equal(json_object_get(item, "rule"), json_object_get(now, "rule")))
        sentence(note, "Judged again it comes out otherwise; what was done is in the record.");
    if (snapshot_quota_count(snapshot) || is_word(item, "action", "warn") ||
        is_word(item, "reason", "continued"))
        sentence(note, "Quotas and accepted warnings count as they stand now.");
}

void retrace_add(struct api_request *req, json_t *item)
{
    struct sl_text note = {0};
    struct record record = record_of(item);
    struct replay_facts known;
    json_t *trace = NULL, *explained = NULL, *answer = NULL;
    struct snapshot *snapshot = NULL;
    if (!replay_facts_read(&record, &req->arena, &known))
        sentence(&note, "There was no URL to judge: the request could not be read.");
    else
        snapshot = version_of(req->ctx, json_integer_value(json_object_get(item, "policy_version")), &note);
    if (snapshot && store_explain(req->ctx->store, snapshot, &known.facts, &answer, NULL)) {
        note_lists(req->ctx->store, snapshot, item, &note);
        note_differences(item, &record, answer, snapshot, &note);
        trace = json_incref(json_object_get(answer, "trace"));
        json_object_del(answer, "trace");
        json_object_del(answer, "policy_version"); /* the record has it; the copy has none */
        explained = json_incref(answer);
    }
    json_object_set_new(item, "trace", trace ? trace : json_null());
    json_object_set_new(item, "trace_note", note.n ? json_stringn(note.p, note.n) : json_null());
    json_object_set_new(item, "explained", explained ? explained : json_null());
    json_decref(answer);
    snapshot_unref(&snapshot);
    sl_text_fini(&note);
}
