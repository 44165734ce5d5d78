/* plan.c - see plan.h. */
#include "policy/lists/plan.h"

#include <stdlib.h>

/* Names of files in a category of UT1, without ".gz" and the number of a part. */
static const struct {
    struct sl_str name;
    const char *format; /* NULL: no entries in it */
} roles[] = {
    {{"domains", 7}, "plain"},
    {{"urls", 4}, "urls"},
    {{"expressions", 11}, "expressions"},
    {{"very_restrictive_expression", 27}, NULL}, /* an alternative to `expressions` that blocks far more */
    {{"usage", 5}, NULL},
    {{"global_usage", 12}, NULL},
};

static struct sl_str base_of(struct sl_str path)
{
    size_t at = path.n;
    while (at > 0 && path.p[at - 1] != '/')
        at--;
    return sl_str_sub(path, at, path.n);
}

static struct sl_str folder_of(struct sl_str path)
{
    size_t n = path.n - base_of(path).n;
    return sl_str(path.p, n > 0 ? n - 1 : 0);
}

static struct sl_str without_packing(struct sl_str name)
{
    static const struct sl_str ends[] = {{".gz", 3}, {".xz", 3}, {".zst", 4}, {".bz2", 4}};
    for (size_t i = 0; i < SL_COUNT(ends); i++)
        if (name.n > ends[i].n && sl_str_ends(name, ends[i]))
            return sl_str(name.p, name.n - ends[i].n);
    return name;
}

static struct sl_str without_part_number(struct sl_str name)
{
    size_t n = name.n;
    while (n > 0 && name.p[n - 1] >= '0' && name.p[n - 1] <= '9')
        n--;
    return n < name.n && n > 1 && name.p[n - 1] == '.' ? sl_str(name.p, n - 1) : name;
}

const struct list_format *plan_format_of(const char *path, bool *out_known)
{
    struct sl_str name = without_part_number(without_packing(base_of(sl_cstr(path))));
    for (size_t i = 0; i < SL_COUNT(roles); i++)
        if (sl_str_eq(name, roles[i].name)) {
            *out_known = true;
            return roles[i].format != NULL ? format_named(sl_cstr(roles[i].format)) : NULL;
        }
    *out_known = false;
    return NULL;
}

void plan_add(struct plan *p, const char *path, const char *target)
{
    SL_GROW(p->files, p->file_count, &p->file_cap);
    p->files[p->file_count++] = (struct plan_file){
        .path = sl_strdup(path), .target = target != NULL ? sl_strdup(target) : NULL, .list = PLAN_NONE};
}

static int list_of_folder(const struct plan *p, struct sl_str folder)
{
    for (size_t i = p->list_count; i-- > 0;) /* files of one folder mostly stand together */
        if (sl_str_eq(folder, sl_cstr(p->lists[i].folder)))
            return (int)i;
    return PLAN_NONE;
}

static bool add_list(struct plan *p, struct sl_str folder, int *out, struct sl_err *err)
{
    if (p->list_count == PLAN_MAX_LISTS)
        return sl_fail(err, SL_LIMIT, "more than %d lists in one archive or folder", PLAN_MAX_LISTS);
    SL_GROW(p->lists, p->list_count, &p->list_cap);
    *out = (int)p->list_count;
    p->lists[p->list_count++] = (struct plan_list){.folder = sl_str_dup(folder), .same_as = PLAN_NONE};
    return true;
}

/* Gives each file with a format, or else each file, its list. */
static bool assign_files(struct plan *p, struct sl_err *err)
{
    for (size_t i = 0; i < p->file_count; i++) {
        struct plan_file *f = &p->files[i];
        if (f->target != NULL)
            continue;
        if (p->ut1 && f->format == NULL) {
            bool known;
            plan_format_of(f->path, &known);
            f->left_out = known ? NULL : "not one of domains, urls and expressions";
            continue;
        }
        struct sl_str folder = p->ut1 ? folder_of(sl_cstr(f->path)) : sl_cstr(f->path);
        f->list = list_of_folder(p, folder);
        if (f->list == PLAN_NONE && !add_list(p, folder, &f->list, err))
            return false;
        p->lists[f->list].last_file = i;
    }
    return true;
}

/* ---- links ---- */

/* Where a link in `folder` leads, inside the tree; false when it leads out. A leading '/' (a hard link)
 * counts from the tree's root. */
