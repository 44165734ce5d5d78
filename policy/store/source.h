/* source.h - one list source as a row of the tables. Sources of lists are few (tens), so everything here
 * reads whole rows. */
#ifndef POLICY_STORE_SOURCE_H
#define POLICY_STORE_SOURCE_H

#include "sluice/store.h"

struct source {
    char *name, *location, *format, *detected, *etag, *last_modified, *last_error;
    char *upload;   /* the file we keep of an uploaded list, relative to the state directory; "": none */
    char *incoming; /* the same before it was taken in, absolute; in no row */
    bool is_url;
    int64_t every_ms, generation, entries, bytes, updated_us, checked_us, next_us, failures, error_us;
    uint8_t content[32]; /* hash of what was imported last */
    bool has_content;
};

/* [a-z0-9][a-z0-9._-]*, once more behind one '/'. what: "list" or "part" in the message. */
bool source_check_name(struct sl_str name, bool slash_allowed, const char *what, struct sl_err *err);
/* A row as the administrator asks for it: checks name, format, location and interval; a path becomes
 * absolute. */
bool source_from_spec(const struct list_source_spec *spec, struct source *out, struct sl_err *err);
void source_fini(struct source *src);

/* Takes `lock`. SL_NOT_FOUND. */
bool source_read(struct store *s, struct sl_str name, struct source *out, struct sl_err *err);
/* In the caller's transaction. */
bool source_write(struct store *s, const struct source *src, struct sl_err *err);
/* The object of store_list_show. Under `lock`. */
json_t *source_json(struct store *s, const struct source *src);
/* What the change log keeps of it. */
json_t *source_summary(const struct source *src);
/* Reads every source; the count may be 0. Takes `lock`. */
bool sources_read(struct store *s, struct source **out, size_t *out_count, struct sl_err *err);
void sources_free(struct source **sources, size_t count);

#endif
