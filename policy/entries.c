/* entries.c - see entries.h. */
#include "policy/entries.h"

#include <stdlib.h>

#include "policy/read.h"

bool entries_read(const json_t *array, struct entries *out)
{
    size_t i;
    json_t *value;
    *out = (struct entries){.items = sl_calloc(json_array_size(array) + 1, sizeof *out->items)};
    if (array && !json_is_array(array))
        return false;
    json_array_foreach(array, i, value)
    {
        const json_t *id = json_object_get(value, "id");
        if (!json_is_string(id) || names_add(&out->ids, read_str(id)) != i)
            return false;
        out->items[out->count++] = (struct entry){.value = value, .index = i, .partner = -1};
    }
    return true;
}

void entries_fini(struct entries *e)
{
    names_fini(&e->ids);
    free(e->items);
}

/* Marks a longest increasing subsequence of the partners of `after`: those kept their order, the others
 * moved. */
static void mark_stays(struct entries *after)
{
    size_t *tails = sl_calloc(after->count + 1, sizeof *tails),
           length = 0; /* entry that ends the best of each length */
    int *before_me = sl_calloc(after->count + 1, sizeof *before_me);
    for (size_t i = 0; i < after->count; i++) {
        struct entry *e = &after->items[i];
        if (e->partner < 0)
            continue;
        size_t low = 0, high = length;
        while (low < high) {
            size_t mid = (low + high) / 2;
            if (after->items[tails[mid]].partner < e->partner)
                low = mid + 1;
            else
                high = mid;
        }
        before_me[i] = low > 0 ? (int)tails[low - 1] : -1;
        tails[low] = i;
        length = SL_MAX(length, low + 1);
    }
    for (int i = length > 0 ? (int)tails[length - 1] : -1; i >= 0; i = before_me[i])
        after->items[i].stays = true;
    free(tails);
    free(before_me);
}

void entries_pair(const struct entries *before, struct entries *after)
{
    for (size_t i = 0; i < after->count; i++)
        after->items[i].partner = names_find(&before->ids, after->ids.items[i]);
    mark_stays(after);
}

/* ---- of things without ids ---- */

void elements_read(const json_t *array, struct elements *out)
{
    size_t i;
    json_t *value;
    *out = (struct elements){.texts = sl_calloc(json_array_size(array) + 1, sizeof *out->texts)};
    json_array_foreach(array, i, value)
    {
        char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
        sl_assert(text);
        out->texts[out->count++] = text;
        names_add(&out->names, sl_cstr(text));
    }
}

void elements_fini(struct elements *e)
{
    for (size_t i = 0; i < e->count; i++)
        free(e->texts[i]);
    free(e->texts);
    names_fini(&e->names);
}
