/* conf.c - see base/conf.h.
 *
 * inih splits the lines; it tells a handler neither the line's number nor that a line made no sense. We hand
 * it the text line by line (next_line), look at each line first, and so know where we are: faults of form are
 * found here, keys and values go to the rows. */
#include "base/conf.h"

#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/conf_value.h"
#include "base/fs.h"

enum { LONGEST_LINE = 4096, LARGEST_FILE = 1 << 20 };

struct loader {
    const struct conf_row *rows;
    size_t count;
    void *settings;
    struct conf_faults *faults;
    const char *name;
    struct sl_str rest;
    unsigned line;
    /* Keys below an unknown section are not worth a fault each. */
    enum { NO_SECTION, KNOWN_SECTION, UNKNOWN_SECTION } section;
    unsigned *seen_at; /* per row: the line that set it, 0 = none */
};

void conf_faults_fini(struct conf_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        free(faults->items[i].text);
    free(faults->items);
    *faults = (struct conf_faults){0};
}

void conf_fault_add(struct conf_faults *faults, const char *name, unsigned line, const char *fmt, ...)
{
    struct sl_text text = {0};
    char message[sizeof((struct sl_err *)0)->msg + 64];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    if (line)
        sl_text_addf(&text, "%s:%u: %s", name, line, message);
    else
        sl_text_addf(&text, "%s: %s", name, message);
    faults->items = sl_reallocarray(faults->items, faults->count + 1, sizeof *faults->items);
    faults->items[faults->count++].text = text.p;
}

static const struct conf_row *row_of(const struct loader *l, struct sl_str section, struct sl_str key)
{
    for (size_t i = 0; i < l->count; i++) {
        struct sl_str full = sl_cstr(l->rows[i].key);
        if (full.n == section.n + 1 + key.n && full.p[section.n] == '.' && sl_str_starts(full, section) &&
            sl_str_ends(full, key))
            return &l->rows[i];
    }
    return NULL;
}

static bool section_known(const struct loader *l, struct sl_str section)
{
    for (size_t i = 0; i < l->count; i++)
        if (sl_str_eq(sl_str_sub(sl_cstr(l->rows[i].key), 0, sl_str_find(sl_cstr(l->rows[i].key), '.')),
                      section))
            return true;
    return false;
}

/* Called by inih for each "key = value". */
static int on_pair(void *user, const char *section, const char *key, const char *value)
{
    struct loader *l = user;
    struct sl_err err = {0};
    if (l->section != KNOWN_SECTION)
        return 1;
    const struct conf_row *row = row_of(l, sl_cstr(section), sl_cstr(key));
    if (!row) {
        conf_fault_add(l->faults, l->name, l->line,
                       "unknown setting '%.80s' in [%s]; `sluice help settings` lists all", key, section);
        return 1;
    }
    unsigned *seen_at = &l->seen_at[row - l->rows];
    if (*seen_at) {
        conf_fault_add(l->faults, l->name, l->line, "%s is set twice, first in line %u", row->key, *seen_at);
        return 1;
    }
    *seen_at = l->line;
    if (!conf_value_set(row, sl_cstr(value), l->settings, &err))
        conf_fault_add(l->faults, l->name, l->line, "%s: %s", row->key, err.msg);
    return 1;
}

/* "[name]", perhaps with a comment behind. */
static void look_at_section(struct loader *l, struct sl_str line)
{
    size_t end = sl_str_find(line, ']');
    struct sl_str name = sl_str_sub(line, 1, end - 1),
                  behind = sl_str_trim(sl_str_sub(line, end + 1, SIZE_MAX));
    l->section = UNKNOWN_SECTION;
    if (end == line.n)
        conf_fault_add(l->faults, l->name, l->line, "a section is written [name]; the ] is missing");
    else if (behind.n && *behind.p != ';' && *behind.p != '#')
        conf_fault_add(l->faults, l->name, l->line,
                       "text behind the section's ]; a setting needs a line of its own");
    else if (!section_known(l, name))
        conf_fault_add(l->faults, l->name, l->line, "unknown section [%.*s]", (int)SL_MIN(name.n, (size_t)80),
                       name.p);
    else
        l->section = KNOWN_SECTION;
}

/* inih's rule: a ; behind a blank begins a comment. */
static struct sl_str without_comment(struct sl_str text)
{
    for (size_t i = 1; i < text.n; i++)
        if (text.p[i] == ';' && (text.p[i - 1] == ' ' || text.p[i - 1] == '\t'))
            return sl_str_trim(sl_str_sub(text, 0, i));
    return text;
}

