/* fuzz_authority.c - pki/ca_import.c: whatever bytes somebody gives for an authority (PEM, PKCS#12), it is
 * refused in words, or can be described. The first byte says which of them have a password; what is behind a
 * NUL is a key of its own. Also the line of a list of authorities. */
#include <stdlib.h>

#include "pki/ca_set.h"

enum { NOW_S = 1800000000 };

static void describe(void *arg, const char *sentence)
{
    sl_text_add(arg, sl_cstr(sentence));
}

static void use(const struct ca *ca)
{
    SL_CLEANUP(sl_text_fini) struct sl_text text = {0};
    sl_assert(ca_key(ca) && ca_chain(ca));
    ca_pem(ca, &text);
    ca_der(ca, &text);
    ca_warn(ca, NOW_S, describe, &text);
    ca_covers(ca, SL_STR("www.example.com"));
    ca_covers(ca, SL_STR("192.0.2.1"));
}

static void read_line(struct sl_str line)
{
    struct ca_entry entry;
    char id[CA_ID_TEXT];
    if (ca_set_line(line, &entry, id, NULL))
        sl_assert(strlen(id) == CA_ID_TEXT - 1 && entry.since_s >= 0 && !entry.ca);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sl_str text = sl_str((const char *)data + (size > 0), size - (size > 0));
    const char *cut = text.n ? memmem(text.p, text.n, "\0KEY", 4) : NULL;
    struct ca_given given = {.data = text};
    const struct ca *ca = NULL;
    struct sl_err err = {0};
    if (cut) {
        given.data = sl_str(text.p, (size_t)(cut - text.p));
        given.key = sl_str(cut + 4, (size_t)(text.p + text.n - cut - 4));
    }
    if (size > 0 && data[0] & 1)
        given.password = SL_STR("sesame");
    if (ca_import(&given, NOW_S, &ca, &err))
        use(ca);
    else
        sl_assert(err.msg[0] && !ca);
    ca_unref(&ca);
    read_line(text);
    return 0;
}
