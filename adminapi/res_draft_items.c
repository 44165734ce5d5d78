/* res_draft_items.c - the parts of the draft as resources: rules, categories, quotas and so on, each item by
 * its id.
 *
 * An item is what the document holds, with its "id" in it. Some kinds are lists in the document, whose order
 * counts and whose items have an "id" member; others are objects that map ids to values. A change is made in
 * a copy of the document; when the checks find a fault in the item itself it is refused, while a fault
 * elsewhere (a rule that names the category just removed) is reported and mended by the next change. */
#include <stdio.h>

#include "adminapi/draft.h"
#include "adminapi/resources.h"

/* ---- kinds ---- */

static const struct kind {
    const char *name;   /* in the path */
    const char *one;    /* for people */
    const char *inside; /* the member of the document that holds it; NULL: the document itself */
    const char *member; /* its name there */
    bool listed;        /* a list in the document; else a map of ids */
    bool wrapped;       /* the value is an array, "items" of the resource */
} kinds[] = {
    {"rules", "rule", NULL, "rules", .listed = true},
    {"categories", "category", NULL, "categories"},
    {"quotas", "quota", NULL, "quotas", .listed = true},
    {"networks", "network", NULL, "networks", .wrapped = true},
    {"groups", "group", NULL, "groups", .wrapped = true},
    {"schedules", "schedule", NULL, "schedules"},
    {"headers", "header rule", NULL, "headers", .listed = true},
    {"inspection-rules", "inspection rule", "inspection", "rules", .listed = true},
    {"exceptions", "exception", "inspection", "exceptions", .listed = true},
};

static const struct kind *kind_of(struct api_request *req, struct api_reply *reply)
{
    for (size_t i = 0; i < SL_COUNT(kinds); i++)
        if (sl_str_eq(req->params[0], sl_cstr(kinds[i].name)))
            return &kinds[i];
    reply_problem(reply, 404,
                  "a policy has no '%.*s'; it has rules, categories, quotas, networks, groups, "
                  "schedules, headers, inspection-rules and exceptions",
                  (int)SL_MIN(req->params[0].n, (size_t)60), req->params[0].p);
    return NULL;
}

/* ---- items in the document ---- */

/* An item of the draft under edit: where it is, or would be. */
struct place {
    const struct kind *kind;
    json_t *all;    /* the list or map in the document, borrowed; NULL: the document has none */
    const char *id; /* NUL-terminated */
    size_t index;   /* in a list; its size when the id is not there */
    json_t *value;  /* borrowed; NULL: not there */
};

static bool has_id(const json_t *item, const char *id)
{
    const char *own = json_string_value(json_object_get(item, "id"));
    return own && strcmp(own, id) == 0;
}

static size_t find_listed(const json_t *list, const char *id)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) if (has_id(item, id)) break;
    return i;
}

/* The object that holds the list or map: the document, or a member of it; NULL when that is not there. */
static json_t *holder(const struct kind *kind, const json_t *doc)
{
    return kind->inside ? json_object_get(doc, kind->inside) : (json_t *)doc;
}

static json_t *items_of(const struct kind *kind, const json_t *doc)
{
    return json_object_get(holder(kind, doc), kind->member);
}

static bool shape_holds(const struct kind *kind, const json_t *doc, struct api_reply *reply)
{
    const json_t *object = holder(kind, doc), *all = items_of(kind, doc);
    const char *wrong = object && !json_is_object(object)                                   ? kind->inside
                        : all && !(kind->listed ? json_is_array(all) : json_is_object(all)) ? kind->member
                                                                                            : NULL;
    if (wrong)
        reply_problem(reply, 409, "\"%s\" of the draft is no %s: replace the draft as a whole, or discard it",
                      wrong, wrong == kind->member && kind->listed ? "list" : "object");
    return !wrong;
}

