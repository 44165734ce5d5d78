/* res_people.c - proxy users, console accounts, tokens, and who changed what. */
#include "adminapi/resources.h"
#include "base/crypto.h"
#include "sluice/clock.h"

enum { GROUPS_MOST = 256 };

static void give_items(struct api_reply *reply, bool ok, json_t *items, const struct sl_err *err)
{
    if (ok)
        reply_json(reply, 200, json_pack("{s:o}", "items", items));
    else
        reply_error(reply, err);
}

static void give_done(struct api_reply *reply, bool ok, const struct sl_err *err)
{
    if (ok)
        reply_empty(reply, 204);
    else
        reply_error(reply, err);
}

/* The groups of the active policy that name the user. */
static json_t *groups_of(const struct snapshot *s, const char *user)
{
    struct sl_str names[GROUPS_MOST];
    size_t count = SL_MIN(snapshot_groups_of(s, sl_cstr(user), names, GROUPS_MOST), (size_t)GROUPS_MOST);
    json_t *groups = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(groups, json_stringn(names[i].p, names[i].n));
    return groups;
}

static void add_groups(struct store *store, json_t *users)
{
    struct snapshot *s = policy_live_get(store_live(store));
    json_t *user;
    size_t i;
    json_array_foreach(users, i, user)
        json_object_set_new(user, "groups", groups_of(s, json_string_value(json_object_get(user, "name"))));
    snapshot_unref(&s);
}

void users_all(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    json_t *items = NULL;
    bool ok = store_user_list(req->ctx->store, (struct sl_str){0}, &items, &err);
    if (ok)
        add_groups(req->ctx->store, items);
    give_items(reply, ok, items, &err);
}

void users_one(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    json_t *items = NULL;
    if (!store_user_list(req->ctx->store, req->params[0], &items, &err)) {
        reply_error(reply, &err);
        return;
    }
    add_groups(req->ctx->store, items);
    if (json_array_size(items) == 1)
        reply_json(reply, 200, json_incref(json_array_get(items, 0)));
    else
        reply_problem(reply, 404, "no user '%.*s'", (int)SL_MIN(req->params[0].n, (size_t)80),
                      req->params[0].p);
    json_decref(items);
}

/* {"password": TEXT, "create": true|absent}: create refuses a name that exists. */
void users_put(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"password", "create", NULL};
    json_t *body = body_object(req, reply, allowed);
    struct sl_err err = {0};
    struct sl_str password;
    if (body == NULL)
        return;
    if (body_text(body, "password", &password, reply)) {
        bool must_be_new = json_is_true(json_object_get(body, "create"));
        give_done(reply,
                  store_user_put(req->ctx->store, req->params[0], password, must_be_new, &req->actor, &err),
                  &err);
    }
    json_decref(body);
}

void users_remove(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    give_done(reply, store_user_remove(req->ctx->store, req->params[0], &req->actor, &err), &err);
}

void admins_all(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    json_t *items = NULL;
    bool ok = store_admin_list(req->ctx->store, &items, &err);
    give_items(reply, ok, items, &err);
}

static bool role_member(const json_t *body, enum role *out, struct api_reply *reply)
{
    struct sl_str word;
    if (!body_text(body, "role", &word, reply))
        return false;
    if (word.n == 0 || role_parse(word, out))
        return true;
    reply_problem(reply, 400, "role '%.*s' is none of admin, operator, auditor, viewer",
                  (int)SL_MIN(word.n, (size_t)40), word.p);
    return false;
}

/* False (problem in reply) unless the member is absent or a boolean. */
static bool flag_member(const json_t *body, const char *key, bool *out_set, bool *out,
                        struct api_reply *reply)
{
    const json_t *value = json_object_get(body, key);
    *out_set = value != NULL;
    *out = json_is_true(value);
    if (value == NULL || json_is_boolean(value))
        return true;
    reply_problem(reply, 400, "\"%s\" has to be true or false", key);
    return false;
}

