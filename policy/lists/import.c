/* import.c - reads a source, whatever it is, into normalised list files: one for a file, one per category for
 * an archive or folder. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "policy/lists/include.h"
#include "policy/lists/lines.h"
#include "policy/lists/plan.h"
#include "policy/lists/unpack.h"
#include "policy/lists/usage.h"

enum { SAMPLE = 64 * 1024, MAX_OPEN = 1024 };
struct import {
    const char *path, *out_dir;
    const struct list_format *format; /* given by the caller, else NULL */
    uint64_t max_bytes;
    void (*progress)(void *arg, uint64_t done, uint64_t total);
    void *progress_arg;
    char id[9]; /* makes the names of this import's files */
    struct plan plan;
    struct work { /* one for each list of the plan */
        struct normal_writer *writer;
        struct intake intake;
        bool open, done;
        struct intake_include *includes;
        size_t include_count;
        struct intake_attribute *attributes;
        size_t attribute_count;
    } * work;
    struct list_part *parts; /* the same order; file is NULL until it is written */
    size_t open_count;
    const struct list_format *used; /* of the last file */
    bool mixed;                     /* files of different formats */
    struct list_report left_out;
    struct usage_table usage;
};

void list_report_fini(struct list_report *r)
{
    for (size_t i = 0; i < r->fault_count; i++)
        free(r->faults[i].text);
    free(r->faults);
    *r = (struct list_report){0};
}

void list_import_fini(struct list_import *imp)
{
    for (size_t i = 0; i < imp->count; i++) {
        free(imp->parts[i].name);
        free(imp->parts[i].file);
        list_about_fini(&imp->parts[i].about);
        list_report_fini(&imp->parts[i].report);
    }
    free(imp->parts);
    list_report_fini(&imp->left_out);
    *imp = (struct list_import){0};
}

/* ---- what is there ---- */

/* First reading: only names. */
static bool survey(struct import *im, struct sl_err *err)
{
    struct unpack *u;
    struct unpack_item item;
    enum unpack_step step;
    if (!unpack_open(im->path, im->max_bytes, &u, err))
        return false;
    while ((step = unpack_next(u, &item, err)) == UNPACK_ITEM)
        plan_add(&im->plan, item.path, item.target);
    unpack_close(&u);
    return step == UNPACK_END && plan_make(&im->plan, err);
}

/* A file that is no archive is the only item and has no name inside; its own name may tell the format. */
static bool is_single(const struct import *im)
{
    return im->plan.file_count == 1 && *im->plan.files[0].path == '\0';
}

/* ---- one list ---- */

static uint64_t records_of(const struct list_report *r)
{
    return r->hosts + r->urls + r->expressions + r->addresses;
}

static bool begin_list(struct import *im, size_t index, struct sl_err *err)
{
    struct work *w = &im->work[index];
    struct list_part *part = &im->parts[index];
    if (w->open)
        return true;
    if (im->open_count == MAX_OPEN)
        return sl_fail(err, SL_LIMIT, "'%s' mixes the files of more than %d categories", im->path, MAX_OPEN);
    part->file = sl_asprintf("%s/%s-%04zu.list", im->out_dir, im->id, index);
    if (!normal_create(part->file, &w->writer, err)) {
        free(part->file);
        part->file = NULL;
        return false;
    }
    intake_init(&w->intake, w->writer, &part->report);
    w->intake.in_tree = !is_single(im);
    w->open = true;
    im->open_count++;
    return true;
}

/* Includes and attributes are asked for when all lists are read; the rest of the intake is done with. */
static void end_intake(struct import *im, struct work *w)
{
    w->includes = w->intake.includes;
    w->include_count = w->intake.include_count;
    w->attributes = w->intake.attributes;
    w->attribute_count = w->intake.attribute_count;
    w->intake.include_count = w->intake.attribute_count = 0;
    w->intake.includes = NULL;
    w->intake.attributes = NULL;
    intake_fini(&w->intake);
    w->open = false;
    im->open_count--;
}

static void note_left_out(struct import *im, const char *file, const char *why)
{
    struct list_report *r = &im->left_out;
    r->skipped++;
    if (why == NULL || r->fault_count == INTAKE_MAX_FAULTS)
        return;
    if (r->faults == NULL)
        r->faults = sl_calloc(INTAKE_MAX_FAULTS, sizeof *r->faults);
    r->faults[r->fault_count++].text = sl_asprintf("%s: %s", file, why);
}

