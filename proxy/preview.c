/* preview.c - the head that a request would be sent with, without sending it: the same parser, rules and
 * builder as of a request that comes. */
#include "proxy/conn/edits.h"
#include "proxy/http/head.h"
#include "sluice/proxy.h"

bool proxy_preview(const struct snapshot *s, const struct verdict *v, const struct sl_url *url,
                   struct sl_str request, struct sl_text *out)
{
    static const struct fields_self self = {.via = false, .forwarded_for = FORWARDED_DELETE};
    static const struct head_limits limits = {.bytes = 64 * 1024, .fields = HEAD_FIELDS_MAX};
    struct head head;
    struct edits edits;
    head_init(&head);
    if (head_parse_request(&head, request.p, request.n, limits) != HEAD_DONE)
        return false;
    edits_make(s, v, url, &edits);
    struct fields_request r = {.head = &head,
                               .url = url,
                               .edits = edits.fields,
                               .edit_count = edits.count,
                               .query = sl_text_str(&edits.query)};
    size_t bound = fields_request_bound(&r);
    SL_CLEANUP(sl_freep) char *space = sl_malloc(bound);
    sl_text_add(out, sl_str(space, fields_build_request(&self, &r, space, bound)));
    edits_fini(&edits);
    return true;
}