static bool find(const struct kind *kind, json_t *doc, const char *id, struct place *out,
                 struct api_reply *reply)
{
    *out = (struct place){.kind = kind, .all = items_of(kind, doc), .id = id};
    if (!shape_holds(kind, doc, reply))
        return false;
    if (kind->listed) {
        out->index = find_listed(out->all, id);
        out->value = json_array_get(out->all, out->index);
    } else {
        out->value = json_object_get(out->all, id);
    }
    return true;
}

static bool find_there(const struct kind *kind, json_t *doc, const char *id, struct place *out,
                       struct api_reply *reply)
{
    if (!find(kind, doc, id, out, reply))
        return false;
    if (out->value == NULL)
        reply_problem(reply, 404, "the draft has no %s '%.80s'", kind->one, id);
    return out->value != NULL;
}

/* The id of the path as a C string; ids are keys in JSON, which have no NUL. */
static const char *path_id(struct api_request *req, struct api_reply *reply)
{
    struct sl_str id = req->params[1];
    if (memchr(id.p, '\0', id.n) == NULL)
        return id.p; /* decoded into the arena with a NUL behind */
    reply_problem(reply, 404, "an id has no NUL bytes");
    return NULL;
}

/* ---- items as resources ---- */

static json_t *item_json(const struct kind *kind, const char *id, const json_t *value, size_t index)
{
    json_t *item = json_object();
    if (id)
        json_object_set_new(item, "id", json_string(id));
    if (kind->wrapped)
        json_object_set(item, "items", (json_t *)value);
    else
        json_object_update(item, (json_t *)value);
    if (kind->listed)
        json_object_set_new(item, "index", json_integer((json_int_t)index));
    return item;
}

/* What the document will hold: takes the members that only resources have away from body. New reference; NULL
 * with problem in reply. */
static json_t *stored_value(const struct kind *kind, json_t *body, struct api_reply *reply)
{
    if (kind->listed) {
        json_object_del(body, "index");
        return json_incref(body);
    }
    json_object_del(body, "id");
    if (!kind->wrapped)
        return json_incref(body);
    json_t *items = json_object_get(body, "items");
    if (json_is_array(items) && json_object_size(body) == 1)
        return json_incref(items);
    reply_problem(reply, 400, "a %s is {\"id\": TEXT, \"items\": [TEXT, ...]} and nothing else", kind->one);
    return NULL;
}

/* ---- a change under way ---- */

struct edit {
    const struct kind *kind;
    struct draft draft;
    json_t *doc;    /* a copy of the draft's, to be changed */
    bool same_item; /* moved only: whatever faults it has, it had before */
};

static bool edit_begin(struct api_request *req, struct api_reply *reply, struct edit *e)
{
    *e = (struct edit){.kind = kind_of(req, reply)};
    if (e->kind == NULL || !draft_read_editable(req, reply, &e->draft))
        return false;
    e->doc = json_deep_copy(e->draft.document);
    return true;
}

static void edit_end(struct edit *e)
{
    json_decref(e->doc);
    if (e->draft.document)
        draft_fini(&e->draft);
}

/* The pointer to an item: ids may be any text, as group names are. */
static void pointer_to(const struct place *at, struct sl_text *out)
{
    const struct kind *kind = at->kind;
    sl_text_addf(out, "/%s%s%s/", kind->inside ? kind->inside : "", kind->inside ? "/" : "", kind->member);
    if (at->kind->listed) {
        sl_text_addf(out, "%zu", at->index);
        return;
    }
    for (const char *c = at->id; *c; c++) {
        if (*c == '~' || *c == '/')
            sl_text_add(out, *c == '~' ? SL_STR("~0") : SL_STR("~1"));
        else
            sl_text_addc(out, *c);
    }
}

static bool is_under(const char *pointer, const struct sl_text *root)
{
    return strncmp(pointer, root->p, root->n) == 0 && (pointer[root->n] == '\0' || pointer[root->n] == '/');
}

