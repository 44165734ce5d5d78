/* scan.c - see scan.h. */
#include "proxy/http/scan.h"

#define T 1
const uint8_t scan_token[256] = {
    ['!'] = T, ['#'] = T, ['$'] = T, ['%'] = T, ['&'] = T, ['\''] = T, ['*'] = T, ['+'] = T, ['-'] = T,
    ['.'] = T, ['^'] = T, ['_'] = T, ['`'] = T, ['|'] = T, ['~'] = T,  ['0'] = T, ['1'] = T, ['2'] = T,
    ['3'] = T, ['4'] = T, ['5'] = T, ['6'] = T, ['7'] = T, ['8'] = T,  ['9'] = T, ['A'] = T, ['B'] = T,
    ['C'] = T, ['D'] = T, ['E'] = T, ['F'] = T, ['G'] = T, ['H'] = T,  ['I'] = T, ['J'] = T, ['K'] = T,
    ['L'] = T, ['M'] = T, ['N'] = T, ['O'] = T, ['P'] = T, ['Q'] = T,  ['R'] = T, ['S'] = T, ['T'] = T,
    ['U'] = T, ['V'] = T, ['W'] = T, ['X'] = T, ['Y'] = T, ['Z'] = T,  ['a'] = T, ['b'] = T, ['c'] = T,
    ['d'] = T, ['e'] = T, ['f'] = T, ['g'] = T, ['h'] = T, ['i'] = T,  ['j'] = T, ['k'] = T, ['l'] = T,
    ['m'] = T, ['n'] = T, ['o'] = T, ['p'] = T, ['q'] = T, ['r'] = T,  ['s'] = T, ['t'] = T, ['u'] = T,
    ['v'] = T, ['w'] = T, ['x'] = T, ['y'] = T, ['z'] = T,
};

bool scan_is_token(struct sl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!scan_token[(unsigned char)s.p[i]])
            return false;
    return s.n > 0;
}

bool scan_element(struct sl_str *rest, struct sl_str *out)
{
    while (rest->n > 0) {
        const char *comma = memchr(rest->p, ',', rest->n);
        size_t n = comma ? (size_t)(comma - rest->p) : rest->n;
        *out = scan_trim(sl_str(rest->p, n));
        n += comma != NULL;
        *rest = sl_str(rest->p + n, rest->n - n);
        if (out->n > 0)
            return true;
    }
    return false;
}
