/* main.c - the sluice command: which subcommand runs. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "cli/handover.h"

#define DEFAULT_CONFIG "/etc/sluice/sluice.conf"

static const struct command commands[] = {
    {"serve", "run the gateway in the foreground",
     "sluice serve [--config FILE] [--listen ADDR:PORT] [--admin ADDR:PORT] [--state DIR] [--console DIR]\n\n"
     "Runs until SIGTERM or SIGINT; then no new connection is accepted, running requests end within "
     "proxy.drain, and a second signal\n"
     "ends at once. SIGHUP reads the settings file again, as `sluice reload` does. When everything listens, "
     "one line on stderr says: sluice: ready "
     "proxy=ADDR:PORT admin=ADDR:PORT\n",
     cmd_serve, false},
    {"check", "read settings, open the state, compile the active policy",
     "sluice check [--config FILE] [--json]\n\nReports every fault that it finds. Exit status 1 when there "
     "is any.\n",
     cmd_check, true},
    {"policy", "show, check, compare, publish, confirm, roll back and test the policy",
     "sluice policy show [--version N]            print a document (default: the active one)\n"
     "sluice policy validate FILE                 every fault, with a JSON pointer; runs its tests\n"
     "sluice policy test [FILE]                   run the tests of a document (default: the active one)\n"
     "sluice policy lint [FILE]                   what is odd, such as rules that never decide\n"
     "sluice policy usage                         how often each rule decided, and when last\n"
     "sluice policy diff A B                      what changes, in words; a version number or a file\n"
     "sluice policy apply FILE [COMMIT]           check, test, store and activate, all or nothing\n"
     "sluice policy rollback N [COMMIT]           version N's document becomes the newest version\n"
     "sluice policy confirm [N] [--comment TEXT]  the version that waits to be confirmed stays\n"
     "sluice policy approve [--comment TEXT]      publish the draft that waits for a second person\n"
     "sluice policy reject [--comment TEXT]       it can be edited again; for one's own request: withdraw\n"
     "sluice policy history [--limit N]           versions, newest first\n"
     "sluice policy schema                        the JSON Schema of documents\n\n"
     "COMMIT: --comment TEXT says why. --confirm-within 5m: unless somebody confirms it within that time, "
     "the version before comes back.\n"
     "--override: at once, where policy.approval asks for a second person; the change log tells.\n"
     "FILE may be - for standard input. --json prints data as JSON. Exit status 1: refused, invalid, a test "
     "failed, lint has warnings.\n",
     cmd_policy, false},
    {"headers", "restrictions of services that header rules can use, and whether rules do what they say",
     "sluice headers list                          services: tenant restrictions, safe search\n"
     "sluice headers show SERVICE                  hosts, fields, parameters, what users see, the vendor's "
     "page\n"
     "sluice headers test [RULE] [--policy FILE|draft|VERSION]\n\n"
     "test makes a request for each host that a header rule names (16 at most) and for neighbours that it "
     "must "
     "leave alone, with fields of\nthe client's own, and shows what would be sent. Exit status 1: a rule "
     "does "
     "not do what it says.\n",
     cmd_headers, false},
    {"explain", "what would be decided for a URL, and why",
     "sluice explain URL [FACTS] [--policy FILE|draft|VERSION] [--json]\n"
     "sluice explain --batch [FACTS] [--policy ...] [--trace]\n\n"
     "FACTS of the request: --user U, --group G (again for more), --client IP, --method M (GET; CONNECT "
     "judges a "
     "tunnel to the URL's\n"
     "host and port), --at T (now; RFC 3339, or -2h), --user-agent TEXT. Of the destination: --address IP. "
     "Of "
     "its answer:\n"
     "--content-type T, --size N. --fault F (expired, wrong-name, ...; again for more) asks what becomes of "
     "an "
     "origin whose TLS has that.\n\n"
     "--policy judges by a policy that is not active. --batch reads a URL a line and prints a JSON object a "
     "line; --trace adds the\n"
     "reasons. Exit status 0: allowed (--batch: all could be judged), 1: refused.\n",
     cmd_explain, false},
    {"replay", "what a policy would have made of recorded requests",
     "sluice replay --policy FILE|draft|VERSION [--since T] [--until T] [--against active|record] "
     "[--json]\n\n"
     "Judges the requests of the log, of the last 24 hours unless told otherwise, by the active policy and "
     "by the one named, and tells\n"
     "which would come out otherwise. T is RFC 3339, a date, or how long ago: 24h, 7d. Both sides are judged "
     "with today's lists, without\n"
     "quotas and accepted warnings; --against record compares with what was decided then. Ctrl-C cancels "
     "it.\n"
     "Exit status as of diff: 0 nothing changes, 1 something does, 2 trouble.\n",
     cmd_replay, false},
    {"lists", "category lists: where they come from, their copies, what is held",
     "sluice lists add NAME (--file PATH | --url URL) [--format F] [--every 24h] [--category C]\n"
     "sluice lists update [NAME]                exit status 1 when a new copy is held for approval\n"
     "sluice lists show [NAME] [--json]         where it comes from, how old it is, what failed\n"
     "sluice lists history NAME                 its versions, newest first\n"
     "sluice lists approve|discard NAME         the copy that is held\n"
     "sluice lists rollback NAME [--to VERSION] (default: the one before); no update until it is resumed\n"
     "sluice lists resume NAME                  update it again\n"
     "sluice lists checks NAME [--keep N] [--shrink PERCENT] [--grow PERCENT] [--never HOST]...\n"
     "                                          how many copies are kept, and which new ones are held\n"
     "sluice lists remove NAME                  refused while a category has it\n\n"
     "One file gives the list NAME; an archive or folder with categories gives NAME/CATEGORY each. The "
     "format is detected unless given.\n"
     "--category also commits a policy version in which category C holds the list. A new copy that is bad is "
     "refused and the old one stays.\nOne that looks wrong is held: it shrinks or grows too much, or begins "
     "to hold a well-known host or one of --never.\n",
     cmd_lists, false},
    {"user", "proxy users for Basic authentication",
     "sluice user add|passwd NAME [--password-stdin]\nsluice user remove NAME\nsluice user list [--json]\n",
     cmd_user, false},
    {"admin", "console accounts and API tokens",
     "sluice admin add NAME [--role admin|operator|auditor|viewer] [--must-change] [--password-stdin]\n"
     "sluice admin passwd NAME [--must-change] [--password-stdin]     signs NAME out everywhere\n"
     "sluice admin remove NAME                                        with its tokens and sessions\n"
     "sluice admin token NAME [--role R] [--name TEXT] [--expires 90d]   prints a bearer token, once\n"
     "sluice admin list [--json]\n\n"
     "A password has at least 12 bytes. --must-change: the console asks for a new one at the next sign-in.\n",
     cmd_admin, false},
    {"ca", "the certificate authority of TLS inspection",
     "sluice ca show [--pem] [--json]             which there are, until when, fingerprints, where the key "
     "is\n"
     "sluice ca init [MAKE]                       make the first one\n"
     "sluice ca import FILE [KEY] [WHEN]          bring one that somebody else made: PEM or PKCS#12\n"
     "sluice ca rotate [MAKE] [WHEN]              make the next one, or say when it signs\n"
     "sluice ca rotate --cancel                   forget the next one\n"
     "sluice ca rotate --back                     the one that signed before signs again\n\n"
     "MAKE: --organisation TEXT, --name TEXT (common name), --days N (1826). --permit HOST, again for more: "
     "it "
     "signs for these and\n"
     "what is below them only. --exclude HOST: it never signs for these.\n"
     "rotate keeps what is not said as it is: --unconstrained drops the constraints.\n"
     "KEY, unless it is in FILE: --key FILE, or --key-uri URI, such as pkcs11:token=gw;object=ca for a "
     "PKCS#11 "
     "provider of OpenSSL's\n"
     "configuration. A password is asked for, or read by --password-file FILE (- is standard input).\n"
     "WHEN it begins to sign: --now, or --at TIME (2026-12-10, 14d). Without: when a later rotate says "
     "so.\n\n"
     "Rotating takes two steps, so that nobody is shut out: `rotate` makes the next one, which the page "
     "http://sluice.internal/ca\n"
     "offers beside the current one; once clients have it, `rotate --now` lets it sign. Connections go on, "
     "and no "
     "restart is needed.\n"
     "--pem prints what clients install: the current certificate, and the next one behind it.\n",
     cmd_ca, false},
    {"audit", "the request log",
     "sluice audit query [FILTERS] [--limit N] [--json]      newest first\n"
     "sluice audit export [FILTERS] [--format ndjson|csv]    oldest first, a JSON object or a row a line\n\n"
     "FILTERS: --from TIME --to TIME (2026-11-23T09:00:00Z, -2h, -7d) --user U|@none --client IP|CIDR\n"
     "--group G --host H --action A --category C --rule R|@default --status 403|4xx --method M\n"
     "--policy-version N --tls-fault expired|@none --tls-version TLSv1.3 --tls-cipher C --tls-exception E\n"
     "--inspected true|false --q TEXT (part of host, path, user or rule).\n"
     "Given again: any of them is enough. --not-user U and so on: none of them.\n",
     cmd_audit, false},
    {"quota", "what was used of quotas",
     "sluice quota usage [--quota Q] [--subject S] [--json]\nsluice quota reset [--quota Q] [--subject S]\n",
     cmd_quota, false},
    {"inspect", "hosts that can't be inspected",
     "sluice inspect learned [--json]                  proposed first\n"
     "sluice inspect accept HOST [--until TIME | --for-ever]\n"
     "sluice inspect dismiss HOST; sluice inspect forget HOST\n\n"
     "Apps that accept one certificate only, and sites that ask for a client certificate, are found out by "
     "failing\n"
     "and proposed. Accepted, they are tunnelled; dismissed, they are not proposed again; forgotten, they "
     "may be.\n",
     cmd_inspect, false},
    {"trace", "follow one client's connections as they happen",
     "sluice trace --client IP [--for 5m] [--json]\n\n"
     "Prints a line for each step of each connection of that address: what was asked, what the policy said, "
     "which addresses were\n"
     "found and dialled, what was answered, and how it ended. Credentials, cookies and bodies are never "
     "shown; "
     "that it was begun\n"
     "is in the change log. Ctrl-C, or the time of --for, ends it. --json: an object a line.\n",
     cmd_trace, false},
    {"reload", "have the running gateway read its settings file again",
     "sluice reload [--json]\n\nThe whole file is read and checked; then everything in it takes effect at "
     "once, "
     "with nothing refused and nothing cut, and what\ncounts at the next start only is named. A file with a "
     "fault, "
     "a port in use or a bad certificate changes nothing: every\nfault is printed, and the exit status is 1. "
     "SIGHUP does the same, and says it in the log.\n",
     cmd_reload, false},
    {"upgrade", "replace the running gateway by another binary, without a pause",
     "sluice upgrade [--binary PATH] [--json]\n\nStarts PATH, or what lies now where the running binary was "
     "started from, with the running gateway's arguments. The new process\ngets its listeners and state; no "
     "connection is refused and none is cut: the old one ends what it began, at most for\n"
     "proxy.drain_upgrade. When the new one fails to start, or dies at once, the old one goes on, and this "
     "command says why (exit\nstatus 1). SIGUSR2 does the same, and says it in the log. Changes of every "
     "setting "
     "take effect, but for state.directory.\n",
     cmd_upgrade, false},
    {"status", "workers, connections, versions, journal lag, list ages", "sluice status [--json]\n",
     cmd_status, false},
};

static int help(const char *topic)
{
    if (topic && strcmp(topic, "settings") == 0) {
        settings_print_help(stdout);
        return EXIT_DONE;
    }
    for (size_t i = 0; topic && i < SL_COUNT(commands); i++)
        if (strcmp(topic, commands[i].name) == 0) {
            printf("sluice %s - %s\n\n%s", commands[i].name, commands[i].summary, commands[i].help);
            return EXIT_DONE;
        }
    if (topic) {
        fprintf(stderr, "sluice: no help on '%s'; see: sluice help\n", topic);
        return EXIT_USAGE;
    }
    printf("sluice " SLUICE_VERSION
           " - a filtering forward web gateway\n\nUse: sluice COMMAND [--config FILE] [--json]\n\n");
    for (size_t i = 0; i < SL_COUNT(commands); i++)
        printf("  %-8s  %s\n", commands[i].name, commands[i].summary);
    printf("\n  help COMMAND   the manual of a command\n  help settings  every setting with its default\n\n"
           "Settings are read from " DEFAULT_CONFIG " unless --config names another file.\n"
           "Exit status: 0 done, 1 failed or \"no\", 2 wrong usage.\n");
    return EXIT_DONE;
}

/* --config and --json may stand anywhere; the rest belongs to the command. */
static bool take_common(struct cli *cli, int *argc, char **argv)
{
    int kept = 0;
    for (int i = 0; i < *argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            cli->json = true;
        } else if (strncmp(argv[i], "--config=", 9) == 0) {
            cli->config = argv[i] + 9;
            cli->config_given = true;
        } else if (strcmp(argv[i], "--config") == 0 || strcmp(argv[i], "-c") == 0) {
            if (i + 1 == *argc)
                return false;
            cli->config = argv[++i];
            cli->config_given = true;
        } else {
            argv[kept++] = argv[i];
        }
    }
    *argc = kept;
    return true;
}

