#!/bin/sh
# Builds Adze and trains the default network on the built-in digits.
# usage: ./demo.sh [--labs [ADZE LAB OPTION...]]     --labs: writes the book of all labs into build/labs instead
set -eu
cd "$(dirname "$0")"
PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}
export PATH
case "${1-}" in
'' | --labs) ;;
*) echo "usage: ./demo.sh [--labs [ADZE LAB OPTION...]] (to train something else: ./build/adze train --help)" >&2; exit 2 ;;
esac
. script/setup.sh
install_missing
say "building (about half a minute the first time)..."
build build -DADZE_BUILD_TESTS=OFF -DADZE_BUILD_EXAMPLES=OFF
if [ $# != 0 ]; then
    shift
    ./build/adze lab --all --out build/labs "$@" >build/labs.log || { tail -n 20 build/labs.log >&2; exit 1; }
    say "the book: build/labs/index.html, in Chinese build/labs/index.zh.html"
    exit 0
fi
exec ./build/adze train --out build/digits --force
