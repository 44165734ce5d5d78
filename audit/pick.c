/* pick.c - see audit/pick.h.
 *
 * Blocks are taken in the order of their nearest ids. When `most` candidates are nearer than the nearest id
 * of the next block, no further block can hold a nearer one. To go down is to go up with all ids
 * complemented: a `key` is an id or its complement, and near is small. */
#include "audit/pick.h"

#include <stdlib.h>

#include "audit/blocks.h"

struct bits {
    uint8_t *bytes; /* NULL: any number is right */
    uint64_t end;
};
struct pick {
    struct db *db;
    uint64_t turn; /* key = id ^ turn */
    struct bits wanted[FILTER_TABLES];
    struct head {
        int64_t block;
        uint64_t first, last; /* keys */
    } * heads;                /* by first */
    size_t head_count, head_cap;
    uint64_t *keys; /* candidates */
    size_t key_count, key_cap;
    struct column column; /* the one that is being looked at */
};

static bool has_blocks(struct db *db, bool *out, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(db, "SELECT 1 FROM sqlite_schema WHERE name = 'block_columns'");
    enum db_step step = db_step(s, err);
    *out = step == DB_ROW;
    db_reset(s);
    return step != DB_FAILED;
}

/* The numbers that are in temporary table setN. */
static bool read_set(struct db *db, size_t set, struct bits *out, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *sql = sl_asprintf("SELECT id FROM temp.set%zu ORDER BY id DESC", set);
    struct db_stmt *s = db_prepare_dynamic(db, sql, err);
    enum db_step step;
    if (!s)
        return false;
    while ((step = db_step(s, err)) == DB_ROW) {
        uint64_t number = (uint64_t)db_column_int(s, 0);
        if (!out->bytes) {
            out->end = number + 1;
            out->bytes = sl_calloc(number / 8 + 1, 1);
        }
        out->bytes[number / 8] |= (uint8_t)(1u << number % 8);
    }
    db_done(&s);
    return step == DB_DONE;
}

static int compare_heads(const void *a, const void *b)
{
    const struct head *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static bool read_heads(struct pick *p, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(p->db, "SELECT id, first, last FROM blocks");
    enum db_step step;
    while ((step = db_step(s, err)) == DB_ROW) {
        uint64_t first = (uint64_t)db_column_int(s, 1) ^ p->turn,
                 last = (uint64_t)db_column_int(s, 2) ^ p->turn;
        SL_GROW(p->heads, p->head_count, &p->head_cap);
        p->heads[p->head_count++] =
            (struct head){db_column_int(s, 0), SL_MIN(first, last), SL_MAX(first, last)};
    }
    db_reset(s);
    if (p->head_count)
        qsort(p->heads, p->head_count, sizeof *p->heads, compare_heads);
    return step == DB_DONE;
}

bool pick_open(struct db *db, const struct filter_sql *sql, bool up, struct pick **out, struct sl_err *err)
{
    bool able, any = false;
    *out = NULL;
    for (size_t i = 0; i < sql->set_count; i++)
        any |= sql->sets[i].required;
    if (!any)
        return true;
    if (!has_blocks(db, &able, err))
        return false;
    if (!able)
        return true;
    struct pick *p = sl_calloc(1, sizeof *p);
    p->db = db;
    p->turn = up ? 0 : UINT64_MAX;
    bool ok = read_heads(p, err);
    for (size_t i = 0; i < sql->set_count && ok; i++)
        if (sql->sets[i].required)
            ok = read_set(db, i, &p->wanted[sql->sets[i].table], err);
    if (ok)
        *out = p;
    else
        pick_free(&p);
    return ok;
}

void pick_free(struct pick **p)
{
    if (!*p)
        return;
    for (int i = 0; i < FILTER_TABLES; i++)
        free((*p)->wanted[i].bytes);
    free((*p)->heads);
    free((*p)->keys);
    sl_freep(p);
}

/* Into p->column, in the order of rows. A block that is still being filled may grow between two columns; what
 * was there stays, so the shortest column counts. */
static bool read_column(struct pick *p, int64_t block, int column, struct sl_err *err)
{
    struct db_stmt *s = db_prepare(p->db, "SELECT data FROM block_columns WHERE id = ?");
    db_bind_int(s, 1, block_column_key(block, column));
    enum db_step step = db_step(s, err);
    column_take(step == DB_ROW ? db_column_blob(s, 0) : SL_STR(""), &p->column);
    db_reset(s);
    return step != DB_FAILED;
}

static bool is_wanted(const struct bits *b, uint64_t number)
{
    return number < b->end && b->bytes[number / 8] >> number % 8 & 1;
}

/* The rows of the column whose number is wanted. */
static size_t choose(const struct bits *wanted, const struct column *column, uint16_t rows[BLOCK_ROWS])
{
    size_t kept = 0;
    for (size_t i = 0; i < column->count; i++) {
        rows[kept] = (uint16_t)i;
        kept += is_wanted(wanted, column_at(column, i));
    }
    return kept;
}

/* Keeps of rows[0..count) those that the column has. */
static size_t cut(const struct column *column, const uint16_t *rows, size_t count)
{
    while (count && rows[count - 1] >= column->count)
        count--;
    return count;
}

/* Keeps of rows[0..count) those whose number in this column is wanted. */
static size_t narrow(const struct bits *wanted, const struct column *column, uint16_t *rows, size_t count)
{
    size_t kept = 0;
    count = cut(column, rows, count);
    for (size_t i = 0; i < count; i++) {
        rows[kept] = rows[i];
        kept += is_wanted(wanted, column_at(column, rows[i]));
    }
    return kept;
}

static void add_keys(struct pick *p, const uint16_t *rows, size_t count, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t key = column_at(&p->column, rows[i]) ^ p->turn;
        if (key < from || key > to)
            continue;
        SL_GROW(p->keys, p->key_count, &p->key_cap);
        p->keys[p->key_count++] = key;
    }
}

