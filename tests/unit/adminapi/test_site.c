/* test_site.c - the console's files: exact paths, compression, caching, and nothing else of the disk. */
#include "tests/support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "adminapi/site.h"
#include "base/fs.h"
#include "tests/support/tmpdir.h"

struct fixture {
    char *dir;
    struct site *site;
};

static void write_file(const char *dir, const char *name, const char *text)
{
    char *path = tmpdir_write(dir, name, text);
    free(path);
}

static int set_up(void **state)
{
    struct fixture *f = sl_calloc(1, sizeof *f);
    struct sl_err err = {0};
    f->dir = tmpdir_new();
    char *sub = tmpdir_path(f->dir, "fonts"), *link = tmpdir_path(f->dir, "passwd.txt");
    assert_true(fs_mkdir_all(sub, 0700, &err));
    assert_int_equal(symlink("/etc/passwd", link), 0);
    write_file(f->dir, "index.html", "<!doctype html>");
    write_file(f->dir, "app-7XQ2ABCD.js", "script");
    write_file(f->dir, "app-7XQ2ABCD.js.gz", "squeezed");
    write_file(f->dir, "boot.js", "boot");
    write_file(f->dir, "orphan.css.gz", "nobody's");
    write_file(f->dir, ".hidden", "secret");
    write_file(sub, "inter-0f3a9b2c.woff2", "font");
    assert_true(site_load(f->dir, &f->site, &err));
    free(sub);
    free(link);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    site_free(&f->site);
    tmpdir_free(&f->dir);
    free(f);
    return 0;
}

static struct api_reply ask(const struct site *site, const char *path, const char *accept, const char *known)
{
    struct api_reply reply = {0};
    site_answer(site, sl_cstr(path), sl_cstr(accept), sl_cstr(known), &reply);
    return reply;
}

TEST(site__answers_by_exact_path)
{
    static const struct {
        const char *path;
        unsigned status;
        const char *body; /* NULL: a problem */
        const char *type;
    } cases[] = {
        {"/", 200, "<!doctype html>", "text/html; charset=utf-8"},
        {"/index.html", 200, "<!doctype html>", "text/html; charset=utf-8"},
        {"/rules/social", 200, "<!doctype html>", "text/html; charset=utf-8"}, /* made in the browser */
        {"/app-7XQ2ABCD.js", 200, "script", "text/javascript; charset=utf-8"},
        {"/fonts/inter-0f3a9b2c.woff2", 200, "font", "font/woff2"},
        {"/nothing.js", 404, NULL, NULL},
        {"/.hidden", 404, NULL, NULL},
        {"/passwd.txt", 404, NULL, NULL}, /* a link */
        {"/orphan.css", 404, NULL, NULL},
        {"/app-7XQ2ABCD.js.gz", 404, NULL, NULL},
        {"/fonts/../boot.js", 404, NULL, NULL},
        {"/%62oot.js", 404, NULL, NULL},
        {"//boot.js", 404, NULL, NULL},
        {"/BOOT.JS", 404, NULL, NULL},
        {"/../../../../etc/passwd", 200, "<!doctype html>", "text/html; charset=utf-8"},
    };
    const struct fixture *f = *state;
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct api_reply reply = ask(f->site, cases[i].path, NULL, NULL);
        if (reply.status != cases[i].status)
            fail_msg("%s gave %u", cases[i].path, reply.status);
        if (cases[i].body) {
            assert_true(sl_str_eq(reply.lasting, sl_cstr(cases[i].body)));
            assert_string_equal(reply.content_type, cases[i].type);
        }
        reply_fini(&reply);
    }
}

