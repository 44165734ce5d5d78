/* rollup.c - see audit/rollup.h. */
#include "audit/rollup.h"

#include <stdlib.h>

#include "sluice/clock.h"

#include "audit/pack.h"

enum { FOLD_BYTES = 2 * 1024 * 1024, SEQ_BITS = 16, START_BITS = 32, LEVEL_BITS = 2, REBUILD_ROWS = 65536 };
static const int64_t FOLD_US = 60 * 1000000, MINUTE_US = 60 * 1000000;

const int64_t rollup_span_min[ROLLUP_LEVELS] = {1, 60, 24 * 60};

struct rollup {
    struct db *db;
    struct sums batch[ROLLUP_KINDS]; /* of the transaction under way, by minute */
    struct {
        uint64_t bytes;   /* in rollup_deltas */
        int64_t since_us; /* when its first row came; monotonic */
    } now, stored;        /* within the transaction, and committed */
};

static int64_t minute_of(int64_t time_us)
{
    return SL_MIN(SL_MAX(time_us, 0) / MINUTE_US, (int64_t)UINT32_MAX);
}

unsigned own_time_class(uint64_t us)
{
    if (us < 8)
        return (unsigned)us;
    unsigned octave = 63 - (unsigned)__builtin_clzll(us);
    unsigned class = (octave - 2) * 8 + (unsigned)(us >> (octave - 3) & 7);
    return SL_MIN(class, OWN_TIME_CLASSES - 1u);
}

uint64_t own_time_most(unsigned class)
{
    if (class < 8)
        return class;
    unsigned octave = class / 8 + 2;
    return ((uint64_t)(8 + class % 8 + 1) << (octave - 3)) - 1;
}

struct figures rollup_figures(const struct rollup_row *row)
{
    uint64_t in = SL_MIN(row->bytes_in, (uint64_t)INT64_MAX);
    struct figures f = {.requests = 1,
                        .block = row->action == ACTION_BLOCK,
                        .quota = row->action == ACTION_QUOTA,
                        .warn = row->action == ACTION_WARN,
                        .error = row->action == ACTION_ERROR,
                        .bytes = in + SL_MIN(row->bytes_out, (uint64_t)INT64_MAX),
                        .last_min = minute_of(row->time_us)};
    return f;
}

int64_t rollup_key(enum rollup_kind kind, unsigned level, int64_t start_min, unsigned seq)
{
    return ((int64_t)kind << LEVEL_BITS | level) << (START_BITS + SEQ_BITS) | start_min << SEQ_BITS | seq;
}

int64_t rollup_key_start(int64_t key)
{
    return key >> SEQ_BITS & UINT32_MAX;
}

/* ---- deltas ---- */

void rollup_add(struct rollup *r, const struct rollup_row *row)
{
    struct figures f = rollup_figures(row);
    for (int kind = 0; kind < ROLLUP_KINDS; kind++)
        if (kind != ROLLUP_TLS || row->things[kind])
            figures_add(sums_at(&r->batch[kind], (uint64_t)f.last_min, row->things[kind]), &f);
}

/* The sums of one group begin at items[i]; how many are there? */
static size_t group_size(const struct sums *s, size_t i)
{
    size_t n = 1;
    while (i + n < s->count && s->items[i + n].group == s->items[i].group)
        n++;
    return n;
}

/* As they came: a part goes on as long as the minute stays. */
static void encode_parts(const struct sums *s, enum rollup_kind kind, struct sl_text *out)
{
    struct sl_text run = {0};
    for (size_t i = 0, n; i < s->count; i += n) {
        int64_t minute = (int64_t)s->items[i].group;
        n = group_size(s, i);
        sl_text_clear(&run);
        run_encode(s->items + i, n, minute, &run);
        sl_text_addc(out, (char)kind);
        varint_put(out, (uint64_t)minute);
        varint_put(out, run.n);
        sl_text_add(out, sl_text_str(&run));
    }
    sl_text_fini(&run);
}

