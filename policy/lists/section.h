/* section.h - writes the sections of a catalogue one after the other: aligned, hashed, buffered; errors
 * stick. */
#ifndef POLICY_LISTS_SECTION_H
#define POLICY_LISTS_SECTION_H

#include "policy/lists/layout.h"
#include "sluice/err.h"

struct section_writer;
/* Begins behind the header. fd and path are borrowed. */
struct section_writer *section_writer_new(int fd, const char *path);
void section_add(struct section_writer *w, const void *data, size_t n);
/* Ends the section: all bytes since the last call are `which`. */
void section_end(struct section_writer *w, struct layout_header *header, enum section which);
/* Writes the header in front, with its hash. False with the first error that happened. */
bool section_finish(struct section_writer *w, struct layout_header *header, struct sl_err *err);
void section_writer_free(struct section_writer **w);

#endif
