/* stream.c - see stream.h. */
#include "adminapi/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIPE_BYTES = 256 * 1024 };

struct streams {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    unsigned running; /* under lock */
};
struct stream {
    struct streams *of;
    int fd;
    void (*run)(void *arg, bool (*sink)(void *sink_arg, struct sl_str piece), void *sink_arg);
    void *arg;
    void (*arg_free)(void *arg);
};

struct streams *streams_new(void)
{
    struct streams *streams = sl_calloc(1, sizeof *streams);
    pthread_mutex_init(&streams->lock, NULL);
    pthread_cond_init(&streams->ended, NULL);
    return streams;
}

void streams_free(struct streams **ref)
{
    struct streams *streams = *ref;
    if (streams == NULL)
        return;
    pthread_mutex_lock(&streams->lock);
    while (streams->running > 0)
        pthread_cond_wait(&streams->ended, &streams->lock);
    pthread_mutex_unlock(&streams->lock);
    pthread_cond_destroy(&streams->ended);
    pthread_mutex_destroy(&streams->lock);
    free(streams);
    *ref = NULL;
}

/* A pipe whose reader has gone reports an error to poll. */
static bool reader_there(const struct stream *stream)
{
    struct pollfd p = {.fd = stream->fd, .events = POLLOUT};
    return poll(&p, 1, 0) <= 0 || (p.revents & POLLERR) == 0;
}

static bool write_piece(void *arg, struct sl_str piece)
{
    const struct stream *stream = arg;
    if (piece.n == 0)
        return reader_there(stream);
    while (piece.n > 0) {
        ssize_t n = write(stream->fd, piece.p, piece.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        piece = sl_str_sub(piece, (size_t)n, piece.n);
    }
    return true;
}

static bool enter(struct streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    bool room = streams->running < STREAMS_MOST;
    streams->running += room;
    pthread_mutex_unlock(&streams->lock);
    return room;
}

static void leave(struct streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    streams->running--;
    pthread_cond_broadcast(&streams->ended);
    pthread_mutex_unlock(&streams->lock);
}

static void *stream_main(void *arg)
{
    struct stream *stream = arg;
    struct streams *streams = stream->of;
    stream->run(stream->arg, write_piece, stream);
    stream->arg_free(stream->arg);
    close(stream->fd);
    free(stream);
    leave(streams);
    return NULL;
}

static bool start_thread(struct streams *streams, const struct api_reply *reply, int fd)
{
    pthread_t thread;
    struct stream *stream = sl_malloc(sizeof *stream);
    *stream = (struct stream){streams, fd, reply->stream, reply->stream_arg, reply->stream_free};
    if (pthread_create(&thread, NULL, stream_main, stream) != 0) {
        free(stream);
        return false;
    }
    pthread_detach(thread);
    return true;
}

int streams_start(struct streams *streams, struct api_reply *reply)
{
    int ends[2];
    if (enter(streams)) {
        if (pipe2(ends, O_CLOEXEC) == 0) {
            fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* fewer turns between the two threads */
            if (start_thread(streams, reply, ends[1])) {
                reply->stream_arg = NULL; /* the thread frees it */
                return ends[0];
            }
            close(ends[0]);
            close(ends[1]);
        }
        leave(streams);
    }
    reply->stream = NULL;
    reply_problem(reply, 503, "%d exports run already; try again when one has ended", STREAMS_MOST);
    return -1;
}
