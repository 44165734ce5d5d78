/* own.c - which entries of the policy itself hold a URL, and where in the document they stand. For people:
 * the place is searched for, which costs what the category's entries are many. */
#include "policy/overlay.h"
#include "policy/read.h"
#include "policy/snapshot.h"

/* Adds "/hosts/17" to the pointer of the category. False: it stands in another member. */
static bool find_in(const json_t *category, const char *member, struct sl_str written,
                    struct sl_text *pointer)
{
    size_t i;
    json_t *value;
    json_array_foreach(json_object_get(category, member), i,
                       value) if (json_is_string(value) && sl_str_eq(read_str(value), written))
    {
        sl_text_addf(pointer, "/%s/%zu", member, i);
        return true;
    }
    return false;
}

static json_t *entry_json(const struct snapshot *s, size_t category, struct sl_str written)
{
    SL_CLEANUP(sl_text_fini) struct sl_text pointer = {0};
    SL_CLEANUP(sl_freep) char *name = sl_str_dup(snapshot_category_name(s, category));
    const json_t *def = json_object_get(json_object_get(s->json, "categories"), name);
    sl_text_add(&pointer, SL_STR("/categories"));
    read_pointer_add(&pointer, name);
    if (!find_in(def, "hosts", written, &pointer))
        find_in(def, "urls", written, &pointer);
    return json_pack("{s:s, s:s%, s:s%}", "category", name, "entry", written.p, written.n, "pointer",
                     pointer.p, pointer.n);
}

json_t *policy_own_entries(const struct snapshot *s, const struct sl_url *url)
{
    json_t *out = json_array();
    for (size_t i = 0; i < snapshot_category_count(s); i++) {
        struct sl_str written = overlay_matched(s->doc.overlay, url, false, i);
        if (written.n > 0)
            json_array_append_new(out, entry_json(s, i, written));
    }
    return out;
}