bool rollup_next_part(struct sl_str *rest, enum rollup_kind *kind, int64_t *minute, struct sl_str *run)
{
    struct sl_str s = *rest;
    uint64_t start, n;
    if (s.n == 0 || (uint8_t)*s.p >= ROLLUP_KINDS)
        return false;
    *kind = (enum rollup_kind) * s.p;
    s = sl_str(s.p + 1, s.n - 1);
    if (!varint_take(&s, &start) || start > UINT32_MAX || !varint_take(&s, &n) || n > s.n)
        return false;
    *minute = (int64_t)start;
    *run = sl_str(s.p, n);
    *rest = sl_str(s.p + n, s.n - n);
    return true;
}

/* ---- folding deltas into runs ---- */

bool rollup_damaged(const struct db *db, struct sl_err *err)
{
    return sl_fail(err, SL_IO, "%s: the rollups are damaged", db_path(db));
}

/* Adds what a delta has to the spans of that level in which it lies. */
static bool spread_delta(struct sl_str delta, unsigned level, struct sums *out)
{
    enum rollup_kind kind;
    int64_t minute;
    struct sl_str run;
    struct figures f;
    while (rollup_next_part(&delta, &kind, &minute, &run)) {
        int64_t start = minute - minute % rollup_span_min[level];
        uint64_t group = (uint64_t)rollup_key(kind, level, start, 0), thing = 0;
        while (run_next(&run, minute, &thing, &f))
            figures_add(sums_at(out, group, thing), &f);
        if (run.n)
            return false;
    }
    return delta.n == 0;
}

static bool spread_deltas(struct db *db, unsigned level, struct sums *out, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(db, "SELECT data FROM rollup_deltas");
    enum db_step step;
    bool ok = true;
    while (ok && (step = db_step(s, err)) == DB_ROW)
        ok = spread_delta(db_column_blob(s, 0), level, out) || rollup_damaged(db, err);
    db_reset(s);
    return ok && step == DB_DONE;
}

/* Figures of one span, in order. */
struct sorted {
    struct sum *items;
    size_t count, cap;
};

static void append(struct sorted *list, const struct sum *sum)
{
    SL_GROW(list->items, list->count, &list->cap);
    list->items[list->count++] = *sum;
}

/* Both in order, as one. False when the run is none, or in no order. */
static bool merge(const struct sorted *list, struct sl_str run, int64_t start, struct sorted *out)
{
    struct sum theirs = {0};
    size_t i = 0;
    for (bool first = true; run_next(&run, start, &theirs.thing, &theirs.f); first = false) {
        if (!first && out->items[out->count - 1].thing >= theirs.thing)
            return false;
        for (; i < list->count && list->items[i].thing < theirs.thing; i++)
            append(out, &list->items[i]);
        if (i < list->count && list->items[i].thing == theirs.thing)
            figures_add(&theirs.f, &list->items[i++].f);
        append(out, &theirs);
    }
    for (; i < list->count; i++)
        append(out, &list->items[i]);
    return run.n == 0;
}

/* The last run of a span: its key, or -1, and its length. */
static bool last_run(struct db *db, int64_t first_key, int64_t *key, size_t *length, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(db, "SELECT id, length(data) FROM rollups WHERE id BETWEEN ? AND ?"
                                       " ORDER BY id DESC LIMIT 1");
    db_bind_int(s, 1, first_key);
    db_bind_int(s, 2, first_key | ((1 << SEQ_BITS) - 1));
    enum db_step step = db_step(s, err);
    *key = step == DB_ROW ? db_column_int(s, 0) : -1;
    *length = step == DB_ROW ? (size_t)db_column_int(s, 1) : 0;
    db_reset(s);
    return step != DB_FAILED;
}

