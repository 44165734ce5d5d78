/* versions.c - which policy is in force, and which were: apply, roll back, list.
 *
 * A change is made in one order: validate, compile, test, commit, swap. A crash before the commit leaves the
 * old version; one after it starts with the new. The highest version is the active one; rolling back adds a
 * version with an older document. */
#include <inttypes.h>
#include <stdlib.h>

#include "policy/store/inside.h"
#include "policy/store/subject.h"
#include "sluice/clock.h"

enum { VERSIONS_MOST = 1000 };

static const char empty_policy[] = "{\"schema\":1,\"default\":{\"then\":\"allow\"}}";

/* ---- compile ---- */

static bool fail_with(const struct policy_faults *f, struct sl_err *err)
{
    if (f->count == 0)
        return sl_fail(err, SL_BAD_INPUT, "the policy does not compile");
    const char *pointer = *f->items[0].pointer ? f->items[0].pointer : "the document";
    if (f->count == 1)
        return sl_fail(err, SL_BAD_INPUT, "%s: %s", pointer, f->items[0].message);
    return sl_fail(err, SL_BAD_INPUT, "%zu faults, the first: %s: %s", f->count, pointer,
                   f->items[0].message);
}

/* Regexes that the active policy has may stay, whatever we think of them. */
static bool regexes_hold(struct store *s, const json_t *doc, struct policy_faults *f)
{
    struct snapshot *active = policy_live_get(s->live);
    bool ok = policy_refuse_regexes(doc, active ? snapshot_document(active) : NULL, f);
    snapshot_unref(&active);
    return ok;
}

/* All parents that the document names exist. A version that came into force before is loaded without this
 * question: settings may have changed since, and a gateway that refuses some requests is better than none. */
static bool parents_exist(struct store *s, const json_t *doc, struct policy_faults *f)
{
    struct parent_names names = store_parents(s);
    bool ok = policy_refuse_parents(doc, (const char *const *)names.items, names.count, f);
    parent_names_fini(&names);
    return ok;
}

/* Compiles and tests. NULL: faults (may be NULL for the caller who only wants err) and err say why. */
static struct snapshot *compile(struct store *s, const json_t *doc, struct list_provider *lists,
                                int64_t version, struct policy_faults *faults, size_t *out_passed,
                                struct sl_err *err)
{
    struct policy_faults own = {0}, *f = faults ? faults : &own;
    struct snapshot *snap = snapshot_compile(doc, lists, version, f);
    if (snap) {
        size_t passed = 0;
        struct policy_scratch *scratch = store_scratch_take(s);
        if (!regexes_hold(s, doc, f) || !policy_run_tests(snap, scratch, sl_wall_us() / 1000000, f, &passed))
            snapshot_unref(&snap);
        store_scratch_give(s, scratch);
        if (out_passed)
            *out_passed = passed;
    }
    if (!snap)
        fail_with(f, err);
    policy_faults_fini(&own);
    return snap;
}

/* The same for a document that somebody wants now. */
static struct snapshot *compile_new(struct store *s, const json_t *doc, struct list_provider *lists,
                                    int64_t version, struct policy_faults *faults, size_t *out_passed,
                                    struct sl_err *err)
{
    struct policy_faults own = {0}, *f = faults ? faults : &own;
    bool exist = parents_exist(s, doc, f);
    struct snapshot *snap = compile(s, doc, lists, version, f, out_passed, err);
    if (snap && !exist) {
        snapshot_unref(&snap);
        fail_with(f, err);
    }
    policy_faults_fini(&own);
    return snap;
}

static struct snapshot *compile_untested(const json_t *doc, struct list_provider *lists, int64_t version,
                                         struct sl_err *err)
{
    struct policy_faults faults = {0};
    struct snapshot *snap = snapshot_compile(doc, lists, version, &faults);
    if (!snap)
        fail_with(&faults, err);
    policy_faults_fini(&faults);
    return snap;
}

