/* lines.h - bytes into lines for a format: byte order mark, CRLF, a last line without end, lines that are too
 * long or binary. */
#ifndef POLICY_LISTS_LINES_H
#define POLICY_LISTS_LINES_H

#include "policy/lists/formats.h"

enum { LINES_MAX = 64 * 1024 }; /* bytes of a line */
struct lines {
    struct intake *in;
    const struct list_format *format;
    struct sl_text carry; /* the part of a line that ended an earlier block */
    bool begun;           /* the byte order mark was looked for */
    bool overlong;        /* inside a line that was reported already */
    bool in_line;         /* of a format that streams: behind the line's beginning */
};
void lines_begin(struct lines *l, struct intake *in, const struct list_format *format);
void lines_feed(struct lines *l, const char *data, size_t n);
void lines_end(struct lines *l); /* hands on the last line; frees */

#endif