/* Takes the run at that key out of the table and into the list. */
static bool take_run(struct db *db, int64_t key, struct sorted *list, struct sl_err *err)
{
    struct sorted both = {0};
    struct db_stmt *s = db_prepare(db, "SELECT data FROM rollups WHERE id = ?");
    db_bind_int(s, 1, key);
    bool ok = db_step(s, err) == DB_ROW;
    if (ok)
        ok = merge(list, db_column_blob(s, 0), rollup_key_start(key), &both) || rollup_damaged(db, err);
    db_reset(s);
    free(list->items);
    *list = both;
    if (!ok)
        return false;
    s = db_prepare(db, "DELETE FROM rollups WHERE id = ?");
    db_bind_int(s, 1, key);
    return db_run(s, err);
}

/* Behind the runs that the span has, together with those at the end that are not much longer. */
static bool write_run(struct db *db, int64_t first_key, struct sorted *list, struct sl_err *err)
{
    SL_CLEANUP(sl_text_fini) struct sl_text data = {0};
    int64_t key, start = rollup_key_start(first_key);
    size_t length;
    for (;;) {
        sl_text_clear(&data);
        run_encode(list->items, list->count, start, &data);
        if (!last_run(db, first_key, &key, &length, err))
            return false;
        if (key < 0 || length > 2 * data.n)
            break;
        if (!take_run(db, key, list, err))
            return false;
    }
    struct db_stmt *s = db_prepare(db, "INSERT INTO rollups (id, data) VALUES (?, ?)");
    db_bind_int(s, 1, key < 0 ? first_key : key + 1);
    db_bind_blob(s, 2, data.p, data.n);
    return db_run(s, err);
}

static bool fold_level(struct db *db, unsigned level, struct sl_err *err)
{
    struct sums sums = {0};
    bool ok = spread_deltas(db, level, &sums, err);
    sums_sort(&sums);
    for (size_t i = 0, n; i < sums.count && ok; i += n) {
        struct sorted list = {0};
        n = group_size(&sums, i);
        for (size_t k = 0; k < n; k++)
            append(&list, &sums.items[i + k]);
        ok = write_run(db, (int64_t)sums.items[i].group, &list, err);
        free(list.items);
    }
    sums_fini(&sums);
    return ok;
}

static bool fold(struct rollup *r, struct sl_err *err)
{
    for (unsigned level = 0; level < ROLLUP_LEVELS; level++)
        if (!fold_level(r->db, level, err))
            return false;
    r->now.bytes = 0;
    return db_run(db_prepare(r->db, "DELETE FROM rollup_deltas"), err);
}

static void clear_batch(struct rollup *r)
{
    for (int kind = 0; kind < ROLLUP_KINDS; kind++)
        sums_clear(&r->batch[kind]);
}

static bool write_delta(struct rollup *r, struct sl_err *err)
{
    SL_CLEANUP(sl_text_fini) struct sl_text delta = {0};
    for (int kind = 0; kind < ROLLUP_KINDS; kind++)
        encode_parts(&r->batch[kind], (enum rollup_kind)kind, &delta);
    clear_batch(r);
    if (delta.n == 0)
        return true;
    struct db_stmt *s = db_prepare(r->db, "INSERT INTO rollup_deltas (data) VALUES (?)");
    db_bind_blob(s, 1, delta.p, delta.n);
    if (r->now.bytes == 0)
        r->now.since_us = sl_monotonic_us();
    r->now.bytes += delta.n;
    return db_run(s, err);
}

bool rollup_write(struct rollup *r, struct sl_err *err)
{
    if (!write_delta(r, err))
        return false;
    bool due = r->now.bytes > FOLD_BYTES || (r->now.bytes && sl_monotonic_us() - r->now.since_us > FOLD_US);
    return !due || fold(r, err);
}

void rollup_settle(struct rollup *r, bool committed)
{
    clear_batch(r);
    if (committed)
        r->stored = r->now;
    else
        r->now = r->stored;
}

/* ---- opening ---- */

bool rollup_complete(struct db *db, bool *out, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(db, "SELECT value FROM meta WHERE key = 'rollups'");
    enum db_step step = db_step(s, err);
    *out = step == DB_ROW && db_column_int(s, 0) == ROLLUP_FORMAT;
    db_reset(s);
    return step != DB_FAILED;
}

