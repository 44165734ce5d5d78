/* faults.c - the list of everything wrong with a document. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sluice/policy.h"

/* Nobody reads more, and a hostile document could have millions. */
enum { FAULTS_MAX = 1000, MESSAGE_MAX = 500 };

/* Messages quote what was given, at any length. Cuts them, and drops a character that was cut in its middle,
 * by us or by an sl_err, so that what is left is UTF-8 as JSON wants it. */
static void shorten(char *message)
{
    size_t n = strnlen(message, MESSAGE_MAX), back = n;
    while (back > 0 && ((unsigned char)message[back - 1] & 0xc0) == 0x80)
        back--;
    unsigned char lead = back > 0 ? (unsigned char)message[back - 1] : 0;
    size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    message[lead >= 0xc0 && n - back + 1 < want ? back - 1 : n] = '\0';
}

static void add(struct policy_faults *f, const char *pointer, char *take_message)
{
    SL_GROW(f->items, f->count, &f->cap);
    f->items[f->count++] = (struct policy_fault){.pointer = sl_strdup(pointer), .message = take_message};
}

void policy_faults_add(struct policy_faults *f, const char *pointer, const char *fmt, ...)
{
    if (f->count > FAULTS_MAX)
        return;
    if (f->count == FAULTS_MAX) {
        add(f, "", sl_asprintf("there are more than %d faults; these are the first", FAULTS_MAX));
        return;
    }
    char *message = NULL;
    va_list args;
    va_start(args, fmt);
    int n = vasprintf(&message, fmt, args);
    va_end(args);
    sl_assert(n >= 0);
    shorten(message);
    add(f, pointer, message);
}

void policy_faults_fini(struct policy_faults *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free(f->items[i].pointer);
        free(f->items[i].message);
    }
    free(f->items);
    *f = (struct policy_faults){0};
}

json_t *policy_faults_json(const struct policy_faults *f)
{
    json_t *out = json_array();
    for (size_t i = 0; i < f->count; i++) {
        json_t *message = json_string(f->items[i].message);
        if (!message)
            message = json_string("(the message is not UTF-8)");
        json_t *item = json_object();
        json_object_set_new(item, "pointer", json_string(f->items[i].pointer));
        json_object_set_new(item, "message", message);
        json_array_append_new(out, item);
    }
    return out;
}