/* A whole file that is no list, such as a README, is left out with the first thing wrong with it. */
static void leave_out(struct import *im, size_t index)
{
    struct list_part *part = &im->parts[index];
    const struct list_report *r = &part->report;
    note_left_out(im, im->plan.lists[index].folder,
                  r->fault_count > 0 ? r->faults[0].text : "no entry in it");
    free(part->file);
    part->file = NULL;
}

static void warn_absent(void *arg, struct normal_place place, struct sl_str text)
{
    struct intake *in = arg;
    in->line = place.line;
    in->file = place.file;
    intake_warn(in, text, "taken out by a diff, but it was not in the list");
}

/* What diffs and exceptions took back goes out of the file. */
static bool amend_list(struct intake *in, struct list_part *part, struct sl_err *err)
{
    struct amend_report report = {.absent = warn_absent, .arg = in};
    if (in->amend == NULL)
        return true;
    if (!amend_apply(in->amend, part->file, &report, part->sha256, err))
        return false;
    part->report.hosts -= report.dropped.hosts;
    part->report.urls -= report.dropped.urls;
    part->report.addresses -= report.dropped.networks;
    part->report.exceptions -= report.dropped.exceptions;
    part->report.skipped +=
        report.dropped.hosts + report.dropped.urls + report.dropped.networks + report.dropped.exceptions;
    return true;
}

static bool finish_list(struct import *im, size_t index, struct sl_err *err)
{
    struct work *w = &im->work[index];
    struct list_part *part = &im->parts[index];
    const struct list_report *r = &part->report;
    w->done = true;
    /* An empty category of UT1 is still a category; a list may have nothing of its own but includes. */
    bool is_list = im->plan.ut1 || is_single(im) || w->intake.include_count > 0 ||
                   (records_of(r) > 0 && records_of(r) >= r->errors);
    bool written =
        is_list && normal_finish(&w->writer, part->sha256, err) && amend_list(&w->intake, part, err);
    end_intake(im, w);
    if (written)
        return true;
    normal_abandon(&w->writer);
    if (is_list) {
        unlink(part->file);
        free(part->file);
        part->file = NULL;
        return false;
    }
    leave_out(im, index);
    return true;
}

/* ---- one file ---- */

static void tell(const struct import *im, const struct unpack *u)
{
    uint64_t done, total;
    if (im->progress == NULL)
        return;
    unpack_progress(u, &done, &total);
    im->progress(im->progress_arg, done, total);
}

/* Lines of the sample that are whole, or all of it if none is. */
static struct sl_str whole_lines(struct sl_str sample)
{
    const char *end = sample.n > 0 ? memrchr(sample.p, '\n', sample.n) : NULL;
    return end != NULL ? sl_str(sample.p, (size_t)(end - sample.p)) : sample;
}

/* Collects the beginning of a file to guess its format by; *step is that of the last read. */
static bool read_sample(struct unpack *u, struct sl_text *sample, enum unpack_step *step, struct sl_err *err)
{
    struct sl_str block;
    *step = UNPACK_ITEM;
    while (sample->n < SAMPLE && (*step = unpack_read(u, &block, err)) == UNPACK_ITEM)
        sl_text_add(sample, block);
    return *step != UNPACK_FAILED;
}

static bool read_file(struct import *im, struct unpack *u, const struct plan_file *f, struct sl_err *err)
{
    SL_CLEANUP(sl_text_fini) struct sl_text sample = {0};
    struct intake *in = &im->work[f->list].intake;
    struct sl_str block;
    struct lines lines;
    enum unpack_step step;
    if (!read_sample(u, &sample, &step, err))
        return false;
    const struct list_format *before = im->used;
    im->used = f->format != NULL ? f->format : im->format;
    if (im->used == NULL)
        im->used = format_guess(whole_lines(sl_text_str(&sample)));
    im->mixed = im->mixed || (before != NULL && before != im->used);
    intake_file(in, im->plan.ut1 ? f->path : "");
    lines_begin(&lines, in, im->used);
    lines_feed(&lines, sample.p, sample.n);
    while (step == UNPACK_ITEM && (step = unpack_read(u, &block, err)) == UNPACK_ITEM) {
        lines_feed(&lines, block.p, block.n);
        tell(im, u);
    }
    lines_end(&lines);
    intake_file(in, "");
    return step == UNPACK_END;
}