static void add_stored_row(struct rollup *r, struct db_stmt *s)
{
    struct record_timing timing;
    int64_t action = db_column_int(s, 5);
    timing_unpack(db_column_blob(s, 1), &timing);
    struct rollup_row row = {.time_us = db_column_int(s, 0),
                             .things = {(uint64_t)db_column_int(s, 2), (uint64_t)db_column_int(s, 3),
                                        (uint64_t)db_column_int(s, 4),
                                        own_time_class((uint64_t)timing.identify_us + timing.decide_us),
                                        (uint64_t)db_column_int(s, 9)},
                             .action = action >= ACTION_ALLOW && action <= ACTION_ERROR ? (enum action)action
                                                                                        : ACTION_ERROR,
                             .bytes_in = (uint64_t)db_column_int(s, 6),
                             .bytes_out = (uint64_t)db_column_int(s, 7)};
    rollup_add(r, &row);
}

static bool count_rows(struct rollup *r, struct sl_err *err)
{
    int64_t after = 0;
    size_t count;
    do {
        enum db_step step;
        struct db_stmt *s = db_prepare(
            r->db, "SELECT r.time, r.timing, r.who, r.target, r.outcome, o.action, r.bytes_in,"
                   " r.bytes_out, r.id, r.tls FROM requests r LEFT JOIN outcomes o ON o.id = r.outcome"
                   " WHERE r.id > ? ORDER BY r.id LIMIT ?");
        db_bind_int(s, 1, after);
        db_bind_int(s, 2, REBUILD_ROWS);
        for (count = 0; (step = db_step(s, err)) == DB_ROW; count++) {
            add_stored_row(r, s);
            after = db_column_int(s, 8);
        }
        db_reset(s);
        if (step != DB_DONE || !rollup_write(r, err))
            return false;
    } while (count == REBUILD_ROWS);
    return fold(r, err);
}

/* All rows that are there, from the first on. */
static bool rebuild(struct rollup *r, struct sl_err *err)
{
    struct db_stmt *s;
    if (!db_exec(r->db, "DELETE FROM rollups; DELETE FROM rollup_deltas", err) || !count_rows(r, err))
        return false;
    s = db_prepare(r->db, "INSERT OR REPLACE INTO meta (key, value) VALUES ('rollups', ?)");
    db_bind_int(s, 1, ROLLUP_FORMAT);
    return db_run(s, err);
}

static bool read_state(struct rollup *r, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(r->db, "SELECT total(length(data)) FROM rollup_deltas");
    enum db_step step = db_step(s, err);
    if (step == DB_ROW)
        r->stored.bytes = (uint64_t)db_column_int(s, 0);
    db_reset(s);
    r->stored.since_us = sl_monotonic_us();
    r->now = r->stored;
    return step == DB_ROW;
}

static void release(struct rollup **r)
{
    for (int kind = 0; kind < ROLLUP_KINDS; kind++)
        sums_fini(&(*r)->batch[kind]);
    sl_freep(r);
}

bool rollup_open(struct db *db, struct rollup **out, struct sl_err *err)
{
    struct rollup *r = sl_calloc(1, sizeof *r);
    bool complete, ok;
    r->db = db;
    ok = rollup_complete(db, &complete, err);
    if (ok && !complete) {
        ok = db_begin(db, err) && rebuild(r, err) && db_commit(db, err);
        if (!ok)
            db_rollback(db);
    }
    if (!ok || !read_state(r, err)) {
        release(&r);
        return false;
    }
    *out = r;
    return true;
}

void rollup_close(struct rollup **r)
{
    if (!*r)
        return;
    /* What can't be folded now is read as it is, and folded by who opens the file next. */
    if ((*r)->stored.bytes && db_begin((*r)->db, NULL) && !(fold(*r, NULL) && db_commit((*r)->db, NULL)))
        db_rollback((*r)->db);
    release(r);
}