struct snapshot *store_policy_compile(struct store *s, const json_t *doc, struct policy_faults *faults)
{
    struct list_provider *lists = store_lists(s);
    struct snapshot *snap = snapshot_compile(doc, lists, 0, faults);
    lists->unref(lists);
    return snap;
}

bool store_policy_check(struct store *s, const json_t *doc, struct policy_faults *faults, size_t *out_passed,
                        struct sl_err *err)
{
    struct list_provider *lists = store_lists(s);
    struct snapshot *snap = compile_new(s, doc, lists, 0, faults, out_passed, err);
    bool ok = snap != NULL;
    snapshot_unref(&snap);
    lists->unref(lists);
    return ok;
}

bool store_policy_faults(struct store *s, const json_t *doc, struct policy_faults *faults)
{
    struct list_provider *lists = store_lists(s);
    bool ok = policy_validate(doc, lists, faults);
    ok &= parents_exist(s, doc, faults);
    lists->unref(lists);
    return ok;
}

bool store_policy_try(struct store *s, const json_t *doc, struct policy_faults *faults, json_t **out_tests)
{
    struct snapshot *snap = store_policy_compile(s, doc, faults);
    bool passed = false;
    if (snap) {
        struct policy_scratch *scratch = store_scratch_take(s);
        *out_tests = policy_test_results(snap, scratch, sl_wall_us() / 1000000, &passed);
        store_scratch_give(s, scratch);
    } else {
        *out_tests = json_array();
    }
    snapshot_unref(&snap);
    return passed;
}

/* ---- rows ---- */

static bool insert_version(struct store *s, int64_t version, const struct version_change *c,
                           const json_t *doc, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *text = json_dumps(doc, JSON_COMPACT);
    if (!text)
        return sl_fail(err, SL_BAD_INPUT, "the policy cannot be written as JSON");
    struct db_stmt *q = db_prepare(
        s->db, "INSERT INTO policy_versions (version, time_us, author, approved_by, comment, document)"
               " VALUES (?, ?, ?, ?, ?, ?)");
    db_bind_int(q, 1, version);
    db_bind_int(q, 2, sl_wall_us());
    db_bind_text(q, 3, c->author.n ? c->author : actor_name(c->by));
    db_bind_text(q, 4, c->author.n ? actor_name(c->by) : SL_STR(""));
    db_bind_text(q, 5, c->comment.p ? c->comment : SL_STR(""));
    db_bind_text(q, 6, sl_cstr(text));
    return db_run(q, err);
}

/* SL_NOT_FOUND when there is none. */
bool versions_read(struct store *s, int64_t version, struct version_row *out, struct sl_err *err)
{
    struct db_stmt *q = db_prepare(s->db, "SELECT version, document, time_us, author FROM policy_versions"
                                          " WHERE ?1 = 0 OR version = ?1 ORDER BY version DESC LIMIT 1");
    db_bind_int(q, 1, version);
    enum db_step step = db_step(q, err);
    bool ok = step == DB_ROW;
    if (ok) {
        json_error_t fault;
        struct sl_str text = db_column_text(q, 1);
        *out = (struct version_row){.version = db_column_int(q, 0), .time_us = db_column_int(q, 2)};
        out->document = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &fault);
        if (out->document)
            out->author = store_column(q, 3);
        else
            ok = sl_fail(err, SL_IO, "%s: policy version %" PRId64 " is damaged: %s", db_path(s->db),
                         out->version, fault.text);
    } else if (step == DB_DONE) {
        sl_fail(err, SL_NOT_FOUND, "no policy version %" PRId64, version);
    }
    db_reset(q);
    return ok;
}

static bool read_document(struct store *s, int64_t version, int64_t *out_version, json_t **out,
                          struct sl_err *err)
{
    struct version_row row = {0};
    bool ok = versions_read(s, version, &row, err);
    if (ok) {
        *out_version = row.version;
        *out = json_incref(row.document);
    }
    version_row_fini(&row);
    return ok;
}

void version_row_fini(struct version_row *row)
{
    free(row->author);
    json_decref(row->document);
    *row = (struct version_row){0};
}

