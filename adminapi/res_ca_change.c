/* res_ca_change.c - certificate authorities made, imported and rotated. A key may come in; none goes out, and
 * what held one is wiped. */
#include "adminapi/authorities.h"
#include "adminapi/resources.h"
#include "base/crypto.h"
#include "sluice/clock.h"

static int64_t now_s(void)
{
    return sl_wall_us() / 1000000;
}

/* ---- what came ---- */

static bool names_member(struct api_request *req, const json_t *body, const char *key,
                         const struct sl_str **out, size_t *out_n, struct api_reply *reply)
{
    const json_t *list = json_object_get(body, key), *item;
    struct sl_str *names = sl_arena_alloc(&req->arena, (json_array_size(list) + 1) * sizeof *names);
    size_t i;
    if (list && !json_is_array(list)) {
        reply_problem(reply, 400, "\"%s\" has to be a list of host names", key);
        return false;
    }
    json_array_foreach(list, i, item)
    {
        names[i] = sl_str(json_string_value(item), json_string_length(item));
        if (!json_is_string(item)) {
            reply_problem(reply, 400, "\"%s\" has to be a list of host names", key);
            return false;
        }
    }
    *out = names;
    *out_n = json_array_size(list);
    return true;
}

static bool days_member(const json_t *body, unsigned *out, struct api_reply *reply)
{
    const json_t *days = json_object_get(body, "days");
    json_int_t n = json_integer_value(days);
    *out = (unsigned)n;
    if (days == NULL || (n >= 1 && n <= CA_DAYS_MOST))
        return true;
    reply_problem(reply, 400, "\"days\" has to be a number from 1 to %d", CA_DAYS_MOST);
    return false;
}

static bool read_wish(struct api_request *req, const json_t *body, struct ca_wish *out,
                      struct api_reply *reply)
{
    *out = (struct ca_wish){0};
    return body_text(body, "organisation", &out->organisation, reply) &&
           body_text(body, "name", &out->name, reply) && days_member(body, &out->days, reply) &&
           names_member(req, body, "permitted", &out->permitted, &out->permitted_count, reply) &&
           names_member(req, body, "excluded", &out->excluded, &out->excluded_count, reply);
}

/* When the next one begins to sign: 0 when the member is absent. */
static bool read_sign_at(const json_t *body, int64_t *out_s, struct api_reply *reply)
{
    struct sl_str text;
    int64_t at_us = 0, in_ms = 0;
    *out_s = 0;
    if (!body_text(body, "sign_at", &text, reply))
        return false;
    if (text.n == 0)
        return true;
    if (sl_time_parse(text, sl_wall_us(), &at_us)) {
        *out_s = SL_MAX(at_us / 1000000, (int64_t)1);
    } else if (sl_duration_parse(text, &in_ms)) {
        *out_s = now_s() + in_ms / 1000;
    } else {
        reply_problem(reply, 400,
                      "sign_at '%.*s' is not a time such as now, 2026-12-01, 2026-12-01T06:00:00Z or 14d",
                      (int)SL_MIN(text.n, (size_t)40), text.p);
        return false;
    }
    return true;
}

/* ---- what is said of it ---- */

static bool find(struct ca_live *live, const char *id, enum ca_state state, struct ca_entry *out)
{
    struct ca_entry entries[CA_MOST];
    size_t n = ca_live_list(live, entries);
    bool found = false;
    for (size_t i = 0; i < n; i++)
        if (!found && (id ? strcmp(ca_facts(entries[i].ca)->id_text, id) == 0 : entries[i].state == state)) {
            found = true;
            *out = entries[i];
            ca_ref(out->ca);
        }
    ca_entries_fini(entries, n);
    return found;
}

/* Into the change log, and to who asked. The change itself stands already. */
static void tell(struct api_request *req, struct api_reply *reply, const char *action, unsigned status,
                 const struct ca_entry *e)
{
    const struct ca_facts *f = ca_facts(e->ca);
    struct sl_err err = {0};
    json_t *after = json_pack("{s:s, s:s, s:s, s:o}", "subject", f->subject, "sha256", f->sha256, "state",
                              ca_state_word(e->state), "sign_at", reply_time(e->sign_s * 1000000));
    if (store_change_note(req->ctx->store, &req->actor, action, sl_cstr(f->id_text), NULL, after, &err))
        reply_json(reply, status, authority_json(e, now_s()));
    else
        reply_error(reply, &err);
}

