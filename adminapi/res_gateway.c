/* res_gateway.c - the running gateway: its open tunnels, and the settings it was started with. */
#include "adminapi/resources.h"
#include "sluice/record.h"

enum { TUNNELS_MOST = 10000 };

void tunnels_all(struct api_request *req, struct api_reply *reply)
{
    const struct adminapi_hooks *hooks = &req->ctx->hooks;
    json_t *items = hooks->tunnels ? hooks->tunnels(hooks->arg, TUNNELS_MOST) : json_array();
    reply_json(reply, 200, json_pack("{s:o}", "items", items));
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
    json_array_append_new(arg, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "key", item->key, "section",
                                         item->section, "value", item->value, "default", item->preset, "help",
                                         item->help, "form", item->form, "changed",
                                         strcmp(item->value, item->preset) != 0));
}

/* Read only: the file is the machine's, and most settings need a restart. */
void settings_all(struct api_request *req, struct api_reply *reply)
{
    json_t *items = json_array();
    settings_each(req->ctx->settings, add_setting, items);
    reply_json(reply, 200,
               json_pack("{s:s, s:o}", "file", req->ctx->settings_file ? req->ctx->settings_file : "",
                         "items", items));
}
