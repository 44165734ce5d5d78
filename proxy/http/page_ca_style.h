/* page_ca_style.h - what the page of our certificate needs beside page_style.h: a style sheet of its own, so
 * that other pages do not carry it. Private to proxy/http. */
#ifndef PROXY_HTTP_PAGE_CA_STYLE_H
#define PROXY_HTTP_PAGE_CA_STYLE_H

/* clang-format off */
#define PAGE_CA_STYLE \
    "body{justify-content:flex-start}main,header{max-width:760px}"                                        \
    ".care{--tone:var(--warn);--tint:var(--b-warn)}.say+.say{margin-top:-10px}"                           \
    ".ca{border-top:1px solid var(--line)}"                                                               \
    ".ca h2{display:flex;flex-wrap:wrap;align-items:center;gap:6px 12px;padding:22px 28px 14px;"          \
    "font-size:17px;font-weight:600;overflow-wrap:anywhere}"                                              \
    ".pill{padding:1px 10px;border-radius:99px;background:var(--tint);color:var(--tone);"                 \
    "font-size:13px;font-weight:600}"                                                                     \
    ".files{display:flex;flex-wrap:wrap;align-items:center;gap:10px 12px;padding:0 28px 20px}"            \
    ".files p{flex:1 1 260px;color:var(--muted);font-size:14px}.ca dl{border-bottom:0}"                   \
    ".how{border-top:1px solid var(--line);padding:6px 28px 26px}"                                        \
    ".how h2{margin:22px 0 10px;font-size:14px;font-weight:600;color:var(--muted)}"                       \
    "details{border:1px solid var(--line);border-radius:10px;background:var(--surface)}"                  \
    "details+details{margin-top:8px}details[open]{border-color:var(--line-2)}"                            \
    "summary{padding:11px 16px;font-weight:600;cursor:pointer;border-radius:10px}"                        \
    "summary:hover{background:var(--sunken)}"                                                             \
    "summary:focus-visible{outline:3px solid var(--accent);outline-offset:2px}"                           \
    "details>div{padding:2px 16px 16px;color:var(--text-2);font-size:15px;overflow-wrap:anywhere}"        \
    "ol{padding-left:22px}li+li,details p,p+ol,pre{margin-top:8px}"                                       \
    "details>div>:first-child{margin-top:0}details b{font-weight:600;color:var(--text)}"                  \
    "pre{padding:10px 14px;border:1px solid var(--line);border-radius:8px;background:var(--sunken);"      \
    "color:var(--text);white-space:pre-wrap;overflow-wrap:anywhere;"                                      \
    "font:13px/1.55 ui-monospace,\"SF Mono\",\"Cascadia Mono\",\"DejaVu Sans Mono\","                     \
    "\"Liberation Mono\",monospace}"                                                                      \
    "@media(max-width:520px){.ca h2{padding:18px 20px 12px}.files{padding:0 20px 16px}"                   \
    ".how{padding:2px 20px 20px}}"
/* clang-format on */

#endif
