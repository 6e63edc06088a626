#!/bin/sh
# Builds Adze and runs every test.
# usage: ./test.sh [--soak]     --soak: the long versions too
set -eu
cd "$(dirname "$0")"
PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}
export PATH
case "${1-}" in
'') ;;
--soak) ADZE_SOAK=1; export ADZE_SOAK ;;
*) echo "usage: ./test.sh [--soak]" >&2; exit 2 ;;
esac
[ $# -le 1 ] || { echo "usage: ./test.sh [--soak]" >&2; exit 2; }
. script/setup.sh
install_missing
say "building..."
build build-test
(cd build-test && ctest -j "$(cores)" --output-on-failure)
# The test ops_page wrote it; only where it says something new is the file in doc touched.
cmp -s build-test/ops.md doc/ops.md || { cp build-test/ops.md doc/ops.md; say "doc/ops.md is new"; }
