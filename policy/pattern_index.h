/* pattern_index.h - which patterns might match this URL? Literals that patterns require, found in one pass
 * over the text. Filled by add, then sealed and immutable; any thread. */
#ifndef POLICY_PATTERN_INDEX_H
#define POLICY_PATTERN_INDEX_H

#include "sluice/str.h"

struct pattern_index;

enum {
    PATTERN_INDEX_PADDING = 8
}; /* bytes behind a scanned text that may be read; their value does not matter */

struct pattern_index *pattern_index_new(void);
void pattern_index_free(struct pattern_index **index);
/* literal (lower case, at least 3 bytes) must outlive the index. */
void pattern_index_add(struct pattern_index *index, struct sl_str literal, uint32_t pattern);
void pattern_index_seal(struct pattern_index *index);
/* Sets the bit of each pattern one of whose literals stands in text, which is lower case and followed by
 * PATTERN_INDEX_PADDING bytes. */
void pattern_index_scan(const struct pattern_index *index, struct sl_str text, uint64_t *candidates);

#endif
