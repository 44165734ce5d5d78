/* request.h - the fields of a request as HTTP/2 brings them, made into the head of an HTTP/1.1 request.
 *
 * As strict as RFC 9113 section 8 asks, and a second time: the library that decodes frames looks at much of
 * this too, but what is written here must read one way whatever it let pass. What is malformed gets no head.
 * One block of fields at a time, so a connection needs one of these. One thread. */
#ifndef PROXY_H2_REQUEST_H
#define PROXY_H2_REQUEST_H

#include "proxy/http/head.h"

struct h2_request {
    struct sl_text fields; /* lines of what is known so far */
    struct sl_text cookie; /* crumbs, joined */
    struct sl_text pseudo; /* the texts of the four, one after another */
    struct h2_span {
        uint32_t at, n;
    } method, scheme, authority, path, host; /* the last of `fields` */
    uint64_t length;                         /* Content-Length */
    uint32_t bytes, most;                    /* of the section, as section 10.5.1 counts; how many may be */
    unsigned has;                            /* set of what came, see request.c */
    bool bad, too_large;
};

/* most: bytes of the section beyond which no field is kept. */
void h2_request_begin(struct h2_request *r, uint32_t most);
/* The next field. What is malformed is remembered. */
void h2_request_field(struct h2_request *r, struct sl_str name, struct sl_str value);

enum h2_request_result {
    H2_REQUEST_DONE,
    H2_REQUEST_LARGE, /* the head is cut off, in such a way that it is too long for whoever reads it */
    H2_REQUEST_BAD
};
/* The section is over. Adds the head to out. ended: no content follows. *out_chunked: content is to be put in
 * chunks, for nothing told its length. *out_method: what was asked for. */
enum h2_request_result h2_request_end(struct h2_request *r, bool ended, struct sl_text *out,
                                      bool *out_chunked, enum method *out_method);

/* The same for the fields behind the content: lines that may go on, and the empty one. False: malformed. */
bool h2_request_trailers(struct h2_request *r, struct sl_text *out);

/* Gives back what it kept for the next. */
void h2_request_fini(struct h2_request *r);

#endif
