/* blocks.c - see audit/blocks.h: the writer's side, and how a column is packed. */
#include "audit/blocks.h"

#include <stdlib.h>

struct blocks {
    struct db *db;
    int64_t number; /* of the block that is being filled */
    size_t count;   /* its rows */
    uint64_t columns[BLOCK_COLUMNS][BLOCK_ROWS];
    int64_t committed_number; /* as in the file */
    size_t committed_count;
    bool changed;
};

/* ---- columns ---- */

static size_t bytes_for(uint64_t range)
{
    size_t n = 1;
    while (n < 8 && range >> (8 * n))
        n++;
    return n;
}

size_t column_pack(const uint64_t *numbers, size_t count, uint8_t out[COLUMN_BYTES])
{
    uint64_t least = numbers[0], greatest = numbers[0];
    for (size_t i = 1; i < count; i++) {
        least = SL_MIN(least, numbers[i]);
        greatest = SL_MAX(greatest, numbers[i]);
    }
    size_t width = bytes_for(greatest - least);
    uint64_t base = htole64(least);
    out[0] = (uint8_t)width;
    memcpy(out + 1, &base, sizeof base);
    uint8_t *p = out + COLUMN_HEAD;
    for (size_t i = 0; i < count; i++, p += width) {
        uint64_t number = htole64(numbers[i] - least);
        memcpy(p, &number, width);
    }
    return (size_t)(p - out);
}

void column_take(struct sl_str bytes, struct column *out)
{
    out->count = 0;
    if (bytes.n < COLUMN_HEAD || bytes.p[0] < 1 || bytes.p[0] > 8)
        return;
    out->width = (size_t)bytes.p[0];
    out->count = SL_MIN((bytes.n - COLUMN_HEAD) / out->width, (size_t)BLOCK_ROWS);
    out->mask = UINT64_MAX >> (64 - 8 * out->width);
    size_t used = COLUMN_HEAD + out->count * out->width;
    memcpy(out->bytes, bytes.p, used);
    memset(out->bytes + used, 0, sizeof out->least);
    memcpy(&out->least, out->bytes + 1, sizeof out->least);
    out->least = le64toh(out->least);
}

/* ---- the writer ---- */

static bool write_column(struct blocks *b, int column, struct sl_err *err)
{
    uint8_t packed[COLUMN_BYTES];
    size_t n = column_pack(b->columns[column], b->count, packed);
    struct db_stmt *s = db_prepare(b->db, "REPLACE INTO block_columns (id, data) VALUES (?, ?)");
    db_bind_int(s, 1, block_column_key(b->number, column));
    db_bind_blob(s, 2, packed, n);
    return db_run(s, err);
}

static bool write_block(struct blocks *b, struct sl_err *err)
{
    const uint64_t *ids = b->columns[BLOCK_IDS];
    uint64_t first = ids[0], last = ids[0];
    for (size_t i = 1; i < b->count; i++) {
        first = SL_MIN(first, ids[i]);
        last = SL_MAX(last, ids[i]);
    }
    struct db_stmt *s = db_prepare(b->db, "REPLACE INTO blocks (id, rows, first, last) VALUES (?, ?, ?, ?)");
    db_bind_int(s, 1, b->number);
    db_bind_int(s, 2, (int64_t)b->count);
    db_bind_int(s, 3, (int64_t)first);
    db_bind_int(s, 4, (int64_t)last);
    bool ok = db_run(s, err);
    for (int i = 0; i < BLOCK_COLUMNS && ok; i++)
        ok = write_column(b, i, err);
    return ok;
}

bool blocks_add(struct blocks *b, uint64_t id, const int64_t numbers[FILTER_TABLES], struct sl_err *err)
{
    if (b->count == BLOCK_ROWS) {
        if (!write_block(b, err))
            return false;
        b->number++;
        b->count = 0;
    }
    for (int i = 0; i < FILTER_TABLES; i++)
        b->columns[i][b->count] = (uint64_t)numbers[i];
    b->columns[BLOCK_IDS][b->count++] = id;
    b->changed = true;
    return true;
}

bool blocks_write(struct blocks *b, struct sl_err *err)
{
    return !b->changed || write_block(b, err);
}

void blocks_settle(struct blocks *b, bool committed)
{
    if (committed) {
        b->committed_number = b->number;
        b->committed_count = b->count;
    } else if (b->number == b->committed_number) {
        b->count = b->committed_count;
    } else { /* its rows were given up for the next block's: what is in the file stays as it is */
        b->number = b->committed_number + 1;
        b->count = 0;
    }
    b->changed = false;
}

/* ---- a file of an earlier version ---- */

static bool one_number(struct db *db, const char *sql, int64_t *out, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(db, sql);
    enum db_step step = db_step(s, err);
    if (step == DB_ROW)
        *out = db_column_int(s, 0);
    db_reset(s);
    return step == DB_ROW;
}

static bool add_all(struct blocks *b, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(b->db, "SELECT id, who, target, outcome, tls FROM requests ORDER BY id");
    enum db_step step;
    bool ok = true;
    while (ok && (step = db_step(s, err)) != DB_DONE) {
        const int64_t numbers[FILTER_TABLES] = {[FILTER_WHO] = db_column_int(s, 1),
                                                [FILTER_TARGET] = db_column_int(s, 2),
                                                [FILTER_OUTCOME] = db_column_int(s, 3),
                                                [FILTER_TLS] = db_column_int(s, 4)};
        ok = step == DB_ROW && blocks_add(b, (uint64_t)db_column_int(s, 0), numbers, err);
    }
    db_reset(s);
    return ok && blocks_write(b, err);
}

static bool catch_up(struct blocks *b, struct sl_err *err)
{
    int64_t missing;
    if (!one_number(b->db, "SELECT NOT EXISTS (SELECT 1 FROM blocks) AND EXISTS (SELECT 1 FROM requests)",
                    &missing, err))
        return false;
    if (!missing)
        return true;
    if (!db_begin(b->db, err))
        return false;
    if (add_all(b, err) && db_commit(b->db, err)) {
        blocks_settle(b, true);
        return true;
    }
    db_rollback(b->db);
    return false;
}

bool blocks_open(struct db *db, struct blocks **out, struct sl_err *err)
{
    struct blocks *b = sl_calloc(1, sizeof *b);
    b->db = db;
    if (!one_number(db, "SELECT ifnull(max(id), 0) + 1 FROM blocks", &b->number, err) || !catch_up(b, err)) {
        free(b);
        return false;
    }
    b->committed_number = b->number;
    b->committed_count = b->count;
    *out = b;
    return true;
}

void blocks_free(struct blocks **b)
{
    sl_freep(b);
}
