/* list_table.h - from what lists say to categories, for one snapshot: the rows of struct list_table. A list
 * with exceptions cannot be turned into categories row by row, since a later row may take it back from some
 * of them only; such lists have bits of their own behind those of the categories, and lead to categories at
 * the end. */
#ifndef POLICY_LIST_TABLE_H
#define POLICY_LIST_TABLE_H

#include "policy/links.h"
#include "sluice/policy.h"

struct category_table {
    struct list_table table; /* words: those of categories, then except_words */
    struct links late;       /* from bits of the latter to categories */
    size_t category_words;
};
/* categories: by list. All zero when it is empty. */
struct category_table category_table_make(const struct list_provider *lists, const struct links *categories,
                                          size_t category_words);
void category_table_fini(struct category_table *t);

/* What a gather into scratch (t->table.words, zeroed) says, added to out. */
static inline void category_table_add(const struct category_table *t, const uint64_t *scratch, uint64_t *out)
{
    for (size_t i = 0; i < t->category_words; i++)
        out[i] |= scratch[i];
    links_add_all(&t->late, scratch + t->category_words, out);
}

#endif
