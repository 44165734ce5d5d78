"""layers - arrows between folders go down only, and each third-party library has one door."""
import fnmatch
import os

# cli > adminapi | proxy > replay > audit | policy/store > policy/lists > policy > pki > base > include
RANK = {"include": 0, "base": 1, "pki": 2, "policy": 3, "policy/lists": 4, "policy/store": 5, "audit": 5, "replay": 6,
        "proxy/runtime": 6, "proxy/net": 7, "proxy/http": 7, "proxy/identity": 7, "proxy/scan": 7, "proxy/tls": 8, "proxy/h2": 8,
        "proxy/parent": 9, "proxy/verify": 10, "proxy/conn": 11, "proxy": 12, "adminapi": 12, "cli": 13}

# The front doors in include/sluice belong to the library that implements them; the others are the shared vocabulary.
FRONT_DOOR = {"settings": "base", "tls_fault": "base", "ca": "pki", "leaf": "pki", "certificate": "pki", "faulty": "pki", "facts": "policy", "verdict": "policy", "policy": "policy", "url": "policy",
              "lists": "policy/lists", "store": "policy/store", "learned": "policy/store", "record": "audit", "audit": "audit", "figures": "audit", "proxy": "proxy", "replay": "replay",
              "adminapi": "adminapi"}

DOORS = {
    "sqlite3.h": ["base/db.c"],
    "openssl/*": ["base/crypto*.c", "pki/*", "proxy/tls/*.c", "proxy/tls/inside.h"],
    "argon2.h": ["base/crypto.c"],
    "ini.h": ["base/conf.c"],
    "pcre2.h": ["policy/pattern*.c"],
    "idn2.h": ["policy/*.c"],
    "libpsl.h": ["policy/*.c"],
    "xxhash.h": ["base/*.c", "policy/*", "audit/*.c", "replay/*.c"],
    "jansson.h": ["include/sluice/*.h", "policy/*", "audit/*", "replay/*", "adminapi/*", "cli/*"],
    "archive.h": ["policy/lists/*.c"],
    "archive_entry.h": ["policy/lists/*.c"],
    "curl/*": ["policy/store/fetch.c", "cli/client.c"],
    "microhttpd.h": ["adminapi/server.c"],
    "ares.h": ["proxy/net/resolve.c"],
    "nghttp2/*": ["proxy/h2/*"],
    "spawn.h": ["cli/upgrade.c"],
    "systemd/*": ["cli/*.c"],
}

# What the C library, the compiler and the kernel bring.
SYSTEM = ("sys/*", "netinet/*", "arpa/*", "net/*", "linux/*", "asm/*", "*mmintrin.h", "immintrin.h", "sanitizer/*",
          "assert.h ctype.h dirent.h dlfcn.h errno.h fcntl.h fnmatch.h ftw.h getopt.h glob.h grp.h ifaddrs.h "
          "inttypes.h langinfo.h libgen.h limits.h locale.h malloc.h math.h netdb.h poll.h pthread.h pwd.h regex.h "
          "sched.h semaphore.h setjmp.h signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h "
          "stdlib.h stdnoreturn.h string.h strings.h syslog.h termios.h threads.h time.h ucontext.h unistd.h "
          "wchar.h wctype.h endian.h byteswap.h execinfo.h")


def is_system(header):
    return any(fnmatch.fnmatchcase(header, p) for entry in SYSTEM for p in entry.split())


def layer_of(path):
    """The folder of RANK that a file or an included path belongs to; None outside of the house."""
    folder, name = os.path.split(path)
    if folder in ("sluice", "include/sluice"):
        return FRONT_DOOR.get(os.path.splitext(name)[0], "include")
    while folder and folder not in RANK:
        folder = os.path.dirname(folder)
    return folder or None


def may_include(source, target):
    # adminapi and proxy are blind to each other: cli hands hooks from one to the other.
    blind = source == "adminapi" and target.startswith("proxy")
    return source == target or (RANK[source] > RANK[target] and not blind)


def layers(tree):
    for name in tree.c():
        source = layer_of(name)
        if source is None:
            yield f"{name}: no layer; add its folder to tests/lint/layers.py"
            continue
        for line, path, quoted in tree.includes(name):
            if not quoted:
                continue
            if path not in tree.files and "include/" + path not in tree.files:
                yield f'{name}:{line}: "{path}" is not a path from the root of the project or from include/'
                continue
            target = layer_of(path)
            if target is None:
                yield f'{name}:{line}: "{path}" is no part of the product'
            elif not may_include(source, target):
                yield f'{name}:{line}: {source} must not include "{path}" of {target}: arrows go down only'


def doors(tree):
    for name in tree.c():
        for line, path, quoted in tree.includes(name):
            if quoted or is_system(path):
                continue
            allowed = [f for pattern, files in DOORS.items() if fnmatch.fnmatchcase(path, pattern) for f in files]
            if not allowed:
                yield f"{name}:{line}: <{path}> has no door; decide on one in tests/lint/layers.py"
            elif not any(fnmatch.fnmatchcase(name, f) for f in allowed):
                yield f"{name}:{line}: <{path}> belongs behind {', '.join(allowed)}"
