/* scan.h - control bytes, found sixteen at a time. For those who read messages: proxy/http, proxy/h2. */
#ifndef PROXY_HTTP_SCAN_H
#define PROXY_HTTP_SCAN_H

#include "sluice/str.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Bit i is set when p[i] is a control byte other than tab (so CR and LF too). Reads 16 bytes. */
static inline unsigned scan_controls16(const char *p)
{
#ifdef __SSE2__
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x);
    __m128i tab = _mm_cmpeq_epi8(x, _mm_set1_epi8('\t'));
    __m128i del = _mm_cmpeq_epi8(x, _mm_set1_epi8(0x7f));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(tab, low), del));
#else
    unsigned mask = 0;
    for (unsigned i = 0; i < 16; i++) {
        unsigned char c = (unsigned char)p[i];
        mask |= (unsigned)((c < 0x20 && c != '\t') || c == 0x7f) << i;
    }
    return mask;
#endif
}

/* The same for the last bytes of a buffer: n < 16 of them, the rest counts as harmless. */
static inline unsigned scan_controls(const char *p, size_t n)
{
    char pad[16];
    memset(pad, ' ', sizeof pad);
    memcpy(pad, p, n);
    return scan_controls16(pad);
}

/* Bytes of a token, RFC 9110 section 5.6.2. */
extern const uint8_t scan_token[256];
bool scan_is_token(struct sl_str s); /* not empty, and token bytes alone */
/* Takes the next element of a comma-separated list off *rest, trimmed; empty elements are passed over. False
 * at the end. */
bool scan_element(struct sl_str *rest, struct sl_str *out);
/* Spaces and tabs cut off at both ends. */
static inline struct sl_str scan_trim(struct sl_str s)
{
    while (s.n > 0 && (*s.p == ' ' || *s.p == '\t'))
        s.p++, s.n--;
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

#endif
