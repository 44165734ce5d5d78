/* world.h - a connection whose one end is proxy/h2, with somebody who takes its streams: each request's bytes
 * are kept, and answered with what the test says, as whoever has the socks would. The other end is a
 * descriptor: client.h, or frames of the test's own. */
#ifndef TESTS_H2_WORLD_H
#define TESTS_H2_WORLD_H

#include "proxy/h2/h2.h"
#include "tests/support/cmocka_all.h"

enum { SERVED_MOST = 4096 };

/* One stream, as its owner sees it. */
struct served {
    struct world *world;
    struct sock sock;
    struct sl_text request; /* what was read */
    const char *answer;     /* what is still to be written */
    size_t answer_n, written;
    bool open, ended, lost;
    bool hold_reading; /* nothing is read for now */
    size_t read_step;  /* bytes at a time; 0: as many as there are */
    size_t write_step; /* the answer comes in pieces of so many; 0: whole */
};

struct world {
    struct loop *loop;
    struct buf_pool bufs;
    struct metrics *metrics;
    struct h2_memory *memory;
    struct sock sock;
    struct h2 *h2;
    enum h2_state state;
    int peer; /* the client's end */
    struct served *served[SERVED_MOST];
    size_t count;
    /* What is done with each request, once its head is there: NULL: nothing. */
    void (*serve)(struct served *s);
    bool refuse;
    bool hold_reading;
};

void world_begin(struct world *w, void (*serve)(struct served *));
void world_end(struct world *w);
/* Some turns of the loop. */
void world_turn(struct world *w);
/* Writes an answer, and closes the stream behind it. */
void served_answer(struct served *s, const char *text);
void served_answer_n(struct served *s, const char *text, size_t n);
/* Writes without closing. */
void served_say(struct served *s, const char *text);
void served_close(struct served *s);
void served_abort(struct served *s);
void served_go_on(struct served *s);
uint64_t world_metric(const struct world *w, enum metric m);

#endif