static size_t choose_all(const struct column *column, uint16_t rows[BLOCK_ROWS])
{
    for (size_t i = 0; i < column->count; i++)
        rows[i] = (uint16_t)i;
    return column->count;
}

/* Adds the candidates of one block. Outcomes and TLS are the shortest columns, then who, then targets; as
 * soon as no row is left the others need not be read. */
static bool look_into(struct pick *p, int64_t block, uint64_t from, uint64_t to, struct sl_err *err)
{
    static const enum filter_table order[] = {FILTER_OUTCOME, FILTER_TLS, FILTER_WHO, FILTER_TARGET};
    uint16_t rows[BLOCK_ROWS];
    size_t count = 0;
    bool first = true;
    for (size_t i = 0; i < SL_COUNT(order) && (first || count); i++) {
        const struct bits *wanted = &p->wanted[order[i]];
        if (!wanted->bytes)
            continue;
        if (!read_column(p, block, order[i], err))
            return false;
        if (order[i] == FILTER_TLS && p->column.count == 0) {
            if (!is_wanted(wanted, 0))
                return true;
            continue;
        }
        count = first ? choose(wanted, &p->column, rows) : narrow(wanted, &p->column, rows, count);
        first = false;
    }
    if (!first && count == 0)
        return true;
    if (!read_column(p, block, BLOCK_IDS, err))
        return false;
    if (first)
        count = choose_all(&p->column, rows);
    add_keys(p, rows, cut(&p->column, rows, count), from, to);
    return true;
}

static int compare_keys(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Sorts the candidates and keeps the nearest. */
static void keep_nearest(struct pick *p, size_t most)
{
    if (p->key_count)
        qsort(p->keys, p->key_count, sizeof *p->keys, compare_keys);
    p->key_count = SL_MIN(p->key_count, most);
}

bool pick_ids(struct pick *p, uint64_t lo, uint64_t hi, size_t most, bool (*in_time)(void *arg), void *arg,
              const uint64_t **out_ids, size_t *out_count, uint64_t *out_known, struct sl_err *err)
{
    uint64_t from = (p->turn ? hi : lo) ^ p->turn, to = (p->turn ? lo : hi) ^ p->turn, known = to;
    p->key_count = 0;
    for (size_t i = 0; i < p->head_count && p->heads[i].first <= known; i++) {
        const struct head *h = &p->heads[i];
        if (h->last < from)
            continue;
        if (h->first > from && !in_time(arg)) {
            known = h->first - 1;
            break;
        }
        if (!look_into(p, h->block, from, known, err))
            return false;
        if (p->key_count < 2 * most)
            continue;
        keep_nearest(p, most);
        known = p->keys[most - 1];
    }
    keep_nearest(p, SIZE_MAX);
    while (p->key_count && p->keys[p->key_count - 1] > known)
        p->key_count--;
    if (p->key_count > most) {
        p->key_count = most;
        known = p->keys[most - 1];
    }
    for (size_t i = 0; i < p->key_count; i++)
        p->keys[i] ^= p->turn;
    *out_ids = p->keys;
    *out_count = p->key_count;
    *out_known = known ^ p->turn;
    return true;
}
