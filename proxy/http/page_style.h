/* page_style.h - how pages look: one style sheet, inline, allowed by its hash. Light and dark by the system's
 * wish; the tones say what kind of answer it is, never alone (an icon and a heading say it too). The colours
 * are those of the console. Private to proxy/http. */
#ifndef PROXY_HTTP_PAGE_STYLE_H
#define PROXY_HTTP_PAGE_STYLE_H

/* Formatting is off: it would break the rules anywhere. */
/* clang-format off */
#define PAGE_STYLE                                                                                       \
    ":root{color-scheme:light dark;--bg:#f4f5f7;--surface:#fff;--sunken:#f8f9fb;--line:#e1e5eb;"         \
    "--line-2:#c9d0da;--text:#17202e;--text-2:#3b4656;--muted:#5b6676;--brand:#2b59d9;"                  \
    "--accent:#2450c8;--solid:#2b59d9;--solid-h:#2149b8;--fault:#5b6676;--b-fault:#eceff3;"              \
    "--block:#b02f1c;--b-block:#fde9e4;--warn:#855300;--b-warn:#fdf0d5;--quota:#5f3fae;"                 \
    "--b-quota:#efeafb;--login:#2450c8;--b-login:#eaf0fe;--good:#17714a;--b-good:#e2f4ea;"               \
    "--shadow:0 1px 2px rgb(16 24 40/.05),0 12px 32px rgb(16 24 40/.07)}"                                \
    "@media(prefers-color-scheme:dark){"                                                                 \
    ":root{--bg:#0d1117;--surface:#151b23;--sunken:#11161d;--line:#262f3b;--line-2:#3a4554;"             \
    "--text:#e6eaf0;--text-2:#c3cbd6;--muted:#98a3b3;--brand:#3f6bea;--accent:#8fb0ff;"                  \
    "--solid:#3f6bea;--solid-h:#345bd0;--fault:#b4bdca;--b-fault:#222a35;--block:#ff9a85;"               \
    "--b-block:#3d1e19;--warn:#f0c064;--b-warn:#362a10;--quota:#bfa8f7;--b-quota:#2a2246;"               \
    "--login:#a9c2ff;--b-login:#1b2847;--good:#62d19c;--b-good:#12321f;--shadow:none}"                   \
    "}*{box-sizing:border-box;margin:0}html{-webkit-text-size-adjust:100%}"                              \
    "body{min-height:100vh;display:flex;flex-direction:column;align-items:center;"                       \
    "justify-content:center;padding:32px 20px;background:var(--bg);color:var(--text);"                   \
    "font:16px/1.55 \"Inter Variable\",Inter,system-ui,\"Segoe UI\",Roboto,sans-serif}"                  \
    "main,header{width:100%;max-width:600px}"                                                            \
    ".block{--tone:var(--block);--tint:var(--b-block)}"                                                  \
    ".warn{--tone:var(--warn);--tint:var(--b-warn)}"                                                     \
    ".quota{--tone:var(--quota);--tint:var(--b-quota)}"                                                  \
    ".login{--tone:var(--login);--tint:var(--b-login)}"                                                  \
    ".fault{--tone:var(--fault);--tint:var(--b-fault)}"                                                  \
    ".good{--tone:var(--good);--tint:var(--b-good)}"                                                     \
    "header{display:flex;align-items:center;gap:10px;padding:0 4px 14px;font-weight:600;font-size:15px}" \
    "header span{color:var(--muted);font-weight:400;font-size:14px}"                                     \
    "header svg{flex:none;width:28px;height:28px}header rect{fill:var(--brand)}"                         \
    "main{background:var(--surface);border:1px solid var(--line);border-radius:14px;"                    \
    "box-shadow:var(--shadow);overflow:hidden}"                                                          \
    ".top{display:flex;gap:18px;padding:28px 28px 24px}"                                                 \
    ".tile{flex:none;width:52px;height:52px;border-radius:12px;display:grid;place-items:center;"         \
    "background:var(--tint);color:var(--tone)}"                                                          \
    ".tile svg{width:26px;height:26px}"                                                                  \
    "h1{font-size:24px;line-height:1.25;letter-spacing:-.015em;font-weight:650;text-wrap:balance}"       \
    ".where{margin-top:3px;color:var(--muted);font:14px/1.5 ui-monospace,\"SF Mono\","                   \
    "\"Cascadia Mono\",\"DejaVu Sans Mono\",\"Liberation Mono\",monospace;overflow-wrap:anywhere}"       \
    ".lead{margin-top:14px;color:var(--text-2);overflow-wrap:anywhere}.lead+.lead{margin-top:8px}"       \
    ".say{margin:0 28px 24px;padding:14px 16px;border-radius:10px;background:var(--tint);"               \
    "overflow-wrap:anywhere}"                                                                            \
    ".say b{display:block;color:var(--tone);font-size:13px;font-weight:600}"                             \
    ".act{padding:0 28px 26px;display:flex;flex-wrap:wrap;align-items:center;gap:10px 16px}"             \
    ".act p{color:var(--muted);font-size:14px;flex:1 1 220px}"                                           \
    ".go{display:inline-block;padding:10px 18px;border-radius:8px;background:var(--solid);"              \
    "color:#fff;font-weight:600;text-decoration:none}"                                                   \
    ".go:hover{background:var(--solid-h)}"                                                               \
    ".to{display:inline-block;padding:8px 15px;border-radius:8px;border:1px solid var(--line-2);"        \
    "color:var(--text);font-size:15px;font-weight:500;text-decoration:none}"                             \
    ".to:hover{background:var(--sunken)}a{color:var(--accent)}"                                          \
    "a:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:8px}"              \
    "dl{border-top:1px solid var(--line);background:var(--sunken);padding:18px 28px;display:grid;"       \
    "grid-template-columns:max-content 1fr;gap:9px 24px;font-size:14px}"                                 \
    "dt{color:var(--muted)}dd{overflow-wrap:anywhere;min-width:0}"                                       \
    "code{font:13px/1.5 ui-monospace,\"SF Mono\",\"Cascadia Mono\",\"DejaVu Sans Mono\","                \
    "\"Liberation Mono\",monospace}"                                                                     \
    "dd .id{margin-left:4px;color:var(--muted)}.tags{display:flex;flex-wrap:wrap;gap:6px}"               \
    ".tags span{padding:1px 9px;border-radius:99px;border:1px solid var(--line);"                        \
    "background:var(--surface);color:var(--text-2)}"                                                     \
    ".meter{padding:0 28px 26px}.meter+.meter{border-top:1px solid var(--line);padding-top:22px}"        \
    ".meter h2{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 12px;font-size:16px;"     \
    "font-weight:600;overflow-wrap:anywhere}"                                                            \
    ".meter h2 span{color:var(--muted);font-weight:400;font-size:14px;"                                  \
    "font-variant-numeric:tabular-nums}"                                                                 \
    ".meter svg{display:block;width:100%;height:8px;margin:10px 0 8px;border-radius:99px;"               \
    "overflow:hidden}"                                                                                   \
    ".meter rect{fill:var(--b-fault)}.meter rect+rect{fill:var(--tone)}"                                 \
    ".meter p{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 12px;"                     \
    "color:var(--muted);font-size:14px}"                                                                 \
    ".meter p+p{margin-top:2px}.full{--tone:var(--block)}"                                               \
    ".meter form,.form{display:flex;flex-wrap:wrap;align-items:center;gap:8px 14px;margin-top:14px}"     \
    ".form span,form span{color:var(--muted);font-size:14px}"                                            \
    ".chain{padding:0 28px 24px}.chain h2{font-size:13px;font-weight:600;color:var(--muted);"             \
    "margin-bottom:10px}.chain ol{list-style:none;padding:0;display:grid;gap:8px}"                       \
    ".chain li{border:1px solid var(--line);border-radius:10px;padding:11px 14px;font-size:14px;"        \
    "overflow-wrap:anywhere}.chain li p{color:var(--muted);margin-top:2px}"                              \
    ".chain b{font-weight:600;margin-right:9px}.chain em{display:inline-block;padding:0 9px;"            \
    "border-radius:99px;background:var(--tint);color:var(--tone);font-style:normal;font-weight:600;"     \
    "font-size:13px}.chain .bad{border-color:var(--tone)}"                                               \
    ".chain details{margin-top:4px;color:var(--muted)}.chain summary{cursor:pointer}"                    \
    "summary:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:8px}"        \
    "button{font:inherit;background:none;cursor:pointer}"                                                \
    "button:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:8px}"         \
    "@media(max-width:520px){body{justify-content:flex-start;padding:18px 14px}"                         \
    ".top{flex-direction:column;gap:16px;padding:22px 20px 20px}.say{margin:0 20px 20px}"                \
    ".act{padding:0 20px 22px}.go,.to{width:100%;text-align:center}"                                     \
    "dl{padding:16px 20px;grid-template-columns:1fr;gap:0}dd{margin-bottom:10px}"                        \
    "dd:last-child{margin-bottom:0}.meter,.chain{padding:0 20px 22px}h1{font-size:22px}}@media print{"          \
    "body{background:none}main{box-shadow:none}}"
/* clang-format on */

#endif
