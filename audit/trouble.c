/* trouble.c - what does the administrator hear of a disk that fails? The first time, when the story changes,
 * once a minute while it lasts, and when it is over. See audit/writer.h. */
#include <stdio.h>

#include "sluice/clock.h"
#include "sluice/log.h"

#include "audit/writer.h"

static const int64_t AGAIN_US = 60 * 1000000;

void trouble_note(struct writer *w, struct trouble *t, const char *what, const struct sl_err *err)
{
    int64_t now_us = sl_monotonic_us();
    pthread_mutex_lock(&w->trouble_lock);
    bool news = !t->now || now_us - t->logged_us >= AGAIN_US || strcmp(t->text, err->msg) != 0;
    t->now = true;
    snprintf(t->text, sizeof t->text, "%s", err->msg);
    if (news)
        t->logged_us = now_us;
    pthread_mutex_unlock(&w->trouble_lock);
    if (news)
        sl_log_error("audit", "%s: %s; it will be tried again", what, err->msg);
}

void trouble_over(struct writer *w, struct trouble *t, const char *what)
{
    pthread_mutex_lock(&w->trouble_lock);
    bool was = t->now;
    t->now = false;
    pthread_mutex_unlock(&w->trouble_lock);
    if (was)
        sl_log_notice("audit", "%s works again", what);
}