static bool read_settings(struct cli *cli)
{
    struct conf_faults faults = {0};
    cli->settings = settings_new();
    bool ok = settings_load(cli->config, cli->settings, &faults);
    for (size_t i = 0; i < faults.count; i++)
        fprintf(stderr, "sluice: %s\n", faults.items[i].text);
    if (!ok)
        handover_failed(faults.items[0].text); /* an upgrade fails */
    conf_faults_fini(&faults);
    return ok;
}

static int run(struct cli *cli, int argc, char **argv)
{
    if (!cli->command->no_settings && !read_settings(cli))
        return EXIT_NO;
    int status = cli->command->run(cli, argc, argv);
    client_close(cli);
    return status;
}

/* Keys and passwords are in memory, in commands as in the gateway. */
static void forbid_core_dumps(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

/* started: argv as it was, which is taken apart. */
static int command(int argc, char **argv, char **started)
{
    struct cli cli = {.config = DEFAULT_CONFIG, .argv = started};
    signal(SIGPIPE, SIG_IGN);
    forbid_core_dumps();
    argc--, argv++;
    if (!take_common(&cli, &argc, argv))
        return cli_usage(&cli, "--config needs a file");
    if (argc == 0)
        return help(NULL), EXIT_USAGE;
    if (strcmp(argv[0], "--version") == 0 || strcmp(argv[0], "version") == 0) {
        puts("sluice " SLUICE_VERSION);
        return EXIT_DONE;
    }
    if (strcmp(argv[0], "help") == 0 || strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)
        return help(argc > 1 ? argv[1] : NULL);
    for (size_t i = 0; i < SL_COUNT(commands); i++) {
        if (strcmp(argv[0], commands[i].name) != 0)
            continue;
        if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
            return help(argv[0]);
        cli.command = &commands[i];
        int status = run(&cli, argc - 1, argv + 1);
        const struct settings *settings = cli.settings;
        settings_unref(&settings);
        return fflush(stdout) == 0 ? status : EXIT_NO;
    }
    return cli_usage(&cli, "there is no command '%s'", argv[0]);
}

int main(int argc, char **argv)
{
    char **started = sl_calloc((size_t)argc + 1, sizeof *started);
    memcpy(started, argv, (size_t)argc * sizeof *started);
    int status = command(argc, argv, started);
    free(started);
    return status;
}