/* What it says is a help and no more, so one that is too long is read in part. */
static bool read_usage(struct import *im, struct unpack *u, const char *path, struct sl_err *err)
{
    SL_CLEANUP(sl_text_fini) struct sl_text content = {0};
    struct sl_str block;
    enum unpack_step step = UNPACK_ITEM;
    while (content.n < USAGE_MAX_BYTES && (step = unpack_read(u, &block, err)) == UNPACK_ITEM)
        sl_text_add(&content, sl_str_sub(block, 0, USAGE_MAX_BYTES - content.n));
    usage_read(&im->usage, path, sl_text_str(&content));
    return step != UNPACK_FAILED;
}

/* ---- everything ---- */

static bool read_item(struct import *im, struct unpack *u, const struct unpack_item *item, size_t index,
                      struct sl_err *err)
{
    if (index >= im->plan.file_count || strcmp(item->path, im->plan.files[index].path) != 0)
        return sl_fail(err, SL_CONFLICT, "'%s' was changed while it was read", im->path);
    const struct plan_file *f = &im->plan.files[index];
    if (im->plan.ut1 && f->target == NULL && usage_is_about(f->path))
        return read_usage(im, u, f->path, err);
    if (f->list == PLAN_NONE) {
        note_left_out(im, f->path, f->left_out);
        return true;
    }
    if (f->target != NULL)
        return true; /* made when all are there */
    if (!begin_list(im, (size_t)f->list, err) || !read_file(im, u, f, err))
        return false;
    tell(im, u);
    return im->plan.lists[f->list].last_file != index || finish_list(im, (size_t)f->list, err);
}

static bool read_everything(struct import *im, struct sl_err *err)
{
    struct unpack *u;
    struct unpack_item item;
    enum unpack_step step;
    bool ok = true;
    if (!unpack_open(im->path, im->max_bytes, &u, err))
        return false;
    for (size_t i = 0; ok && (step = unpack_next(u, &item, err)) != UNPACK_END; i++)
        ok = step == UNPACK_ITEM && read_item(im, u, &item, i, err);
    unpack_close(&u);
    return ok;
}

static bool make_includes(struct import *im, struct sl_err *err)
{
    size_t count = im->plan.list_count, including = 0;
    struct include_list *lists = sl_calloc(count + 1, sizeof *lists);
    for (size_t i = 0; i < count; i++) {
        const struct work *w = &im->work[i];
        including += w->include_count;
        lists[i] = (struct include_list){.file = im->parts[i].file,
                                         .includes = w->includes,
                                         .include_count = w->include_count,
                                         .attributes = w->attributes,
                                         .attribute_count = w->attribute_count,
                                         .report = &im->parts[i].report,
                                         .sha256 = im->parts[i].sha256};
    }
    bool ok = including == 0 || include_all(&im->plan, lists, im->max_bytes, err);
    free(lists);
    return ok;
}

/* The same file under a second name, without a second copy where the file system can. */
static bool make_aliases(struct import *im, struct sl_err *err)
{
    for (size_t i = 0; i < im->plan.list_count; i++) {
        int same = im->plan.lists[i].same_as;
        struct list_part *part = &im->parts[i];
        if (same == PLAN_NONE || im->parts[same].file == NULL)
            continue;
        char *file = sl_asprintf("%s/%s-%04zu.list", im->out_dir, im->id, i);
        if (link(im->parts[same].file, file) != 0) {
            sl_fail_errno(err, SL_IO, errno, "cannot link '%s'", file);
            free(file);
            return false;
        }
        part->file = file;
        memcpy(part->sha256, im->parts[same].sha256, sizeof part->sha256);
        part->report = im->parts[same].report;
        part->report.faults = NULL;
        part->report.fault_count = 0;
    }
    return true;
}

static bool is_usable(const struct import *im, struct sl_err *err)
{
    uint64_t records = 0, errors = 0;
    const char *first = im->left_out.fault_count > 0 ? im->left_out.faults[0].text : NULL;
    for (size_t i = 0; i < im->plan.list_count; i++) {
        const struct list_report *r = &im->parts[i].report;
        if (im->parts[i].file == NULL)
            continue;
        records += records_of(r);
        errors += r->errors;
        if (r->fault_count > 0)
            first = r->faults[0].text;
    }
    if (records > 0 && records >= errors)
        return true;
    const char *what = records == 0 ? "no entry in it" : "mostly lines that are none of this format";
    const char *format = im->used != NULL ? im->used->name : "unknown";
    return sl_fail(err, SL_BAD_INPUT, "'%s' is no list that can be used: %s (read as %s)%s%s", im->path, what,
                   format, first != NULL ? "; " : "", first != NULL ? first : "");
}

