/* subject.c - see subject.h. */
#include "policy/store/subject.h"

#include "base/crypto.h"

enum { TAIL = 17 };

uint8_t subject_store(struct sl_str text, char *field, uint8_t cap)
{
    sl_assert(cap >= 32);
    if (text.n <= cap) {
        if (text.n)
            memcpy(field, text.p, text.n);
        return (uint8_t)text.n;
    }
    uint8_t digest[32];
    char hex[TAIL];
    size_t n = cap - (size_t)TAIL;
    while (n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    crypto_sha256(text, digest);
    crypto_hex(digest, 8, hex);
    memcpy(field, text.p, n);
    field[n] = '~';
    memcpy(field + n + 1, hex, TAIL - 1);
    return (uint8_t)(n + TAIL);
}

json_t *subject_json(struct sl_str text)
{
    json_t *json = text.n ? json_stringn(text.p, text.n) : json_string("");
    if (json || !text.p)
        return json;
    /* Byte by byte: keeps every run that is UTF-8 by itself. */
    struct sl_text clean = {0};
    for (size_t i = 0; i < text.n;) {
        unsigned char c = (unsigned char)text.p[i];
        size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
        json_t *one = n <= text.n - i ? json_stringn(text.p + i, n) : NULL;
        sl_text_add(&clean, one ? sl_str(text.p + i, n) : SL_STR("\xef\xbf\xbd"));
        i += one ? n : 1;
        json_decref(one);
    }
    json = json_stringn(clean.p, clean.n);
    sl_text_fini(&clean);
    return json;
}