TEST(site__compresses_for_those_who_take_it)
{
    static const struct {
        const char *accept;
        bool gzip;
    } cases[] = {
        {"gzip", true},      {"br, gzip;q=0.5", true}, {"*", true},         {"GZIP", true},
        {"gzip;q=0", false}, {"gzip; q=0.000", false}, {"identity", false}, {"", false},
        {NULL, false},       {"gzip ; q=0.001", true}, {"x-gzip", false},   {",,;,gzip", true},
    };
    const struct fixture *f = *state;
    for (size_t i = 0; i < SL_COUNT(cases); i++) {
        struct api_reply reply = ask(f->site, "/app-7XQ2ABCD.js", cases[i].accept, NULL);
        if ((reply.encoding != NULL) != cases[i].gzip)
            fail_msg("Accept-Encoding: %s", cases[i].accept);
        assert_true(sl_str_eq(reply.lasting, cases[i].gzip ? SL_STR("squeezed") : SL_STR("script")));
        assert_true(reply.varies);
        reply = ask(f->site, "/boot.js", cases[i].accept, NULL); /* has no compressed twin */
        assert_null(reply.encoding);
        assert_false(reply.varies);
    }
}

TEST(site__lets_hashed_names_be_kept_for_ever)
{
    const struct fixture *f = *state;
    assert_non_null(strstr(ask(f->site, "/app-7XQ2ABCD.js", NULL, NULL).cache, "immutable"));
    assert_non_null(strstr(ask(f->site, "/fonts/inter-0f3a9b2c.woff2", NULL, NULL).cache, "immutable"));
    assert_string_equal(ask(f->site, "/boot.js", NULL, NULL).cache, "no-cache");
    assert_string_equal(ask(f->site, "/", NULL, NULL).cache, "no-cache");
}

TEST(site__says_what_has_not_changed)
{
    const struct fixture *f = *state;
    struct api_reply plain = ask(f->site, "/app-7XQ2ABCD.js", NULL, NULL);
    struct api_reply gzip = ask(f->site, "/app-7XQ2ABCD.js", "gzip", NULL);
    char list[128];
    assert_string_not_equal(plain.etag, gzip.etag);
    snprintf(list, sizeof list, "\"other\", W/%s", plain.etag);
    assert_int_equal(ask(f->site, "/app-7XQ2ABCD.js", NULL, list).status, 304);
    assert_int_equal(ask(f->site, "/app-7XQ2ABCD.js", NULL, "*").status, 304);
    assert_int_equal(ask(f->site, "/app-7XQ2ABCD.js", "gzip", list).status, 200);
    assert_int_equal(ask(f->site, "/boot.js", NULL, list).status, 200);
    struct api_reply same = ask(f->site, "/app-7XQ2ABCD.js", NULL, plain.etag);
    assert_int_equal(same.lasting.n, 0);
    assert_string_equal(same.etag, plain.etag);
}

TEST(site__that_was_not_built_says_how)
{
    struct sl_err err = {0};
    struct site *site;
    assert_true(site_load("/nonexistent/console", &site, &err));
    assert_true(site_empty(site));
    struct api_reply reply = ask(site, "/", NULL, NULL);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.lasting.p, "script/build"));
    reply = ask(site, "/app.js", NULL, NULL);
    assert_int_equal(reply.status, 404);
    reply_fini(&reply);
    site_free(&site);
}

TEST(site_load__is_bounded)
{
    char *dir = tmpdir_new(), name[32];
    struct sl_err err = {0};
    struct site *site = NULL;
    for (int i = 0; i <= SITE_FILES; i++) {
        snprintf(name, sizeof name, "f%d.js", i);
        write_file(dir, name, "x");
    }
    assert_false(site_load(dir, &site, &err));
    assert_int_equal(err.code, SL_LIMIT);
    tmpdir_free(&dir);
    dir = tmpdir_new();
    char *big = tmpdir_write(dir, "big.js", "");
    assert_int_equal(truncate(big, SITE_BYTES + 1), 0);
    assert_false(site_load(dir, &site, &err));
    assert_int_equal(err.code, SL_LIMIT);
    free(big);
    tmpdir_free(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(site__answers_by_exact_path),
        cmocka_unit_test(site__compresses_for_those_who_take_it),
        cmocka_unit_test(site__lets_hashed_names_be_kept_for_ever),
        cmocka_unit_test(site__says_what_has_not_changed),
        cmocka_unit_test(site__that_was_not_built_says_how),
        cmocka_unit_test(site_load__is_bounded),
    };
    return cmocka_run_group_tests_name("adminapi/site", tests, set_up, tear_down);
}