/* What the change log tells of a new version. */
static json_t *facts_of(int64_t version, const struct version_change *c, int64_t until_us)
{
    json_t *after = json_pack("{s:I}", "version", (json_int_t)version);
    if (c->restores)
        json_object_set_new(after, "restores", json_integer((json_int_t)c->restores));
    if (c->author.n)
        json_object_set_new(after, "author", subject_json(c->author));
    if (c->override)
        json_object_set_new(after, "override", json_true());
    if (until_us)
        json_object_set_new(after, "confirm_until", store_time_json(until_us));
    return after;
}

static bool commit(struct store *s, int64_t version, const json_t *doc, const struct version_change *c,
                   struct sl_err *err)
{
    char subject[24];
    int64_t until_us = 0;
    snprintf(subject, sizeof subject, "%" PRId64, version);
    if (!store_begin(s, err))
        return false;
    bool ok = (!c->rows || c->rows(s, c->arg, err)) && insert_version(s, version, c, doc, err) &&
              confirm_rows(s, version, c, &until_us, err) &&
              change_add_why(s, c->by, c->action, sl_cstr(subject), c->author.n ? c->said : c->comment,
                             json_pack("{s:I}", "version", (json_int_t)version - 1),
                             facts_of(version, c, until_us), err);
    if (!store_end(s, ok, err))
        return false;
    confirm_note(s, until_us);
    return true;
}

/* ---- apply ---- */

bool versions_apply(struct store *s, const json_t *doc, const struct version_change *c, int64_t *out_version,
                    struct policy_faults *faults, struct sl_err *err)
{
    int64_t active = atomic_load(&s->version);
    if (c->expected >= 0 && c->expected != active)
        return sl_fail(err, SL_CONFLICT,
                       "policy version %" PRId64 " is active, not %" PRId64 ": somebody changed it meanwhile",
                       active, c->expected);
    struct snapshot *current = policy_live_get(s->live);
    bool same = json_equal(doc, snapshot_document(current));
    snapshot_unref(&current);
    if (out_version)
        *out_version = active;
    if (same && !c->reverts)
        return true;
    struct list_provider *lists = store_lists(s);
    struct snapshot *snap = c->reverts ? compile_untested(doc, lists, active + 1, err)
                                       : compile_new(s, doc, lists, active + 1, faults, NULL, err);
    lists->unref(lists);
    if (!snap)
        return false;
    if (!commit(s, active + 1, doc, c, err)) {
        snapshot_unref(&snap);
        return false;
    }
    atomic_store(&s->version, active + 1);
    policy_live_swap(s->live, snap);
    if (out_version)
        *out_version = active + 1;
    return true;
}

static bool apply_locked(struct store *s, const json_t *doc, const struct version_change *c,
                         int64_t *out_version, struct policy_faults *faults, struct sl_err *err)
{
    pthread_mutex_lock(&s->apply_lock);
    bool ok = versions_apply(s, doc, c, out_version, faults, err);
    pthread_mutex_unlock(&s->apply_lock);
    return ok;
}

bool store_policy_commit(struct store *s, const json_t *doc, const struct policy_commit *c,
                         int64_t expected_version, int64_t *out_version, struct policy_faults *faults,
                         struct sl_err *err)
{
    struct version_change change = {.action = "policy.apply",
                                    .comment = c->comment,
                                    .by = c->by,
                                    .expected = expected_version,
                                    .confirm_ms = c->confirm_ms,
                                    .override = c->override};
    return apply_locked(s, doc, &change, out_version, faults, err);
}

bool store_policy_apply(struct store *s, const json_t *doc, struct sl_str comment, const struct actor *by,
                        int64_t expected_version, int64_t *out_version, struct policy_faults *faults,
                        struct sl_err *err)
{
    struct policy_commit c = {.comment = comment, .by = by};
    return store_policy_commit(s, doc, &c, expected_version, out_version, faults, err);
}

