/* include.c - see include.h. */
#include "policy/lists/include.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Filtered includes are followed on every way that leads to them: a small tree can have more ways than
 * anybody could wait for. v2fly's 1,500 lists follow 4,000. */
enum { MAX_DEPTH = 16, MAX_FOLLOWED = 32768 };
struct flatten {
    const struct plan *plan;
    struct include_list *lists;
    size_t root;
    struct normal_writer *writer;
    uint64_t bytes_left;            /* to read */
    unsigned includes_left;         /* to follow */
    const char *filters[MAX_DEPTH]; /* of the includes on the way here */
    size_t way[MAX_DEPTH + 1];      /* the lists on it */
    size_t depth;
    bool *whole; /* lists that are in already, without a filter */
};

static void fault(struct flatten *f, const struct intake_include *i, const char *why)
{
    struct intake in = {.report = f->lists[f->root].report, .file = "", .line = i->line};
    intake_fault(&in, sl_cstr(i->target), why);
}

/* names are written "@ads @cn". */
static bool has_name(const char *names, struct sl_str wanted)
{
    struct sl_str rest = sl_cstr(names), name;
    while (intake_word(&rest, &name))
        if (name.p[0] == '@' && sl_str_eq(sl_str_sub(name, 1, name.n), wanted))
            return true;
    return false;
}

/* "@ads" asks for the attribute, "@-ads" for records without it. */
static bool passes(const char *filter, const char *names)
{
    struct sl_str rest = sl_cstr(filter), word;
    while (intake_word(&rest, &word)) {
        bool without = sl_str_starts(word, SL_STR("@-"));
        if (has_name(names, sl_str_sub(word, without ? 2 : 1, word.n)) == without)
            return false;
    }
    return true;
}

static bool wanted(const struct flatten *f, const char *names)
{
    for (size_t i = 0; i < f->depth; i++)
        if (!passes(f->filters[i], names))
            return false;
    return true;
}

static void count(struct list_report *r, enum record kind)
{
    uint64_t *c = record_excepts(kind)     ? &r->exceptions
                  : kind == RECORD_URL     ? &r->urls
                  : kind == RECORD_REGEX   ? &r->expressions
                  : kind == RECORD_NETWORK ? &r->addresses
                                           : &r->hosts;
    ++*c;
}

/* The list's own records, as far as the filters let them through. */
static bool copy(struct flatten *f, size_t list, struct sl_err *err)
{
    const struct include_list *l = &f->lists[list];
    SL_CLEANUP(normal_close) struct normal_reader *r = NULL;
    enum record kind;
    enum normal_step step;
    struct sl_str text;
    size_t next = 0;
    if (!normal_open(l->file, &r, err))
        return false;
    for (uint64_t record = 0; (step = normal_next(r, &kind, &text, err)) == NORMAL_RECORD; record++) {
        const char *names = "";
        if (f->bytes_left < text.n)
            return sl_fail(err, SL_LIMIT, "with all that they include, the lists are too large");
        f->bytes_left -= text.n;
        if (next < l->attribute_count && l->attributes[next].record == record)
            names = l->attributes[next++].names;
        if (!wanted(f, names))
            continue;
        struct normal_place place = normal_place(r);
        if (list != f->root && *place.file == '\0')
            place.file = f->plan->lists[list].folder;
        normal_at(f->writer, place);
        normal_add(f->writer, kind, text, SL_STR(""));
        if (list != f->root)
            count(f->lists[f->root].report, kind);
    }
    return step == NORMAL_END;
}

static bool flatten(struct flatten *f, size_t list, struct sl_err *err);

static bool follow(struct flatten *f, size_t list, const struct intake_include *i, struct sl_err *err)
{
    if (f->includes_left-- == 0)
        return sl_fail(err, SL_LIMIT, "the lists include each other over %d times", MAX_FOLLOWED);
    int to = plan_find_included(f->plan, list, sl_cstr(i->target));
    if (to == PLAN_NONE || f->lists[to].file == NULL) {
        fault(f, i, "an include of what is no list in this tree");
        return true;
    }
    for (size_t k = 0; k <= f->depth; k++)
        if (f->way[k] == (size_t)to) {
            fault(f, i, "includes that go round in a circle");
            return true;
        }
    if (f->depth == MAX_DEPTH) {
        fault(f, i, "includes over 16 deep");
        return true;
    }
    f->filters[f->depth++] = i->filter;
    f->way[f->depth] = (size_t)to;
    bool ok = flatten(f, (size_t)to, err);
    f->depth--;
    return ok;
}

static bool flatten(struct flatten *f, size_t list, struct sl_err *err)
{
    bool filtered = false;
    for (size_t i = 0; i < f->depth; i++)
        filtered = filtered || *f->filters[i] != '\0';
    if (f->whole[list])
        return true;
    f->whole[list] = !filtered;
    if (!copy(f, list, err))
        return false;
    for (size_t i = 0; i < f->lists[list].include_count; i++)
        if (!follow(f, list, &f->lists[list].includes[i], err))
            return false;
    return true;
}

static char *other_name(const struct include_list *l)
{
    return sl_asprintf("%s.all", l->file);
}

static bool write_one(struct flatten *f, struct sl_err *err)
{
    struct include_list *l = &f->lists[f->root];
    SL_CLEANUP(sl_freep) char *path = other_name(l);
    f->depth = 0;
    f->way[0] = f->root;
    memset(f->whole, 0, f->plan->list_count * sizeof *f->whole);
    if (!normal_create(path, &f->writer, err))
        return false;
    if (flatten(f, f->root, err))
        return normal_finish(&f->writer, l->sha256, err);
    normal_abandon(&f->writer);
    return false;
}

bool include_all(const struct plan *plan, struct include_list *lists, uint64_t max_bytes, struct sl_err *err)
{
    struct flatten f = {.plan = plan, .lists = lists, .bytes_left = max_bytes, .includes_left = MAX_FOLLOWED};
    f.whole = sl_calloc(plan->list_count + 1, sizeof *f.whole);
    bool ok = true;
    size_t done = 0;
    for (; ok && done < plan->list_count; done++) {
        f.root = done;
        if (lists[done].file != NULL && lists[done].include_count > 0)
            ok = write_one(&f, err);
    }
    /* Only now, since each reads the others' own records. */
    for (size_t i = 0; i < done; i++) {
        if (lists[i].file == NULL || lists[i].include_count == 0)
            continue;
        SL_CLEANUP(sl_freep) char *path = other_name(&lists[i]);
        if (!ok)
            remove(path);
        else if (rename(path, lists[i].file) != 0)
            ok = sl_fail_errno(err, SL_IO, errno, "cannot rename '%s'", path);
    }
    free(f.whole);
    return ok;
}
