/* shelf.h - all normalised list files together, and the catalogue compiled from them.
 *
 *     lists/<source>/<hash>         normalised, named by its content ('/' of a source's name is '~'), so that
 *                                   versions share what they have in common
 *     lists/<source>/new/           an import on its way
 *     lists/<source>/upload-<hash>  the raw file of a list that was uploaded
 *     catalogue/<key>.cat           compiled from those in use; the key is a hash of names and contents
 *
 * Files are only ever added; what the tables no longer name is removed by shelf_tidy. */
#ifndef POLICY_STORE_SHELF_H
#define POLICY_STORE_SHELF_H

#include "sluice/lists.h"

struct store;

struct shelf {
    struct catalogue_source *items; /* name and file are ours, on the heap */
    size_t count, cap;
};

void shelf_add(struct shelf *shelf, const char *name, const char *file, const uint8_t sha256[32]);
void shelf_fini(struct shelf *shelf);
/* NULL: it has none of this name. */
const struct catalogue_source *shelf_find(const struct shelf *shelf, const char *name);
/* The parts of one source that are in use. */
bool shelf_of(struct store *s, const char *source, struct shelf *out, struct sl_err *err);
/* All parts that are in use, without those of source `except` (NULL: with all). */
bool shelf_load(struct store *s, const char *except, struct shelf *out, struct sl_err *err);
/* The provider for it: opens the compiled file, or builds it when it is missing or bad; building checks that
 * the files are what the tables say. SL_CONFLICT when two lists have one name. out_key: its key, "" when
 * there is no list. */
bool shelf_open(struct store *s, struct shelf *shelf,
                void (*progress)(void *arg, uint64_t done, uint64_t total), void *progress_arg,
                struct list_provider **out, char out_key[65], struct sl_err *err);
/* Builds the catalogue in use again, in place of its file, which stays when that fails. */
bool shelf_build_again(struct store *s, struct list_provider **out, struct sl_err *err);
/* The normalised files of a source are there and what the tables say. */
bool shelf_intact(struct store *s, const char *source);
/* The lists that serve are those of the catalogue `key` from now on; the file of those before stays for one
 * more turn. Under lists_lock. */
void shelf_now(struct store *s, const char key[65]);
/* The normalised file of a list in use. On the heap; NULL: there is no such list. */
char *shelf_path_of(struct store *s, struct sl_str list);
/* "lists/ut1": folder of a source, relative to the state directory. On the heap. */
char *shelf_folder(const char *source);
/* "lists/ut1/0123...": a normalised file by its content. On the heap. */
char *shelf_file(const char *source, const uint8_t sha256[32]);
/* "lists/ut1/upload-0123456789abcdef": where the file with this hash is kept that was uploaded for the
 * source. On the heap. */
char *shelf_upload(const char *source, const uint8_t content[32]);
/* Removes folders of lists and compiled files that the tables do not name. Best effort: logs what it cannot.
 * Under lists_lock. */
void shelf_tidy(struct store *s);
/* Removes what downloads of an earlier life left. When the store is opened. */
void shelf_tidy_downloads(struct store *s);

#endif
