/* usage.h - what UT1 says of its categories, beside their entries: CATEGORY/usage ("black" or "white") and
 * global_usage (names and descriptions in several languages, of which we keep the English). Told to people;
 * what a list does is for the policy alone to say. */
#ifndef POLICY_LISTS_USAGE_H
#define POLICY_LISTS_USAGE_H

#include "sluice/lists.h"

enum { USAGE_MAX_BYTES = 256 * 1024, USAGE_MAX_TEXT = 500, USAGE_MAX_CATEGORIES = 4096 };
struct usage_table {
    struct usage {
        char *category; /* the last part of the folder's path */
        struct list_about about;
    } * items;
    size_t count, cap;
};

/* path is that of one of the two files. */
bool usage_is_about(const char *path);
void usage_read(struct usage_table *t, const char *path, struct sl_str content);
/* What is known of a category by its folder; good for list_about_fini in any case. */
struct list_about usage_of(const struct usage_table *t, const char *folder);
void usage_fini(struct usage_table *t);

#endif