static json_t *faults_under(const struct policy_faults *faults, const struct sl_text *root)
{
    json_t *own = json_array();
    for (size_t i = 0; i < faults->count; i++)
        if (is_under(faults->items[i].pointer, root))
            json_array_append_new(own, json_pack("{s:s, s:s}", "pointer", faults->items[i].pointer, "message",
                                                 faults->items[i].message));
    return own;
}

/* False (422) when the item at `at` has faults of its own. */
static bool item_holds(const struct policy_faults *faults, const struct place *at, struct api_reply *reply)
{
    SL_CLEANUP(sl_text_fini) struct sl_text root = {0};
    pointer_to(at, &root);
    json_t *own = faults_under(faults, &root);
    size_t count = json_array_size(own);
    if (count > 0)
        reply_problem_with(reply, 422, json_pack("{s:O, s:s}", "faults", own, "item_pointer", root.p),
                           "the %s has %zu fault%s; nothing was changed", at->kind->one, count,
                           count == 1 ? "" : "s");
    json_decref(own);
    return count == 0;
}

/* {"item","etag","revision","change_count","faults"} */
static void answer(struct api_request *req, struct api_reply *reply, const struct edit *e,
                   const struct place *at, unsigned status, const struct policy_faults *faults)
{
    json_t *changes = draft_changes(req, reply, &e->draft);
    if (changes == NULL)
        return;
    json_t *o = json_pack("{s:o, s:I, s:I, s:o}", "etag", draft_etag(e->draft.tag), "revision",
                          (json_int_t)e->draft.tag.revision, "change_count",
                          (json_int_t)json_array_size(changes), "faults", policy_faults_json(faults));
    json_decref(changes);
    if (at)
        json_object_set_new(o, "item", item_json(e->kind, at->id, at->value, at->index));
    reply_json(reply, status, o);
}

/* Checks the changed document, stores it and answers. at: the item that was given, NULL when it was removed.
 */
static bool edit_store(struct api_request *req, struct api_reply *reply, struct edit *e,
                       const struct place *at, unsigned status)
{
    struct policy_faults faults = {0};
    store_policy_faults(req->ctx->store, e->doc, &faults);
    bool ok = (at == NULL || e->same_item || item_holds(&faults, at, reply)) &&
              draft_store(req, reply, &e->draft, e->draft.tag.version, e->doc);
    if (ok)
        answer(req, reply, e, at, status, &faults);
    policy_faults_fini(&faults);
    return ok;
}

/* The list or map in e->doc, made when the document has none. */
static json_t *container(const struct edit *e)
{
    const struct kind *kind = e->kind;
    json_t *all = items_of(kind, e->doc);
    if (all)
        return all;
    if (!holder(kind, e->doc))
        json_object_set_new(e->doc, kind->inside, json_object());
    all = kind->listed ? json_array() : json_object();
    json_object_set_new(holder(kind, e->doc), kind->member, all);
    return all;
}

/* None is the same as an empty one. */
static void drop_empty(const struct edit *e)
{
    const struct kind *kind = e->kind;
    const json_t *all = items_of(kind, e->doc);
    if (json_array_size(all) + json_object_size(all) > 0)
        return;
    json_object_del(holder(kind, e->doc), kind->member);
    if (kind->inside && json_object_size(holder(kind, e->doc)) == 0)
        json_object_del(e->doc, kind->inside);
}

/* ---- reading ---- */

void draft_items(struct api_request *req, struct api_reply *reply)
{
    const struct kind *kind = kind_of(req, reply);
    struct draft d;
    if (kind == NULL || !draft_read(req, reply, &d))
        return;
    json_t *all = items_of(kind, d.document), *items = json_array(), *value;
    size_t i;
    const char *id;
    if (shape_holds(kind, d.document, reply)) {
        json_array_foreach(all, i, value) json_array_append_new(items, item_json(kind, NULL, value, i));
        json_object_foreach(all, id, value) json_array_append_new(items, item_json(kind, id, value, 0));
        reply_json(reply, 200, json_pack("{s:O, s:o}", "items", items, "etag", draft_etag(d.tag)));
    }
    json_decref(items);
    draft_fini(&d);
}

