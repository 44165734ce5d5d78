/* ca_set_disk.c - a directory of authorities: `authorities` says which there are and in what state, one line
 * each, and ID.pem holds each one. The list is replaced as a whole, so that a crash leaves the old or the new
 * state. */
#include <stdlib.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/fs.h"
#include "pki/ca_inside.h"
#include "pki/ca_set.h"

enum { LIST_MOST = 64 * 1024 };

static const char *const words[] = {[CA_CURRENT] = "current", [CA_NEXT] = "next", [CA_RETIRED] = "retired"};

const char *ca_state_word(enum ca_state state)
{
    return words[state];
}

static char *path_of(const char *dir, const char *id)
{
    return sl_asprintf("%s/%s.pem", dir, id);
}

/* ---- the list ---- */

static bool read_state(struct sl_str word, enum ca_state *out)
{
    for (size_t i = 0; i < SL_COUNT(words); i++)
        if (sl_str_eq(word, sl_cstr(words[i]))) {
            *out = (enum ca_state)i;
            return true;
        }
    return false;
}

static bool read_id(struct sl_str word, char *id)
{
    if (word.n != CA_ID_TEXT - 1)
        return false;
    for (size_t i = 0; i < word.n; i++)
        if (!((word.p[i] >= '0' && word.p[i] <= '9') || (word.p[i] >= 'a' && word.p[i] <= 'f')))
            return false;
    memcpy(id, word.p, word.n);
    id[word.n] = '\0';
    return true;
}

static bool read_time(struct sl_str *rest, struct sl_str name, int64_t *out)
{
    struct sl_str word;
    uint64_t n = 0;
    if (!sl_str_split(rest, ' ', &word) || !sl_str_starts(word, name) ||
        !sl_str_u64(sl_str_sub(word, name.n, word.n), INT64_MAX, &n))
        return false;
    *out = (int64_t)n;
    return true;
}

bool ca_set_line(struct sl_str line, struct ca_entry *out, char *id, struct sl_err *err)
{
    struct sl_str rest = line, state, name;
    *out = (struct ca_entry){0};
    bool ok = sl_str_split(&rest, ' ', &state) && read_state(state, &out->state) &&
              sl_str_split(&rest, ' ', &name) && read_id(name, id) &&
              read_time(&rest, SL_STR("since="), &out->since_s) &&
              read_time(&rest, SL_STR("sign="), &out->sign_s) &&
              read_time(&rest, SL_STR("until="), &out->until_s) && rest.n == 0;
    return ok || sl_fail(err, SL_BAD_INPUT, "'%.*s' is no authority's state", (int)SL_MIN(line.n, (size_t)80),
                         line.p);
}

/* The list is ours, so it says each thing once and in order. */
static bool fits(struct ca_set *set, const struct ca_entry *e, struct sl_err *err)
{
    const struct ca_entry *last = set->count ? &set->items[set->count - 1] : NULL;
    if (set->count == CA_MOST)
        return sl_fail(err, SL_BAD_INPUT, "more than %d authorities", CA_MOST);
    if (e->state != CA_RETIRED && ca_set_find(set, e->state))
        return sl_fail(err, SL_BAD_INPUT, "two authorities are %s", ca_state_word(e->state));
    return !last || last->state <= e->state || sl_fail(err, SL_BAD_INPUT, "the authorities are out of order");
}

static bool read_one(const char *dir, struct sl_str line, struct ca_set *set, struct sl_err *err)
{
    struct ca_entry e;
    char id[CA_ID_TEXT];
    if (!ca_set_line(line, &e, id, err) || !fits(set, &e, err))
        return false;
    SL_CLEANUP(sl_freep) char *path = path_of(dir, id);
    if (!ca_file_read(path, &e.ca, err))
        return false;
    bool same = strcmp(ca_facts(e.ca)->id_text, id) == 0;
    if (same && !ca_set_holds(set, e.ca)) {
        set->items[set->count++] = e;
        return true;
    }
    ca_unref(&e.ca);
    return same ? sl_fail(err, SL_BAD_INPUT, "%s is named twice", id)
                : sl_fail(err, SL_BAD_INPUT, "%s holds another certificate than its name says", path);
}

bool ca_set_read(const char *dir, struct ca_set *out, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/authorities", dir);
    SL_CLEANUP(sl_freep) char *text = NULL;
    struct sl_str rest, line;
    size_t n;
    bool ok = true;
    out->count = 0;
    if (!fs_exists(path))
        return true;
    if (!fs_read(path, LIST_MOST, &text, &n, err))
        return false;
    rest = sl_str(text, n);
    while (ok && sl_str_split(&rest, '\n', &line))
        ok = line.n == 0 || read_one(dir, line, out, err);
    if (ok)
        return true;
    ca_set_fini(out);
    return sl_fail_in(err, "%s: ", path);
}

/* ---- writing ---- */

static bool write_list(const char *dir, const struct ca_set *set, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/authorities", dir);
    SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
    sl_text_add(&text, SL_STR(""));
    for (size_t i = 0; i < set->count; i++) {
        const struct ca_entry *e = &set->items[i];
        sl_text_addf(&text, "%s %s since=%lld sign=%lld until=%lld\n", ca_state_word(e->state),
                     ca_facts(e->ca)->id_text, (long long)e->since_s, (long long)e->sign_s,
                     (long long)e->until_s);
    }
    return fs_write_atomic(path, text.p ? text.p : "", text.n, 0600, err);
}

static void remove_files(const char *dir, const struct ca_set *of, const struct ca_set *but_of)
{
    for (size_t i = 0; i < of->count; i++) {
        SL_CLEANUP(sl_freep) char *path = path_of(dir, ca_facts(of->items[i].ca)->id_text);
        if (!ca_set_holds(but_of, of->items[i].ca))
            unlink(path); /* a file that stays is in no list, and harms nobody who may not read it already */
    }
}

bool ca_set_write(const char *dir, const struct ca_set *set, const struct ca_set *before, struct sl_err *err)
{
    bool ok = fs_mkdir_all(dir, 0700, err);
    for (size_t i = 0; ok && i < set->count; i++) {
        SL_CLEANUP(sl_freep) char *path = path_of(dir, ca_facts(set->items[i].ca)->id_text);
        ok = ca_set_holds(before, set->items[i].ca) || ca_file_write(path, set->items[i].ca, err);
    }
    ok = ok && write_list(dir, set, err);
    if (ok)
        remove_files(dir, before, set);
    else
        remove_files(dir, set, before); /* the keys of those that came to nothing */
    return ok;
}
