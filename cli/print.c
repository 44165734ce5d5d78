/* print.c - JSON and tables on standard output. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "sluice/str.h"

void print_json(const json_t *value)
{
    json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
    fputc('\n', stdout);
}

/* Logged texts are hostile: a terminal must not take orders from them. */
static char *printable(const char *text)
{
    struct sl_text out = {0};
    sl_text_add(&out, SL_STR(""));
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p < 0x20 || *p == 0x7f)
            sl_text_addf(&out, "\\x%02x", *p);
        else
            sl_text_addc(&out, (char)*p);
    }
    return out.p ? out.p : sl_strdup("");
}

void print_line(FILE *to, const char *fmt, ...)
{
    va_list args;
    char *text = NULL;
    va_start(args, fmt);
    sl_assert(vasprintf(&text, fmt, args) >= 0);
    va_end(args);
    char *safe = printable(text);
    fprintf(to, "%s\n", safe);
    free(safe);
    free(text);
}

void table_row(struct table *t, const char *const *cells)
{
    for (size_t i = 0; i < t->columns; i++) {
        SL_GROW(t->cells, t->count, &t->cap);
        t->cells[t->count++] = printable(cells[i] ? cells[i] : "");
    }
}

/* Columns on a terminal: bytes that begin a UTF-8 character. */
static size_t width(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

void table_print(struct table *t)
{
    size_t *widths = sl_calloc(t->columns ? t->columns : 1, sizeof *widths);
    for (size_t i = 0; i < t->count; i++)
        widths[i % t->columns] = SL_MAX(widths[i % t->columns], width(t->cells[i]));
    for (size_t i = 0; i < t->count; i++) {
        bool last = i % t->columns == t->columns - 1;
        fputs(t->cells[i], stdout);
        if (!last)
            printf("%*s", (int)(widths[i % t->columns] - width(t->cells[i]) + 2), "");
        else
            fputc('\n', stdout);
        free(t->cells[i]);
    }
    free(widths);
    free(t->cells);
    *t = (struct table){.columns = t->columns};
}

const char *json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

char *json_cell(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL || json_is_null(value))
        return sl_strdup("-");
    if (json_is_string(value))
        return sl_strdup(json_string_value(value));
    return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
}

void print_items(const struct cli *cli, const json_t *answer, const char *const *columns, size_t count)
{
    struct table t = {.columns = count};
    const json_t *item, *items = json_object_get(answer, "items");
    size_t i;
    if (cli->json) {
        print_json(items);
        return;
    }
    table_row(&t, columns);
    json_array_foreach(items, i, item)
    {
        char **cells = sl_reallocarray(NULL, count, sizeof *cells);
        for (size_t k = 0; k < count; k++)
            cells[k] = json_cell(item, columns[k]);
        table_row(&t, (const char *const *)cells);
        for (size_t k = 0; k < count; k++)
            free(cells[k]);
        free(cells);
    }
    table_print(&t);
}
