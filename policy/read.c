/* read.c - see read.h. */
#include "policy/read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/document.h"
#include "sluice/clock.h"

enum { TITLE_MAX = 500, NOTE_MAX = 10000, ID_MAX = 64, NAME_MAX_BYTES = 256 };

/* ---- the place ---- */

void read_fault(struct reader *r, const char *fmt, ...)
{
    char *message = NULL;
    va_list args;
    va_start(args, fmt);
    int n = vasprintf(&message, fmt, args);
    va_end(args);
    sl_assert(n >= 0);
    policy_faults_add(r->faults, r->at.n ? r->at.p : "", "%s", message);
    free(message);
}

/* RFC 6901: "~" is "~0", "/" is "~1". */
void read_pointer_add(struct sl_text *pointer, const char *key)
{
    sl_text_addc(pointer, '/');
    for (; *key; key++) {
        if (*key == '~' || *key == '/')
            sl_text_add(pointer, *key == '~' ? SL_STR("~0") : SL_STR("~1"));
        else
            sl_text_addc(pointer, *key);
    }
}

size_t read_enter(struct reader *r, const char *key)
{
    size_t mark = r->at.n;
    read_pointer_add(&r->at, key);
    return mark;
}

/* Of each of a hundred thousand hosts, so by hand. */
size_t read_enter_index(struct reader *r, size_t index)
{
    size_t mark = r->at.n;
    char digits[21];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + index % 10);
    while (index /= 10);
    digits[--at] = '/';
    sl_text_add(&r->at, sl_str(digits + at, sizeof digits - at));
    return mark;
}

void read_leave(struct reader *r, size_t mark)
{
    r->at.n = mark;
    if (r->at.p)
        r->at.p[mark] = '\0';
}

/* ---- values ---- */

static const char *type_word(const json_t *value)
{
    static const char *const words[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_STRING] = "a string",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a number",  [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null",
    };
    return words[json_typeof(value)];
}

bool read_is(struct reader *r, const json_t *value, json_type type, const char *what)
{
    if (json_typeof(value) == type)
        return true;
    read_fault(r, "is %s; must be %s", type_word(value), what);
    return false;
}

bool read_text(struct reader *r, const json_t *value, size_t max, struct sl_str *out)
{
    if (!read_is(r, value, JSON_STRING, "a string"))
        return false;
    struct sl_str text = read_str(value);
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c < 0x20 && c != '\n' && c != '\t') {
            read_fault(r, "has a control character (byte %zu)", i);
            return false;
        }
    }
    if (text.n > max) {
        read_fault(r, "has %zu bytes; at most %zu are allowed", text.n, max);
        return false;
    }
    *out = text;
    return true;
}

bool read_name(struct reader *r, const json_t *value, struct sl_str *out)
{
    struct sl_str text;
    if (!read_text(r, value, NAME_MAX_BYTES, &text))
        return false;
    if (text.n == 0) {
        read_fault(r, "is empty");
        return false;
    }
    *out = text;
    return true;
}

static bool is_id(struct sl_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!word && !(i > 0 && (c == '_' || c == '-')))
            return false;
    }
    return text.n > 0 && text.n <= ID_MAX;
}

bool read_id_text(struct reader *r, struct sl_str text)
{
    if (is_id(text))
        return true;
    read_fault(r, "'%.*s' is no id: use 1-%d of a-z 0-9 _ - and begin with a letter or digit",
               SL_FMT(sl_str_sub(text, 0, NAME_MAX_BYTES)), ID_MAX);
    return false;
}

bool read_id(struct reader *r, const json_t *value, struct sl_str *out)
{
    if (!read_is(r, value, JSON_STRING, "a string") || !read_id_text(r, read_str(value)))
        return false;
    *out = read_str(value);
    return true;
}

bool read_bool(struct reader *r, const json_t *value, bool *out)
{
    if (!json_is_boolean(value)) {
        read_fault(r, "is %s; must be true or false", type_word(value));
        return false;
    }
    *out = json_is_true(value);
    return true;
}

bool read_number(struct reader *r, const json_t *value, int64_t min, int64_t max, int64_t *out)
{
    if (!read_is(r, value, JSON_INTEGER, "a whole number"))
        return false;
    int64_t number = json_integer_value(value);
    if (number < min || number > max) {
        read_fault(r, "is %lld; must be %lld to %lld", (long long)number, (long long)min, (long long)max);
        return false;
    }
    *out = number;
    return true;
}

