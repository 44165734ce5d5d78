/* draft.c - see draft.h. */
#include "adminapi/draft.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- tags ---- */

void draft_tag_text(struct draft_tag tag, char out[DRAFT_TAG_TEXT])
{
    if (tag.revision == 0)
        snprintf(out, DRAFT_TAG_TEXT, "\"v%" PRId64 "\"", tag.version);
    else
        snprintf(out, DRAFT_TAG_TEXT, "\"v%" PRId64 ".%" PRId64 "\"", tag.version, tag.revision);
}

json_t *draft_etag(struct draft_tag tag)
{
    char text[DRAFT_TAG_TEXT];
    draft_tag_text(tag, text);
    return json_string(text);
}

/* False for any text that is no tag of ours, which then matches nothing. */
static bool tag_parse(struct sl_str text, struct draft_tag *out)
{
    uint64_t version, revision = 0;
    if (text.n < 4 || text.p[0] != '"' || text.p[1] != 'v' || text.p[text.n - 1] != '"')
        return false;
    text = sl_str_sub(text, 2, text.n - 3);
    size_t dot = sl_str_find(text, '.');
    if (!sl_str_u64(sl_str_sub(text, 0, dot), INT64_MAX, &version) || version == 0)
        return false;
    if (dot < text.n &&
        (!sl_str_u64(sl_str_sub(text, dot + 1, text.n), INT64_MAX, &revision) || revision == 0))
        return false;
    *out = (struct draft_tag){.version = (int64_t)version, .revision = (int64_t)revision};
    return true;
}

/* ---- reading ---- */

bool draft_read(struct api_request *req, struct api_reply *reply, struct draft *out)
{
    struct sl_err err = {0};
    if (!store_draft_get(req->ctx->store, out, &err)) {
        reply_error(reply, &err);
        return false;
    }
    draft_tag_text(out->tag, reply->etag);
    return true;
}

/* What happened between a tag and now. JSON null where the tag is not remembered. */
static json_t *changes_since(struct store *s, struct draft_tag seen, const json_t *now)
{
    struct sl_err err = {0};
    json_t *then;
    if (seen.version == 0 || !store_draft_document(s, seen, &then, &err))
        return json_null();
    json_t *changes = policy_diff(then, now);
    json_decref(then);
    return changes;
}

static json_t *authors_since(struct store *s, struct draft_tag seen)
{
    struct sl_err err = {0};
    json_t *names;
    return seen.version > 0 && store_draft_authors(s, seen, &names, &err) ? names : json_array();
}

static void refuse(struct api_request *req, struct api_reply *reply, struct draft_tag seen,
                   const struct draft *now)
{
    char text[DRAFT_TAG_TEXT];
    json_t *current =
        json_pack("{s:o, s:s, s:o, s:o, s:o}", "etag", draft_etag(now->tag), "author", now->author, "changed",
                  reply_time(now->changed_us), "authors", authors_since(req->ctx->store, seen), "changes",
                  changes_since(req->ctx->store, seen, now->document));
    draft_tag_text(now->tag, text);
    snprintf(reply->etag, sizeof reply->etag, "%s", text);
    reply_problem_with(
        reply, 412, json_pack("{s:o}", "current", current),
        "changed meanwhile, last by %s: look at what changed, then try again with If-Match: %s", now->author,
        text);
}

void draft_refuse(struct api_request *req, struct api_reply *reply, struct draft_tag seen)
{
    struct draft now;
    if (!draft_read(req, reply, &now))
        return;
    refuse(req, reply, seen, &now);
    draft_fini(&now);
}

bool draft_read_matching(struct api_request *req, struct api_reply *reply, struct draft *out)
{
    struct draft_tag seen = {0};
    if (req->if_match.n == 0) {
        reply_problem(reply, 428,
                      "send If-Match with the ETag of the draft that you changed; \"*\" overwrites any");
        return false;
    }
    if (!draft_read(req, reply, out))
        return false;
    if (sl_str_eq(req->if_match, SL_STR("*")))
        return true;
    if (tag_parse(req->if_match, &seen) && draft_tag_eq(seen, out->tag))
        return true;
    refuse(req, reply, seen, out);
    draft_fini(out);
    return false;
}

bool draft_read_editable(struct api_request *req, struct api_reply *reply, struct draft *out)
{
    if (!draft_read_matching(req, reply, out))
        return false;
    if (out->request == NULL)
        return true;
    reply_problem_with(reply, 409, json_pack("{s:O}", "request", out->request),
                       "the draft waits for approval: withdraw or reject the request first");
    draft_fini(out);
    return false;
}

json_t *draft_changes(struct api_request *req, struct api_reply *reply, const struct draft *d)
{
    struct sl_err err = {0};
    json_t *base;
    if (d->tag.revision == 0)
        return json_array();
    if (!store_policy_get(req->ctx->store, d->tag.version, &base, &err)) {
        reply_error(reply, &err);
        return NULL;
    }
    json_t *changes = policy_diff(base, d->document);
    json_decref(base);
    return changes;
}

/* ---- changing ---- */

bool draft_store(struct api_request *req, struct api_reply *reply, struct draft *d, int64_t base, json_t *doc)
{
    struct sl_err err = {0};
    if (store_draft_put(req->ctx->store, d, base, doc, &req->actor, &err)) {
        draft_tag_text(d->tag, reply->etag);
        return true;
    }
    if (err.code == SL_CONFLICT)
        draft_refuse(req, reply, d->tag);
    else
        reply_error(reply, &err);
    return false;
}
