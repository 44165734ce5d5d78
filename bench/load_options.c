/* load_options.c - see load_options.h; the words are explained at the head of load.c. */
#include "bench/load_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include "bench/net.h"
#include "sluice/base.h"

static double number(const char *text, double most)
{
    char *rest;
    double value = strtod(text, &rest);
    errno = 0;
    if (rest == text || *rest != '\0' || value < 0 || value > most)
        die("not a number: %s", text);
    return value;
}

void load_options_read(int argc, char **argv, struct load_options *out, struct targets *targets)
{
    static const struct option known[] = {
        {"proxy", 1, 0, 'p'},   {"connections", 1, 0, 'c'}, {"seconds", 1, 0, 's'},
        {"warm-up", 1, 0, 'w'}, {"rate", 1, 0, 'r'},        {"urls", 1, 0, 'u'},
        {"upload", 1, 0, 'b'},  {"sources", 1, 0, 'a'},     {"login", 1, 0, 'l'},
        {"new", 0, 0, 'n'},     {"tunnel", 0, 0, 't'},      {"tls", 0, 0, 'x'},
        {"hold", 0, 0, 'h'},    {"verify", 0, 0, 'v'},      {0, 0, 0, 0}};
    const char *urls = NULL;
    bool proxy = false, all = true;
    *out = (struct load_options){.connections = 64, .seconds = 5, .warm_up = 0.5};
    for (int o; (o = getopt_long(argc, argv, "", known, NULL)) != -1;)
        switch (o) {
        case 'p':
            proxy = read_address(optarg, &out->proxy);
            break;
        case 'c':
            out->connections = (size_t)number(optarg, 1e6);
            break;
        case 's':
            out->seconds = number(optarg, 1e6);
            break;
        case 'w':
            out->warm_up = number(optarg, 1e6);
            break;
        case 'r':
            out->rate = number(optarg, 1e6);
            break;
        case 'b':
            out->form.upload = (uint64_t)number(optarg, 1e12);
            break;
        case 'a':
            out->sources = (unsigned)number(optarg, 250);
            break;
        case 'l':
            out->form.login = optarg;
            break;
        case 'u':
            urls = optarg;
            break;
        case 'n':
            out->fresh = true;
            break;
        case 'x':
            out->tls = out->form.tunnel = true;
            break;
        case 't':
            out->form.tunnel = true;
            break;
        case 'h':
            out->hold = true;
            break;
        case 'v':
            out->verify = true;
            break;
        default:
            all = false;
        }
    if (urls)
        targets_read(targets, urls, &out->form);
    for (; optind < argc; optind++)
        all &= targets_add(targets, argv[optind], &out->form);
    errno = 0;
    if (!all || !proxy || targets->count == 0 || out->connections == 0)
        die("usage: load --proxy ADDR:PORT [options] URL...; the head of load.c tells which");
}
