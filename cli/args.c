/* args.c - options anywhere, positionals in order, passwords without echo. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

int cli_usage(struct cli *cli, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs("sluice: ", stderr);
    vfprintf(stderr, fmt, args);
    va_end(args);
    if (cli->command)
        fprintf(stderr, "; see: sluice help %s\n", cli->command->name);
    else
        fputs("; see: sluice help\n", stderr);
    return EXIT_USAGE;
}

int cli_failed(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs("sluice: ", stderr);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    return EXIT_NO;
}

/* The option that arg names, and where its "=VALUE" begins (NULL: none). */
static const struct cli_option *find_option(const struct cli_option *options, size_t count, const char *arg,
                                            const char **value)
{
    size_t len = strcspn(arg, "=");
    *value = arg[len] ? arg + len + 1 : NULL;
    for (size_t i = 0; i < count; i++)
        if (strlen(options[i].name) == len && memcmp(options[i].name, arg, len) == 0)
            return &options[i];
    return NULL;
}

bool cli_args(struct cli *cli, const struct cli_option *options, size_t count, int *argc, char **argv,
              int min, int max)
{
    int kept = 0;
    bool only_positionals = false;
    for (int i = 0; i < *argc; i++) {
        const char *value;
        if (only_positionals || argv[i][0] != '-' || argv[i][1] == '\0') {
            argv[kept++] = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            only_positionals = true;
            continue;
        }
        const struct cli_option *option = find_option(options, count, argv[i], &value);
        if (option == NULL) {
            cli_usage(cli, "unknown option %s", argv[i]);
            return false;
        }
        if (option->flag) {
            if (value) {
                cli_usage(cli, "%s takes no value", option->name);
                return false;
            }
            *option->flag = true;
            continue;
        }
        if (value == NULL && i + 1 == *argc) {
            cli_usage(cli, "%s needs a value", option->name);
            return false;
        }
        value = value ? value : argv[++i];
        if (!option->values) {
            *option->value = value;
        } else if (option->values->count < SL_COUNT(option->values->items)) {
            option->values->items[option->values->count++] = value;
        } else {
            cli_usage(cli, "%s is given too often", option->name);
            return false;
        }
    }
    *argc = kept;
    if (kept < min || kept > max) {
        cli_usage(cli, kept < min ? "something is missing" : "too many arguments");
        return false;
    }
    return true;
}

static char *read_line(FILE *in)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n = getline(&line, &cap, in);
    if (n < 0) {
        free(line);
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

static char *ask(const char *prompt)
{
    struct termios old, quiet;
    if (tcgetattr(STDIN_FILENO, &old) != 0)
        return NULL;
    quiet = old;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    fputs(prompt, stderr);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    char *line = read_line(stdin);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
    fputc('\n', stderr);
    return line;
}

char *cli_password(bool from_stdin, bool twice)
{
    if (from_stdin) {
        char *line = read_line(stdin);
        if (line == NULL)
            cli_failed("no password on standard input");
        return line;
    }
    if (!isatty(STDIN_FILENO)) {
        cli_failed("no terminal to ask for the password on; use --password-stdin");
        return NULL;
    }
    char *first = ask("Password: ");
    char *again = first && twice ? ask("Again: ") : NULL;
    if (first && twice && (again == NULL || strcmp(first, again) != 0)) {
        cli_failed("the two passwords differ; nothing was changed");
        free(first);
        first = NULL;
    }
    free(again);
    return first;
}
