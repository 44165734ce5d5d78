/* pattern_sample.c - URLs such as a proxy sees, to tell what a regex costs before the first request meets it.
 *
 * Put together from parts that stand for what is common: front pages, articles, scripts, pictures,
 * interfaces, advertising, downloads, long identifiers. Always the same ones, so that two looks at a regex,
 * or two gateways, tell the same. Hosts are reserved ones. */
#include <stdio.h>

#include "policy/pattern_cost.h"

static const char *const hosts[] = {
    "http://example.com",
    "https://www.example.org",
    "https://cdn.example.net",
    "https://news.example.co.uk",
    "http://192.0.2.7:8080",
    "https://api.shop.example",
    "https://mail.example.com",
    "https://static.ads.example",
    "http://intranet.example:3128",
    "https://video3.example.tv",
    "https://img-17.pics.example",
    "https://xn--bcher-kva.example",
    "ftp://files.example.com",
    "https://m.social.example",
    "http://www.games-online.example",
    "https://a.b.c.telemetry.example",
};
static const char *const paths[] = {
    "/",
    "/index.html",
    "/2026/11/26/world/article-1234567.html",
    "/assets/js/app.3f2a9c.min.js",
    "/images/thumbs/0042/banner_728x90.jpg",
    "/api/v1/items/42/reviews",
    "/watch",
    "/search",
    "/wp-content/themes/plain/style.css",
    "/pub/linux/distribution-12.iso",
    "/login.php",
    "/user/profile/settings/",
    "/collect",
    "/fonts/sans-regular.woff2",
    "/forum/viewtopic.php",
    "/d/1aB2cD3eF4gH5iJ6kL7mN8oP9qR0/edit",
    "/live/stream_720p/segment-00017.ts",
    "/%E4%BD%A0%E5%A5%BD/%C3%A9t%C3%A9",
    "/ads/serve",
    "/downloads/setup-4.2.1-x64.exe",
    "/generate_204",
};
static const char *const queries[] = {
    "",
    "",
    "",
    "?id=1234567",
    "?v=20261126",
    "?q=how+to+cook+rice&lang=en",
    "?utm_source=mail&utm_medium=newsletter&utm_campaign=autumn-2026",
    "?token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgN&r=https%3A%2F%2Fexample.org%2F",
    "?cb=0.8472635190&ord=9182736455&sz=300x250",
};

size_t pattern_sample_url(size_t i, char out[PATTERN_SAMPLE_BYTES])
{
    return (size_t)snprintf(out, PATTERN_SAMPLE_BYTES, "%s%s%s", hosts[i % SL_COUNT(hosts)],
                            paths[i % SL_COUNT(paths)], queries[i / 3 % SL_COUNT(queries)]);
}