bool read_size(struct reader *r, const json_t *value, uint64_t *out)
{
    int64_t number;
    if (!json_is_string(value)) {
        if (!json_is_integer(value)) {
            read_fault(r, "is %s; must be a size such as \"100MiB\" or a number of bytes", type_word(value));
            return false;
        }
        if (!read_number(r, value, 1, INT64_MAX, &number))
            return false;
        *out = (uint64_t)number;
        return true;
    }
    uint64_t size;
    if (!sl_size_parse(read_str(value), &size) || size == 0 || size > INT64_MAX) {
        read_fault(r, "'%s' is no size above 0 such as 100MiB or 2GiB", json_string_value(value));
        return false;
    }
    *out = size;
    return true;
}

bool read_word(struct reader *r, const json_t *value, const char *const *words, int *out)
{
    if (!read_is(r, value, JSON_STRING, "a string"))
        return false;
    SL_CLEANUP(sl_text_fini) struct sl_text known = {0};
    for (int i = 0; words[i]; i++) {
        if (sl_str_eq(read_str(value), sl_cstr(words[i]))) {
            *out = i;
            return true;
        }
        sl_text_addf(&known, "%s%s", i ? ", " : "", words[i]);
    }
    read_fault(r, "'%s' is none of: %s", json_string_value(value), known.p);
    return false;
}

/* ---- objects and arrays ---- */

static const struct read_field *field_of(const struct read_shape *shape, const char *key)
{
    for (size_t i = 0; i < shape->count; i++)
        if (strcmp(shape->fields[i].key, key) == 0)
            return &shape->fields[i];
    return NULL;
}

/* Members that are in no row: title and note, which every object may have, or a mistake. */
static void read_other_member(struct reader *r, const struct read_shape *shape, const char *key,
                              const json_t *value)
{
    struct sl_str text;
    if (strcmp(key, "title") == 0)
        read_text(r, value, TITLE_MAX, &text);
    else if (strcmp(key, "note") == 0)
        read_text(r, value, NOTE_MAX, &text);
    else
        read_fault(r, "unknown key in %s", shape->help);
}

void read_object(struct reader *r, const json_t *value, const struct read_shape *shape, void *out)
{
    if (!read_is(r, value, JSON_OBJECT, "an object"))
        return;
    /* By row first, so that what others refer to is read before them, whatever the order in the text. */
    for (size_t i = 0; i < shape->count; i++) {
        const struct read_field *f = &shape->fields[i];
        const json_t *member = json_object_get(value, f->key);
        if (!member) {
            if (f->flags & READ_REQUIRED)
                read_fault(r, "'%s' is missing", f->key);
            continue;
        }
        size_t mark = read_enter(r, f->key);
        if (f->flags & READ_UNSUPPORTED)
            read_fault(r, "this version does not support '%s' yet; leave it out", f->key);
        else
            f->read(r, member, out);
        read_leave(r, mark);
    }
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member)
    {
        if (field_of(shape, key))
            continue;
        size_t mark = read_enter(r, key);
        read_other_member(r, shape, key, member);
        read_leave(r, mark);
    }
}

void read_array(struct reader *r, const json_t *value, size_t max,
                void (*each)(struct reader *r, const json_t *item, void *out), void *out)
{
    if (!read_is(r, value, JSON_ARRAY, "an array"))
        return;
    size_t count = json_array_size(value);
    if (count > max)
        read_fault(r, "has %zu elements; at most %zu are allowed", count, max);
    for (size_t i = 0; i < SL_MIN(count, max); i++) {
        size_t mark = read_enter_index(r, i);
        each(r, json_array_get(value, i), out);
        read_leave(r, mark);
    }
}

static void read_texts_item(struct reader *r, const json_t *item, void *out)
{
    struct texts *texts = out;
    if (read_name(r, item, &texts->items[texts->count]))
        texts->count++;
}

void read_texts(struct reader *r, const json_t *value, size_t max, struct texts *out)
{
    size_t count = SL_MIN(json_array_size(value), max);
    out->count = 0;
    out->items = sl_arena_zalloc(&r->doc->arena, SL_MAX(count, 1) * sizeof *out->items);
    read_array(r, value, max, read_texts_item, out);
}

struct sl_str read_title(const json_t *object)
{
    const json_t *title = json_object_get(object, "title");
    return json_is_string(title) ? read_str(title) : SL_STR("");
}
