/* read.h - reading JSON into structs with every fault found and its JSON pointer. An object is a table of
 * fields: one row is parser, check and schema. Readers never stop at a fault; what could not be read keeps
 * its zero or default. */
#ifndef POLICY_READ_H
#define POLICY_READ_H

#include "sluice/arena.h"
#include "sluice/policy.h"

struct document;

struct reader {
    struct policy_faults *faults;
    struct sl_text at; /* JSON pointer of the value being read */
    struct document *doc;
    const struct list_provider *lists; /* NULL: names of lists are not checked */
};

/* A list of texts in the document's arena; the bytes belong to the JSON. */
struct texts {
    struct sl_str *items;
    size_t count;
};

enum {
    READ_REQUIRED = 1 << 0,
    READ_UNSUPPORTED = 1 << 1 /* known by the interface, refused by this version */
};

struct read_field {
    const char *key;
    void (*read)(struct reader *r, const json_t *value, void *out); /* out is the struct of the object */
    const char *schema;                                             /* JSON text */
    unsigned flags;
};
struct read_shape {
    const char *name; /* in the schema's $defs */
    const char *help;
    const struct read_field *fields;
    size_t count;
};
#define READ_FIELDS(array) (array), SL_COUNT(array)

void read_fault(struct reader *r, const char *fmt, ...) SL_PRINTF(2, 3);
/* Adds "/key", escaped, to a JSON pointer. */
void read_pointer_add(struct sl_text *pointer, const char *key);
/* Going down into a member or an element; read_leave takes what they returned. */
size_t read_enter(struct reader *r, const char *key);
size_t read_enter_index(struct reader *r, size_t index);
void read_leave(struct reader *r, size_t mark);

/* Reads each member that is there; unknown and missing ones are faults. title and note are members of every
 * object. */
void read_object(struct reader *r, const json_t *value, const struct read_shape *shape, void *out);

/* False after a fault. */
bool read_is(struct reader *r, const json_t *value, json_type type, const char *what);
bool read_text(struct reader *r, const json_t *value, size_t max,
               struct sl_str *out);                                        /* without control characters */
bool read_name(struct reader *r, const json_t *value, struct sl_str *out); /* not empty, at most 256 bytes */
bool read_id(struct reader *r, const json_t *value, struct sl_str *out); /* [a-z0-9][a-z0-9_-]*, at most 64 */
bool read_id_text(struct reader *r, struct sl_str text);
bool read_bool(struct reader *r, const json_t *value, bool *out);
bool read_number(struct reader *r, const json_t *value, int64_t min, int64_t max, int64_t *out);
bool read_size(struct reader *r, const json_t *value, uint64_t *out); /* "2GiB" or bytes, above 0 */
bool read_word(struct reader *r, const json_t *value, const char *const *words,
               int *out); /* index of the word */
/* An array, each element handed to each() with the pointer set; at most max elements are read. */
void read_array(struct reader *r, const json_t *value, size_t max,
                void (*each)(struct reader *r, const json_t *item, void *out), void *out);
void read_texts(struct reader *r, const json_t *value, size_t max, struct texts *out); /* names */
/* "Title" members of the structs that show one. */
struct sl_str read_title(const json_t *object);

static inline struct sl_str read_str(const json_t *string)
{
    return sl_str(json_string_value(string), json_string_length(string));
}

#endif