/* Moves the lists that were written to *out; what is left in im is freed by import_fini. */
static void hand_over(struct import *im, struct list_import *out)
{
    *out = (struct list_import){.parts = im->parts, .left_out = im->left_out};
    im->left_out = (struct list_report){0};
    const char *format = im->plan.ut1 ? "ut1" : im->mixed ? "mixed" : im->used->name;
    memcpy(out->format, format, SL_MIN(strlen(format), sizeof out->format - 1));
    for (size_t i = 0; i < im->plan.list_count; i++) {
        struct list_part *part = &im->parts[i];
        if (part->file == NULL) {
            list_report_fini(&part->report);
            continue;
        }
        part->about = usage_of(&im->usage, im->plan.lists[i].folder);
        part->name = im->plan.lists[i].name;
        im->plan.lists[i].name = NULL;
        out->parts[out->count++] = *part;
    }
    im->parts = NULL;
}

static void free_includes(struct work *w)
{
    for (size_t i = 0; i < w->include_count; i++) {
        free(w->includes[i].target);
        free(w->includes[i].filter);
    }
    for (size_t i = 0; i < w->attribute_count; i++)
        free(w->attributes[i].names);
    free(w->includes);
    free(w->attributes);
}

static void import_fini(struct import *im)
{
    for (size_t i = 0; i < im->plan.list_count && im->work != NULL; i++) {
        if (im->work[i].open)
            end_intake(im, &im->work[i]);
        normal_abandon(&im->work[i].writer);
        free_includes(&im->work[i]);
    }
    for (size_t i = 0; i < im->plan.list_count && im->parts != NULL; i++) {
        if (im->parts[i].file != NULL)
            unlink(im->parts[i].file);
        free(im->parts[i].file);
        list_report_fini(&im->parts[i].report);
    }
    free(im->parts);
    free(im->work);
    list_report_fini(&im->left_out);
    usage_fini(&im->usage);
    plan_fini(&im->plan);
}

static bool known_format(struct import *im, const char *format, struct sl_err *err)
{
    if (format == NULL || *format == '\0' || strcmp(format, "ut1") == 0 || strcmp(format, "mixed") == 0)
        return true; /* what an import reports as its format can be given to the next one */
    im->format = format_named(sl_cstr(format));
    if (im->format != NULL)
        return true;
    struct sl_text names = {0};
    for (const char *const *name = list_formats(); *name != NULL; name++)
        sl_text_addf(&names, "%s%s", names.n > 0 ? ", " : "", *name);
    sl_fail(err, SL_BAD_INPUT, "no list format '%s': there are %s", format, names.p);
    sl_text_fini(&names);
    return false;
}

bool list_import(const char *path, const char *format, const char *out_dir, uint64_t max_bytes,
                 void (*progress)(void *arg, uint64_t bytes_done, uint64_t bytes_total), void *progress_arg,
                 struct list_import *out, struct sl_err *err)
{
    struct import im = {.path = path,
                        .out_dir = out_dir,
                        .max_bytes = max_bytes,
                        .progress = progress,
                        .progress_arg = progress_arg};
    bool want_ut1 = format != NULL && strcmp(format, "ut1") == 0, known;
    crypto_random_id(im.id, sizeof im.id - 1);
    bool ok = known_format(&im, format, err) && survey(&im, err);
    if (ok && want_ut1 && !im.plan.ut1)
        ok = sl_fail(err, SL_BAD_INPUT, "'%s' has no CATEGORY/domains or CATEGORY/urls: it is not UT1's",
                     path);
    if (ok && is_single(&im) && im.format == NULL)
        im.plan.files[0].format = plan_format_of(path, &known);
    im.work = sl_calloc(im.plan.list_count + 1, sizeof *im.work);
    im.parts = sl_calloc(im.plan.list_count + 1, sizeof *im.parts);
    ok = ok && read_everything(&im, err) && make_includes(&im, err) && make_aliases(&im, err) &&
         is_usable(&im, err);
    if (ok)
        hand_over(&im, out);
    import_fini(&im);
    return ok;
}
