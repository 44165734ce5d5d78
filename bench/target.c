/* target.c - see target.h. */
#include "bench/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/net.h"
#include "sluice/base.h"

/* What a browser sends with each request, in the length that it sends it. */
#define BROWSER                                                                              \
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n" \
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"            \
    "Accept-Language: en-GB,en;q=0.5\r\nAccept-Encoding: gzip, deflate\r\n"

static void make_requests(struct target *t, const char *authority, int authority_n, const char *path,
                          bool tunnel)
{
    const char *port = memchr(authority, ':', (size_t)authority_n) ? "" : ":80";
    t->request = sl_asprintf("GET %s HTTP/1.1\r\nHost: %.*s\r\n" BROWSER "\r\n", tunnel ? path : t->url,
                             authority_n, authority);
    t->request_n = strlen(t->request);
    if (!tunnel)
        return;
    t->connect = sl_asprintf("CONNECT %.*s%s HTTP/1.1\r\nHost: %.*s%s\r\n\r\n", authority_n, authority, port,
                             authority_n, authority, port);
    t->connect_n = strlen(t->connect);
}

bool targets_add(struct targets *targets, const char *line, bool tunnel)
{
    size_t url_n = strcspn(line, " \t\r\n");
    unsigned long status = strtoul(line + url_n, NULL, 10);
    if (url_n < 9 || strncmp(line, "http://", 7) != 0)
        return false;
    struct target t = {
        .url = sl_strndup(line, url_n), .status = status ? (int)status : 200, .length = UINT64_MAX};
    const char *authority = t.url + 7, *path = strchr(authority, '/');
    if (!path || path == authority) {
        free(t.url);
        return false;
    }
    if (strncmp(path, "/b/", 3) == 0)
        t.length = strtoull(path + 3, NULL, 10);
    make_requests(&t, authority, (int)(path - authority), path, tunnel);
    SL_GROW(targets->items, targets->count, &targets->cap);
    targets->items[targets->count++] = t;
    return true;
}

void targets_read(struct targets *t, const char *path, bool tunnel)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char *line = NULL;
    size_t cap = 0;
    if (!file)
        die("%s", path);
    while (getline(&line, &cap, file) > 0)
        if (line[0] != '\n' && !targets_add(t, line, tunnel)) {
            errno = 0;
            die("%s: not an http URL with a path: %s", path, line);
        }
    free(line);
    if (file != stdin)
        fclose(file);
}

void targets_fini(struct targets *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->items[i].url);
        free(t->items[i].request);
        free(t->items[i].connect);
    }
    free(t->items);
    *t = (struct targets){0};
}
