/* usage.c - see usage.h. */
#include "policy/lists/usage.h"

#include <stdlib.h>

static struct sl_str last_part(struct sl_str path)
{
    size_t at = path.n;
    while (at > 0 && path.p[at - 1] != '/')
        at--;
    return sl_str_sub(path, at, path.n);
}

bool usage_is_about(const char *path)
{
    struct sl_str name = last_part(sl_cstr(path));
    return sl_str_eq(name, SL_STR("usage")) || sl_str_eq(name, SL_STR("global_usage"));
}

static struct usage *find(const struct usage_table *t, struct sl_str category)
{
    for (size_t i = 0; i < t->count; i++)
        if (sl_str_eq(category, sl_cstr(t->items[i].category)))
            return &t->items[i];
    return NULL;
}

static struct usage *of(struct usage_table *t, struct sl_str category)
{
    struct usage *known = find(t, category);
    if (known != NULL)
        return known;
    SL_GROW(t->items, t->count, &t->cap);
    t->items[t->count] = (struct usage){.category = sl_str_dup(category)};
    return &t->items[t->count++];
}

/* The category's own file has the last word over the global one. */
static void set_kind(struct usage *u, struct sl_str word, bool own)
{
    bool white = sl_str_eq(word, SL_STR("white"));
    if ((own || u->about.kind == LIST_KIND_UNKNOWN) && (white || sl_str_eq(word, SL_STR("black"))))
        u->about.kind = white ? LIST_WHITE : LIST_BLACK;
}

static void set_text(char **text, struct sl_str value)
{
    if (value.n == 0)
        return;
    free(*text);
    *text = sl_str_dup(sl_str_sub(value, 0, USAGE_MAX_TEXT));
}

/* The first line that is no comment; others name the category in other words. */
static void read_own(struct usage *u, struct sl_str content)
{
    struct sl_str line;
    while (sl_str_split(&content, '\n', &line)) {
        line = sl_str_trim(line);
        if (line.n == 0 || line.p[0] == '#')
            continue;
        set_kind(u, line, true);
        return;
    }
}

/* "NAME:" begins a category. */
static void read_global(struct usage_table *t, struct sl_str content)
{
    struct sl_str line;
    size_t current = SIZE_MAX;
    while (sl_str_split(&content, '\n', &line)) {
        size_t colon = sl_str_find(line, ':');
        if (colon == line.n || line.p[0] == '#')
            continue;
        struct sl_str key = sl_str_trim(sl_str_sub(line, 0, colon)),
                      value = sl_str_trim(sl_str_sub(line, colon + 1, line.n));
        if (sl_str_eq(key, SL_STR("NAME")))
            current = t->count < USAGE_MAX_CATEGORIES ? (size_t)(of(t, value) - t->items) : SIZE_MAX;
        else if (current == SIZE_MAX)
            continue;
        else if (sl_str_eq(key, SL_STR("DEFAULT_TYPE")))
            set_kind(&t->items[current], value, false);
        else if (sl_str_eq(key, SL_STR("NAME EN")))
            set_text(&t->items[current].about.title, value);
        else if (sl_str_eq(key, SL_STR("DESC EN")))
            set_text(&t->items[current].about.description, value);
    }
}

void usage_read(struct usage_table *t, const char *path, struct sl_str content)
{
    struct sl_str name = last_part(sl_cstr(path));
    size_t above = strlen(path) - name.n;
    if (sl_str_eq(name, SL_STR("global_usage")))
        read_global(t, content);
    else if (above > 1 && t->count < USAGE_MAX_CATEGORIES)
        read_own(of(t, last_part(sl_str(path, above - 1))), content);
}

struct list_about usage_of(const struct usage_table *t, const char *folder)
{
    const struct usage *u = find(t, last_part(sl_cstr(folder)));
    if (u == NULL)
        return (struct list_about){0};
    const struct list_about *a = &u->about;
    return (struct list_about){.kind = a->kind,
                               .title = a->title != NULL ? sl_strdup(a->title) : NULL,
                               .description = a->description != NULL ? sl_strdup(a->description) : NULL};
}

void list_about_fini(struct list_about *a)
{
    free(a->title);
    free(a->description);
    *a = (struct list_about){0};
}

void usage_fini(struct usage_table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->items[i].category);
        list_about_fini(&t->items[i].about);
    }
    free(t->items);
    *t = (struct usage_table){0};
}
