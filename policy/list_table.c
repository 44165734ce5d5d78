/* list_table.c - see list_table.h. */
#include "policy/list_table.h"

#include <stdlib.h>
#include <string.h>

#include "policy/bits.h"

/* The lists of one row, as the provider tells them. */
struct row {
    size_t words;
    uint64_t *holds, *excepts;
};

static void read_row(const struct list_provider *lists, size_t index, struct row *row)
{
    memset(row->holds, 0, row->words * sizeof *row->holds);
    memset(row->excepts, 0, row->words * sizeof *row->excepts);
    lists->row(lists, index, row->holds, row->excepts);
}

/* Numbers the lists with exceptions from 1 and pairs them with their categories. */
static size_t number_late(const struct list_provider *lists, const struct links *categories, struct row *row,
                          uint32_t *late, struct link_pairs *pairs)
{
    size_t count = 0, most = lists->count;
    for (size_t i = 0; i < lists->rows; i++) {
        read_row(lists, i, row);
        for (size_t list = bit_next(row->excepts, most, 0); list < most;
             list = bit_next(row->excepts, most, list + 1))
            if (late[list] == 0 && categories->first[list] < categories->first[list + 1])
                late[list] = (uint32_t)++count;
    }
    for (size_t list = 0; list < most; list++)
        for (uint32_t i = categories->first[list]; late[list] > 0 && i < categories->first[list + 1]; i++)
            links_pair(pairs, late[list] - 1, categories->to[i]);
    return count;
}

static void fill_row(const struct category_table *t, const struct links *categories, const struct row *row,
                     const uint32_t *late, uint64_t *out)
{
    size_t most = categories->count;
    for (size_t list = bit_next(row->holds, most, 0); list < most;
         list = bit_next(row->holds, most, list + 1))
        if (late[list] == 0)
            links_add(categories, list, out);
        else
            bit_set(out + t->category_words, late[list] - 1);
    for (size_t list = bit_next(row->excepts, most, 0); list < most;
         list = bit_next(row->excepts, most, list + 1))
        if (late[list] > 0)
            bit_set(out + t->table.words, late[list] - 1);
}

struct category_table category_table_make(const struct list_provider *lists, const struct links *categories,
                                          size_t category_words)
{
    struct category_table t = {.category_words = category_words};
    if (categories->count == 0)
        return t;
    struct row row = {.words = words_for(lists->count)};
    struct link_pairs pairs = {0};
    row.holds = sl_calloc(row.words, sizeof *row.holds);
    row.excepts = sl_calloc(row.words, sizeof *row.excepts);
    uint32_t *late = sl_calloc(lists->count, sizeof *late);
    size_t late_count = number_late(lists, categories, &row, late, &pairs);
    t.late = links_make(&pairs, late_count);
    t.table.except_words = words_for(late_count);
    t.table.words = category_words + t.table.except_words;
    size_t stride = t.table.words + t.table.except_words;
    t.table.rows = sl_calloc(lists->rows * stride, sizeof *t.table.rows);
    for (size_t i = 0; i < lists->rows; i++) {
        read_row(lists, i, &row);
        fill_row(&t, categories, &row, late, t.table.rows + i * stride);
    }
    free(row.holds);
    free(row.excepts);
    free(late);
    return t;
}

void category_table_fini(struct category_table *t)
{
    free(t->table.rows);
    links_fini(&t->late);
    *t = (struct category_table){0};
}
