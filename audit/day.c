/* day.c - see audit/day.h.
 *
 * A record's repeated parts are interned: their encoded bytes are looked up in a cache, then by hash in their
 * table, and only then become a new row there. The hash is keyed with a number of the file's own, so that
 * nobody can prepare texts that collide. */
#include "audit/day.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

#include "sluice/clock.h"

#include "audit/blocks.h"
#include "audit/days.h"
#include "audit/intern.h"
#include "audit/json.h"
#include "audit/pack.h"
#include "audit/record.h"
#include "audit/rollup.h"
#include "audit/row.h"
#include "audit/schema.h"
#include "base/crypto.h"

enum { ID_TRIES = 4096 };

struct cursor {
    uint64_t stream, seq;
    bool changed;
};
struct day {
    int64_t number;
    struct db *db;
    struct intern *intern;
    struct rollup *rollup;
    struct blocks *blocks;
    uint64_t seed;
    struct cursor *cursors; /* as in the file, or ahead of it within a transaction */
    size_t cursor_count, cursor_cap;
    int64_t skew_us, stored_skew_us; /* the farthest that a start lies from its id's time */
    bool begun;
};

/* One number of table meta; `preset` goes in where there is none. */
static bool meta_number(struct day *d, const char *key, int64_t preset, int64_t *out, struct sl_err *err)
{
    struct db_stmt *s =
        db_prepare(d->db, "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET"
                          " value = value RETURNING value");
    db_bind_text(s, 1, sl_cstr(key));
    db_bind_int(s, 2, preset);
    enum db_step step = db_step(s, err);
    if (step == DB_ROW) {
        *out = db_column_int(s, 0);
        step = db_step(s, err);
    }
    db_reset(s);
    return step == DB_DONE;
}

static bool read_meta(struct day *d, struct sl_err *err)
{
    int64_t seed;
    crypto_random(&seed, sizeof seed);
    if (!db_begin(d->db, err))
        return false;
    if (meta_number(d, "seed", seed, &seed, err) && meta_number(d, "skew_us", 0, &d->skew_us, err) &&
        db_commit(d->db, err)) {
        d->seed = (uint64_t)seed;
        d->stored_skew_us = d->skew_us;
        return true;
    }
    db_rollback(d->db);
    return false;
}

bool day_open(const char *directory, int64_t number, struct day **out, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *path = day_path(directory, number);
    struct day *d = sl_calloc(1, sizeof *d);
    d->number = number;
    if (!db_open(path, DB_READ_WRITE, &audit_day_schema, &d->db, err) ||
        !db_exec(d->db,
                 "PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = "
                 "33554432",
                 err) ||
        !read_meta(d, err) || !rollup_open(d->db, &d->rollup, err) || !blocks_open(d->db, &d->blocks, err)) {
        day_close(&d);
        return false;
    }
    d->intern = intern_new();
    *out = d;
    return true;
}

void day_close(struct day **d)
{
    if (!*d)
        return;
    if ((*d)->begun)
        db_rollback((*d)->db);
    rollup_close(&(*d)->rollup);
    blocks_free(&(*d)->blocks);
    db_close(&(*d)->db);
    intern_free(&(*d)->intern);
    free((*d)->cursors);
    free(*d);
    *d = NULL;
}

int64_t day_number(const struct day *d)
{
    return d->number;
}

bool day_in_transaction(const struct day *d)
{
    return d->begun;
}

bool day_begin(struct day *d, struct sl_err *err)
{
    if (!d->begun)
        d->begun = db_begin(d->db, err);
    return d->begun;
}

void day_rollback(struct day *d)
{
    if (!d->begun)
        return;
    db_rollback(d->db);
    d->begun = false;
    d->cursor_count = 0;
    d->skew_us = d->stored_skew_us;
    intern_clear(d->intern);
    rollup_settle(d->rollup, false);
    blocks_settle(d->blocks, false);
}

