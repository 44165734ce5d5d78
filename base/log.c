/* log.c - see sluice/log.h.
 * A line is made in a buffer of the caller's stack and leaves by one write(2), so lines of several threads
 * never mix and no lock can be held by a thread that is about to die. What does not fit is cut and says so.
 */
#include "sluice/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/clock.h"

enum { MESSAGE_BYTES = 1600, LINE_BYTES = 4096 };

static _Atomic int most_verbose = SL_LOG_NOTICE;
static pthread_once_t journal_once = PTHREAD_ONCE_INIT;
static bool to_journal;

void sl_log_level(enum sl_log_level level)
{
    atomic_store_explicit(&most_verbose, (int)level, memory_order_relaxed);
}

bool sl_log_enabled(enum sl_log_level level)
{
    return (int)level <= atomic_load_explicit(&most_verbose, memory_order_relaxed);
}

/* systemd sets JOURNAL_STREAM to "device:inode" of the stream it made; we may have been redirected elsewhere
 * since. */
static void find_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat st;
    to_journal = stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
                 fstat(STDERR_FILENO, &st) == 0 && st.st_dev == (dev_t)device && st.st_ino == (ino_t)inode;
}

/* Length of the UTF-8 character at p that a terminal may safely show; 0 for control characters (C0, DEL, C1),
 * overlong forms, surrogates and stray bytes. */
static size_t printable(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return p[0] >= 0x20 && p[0] != 0x7f;
    size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    bool bad = (p[0] == 0xc2 && p[1] < 0xa0) || (p[0] == 0xe0 && p[1] < 0xa0) ||
               (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
               (p[0] == 0xf4 && p[1] > 0x8f);
    return bad ? 0 : len;
}

/* Appends text to line[at..] with control bytes as \xHH; leaves room for "...\n". Returns the new length. */
static size_t escape(char *line, size_t at, const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n;) {
        size_t len = printable((const unsigned char *)text + i, n - i);
        if (at + SL_MAX(len, (size_t)4) + 4 > LINE_BYTES) {
            memset(line + at, '.', 3);
            return at + 3;
        }
        if (len) {
            memcpy(line + at, text + i, len);
            at += len;
        } else {
            static const char hex[] = "0123456789abcdef";
            unsigned char c = (unsigned char)text[i];
            memcpy(line + at, (char[]){'\\', 'x', hex[c >> 4], hex[c & 15]}, 4);
            at += 4;
        }
        i += len ? len : 1;
    }
    return at;
}

static void write_line(const char *line, size_t n)
{
    int saved = errno;
    while (n) {
        ssize_t done = write(STDERR_FILENO, line, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            break; /* nobody reads: there is no better place to say so */
        line += done;
        n -= (size_t)done;
    }
    errno = saved;
}

void sl_log(enum sl_log_level level, const char *area, const char *fmt, ...)
{
    static const struct {
        char priority; /* of syslog */
        const char *word;
    } levels[] = {{'3', "error"}, {'4', "warning"}, {'5', "notice"}, {'6', "info"}, {'7', "debug"}};
    if (!sl_log_enabled(level))
        return;
    pthread_once(&journal_once, find_journal);

    char message[MESSAGE_BYTES], line[LINE_BYTES], stamp[SL_RFC3339_TEXT];
    va_list args;
    va_start(args, fmt);
    int wanted = vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    if (wanted >= (int)sizeof message)
        memcpy(message + sizeof message - 4, "...", 4);

    int head = to_journal ? snprintf(line, sizeof line, "<%c>%s: ", levels[level].priority, area)
                          : snprintf(line, sizeof line, "%s %s %s: ", sl_rfc3339(sl_wall_us(), stamp),
                                     levels[level].word, area);
    sl_assert(head > 0 && head < 256);
    size_t n = escape(line, (size_t)head, message);
    line[n++] = '\n';
    write_line(line, n);
}
