/* res_gateway.c - the running gateway: its open tunnels, and its settings. */
#include "adminapi/resources.h"
#include "base/address_class.h"
#include "base/listen_spec.h"
#include "base/pac.h"
#include "sluice/record.h"

enum { TUNNELS_USUAL = 1000, TUNNELS_MOST = 10000 };

/* The index of a query's word; `absent` when it is not there. False: problem in reply. */
static bool query_word(const struct api_request *req, const char *name, const char *const *words, int absent,
                       int *out, struct api_reply *reply)
{
    struct sl_str text = query_text(req, name);
    *out = absent;
    if (!text.p)
        return true;
    for (int i = 0; words[i]; i++) {
        *out = i;
        if (sl_str_eq(text, sl_cstr(words[i])))
            return true;
    }
    reply_problem(reply, 400, "'%.*s' is no %s; the API's description lists them",
                  (int)SL_MIN(text.n, (size_t)40), text.p, name);
    return false;
}

static bool read_query(const struct api_request *req, struct tunnel_query *out, struct api_reply *reply)
{
    static const char *const kinds[] = {"tunnel", "upgrade", "download", "upload", NULL},
                             *const orders[] = {"newest", "oldest", "traffic", NULL},
                             *const yes[] = {"false", "true", NULL};
    int order, throttled;
    uint64_t limit = TUNNELS_USUAL;
    if (!query_word(req, "kind", kinds, -1, &out->kind, reply) ||
        !query_word(req, "sort", orders, TUNNELS_NEWEST, &order, reply) ||
        !query_word(req, "throttled", yes, 0, &throttled, reply) ||
        !query_number(req, "limit", 1, TUNNELS_MOST, &limit, reply))
        return false;
    out->user = query_text(req, "user");
    out->host = query_text(req, "host");
    out->rule = query_text(req, "rule");
    out->client = query_text(req, "client");
    out->order = (enum tunnel_order)order;
    out->throttled = throttled == 1;
    out->limit = (size_t)limit;
    return true;
}

void tunnels_all(struct api_request *req, struct api_reply *reply)
{
    const struct adminapi_hooks *hooks = &req->ctx->hooks;
    struct tunnel_query query;
    if (!read_query(req, &query, reply))
        return;
    json_t *answer = hooks->tunnels ? hooks->tunnels(hooks->arg, &query) : NULL;
    reply_json(reply, 200, answer ? answer : json_pack("{s:[], s:i}", "items", "total", 0));
}

void tunnels_close(struct api_request *req, struct api_reply *reply)
{
    const struct adminapi_hooks *hooks = &req->ctx->hooks;
    struct sl_err err = {0};
    uint64_t id;
    bool known =
        request_id_parse(req->params[0], &id) && hooks->tunnel_close && hooks->tunnel_close(hooks->arg, id);
    if (!known)
        reply_problem(reply, 404, "no open tunnel '%.*s'", (int)SL_MIN(req->params[0].n, (size_t)40),
                      req->params[0].p);
    else if (!store_change_note(req->ctx->store, &req->actor, "tunnel.close", req->params[0], NULL, NULL,
                                &err))
        reply_error(reply, &err);
    else
        reply_empty(reply, 204);
}

static void add_setting(void *arg, const struct settings_item *item)
{
    json_array_append_new(
        arg, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "key", item->key, "section", item->section,
                       "value", item->value, "default", item->preset, "help", item->help, "form", item->form,
                       "changed", strcmp(item->value, item->preset) != 0, "next_start", item->next_start));
}

/* Read only: the file is the machine's. */
void settings_all(struct api_request *req, struct api_reply *reply)
{
    json_t *items = json_array();
    settings_each(req->settings, add_setting, items);
    reply_json(reply, 200,
               json_pack("{s:s, s:o}", "file", req->ctx->settings_file ? req->ctx->settings_file : "",
                         "items", items));
}

static void refuse_settings(struct api_reply *reply, json_t *take_faults)
{
    json_t *faults = json_array(), *text;
    size_t i;
    json_array_foreach(take_faults, i, text)
        json_array_append_new(faults, json_pack("{s:s, s:O}", "pointer", "", "message", text));
    json_decref(take_faults);
    reply_problem_with(reply, 422, json_pack("{s:o}", "faults", faults),
                       "the settings were not taken over; those before are in force");
}