static bool write_cursors(struct day *d, struct sl_err *err)
{
    for (size_t i = 0; i < d->cursor_count; i++) {
        struct cursor *c = &d->cursors[i];
        if (!c->changed)
            continue;
        struct db_stmt *s = db_prepare(d->db, "INSERT INTO cursor (stream, seq) VALUES (?1, ?2)"
                                              " ON CONFLICT DO UPDATE SET seq = ?2");
        db_bind_int(s, 1, (int64_t)c->stream);
        db_bind_int(s, 2, (int64_t)c->seq);
        if (!db_run(s, err))
            return false;
        c->changed = false;
    }
    return true;
}

static bool write_skew(struct day *d, struct sl_err *err)
{
    if (d->skew_us == d->stored_skew_us)
        return true;
    struct db_stmt *s = db_prepare(d->db, "UPDATE meta SET value = ? WHERE key = 'skew_us'");
    db_bind_int(s, 1, d->skew_us);
    return db_run(s, err);
}

bool day_commit(struct day *d, struct sl_err *err)
{
    if (!d->begun)
        return true;
    if (!write_cursors(d, err) || !write_skew(d, err) || !rollup_write(d->rollup, err) ||
        !blocks_write(d->blocks, err) || !db_commit(d->db, err)) {
        day_rollback(d);
        return false;
    }
    db_mark(d->db); /* behind the commit: readers keep figures by the state of the file */
    d->begun = false;
    d->stored_skew_us = d->skew_us;
    rollup_settle(d->rollup, true);
    blocks_settle(d->blocks, true);
    return true;
}

bool day_sync(struct day *d, struct sl_err *err)
{
    /* What was committed lies in the WAL until a checkpoint, which syncs both files itself. */
    SL_CLEANUP(sl_freep) char *wal = sl_asprintf("%s-wal", db_path(d->db));
    SL_CLEANUP(sl_closep) int fd = open(wal, O_RDONLY | O_CLOEXEC);
    if (fd < 0 ? errno == ENOENT : fdatasync(fd) == 0)
        return true;
    return sl_fail_errno(err, SL_IO, errno, "cannot sync %s", wal);
}

/* The place of a journal in this file. NULL when the file can't be read. */
static struct cursor *cursor_of(struct day *d, uint64_t stream, struct sl_err *err)
{
    for (size_t i = 0; i < d->cursor_count; i++)
        if (d->cursors[i].stream == stream)
            return &d->cursors[i];
    struct cursor c = {.stream = stream};
    struct db_stmt *s = db_prepare(d->db, "SELECT seq FROM cursor WHERE stream = ?");
    db_bind_int(s, 1, (int64_t)stream);
    enum db_step step = db_step(s, err);
    if (step == DB_ROW)
        c.seq = (uint64_t)db_column_int(s, 0);
    db_reset(s);
    if (step == DB_FAILED)
        return NULL;
    SL_GROW(d->cursors, d->cursor_count, &d->cursor_cap);
    d->cursors[d->cursor_count] = c;
    return &d->cursors[d->cursor_count++];
}

/* ---- parts: one row in the table below for each, with the same values for finding and for making it ---- */

/* Values that a statement refers to until it has run. */
struct scratch {
    char *names[2];
    uint8_t client[PACKED_ADDR];
    size_t client_n;
};

static struct sl_str null_if_empty(struct sl_str s)
{
    return s.n ? s : sl_str(NULL, 0);
}

static void bind_positive(struct db_stmt *s, int index, int64_t value)
{
    if (value)
        db_bind_int(s, index, value);
    else
        db_bind_null(s, index);
}

static void bind_who(struct db_stmt *s, const struct record *r, struct scratch *t)
{
    t->names[0] = names_to_json(r->groups, r->group_count);
    t->client_n = pack_addr(r->client, t->client);
    if (t->client_n)
        db_bind_blob(s, 2, t->client, t->client_n);
    else
        db_bind_null(s, 2);
    db_bind_text(s, 3, r->user);
    db_bind_text(s, 4, sl_cstr(t->names[0]));
}

static void bind_target(struct db_stmt *s, const struct record *r, struct scratch *t)
{
    db_bind_text(s, 2, null_if_empty(r->method));
    db_bind_text(s, 3, null_if_empty(r->scheme));
    db_bind_text(s, 4, null_if_empty(r->host));
    bind_positive(s, 5, r->port);
}