/* Tells faults of form. True when inih may see the line. */
static bool look_at_line(struct loader *l, struct sl_str line)
{
    for (size_t i = 0; i < line.n; i++)
        if (((unsigned char)line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7f) {
            conf_fault_add(l->faults, l->name, l->line, "control byte 0x%02x in column %zu",
                           (unsigned char)line.p[i], i + 1);
            return false;
        }
    if (line.n > LONGEST_LINE) {
        conf_fault_add(l->faults, l->name, l->line, "line of %zu bytes; the longest is %d", line.n,
                       LONGEST_LINE);
        return false;
    }
    struct sl_str text = sl_str_trim(line);
    if (text.n == 0 || *text.p == ';' || *text.p == '#')
        return false;
    if (*text.p == '[') {
        look_at_section(l, text);
        return true;
    }
    text = without_comment(text);
    size_t sign = SL_MIN(sl_str_find(text, '='), sl_str_find(text, ':'));
    if (sign == text.n || sign == 0)
        conf_fault_add(l->faults, l->name, l->line, "neither [section], `key = value` nor a comment: '%.*s'",
                       (int)SL_MIN(text.n, (size_t)80), text.p);
    else if (sl_str_find(text, '=') != sign)
        conf_fault_add(l->faults, l->name, l->line,
                       "a setting is written `key = value`, with = before any :");
    else if (sl_str_starts(sl_str_sub(text, sign + 1, SIZE_MAX), SL_STR(";")))
        conf_fault_add(l->faults, l->name, l->line, "a comment needs a blank before its ;");
    else if (l->section == NO_SECTION)
        conf_fault_add(l->faults, l->name, l->line, "a setting stands before the first [section]");
    else
        return true;
    return false;
}

/* Stands in for fgets: the next line that inih may see. A line that it may not see would be an empty one. */
static char *next_line(char *out, int room, void *stream)
{
    struct loader *l = stream;
    struct sl_str line;
    if (l->rest.n == 0 || !sl_str_split(&l->rest, '\n', &line))
        return NULL;
    l->line++;
    if (l->line == 1 && sl_str_starts(line, SL_STR("\xef\xbb\xbf")))
        line = sl_str_sub(line, 3, SIZE_MAX);
    if (sl_str_ends(line, SL_STR("\r")))
        line.n--;
    if (!look_at_line(l, line))
        line.n = 0;
    sl_assert(line.n < (size_t)room);
    if (line.n)
        memcpy(out, line.p, line.n);
    out[line.n] = '\0';
    return out;
}

bool conf_load_text(const struct conf_row *rows, size_t count, const char *name, struct sl_str text,
                    void *settings, struct conf_faults *faults)
{
    struct loader l = {
        .rows = rows, .count = count, .settings = settings, .faults = faults, .name = name, .rest = text};
    SL_CLEANUP(sl_freep) unsigned *seen_at = sl_calloc(count, sizeof *seen_at);
    size_t before = faults->count;
    l.seen_at = seen_at;
    /* inih's knobs are global. Always these values: settings are read by one thread, and nobody else uses
     * inih. */
    ini_max_line = LONGEST_LINE + 2;
    ini_allow_multiline = false;
    ini_stop_on_first_error = false;
    int line = ini_parse_stream(next_line, &l, on_pair, &l);
    if (line != 0 && faults->count == before) /* it saw something that look_at_line did not */
        conf_fault_add(faults, name, line > 0 ? (unsigned)line : 0, "not understood");
    return faults->count == before;
}

bool conf_load(const struct conf_row *rows, size_t count, const char *path, void *settings,
               struct conf_faults *faults)
{
    SL_CLEANUP(sl_freep) char *text = NULL;
    size_t n;
    struct sl_err err = {0};
    if (!fs_read(path, LARGEST_FILE, &text, &n, &err)) {
        conf_fault_add(faults, path, 0, "%s", err.msg);
        return false;
    }
    return conf_load_text(rows, count, path, sl_str(text, n), settings, faults);
}

void conf_defaults(const struct conf_row *rows, size_t count, void *settings)
{
    for (size_t i = 0; i < count; i++) {
        struct sl_err err = {0};
        conf_value_init(&rows[i], settings);
        if (!conf_value_set(&rows[i], sl_cstr(rows[i].preset), settings, &err)) {
            fprintf(stderr, "sluice: preset of %s: %s\n", rows[i].key, err.msg);
            abort();
        }
    }
}

void conf_fini(const struct conf_row *rows, size_t count, void *settings)
{
    for (size_t i = 0; i < count; i++)
        conf_value_fini(&rows[i], settings);
}

/* Prints "[section]" when the row begins another one than the row before. */
static const char *start_row(const struct conf_row *rows, size_t i, FILE *out)
{
    const char *key = rows[i].key, *dot = strchr(key, '.');
    size_t n = (size_t)(dot - key) + 1;
    if (i == 0 || strncmp(rows[i - 1].key, key, n) != 0)
        fprintf(out, "%s[%.*s]\n", i ? "\n" : "", (int)n - 1, key);
    return dot + 1;
}

void conf_print_help(const struct conf_row *rows, size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        SL_CLEANUP(sl_freep) char *form = conf_value_form(&rows[i]);
        const char *key = start_row(rows, i, out);
        fprintf(out, "%s = %s\n    %s\n    (%s%s)\n", key, rows[i].preset, rows[i].help, form,
                rows[i].next_start ? "; counts at the next start" : "");
    }
}

void conf_print(const struct conf_row *rows, size_t count, const void *settings, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        SL_CLEANUP(sl_freep) char *value = conf_value_text(&rows[i], settings);
        const char *key = start_row(rows, i, out);
        fprintf(out, "%s =%s%s\n", key, *value ? " " : "", value);
    }
}
