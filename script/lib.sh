# What the scripts share: where the project is, and its packages. Sourced, not run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

say() { printf '==> %s\n' "$*" >&2; }

build_packages=(gcc cmake ninja-build pkg-config libmicrohttpd-dev libssl-dev libpcre2-dev libsqlite3-dev libjansson-dev
    libc-ares-dev libargon2-dev libinih-dev libidn2-dev libpsl-dev libxxhash-dev libsystemd-dev libcurl4-openssl-dev libarchive-dev
    libcmocka-dev tzdata publicsuffix ca-certificates curl)

# packages NAME...: installs what is missing (Debian).
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
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# build PRESET [TARGET...]: configures once and builds.
build() {
    local preset=$1
    shift
    [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >/dev/null
    cmake --build "build/$preset" ${1:+--target "$@"} >"build/$preset/build.log" 2>&1 ||
        { tail -n 60 "build/$preset/build.log" >&2; return 1; }
}