static void bind_outcome(struct db_stmt *s, const struct record *r, struct scratch *t)
{
    t->names[0] = names_to_json(r->categories, r->category_count);
    t->names[1] = names_to_json(r->report_only, r->report_count);
    db_bind_int(s, 2, r->action);
    db_bind_text(s, 3, null_if_empty(r->rule));
    db_bind_text(s, 4, null_if_empty(r->reason));
    db_bind_text(s, 5, null_if_empty(r->quota));
    db_bind_text(s, 6, null_if_empty(r->error));
    bind_positive(s, 7, r->status);
    db_bind_int(s, 8, r->policy_version);
    db_bind_text(s, 9, sl_cstr(t->names[0]));
    db_bind_text(s, 10, sl_cstr(t->names[1]));
    db_bind_text(s, 11, null_if_empty(r->parent));
}

static void bind_tls(struct db_stmt *s, const struct record *r, struct scratch *t)
{
    db_bind_int(s, 2, r->tls.inspected);
    for (int i = 0; i < TLS_TEXTS; i++)
        db_bind_text(s, 3 + i, null_if_empty(tls_text(&r->tls, (size_t)i)));
}

static void bind_content_type(struct db_stmt *s, const struct record *r, struct scratch *t)
{
    db_bind_text(s, 2, r->content_type);
}

static void bind_agent(struct db_stmt *s, const struct record *r, struct scratch *t)
{
    db_bind_text(s, 2, r->user_agent);
}

#define TEXT_SQL \
    "SELECT id FROM texts WHERE hash = ? AND text = ?", "INSERT INTO texts (hash, text) VALUES (?, ?)"

static const struct {
    const char *find, *make; /* parameter 1 is the hash */
    void (*bind)(struct db_stmt *s, const struct record *r, struct scratch *t);
} tables[PART_COUNT] = {
    [PART_WHO] = {"SELECT id FROM whos WHERE hash = ? AND client IS ? AND user IS ? AND groups IS ?",
                  "INSERT INTO whos (hash, client, user, groups) VALUES (?, ?, ?, ?)", bind_who},
    [PART_TARGET] =
        {"SELECT id FROM targets WHERE hash = ? AND method IS ? AND scheme IS ? AND host IS ? AND port IS ?",
         "INSERT INTO targets (hash, method, scheme, host, port) VALUES (?, ?, ?, ?, ?)", bind_target},
    [PART_OUTCOME] =
        {"SELECT id FROM outcomes WHERE hash = ? AND action IS ? AND rule IS ? AND reason IS ? AND quota IS ?"
         " AND error IS ? AND status IS ? AND policy_version IS ? AND categories IS ? AND report_only IS ?"
         " AND parent IS ?",
         "INSERT INTO outcomes (hash, action, rule, reason, quota, error, status, policy_version, categories,"
         " report_only, parent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
         bind_outcome},
    [PART_TLS] =
        {"SELECT id FROM tls WHERE hash = ? AND inspected = ? AND version IS ? AND cipher IS ? AND sni IS ?"
         " AND fault IS ? AND issuer IS ? AND exception IS ? AND origin_version IS ? AND origin_cipher IS ?",
         "INSERT INTO tls (hash, inspected, version, cipher, sni, fault, issuer, exception, origin_version,"
         " origin_cipher) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
         bind_tls},
    [PART_CONTENT_TYPE] = {TEXT_SQL, bind_content_type},
    [PART_AGENT] = {TEXT_SQL, bind_agent},
};

/* Is there anything in this part worth a row? */
static bool has_part(const struct record *r, enum record_part part)
{
    switch (part) {
    case PART_TLS:
        return tls_known(&r->tls);
    case PART_CONTENT_TYPE:
        return r->content_type.n != 0;
    case PART_AGENT:
        return r->user_agent.n != 0;
    default:
        return true;
    }
}

