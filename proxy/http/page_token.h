/* page_token.h - what a link or button of ours carries: a payload, signed for one purpose and one person.
 * Private to proxy/http.
 *
 *     t=BASE64URL(payload).BASE64URL(mac)
 *     mac = HMAC-SHA256(key, purpose NUL length-of-who LF who LF payload)
 *
 * `who` is signed but not told: the token says nothing about the user, and works for nobody else. Everything
 * that is acted on is inside the signature. */
#ifndef PROXY_HTTP_PAGE_TOKEN_H
#define PROXY_HTTP_PAGE_TOKEN_H

#include "sluice/str.h"

/* Appends "t=..." to out. */
void page_token_add(const uint8_t key[32], struct sl_str purpose, struct sl_str who, struct sl_str payload,
                    struct sl_text *out);
/* Finds t in a query that may have other parameters. Puts the payload into scratch if the signature is ours.
 */
bool page_token_open(const uint8_t key[32], struct sl_str purpose, struct sl_str who, struct sl_str query,
                     struct sl_text *scratch);

#endif
