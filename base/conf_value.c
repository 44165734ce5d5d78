/* conf_value.c - see base/conf_value.h. */
#include "base/conf_value.h"

#include <stdlib.h>

#include "base/parent.h"
#include "sluice/clock.h"

static void *field_of(const struct conf_row *row, const void *settings)
{
    return (char *)settings + row->offset;
}

static size_t field_size(enum conf_type type)
{
    static const size_t sizes[] = {
        [CONF_BOOL] = sizeof(bool),
        [CONF_INT] = sizeof(int64_t),
        [CONF_SIZE] = sizeof(uint64_t),
        [CONF_TIME] = sizeof(int64_t),
        [CONF_TEXT] = sizeof(char *),
        [CONF_ENUM] = sizeof(int),
        [CONF_LIST] = sizeof(struct conf_texts),
        [CONF_PARENTS] = sizeof(struct conf_texts),
        [CONF_CIDRS] = sizeof(struct conf_cidrs),
        [CONF_PORTS] = sizeof(struct conf_ports),
        [CONF_WORKERS] = sizeof(int),
    };
    sl_assert((size_t)type < SL_COUNT(sizes));
    return sizes[type];
}

static bool is_texts(enum conf_type type)
{
    return type == CONF_LIST || type == CONF_PARENTS;
}

void conf_value_init(const struct conf_row *row, void *settings)
{
    memset(field_of(row, settings), 0, field_size(row->type));
}

void conf_value_fini(const struct conf_row *row, void *settings)
{
    void *field = field_of(row, settings);
    if (row->type == CONF_TEXT) {
        free(*(char **)field);
    } else if (is_texts(row->type)) {
        struct conf_texts *list = field;
        for (size_t i = 0; i < list->count; i++)
            free(list->items[i]);
        free(list->items);
    } else if (row->type == CONF_CIDRS) {
        free(((struct conf_cidrs *)field)->items);
    } else if (row->type == CONF_PORTS) {
        free(((struct conf_ports *)field)->items);
    }
    conf_value_init(row, settings);
}

/* The numeric types as one number, so that ranges are compared in one place. */
static bool parse_number(enum conf_type type, struct sl_str text, int64_t *out, struct sl_err *err)
{
    uint64_t number;
    switch (type) {
    case CONF_TIME:
        return sl_duration_parse(text, out) ||
               sl_fail(err, SL_BAD_INPUT, "'%.*s' is not a time; write 500ms, 30s, 5m, 24h or 90d",
                       SL_FMT(text));
    case CONF_SIZE:
        if (!sl_size_parse(text, &number) || number > INT64_MAX)
            return sl_fail(err, SL_BAD_INPUT, "'%.*s' is not a size; write 4096, 64KiB or 2GiB",
                           SL_FMT(text));
        break;
    case CONF_WORKERS:
        if (sl_str_eq(text, SL_STR("auto"))) {
            *out = 0;
            return true;
        }
        if (!sl_str_u64(text, INT32_MAX, &number) || number == 0)
            return sl_fail(err, SL_BAD_INPUT, "'%.*s' is not a number of threads; write auto or 1 and more",
                           SL_FMT(text));
        break;
    default:
        if (!sl_str_u64(text, INT64_MAX, &number))
            return sl_fail(err, SL_BAD_INPUT, "'%.*s' is not a whole number", SL_FMT(text));
    }
    *out = (int64_t)number;
    return true;
}

static bool set_number(const struct conf_row *row, struct sl_str text, void *field, struct sl_err *err)
{
    int64_t value = 0, bound = 0;
    if (!parse_number(row->type, text, &value, err))
        return false;
    bool bounded = row->type != CONF_WORKERS || value != 0; /* auto is beside the range */
    if (bounded && row->min && parse_number(row->type, sl_cstr(row->min), &bound, NULL) && value < bound)
        return sl_fail(err, SL_BAD_INPUT, "'%.*s' is too small; the least is %s", SL_FMT(text), row->min);
    if (bounded && row->max && parse_number(row->type, sl_cstr(row->max), &bound, NULL) && value > bound)
        return sl_fail(err, SL_BAD_INPUT, "'%.*s' is too large; the most is %s", SL_FMT(text), row->max);
    if (row->type == CONF_WORKERS)
        *(int *)field = (int)value;
    else if (row->type == CONF_SIZE)
        *(uint64_t *)field = (uint64_t)value;
    else
        *(int64_t *)field = value;
    return true;
}