/* The part's row in the file, found or made. */
static bool part_row(struct day *d, enum record_part part, const struct record *r, uint64_t hash,
                     int64_t *out, struct sl_err *err)
{
    struct scratch t = {0};
    struct db_stmt *s = db_prepare(d->db, tables[part].find);
    db_bind_int(s, 1, (int64_t)hash);
    tables[part].bind(s, r, &t);
    enum db_step step = db_step(s, err);
    if (step == DB_ROW)
        *out = db_column_int(s, 0);
    db_reset(s);
    free(t.names[0]);
    free(t.names[1]);
    if (step != DB_DONE)
        return step == DB_ROW;

    s = db_prepare(d->db, tables[part].make);
    db_bind_int(s, 1, (int64_t)hash);
    tables[part].bind(s, r, &t);
    bool made = db_run(s, err);
    *out = db_last_rowid(d->db);
    free(t.names[0]);
    free(t.names[1]);
    return made;
}

/* The same through the cache. 0: nothing there. */
static bool intern(struct day *d, enum record_part part, const struct record *r, struct sl_str bytes,
                   int64_t *out, struct sl_err *err)
{
    *out = 0;
    if (!has_part(r, part))
        return true;
    uint64_t hash = XXH3_64bits_withSeed(bytes.p, bytes.n, d->seed + part);
    *out = intern_find(d->intern, part, hash, bytes);
    if (*out)
        return true;
    if (!part_row(d, part, r, hash, out, err))
        return false;
    intern_add(d->intern, part, hash, bytes, *out);
    return true;
}

