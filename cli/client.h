/* client.h - the admin API as a command sees it: over the Unix socket of a running gateway, or in process on
 * the state directory. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "cli/cli.h"
#include "sluice/err.h"
#include "sluice/str.h"

/* Calls the API as administrator, opening the way to it at first use. path is below /api/v1, with its query:
 * "/policy?x=y". body may be NULL and is borrowed. True when the answer is a success: *out (may be NULL) is
 * its JSON, NULL for an empty one. Otherwise the problem has been printed on stderr, faults and all, and
 * false says to return EXIT_NO. */
bool client_call(struct cli *cli, const char *method, const char *path, const json_t *body, json_t **out);
/* The same, but a problem is returned in *out and its status in *out_status; false only when there is no API.
 */
bool client_try(struct cli *cli, const char *method, const char *path, const json_t *body,
                unsigned *out_status, json_t **out);
/* A GET of a gateway that was spoken to before and may be about to be replaced: false, and nothing said, when
 * it gives no 200. */
bool client_ask(struct cli *cli, const char *path, json_t **out);
/* Copies an answer's body to standard output as it comes. */
bool client_print(struct cli *cli, const char *path);
/* Starts a job and waits for it, progress on a terminal; *out is its result. Ctrl-C cancels the job. */
bool client_job(struct cli *cli, const char *method, const char *path, const json_t *body, json_t **out);
void client_close(struct cli *cli);
/* Text with everything but unreserved bytes escaped, on the heap. */
char *client_escape(const char *text);
/* Appends name=value to a query that begins empty: "?a=b&c=d". value NULL: nothing. */
void client_query(struct sl_text *path, const char *name, const char *value);

#endif
