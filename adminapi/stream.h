/* stream.h - an answer that is made while it is sent (an export): a thread runs the handler's maker and
 * writes into a pipe, from which the connection's thread reads. Constant memory; a slow client slows the
 * maker down. */
#ifndef ADMINAPI_STREAM_H
#define ADMINAPI_STREAM_H

#include "adminapi/api.h"

enum { STREAMS_MOST = 4 };

struct streams;
struct streams *streams_new(void);
void streams_free(struct streams **streams); /* waits for those that run; their readers have gone */
/* Starts the maker of reply->stream and takes its arg. Returns the end to read from; -1, with the problem in
 * reply, when STREAMS_MOST run already. */
int streams_start(struct streams *streams, struct api_reply *reply);

#endif