bool store_policy_rollback(struct store *s, int64_t version, const struct policy_commit *how,
                           int64_t *out_version, struct policy_faults *faults, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *own = sl_asprintf("roll back to version %" PRId64, version);
    struct version_change c = {.action = "policy.rollback",
                               .comment = how->comment.n ? how->comment : sl_cstr(own),
                               .by = how->by,
                               .expected = -1,
                               .restores = version,
                               .confirm_ms = how->confirm_ms,
                               .override = how->override};
    json_t *doc = NULL;
    if (version <= 0)
        return sl_fail(err, SL_NOT_FOUND, "no policy version %" PRId64, version);
    if (!store_policy_get(s, version, &doc, err))
        return false;
    bool ok = apply_locked(s, doc, &c, out_version, faults, err);
    json_decref(doc);
    return ok;
}

bool versions_swap_lists(struct store *s, struct list_provider *take,
                         bool (*rows)(struct store *s, void *arg, struct sl_err *err), void *arg,
                         struct sl_err *err)
{
    pthread_mutex_lock(&s->apply_lock);
    struct snapshot *current = policy_live_get(s->live);
    struct snapshot *snap =
        compile(s, snapshot_document(current), take, snapshot_version(current), NULL, NULL, err);
    snapshot_unref(&current);
    bool ok = snap != NULL;
    if (!ok)
        sl_fail_in(err, "the active policy does not hold with it: ");
    if (ok && store_begin(s, err))
        ok = store_end(s, rows(s, arg, err), err);
    else
        ok = false;
    if (ok) {
        policy_live_swap(s->live, snap);
        snap = NULL;
        pthread_mutex_lock(&s->lock);
        struct list_provider *old = s->lists;
        s->lists = take;
        take = old;
        pthread_mutex_unlock(&s->lock);
    }
    snapshot_unref(&snap);
    pthread_mutex_unlock(&s->apply_lock);
    take->unref(take);
    return ok;
}

/* ---- start ---- */

static bool first_version(struct store *s, struct sl_err *err)
{
    json_t *doc = json_loads(empty_policy, 0, NULL);
    struct version_change c = {.action = "policy.apply", .comment = SL_STR("first start")};
    bool ok = commit(s, 1, doc, &c, err);
    json_decref(doc);
    return ok;
}

static bool read_active(struct store *s, int64_t *out_version, json_t **out, struct sl_err *err)
{
    pthread_mutex_lock(&s->lock);
    bool ok = read_document(s, 0, out_version, out, err);
    pthread_mutex_unlock(&s->lock);
    return ok;
}

/* Compiles what stands in the database on the lists of now, into live. Its tests ran when it was committed;
 * nobody must hang on them here. */
static bool load_active(struct store *s, int64_t version, const json_t *doc, struct sl_err *err)
{
    struct list_provider *lists = store_lists(s);
    struct snapshot *snap = compile_untested(doc, lists, version, err);
    lists->unref(lists);
    if (!snap)
        return sl_fail_in(err, "the active policy, version %" PRId64 ", does not compile: ", version);
    atomic_store(&s->version, version);
    policy_live_swap(s->live, snap);
    return true;
}

bool versions_load(struct store *s, struct sl_err *err)
{
    json_t *doc = NULL;
    struct sl_err why = {0};
    int64_t version = 0;
    bool found = read_active(s, &version, &doc, &why);
    if (!found && why.code == SL_NOT_FOUND)
        found = first_version(s, &why) && read_active(s, &version, &doc, &why);
    if (!found)
        return sl_fail(err, why.code, "%s", why.msg);
    bool ok = load_active(s, version, doc, err);
    json_decref(doc);
    if (ok)
        confirm_load(s);
    return ok;
}

bool versions_follow(struct store *s, bool lists_changed, struct sl_err *err)
{
    json_t *doc = NULL;
    int64_t version = 0;
    if (!read_active(s, &version, &doc, err))
        return false;
    bool ok = (!lists_changed && version == atomic_load(&s->version)) || load_active(s, version, doc, err);
    json_decref(doc);
    return ok;
}

