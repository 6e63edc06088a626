# Shared by demo.sh and test.sh: finds what a build needs and installs what is missing through the system's package manager.
# Everything present: nothing is touched, no network is used.

say() { printf '%s\n' "$*" >&2; }

as_root()
{
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        return 1
    fi
}

have_header() { echo "#include <$1>" | ${CC:-cc} -E - >/dev/null 2>&1; }

# Packages that are missing, as Debian calls them.
missing_packages()
{
    command -v "${CC:-cc}" >/dev/null 2>&1 || echo gcc libc6-dev
    command -v cmake >/dev/null 2>&1 || echo cmake
    command -v make >/dev/null 2>&1 || command -v ninja >/dev/null 2>&1 || echo make
    command -v pkg-config >/dev/null 2>&1 || echo pkg-config
    command -v "${CC:-cc}" >/dev/null 2>&1 || { echo libyaml-dev zlib1g-dev libpng-dev libjpeg-dev libarchive-dev libsqlite3-dev libutf8proc-dev libcjson-dev libsndfile1-dev libsamplerate0-dev libkissfft-dev libhdf5-dev; return; }
    have_header yaml.h || echo libyaml-dev
    have_header zlib.h || echo zlib1g-dev
    have_header png.h || echo libpng-dev
    printf '#include <stdio.h>\n#include <jpeglib.h>\n' | ${CC:-cc} -E - >/dev/null 2>&1 || echo libjpeg-dev
    have_header archive.h || echo libarchive-dev
    have_header sqlite3.h || echo libsqlite3-dev
    have_header utf8proc.h || echo libutf8proc-dev
    have_header cjson/cJSON.h || echo libcjson-dev
    have_header sndfile.h || echo libsndfile1-dev
    have_header samplerate.h || echo libsamplerate0-dev
    have_header kissfft/kiss_fftr.h || echo libkissfft-dev
    have_header hdf5/serial/hdf5.h || have_header hdf5.h || echo libhdf5-dev
}

install_missing()
{
    missing=$(missing_packages | tr '\n' ' ')
    [ -n "${missing% }" ] || return 0
    say "installing: $missing"
    if ! command -v apt-get >/dev/null 2>&1; then
        say "no apt-get here; install by hand what these are called on your system: $missing"
        return 0
    fi
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 ||
        { as_root apt-get update -qq >/dev/null 2>&1 && as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null; } ||
        say "could not install $missing; as root: apt-get install $missing"
}

cores() { getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2; }

# build DIR [cmake options]: all, or what $targets names
targets=
build()
{
    dir=$1
    shift
    generator=
    command -v make >/dev/null 2>&1 || generator="-G Ninja"
    # shellcheck disable=SC2086
    cmake -S . -B "$dir" $generator "$@" >"$dir.log" 2>&1 || { cat "$dir.log" >&2; return 1; }
    # shellcheck disable=SC2086
    cmake --build "$dir" --parallel "$(cores)" ${targets:+--target $targets} >>"$dir.log" 2>&1 || { tail -n 60 "$dir.log" >&2; return 1; }
}
