/* names.c - see names.h. */
#include "proxy/names.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "sluice/str.h"

enum { LOOK_EVERY_S = 2, FILES = 2 };

struct watched_file {
    char *path;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct names {
    void (*changed)(void *arg);
    void *arg;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool running, stop;
    struct watched_file files[FILES];
};

/* Looks at the file; true when it is another one than at the last look. */
static bool differs(struct watched_file *f)
{
    struct stat st;
    struct watched_file now = {.path = f->path};
    if (f->path && *f->path && stat(f->path, &st) == 0)
        now = (struct watched_file){f->path, st.st_dev, st.st_ino, st.st_size, st.st_mtim};
    bool other = f->device != now.device || f->inode != now.inode || f->size != now.size ||
                 f->changed.tv_sec != now.changed.tv_sec || f->changed.tv_nsec != now.changed.tv_nsec;
    *f = now;
    return other;
}

/* Waits, and says whether any file changed; false with n->stop when it is time to end. */
static bool wait_for_change(struct names *n)
{
    struct timespec until;
    int r = 0;
    bool any = false;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LOOK_EVERY_S;
    pthread_mutex_lock(&n->lock);
    while (!n->stop && r != ETIMEDOUT)
        r = pthread_cond_timedwait(&n->wake, &n->lock, &until);
    for (size_t i = 0; i < FILES && !n->stop; i++)
        any |= differs(&n->files[i]);
    pthread_mutex_unlock(&n->lock);
    return any;
}

static bool stopped(struct names *n)
{
    pthread_mutex_lock(&n->lock);
    bool stop = n->stop;
    pthread_mutex_unlock(&n->lock);
    return stop;
}

static void *thread_main(void *arg)
{
    struct names *n = arg;
    while (!stopped(n))
        if (wait_for_change(n))
            n->changed(n->arg);
    return NULL;
}

bool names_start(void (*changed)(void *arg), void *arg, struct names **out, struct sl_err *err)
{
    pthread_condattr_t attr;
    struct names *n = sl_calloc(1, sizeof *n);
    n->changed = changed;
    n->arg = arg;
    pthread_mutex_init(&n->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&n->wake, &attr);
    pthread_condattr_destroy(&attr);
    int error = pthread_create(&n->thread, NULL, thread_main, n);
    n->running = error == 0;
    *out = n;
    if (n->running)
        return true;
    names_stop(out);
    return sl_fail_errno(err, SL_IO, error, "cannot start a thread");
}

void names_watch(struct names *n, const char *hosts, const char *servers)
{
    const char *const paths[FILES] = {hosts, servers};
    pthread_mutex_lock(&n->lock);
    for (size_t i = 0; i < FILES; i++) {
        free(n->files[i].path);
        n->files[i] = (struct watched_file){.path = sl_strdup(paths[i])};
        differs(&n->files[i]);
    }
    pthread_mutex_unlock(&n->lock);
}

void names_stop(struct names **ref)
{
    struct names *n = *ref;
    if (!n)
        return;
    pthread_mutex_lock(&n->lock);
    n->stop = true;
    pthread_cond_signal(&n->wake);
    pthread_mutex_unlock(&n->lock);
    if (n->running)
        pthread_join(n->thread, NULL);
    pthread_cond_destroy(&n->wake);
    pthread_mutex_destroy(&n->lock);
    for (size_t i = 0; i < FILES; i++)
        free(n->files[i].path);
    free(n);
    *ref = NULL;
}