/* ---- reading ---- */

int64_t store_policy_version(struct store *s)
{
    return atomic_load(&s->version);
}

int64_t store_policy_version_at(struct store *s, int64_t time_us)
{
    pthread_mutex_lock(&s->lock);
    struct db_stmt *q = db_prepare(s->db, "SELECT max(version) FROM policy_versions WHERE time_us <= ?");
    db_bind_int(q, 1, time_us);
    int64_t version = db_step(q, NULL) == DB_ROW ? db_column_int(q, 0) : 0;
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    return version;
}

bool store_policy_get(struct store *s, int64_t version, json_t **out, struct sl_err *err)
{
    int64_t found;
    if (version < 0)
        return sl_fail(err, SL_NOT_FOUND, "no policy version %" PRId64, version);
    pthread_mutex_lock(&s->lock);
    bool ok = read_document(s, version, &found, out, err);
    pthread_mutex_unlock(&s->lock);
    return ok;
}

static json_t *version_json(struct db_stmt *q, int64_t active)
{
    struct sl_str approved_by = db_column_text(q, 4);
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:b}", "version", (json_int_t)db_column_int(q, 0), "time",
                     store_time_json(db_column_int(q, 1)), "author", subject_json(db_column_text(q, 2)),
                     "approved_by", approved_by.n ? subject_json(approved_by) : json_null(), "comment",
                     subject_json(db_column_text(q, 3)), "active", db_column_int(q, 0) == active);
}

bool store_policy_versions(struct store *s, int64_t before, unsigned limit, json_t **out, struct sl_err *err)
{
    json_t *rows = json_array();
    enum db_step step;
    pthread_mutex_lock(&s->lock);
    int64_t active = atomic_load(&s->version);
    struct db_stmt *q = db_prepare(s->db, "SELECT version, time_us, author, comment, approved_by"
                                          " FROM policy_versions WHERE ?1 <= 0 OR version < ?1"
                                          " ORDER BY version DESC LIMIT ?2");
    db_bind_int(q, 1, before);
    db_bind_int(q, 2, SL_MIN(limit, (unsigned)VERSIONS_MOST));
    while ((step = db_step(q, err)) == DB_ROW)
        json_array_append_new(rows, version_json(q, active));
    db_reset(q);
    pthread_mutex_unlock(&s->lock);
    if (step == DB_DONE)
        *out = rows;
    else
        json_decref(rows);
    return step == DB_DONE;
}

/* "social" or "ut1/..." for name "ut1". */
static bool names_list(const char *listed, struct sl_str name)
{
    return strncmp(listed, name.p, name.n) == 0 && (listed[name.n] == '\0' || listed[name.n] == '/');
}

static bool category_names(const json_t *category, struct sl_str name)
{
    const json_t *list;
    size_t i;
    json_array_foreach(json_object_get(category, "lists"), i, list)
    {
        if (json_is_string(list) && names_list(json_string_value(list), name))
            return true;
    }
    return false;
}

/* `seen` has the categories that are in out already. */
static void add_using(const json_t *document, struct sl_str name, json_t *seen, json_t *out)
{
    json_t *category;
    const char *id;
    json_object_foreach(json_object_get(document, "categories"), id, category)
    {
        if (!category_names(category, name) || json_object_get(seen, id))
            continue;
        json_array_append_new(out, json_string(id));
        json_object_set_new(seen, id, json_true());
    }
}

json_t *versions_categories_using(struct store *s, struct sl_str name)
{
    struct snapshot *snap = policy_live_get(s->live);
    json_t *out = json_array(), *seen = json_object(), *before = NULL;
    add_using(snapshot_document(snap), name, seen, out);
    pthread_mutex_lock(&s->lock);
    int64_t restores = confirm_restores(s);
    pthread_mutex_unlock(&s->lock);
    if (restores && store_policy_get(s, restores, &before, NULL))
        add_using(before, name, seen, out);
    json_decref(before);
    json_decref(seen);
    snapshot_unref(&snap);
    return out;
}
