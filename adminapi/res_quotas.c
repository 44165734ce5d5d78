/* res_quotas.c - who has used how much, and giving it back. */
#include "adminapi/resources.h"
#include "sluice/clock.h"

void quotas_usage(struct api_request *req, struct api_reply *reply)
{
    struct snapshot *s = policy_live_get(store_live(req->ctx->store));
    json_t *items = ledger_usage(store_ledger(req->ctx->store), s, query_text(req, "quota"),
                                 query_text(req, "subject"), sl_wall_us() / 1000000);
    snapshot_unref(&s);
    reply_json(reply, 200, json_pack("{s:o}", "items", items));
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
            struct sl_str any = {0};
            unsigned n = ledger_reset(store_ledger(req->ctx->store), quota.n ? quota : any,
                                      subject.n ? subject : any, sl_wall_us() / 1000000);
            reply_json(reply, 200, json_pack("{s:I}", "reset", (json_int_t)n));
        }
    }
    json_decref(body);
}
