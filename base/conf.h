/* conf.h - settings as rows of one table: parser, range, default, `--print-config` and the manual come from
 * the same row. Knows no setting itself (base/settings.c has the rows) and nothing of the product. */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stdio.h>

#include "sluice/addr.h"
#include "sluice/err.h"
#include "sluice/str.h"

enum conf_type {
    CONF_BOOL,    /* bool: on|off|yes|no|true|false|1|0 */
    CONF_INT,     /* int64_t */
    CONF_SIZE,    /* uint64_t bytes: 64KiB */
    CONF_TIME,    /* int64_t milliseconds: 30s */
    CONF_TEXT,    /* char * on the heap, "" when empty */
    CONF_ENUM,    /* int: index into `choices` */
    CONF_LIST,    /* struct conf_texts: comma-separated */
    CONF_PARENTS, /* the same, of parent proxies; shown without their passwords */
    CONF_CIDRS,   /* struct conf_cidrs */
    CONF_PORTS,   /* struct conf_ports: 443, 1024-65535 */
    CONF_WORKERS  /* int: "auto" is 0, else 1..max */
};
struct conf_texts {
    char **items;
    size_t count;
};
struct conf_cidrs {
    struct sl_cidr *items;
    size_t count;
};
struct conf_ports {
    struct conf_port_range {
        uint16_t from, to;
    } * items;
    size_t count;
};

struct conf_row {
    const char *key; /* "proxy.timeout_head": section and key */
    enum conf_type type;
    size_t offset;                  /* of the field in the settings struct */
    const char *preset, *min, *max; /* default and range as text; NULL: no bound */
    const char *const *choices;     /* CONF_ENUM: NULL-terminated */
    const char *help;
    /* Checks a value beyond its type, each item of a list by itself; may be NULL. */
    bool (*check)(struct sl_str value, struct sl_err *err);
    bool next_start; /* a change counts at the next start only, not at a reload */
};

/* Every fault of a file, in order of appearance. */
struct conf_faults {
    struct conf_fault {
        char *text; /* "FILE:LINE: message" */
    } * items;
    size_t count;
};
void conf_faults_fini(struct conf_faults *faults);
/* Adds "name:line: message"; line 0 leaves the line out: a fault that spans several settings. */
void conf_fault_add(struct conf_faults *faults, const char *name, unsigned line, const char *fmt, ...)
    SL_PRINTF(4, 5);

/* Sets all fields of *settings to their presets (a preset that fails aborts). */
void conf_defaults(const struct conf_row *rows, size_t count, void *settings);
/* Reads an INI file over what is in *settings: unknown sections and keys, bad values, repeated keys, lines
 * that are neither are faults, each with file and line; all are collected. False when there was any;
 * *settings then has to be freed all the same. */
bool conf_load(const struct conf_row *rows, size_t count, const char *path, void *settings,
               struct conf_faults *faults);
/* The same from memory; name stands in the faults for the file. */
bool conf_load_text(const struct conf_row *rows, size_t count, const char *name, struct sl_str text,
                    void *settings, struct conf_faults *faults);
void conf_fini(const struct conf_row *rows, size_t count, void *settings);
/* The manual, and the file that would give these settings (secrets are the caller's to keep out). */
void conf_print_help(const struct conf_row *rows, size_t count, FILE *out);
void conf_print(const struct conf_row *rows, size_t count, const void *settings, FILE *out);
bool conf_ports_contain(const struct conf_ports *ports, uint16_t port);

#endif
