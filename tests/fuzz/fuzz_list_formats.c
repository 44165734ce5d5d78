/* fuzz_list_formats.c - any text in any format becomes a list that compiles. The first byte chooses the
 * format; the rest comes in blocks of odd sizes. What the importer wrote must be readable, and the catalogue
 * of it must open. */
#include "policy/lists/lines.h"
#include "tests/fuzz/scratch.h"

static const struct list_format *choose(uint8_t byte, struct sl_str text)
{
    size_t count = 0;
    while (formats[count].name != NULL)
        count++;
    return byte % (count + 1) == count ? format_guess(text) : &formats[byte % (count + 1)];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 8192)
        return 0;
    char list[128], catalogue[128];
    snprintf(list, sizeof list, "%s/list", scratch_dir());
    snprintf(catalogue, sizeof catalogue, "%s/catalogue", scratch_dir());
    unlink(list);

    struct sl_str text = sl_str((const char *)data + 1, size - 1);
    struct list_report report = {0};
    struct normal_writer *w;
    struct intake in;
    struct lines lines;
    struct sl_err err = {0};
    sl_assert(normal_create(list, &w, &err));
    intake_init(&in, w, &report);
    intake_file(&in, "");
    lines_begin(&lines, &in, choose(data[0], text));
    for (size_t at = 0, n = 1; at < text.n; at += n, n = n * 3 % 61 + 1)
        lines_feed(&lines, text.p + at, n = SL_MIN(n, text.n - at));
    lines_end(&lines);
    intake_fini(&in);
    list_report_fini(&report);

    struct catalogue_source source = {.name = "fuzz", .file = list};
    struct list_provider *p;
    const uint8_t secret[32] = {0};
    sl_assert(normal_finish(&w, source.sha256, &err));
    if (!catalogue_build(&source, 1, secret, catalogue, NULL, NULL, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        abort();
    }
    sl_assert(catalogue_open(catalogue, &p, &err));
    p->unref(p);
    return 0;
}
