/* plan.c - see plan.h. */
#include "policy/lists/plan.h"

#include <stdlib.h>

/* Names of files in a category of UT1, without ".gz", ".diff" and the number of a part. */
static const struct {
    struct sl_str name;
    const char *format, *diff; /* NULL: no entries in it */
} roles[] = {
    {{"domains", 7}, "plain", "diff"},
    {{"urls", 4}, "urls", "diff-urls"},
    {{"expressions", 11}, "expressions", NULL},
    /* an alternative to `expressions` that blocks far more */
    {{"very_restrictive_expression", 27}, NULL, NULL},
    {{"usage", 5}, NULL, NULL},
    {{"global_usage", 12}, NULL, NULL},
};

/* Ends of names of e2guardian's lists; what is not sites, URLs or addresses is no list for us. */
static const struct {
    struct sl_str end;
    const char *format;
} e2guardian[] = {
    {{"regexpurllist", 13}, "e2guardian-regexes"},
    {{"regexpsitelist", 14}, "e2guardian-regexes"},
    {{"sitelist", 8}, "e2guardian"},
    {{"urllist", 7}, "e2guardian"},
    {{"iplist", 6}, "e2guardian"},
    {{"tldlist", 7}, "e2guardian"},
    {{"phraselist", 10}, NULL},
    {{"regexplist", 10}, NULL},
    {{"mimetypelist", 12}, NULL},
    {{"extensionlist", 13}, NULL},
    {{"headerlist", 10}, NULL},
    {{"searchlist", 10}, NULL},
    {{"timelist", 8}, NULL},
    {{"useragentlist", 13}, NULL},
    {{"clientlist", 10}, NULL},
    {{"overidelist", 11}, NULL},
    {{"categorylist", 12}, NULL},
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

static struct sl_str without(struct sl_str name, struct sl_str end)
{
    return name.n > end.n && sl_str_ends(name, end) ? sl_str(name.p, name.n - end.n) : name;
}

const struct list_format *plan_format_of(const char *path, bool *out_known)
{
    struct sl_str packed = without_packing(base_of(sl_cstr(path))), name = without(packed, SL_STR(".diff"));
    bool diff = name.n < packed.n;
    name = diff ? sl_str_sub(name, 0, sl_str_find(name, '.')) /* "domains.2026-11-26.diff" */
                : without_part_number(name);
    for (size_t i = 0; i < SL_COUNT(roles); i++)
        if (sl_str_eq(name, roles[i].name)) {
            const char *format = diff ? roles[i].diff : roles[i].format;
            *out_known = true;
            return format != NULL ? format_named(sl_cstr(format)) : NULL;
        }
    *out_known = false;
    return NULL;
}

/* True when the name is one of e2guardian's; its format, if any, goes to *out. */
static bool is_e2guardian(const char *path, const struct list_format **out)
{
    struct sl_str name = without(base_of(sl_cstr(path)), SL_STR(".in"));
    for (size_t i = 0; i < SL_COUNT(e2guardian); i++)
        if (sl_str_ends(name, e2guardian[i].end)) {
            *out = e2guardian[i].format != NULL ? format_named(sl_cstr(e2guardian[i].format)) : NULL;
            return true;
        }
    return false;
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
        if (p->e2guardian && is_e2guardian(f->path, &f->format) && f->format == NULL) {
            f->left_out = "e2guardian's phrases, types and the like are no lists of sites";
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
    SL_CLEANUP(sl_freep) char *base = sl_str_dup(p->ut1 ? plain : without_ending(without_packing(plain)));
    for (char *c = base; *c != '\0'; c++)
        if (*c <= ' ' || *c == 127 || strchr("\"\\*?", *c) != NULL)
            *c = '_';
    char *name = sl_strdup(base);
    for (unsigned n = 2; is_taken(p, index, name); n++) {
        free(name);
        name = sl_asprintf("%s-%u", base, n);
    }
    return name;
}

bool plan_make(struct plan *p, struct sl_err *err)
{
    for (size_t i = 0; i < p->file_count; i++) {
        bool known;
        struct plan_file *f = &p->files[i];
        f->format = plan_format_of(f->path, &known);
        p->ut1 = p->ut1 || (f->format != NULL && f->target == NULL);
        p->e2guardian = p->e2guardian || sl_str_eq(without(base_of(sl_cstr(f->path)), SL_STR(".in")),
                                                   SL_STR("bannedsitelist"));
    }
    p->ut1 = p->ut1 && !p->e2guardian; /* whose lists include such folders */
    if (!assign_files(p, err) || !assign_links(p, err))
        return false;
    size_t root_n = common_root(p).n;
    for (size_t i = 0; i < p->list_count; i++)
        p->lists[i].name = make_name(p, i, root_n);
    return true;
}

/* How many parts at the end of two paths are the same. */
static size_t common_end(struct sl_str a, struct sl_str b)
{
    size_t parts = 0;
    while (a.n > 0 && b.n > 0 && sl_str_eq(base_of(a), base_of(b))) {
        parts++;
        a = folder_of(a);
        b = folder_of(b);
    }
    return parts;
}

int plan_find_included(const struct plan *p, size_t from, struct sl_str target)
{
    struct sl_str folder = folder_of(sl_cstr(p->lists[from].folder));
    bool is_path = sl_str_find(target, '/') < target.n;
    int best = PLAN_NONE;
    size_t most = 0;
    for (size_t i = 0; i < p->file_count; i++) {
        const struct plan_file *f = &p->files[i];
        struct sl_str path = sl_cstr(f->path);
        size_t same = common_end(path, target);
        /* The installed path says more than one name of the tree; a bare name is a file beside this one. */
        if (f->target != NULL || f->list == PLAN_NONE || same <= most ||
            (is_path ? same < 2 : !sl_str_eq(folder_of(path), folder)))
            continue;
        most = same;
        best = f->list;
    }
    return best;
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
