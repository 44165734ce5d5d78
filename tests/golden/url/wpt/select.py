#!/usr/bin/env python3
"""select.py URLTESTDATA.JSON - which of the WHATWG URL test vectors a proxy can meet, as lines for whatwg.tsv.

Prints "input TAB what WHATWG says", bytes outside of printable ASCII as \\xHH; on stderr how many cases were
left out, and why. The third column, what we say, is the test's: SL_GOLDEN=write renews it."""
import json
import sys
from collections import Counter

SCHEMES = ("http:", "https:", "ftp:", "ws:", "wss:")


def escape(text):
    data = text.encode("utf-8", "surrogatepass")
    return "".join(chr(b) if 32 < b < 127 and b != 92 else "\\x%02x" % b for b in data)


def canonical(case):
    """The URL without what a request never carries: credentials and fragment."""
    if case.get("failure"):
        return "failure"
    scheme, rest = case["href"].split("#")[0].split("//", 1)
    return scheme + "//" + case["host"] + rest[rest.index("/"):]


def why_not(case):
    text = case["input"].strip("".join(map(chr, range(33)))).lower()
    if any(0xD800 <= ord(c) < 0xE000 for c in case["input"]):
        return "a lone surrogate, which is no UTF-8"
    if ":" not in text:
        return "relative: a request target is absolute"
    if not text.startswith(SCHEMES):
        return "relative, or of a scheme that no proxy is asked for"
    if not text.split(":", 1)[1].startswith(("//", "\\\\", "/\\", "\\/")) and case.get("base"):
        return "relative: a scheme without '//' beside a base"
    return None


def main():
    left_out, seen = Counter(), set()
    for case in json.load(open(sys.argv[1], encoding="utf-8")):
        if isinstance(case, str):
            continue
        why = why_not(case) or ("the same input again" if case["input"] in seen else None)
        seen.add(case["input"])
        if why:
            left_out[why] += 1
        else:
            print("%s\t%s" % (escape(case["input"]), escape(canonical(case))))
    for why, count in left_out.most_common():
        print("%4d left out: %s" % (count, why), file=sys.stderr)


main()
