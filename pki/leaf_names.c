/* leaf_names.c - see leaf_names.h. */
#include "pki/leaf_names.h"

enum { NAME_MAX_BYTES = 253, LABEL_MAX_BYTES = 63 };

static bool is_label(struct sl_str label)
{
    for (size_t i = 0; i < label.n; i++) {
        char c = sl_lower(label.p[i]);
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
            return false;
    }
    return label.n > 0 && label.n <= LABEL_MAX_BYTES;
}

/* Underscores are found in names that exist. The last label has a letter: else it looks like an address. */
static bool is_name(struct sl_str text)
{
    struct sl_str rest = sl_str_starts(text, SL_STR("*.")) ? sl_str_sub(text, 2, SIZE_MAX) : text, label;
    bool ok = text.n <= NAME_MAX_BYTES && rest.n > 0;
    while (ok && sl_str_split(&rest, '.', &label))
        ok = is_label(label);
    return ok && !(label.p[label.n - 1] >= '0' && label.p[label.n - 1] <= '9' && label.n <= 3);
}

bool leaf_name_parse(struct sl_str text, struct leaf_name *out)
{
    *out = (struct leaf_name){0};
    if (sl_addr_parse(text, &out->addr))
        return true;
    if (!is_name(text))
        return false;
    out->text = text;
    return true;
}

bool leaf_name_covers(const struct leaf_name *name, const struct leaf_name *asked)
{
    if (name->text.n == 0 || asked->text.n == 0)
        return name->text.n == asked->text.n && sl_addr_eq(name->addr, asked->addr);
    if (sl_str_ieq(name->text, asked->text))
        return true;
    size_t dot = sl_str_find(asked->text, '.');
    return sl_str_starts(name->text, SL_STR("*.")) &&
           sl_str_ieq(sl_str_sub(name->text, 1, SIZE_MAX), sl_str_sub(asked->text, dot, SIZE_MAX));
}

bool leaf_names_cover(const struct leaf_names *names, const struct leaf_name *asked)
{
    for (size_t i = 0; i < names->count; i++)
        if (leaf_name_covers(&names->items[i], asked))
            return true;
    return false;
}

static bool has(const struct leaf_names *names, const struct leaf_name *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (sl_str_ieq(names->items[i].text, name->text) && sl_addr_eq(names->items[i].addr, name->addr))
            return true;
    return false;
}

void leaf_names_add(struct leaf_names *names, const struct leaf_name *name)
{
    size_t bytes = name->text.n ? name->text.n : sizeof name->addr.b;
    if (has(names, name))
        return;
    if (names->count == LEAF_NAMES || bytes > LEAF_NAMES_BYTES - names->bytes) {
        names->cut = true;
        return;
    }
    names->items[names->count++] = *name;
    names->bytes += bytes;
}