static bool insert_row(struct day *d, uint64_t id, const struct record *r, const int64_t rows[PART_COUNT],
                       struct sl_err *err)
{
    uint8_t timing[TIMING_BYTES], upstream[PACKED_ENDPOINT];
    size_t timing_n = timing_pack(&r->timing, timing), upstream_n = pack_endpoint(r->upstream, upstream);
    struct db_stmt *s = db_prepare(
        d->db, "INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    db_bind_int(s, 1, (int64_t)id);
    db_bind_int(s, 2, r->time_us);
    db_bind_int(s, 3, (int64_t)SL_MIN(r->duration_us, (uint64_t)INT64_MAX));
    if (timing_n)
        db_bind_blob(s, 4, timing, timing_n);
    db_bind_int(s, 5, rows[PART_WHO]);
    db_bind_int(s, 6, rows[PART_TARGET]);
    db_bind_int(s, 7, rows[PART_OUTCOME]);
    if (rows[PART_TLS])
        db_bind_int(s, 8, rows[PART_TLS]);
    db_bind_int(s, 9, r->client_port);
    if (r->path.n)
        db_bind_text(s, 10, r->path);
    if (r->query.n)
        db_bind_text(s, 11, r->query);
    db_bind_int(s, 12, (int64_t)SL_MIN(r->bytes_in, (uint64_t)INT64_MAX));
    db_bind_int(s, 13, (int64_t)SL_MIN(r->bytes_out, (uint64_t)INT64_MAX));
    if (upstream_n)
        db_bind_blob(s, 14, upstream, upstream_n);
    db_bind_int(s, 15,
                (r->reused ? ROW_REUSED : 0) | (r->truncated ? ROW_TRUNCATED : 0) |
                    (r->parent.n ? ROW_PARENT : 0) | (int64_t)r->http << ROW_HTTP_SHIFT);
    if (rows[PART_CONTENT_TYPE])
        db_bind_int(s, 16, rows[PART_CONTENT_TYPE]);
    if (r->referrer.n)
        db_bind_text(s, 17, r->referrer);
    if (rows[PART_AGENT])
        db_bind_int(s, 18, rows[PART_AGENT]);
    return db_run(s, err);
}

/* Under the record's own id or, when another record has that, the next free one of the same day. */
static bool insert(struct day *d, const struct record *r, const int64_t rows[PART_COUNT], uint64_t *out_id,
                   struct sl_err *err)
{
    struct sl_err why = {0};
    for (uint64_t id = r->id, i = 0; i < ID_TRIES && id <= INT64_MAX && day_of_id(id) == d->number;
         id++, i++) {
        if (insert_row(d, id, r, rows, &why)) {
            *out_id = id;
            return true;
        }
        if (why.code != SL_CONFLICT)
            break;
    }
    if (err)
        *err = why;
    return false;
}

static bool add_to_block(struct day *d, uint64_t id, const int64_t rows[PART_COUNT], struct sl_err *err)
{
    const int64_t numbers[FILTER_TABLES] = {[FILTER_WHO] = rows[PART_WHO],
                                            [FILTER_TARGET] = rows[PART_TARGET],
                                            [FILTER_OUTCOME] = rows[PART_OUTCOME],
                                            [FILTER_TLS] = rows[PART_TLS]};
    return blocks_add(d->blocks, id, numbers, err);
}

static void note_skew(struct day *d, const struct record *r)
{
    int64_t skew;
    if (__builtin_sub_overflow(r->time_us, request_id_time_us(r->id), &skew) || skew == INT64_MIN)
        skew = INT64_MAX;
    skew = skew < 0 ? -skew : skew;
    d->skew_us = SL_MAX(d->skew_us, skew);
}

static void count(struct day *d, const struct record *r, const int64_t rows[PART_COUNT])
{
    uint64_t own_us = (uint64_t)r->timing.identify_us + r->timing.decide_us;
    struct rollup_row row = {.time_us = r->time_us,
                             .things = {[ROLLUP_WHO] = (uint64_t)rows[PART_WHO],
                                        [ROLLUP_TARGET] = (uint64_t)rows[PART_TARGET],
                                        [ROLLUP_OUTCOME] = (uint64_t)rows[PART_OUTCOME],
                                        [ROLLUP_OWN_TIME] = own_time_class(own_us),
                                        [ROLLUP_TLS] = (uint64_t)rows[PART_TLS]},
                             .action = r->action,
                             .bytes_in = r->bytes_in,
                             .bytes_out = r->bytes_out};
    rollup_add(d->rollup, &row);
}

enum day_result day_store(struct day *d, uint64_t stream, uint64_t seq, const struct record *r,
                          const struct sl_str parts[PART_COUNT], uint64_t *out_id, struct sl_err *err)
{
    int64_t rows[PART_COUNT];
    struct sl_err why = {0};
    sl_assert(d->begun && day_of_id(r->id) == d->number);
    struct cursor *c = cursor_of(d, stream, err);
    if (!c)
        return DAY_FAILED;
    if (seq <= c->seq)
        return DAY_KNOWN;
    bool ok = true;
    for (int i = 0; i < PART_COUNT && ok; i++)
        ok = intern(d, (enum record_part)i, r, parts[i], &rows[i], &why);
    ok = ok && insert(d, r, rows, out_id, &why) && add_to_block(d, *out_id, rows, &why);
    if (!ok) {
        if (err)
            *err = why;
        return why.code == SL_CONFLICT || why.code == SL_LIMIT ? DAY_REFUSED : DAY_FAILED;
    }
    note_skew(d, r);
    count(d, r, rows);
    c->seq = seq;
    c->changed = true;
    return DAY_STORED;
}

bool day_forget_streams(struct day *d, bool (*keep)(void *arg, uint64_t stream), void *arg,
                        struct sl_err *err)
{
    uint64_t *gone = NULL;
    size_t count = 0, cap = 0;
    struct db_stmt *s = db_prepare(d->db, "SELECT stream FROM cursor");
    enum db_step step;
    while ((step = db_step(s, err)) == DB_ROW) {
        uint64_t stream = (uint64_t)db_column_int(s, 0);
        if (!keep(arg, stream)) {
            SL_GROW(gone, count, &cap);
            gone[count++] = stream;
        }
    }
    db_reset(s);
    bool ok = step == DB_DONE;
    for (size_t i = 0; i < count && ok; i++) {
        s = db_prepare(d->db, "DELETE FROM cursor WHERE stream = ?");
        db_bind_int(s, 1, (int64_t)gone[i]);
        ok = db_run(s, err);
    }
    if (count)
        d->cursor_count = 0;
    free(gone);
    return ok;
}
