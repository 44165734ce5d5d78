/* origins.c - see origins.h. */
#include "policy/store/origins.h"

#include <inttypes.h>
#include <stdlib.h>

#include "policy/store/shelf.h"
#include "policy/store/subject.h"

void origins_add(struct store *s, const char *list, const struct sl_url *url, const struct list_match *match,
                 uint64_t *budget, json_t *item)
{
    struct list_origin origin;
    SL_CLEANUP(sl_freep) char *path = shelf_path_of(s, sl_cstr(list));
    if (!path || !list_origin_find(path, url, match, budget, &origin))
        return;
    json_object_set_new(item, "entry", subject_json(sl_cstr(origin.entry)));
    if (origin.line > 0)
        json_object_set_new(item, "line", json_integer((json_int_t)origin.line));
    if (*origin.file)
        json_object_set_new(item, "file", subject_json(sl_cstr(origin.file)));
    list_origin_fini(&origin);
}

/* Sources stand in the order of the matches, so the next one is at or behind the cursor. */
static const struct list_match *match_of(const struct list_provider *lists, const struct list_match *matches,
                                         size_t count, size_t *cursor, const char *list)
{
    while (*cursor < count) {
        const struct list_match *m = &matches[(*cursor)++];
        if (strcmp(lists->name(lists, m->list), list) == 0)
            return m;
    }
    return NULL;
}

static void say_line(json_t *step, const json_t *item, const char *list)
{
    const char *because = json_string_value(json_object_get(step, "because"));
    const char *file = json_string_value(json_object_get(item, "file"));
    json_int_t line = json_integer_value(json_object_get(item, "line"));
    if (!because || line == 0)
        return;
    SL_CLEANUP(sl_freep)
    char *text = sl_asprintf("%s (%s: line %" JSON_INTEGER_FORMAT "%s%s)", because, list, line,
                             file ? " of " : "", file ? file : "");
    json_object_set_new(step, "because", json_string(text));
}

void origins_add_to_trace(struct store *s, const struct sl_url *url, json_t *trace)
{
    struct list_match matches[LIST_MATCHES_MAX];
    struct list_provider *lists = store_lists(s);
    size_t count = lists->matches(lists, url, matches, LIST_MATCHES_MAX), i, k;
    uint64_t budget = ORIGINS_BUDGET;
    json_t *step, *item;
    json_array_foreach(trace, i, step)
    {
        size_t cursor = 0;
        json_array_foreach(json_object_get(step, "sources"), k, item)
        {
            const char *list = json_string_value(json_object_get(item, "list"));
            const struct list_match *m = list ? match_of(lists, matches, count, &cursor, list) : NULL;
            if (!m)
                continue;
            origins_add(s, list, url, m, &budget, item);
            say_line(step, item, list);
        }
    }
    lists->unref(lists);
}
