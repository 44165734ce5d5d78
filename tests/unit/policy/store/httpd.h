/* httpd.h - a web server of a test's own on 127.0.0.1, one thread, one answer at a time, told what to answer
 * next. */
#ifndef TESTS_UNIT_POLICY_STORE_HTTPD_H
#define TESTS_UNIT_POLICY_STORE_HTTPD_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sluice/base.h"
#include "sluice/str.h"

struct httpd {
    int fd;
    uint16_t port;
    pthread_t thread;
    pthread_mutex_t lock; /* guards all below */
    char *head;           /* status line and fields, each with CRLF, without the empty line */
    char *body;
    size_t body_bytes;
    bool endless;     /* sends the body again and again */
    bool hang;        /* sends nothing until the client goes, or httpd_hang_up */
    int hanging;      /* the connection that hangs, -1 none */
    bool conditional; /* 304 when the request has If-None-Match */
    char last[2048];  /* the last request's head */
    unsigned served;
};

static inline bool httpd_send(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t done = send(fd, p, n, MSG_NOSIGNAL);
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static inline void httpd_wait(struct httpd *h, int fd)
{
    char byte;
    pthread_mutex_lock(&h->lock);
    h->hanging = fd;
    pthread_mutex_unlock(&h->lock);
    while (recv(fd, &byte, 1, 0) > 0)
        ;
    pthread_mutex_lock(&h->lock);
    h->hanging = -1;
    pthread_mutex_unlock(&h->lock);
}

/* Ends the connection that hangs, once there is one. */
static inline void httpd_hang_up(struct httpd *h)
{
    for (bool done = false; !done; usleep(1000)) {
        pthread_mutex_lock(&h->lock);
        done = h->hanging >= 0;
        if (done)
            shutdown(h->hanging, SHUT_RDWR);
        pthread_mutex_unlock(&h->lock);
    }
}

static inline void httpd_answer(struct httpd *h, int fd)
{
    char request[2048] = "";
    size_t n = 0;
    while (n < sizeof request - 1 && !strstr(request, "\r\n\r\n")) {
        ssize_t got = recv(fd, request + n, sizeof request - 1 - n, 0);
        if (got <= 0)
            return;
        n += (size_t)got;
        request[n] = '\0';
    }
    pthread_mutex_lock(&h->lock);
    memcpy(h->last, request, sizeof request);
    h->served++;
    bool not_modified = h->conditional && strstr(request, "If-None-Match");
    char *head = sl_strdup(not_modified ? "HTTP/1.1 304 Not Modified\r\n" : h->head);
    char *body = sl_malloc(h->body_bytes + 1);
    size_t body_bytes = not_modified ? 0 : h->body_bytes;
    memcpy(body, h->body, h->body_bytes);
    bool endless = h->endless, hang = h->hang;
    pthread_mutex_unlock(&h->lock);
    if (hang)
        httpd_wait(h, fd);
    else if (httpd_send(fd, head, strlen(head)) && httpd_send(fd, "Connection: close\r\n\r\n", 21))
        while (httpd_send(fd, body, body_bytes) && endless)
            ;
    free(head);
    free(body);
}

static inline void *httpd_main(void *arg)
{
    struct httpd *h = arg;
    for (int fd; (fd = accept(h->fd, NULL, NULL)) >= 0; close(fd)) {
        httpd_answer(h, fd);
        shutdown(fd, SHUT_WR);
        char rest[4096];
        while (recv(fd, rest, sizeof rest, 0) > 0)
            ;
    }
    return NULL;
}

static inline void httpd_start(struct httpd *h)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    *h = (struct httpd){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .hanging = -1};
    sl_assert(bind(h->fd, (struct sockaddr *)&at, n) == 0 && listen(h->fd, 16) == 0);
    sl_assert(getsockname(h->fd, (struct sockaddr *)&at, &n) == 0);
    h->port = ntohs(at.sin_port);
    h->head = sl_strdup("HTTP/1.1 404 Not Found\r\n");
    h->body = sl_strdup("");
    pthread_mutex_init(&h->lock, NULL);
    pthread_create(&h->thread, NULL, httpd_main, h);
}

static inline void httpd_stop(struct httpd *h)
{
    shutdown(h->fd, SHUT_RDWR);
    pthread_join(h->thread, NULL);
    close(h->fd);
    free(h->head);
    free(h->body);
    pthread_mutex_destroy(&h->lock);
}

/* What all answers are from now on. */
static inline void httpd_says(struct httpd *h, const char *head, const char *body)
{
    pthread_mutex_lock(&h->lock);
    free(h->head);
    free(h->body);
    h->head = sl_strdup(head);
    h->body = sl_strdup(body);
    h->body_bytes = strlen(body);
    h->endless = h->hang = h->conditional = false;
    pthread_mutex_unlock(&h->lock);
}

static inline void httpd_set(struct httpd *h, bool *flag)
{
    pthread_mutex_lock(&h->lock);
    *flag = true;
    pthread_mutex_unlock(&h->lock);
}

static inline unsigned httpd_served(struct httpd *h)
{
    pthread_mutex_lock(&h->lock);
    unsigned served = h->served;
    pthread_mutex_unlock(&h->lock);
    return served;
}

/* Whether the last request had this text in its head. */
static inline bool httpd_was_asked(struct httpd *h, const char *text)
{
    pthread_mutex_lock(&h->lock);
    bool has = strstr(h->last, text) != NULL;
    pthread_mutex_unlock(&h->lock);
    return has;
}

#endif