static bool set_bool(struct sl_str text, bool *out, struct sl_err *err)
{
    static const char *const words[][4] = {{"off", "no", "false", "0"}, {"on", "yes", "true", "1"}};
    for (int value = 0; value < 2; value++)
        for (size_t i = 0; i < SL_COUNT(words[value]); i++)
            if (sl_str_ieq(text, sl_cstr(words[value][i]))) {
                *out = value;
                return true;
            }
    return sl_fail(err, SL_BAD_INPUT, "'%.*s' is neither on nor off", SL_FMT(text));
}

/* "a, b or c" on the heap. */
static char *choices_text(const struct conf_row *row)
{
    struct sl_text text = {0};
    for (size_t i = 0; row->choices[i]; i++)
        sl_text_addf(&text, "%s%s", i == 0 ? "" : row->choices[i + 1] ? ", " : " or ", row->choices[i]);
    return text.p;
}

static bool set_enum(const struct conf_row *row, struct sl_str text, int *out, struct sl_err *err)
{
    for (int i = 0; row->choices[i]; i++)
        if (sl_str_eq(text, sl_cstr(row->choices[i]))) {
            *out = i;
            return true;
        }
    SL_CLEANUP(sl_freep) char *choices = choices_text(row);
    return sl_fail(err, SL_BAD_INPUT, "'%.*s' is unknown; write %s", SL_FMT(text), choices);
}

/* Takes the next item off a comma-separated text. */
static bool next_item(struct sl_str *rest, struct sl_str *out)
{
    if (!sl_str_split(rest, ',', out))
        return false;
    *out = sl_str_trim(*out);
    return true;
}

static bool parse_port_range(struct sl_str text, struct conf_port_range *out, struct sl_err *err)
{
    size_t dash = sl_str_find(text, '-');
    struct sl_str first = sl_str_trim(sl_str_sub(text, 0, dash)),
                  last = sl_str_trim(sl_str_sub(text, dash + 1, SIZE_MAX));
    uint64_t from = 0, to = 0;
    if (!sl_str_u64(first, 65535, &from) || (dash < text.n && !sl_str_u64(last, 65535, &to)))
        return sl_fail(err, SL_BAD_INPUT, "'%.*s' is not a port; write 443 or 1024-65535", SL_FMT(text));
    if (dash == text.n)
        to = from;
    if (from == 0 || from > to)
        return sl_fail(err, SL_BAD_INPUT, "'%.*s' is not a range of ports from 1 to 65535", SL_FMT(text));
    *out = (struct conf_port_range){.from = (uint16_t)from, .to = (uint16_t)to};
    return true;
}

