/* caller.h - who sends a request, and whether it may be what it seems: from the fields of its head to role,
 * actor and session. Knows no transport. */
#ifndef ADMINAPI_CALLER_H
#define ADMINAPI_CALLER_H

#include "adminapi/api.h"

/* The fields that anybody here looks at; p NULL when not sent. Views, as long as the request. */
struct caller_head {
    struct sl_str host, origin, fetch_site, csrf, content_type, content_length, transfer_encoding, cookie,
        authorization, user_agent, if_match, if_none_match, accept_encoding, background;
    const char *twice; /* a field that must not be there twice, and is; NULL: none */
};
/* Takes one field; names nobody looks at are passed over. */
void caller_field(struct caller_head *head, struct sl_str name, struct sl_str value);

/* The Unix socket: the user at its other end, as an administrator. */
void caller_local(struct api_request *req, int fd);
/* TCP: a bearer token, else a session's cookie, else nobody. source: the client's address. */
void caller_remote(struct api_request *req, const struct caller_head *head, struct sl_addr source);
/* How it came, which its head does not say. */
struct caller_case {
    bool local;          /* Unix socket */
    struct sl_addr here; /* the address that was called */
    bool by_session;     /* what is asked needs a login, which the session gives */
    bool body, any_type; /* one is announced; it need not be JSON */
};
/* False, with 400, 403, 415 or 421 in reply, for what a browser may have been talked into; see guard.h.
 * Before any handler. */
bool caller_trusted(const struct api_request *req, const struct caller_head *head,
                    const struct caller_case *c, struct api_reply *reply);

#endif
