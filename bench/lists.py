"""lists - made-up domains, URL patterns and URLs for the policy workloads; the same ones each time.

Usable alone:  python3 bench/lists.py --domains 1000000 --out DIR
"""
import argparse
import os
import random
import re

# 64 syllables: a name of six is a number of 36 bits, so numbers that differ give names that differ.
SYLLABLES = [c + v for c in "bcdfghjklmnprstv" for v in "aeio"]
TLDS = ("com com com com com com net net org org info xyz top de fr nl eu io co.uk com.br".split())
BELOW = ("www", "cdn", "ads", "static", "img", "m", "track", "s1")
TOPICS = ("casino poker roulette jackpot betting bingo lottery viagra cialis steroids xanax warez keygen serials torrents "
          "anonymizer unblocker cgiproxy phproxy escorts camgirls hookups nudist moviez streamz").split()
AD_WORDS = ("adserver adframe adimages banner banners popup popunder sponsor promo tracking pixel beacon telemetry "
            "affiliate doubleclick advert clickthru impression retarget syndication").split()
EXTENSIONS = "exe msi scr pif bat cmd vbs jar apk torrent iso dmg rar 7z ace cab lnk hta ps1 wsf".split()
WORDS = ("news sport shop garden music travel health kitchen school weather market photo library river forest studio "
         "archive letter window bridge summer winter island castle").split()


def syllables(number):
    """Six syllables; multiplying by an odd number spreads neighbours over all names and maps no two onto one."""
    number = number * 0x5851F42D5 % (1 << 36)
    return "".join(SYLLABLES[number >> shift & 63] for shift in range(0, 36, 6))


def domain(number):
    """Domain NUMBER: one in five has a label below the registered name; none is a parent of another."""
    name = f"{syllables(number)}.{TLDS[number % len(TLDS)]}"
    return f"{BELOW[number // 5 % len(BELOW)]}.{name}" if number % 5 == 4 else name


def write_domains(path, count, dot=""):
    with open(path, "w", encoding="ascii") as f:
        for start in range(0, count, 100000):
            f.write("".join(f"{dot}{domain(i)}\n" for i in range(start, min(count, start + 100000))))


def patterns():
    """500 URL patterns as administrators write them, in what PCRE and POSIX have in common, without regard to case."""
    rng = random.Random(500)
    found = [rf"\.{e}(\?.*)?$" for e in EXTENSIONS]
    found += [rf"(^|[/.]){w}[0-9]*[/.]" for w in AD_WORDS]
    found += [rf"/{w}[-_]?(js|img|gif|frame|view|click)/" for w in AD_WORDS]
    found += [rf"(free|best|online|live|real)[-_.]?{t}" for t in TOPICS]
    found += [rf"{t}[-_.]?(club|royal|palace|world|hub)[0-9]*\." for t in TOPICS]
    found += [rf"[?&](q|query|search|text)=[^&]*{t}" for t in TOPICS]
    found += [rf"^https?://[^/]*{t}[^/]*/" for t in TOPICS]
    shapes = (lambda a, b: rf"/{a}/[a-z0-9_-]+/{b}-[0-9]+\.php$", lambda a, b: rf"/wp-content/plugins/{a}-{b}/.*\.php",
              lambda a, b: rf"^https?://(www\.)?{a}{b}[0-9]*\.(com|net|org)/", lambda a, b: rf"[?&]{a}_{b}=[0-9a-f]+",
              lambda a, b: rf"/({a}|{b})zz/.*\.(swf|flv|avi)$", lambda a, b: rf"/{a}{b}\.(cgi|pl|asp)x?(\?|$)")
    while len(found) < 500:
        pattern = rng.choice(shapes)(rng.choice(WORDS), syllables(rng.getrandbits(30))[:6])
        if pattern not in found:
            found.append(pattern)
    return found


def path_of(rng):
    words = rng.choices(WORDS, k=rng.randint(1, 4))
    return rng.choice((
        lambda: f"/assets/{words[0]}/{'-'.join(words)}.{rng.getrandbits(32):08x}.{rng.choice(('js', 'css', 'png', 'jpg'))}",
        lambda: f"/{'/'.join(words)}/{rng.randrange(100000)}/",
        lambda: f"/api/v{rng.randint(1, 3)}/{'/'.join(words)}?id={rng.randrange(10 ** 6)}&session={rng.getrandbits(128):032x}",
        lambda: f"/{'-'.join(rng.choices(WORDS, k=8))}.html",
        lambda: "/"))()


def bad_path(rng):
    return rng.choice(("/downloads/setup{}.exe", "/banner/{}/top.gif", "/x/adserver2/{}.js", "/search?q=free+poker+{}",
                       "/games/best-roulette/{}", "/a/tracking/{}", "/c/keygen-hub{}.html")).format(rng.randrange(10000))


def policy_urls(port, count, listed):
    """[(URL, refused)]: 3 % of them on one of `listed` domains or below, 2 % hit by a pattern; of 1,000 other hosts.
    The path that looks real is the query, so that the origin answers every one alike."""
    rng = random.Random(20000)
    any_pattern = re.compile("|".join(f"(?:{p})" for p in patterns()), re.I)
    others = [f"{rng.choice(('www.', 'api.', ''))}{domain((1 << 35) + i)}" for i in range(1000)]
    found = []
    while len(found) < count:
        kind = rng.random()
        host, path = rng.choice(others), path_of(rng)
        if kind < 0.03:
            host = rng.choice(("", "www.", "a.b.")) + domain(rng.randrange(listed))
        elif kind < 0.05:
            path = bad_path(rng)
        url = f"http://{host}:{port}/b/1024?u={path}"
        refused = kind < 0.05
        if kind < 0.03 or bool(any_pattern.search(url)) == refused:
            found.append((url, refused))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--domains", type=int, default=1000000)
    parser.add_argument("--port", type=int, default=80, help="of the URLs")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    write_domains(os.path.join(options.out, "domains"), options.domains)
    with open(os.path.join(options.out, "patterns"), "w", encoding="ascii") as f:
        f.writelines(p + "\n" for p in patterns())
    with open(os.path.join(options.out, "urls"), "w", encoding="ascii") as f:
        f.writelines(f"{url} {403 if refused else 200}\n" for url, refused in policy_urls(options.port, 20000, options.domains))


if __name__ == "__main__":
    main()
