/* document.h - reading a policy document named on the command line. */
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include <jansson.h>

/* New reference; NULL after saying file, line and column on stderr. "-" is standard input. */
json_t *cli_document(const char *path);

#endif