/* {"password","role","create","must_change_password"}, each optional: what is absent stays. */
void admins_put(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"password", "role", "create", "must_change_password", NULL};
    json_t *body = body_object(req, reply, allowed);
    struct admin_edit edit = {0};
    struct sl_err err = {0};
    bool create_set;
    if (body == NULL)
        return;
    if (body_text(body, "password", &edit.password, reply) && role_member(body, &edit.role, reply) &&
        flag_member(body, "create", &create_set, &edit.must_be_new, reply) &&
        flag_member(body, "must_change_password", &edit.set_must_change, &edit.must_change, reply)) {
        if (!json_is_string(json_object_get(body, "password")))
            edit.password.p = NULL;
        give_done(reply, store_admin_put(req->ctx->store, req->params[0], &edit, &req->actor, &err), &err);
    }
    json_decref(body);
}

void admins_remove(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    give_done(reply, store_admin_remove(req->ctx->store, req->params[0], &req->actor, &err), &err);
}

void tokens_all(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    json_t *items = NULL;
    bool ok = store_token_list(req->ctx->store, &items, &err);
    give_items(reply, ok, items, &err);
}

/* {"admin","name","role","expires": "90d" or absent} -> {"token"}: shown this once. */
void tokens_add(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"admin", "name", "role", "expires", NULL};
    json_t *body = body_object(req, reply, allowed);
    struct sl_err err = {0};
    struct sl_str admin, name, expires;
    enum role role = ROLE_VIEWER;
    int64_t expires_ms = 0;
    char token[64];
    if (body == NULL)
        return;
    bool read = body_text(body, "admin", &admin, reply) && body_text(body, "name", &name, reply) &&
                body_text(body, "expires", &expires, reply) && role_member(body, &role, reply);
    if (read && name.n == 0) { /* names are unique within an account */
        char suffix[9];
        crypto_random_id(suffix, sizeof suffix - 1);
        name = sl_cstr(sl_arena_printf(&req->arena, "token-%s", suffix));
    }
    if (!read)
        ;
    else if (expires.n > 0 && (!sl_duration_parse(expires, &expires_ms) || expires_ms == 0))
        reply_problem(reply, 400, "expires '%.*s' is not a time such as 90d",
                      (int)SL_MIN(expires.n, (size_t)40), expires.p);
    else if (!store_token_add(req->ctx->store, admin, name, role,
                              expires_ms ? sl_wall_us() + expires_ms * 1000 : 0, &req->actor, token, &err))
        reply_error(reply, &err);
    else
        reply_json(reply, 201, json_pack("{s:s}", "token", token));
    json_decref(body);
}

void tokens_remove(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    give_done(reply, store_token_remove(req->ctx->store, req->params[0], &req->actor, &err), &err);
}

void changes_page(struct api_request *req, struct api_reply *reply)
{
    struct change_filter filter = {.actor = query_text(req, "actor"),
                                   .action = query_text(req, "action"),
                                   .subject = query_text(req, "subject")};
    uint64_t limit = 50, before = 0;
    struct sl_err err = {0};
    json_t *items;
    if (!query_number(req, "limit", 1, 1000, &limit, reply) ||
        !query_number(req, "cursor", 1, INT64_MAX, &before, reply) ||
        !query_time(req, "from", &filter.from_us, reply) || !query_time(req, "to", &filter.to_us, reply))
        return;
    filter.limit = (unsigned)limit;
    filter.before = (int64_t)before;
    if (!store_changes(req->ctx->store, &filter, &items, &err)) {
        reply_error(reply, &err);
        return;
    }
    size_t n = json_array_size(items);
    json_t *last = n == limit ? json_object_get(json_array_get(items, n - 1), "id") : NULL;
    json_t *cursor = last ? json_sprintf("%lld", (long long)json_integer_value(last)) : json_null();
    reply_json(reply, 200, json_pack("{s:o, s:o}", "items", items, "cursor", cursor));
}
