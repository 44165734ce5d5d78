/* document.h - reading a policy document named on the command line. */
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>

/* New reference; NULL after saying file, line and column on stderr. "-" is standard input. */
json_t *cli_document(const char *path);
/* Adds to a body which policy is meant: "draft", the number of a version, or a file. False after saying why.
 */
bool cli_policy(json_t *body, const char *text);

#endif
