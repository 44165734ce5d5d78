/* cli.h - what every subcommand shares: its table row, its arguments, its settings, and the API it speaks to.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>

#include "sluice/settings.h"

enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_USAGE = 2 };

struct client;

struct cli {
    const struct command *command;
    char **argv;        /* as the program was started */
    const char *config; /* --config */
    bool config_given;
    bool json; /* --json */
    struct settings *settings;
    struct client *client; /* opened at first use, see client.h */
};

struct command {
    const char *name;
    const char *summary;                                /* one line for the list of commands */
    const char *help;                                   /* the whole manual of `sluice help NAME` */
    int (*run)(struct cli *cli, int argc, char **argv); /* argv[0] is the first argument after the name */
    bool no_settings;                                   /* runs without reading the settings file */
};

int cmd_serve(struct cli *cli, int argc, char **argv);
int cmd_check(struct cli *cli, int argc, char **argv);
int cmd_policy(struct cli *cli, int argc, char **argv);
int cmd_headers(struct cli *cli, int argc, char **argv);
int cmd_explain(struct cli *cli, int argc, char **argv);
int cmd_replay(struct cli *cli, int argc, char **argv);
int cmd_lists(struct cli *cli, int argc, char **argv);
int cmd_user(struct cli *cli, int argc, char **argv);
int cmd_admin(struct cli *cli, int argc, char **argv);
int cmd_ca(struct cli *cli, int argc, char **argv);
int cmd_audit(struct cli *cli, int argc, char **argv);
int cmd_quota(struct cli *cli, int argc, char **argv);
int cmd_inspect(struct cli *cli, int argc, char **argv);
int cmd_trace(struct cli *cli, int argc, char **argv);
int cmd_status(struct cli *cli, int argc, char **argv);
int cmd_reload(struct cli *cli, int argc, char **argv);
int cmd_upgrade(struct cli *cli, int argc, char **argv);

/* ---- args.c ---- */
struct cli_option {
    const char *name;   /* "--user" */
    const char **value; /* set to the value, also from --user=VALUE; NULL when the option is another */
    bool *flag;
    struct cli_values *values; /* may be given again and again */
};
struct cli_values {
    const char *items[64];
    size_t count;
};
/* Takes the options out of argv (in any place, until "--") and leaves the positional arguments; *argc is
 * their number. False after saying on stderr what is wrong: the caller returns EXIT_USAGE. Positionals have
 * to number from min to max. */
bool cli_args(struct cli *cli, const struct cli_option *options, size_t count, int *argc, char **argv,
              int min, int max);
int cli_usage(struct cli *cli, const char *fmt, ...)
    SL_PRINTF(2, 3);                                  /* says what is wrong and where help is; EXIT_USAGE */
int cli_failed(const char *fmt, ...) SL_PRINTF(1, 2); /* "sluice: ..." on stderr; EXIT_NO */
/* A password: without echo from the terminal, twice when `twice`; or the first line of stdin. On the heap;
 * NULL after saying why. */
char *cli_password(bool from_stdin, bool twice);

/* ---- print.c ---- */
void print_json(const json_t *value); /* indented, with a newline */
/* With control bytes escaped, and a newline. */
void print_line(FILE *to, const char *fmt, ...) SL_PRINTF(2, 3);
/* Prints rows of text in columns that fit; cells are heap texts that it frees. Control bytes are escaped. */
struct table {
    char **cells;
    size_t count, cap, columns;
};
void table_row(struct table *t, const char *const *cells);    /* t->columns texts; NULL is "" */
void table_print(struct table *t);                            /* the first row is the heading; also frees */
const char *json_text(const json_t *object, const char *key); /* "" when absent or no text */
/* Any scalar as text on the heap: numbers, true, texts; "-" for null. */
char *json_cell(const json_t *object, const char *key);
/* A list of the API: its items as JSON where that was asked for, else as a table of these members. */
void print_items(const struct cli *cli, const json_t *answer, const char *const *columns, size_t count);

#endif