/* Appends one item to the list that is being made in `field`. */
static bool add_item(const struct conf_row *row, struct sl_str item, void *field, struct sl_err *err)
{
    if (item.n == 0)
        return sl_fail(err, SL_BAD_INPUT, "an item between two commas is empty");
    if (row->check && !row->check(item, err))
        return false;
    if (row->type == CONF_CIDRS) {
        struct conf_cidrs *list = field;
        list->items = sl_reallocarray(list->items, list->count + 1, sizeof *list->items);
        bool ok = sl_cidr_parse(item, &list->items[list->count], err);
        list->count += ok;
        return ok;
    }
    if (row->type == CONF_PORTS) {
        struct conf_ports *list = field;
        list->items = sl_reallocarray(list->items, list->count + 1, sizeof *list->items);
        bool ok = parse_port_range(item, &list->items[list->count], err);
        list->count += ok;
        return ok;
    }
    struct conf_texts *list = field;
    list->items = sl_reallocarray(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = sl_str_dup(item);
    return true;
}

union any_list {
    struct conf_texts texts;
    struct conf_cidrs cidrs;
    struct conf_ports ports;
};

static bool set_list(const struct conf_row *row, struct sl_str text, void *settings, struct sl_err *err)
{
    union any_list list;
    struct conf_row local = *row; /* the same row, of our own union instead of *settings */
    struct sl_str item;
    local.offset = 0;
    conf_value_init(&local, &list);
    if (text.n == 0) /* no items; splitting would find an empty one */
        text.p = NULL;
    while (next_item(&text, &item))
        if (!add_item(&local, item, &list, err)) {
            conf_value_fini(&local, &list);
            return false;
        }
    conf_value_fini(row, settings);
    memcpy(field_of(row, settings), &list, field_size(row->type));
    return true;
}

bool conf_value_set(const struct conf_row *row, struct sl_str text, void *settings, struct sl_err *err)
{
    void *field = field_of(row, settings);
    text = sl_str_trim(text);
    if (is_texts(row->type) || row->type == CONF_CIDRS || row->type == CONF_PORTS)
        return set_list(row, text, settings, err);
    if (row->check && !row->check(text, err))
        return false;
    switch (row->type) {
    case CONF_BOOL:
        return set_bool(text, field, err);
    case CONF_ENUM:
        return set_enum(row, text, field, err);
    case CONF_TEXT:
        free(*(char **)field);
        *(char **)field = sl_str_dup(text);
        return true;
    default:
        return set_number(row, text, field, err);
    }
}

static void add_masked(struct sl_text *out, const char *parent)
{
    SL_CLEANUP(sl_freep) char *shown = sl_strdup(parent);
    parent_mask(shown);
    sl_text_addf(out, "%s", shown);
}

static void add_list_text(const struct conf_row *row, const void *field, struct sl_text *out)
{
    const struct conf_texts *texts = field;
    const struct conf_cidrs *cidrs = field;
    const struct conf_ports *ports = field;
    size_t count = is_texts(row->type) ? texts->count : row->type == CONF_CIDRS ? cidrs->count : ports->count;
    for (size_t i = 0; i < count; i++) {
        char cidr[SL_ENDPOINT_TEXT];
        sl_text_addf(out, "%s", i ? ", " : "");
        if (row->type == CONF_LIST)
            sl_text_addf(out, "%s", texts->items[i]);
        else if (row->type == CONF_PARENTS)
            add_masked(out, texts->items[i]);
        else if (row->type == CONF_CIDRS)
            sl_text_addf(out, "%s", sl_cidr_text(cidrs->items[i], cidr));
        else if (ports->items[i].from == ports->items[i].to)
            sl_text_addf(out, "%u", ports->items[i].from);
        else
            sl_text_addf(out, "%u-%u", ports->items[i].from, ports->items[i].to);
    }
}

char *conf_value_text(const struct conf_row *row, const void *settings)
{
    const void *field = field_of(row, settings);
    struct sl_text text = {0};
    char number[SL_RFC3339_TEXT];
    sl_text_add(&text, SL_STR(""));
    switch (row->type) {
    case CONF_BOOL:
        sl_text_addf(&text, "%s", *(const bool *)field ? "on" : "off");
        break;
    case CONF_INT:
        sl_text_addf(&text, "%lld", (long long)*(const int64_t *)field);
        break;
    case CONF_SIZE:
        sl_text_addf(&text, "%s", sl_size_text(*(const uint64_t *)field, number));
        break;
    case CONF_TIME:
        sl_text_addf(&text, "%s", sl_duration_text(*(const int64_t *)field, number));
        break;
    case CONF_TEXT:
        sl_text_addf(&text, "%s", *(char *const *)field ? *(char *const *)field : "");
        break;
    case CONF_ENUM:
        sl_text_addf(&text, "%s", row->choices[*(const int *)field]);
        break;
    case CONF_WORKERS:
        if (*(const int *)field == 0)
            sl_text_addf(&text, "auto");
        else
            sl_text_addf(&text, "%d", *(const int *)field);
        break;
    default:
        add_list_text(row, field, &text);
    }
    return text.p;
}

char *conf_value_form(const struct conf_row *row)
{
    static const char *const words[] = {
        [CONF_BOOL] = "on or off",
        [CONF_INT] = "number",
        [CONF_SIZE] = "size",
        [CONF_TIME] = "time",
        [CONF_TEXT] = "text",
        [CONF_LIST] = "list",
        [CONF_PARENTS] = "list",
        [CONF_CIDRS] = "list of networks",
        [CONF_PORTS] = "list of ports and ranges",
        [CONF_WORKERS] = "auto or a number",
    };
    if (row->type == CONF_ENUM)
        return choices_text(row);
    struct sl_text text = {0};
    sl_text_addf(&text, "%s", words[row->type]);
    if (row->min && row->max)
        sl_text_addf(&text, " from %s to %s", row->min, row->max);
    else if (row->min)
        sl_text_addf(&text, ", at least %s", row->min);
    else if (row->max)
        sl_text_addf(&text, ", at most %s", row->max);
    return text.p;
}

bool conf_ports_contain(const struct conf_ports *ports, uint16_t port)
{
    for (size_t i = 0; i < ports->count; i++)
        if (port >= ports->items[i].from && port <= ports->items[i].to)
            return true;
    return false;
}
