#!/bin/sh
# Builds Adze and trains the default network on the built-in digits.
# usage: ./demo.sh
set -eu
cd "$(dirname "$0")"
PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}
export PATH
[ $# = 0 ] || { echo "usage: ./demo.sh (no arguments; to train something else: ./build/adze train --help)" >&2; exit 2; }
. script/setup.sh
install_missing
say "building (about half a minute the first time)..."
build build -DADZE_BUILD_TESTS=OFF -DADZE_BUILD_EXAMPLES=OFF
exec ./build/adze train --out build/digits --force
