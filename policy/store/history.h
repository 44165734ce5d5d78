/* history.h - the copies that a list had, as rows: who brought each, when, what it changed, and the
 * normalised files in which it lies. The copy in use is one of them; at most one waits for approval. */
#ifndef POLICY_STORE_HISTORY_H
#define POLICY_STORE_HISTORY_H

#include "policy/store/shelf.h"
#include "policy/store/source.h"

/* One copy. Everything it points to is its own, on the heap, except action. */
struct list_copy {
    int64_t version, time_us, restores, bytes, entries, added, removed;
    const char *action;
    char *location;
    uint8_t content[32]; /* hash of the raw file */
    bool has_content;
    json_t *held; /* why it is not used; NULL: it is */
    struct shelf parts;
    char **files;   /* of each part, relative to the state directory */
    char **reports; /* of each part, JSON */
};

void list_copy_add(struct list_copy *c, struct store *s, const char *name, const char *file,
                   const uint8_t sha256[32], const char *report);
void list_copy_fini(struct list_copy *c);
/* SL_NOT_FOUND. Takes `lock`. */
bool list_copy_read(struct store *s, const char *source, int64_t version, struct list_copy *out,
                    struct sl_err *err);
/* The files of the copy are those of version `version`, under the same names. Takes `lock`. */
bool list_copy_is(struct store *s, const char *source, const struct list_copy *c, int64_t version);

/* ---- in the caller's transaction ---- */
bool history_write(struct store *s, const char *source, const struct list_copy *c, const struct actor *by,
                   struct sl_err *err);
/* No copy waits any more. */
bool history_drop_held(struct store *s, const char *source, struct sl_err *err);
/* Forgets the oldest versions beyond src->keep. */
bool history_prune(struct store *s, const struct source *src, struct sl_err *err);

/* The number of the copy that waits; 0: none. Takes `lock`. */
int64_t history_held(struct store *s, const char *source);

/* ---- under `lock` ---- */
/* The member "held" of a source; NULL: none waits. */
json_t *history_held_json(struct store *s, const char *source);
/* Sets "sha256" and "bytes" of the copy in use. */
void history_add_copy(struct store *s, const struct source *src, json_t *shown);

#endif
