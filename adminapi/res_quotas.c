/* res_quotas.c - who has used how much, and giving it back. */
#include "adminapi/resources.h"
#include "sluice/clock.h"

enum { ITEMS_LOGGED = 100 };

void quotas_usage(struct api_request *req, struct api_reply *reply)
{
    struct snapshot *s = policy_live_get(store_live(req->ctx->store));
    json_t *items = ledger_usage(store_ledger(req->ctx->store), s, query_text(req, "quota"),
                                 query_text(req, "subject"), sl_wall_us() / 1000000);
    snapshot_unref(&s);
    reply_json(reply, 200, json_pack("{s:o}", "items", items));
}

/* What was used goes into the change log before it is forgotten: of the first hundred, the most used first.
 */
static json_t *used_before(json_t *take_items)
{
    json_t *kept = json_array(), *item;
    size_t i;
    json_array_foreach(take_items, i, item)
    {
        if (i == ITEMS_LOGGED)
            break;
        json_array_append_new(
            kept,
            json_pack("{s:O, s:O, s:O, s:O, s:O}", "quota", json_object_get(item, "quota"), "subject",
                      json_object_get(item, "subject"), "bytes", json_object_get(item, "bytes"), "requests",
                      json_object_get(item, "requests"), "minutes", json_object_get(item, "minutes")));
    }
    json_t *before = json_pack("{s:I, s:o}", "used", (json_int_t)json_array_size(take_items), "items", kept);
    json_decref(take_items);
    return before;
}

static void reset(struct api_request *req, struct sl_str quota, struct sl_str subject,
                  struct api_reply *reply)
{
    struct store *store = req->ctx->store;
    struct ledger *ledger = store_ledger(store);
    struct sl_str any = {0}, which = quota.n ? quota : any, whose = subject.n ? subject : any;
    int64_t now_s = sl_wall_us() / 1000000;
    struct sl_err err = {0};
    struct snapshot *s = policy_live_get(store_live(store));
    json_t *before = used_before(ledger_usage(ledger, s, which, whose, now_s));
    snapshot_unref(&s);
    unsigned n = ledger_reset(ledger, which, whose, now_s);
    json_t *after = json_pack("{s:I}", "reset", (json_int_t)n);
    if (store_change_note(store, &req->actor, "quota.reset", subject.n ? subject : quota, before,
                          json_incref(after), &err)) {
        reply_json(reply, 200, after);
    } else {
        json_decref(after);
        reply_error(reply, &err);
    }
}

/* {"quota","subject"}; an absent one means all, but not both. */
void quotas_reset(struct api_request *req, struct api_reply *reply)
{
    static const char *const allowed[] = {"quota", "subject", NULL};
    json_t *body = body_object(req, reply, allowed);
    struct sl_str quota, subject;
    if (body == NULL)
        return;
    if (body_text(body, "quota", &quota, reply) && body_text(body, "subject", &subject, reply)) {
        if (quota.n == 0 && subject.n == 0) {
            reply_problem(reply, 400, "name a quota, a subject, or both");
        } else {
            reset(req, quota, subject, reply);
        }
    }
    json_decref(body);
}
