/* blocks.h - what filters ask of rows, as columns beside them: ids, and the numbers of who, target and
 * outcome and TLS.
 *
 *   requests (rows as they are stored) ── 2048 at a time ──> blocks: how many, least and greatest id
 *                                                            block_columns: each column as packed numbers
 *
 * An index would cost the writer a search in a tree for each row and column; this costs it ten bytes, written
 * one after the other. A reader that looks for few rows reads one column instead of all rows, some hundred
 * million numbers a second, and gets their ids. Blocks are in the order in which requests ended, so their ids
 * overlap: a request that took an hour lies among those that ended with it. */
#ifndef AUDIT_BLOCKS_H
#define AUDIT_BLOCKS_H

#include <endian.h>
#include <string.h>

#include "base/db.h"

#include "audit/filter.h"

enum { BLOCK_ROWS = 2048, BLOCK_IDS = FILTER_TABLES, BLOCK_COLUMNS };

/* ---- the writer's side: like struct day, whose part it is ---- */
struct blocks;
/* Rows that a file of an earlier version has without blocks get theirs now. Not within a transaction. */
bool blocks_open(struct db *db, struct blocks **out, struct sl_err *err);
void blocks_free(struct blocks **b);
/* A row with that id, and its number in each table of filters. */
bool blocks_add(struct blocks *b, uint64_t id, const int64_t numbers[FILTER_TABLES], struct sl_err *err);
bool blocks_write(struct blocks *b, struct sl_err *err); /* last in the transaction of the rows */
void blocks_settle(struct blocks *b, bool committed);    /* behind it */

/* ---- columns ---- */
/* A column: its least number, how many bytes each takes beyond that, and they. */
enum { COLUMN_HEAD = 9, COLUMN_BYTES = COLUMN_HEAD + 8 * BLOCK_ROWS };
size_t column_pack(const uint64_t *numbers, size_t count, uint8_t out[COLUMN_BYTES]);
/* A column as it lies, to be read number by number: most are asked for once, few at all. */
struct column {
    size_t count, width; /* count 0: no column */
    uint64_t least, mask;
    uint8_t bytes[COLUMN_BYTES + 8]; /* eight are read for each number, also for the last */
};
/* Any bytes: at most BLOCK_ROWS numbers, none where they are no column. */
void column_take(struct sl_str bytes, struct column *out);
static inline uint64_t column_at(const struct column *c, size_t row)
{
    uint64_t number;
    memcpy(&number, c->bytes + COLUMN_HEAD + row * c->width, sizeof number);
    return c->least + (le64toh(number) & c->mask);
}
/* The row of block_columns. The first four columns are as old as blocks; that of TLS came later and lies
 * below zero. A block without it is of rows without TLS. */
static inline int64_t block_column_key(int64_t block, int column)
{
    if (column == FILTER_TLS)
        return -block;
    return block * 4 + (column == BLOCK_IDS ? 3 : column);
}

#endif
