/* test_import.c - unit tests of importing files, archives and folders. */
#include "tests/unit/policy/lists/lists_fixture.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>

/* ---- archives for tests ---- */

struct member {
    const char *path, *text, *target; /* target: a symbolic link */
};
static char *make_archive(struct fixture *f, const char *name, int format, int filter, const struct member *m,
                          size_t count)
{
    char *path = sl_asprintf("%s/%s", f->dir, name);
    struct archive *a = archive_write_new();
    assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
    assert_int_equal(archive_write_set_format(a, format), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        struct archive_entry *e = archive_entry_new();
        archive_entry_set_pathname(e, m[i].path);
        archive_entry_set_perm(e, 0644);
        archive_entry_set_filetype(e, m[i].target != NULL ? AE_IFLNK : AE_IFREG);
        if (m[i].target != NULL)
            archive_entry_set_symlink(e, m[i].target);
        else
            archive_entry_set_size(e, (la_int64_t)strlen(m[i].text));
        assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
        if (m[i].target == NULL)
            assert_int_equal(archive_write_data(a, m[i].text, strlen(m[i].text)), strlen(m[i].text));
        archive_entry_free(e);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    return path;
}

static char *make_tar(struct fixture *f, const char *name, int filter, const struct member *m, size_t count)
{
    return make_archive(f, name, ARCHIVE_FORMAT_TAR_GNUTAR, filter, m, count);
}

/* Packs text with one filter and no archive around it. */
static char *make_packed(struct fixture *f, const char *name, int filter, const char *text, size_t n)
{
    char *path = sl_asprintf("%s/%s", f->dir, name);
    struct archive *a = archive_write_new();
    struct archive_entry *e = archive_entry_new();
    assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
    assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_pathname(e, "x");
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, text, n), n);
    archive_entry_free(e);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    return path;
}

static char *out_dir(struct fixture *f)
{
    char *dir = sl_asprintf("%s/out", f->dir);
    mkdir(dir, 0700);
    return dir;
}