static void tell_of(struct api_request *req, struct api_reply *reply, const char *action, unsigned status,
                    const char *id, enum ca_state state)
{
    struct ca_entry e;
    if (!find(req->ctx->ca, id, state, &e)) {
        reply_problem(reply, 409, "the authority was changed meanwhile");
        return;
    }
    tell(req, reply, action, status, &e);
    ca_unref(&e.ca);
}

static bool exists(struct api_request *req, enum ca_state state)
{
    struct ca_entry e;
    bool found = find(req->ctx->ca, NULL, state, &e);
    if (found)
        ca_unref(&e.ca);
    return found;
}

/* ---- handlers ---- */

static void add_made(struct api_request *req, struct api_reply *reply, const struct ca_wish *wish,
                     int64_t sign_s, const char *action, unsigned status)
{
    const struct ca *ca = NULL;
    struct sl_err err = {0};
    if (ca_create(wish, now_s(), &ca, &err) && ca_live_rotate(req->ctx->ca, ca, sign_s, now_s(), &err))
        tell_of(req, reply, action, status, ca_facts(ca)->id_text, 0);
    else
        reply_error(reply, &err);
    ca_unref(&ca);
}

void ca_make(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"organisation", "name", "permitted", "excluded", "days", NULL};
    json_t *body = req->body.n > 0 ? body_object(req, reply, allowed) : json_object();
    struct ca_wish wish;
    if (body == NULL)
        return;
    if (exists(req, CA_CURRENT))
        reply_problem(reply, 409,
                      "there is a certificate authority already; make the next one: sluice ca rotate");
    else if (read_wish(req, body, &wish, reply))
        add_made(req, reply, &wish, 0, "ca.create", 201);
    json_decref(body);
}

static void sign_next(struct api_request *req, struct api_reply *reply, const json_t *body, int64_t sign_s)
{
    struct sl_err err = {0};
    struct ca_entry next;
    if (json_object_size(body) > 1)
        reply_problem(reply, 409, "the next authority has been made already; cancel it to make another one");
    else if (!find(req->ctx->ca, NULL, CA_NEXT, &next))
        reply_problem(reply, 409, "the authority was changed meanwhile");
    else {
        if (ca_live_schedule(req->ctx->ca, sign_s, now_s(), &err))
            tell_of(req, reply, sign_s <= now_s() ? "ca.sign" : "ca.schedule", 200,
                    ca_facts(next.ca)->id_text, 0);
        else
            reply_error(reply, &err);
        ca_unref(&next.ca);
    }
}

static const struct sl_str *copy_names(struct api_request *req, const char *const *names, size_t n)
{
    struct sl_str *copy = sl_arena_alloc(&req->arena, (n + 1) * sizeof *copy);
    for (size_t i = 0; i < n; i++)
        copy[i] = sl_arena_str(&req->arena, sl_cstr(names[i]));
    return copy;
}

/* What is not said is as it is with the current one: constraints above all must not get lost by the way. */
static void inherit(struct api_request *req, const json_t *body, struct ca_wish *wish)
{
    const struct ca *ca = ca_live_get(req->ctx->ca);
    const struct ca_facts *f = ca ? ca_facts(ca) : NULL;
    if (f && wish->organisation.n == 0)
        wish->organisation = sl_arena_str(&req->arena, sl_cstr(f->organisation));
    if (f && !json_object_get(body, "permitted") && !json_object_get(body, "excluded")) {
        wish->permitted = copy_names(req, f->permitted, wish->permitted_count = f->permitted_count);
        wish->excluded = copy_names(req, f->excluded, wish->excluded_count = f->excluded_count);
    }
    ca_unref(&ca);
}

static void make_next(struct api_request *req, struct api_reply *reply, const json_t *body,
                      struct ca_wish *wish, int64_t sign_s)
{
    inherit(req, body, wish);
    add_made(req, reply, wish, sign_s, "ca.next", 201);
}

/* Makes the next one, or, when it has been made, says when it signs. */
void ca_rotate(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"organisation", "name",    "permitted", "excluded",
                                          "days",         "sign_at", NULL};
    json_t *body = req->body.n > 0 ? body_object(req, reply, allowed) : json_object();
    struct ca_wish wish;
    int64_t sign_s;
    if (body == NULL)
        return;
    if (!read_wish(req, body, &wish, reply) || !read_sign_at(body, &sign_s, reply))
        ;
    else if (!exists(req, CA_CURRENT))
        reply_problem(reply, 409, "there is no certificate authority yet; make the first: sluice ca init");
    else if (!exists(req, CA_NEXT))
        make_next(req, reply, body, &wish, sign_s);
    else if (sign_s == 0)
        reply_problem(reply, 409,
                      "the next authority has been made already; say when it signs (sign_at), or cancel it");
    else
        sign_next(req, reply, body, sign_s);
    json_decref(body);
}