void settings_reload(struct api_request *req, struct api_reply *reply)
{
    const struct adminapi_hooks *hooks = &req->ctx->hooks;
    struct sl_err err = {0};
    json_t *faults = NULL;
    if (hooks->reload == NULL) {
        reply_problem(reply, 409, "no gateway runs; it reads its settings when it starts");
        return;
    }
    json_t *answer = hooks->reload(hooks->arg, &faults);
    if (answer == NULL)
        refuse_settings(reply, faults);
    else if (!store_change_note(req->ctx->store, &req->actor, "settings.reload", SL_STR(""), NULL,
                                json_incref(answer), &err)) {
        json_decref(answer);
        reply_error(reply, &err);
    } else {
        reply_json(reply, 200, answer);
    }
}

/* ---- proxy.pac ---- */

/* In what way clients come to the i-th listener; those of others are not for browsers. */
static unsigned listener_kind(const struct api_request *req, size_t i)
{
    const struct conf_texts *listen = &req->settings->proxy.listen;
    struct listen_spec spec;
    return i < listen->count && listen_spec_parse(sl_cstr(listen->items[i]), &spec, NULL) ? spec.kind : 0;
}

/* The proxy's first listener of this kind; one that listens on all addresses is reached where we were. */
static bool find_listener(const struct api_request *req, unsigned kind, struct sl_endpoint *out)
{
    const struct adminapi_hooks *hooks = &req->ctx->hooks;
    json_t *list = hooks->listeners ? hooks->listeners(hooks->arg) : NULL;
    bool found = false;
    for (size_t i = 0; i < json_array_size(list) && !found; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        found = listener_kind(req, i) == kind && sl_endpoint_parse(sl_cstr(text), out, NULL);
    }
    json_decref(list);
    if (found && address_class_alone(out->addr) == ADDRESS_UNSPECIFIED)
        out->addr = req->here;
    return found && !sl_addr_none(out->addr);
}

void proxy_pac(struct api_request *req, struct api_reply *reply)
{
    struct sl_endpoint self = {.port = 0};
    bool plain = find_listener(req, 0, &self), tls = !plain && find_listener(req, LISTEN_TLS, &self);
    if (!plain && !tls && req->settings->proxy.pac_proxy.count == 0) {
        reply_problem(reply, 503, "no proxy runs that it could name");
        return;
    }
    reply->status = 200;
    reply->content_type = "application/x-ns-proxy-autoconfig";
    pac_build(req->settings, self, tls, &reply->body);
}

void upgrade_show(struct api_request *req, struct api_reply *reply)
{
    const struct adminapi_hooks *hooks = &req->ctx->hooks;
    json_t *state = hooks->upgrade_state ? hooks->upgrade_state(hooks->arg) : NULL;
    if (state)
        reply_json(reply, 200, state);
    else
        reply_problem(reply, 409, "no gateway runs");
}

/* Which program runs is for the machine's administrators: over the network, only the one that is installed.
 */
static bool read_binary(struct api_request *req, json_t *body, const char **out, struct api_reply *reply)
{
    struct sl_str binary;
    if (!body_text(body, "binary", &binary, reply))
        return false;
    *out = binary.n > 0 ? binary.p : NULL;
    if (*out && !sl_str_eq(req->actor.source, SL_STR("local"))) {
        reply_problem(reply, 403,
                      "another binary can be named on the machine itself only: sluice upgrade --binary");
        return false;
    }
    if (*out && **out != '/') {
        reply_problem(reply, 422, "the binary needs its whole path");
        return false;
    }
    return true;
}

void upgrade_begin(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"binary", NULL};
    const struct adminapi_hooks *hooks = &req->ctx->hooks;
    struct sl_err err = {0};
    const char *binary;
    json_t *body = req->body.n > 0 ? body_object(req, reply, allowed) : json_object();
    if (body == NULL)
        return;
    if (!hooks->upgrade)
        reply_problem(reply, 409, "no gateway runs");
    else if (!read_binary(req, body, &binary, reply))
        ;
    else if (!store_change_note(req->ctx->store, &req->actor, "gateway.upgrade",
                                sl_cstr(binary ? binary : ""), NULL, NULL, &err) ||
             !hooks->upgrade(hooks->arg, binary, &err))
        reply_error(reply, &err);
    else
        reply_json(reply, 202, hooks->upgrade_state(hooks->arg));
    json_decref(body);
}