void draft_item(struct api_request *req, struct api_reply *reply)
{
    const struct kind *kind = kind_of(req, reply);
    const char *id = path_id(req, reply);
    struct draft d;
    struct place at;
    if (kind == NULL || id == NULL || !draft_read(req, reply, &d))
        return;
    if (find_there(kind, d.document, id, &at, reply))
        reply_json(reply, 200, item_json(kind, id, at.value, at.index));
    draft_fini(&d);
}

/* ---- changing ---- */

/* Where an item goes: before the named one, at the end when before is NULL. */
static bool index_before(const struct edit *e, const char *before, size_t *out, struct api_reply *reply)
{
    const json_t *list = items_of(e->kind, e->doc);
    *out = before ? find_listed(list, before) : json_array_size(list);
    if (before == NULL || *out < json_array_size(list))
        return true;
    reply_problem(reply, 400, "there is no %s '%.80s' in the draft to go before", e->kind->one, before);
    return false;
}

static void insert(struct edit *e, struct place *at, json_t *value)
{
    json_t *all = container(e);
    if (e->kind->listed)
        json_array_insert(all, at->index, value);
    else
        json_object_set(all, at->id, value);
    at->all = all;
    at->value = value;
}

static bool before_param(struct api_request *req, const struct edit *e, const char **out,
                         struct api_reply *reply)
{
    *out = query_text(req, "before").p; /* NUL-terminated in the arena */
    if (*out == NULL || e->kind->listed)
        return true;
    reply_problem(reply, 400, "before= has no meaning: %s have no order", e->kind->name);
    return false;
}

static void add(struct api_request *req, struct api_reply *reply, struct edit *e, json_t *body)
{
    struct place at;
    struct sl_str id;
    const char *before;
    if (!body_text(body, "id", &id, reply) || !before_param(req, e, &before, reply))
        return;
    const char *name = sl_arena_str(&req->arena, id).p;
    if (id.n == 0) {
        reply_problem(reply, 400, "\"id\" is missing: the name of the %s", e->kind->one);
        return;
    }
    if (!find(e->kind, e->doc, name, &at, reply))
        return;
    if (at.value) {
        reply_problem(reply, 409, "the draft has a %s '%.80s' already", e->kind->one, name);
        return;
    }
    json_t *value = stored_value(e->kind, body, reply);
    if (value && (!e->kind->listed || index_before(e, before, &at.index, reply))) {
        insert(e, &at, value);
        if (edit_store(req, reply, e, &at, 201))
            snprintf(reply->location, sizeof reply->location, "/api/v1/policy/draft/%s/%s", e->kind->name,
                     query_encode(&req->arena, sl_cstr(name)));
    }
    json_decref(value);
}

void draft_item_add(struct api_request *req, struct api_reply *reply)
{
    struct edit e;
    if (edit_begin(req, reply, &e)) {
        json_t *body = body_object(req, reply, NULL);
        if (body)
            add(req, reply, &e, body);
        json_decref(body);
    }
    edit_end(&e);
}

/* The id of an item is its name for rules, lists of tests and the log, so it stays: an "id" in the body has
 * to be that of the path. */
static bool same_id(const struct edit *e, json_t *body, const char *id, struct api_reply *reply)
{
    struct sl_str own;
    if (!body_text(body, "id", &own, reply))
        return false;
    if (own.n > 0 && !sl_str_eq(own, sl_cstr(id))) {
        reply_problem(reply, 400,
                      "\"id\" is '%.*s' and the path names '%.80s': a %s keeps its id; add another and "
                      "remove this one",
                      (int)SL_MIN(own.n, (size_t)80), own.p, id, e->kind->one);
        return false;
    }
    return true;
}