static size_t files_in(const char *path)
{
    DIR *d = opendir(path);
    size_t n = 0;
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static bool import(struct fixture *f, const char *path, const char *format, uint64_t max_bytes,
                   struct list_import *imp, struct sl_err *err)
{
    char *dir = out_dir(f);
    bool ok = list_import(path, format, dir, max_bytes, NULL, NULL, imp, err);
    if (!ok)
        assert_int_equal(files_in(dir), 0);
    free(dir);
    return ok;
}

static char *content_of(const char *file)
{
    struct sl_err err;
    char *data;
    size_t n;
    assert_true(fs_read(file, 1 << 24, &data, &n, &err));
    return data;
}

static const struct list_part *part_named(const struct list_import *imp, const char *name)
{
    for (size_t i = 0; i < imp->count; i++)
        if (strcmp(imp->parts[i].name, name) == 0)
            return &imp->parts[i];
    fail_msg("no part '%s'", name);
    return NULL;
}

/* ---- files ---- */

TEST(list_import__reads_a_file_however_packed)
{
    static const struct {
        const char *name;
        int filter;
    } cases[] = {{"plain", ARCHIVE_FILTER_NONE},
                 {"gz", ARCHIVE_FILTER_GZIP},
                 {"xz", ARCHIVE_FILTER_XZ},
                 {"zst", ARCHIVE_FILTER_ZSTD},
                 {"bz2", ARCHIVE_FILTER_BZIP2}};
    static const char text[] = "\xef\xbb\xbf# a list\r\nExample.COM\r\n\r\nfoo..bar\r\nb.org/x # no end";
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct fixture f;
        struct list_import imp;
        struct sl_err err = {0};
        fixture_init(&f);
        char *path = make_packed(&f, cases[i].name, cases[i].filter, text, sizeof text - 1);
        if (!import(&f, path, NULL, 1 << 20, &imp, &err))
            fail_msg("%s: %s", cases[i].name, err.msg);
        assert_int_equal(imp.count, 1);
        const struct list_part *part = &imp.parts[0];
        assert_string_equal(imp.format, "plain");
        assert_string_equal(part->name, "");
        assert_int_equal(part->report.lines, 5);
        assert_int_equal(part->report.hosts, 1);
        assert_int_equal(part->report.urls, 1);
        assert_int_equal(part->report.errors, 1);
        assert_int_equal(part->report.fault_count, 1);
        assert_int_equal(part->report.faults[0].line, 4);
        assert_string_equal(part->report.faults[0].text, "line 4: 'foo..bar': empty label");
        char *normal = content_of(part->file);
        assert_string_equal(normal, "sluice-list 2\nl 2\nh example.com\nl 5\nu b.org/x\nend 1 1 0 0 0\n");
        struct stat st;
        assert_int_equal(stat(part->file, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        free(normal);
        free(path);
        list_import_fini(&imp);
        fixture_fini(&f);
    }
}

TEST(list_import__reports_lines_it_cannot_read)
{
    struct fixture f;
    struct list_import imp;
    struct sl_err err = {0};
    struct sl_text text = {0};
    fixture_init(&f);
    for (int i = 0; i < 300; i++)
        sl_text_addf(&text, "ok%d.com\n", i);
    for (int i = 0; i < 150; i++)
        sl_text_addf(&text, "bad line %d\n", i);
    for (int i = 0; i < 100 * 1000; i++)
        sl_text_addc(&text, 'x');
    sl_text_add(&text, sl_str("\nn\0l.com\nlast.com", 17));
    char *path = fixture_write(&f, "list", text.p, text.n);
    assert_true(import(&f, path, NULL, 1 << 24, &imp, &err));
    const struct list_report *r = &imp.parts[0].report;
    assert_int_equal(r->hosts, 301);
    assert_int_equal(r->errors, 152);
    assert_int_equal(r->fault_count, 100);
    assert_int_equal(r->faults[99].line, 400);
    assert_string_equal(r->faults[0].text, "line 301: 'bad line 0': more than one word");
    list_import_fini(&imp);
    sl_text_fini(&text);
    free(path);
    fixture_fini(&f);
}

TEST(list_import__refuses_what_is_no_list)
{
    static const struct {
        const char *text, *format;
        enum sl_code code;
    } cases[] = {
        {"", NULL, SL_BAD_INPUT},
        {"# only a comment\n", NULL, SL_BAD_INPUT},
        {"This is a page.\nWith prose in it.\nexample.com\n", NULL, SL_BAD_INPUT},
        {"example.com\n", "no-such-format", SL_BAD_INPUT},
        {"example.com\n", "ut1", SL_BAD_INPUT},
        {"example.com\n", "hosts", SL_BAD_INPUT},
    };
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct fixture f;
        struct list_import imp;
        struct sl_err err = {0};
        fixture_init(&f);
        char *path = fixture_write(&f, "list", cases[i].text, strlen(cases[i].text));
        assert_false(import(&f, path, cases[i].format, 1 << 20, &imp, &err));
        assert_int_equal(err.code, cases[i].code);
        free(path);
        fixture_fini(&f);
    }
}

TEST(list_import__bounds_what_comes_out)
{
    struct fixture f;
    struct list_import imp;
    struct sl_err err = {0};
    struct sl_text text = {0};
    fixture_init(&f);
    while (text.n < 4 << 20)
        sl_text_add(&text, SL_STR("example.com\n"));
    char *file = make_packed(&f, "bomb.gz", ARCHIVE_FILTER_GZIP, text.p, text.n);
    assert_false(import(&f, file, NULL, 1 << 20, &imp, &err));
    assert_int_equal(err.code, SL_LIMIT);
    const struct member m[] = {{"b/ads/domains", text.p, NULL}, {"b/porn/domains", text.p, NULL}};
    char *tar = make_tar(&f, "bomb.tar.xz", ARCHIVE_FILTER_XZ, m, 2);
    assert_false(import(&f, tar, NULL, 5 << 20, &imp, &err));
    assert_int_equal(err.code, SL_LIMIT);
    assert_true(import(&f, tar, NULL, 10 << 20, &imp, &err));
    list_import_fini(&imp);
    sl_text_fini(&text);
    free(file);
    free(tar);
    fixture_fini(&f);
}

TEST(list_import__refuses_damaged_archives)
{
    struct fixture f;
    struct list_import imp;
    struct sl_err err = {0};
    struct sl_text text = {0};
    fixture_init(&f);
    for (int i = 0; i < 20000; i++)
        sl_text_addf(&text, "host%d.example%d.com\n", i * 7919 % 20011, i);
    char *file = make_packed(&f, "cut.gz", ARCHIVE_FILTER_GZIP, text.p, text.n);
    struct stat st;
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(truncate(file, st.st_size / 2), 0);
    assert_false(import(&f, file, NULL, 1 << 24, &imp, &err));
    assert_int_equal(err.code, SL_BAD_INPUT);
    sl_text_fini(&text);
    free(file);
    fixture_fini(&f);
}

/* ---- archives and folders ---- */

static const struct member ut1[] = {
    {"./blacklists/README", "Not a list, but prose.\n", NULL},
    {"./blacklists/global_usage",
     "# NAME: no\nNAME EN: nobody's\nNAME:\tads\nDEFAULT_TYPE: black\nNAME EN: Advertising\n"
     "DESC EN: Some: ads.\nDESC FR: Des pubs.\nNAME: adult\nDEFAULT_TYPE: black\n\n:\nno colon",
     NULL},
    {"./blacklists/ads", NULL, "publicite"},
    {"./blacklists/publicite/domains", "ads.com\n203.0.113.9\n", NULL},
    {"./blacklists/publicite/expressions", "", NULL},
    {"./blacklists/publicite/urls", "foo.com/banner\n", NULL},
    {"./blacklists/publicite/usage", "# a comment\n\n white \nblack\n", NULL},
    {"./blacklists/adult/usage", "white\nporn\n", NULL},
    {"./blacklists/adult/domains.0", "a.xxx\n", NULL},
    {"./blacklists/adult/domains.1", "b.xxx\nbad line\n", NULL},
    {"./blacklists/adult/expressions", "sex[0-9]+\n(unclosed\n", NULL},
    {"./blacklists/adult/very_restrictive_expression", "sex\n", NULL},
    {"./blacklists/porn", NULL, "./adult/../adult"},
    {"./blacklists/out", NULL, "../../../etc"},
    {"./blacklists/absolute", NULL, "/etc"},
    {"./blacklists/circle", NULL, "circle"},
    {"./blacklists/chain", NULL, "ads"},
    {"./blacklists/empty/domains", "", NULL},
};

static void check_ut1(const struct list_import *imp, const char *folder)
{
    assert_string_equal(imp->format, "ut1");
    const struct list_part *ads = part_named(imp, "ads"), *real = part_named(imp, "publicite");
    assert_memory_equal(ads->sha256, real->sha256, 32);
    assert_string_not_equal(ads->file, real->file);
    assert_memory_equal(part_named(imp, "chain")->sha256, real->sha256, 32);
    assert_int_equal(ads->report.hosts, 1);
    assert_int_equal(ads->about.kind, LIST_BLACK);
    assert_string_equal(ads->about.title, "Advertising");
    assert_string_equal(ads->about.description, "Some: ads.");
    assert_int_equal(real->about.kind, LIST_WHITE);
    assert_null(real->about.title);
    char *normal = content_of(ads->file);
    assert_non_null(strstr(normal, "publicite/domains\nh ads.com\nn 203.0.113.9\nf "));
    assert_non_null(strstr(normal, "publicite/urls\nu foo.com/banner\nend 1 1 0 1 0\n"));
    free(normal);
    const struct list_part *adult = part_named(imp, "adult");
    assert_int_equal(adult->report.hosts, 2);
    assert_int_equal(adult->about.kind, LIST_WHITE); /* its own file goes before the global one */
    assert_int_equal(adult->report.expressions, 1);
    assert_int_equal(adult->report.errors, 2);
    char *fault = sl_asprintf("%s/adult/domains.1 line 2: 'bad line': more than one word", folder);
    assert_string_equal(adult->report.faults[0].text, fault);
    free(fault);
    assert_memory_equal(part_named(imp, "porn")->sha256, adult->sha256, 32);
    assert_int_equal(part_named(imp, "empty")->report.hosts, 0);
    assert_int_equal(imp->count, 6);
    /* README, three links that lead nowhere */
    assert_int_equal(imp->left_out.fault_count, 4);
}

TEST(list_import__reads_ut1_archives)
{
    static const int filters[] = {ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ};
    for (size_t i = 0; i < SL_COUNT(filters); i++) {
        struct fixture f;
        struct list_import imp;
        struct sl_err err = {0};
        fixture_init(&f);
        char *tar = make_tar(&f, "ut1.tar", filters[i], ut1, SL_COUNT(ut1));
        if (!import(&f, tar, i == 0 ? "ut1" : NULL, 1 << 20, &imp, &err))
            fail_msg("%s", err.msg);
        check_ut1(&imp, "blacklists");
        list_import_fini(&imp);
        free(tar);
        fixture_fini(&f);
    }
}

TEST(list_import__reads_ut1_folders)
{
    struct fixture f;
    struct list_import imp;
    struct sl_err err = {0};
    fixture_init(&f);
    for (size_t i = 0; i < SL_COUNT(ut1); i++) {
        char *name = sl_asprintf("tree/%s", ut1[i].path);
        if (ut1[i].target == NULL) {
            free(fixture_write(&f, name, ut1[i].text, strlen(ut1[i].text)));
        } else {
            char *link = sl_asprintf("%s/%s", f.dir, name);
            free(fixture_write(&f, "tree/blacklists/README", "", 0));
            assert_int_equal(symlink(ut1[i].target, link), 0);
            free(link);
        }
        free(name);
    }
    /* A link in place of a file is not followed either. */
    char *secret = fixture_write(&f, "secret", "leaked.com\n", 11);
    char *link = sl_asprintf("%s/tree/blacklists/empty/urls", f.dir);
    assert_int_equal(symlink(secret, link), 0);
    char *tree = sl_asprintf("%s/tree", f.dir);
    if (!import(&f, tree, NULL, 1 << 20, &imp, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(imp.left_out.fault_count, 5);
    imp.left_out.fault_count--; /* in the order of names; count it like the archive, which has no such link */
    free(imp.left_out.faults[4].text);
    check_ut1(&imp, "blacklists");
    list_import_fini(&imp);
    free(secret);
    free(link);
    free(tree);
    fixture_fini(&f);
}

TEST(list_import__reads_packed_files_in_archives)
{
    struct fixture f;
    struct list_import imp;
    struct sl_err err = {0};
    size_t n;
    char *data;
    fixture_init(&f);
    char *gz = make_packed(&f, "domains.gz", ARCHIVE_FILTER_GZIP, "a.com\nb.com\n", 12);
    assert_true(fs_read(gz, 1 << 20, &data, &n, &err));
    free(fixture_write(&f, "tree/games/domains.gz", data, n));
    char *tree = sl_asprintf("%s/tree", f.dir);
    if (!import(&f, tree, NULL, 1 << 20, &imp, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(imp.count, 1);
    assert_string_equal(imp.parts[0].name, "games");
    assert_int_equal(imp.parts[0].report.hosts, 2);
    list_import_fini(&imp);
    free(data);
    free(gz);
    free(tree);
    fixture_fini(&f);
}

TEST(list_import__makes_a_list_of_each_file)
{
    static const struct member m[] = {
        {"lists/Ads.txt", "0.0.0.0 a.com\n", NULL},
        {"lists/more/Ads.txt", "b.com\n", NULL},
        {"lists/tracking", "c.com\n", NULL},
        {"lists/README.md", "# Lists\nSome words about them.\n", NULL},
        {"lists/.git/config", "d.com\n", NULL},
    };
    struct fixture f;
    struct list_import imp;
    struct sl_err err = {0};
    fixture_init(&f);
    char *tar = make_tar(&f, "lists.tar.zst", ARCHIVE_FILTER_ZSTD, m, SL_COUNT(m));
    if (!import(&f, tar, NULL, 1 << 20, &imp, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(imp.count, 3);
    assert_int_equal(part_named(&imp, "Ads")->report.hosts, 1);
    assert_int_equal(part_named(&imp, "more/Ads")->report.hosts, 1);
    assert_int_equal(part_named(&imp, "tracking")->report.hosts, 1);
    assert_string_equal(imp.format, "mixed");
    assert_int_equal(imp.left_out.skipped, 1);
    assert_string_equal(imp.left_out.faults[0].text,
                        "lists/README.md: line 2: 'Some words about them.': more than one word");
    list_import_fini(&imp);
    free(tar);
    fixture_fini(&f);
}

TEST(list_import__reads_zip_archives)
{
    static const struct member m[] = {{"top/games/domains", "a.com\n", NULL},
                                      {"top/chat/urls", "b.com/x\n", NULL}};
    struct fixture f;
    struct list_import imp;
    struct sl_err err = {0};
    fixture_init(&f);
    char *zip = make_archive(&f, "lists.zip", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, m, SL_COUNT(m));
    if (!import(&f, zip, NULL, 1 << 20, &imp, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(imp.count, 2);
    assert_int_equal(part_named(&imp, "games")->report.hosts, 1);
    assert_int_equal(part_named(&imp, "chat")->report.urls, 1);
    list_import_fini(&imp);
    free(zip);
    fixture_fini(&f);
}

TEST(list_import__refuses_names_that_lead_out_or_write_lines)
{
    static const struct member hostile[][2] = {
        {{"../evil/domains", "a.com\n", NULL}, {"ok/domains", "b.com\n", NULL}},
        {{"ok/domains", "b.com\n", NULL}, {"ok/../../evil/domains", "a.com\n", NULL}},
        {{"/etc/evil/domains", "a.com\n", NULL}, {"ok/domains", "b.com\n", NULL}},
        {{"1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/domains", "a.com\n", NULL},
         {"ok/domains", "b.com\n", NULL}},
        {{"ok/domains", "a.com\n", NULL}, {"ok\nh google.com\n/domains", "b.com\n", NULL}},
    };
    for (size_t i = 0; i < SL_COUNT(hostile); i++) {
        struct fixture f;
        struct list_import imp;
        struct sl_err err = {0};
        fixture_init(&f);
        char *tar = make_tar(&f, "evil.tar", ARCHIVE_FILTER_NONE, hostile[i], 2);
        assert_false(import(&f, tar, NULL, 1 << 20, &imp, &err));
        assert_int_equal(err.code, SL_BAD_INPUT);
        free(tar);
        fixture_fini(&f);
    }
}

TEST(list_import__never_reads_through_a_link)
{
    static const struct member m[] = {
        {"b/ads/domains", "a.com\n", NULL},
        {"b/evil/domains", NULL, "/etc/passwd"},
        {"b/link", NULL, "/etc"},
        {"b/link/domains", "c.com\n", NULL}, /* would be written to /etc by a careless unpacker */
    };
    struct fixture f;
    struct list_import imp;
    struct sl_err err = {0};
    fixture_init(&f);
    char *tar = make_tar(&f, "links.tar", ARCHIVE_FILTER_NONE, m, SL_COUNT(m));
    assert_true(import(&f, tar, NULL, 1 << 20, &imp, &err));
    assert_int_equal(imp.count, 2);
    assert_int_equal(part_named(&imp, "ads")->report.hosts, 1);
    assert_int_equal(part_named(&imp, "link")->report.hosts, 1);
    list_import_fini(&imp);
    free(tar);
    fixture_fini(&f);
}

static void write_tree(struct fixture *f, const char *const (*files)[2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(fixture_write(f, files[i][0], files[i][1], strlen(files[i][1])));
}

/* The named part's normalised file without its marks, and how it is reported. */
static void check_part(const struct list_import *imp, const char *name, const char *records, uint64_t errors,
                       uint64_t warnings)
{
    const struct list_part *part = part_named(imp, name);
    SL_CLEANUP(sl_freep) char *normal = content_of(part->file);
    SL_CLEANUP(sl_text_fini) struct sl_text got = {0};
    struct sl_str rest = sl_cstr(normal), line;
    sl_text_add(&got, SL_STR(""));
    while (sl_str_split(&rest, '\n', &line))
        if (line.n > 2 && line.p[1] == ' ' && line.p[0] != 'l' && line.p[0] != 'f')
            sl_text_addf(&got, "%.*s;", SL_FMT(line));
    assert_string_equal(got.p, records);
    assert_int_equal(part->report.errors, errors);
    assert_int_equal(part->report.warnings, warnings);
}

TEST(list_import__applies_diffs_in_order)
{
    static const char *const files[][2] = {
        {"t/bl/ads/domains", "a.com\nb.com\nc.com\n"},
        {"t/bl/ads/domains.2026-11-01.diff", "-a.com\n+d.com\n-absent.com\n"},
        {"t/bl/ads/domains.2026-11-02.diff", "+a.com\n-b.com\n-d.com\n"},
        {"t/bl/ads/urls", "x.com/1\nx.com/2\n"},
        {"t/bl/ads/urls.diff", "-x.com/1\n"},
        {"t/bl/empty/domains", ""},
    };
    struct fixture f;
    struct list_import imp;
    struct sl_err err = {0};
    fixture_init(&f);
    write_tree(&f, files, SL_COUNT(files));
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/t", f.dir);
    if (!import(&f, path, NULL, 1 << 20, &imp, &err))
        fail_msg("%s", err.msg);
    check_part(&imp, "ads", "h a.com;h c.com;u x.com/2;", 0, 1);
    assert_non_null(strstr(part_named(&imp, "ads")->report.faults[0].text,
                           "domains.2026-11-01.diff line 3: 'absent.com': taken out by a diff"));
    list_import_fini(&imp);
    fixture_fini(&f);
}

TEST(list_import__includes_lists_of_the_same_tree)
{
    static const char *const v2fly[][2] = {
        {"t/data/a", "domain:a.com @ads\nfull:w.a.com\ninclude:b @-cn\n"},
        {"t/data/b", "b.com @cn\nb.org @ads\ninclude:c\n"},
        {"t/data/c", "c.com\ninclude:a\ninclude:none\n"},
        {"t/data/only", "include:b @ads\n"},
    };
    static const char *const e2guardian[][2] = {
        {"t/lists/bannedsitelist", "#listcategory: \"x\"\none.com\n.Include</etc/e2/lists/more/domains>\n"},
        {"t/lists/bannedphraselist", "<word>\n"},
        {"t/lists/exceptionsitelist", "two.com\n.Include</etc/e2/lists/../../shadow>\n"},
        {"t/lists/more/domains", "three.com\n"},
    };
    struct fixture f;
    struct list_import imp;
    struct sl_err err = {0};
    fixture_init(&f);
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/t", f.dir);
    write_tree(&f, v2fly, SL_COUNT(v2fly));
    if (!import(&f, path, NULL, 1 << 20, &imp, &err))
        fail_msg("%s", err.msg);
    check_part(&imp, "a", "h a.com;e w.a.com;h b.org;h c.com;", 2, 0); /* a circle, and none */
    check_part(&imp, "only", "h b.org;h a.com;", 2, 0);
    list_import_fini(&imp);
    assert_true(fs_remove_all(path, &err));
    write_tree(&f, e2guardian, SL_COUNT(e2guardian));
    if (!import(&f, path, NULL, 1 << 20, &imp, &err))
        fail_msg("%s", err.msg);
    check_part(&imp, "bannedsitelist", "h one.com;h three.com;", 0, 0);
    check_part(&imp, "exceptionsitelist", "h two.com;", 1, 0);
    check_part(&imp, "more/domains", "h three.com;", 0, 0);
    assert_int_equal(imp.left_out.skipped, 1);
    list_import_fini(&imp);
    fixture_fini(&f);
}

/* 100,000 ways through four lists, on none of which there is an entry. */
TEST(list_import__refuses_includes_without_an_end)
{
    struct fixture f;
    struct list_import imp;
    struct sl_err err = {0};
    fixture_init(&f);
    SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/t", f.dir);
    for (int i = 0; i < 4; i++) {
        SL_CLEANUP(sl_freep) char *name = sl_asprintf("t/data/l%d", i);
        SL_CLEANUP(sl_text_fini) struct sl_text content = {0};
        for (int k = 0; k < (i == 3 ? 100 : 10); k++)
            sl_text_addf(&content, "include:l%d @x\n", (i + 1) % 4);
        write_tree(&f, (const char *const[][2]){{name, content.p}}, 1);
    }
    assert_false(import(&f, path, "v2fly", 1 << 20, &imp, &err));
    assert_int_equal(err.code, SL_LIMIT);
    fixture_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_import__applies_diffs_in_order),
        cmocka_unit_test(list_import__includes_lists_of_the_same_tree),
        cmocka_unit_test(list_import__refuses_includes_without_an_end),
        cmocka_unit_test(list_import__reads_a_file_however_packed),
        cmocka_unit_test(list_import__reports_lines_it_cannot_read),
        cmocka_unit_test(list_import__refuses_what_is_no_list),
        cmocka_unit_test(list_import__bounds_what_comes_out),
        cmocka_unit_test(list_import__refuses_damaged_archives),
        cmocka_unit_test(list_import__reads_ut1_archives),
        cmocka_unit_test(list_import__reads_ut1_folders),
        cmocka_unit_test(list_import__reads_packed_files_in_archives),
        cmocka_unit_test(list_import__makes_a_list_of_each_file),
        cmocka_unit_test(list_import__reads_zip_archives),
        cmocka_unit_test(list_import__refuses_names_that_lead_out_or_write_lines),
        cmocka_unit_test(list_import__never_reads_through_a_link),
    };
    return cmocka_run_group_tests_name("policy/lists/import", tests, NULL, NULL);
}