static bool resolve(struct sl_str folder, struct sl_str target, struct sl_text *out)
{
    sl_text_clear(out);
    if (sl_str_starts(target, SL_STR("/")))
        target = sl_str_sub(target, 1, target.n);
    else
        sl_text_add(out, folder);
    struct sl_str part;
    while (sl_str_split(&target, '/', &part)) {
        if (part.n == 0 || sl_str_eq(part, SL_STR(".")))
            continue;
        if (!sl_str_eq(part, SL_STR(".."))) {
            if (out->n > 0)
                sl_text_addc(out, '/');
            sl_text_add(out, part);
            continue;
        }
        if (out->n == 0)
            return false;
        out->n = folder_of(sl_text_str(out)).n;
        out->p[out->n] = '\0';
    }
    return out->n > 0;
}

/* Links to links come right after some rounds; a circle never does and stays left out. */
static bool assign_links(struct plan *p, struct sl_err *err)
{
    struct sl_text to = {0};
    bool ok = true;
    for (int round = 0; ok && round < 4; round++)
        for (size_t i = 0; ok && i < p->file_count; i++) {
            struct plan_file *f = &p->files[i];
            if (f->target == NULL || f->list != PLAN_NONE)
                continue;
            f->left_out = "a link that leads to no category here";
            int list = resolve(folder_of(sl_cstr(f->path)), sl_cstr(f->target), &to)
                           ? list_of_folder(p, sl_text_str(&to))
                           : PLAN_NONE;
            if (list == PLAN_NONE || list_of_folder(p, sl_cstr(f->path)) != PLAN_NONE)
                continue;
            f->left_out = NULL;
            ok = add_list(p, sl_cstr(f->path), &f->list, err);
            if (ok)
                p->lists[f->list].same_as =
                    p->lists[list].same_as != PLAN_NONE ? p->lists[list].same_as : list;
        }
    sl_text_fini(&to);
    return ok;
}

/* ---- names ---- */

/* The part of all folders' parents that is the same: "blacklists" is no part of a category's name. */
static struct sl_str common_root(const struct plan *p)
{
    struct sl_str root = p->list_count > 0 ? folder_of(sl_cstr(p->lists[0].folder)) : SL_STR("");
    for (size_t i = 1; i < p->list_count; i++) {
        struct sl_str folder = sl_cstr(p->lists[i].folder);
        while (root.n > 0 && !(sl_str_starts(folder, root) && folder.n > root.n && folder.p[root.n] == '/'))
            root = folder_of(root);
    }
    return root;
}

/* Without ".txt" and the like, but with a last part that is no ending ("list.ads"). */
static struct sl_str without_ending(struct sl_str name)
{
    static const struct sl_str ends[] = {{".txt", 4},  {".list", 5}, {".lst", 4},   {".csv", 4},
                                         {".conf", 5}, {".ip", 3},   {".hosts", 6}, {".zone", 5}};
    for (size_t i = 0; i < SL_COUNT(ends); i++)
        if (name.n > ends[i].n && sl_str_ends(name, ends[i]))
            return sl_str(name.p, name.n - ends[i].n);
    return name;
}

static bool is_taken(const struct plan *p, size_t before, const char *name)
{
    for (size_t i = 0; i < before; i++)
        if (strcmp(p->lists[i].name, name) == 0)
            return true;
    return false;
}

static char *make_name(const struct plan *p, size_t index, size_t root_n)
{
    struct sl_str folder = sl_cstr(p->lists[index].folder);
    struct sl_str plain = sl_str_sub(folder, root_n > 0 ? root_n + 1 : 0, folder.n);
    char *name = sl_str_dup(p->ut1 ? plain : without_ending(without_packing(plain)));
    for (char *c = name; *c != '\0'; c++)
        if (*c <= ' ' || *c == 127 || strchr("\"\\*?", *c) != NULL)
            *c = '_';
    for (unsigned n = 2; is_taken(p, index, name); n++) {
        char *other =
            sl_asprintf("%.*s-%u", SL_FMT(p->ut1 ? plain : without_ending(without_packing(plain))), n);
        free(name);
        name = other;
    }
    return name;
}

bool plan_make(struct plan *p, struct sl_err *err)
{
    for (size_t i = 0; i < p->file_count; i++) {
        bool known;
        p->files[i].format = plan_format_of(p->files[i].path, &known);
        p->ut1 = p->ut1 || (p->files[i].format != NULL && p->files[i].target == NULL);
    }
    if (!assign_files(p, err) || !assign_links(p, err))
        return false;
    size_t root_n = common_root(p).n;
    for (size_t i = 0; i < p->list_count; i++)
        p->lists[i].name = make_name(p, i, root_n);
    return true;
}

void plan_fini(struct plan *p)
{
    for (size_t i = 0; i < p->file_count; i++) {
        free(p->files[i].path);
        free(p->files[i].target);
    }
    for (size_t i = 0; i < p->list_count; i++) {
        free(p->lists[i].folder);
        free(p->lists[i].name);
    }
    free(p->files);
    free(p->lists);
    *p = (struct plan){0};
}
