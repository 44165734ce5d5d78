/* conf_value.h - the value of one setting: text to field and back. For conf.c and settings.c; the types are
 * those of conf.h. */
#ifndef BASE_CONF_VALUE_H
#define BASE_CONF_VALUE_H

#include "base/conf.h"

/* Makes the field empty; nothing is freed. */
void conf_value_init(const struct conf_row *row, void *settings);
/* Reads text into the row's field of *settings, which is freed before. On failure the field keeps its value.
 */
bool conf_value_set(const struct conf_row *row, struct sl_str text, void *settings, struct sl_err *err);
void conf_value_fini(const struct conf_row *row, void *settings);
/* The text that would give this value, and what a reader has to know about the values allowed. Both on the
 * heap. */
char *conf_value_text(const struct conf_row *row, const void *settings);
char *conf_value_form(const struct conf_row *row);

#endif
