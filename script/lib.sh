# What the scripts share: where the project is, and its packages. Sourced, not run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

say() { printf '==> %s\n' "$*" >&2; }

build_packages=(gcc cmake ninja-build pkg-config libmicrohttpd-dev libssl-dev libpcre2-dev libsqlite3-dev libjansson-dev
    libc-ares-dev libargon2-dev libinih-dev libidn2-dev libpsl-dev libxxhash-dev libsystemd-dev libcurl4-openssl-dev libarchive-dev libnghttp2-dev
    libcmocka-dev tzdata publicsuffix ca-certificates curl)

# packages NAME...: installs what is missing (Debian). None of it is started as a service: a peer of the tests would take the proxy's port.
packages() {
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    local sudo=()
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    say "installing ${missing[*]}"
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    local policy=/usr/sbin/policy-rc.d made= status=0
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" install -m 755 /dev/stdin $policy
        made=1
    fi
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || status=$?
    [ -z "$made" ] || "${sudo[@]}" rm -f $policy
    return $status
}

# build PRESET [TARGET...]: configures once and builds.
build() {
    local preset=$1
    shift
    [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >/dev/null
    cmake --build "build/$preset" ${1:+--target "$@"} >"build/$preset/build.log" 2>&1 ||
        { tail -n 60 "build/$preset/build.log" >&2; return 1; }
}

# build_console: the web console, when it is older than its sources. The gateway works without it, so a failure (no network for
# npm, say) is told and not fatal.
build_console() {
    local made=build/webui/index.html
    if [ -e "$made" ] && [ -z "$(find webui -name node_modules -prune -o -type f -newer "$made" -print -quit)" ]; then
        return
    fi
    command -v node >/dev/null && command -v npm >/dev/null || packages nodejs npm
    say "building the console"
    if console_packages --omit=dev >build/webui.log 2>&1 && node webui/build.mjs >>build/webui.log 2>&1; then
        say "built build/webui"
    else
        tail -n 20 build/webui.log >&2
        say "the console could not be built (build/webui.log); the gateway works without it"
    fi
}

# console_packages [OPTION...]: the packages of webui/, as its lock file names them, unless they are there already.
console_packages() {
    local stamp=webui/node_modules/.package-lock.json
    [ -e "$stamp" ] && [ ! webui/package-lock.json -nt "$stamp" ] && return
    npm ci --prefix webui --ignore-scripts --no-audit --no-fund "$@"
}
