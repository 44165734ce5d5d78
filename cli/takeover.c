/* takeover.c - see takeover.h. */
#include "cli/takeover.h"

#include <stdlib.h>
#include <unistd.h>

#include "cli/handover.h"

enum { LET_MS = 120000 };

static bool take_sockets(struct takeover *t, const json_t *list, struct sl_err *err)
{
    const json_t *item;
    size_t i;
    bool ok = true;
    json_array_foreach(list, i, item)
    {
        const char *name = json_text(item, "name");
        ok = ok && sockets_add(&t->given, name, (int)json_integer_value(json_object_get(item, "fd")), err);
    }
    return ok;
}

static void take_streams(struct takeover *t, const json_t *list)
{
    const json_t *item;
    size_t i;
    t->audit.streams = sl_calloc(json_array_size(list) + 1, sizeof *t->audit.streams);
    json_array_foreach(list, i, item) t->audit.streams[t->audit.stream_count++] =
        strtoull(json_string_value(item), NULL, 16);
}

/* The state is the old one's: it can't be somewhere else from one moment to the next. */
static bool same_directory(const json_t *go, const struct settings *s, struct sl_err *err)
{
    SL_CLEANUP(sl_freep) char *ours = realpath(s->state.directory, NULL);
    const char *theirs = json_text(go, "directory");
    if (ours && strcmp(ours, theirs) == 0)
        return true;
    return sl_fail(err, SL_CONFLICT, "state.directory is %s now and was %s: restart the gateway instead",
                   s->state.directory, theirs);
}

static bool take_all(struct takeover *t, const json_t *go, const struct settings *s, struct sl_err *err)
{
    t->before = (pid_t)json_integer_value(json_object_get(go, "pid"));
    t->store_lock = (int)json_integer_value(json_object_get(go, "store_lock"));
    t->audit.lock_fd = (int)json_integer_value(json_object_get(go, "audit_lock"));
    t->first_worker = (unsigned)json_integer_value(json_object_get(go, "first_worker"));
    take_streams(t, json_object_get(go, "streams"));
    return same_directory(go, s, err) && take_sockets(t, json_object_get(go, "sockets"), err);
}

bool takeover_begin(struct takeover *t, const struct settings *s, struct sl_err *err)
{
    json_t *go;
    *t = (struct takeover){.end = handover_end(), .store_lock = -1};
    if (t->end < 0)
        return true;
    handover_say(t->end, json_pack("{s:s}", "say", "prepared"));
    if (handover_hear(t->end, LET_MS, &go) != HANDOVER_NEWS || !handover_is(go, "go")) {
        json_decref(go);
        return sl_fail(err, SL_CONFLICT, "the gateway that was to be replaced goes on");
    }
    bool ok = take_all(t, go, s, err);
    json_decref(go);
    return ok;
}

void takeover_ready(struct takeover *t)
{
    sockets_fini(&t->given); /* listeners that the settings no longer have */
    if (t->end >= 0)
        handover_say(t->end, json_pack("{s:s}", "say", "ready"));
}

enum takeover_news takeover_look(struct takeover *t)
{
    json_t *message;
    if (t->end < 0)
        return TAKEOVER_NONE;
    enum handover_news news = handover_hear(t->end, 0, &message);
    bool ours = news == HANDOVER_NEWS && handover_is(message, "yours");
    json_decref(message);
    t->ours |= ours;
    if (news != HANDOVER_GONE)
        return ours ? TAKEOVER_OURS : TAKEOVER_NONE;
    sl_closep(&t->end);
    t->before = 0;
    return TAKEOVER_ALONE;
}

void takeover_fini(struct takeover *t)
{
    sockets_fini(&t->given);
    free(t->audit.streams);
    sl_closep(&t->end);
}
