/* cookie.h - one value out of a Cookie field. */
#ifndef ADMINAPI_COOKIE_H
#define ADMINAPI_COOKIE_H

#include "sluice/str.h"

/* The value of `name` (compared exactly), a view into field; p NULL when it isn't there. Also when it is
 * there twice: somebody else's cookie may hide behind the name, and which one counts must not depend on the
 * order. */
struct sl_str cookie_value(struct sl_str field, struct sl_str name);

#endif