void ca_drop_next(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    struct ca_entry next;
    if (!find(req->ctx->ca, NULL, CA_NEXT, &next)) {
        reply_problem(reply, 404, "there is no next authority");
        return;
    }
    if (!ca_live_cancel(req->ctx->ca, &err) ||
        !store_change_note(req->ctx->store, &req->actor, "ca.cancel", sl_cstr(ca_facts(next.ca)->id_text),
                           json_pack("{s:s, s:s}", "subject", ca_facts(next.ca)->subject, "sha256",
                                     ca_facts(next.ca)->sha256),
                           NULL, &err))
        reply_error(reply, &err);
    else
        reply_empty(reply, 204);
    ca_unref(&next.ca);
}

void ca_return(struct api_request *req, struct api_reply *reply)
{
    struct sl_err err = {0};
    if (ca_live_back(req->ctx->ca, now_s(), &err))
        tell_of(req, reply, "ca.back", 200, NULL, CA_CURRENT);
    else
        reply_error(reply, &err);
}

/* ---- import ---- */

static void wipe(struct sl_str text)
{
    if (text.n > 0)
        crypto_wipe((char *)(uintptr_t)text.p,
                    text.n); /* the request's own memory, which nobody reads again */
}

static bool decode_pkcs12(struct api_request *req, struct sl_str text, struct ca_given *out,
                          struct api_reply *reply)
{
    char *data = sl_arena_bytes(&req->arena, text.n);
    size_t n;
    if (!crypto_base64_decode(text, data, text.n, &n)) {
        reply_problem(reply, 400, "\"pkcs12\" has to be the file in base64");
        return false;
    }
    out->data = sl_str(data, n);
    return true;
}

/* A file of this machine is named by those who are on it. */
static bool check_uri(const struct api_request *req, struct sl_str uri, struct api_reply *reply)
{
    if (!sl_str_istarts(uri, SL_STR("file:")) || sl_str_eq(req->actor.source, SL_STR("local")))
        return true;
    reply_problem(reply, 403, "a file can be named on the machine itself only: sluice ca import --key-uri");
    return false;
}

static bool read_given(struct api_request *req, const json_t *body, struct ca_given *out,
                       struct api_reply *reply)
{
    struct sl_str pkcs12;
    *out = (struct ca_given){0};
    if (!body_text(body, "pem", &out->data, reply) || !body_text(body, "pkcs12", &pkcs12, reply) ||
        !body_text(body, "key", &out->key, reply) || !body_text(body, "key_uri", &out->key_uri, reply) ||
        !body_text(body, "password", &out->password, reply) || !check_uri(req, out->key_uri, reply))
        return false;
    if (!json_is_string(json_object_get(body, "password")))
        out->password = (struct sl_str){0};
    if ((out->data.n > 0) == (pkcs12.n > 0)) {
        reply_problem(reply, 400, "give either \"pem\" or \"pkcs12\"");
        return false;
    }
    return pkcs12.n == 0 || decode_pkcs12(req, pkcs12, out, reply);
}

static void bring(struct api_request *req, struct api_reply *reply, const json_t *body)
{
    const struct ca *ca = NULL;
    struct sl_err err = {0};
    struct ca_given given = {0};
    int64_t sign_s;
    if (!read_sign_at(body, &sign_s, reply) || !read_given(req, body, &given, reply))
        ;
    else if (exists(req, CA_NEXT))
        reply_problem(reply, 409, "a next authority waits already; cancel it to import another one");
    else if (!ca_import(&given, now_s(), &ca, &err)) /* whatever it is, what was given is not good */
        reply_problem(reply, 422, "%s", err.msg);
    else if (ca_live_rotate(req->ctx->ca, ca, sign_s, now_s(), &err))
        tell_of(req, reply, "ca.import", 201, ca_facts(ca)->id_text, 0);
    else
        reply_error(reply, &err);
    wipe(given.data);
    ca_unref(&ca);
}

void ca_bring(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"pem", "pkcs12", "key", "key_uri", "password", "sign_at", NULL};
    static const char *const secret[] = {"pem", "pkcs12", "key", "password"};
    json_t *body = body_object(req, reply, allowed);
    if (body)
        bring(req, reply, body);
    for (size_t i = 0; i < SL_COUNT(secret); i++)
        wipe(api_member(body, secret[i]));
    json_decref(body);
}