static void replace(struct api_request *req, struct api_reply *reply, struct edit *e, const char *id,
                    json_t *body)
{
    struct place at;
    if (!same_id(e, body, id, reply) || !find_there(e->kind, e->doc, id, &at, reply))
        return;
    json_t *value = stored_value(e->kind, body, reply);
    if (value == NULL)
        return;
    if (e->kind->listed && !json_object_get(value, "id")) {
        json_t *named = json_pack("{s:s}", "id", id); /* first, as people write it */
        json_object_update(named, value);
        json_decref(value);
        value = named;
    }
    if (e->kind->listed)
        json_array_set(at.all, at.index, value);
    else
        json_object_set(at.all, id, value);
    at.value = value;
    edit_store(req, reply, e, &at, 200);
    json_decref(value);
}

void draft_item_replace(struct api_request *req, struct api_reply *reply)
{
    const char *id = path_id(req, reply);
    struct edit e;
    if (id == NULL)
        return;
    if (edit_begin(req, reply, &e)) {
        json_t *body = body_object(req, reply, NULL);
        if (body)
            replace(req, reply, &e, id, body);
        json_decref(body);
    }
    edit_end(&e);
}

void draft_item_remove(struct api_request *req, struct api_reply *reply)
{
    const char *id = path_id(req, reply);
    struct edit e;
    struct place at;
    if (id == NULL)
        return;
    if (edit_begin(req, reply, &e) && find_there(e.kind, e.doc, id, &at, reply)) {
        if (e.kind->listed)
            json_array_remove(at.all, at.index);
        else
            json_object_del(at.all, id);
        drop_empty(&e);
        edit_store(req, reply, &e, NULL, 200);
    }
    edit_end(&e);
}

/* ---- moving ---- */

/* {"before": ID or null} or {"to": "top" or "bottom"}, as an index of the list. */
static bool destination(const struct edit *e, const json_t *body, size_t *out, struct api_reply *reply)
{
    const json_t *before = json_object_get(body, "before"), *to = json_object_get(body, "to");
    const char *word = json_string_value(to);
    bool top = word && strcmp(word, "top") == 0, bottom = word && strcmp(word, "bottom") == 0;
    if (to == NULL && (json_is_string(before) || json_is_null(before)))
        return index_before(e, json_string_value(before), out, reply);
    if (before == NULL && (top || bottom)) {
        *out = top ? 0 : json_array_size(items_of(e->kind, e->doc));
        return true;
    }
    reply_problem(reply, 400,
                  "say {\"before\": ID}, {\"before\": null} for the end, or {\"to\": \"top\"} or {\"to\": "
                  "\"bottom\"}");
    return false;
}

static void move(struct api_request *req, struct api_reply *reply, struct edit *e, const char *id)
{
    static const char *const allowed[] = {"before", "to", NULL};
    struct place at;
    size_t index;
    if (!e->kind->listed) {
        reply_problem(reply, 409, "%s have no order", e->kind->name);
        return;
    }
    json_t *body = body_object(req, reply, allowed);
    if (body && find_there(e->kind, e->doc, id, &at, reply) && destination(e, body, &index, reply)) {
        json_t *value = json_incref(at.value);
        json_array_remove(at.all, at.index);
        at.index = index > at.index ? index - 1 : index;
        json_array_insert(at.all, at.index, value);
        e->same_item = true;
        edit_store(req, reply, e, &at, 200);
        json_decref(value);
    }
    json_decref(body);
}

void draft_item_move(struct api_request *req, struct api_reply *reply)
{
    const char *id = path_id(req, reply);
    struct edit e;
    if (id == NULL)
        return;
    if (edit_begin(req, reply, &e))
        move(req, reply, &e, id);
    edit_end(&e);
}
